//! Recover: what earlier tries left behind is settled before anything new is thought of.
//!
//! Only reads, cancels and records. It never sends an order: an absent one may be sent again only
//! by the cycle of the same slot, after its gates, under the same id.

use std::collections::BTreeMap;

use market::Instant;
use trading::observation::Skew;
use trading::order::life::OrderEvent;
use trading::order::{ClientOrderId, Leg, OrderReport, OrderState, life};
use trading::portfolio::Portfolio;
use trading::record::{Entry, Intent, Record, Settled};
use trading::state::TrackedOrder;

use crate::acting::knows_of;
use crate::deadline::{ABSENCE_GAP, ACCOUNT_LAG_MAX, QUARANTINE};
use crate::error::{CycleError, Step};
use crate::observing::Bodies;
use crate::port::clock;
use crate::sending::Sent;
use crate::slot_try::SlotTry;

impl SlotTry<'_> {
    /// Settles every order whose end the journal does not know, and looks again for those it calls
    /// unsent.
    pub(crate) async fn recover(&mut self) -> Result<(), CycleError> {
        let unsettled = self.orders_that(OrderState::is_unsettled);
        let unsent = self.orders_that(|state| state == OrderState::Unsent);
        if !unsettled.is_empty() {
            let portfolio = self.portfolio(Step::Recover).await?;
            for (id, tracked) in unsettled {
                self.recover_order(&id, &tracked, &portfolio).await?;
            }
        }
        for (id, tracked) in unsent {
            self.look_again(&id, &tracked).await?;
        }
        self.await_shown().await
    }

    /// Waits until the account shows what was filled since it was last looked at: sized from an
    /// account that lags, the same would be bought or sold once more.
    ///
    /// # Errors
    /// Transient when it does not within the time of a leg, or of this try.
    async fn await_shown(&self) -> Result<(), CycleError> {
        let unseen = Unseen::of(self.ledger.slot_entries());
        if let Some((before, ends)) = unseen.since {
            self.await_known(&before, &ends).await?;
        }
        match unseen.newest_other {
            Some(filled) => self.await_belief(filled).await,
            None => Ok(()),
        }
    }

    /// Waits until the account, which showed `before`, shows what was filled since.
    async fn await_known(
        &self,
        before: &Portfolio,
        ends: &[(Leg, OrderReport)],
    ) -> Result<(), CycleError> {
        let until = self
            .deadlines
            .leg(self.clock().now(), &self.settings.orders);
        let shown = |now: &Portfolio| knows_of(now, before, ends);
        if self.portfolio_until(until, shown).await?.1 {
            return Ok(());
        }
        let ids: Vec<&str> = ends
            .iter()
            .map(|(_, report)| report.client_order_id.as_str())
            .collect();
        Err(CycleError::Transient {
            step: Step::Recover,
            why: format!("the account does not show the fill of {}", ids.join(", ")),
        })
    }

    /// Waits out the time for which the account may not show a fill, with enough left to act.
    async fn await_belief(&self, filled: Instant) -> Result<(), CycleError> {
        let believed = filled + ACCOUNT_LAG_MAX;
        if believed <= self.clock().now() {
            return Ok(());
        }
        if believed + self.settings.orders.leg_timeout() > self.deadlines.send_until {
            let why =
                format!("a fill of {filled} is too new for the account to show it in this try");
            return Err(CycleError::Transient {
                step: Step::Recover,
                why,
            });
        }
        self.clock().sleep_until(believed).await;
        Ok(())
    }

    fn orders_that(&self, are: fn(OrderState) -> bool) -> Vec<(ClientOrderId, TrackedOrder)> {
        let orders = self.ledger.state().orders.iter();
        orders
            .filter(|(_, tracked)| are(tracked.state))
            .map(|(id, tracked)| (id.clone(), tracked.clone()))
            .collect()
    }

    /// No local rule stops a frozen packet: what was proved absent may have arrived since. Then it
    /// is an order like any other left behind.
    async fn look_again(
        &mut self,
        id: &ClientOrderId,
        tracked: &TrackedOrder,
    ) -> Result<(), CycleError> {
        match self.look_up(id, tracked).await {
            Ok(None) => Ok(()),
            Ok(Some(report)) => {
                let portfolio = self.portfolio(Step::Recover).await?;
                self.await_found(id, tracked, report, &portfolio).await
            }
            // It was proved absent before, and all orders are listed once more before any is sent.
            Err(error) => {
                tracing::warn!(order = %id, %error, "no second look at an order called unsent");
                Ok(())
            }
        }
    }

    async fn recover_order(
        &mut self,
        id: &ClientOrderId,
        tracked: &TrackedOrder,
        portfolio: &Portfolio,
    ) -> Result<(), CycleError> {
        let seen = match self.look_up(id, tracked).await? {
            Some(report) => Some(report),
            None => {
                market::sabotage!(RecoverySends, {
                    let order = trading::approve::Approved::by_nobody(tracked.order().clone());
                    let _ = self.ports.broker.submit(&order, self.at_once()).await;
                });
                self.prove_absent(id, tracked).await?
            }
        };
        match seen {
            Some(report) => self.await_found(id, tracked, report, portfolio).await,
            None => Ok(()),
        }
    }

    async fn await_found(
        &mut self,
        id: &ClientOrderId,
        tracked: &TrackedOrder,
        report: OrderReport,
        portfolio: &Portfolio,
    ) -> Result<(), CycleError> {
        self.check_ours(id, &report)?;
        let sent = Sent {
            id: id.clone(),
            leg: tracked.order().leg,
            report,
        };
        let until = self.patience(tracked);
        self.await_end(&sent, until, portfolio).await.map(drop)
    }

    /// An open order of this very slot has its leg's time; one of an earlier slot, and an entry
    /// since forbidden, is taken back at once.
    fn patience(&self, tracked: &TrackedOrder) -> Instant {
        let now = self.clock().now();
        let forbidden = self.ledger.state().halt.is_some() && !tracked.order().leg.is_reduce_only();
        if tracked.slot == self.slot && !forbidden {
            self.deadlines.leg(now, &self.settings.orders)
        } else {
            now
        }
    }

    /// The order as the broker shows it now: by its own id where known, else by ours.
    async fn look_up(
        &self,
        id: &ClientOrderId,
        tracked: &TrackedOrder,
    ) -> Result<Option<OrderReport>, CycleError> {
        let broker = &self.ports.broker;
        let reply = match &tracked.broker_id {
            Some(known) => self.read(broker.order(known)).await,
            None => self.read(broker.order_by_client_id(id)).await,
        };
        Ok(reply
            .map_err(|error| CycleError::reading(Step::Recover, "order", &error))?
            .value)
    }

    /// Waits out the quarantine, then looks twice; only then is the order called unsent. An order
    /// that was seen before is not made absent by a look-up that lags, and a runner whose clock
    /// is not known to be right proves nothing. The order, should it show after all.
    async fn prove_absent(
        &mut self,
        id: &ClientOrderId,
        tracked: &TrackedOrder,
    ) -> Result<Option<OrderReport>, CycleError> {
        let quarantine_end = tracked.send_before + QUARANTINE;
        if quarantine_end + ABSENCE_GAP > self.deadlines.end {
            let why = format!("the quarantine of {id} is longer than this try");
            return Err(CycleError::Transient {
                step: Step::Recover,
                why,
            });
        }
        self.clock().sleep_until(quarantine_end).await;
        let (_, skew) = self.market_clock(&mut Bodies::default()).await?;
        let limit = u64::from(self.settings.limits.clock_skew_max_ms);
        let trusted = matches!(skew, Skew::Milliseconds(apart) if apart.unsigned_abs() <= limit);
        for look in 0..2 {
            if look > 0 {
                clock::sleep(self.clock(), ABSENCE_GAP).await;
            }
            if let Some(report) = self.look_up(id, tracked).await? {
                return Ok(Some(report));
            }
        }
        let proved = trusted && tracked.state != OrderState::Open;
        if !proved {
            let why = format!(
                "{id} is not to be found, and its absence is not proved (clock skew {skew:?})"
            );
            return Err(CycleError::Transient {
                step: Step::Recover,
                why,
            });
        }
        let state = life::next(tracked.state, OrderEvent::ProvedAbsent).map_err(|error| {
            CycleError::Permanent {
                step: Step::Recover,
                why: error.to_string(),
            }
        })?;
        let settled = Settled {
            id: id.clone(),
            state,
            filled: tracked.filled,
            average_price: None,
            report: None,
        };
        self.ledger
            .append(Some(self.slot), vec![Record::Settled(settled)], Vec::new())
            .await?;
        Ok(None)
    }
}

