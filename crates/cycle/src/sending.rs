//! Send: intended in the journal, then sent once, then believed only when looked up.
//!
//! EXECUTION §5. Nothing here sends twice: an answer that does not come leaves the order unknown,
//! and only recovery, after its quarantine, may call it unsent.

use market::{Instant, Symbol, time};
use trading::approve::{Approved, CLOSE_MARGIN, Situation, approve, approve_cancel};
use trading::invariants::unknown_orders;
use trading::judge::Decided;
use trading::observation::SessionHours;
use trading::order::id::ATTEMPTS_MAX;
use trading::order::{Cancel, ClientOrderId, Leg, Order, OrderReport, OrderState};
use trading::outcome::{Reason, Refusal};
use trading::plan::{PlannedCancel, PlannedOrder};
use trading::portfolio::Portfolio;
use trading::record::{Answer, Answered, HaltReason, Intended, Intent, Record};
use trading::settings::Venue;

use crate::deadline::{ABSENCE_GAP, SEND_TIMEOUT, SEND_WITHIN};
use crate::error::{CycleError, Step};
use crate::ledger::Appended;
use crate::observing::Observed;
use crate::port::{Monotonic, ReadError, SendFence, Submission, clock};
use crate::slot_try::SlotTry;

/// Look-ups, two seconds apart, that must find nothing before a refusal is believed: together
/// longer than a broker's answers by client id were seen to lag.
const REFUSAL_LOOKUPS: u32 = 3;

/// An order that the broker has taken.
pub(crate) struct Sent {
    pub(crate) id: ClientOrderId,
    pub(crate) leg: Leg,
    pub(crate) report: OrderReport,
}

/// The rules that stand while something is sent.
#[derive(Clone, Copy)]
struct Rules<'a> {
    session: SessionHours,
    stops: &'a [Refusal],
    entry_stops: &'a [Refusal],
    price: Option<market::Price>,
    /// No first byte leaves later.
    send_until: Instant,
}

