//! One try at one slot: the whole of EXECUTION §3 on one page.

use std::collections::BTreeSet;

use market::Instant;
use market::calendar::{Calendar, Session, Slot};
use trading::invariants::Breach;
use trading::judge::Decided;
use trading::order::AccountTag;
use trading::outcome::Outcome;
use trading::record::{HaltLevel, HaltReason, Halted, Record, TryFailed};
use trading::settings::Settings;
use trading::spread::Look;

use crate::deadline::{Deadlines, READ_TIMEOUT};
use crate::error::CycleError;
use crate::ledger::Ledger;
use crate::observing::Observed;
use crate::opening::Opening;
use crate::port::{Clock, ReadError, clock};
use crate::retrying::next_try;
use crate::runner::{Ended, Ports};
use crate::splitting::Announced;

/// One try.
pub(crate) struct SlotTry<'a> {
    pub(crate) ports: &'a Ports,
    pub(crate) settings: &'a Settings,
    pub(crate) calendar: &'a Calendar,
    /// The sessions as they were held: our calendar, narrowed by the broker's once that is read.
    /// Bars are measured by it, slots never.
    pub(crate) held: Calendar,
    pub(crate) tag: &'a AccountTag,
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) slot: Slot,
    pub(crate) session: Session,
    pub(crate) deadlines: Deadlines,
    pub(crate) announced: &'a mut Announced,
    /// Where the broker's session is not ours; for the owner.
    pub(crate) odd_session: Option<String>,
    /// Invariants that the slot's end showed breached; for the owner.
    pub(crate) breaches: Vec<Breach>,
    /// The newest look at the quote of what is to be bought.
    pub(crate) quote: Option<Look>,
    /// When this try no longer waits for a narrower spread, once it has begun to.
    pub(crate) spread_until: Option<Instant>,
}

impl SlotTry<'_> {
    /// Opens the slot, carries it through, and records how the try ended.
    pub(crate) async fn carry_through(&mut self, last_try: bool) -> Result<Ended, CycleError> {
        match self.try_once(last_try).await {
            Err(CycleError::Superseded { by }) => Ok(Ended::Superseded { by }),
            ended => ended,
        }
    }

    async fn try_once(&mut self, last_try: bool) -> Result<Ended, CycleError> {
        let opened = match self.open().await {
            Ok(Opening::Opened) => Ok(()),
            Ok(Opening::TooLate(outcome)) => {
                return Ok(Ended::Closed {
                    slot: self.slot,
                    outcome,
                    fresh: true,
                });
            }
            Err(error) => Err(error),
        };
        let result = match opened {
            Ok(()) => self.work().await,
            Err(error) => Err(error),
        };
        match result {
            Ok(outcome) => Ok(Ended::Closed {
                slot: self.slot,
                outcome,
                fresh: true,
            }),
            Err(error) => self.fail(error, last_try).await,
        }
    }

    /// Recover, observe, decide, act, verify, close.
    async fn work(&mut self) -> Result<Outcome, CycleError> {
        let (observed, decided) = self.come_to_decide().await?;
        let acted = self.act(&observed, &decided).await?;
        self.verify_and_close(&observed, acted).await
    }

    /// Recover, observe, decide: all that a rehearsal does too.
    pub(crate) async fn come_to_decide(&mut self) -> Result<(Observed, Decided), CycleError> {
        self.recover().await?;
        let observed = self.observe().await?;
        let decided = self.decide(&observed).await?;
        Ok((observed, decided))
    }

    /// A failed try leaves the slot open for the next, unless no next can do better or comes in
    /// time.
    pub(crate) async fn fail(
        &mut self,
        error: CycleError,
        last_try: bool,
    ) -> Result<Ended, CycleError> {
        tracing::warn!(slot = %self.slot, %error, "a try failed");
        match error {
            CycleError::Superseded { .. }
            | CycleError::Journal(_)
            | CycleError::Settings(_)
            | CycleError::Foreign(_) => Err(error),
            CycleError::Halt(reason) => self.halt(reason).await,
            CycleError::Permanent { .. } => self.close_failed(&error).await,
            CycleError::Transient { .. } => {
                let orders = &self.settings.orders;
                let next = next_try(self.clock().now(), self.slot, self.tries(), orders);
                if market::sabotage!(FailedTooSoon, true, last_try || next.is_none()) {
                    return self.close_failed(&error).await;
                }
                let step = error
                    .step()
                    .map(|step| step.to_string())
                    .unwrap_or_default();
                let failed = Record::TryFailed(TryFailed {
                    error: error.to_string(),
                    step,
                });
                self.ledger
                    .append(Some(self.slot), vec![failed], Vec::new())
                    .await?;
                Ok(Ended::TryFailed {
                    slot: self.slot,
                    error,
                })
            }
        }
    }

    /// Why earlier tries at this slot have failed.
    pub(crate) fn failures(&self) -> BTreeSet<String> {
        let open = self.ledger.state().open_slot.as_ref();
        let open = open.filter(|open| open.slot == self.slot);
        open.map(|open| open.failures.clone()).unwrap_or_default()
    }

    /// Tries that this slot has seen, this one included.
    fn tries(&self) -> u32 {
        let open = self.ledger.state().open_slot.as_ref();
        open.map_or(1, |open| open.tries)
    }

    /// Nothing more is sent until the owner has looked.
    async fn halt(&mut self, reason: HaltReason) -> Result<Ended, CycleError> {
        let refusal = trading::outcome::Refusal::new(
            trading::outcome::Reason::Halted,
            "no halt in force",
            reason.to_string(),
        );
        let halted = Halted {
            level: HaltLevel::Frozen,
            flatten: false,
            reason,
        };
        self.ledger
            .append(Some(self.slot), vec![Record::Halted(halted)], Vec::new())
            .await?;
        self.close(Outcome::Refused(refusal), None, Vec::new())
            .await
    }

    async fn close_failed(&mut self, error: &CycleError) -> Result<Ended, CycleError> {
        self.close(Outcome::Failed(error.to_string()), None, Vec::new())
            .await
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.ports.clock.as_ref()
    }

    /// Drives a read within its time-out, and never beyond the end of the try.
    pub(crate) async fn read<T: Send>(
        &self,
        read: impl Future<Output = Result<T, ReadError>> + Send,
    ) -> Result<T, ReadError> {
        let left = self.deadlines.end.duration_since(self.clock().now());
        if !left.is_positive() {
            return Err(ReadError::Transient("the try is over".to_owned()));
        }
        let limit = READ_TIMEOUT.min(left);
        clock::timeout(self.clock(), limit, read)
            .await
            .unwrap_or_else(|elapsed| Err(ReadError::Transient(elapsed.to_string())))
    }
}
