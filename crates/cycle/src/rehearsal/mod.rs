//! A slot rehearsed: the engine's own path as far as the decision, and nobody hears of it.
//!
//! [`rehearse`] takes the ports of a real call and puts two of them behind glass: the journal is
//! read as it stands and what would be appended stays in memory ([`Overlay`]), and of the broker
//! only its reading half is kept ([`Muted`]), so that nothing here can send, by type. Recovery,
//! observing and deciding are the engine's, line by line; every order of the plan is then held up
//! for the same approval that sending asks. Absent on purpose: alerts, and any later step.

mod muted;
mod overlay;

use std::sync::Arc;

use market::Instant;
use market::calendar::Slot;
use trading::judge::Decided;
use trading::observation::Observation;
use trading::order::{Cancel, Order};
use trading::outcome::{Outcome, Refusal};
use trading::plan::PlannedOrder;
use trading::record::{Head, Intent, Record};
use trading::settings::Settings;
use trading::state::State;

pub use muted::Muted;
pub use overlay::Overlay;

use crate::acting::stopped;
use crate::error::CycleError;
use crate::observing::Observed;
use crate::opening::Opening;
use crate::runner::{Ended, Ports, Runner, TryLimits};
use crate::slot_try::SlotTry;

/// How a rehearsal ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Rehearsed {
    /// It came to a decision.
    Decided(Box<Rehearsal>),
    /// A real call would have ended before that, like this.
    Ended(Ended),
}

/// A slot as far as its decision, and what would follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// Which slot.
    pub slot: Slot,
    /// What it saw.
    pub observation: Observation,
    /// What it made of it.
    pub decided: Decided,
    /// Orders of earlier slots that recovery takes back first.
    pub recovered: Vec<Cancel>,
    /// The rule that stops the whole plan, cancels included.
    pub stopped: Option<Refusal>,
    /// The plan's sales and its buy, in order, each with the order it becomes or the rule that
    /// stops it.
    pub orders: Vec<(PlannedOrder, Result<Order, Refusal>)>,
    /// The state that holds once all this is recorded.
    pub state: State,
}

impl Rehearsal {
    /// How the slot would end if nothing changes: `Traded` says that something would be sent, not
    /// that it would be filled.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let plan = &self.decided.plan;
        if plan.is_empty() {
            let held = plan.idle.unwrap_or(trading::outcome::Held::AtTarget);
            let refused = self.decided.refused.clone();
            return refused.map_or(Outcome::Held(held), Outcome::Refused);
        }
        let refused = || {
            self.orders
                .first()
                .and_then(|(_, order)| order.clone().err())
        };
        let is_stopped = self
            .stopped
            .clone()
            .or_else(|| plan.cancels.is_empty().then(refused).flatten());
        is_stopped.map_or(Outcome::Traded, Outcome::Refused)
    }
}

/// A rehearsed slot and the head of the journal it was rehearsed on.
#[derive(Debug, Clone, PartialEq)]
pub struct Performance {
    /// How it ended.
    pub ended: Rehearsed,
    /// The newest record really there; `None` for a chain not begun yet.
    pub head: Option<Head>,
}

/// One try at the slot of `moment` as [`Runner::run_slot`] carries it out, up to its decision.
/// Nothing is written, sent or told. On a clock that clients move, waiting for final bars moves it.
///
/// # Errors
/// As [`Runner::open`] and [`Runner::run_slot`].
pub async fn rehearse(
    ports: Ports,
    settings: Settings,
    description: &str,
    moment: Instant,
) -> Result<Performance, CycleError> {
    let overlay = Arc::new(Overlay::over(ports.journal.clone()).await?);
    let head = overlay.base_head();
    let ports = Ports {
        broker: Arc::new(Muted::new(ports.broker.clone())),
        journal: overlay,
        ..ports
    };
    let mut runner = Runner::open(ports, settings, description).await?;
    let ended = match runner.begin(moment, TryLimits::default()).await? {
        Ok(mut slot_try) => slot_try.rehearse().await?,
        Err(ended) => Rehearsed::Ended(ended),
    };
    Ok(Performance { ended, head })
}

impl SlotTry<'_> {
    async fn rehearse(&mut self) -> Result<Rehearsed, CycleError> {
        let decided = match self.open().await {
            Ok(Opening::Opened) => self.come_to_decide().await,
            Ok(Opening::TooLate(outcome)) => {
                return Ok(Rehearsed::Ended(Ended::Closed {
                    slot: self.slot,
                    outcome,
                    fresh: true,
                }));
            }
            Err(error) => Err(error),
        };
        match decided {
            Ok((observed, decided)) => {
                // As it is now: a real call would wait a while for a narrower spread.
                if let Some(buy) = &decided.plan.buy {
                    self.glance(&buy.symbol).await;
                }
                let rehearsal = self.rehearsal(observed, decided);
                Ok(Rehearsed::Decided(Box::new(rehearsal)))
            }
            Err(error) => self.fail(error, false).await.map(Rehearsed::Ended),
        }
    }

    fn rehearsal(&self, observed: Observed, decided: Decided) -> Rehearsal {
        let plan = &decided.plan;
        let approval = |planned: &PlannedOrder| {
            let approved = self.approval(planned, &observed, &decided);
            (planned.clone(), approved)
        };
        let orders = plan.sales.iter().chain(&plan.buy).map(approval).collect();
        let entries = self.ledger.slot_entries().iter();
        let recovered = entries.filter_map(|entry| match &entry.record {
            Record::Intended(intended) => match &intended.intent {
                Intent::Cancel(cancel) => Some(cancel.clone()),
                Intent::Order(_) => None,
            },
            _ => None,
        });
        Rehearsal {
            slot: self.slot,
            recovered: recovered.collect(),
            stopped: stopped(plan, &decided)
                .filter(|_| !plan.is_empty())
                .cloned(),
            orders,
            state: self.ledger.state().clone(),
            observation: observed.observation,
            decided,
        }
    }
}