impl SlotTry<'_> {
    /// Sends one planned order; the inner error is the rule that stopped it.
    pub(crate) async fn send(
        &mut self,
        planned: &PlannedOrder,
        portfolio: &Portfolio,
        observed: &Observed,
        decided: &Decided,
    ) -> Result<Result<Sent, Refusal>, CycleError> {
        let listed = self.orders_since(self.known_until()).await?;
        self.check_known(&listed)?;
        let rules = self.rules(&planned.symbol, observed, decided);
        let (order, fence) = match self.intend(planned, portfolio, rules).await? {
            Ok(intended) => intended,
            Err(refusal) => return Ok(Err(refusal)),
        };
        market::sabotage!(MonotonicOnly, {
            let fence = SendFence {
                send_before: Instant::MAX,
                ..fence
            };
            let submission = self.ports.broker.submit(&order, fence);
            let submission = self.call_once(submission).await?;
            return self.believe(order.get(), submission).await.map(Ok);
        });
        let submission = self
            .call_once(self.ports.broker.submit(&order, fence))
            .await?;
        market::sabotage!(BlindRetry, {
            if let Submission::Unknown { .. } = submission {
                let again = self.ports.broker.submit(&order, self.fence(rules));
                let submission = self.call_once(again).await?;
                return self.believe(order.get(), submission).await.map(Ok);
            }
        });
        self.believe(order.get(), submission).await.map(Ok)
    }

    /// Asks approval for a planned order as sending it would, and sends nothing.
    pub(crate) fn approval(
        &self,
        planned: &PlannedOrder,
        observed: &Observed,
        decided: &Decided,
    ) -> Result<Order, Refusal> {
        let rules = self.rules(&planned.symbol, observed, decided);
        let situation = self.situation(&observed.observation.portfolio, rules);
        let approved = approve(self.order(planned)?, &situation)?;
        Ok(approved.get().clone())
    }

    /// What stands while orders in `symbol` are sent.
    fn rules<'a>(
        &self,
        symbol: &Symbol,
        observed: &'a Observed,
        decided: &'a Decided,
    ) -> Rules<'a> {
        let price = observed.observation.trade_price.as_ref();
        Rules {
            session: observed.observation.narrower_session(),
            stops: &decided.stops,
            entry_stops: &decided.entry_stops,
            price: price
                .filter(|point| &point.symbol == symbol)
                .map(|point| point.price),
            send_until: self.deadlines.send_until,
        }
    }

    /// Changes something at the broker, once, if nothing was appended since its intent.
    async fn call_once<T: Send>(
        &self,
        call: impl Future<Output = Submission<T>> + Send,
    ) -> Result<Submission<T>, CycleError> {
        if !self.ledger.is_newest().await? {
            let why = "something was appended after its intent".to_owned();
            return Ok(Submission::NotSent { why });
        }
        let answer = clock::timeout(self.clock(), SEND_TIMEOUT, call).await;
        Ok(answer.unwrap_or_else(|elapsed| Submission::Unknown {
            why: elapsed.to_string(),
        }))
    }

    /// An order with our prefix that the journal does not know means the journal is behind; one
    /// that it calls unsent has come alive meanwhile, and recovery comes before anything else.
    pub(crate) fn check_known(&self, orders: &[OrderReport]) -> Result<(), CycleError> {
        let state = self.ledger.state();
        let ids = unknown_orders(orders, state, self.tag);
        if !ids.is_empty() {
            return Err(CycleError::Halt(HaltReason::JournalBehind { ids }));
        }
        let unsent = state.orders.iter();
        let mut unsent = unsent.filter(|(_, tracked)| tracked.state == OrderState::Unsent);
        let is_listed = |id: &ClientOrderId| {
            let listed = |order: &OrderReport| order.client_order_id == id.as_str();
            orders.iter().any(listed)
        };
        match unsent.find(|(id, _)| is_listed(id)) {
            None => Ok(()),
            Some((id, _)) => Err(CycleError::Transient {
                step: Step::Act,
                why: format!("{id} was called unsent and has come alive"),
            }),
        }
    }

    /// Approves and records an order; approved anew when a switch was thrown meanwhile.
    async fn intend(
        &mut self,
        planned: &PlannedOrder,
        portfolio: &Portfolio,
        rules: Rules<'_>,
    ) -> Result<Result<(Approved<Order>, SendFence), Refusal>, CycleError> {
        loop {
            let approved = match self
                .order(planned)
                .and_then(|order| approve(order, &self.situation(portfolio, rules)))
            {
                Ok(approved) => approved,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let fence = self.fence(rules);
            market::sabotage!(SendBeforeIntent, {
                let _ = self.ports.broker.submit(&approved, fence).await;
            });
            let intended = self.intended(Intent::Order(approved.get().clone()), fence);
            match self
                .ledger
                .append_unless_news(Some(self.slot), vec![intended], Vec::new())
                .await?
            {
                Appended::Won => return Ok(Ok((approved, fence))),
                Appended::News => {}
            }
        }
    }

    /// The order of a planned one, while the slot has an id left for it. An id that may be live is
    /// used again, never replaced.
    fn order(&self, planned: &PlannedOrder) -> Result<Order, Refusal> {
        let attempt = self
            .ledger
            .state()
            .next_attempt(self.slot, planned.leg, &planned.symbol);
        let named = ClientOrderId::new(self.tag, self.slot, planned.leg, &planned.symbol, attempt);
        let id = market::sabotage!(
            RandomIds,
            {
                let now = self.clock().now().as_nanosecond();
                let text = format!("tqqq-{}-{now}", self.tag);
                ClientOrderId::at_broker(&text, self.tag).map_or(named, Ok)
            },
            named
        );
        let refused = |seen: String| {
            let limit = format!("at most {ATTEMPTS_MAX} of one kind a slot");
            Refusal::new(Reason::AttemptsPerStep, limit, seen)
        };
        Ok(Order {
            id: id.map_err(|error| refused(error.to_string()))?,
            leg: planned.leg,
            symbol: planned.symbol.clone(),
            side: planned
                .leg
                .side()
                .ok_or_else(|| refused("a cancel, which is no order".to_owned()))?,
            instruction: planned.instruction.clone(),
        })
    }

    fn situation<'a>(&'a self, portfolio: &'a Portfolio, rules: Rules<'a>) -> Situation<'a> {
        Situation {
            now: self.clock().now(),
            send_until: rules.send_until,
            session: rules.session,
            state: self.ledger.state(),
            portfolio,
            price: rules.price,
            quote: self.quote_sight(),
            stops: rules.stops,
            entry_stops: rules.entry_stops,
            needs_arming: self.settings.venue == Venue::AlpacaLive,
            limits: &self.settings.limits,
        }
    }

    /// A few seconds from now, within the hours and the end of sending.
    fn fence(&self, rules: Rules<'_>) -> SendFence {
        let (now, monotonic) = (self.clock().now(), self.clock().monotonic());
        let last = rules.send_until.min(rules.session.close - CLOSE_MARGIN);
        let span = SEND_WITHIN.min(last.duration_since(now));
        SendFence {
            send_before: now + span,
            send_before_monotonic: Monotonic(monotonic.0 + span),
        }
    }

    fn intended(&self, intent: Intent, fence: SendFence) -> Record {
        Record::Intended(Intended {
            intent,
            send_before: fence.send_before,
        })
    }

    /// Turns the broker's answer into a record; what was refused is looked up first.
    async fn believe(
        &mut self,
        order: &Order,
        submission: Submission<OrderReport>,
    ) -> Result<Sent, CycleError> {
        match submission {
            Submission::Accepted(report) => self.accept(order, report).await,
            Submission::Refused { why, duplicate_id } => match self.confirm_refusal(order).await {
                Ok(Some(report)) => self.accept(order, report).await,
                Ok(None) if duplicate_id => {
                    self.leave_unknown(order, format!("{why}, and no look-up shows the order"))
                        .await
                }
                Ok(None) => {
                    self.answer(&order.id, Answer::Refused { why: why.clone() })
                        .await?;
                    let why = format!("the broker refused {}: {why}", order.id);
                    Err(refused(order.leg, why))
                }
                Err(error) => {
                    self.leave_unknown(order, format!("{why}; looking it up: {error}"))
                        .await
                }
            },
            Submission::Unknown { why } => {
                market::sabotage!(TimeoutIsRejection, {
                    self.answer(&order.id, Answer::Refused { why: why.clone() })
                        .await?;
                    return Err(CycleError::Transient {
                        step: Step::Act,
                        why,
                    });
                });
                self.leave_unknown(order, why).await
            }
            Submission::NotSent { why } => {
                self.answer(&order.id, Answer::NotSent { why: why.clone() })
                    .await?;
                Err(CycleError::Transient {
                    step: Step::Act,
                    why: format!("{} was not sent: {why}", order.id),
                })
            }
        }
    }

    /// Records an order the broker shows, if it is one we intended under its id.
    async fn accept(&mut self, order: &Order, report: OrderReport) -> Result<Sent, CycleError> {
        self.check_ours(&order.id, &report)?;
        self.answer(&order.id, Answer::Accepted(Box::new(report.clone())))
            .await?;
        Ok(Sent {
            id: order.id.clone(),
            leg: order.leg,
            report,
        })
    }

    /// What the broker shows under an id must equal one of the orders intended under it.
    pub(crate) fn check_ours(
        &self,
        id: &ClientOrderId,
        report: &OrderReport,
    ) -> Result<(), CycleError> {
        let tracked = self.ledger.state().orders.get(id);
        let ours = tracked
            .is_some_and(|tracked| tracked.intents.iter().any(|intent| intent.matches(report)));
        if ours {
            Ok(())
        } else {
            Err(CycleError::Halt(HaltReason::IdCollision {
                id: id.to_string(),
            }))
        }
    }

    /// Looks a refused order up until it shows or enough look-ups have found nothing.
    async fn confirm_refusal(&self, order: &Order) -> Result<Option<OrderReport>, ReadError> {
        for lookup in 1..=REFUSAL_LOOKUPS {
            if let Some(report) = self
                .read(self.ports.broker.order_by_client_id(&order.id))
                .await?
                .value
            {
                return Ok(Some(report));
            }
            if lookup < REFUSAL_LOOKUPS {
                clock::sleep(self.clock(), ABSENCE_GAP).await;
            }
        }
        Ok(None)
    }

    /// Nothing more is sent for this order in this try; recovery settles it.
    async fn leave_unknown<T>(&mut self, order: &Order, why: String) -> Result<T, CycleError> {
        self.answer(&order.id, Answer::Unknown { why: why.clone() })
            .await?;
        Err(CycleError::Transient {
            step: Step::Act,
            why: format!("whether {} was taken is unknown: {why}", order.id),
        })
    }

    async fn answer(&mut self, id: &ClientOrderId, answer: Answer) -> Result<(), CycleError> {
        let answered = Record::Answered(Answered {
            id: id.clone(),
            answer,
        });
        self.ledger
            .append(Some(self.slot), vec![answered], Vec::new())
            .await
    }

    /// Asks for a cancel, intended first like everything that changes something at the broker.
    pub(crate) async fn send_cancel(
        &mut self,
        planned: &PlannedCancel,
        portfolio: &Portfolio,
    ) -> Result<Result<(), Refusal>, CycleError> {
        let session = SessionHours {
            open: self.session.open,
            close: self.session.close,
        };
        let rules = Rules {
            session,
            stops: &[],
            entry_stops: &[],
            price: None,
            // The seconds kept at the end of a try are for this.
            send_until: self.deadlines.end,
        };
        loop {
            let cancel = self.cancel(planned)?;
            let approved = match approve_cancel(cancel, &self.situation(portfolio, rules)) {
                Ok(approved) => approved,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let fence = self.fence(rules);
            let intended = self.intended(Intent::Cancel(approved.get().clone()), fence);
            let appended = market::sabotage!(
                UnintendedCancel,
                Appended::Won,
                self.ledger
                    .append_unless_news(Some(self.slot), vec![intended], Vec::new())
                    .await?
            );
            if appended == Appended::News {
                continue;
            }
            let taken = self
                .call_once(self.ports.broker.cancel(&approved, fence))
                .await?;
            let answer = match taken {
                Submission::Accepted(()) => Answer::CancelTaken,
                Submission::Refused { why, .. } => Answer::Refused { why },
                Submission::Unknown { why } => Answer::Unknown { why },
                Submission::NotSent { why } => Answer::NotSent { why },
            };
            self.answer(&approved.get().id, answer).await?;
            return Ok(Ok(()));
        }
    }

    fn cancel(&self, planned: &PlannedCancel) -> Result<Cancel, CycleError> {
        let open = self.ledger.state().open_slot.as_ref();
        let made = open
            .and_then(|open| open.cancels.get(&planned.symbol))
            .copied()
            .unwrap_or(0);
        let id = ClientOrderId::new(self.tag, self.slot, Leg::Cancel, &planned.symbol, made + 1);
        let id = id.map_err(|error| CycleError::Permanent {
            step: Step::Act,
            why: error.to_string(),
        })?;
        Ok(Cancel {
            id,
            order: planned.order.clone(),
            client_order_id: planned.client_order_id.clone(),
            symbol: planned.symbol.clone(),
        })
    }

    /// A moment after which an order answered neither way is looked for no longer in this step.
    pub(crate) fn grace(&self, until: Instant) -> Instant {
        (until + crate::deadline::CANCEL_GRACE).min(self.deadlines.end - time::seconds(2))
    }
}

/// A refused exit is tried again from a fresh look at the account, with the next attempt: what
/// stood in its way may be gone. A refused entry is not.
fn refused(leg: Leg, why: String) -> CycleError {
    let step = Step::Act;
    if leg.is_reduce_only() {
        CycleError::Transient { step, why }
    } else {
        CycleError::Permanent { step, why }
    }
}