market::sabotage! { @items
    impl SlotTry<'_> {
        /// A fence that falls as late as any.
        fn at_once(&self) -> crate::port::SendFence {
            let (now, left) = (self.clock().now(), crate::deadline::SEND_WITHIN);
            crate::port::SendFence {
                send_before: now + left,
                send_before_monotonic: crate::port::Monotonic(self.clock().monotonic().0 + left),
            }
        }
    }
}

/// The fills that a slot has found since its newest portfolio: an account that lags may not show
/// them.
#[derive(Debug, Default)]
struct Unseen {
    /// That portfolio, and the fills of orders intended after it.
    since: Option<(Portfolio, Vec<(Leg, OrderReport)>)>,
    /// When the newest fill was made of any other order. How the account stood before that one
    /// nobody knows any more, so nothing but time tells that it shows.
    newest_other: Option<Instant>,
}

impl Unseen {
    fn of(entries: &[Entry]) -> Self {
        let mut before: Option<&Portfolio> = None;
        let mut intended: BTreeMap<&ClientOrderId, Leg> = BTreeMap::new();
        let mut filled: BTreeMap<&ClientOrderId, (Leg, OrderReport)> = BTreeMap::new();
        let mut newest_other = None;
        for entry in entries {
            let portfolio = match &entry.record {
                Record::Observed(observation) => Some(&observation.portfolio),
                Record::Replanned(replanned) => Some(&replanned.portfolio),
                _ => None,
            };
            if portfolio.is_some() {
                before = portfolio;
                intended.clear();
                filled.clear();
                newest_other = None;
            }
            match &entry.record {
                Record::Intended(made) => {
                    if let Intent::Order(order) = &made.intent {
                        intended.insert(&order.id, order.leg);
                    }
                }
                Record::Settled(settled) if !settled.filled.is_zero() => {
                    let report = settled.report.as_deref();
                    match (intended.get(&settled.id), report) {
                        (Some(leg), Some(report)) => {
                            filled.insert(&settled.id, (*leg, report.clone()));
                        }
                        _ => {
                            let at = report.and_then(|report| report.filled_at);
                            newest_other = newest_other.max(Some(at.unwrap_or(entry.at)));
                        }
                    }
                }
                _ => {}
            }
        }
        let ends: Vec<_> = filled.into_values().collect();
        let since = before.filter(|_| !ends.is_empty());
        Self {
            since: since.map(|before| (before.clone(), ends)),
            newest_other,
        }
    }
}
