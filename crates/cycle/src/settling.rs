//! Await: an order's end, seen at the broker; at the leg's deadline it is taken back.

use market::{Duration, Instant, Money, Price, Shares, time};
use trading::order::{
    BrokerOrderId, ClientOrderId, OrderEvent, OrderReport, OrderState, OrderStatus, life,
};
use trading::plan::PlannedCancel;
use trading::portfolio::Portfolio;
use trading::record::{Record, Settled};

use crate::error::{CycleError, Step};
use crate::port::clock;
use crate::sending::Sent;
use crate::slot_try::SlotTry;

/// The first pause between two looks at an order; it doubles up to the longest.
const POLL_FIRST: Duration = time::milliseconds(100);
/// The longest pause.
const POLL_MAX: Duration = time::seconds(1);
/// Replacements followed before something must be wrong.
const REPLACEMENTS_MAX: u32 = 8;

impl SlotTry<'_> {
    /// The order at its end, recorded. At `leg_end` it is taken back and awaited a little longer;
    /// `None` when its end was not seen even then: it stays open in the journal.
    pub(crate) async fn await_end(
        &mut self,
        sent: &Sent,
        leg_end: Instant,
        portfolio: &Portfolio,
    ) -> Result<Option<OrderReport>, CycleError> {
        let mut watched = Watched::new(sent.report.clone());
        self.watch(&mut watched, leg_end).await?;
        if !watched.has_ended() {
            let newest = &watched.newest;
            let planned = PlannedCancel {
                order: newest.broker_id.clone(),
                client_order_id: newest.client_order_id.clone(),
                symbol: newest.symbol.clone(),
            };
            if let Err(refusal) = self.send_cancel(&planned, portfolio).await? {
                tracing::warn!(order = %sent.id, %refusal, "an order past its deadline could not be taken back");
            }
            self.watch(&mut watched, self.grace(leg_end)).await?;
        }
        let report = watched.total();
        market::sabotage!(SettledUnseen, {
            let ended = OrderReport {
                status: OrderStatus::Canceled,
                ..report.clone()
            };
            let ended = if has_ended(&report) { report } else { ended };
            self.settle(&sent.id, &ended).await?;
            return Ok(Some(ended));
        });
        self.settle(&sent.id, &report).await?;
        Ok(watched.has_ended().then_some(report))
    }

    /// Looks at an order until its end or `until`, following replacements.
    async fn watch(&self, watched: &mut Watched, until: Instant) -> Result<(), CycleError> {
        let mut pause = POLL_FIRST;
        loop {
            // A replacement is followed at once, even past the deadline: it is what may be alive.
            while let Some(successor) = watched.successor() {
                let Some(report) = self.look(&successor).await else {
                    break;
                };
                watched.follow(report)?;
            }
            if watched.has_ended() || self.clock().now() + pause > until {
                return Ok(());
            }
            clock::sleep(self.clock(), pause).await;
            pause = (pause * 2).min(POLL_MAX);
            if let Some(report) = self.look(&watched.newest.broker_id).await {
                watched.newest = report;
            }
        }
    }

    /// The order as it is now; a look that fails or lags tells nothing.
    async fn look(&self, id: &BrokerOrderId) -> Option<OrderReport> {
        match self.read(self.ports.broker.order(id)).await {
            Ok(reply) => reply.value,
            Err(error) => {
                tracing::info!(order = %id, %error, "a look at an order failed");
                None
            }
        }
    }

    /// Records where an order stands.
    pub(crate) async fn settle(
        &mut self,
        id: &ClientOrderId,
        report: &OrderReport,
    ) -> Result<(), CycleError> {
        market::sabotage!(CancelledIsUnfilled, {
            if report.status == OrderStatus::Canceled && !report.filled.is_zero() {
                let filled = Shares::ZERO;
                let emptied = OrderReport {
                    filled,
                    ..report.clone()
                };
                return Box::pin(self.settle(id, &emptied)).await;
            }
        });
        let before = self
            .ledger
            .state()
            .orders
            .get(id)
            .map_or(OrderState::Unknown, |tracked| tracked.state);
        let event = if has_ended(report) {
            report.event()
        } else {
            OrderEvent::SeenOpen
        };
        let state = life::next(before, event).map_err(|error| CycleError::Permanent {
            step: Step::Act,
            why: format!("{id}: {error}"),
        })?;
        let settled = Record::Settled(Settled {
            id: id.clone(),
            state,
            filled: report.filled,
            average_price: report.average_price,
            report: Some(Box::new(report.clone())),
        });
        self.ledger
            .append(Some(self.slot), vec![settled], Vec::new())
            .await
    }
}

/// An order of ours and the replacements others have put in its place.
struct Watched {
    first: OrderReport,
    newest: OrderReport,
    /// What the replaced ones had filled, and its value.
    filled_before: Shares,
    value_before: Money,
    replaced: u32,
}

impl Watched {
    fn new(report: OrderReport) -> Self {
        Self {
            first: report.clone(),
            newest: report,
            filled_before: Shares::ZERO,
            value_before: Money::ZERO,
            replaced: 0,
        }
    }

    fn has_ended(&self) -> bool {
        has_ended(&self.newest)
    }

    fn successor(&self) -> Option<BrokerOrderId> {
        let replaced = self.newest.status == OrderStatus::Replaced;
        self.newest.replaced_by.clone().filter(|_| replaced)
    }

    fn follow(&mut self, report: OrderReport) -> Result<(), CycleError> {
        self.replaced += 1;
        if self.replaced > REPLACEMENTS_MAX {
            let id = &self.first.client_order_id;
            let why = format!("{id} was replaced over {REPLACEMENTS_MAX} times");
            return Err(CycleError::Permanent {
                step: Step::Act,
                why,
            });
        }
        self.filled_before += self.newest.filled;
        self.value_before += self.newest.filled_value().unwrap_or(Money::ZERO);
        self.newest = report;
        Ok(())
    }

    /// Our order with the fills of all that took its place: still under our id and of our amount,
    /// so that it is known again.
    fn total(&self) -> OrderReport {
        let newest = &self.newest;
        if self.replaced == 0 {
            return newest.clone();
        }
        let filled = self.filled_before + newest.filled;
        let value = self.value_before + newest.filled_value().unwrap_or(Money::ZERO);
        let average = (!filled.is_zero())
            .then(|| value.decimal() / filled.decimal())
            .and_then(|price| Price::new(price.round_dp(6)).ok());
        let in_part = newest.status == OrderStatus::Filled
            && self.first.quantity.is_some_and(|wanted| filled < wanted);
        OrderReport {
            // A replacement of fewer shares fills wholly and ours only in part.
            status: if in_part {
                OrderStatus::Canceled
            } else {
                newest.status.clone()
            },
            filled,
            average_price: average,
            filled_at: newest.filled_at,
            replaced_by: newest.replaced_by.clone(),
            ..self.first.clone()
        }
    }
}

/// Whether nothing can happen to the order any more, nor to one in its place.
fn has_ended(report: &OrderReport) -> bool {
    let lives_on = report.status == OrderStatus::Replaced && report.replaced_by.is_some();
    report.status.is_terminal() && !lives_on
}
