//! Open: what came before is closed, then the slot is ours.

use market::calendar::Slot;
use market::time;
use trading::outcome::Outcome;
use trading::record::{RULES_VERSION, Record, RunId, SlotOpened, SlotsMissed};

use crate::error::{CycleError, Step};
use crate::port::Body;
use crate::slot_try::SlotTry;

/// What opening came to.
pub(crate) enum Opening {
    /// The slot is ours.
    Opened,
    /// It is too old; it has been closed with this outcome.
    TooLate(Outcome),
}

impl SlotTry<'_> {
    /// Closes what was left open before, records what nobody ran, and opens the slot.
    pub(crate) async fn open(&mut self) -> Result<Opening, CycleError> {
        self.close_abandoned().await?;
        let too_late = self.clock().now() > self.slot.at() + self.settings.orders.max_slot_age();
        let ours = self
            .ledger
            .state()
            .open_slot
            .clone()
            .filter(|open| open.slot == self.slot);
        let last_missed = if too_late && ours.is_none() {
            Some(self.slot)
        } else {
            None
        };
        self.record_missed(last_missed).await?;
        if last_missed.is_some() {
            return Ok(Opening::TooLate(Outcome::Missed));
        }
        if too_late {
            let outcome = Outcome::Failed(format!(
                "open for over {:#}",
                self.settings.orders.max_slot_age()
            ));
            self.close(outcome.clone(), None, Vec::new()).await?;
            return Ok(Opening::TooLate(outcome));
        }
        let run = self.ledger.run();
        let takes_over: Option<RunId> = ours
            .as_ref()
            .map(|open| open.run)
            .filter(|other| *other != run);
        let configuration = Body::new("configuration", self.settings.canonical_text().into_bytes());
        let opened = Record::SlotOpened(SlotOpened {
            try_number: ours.map_or(0, |open| open.tries) + 1,
            takes_over,
            configuration: configuration.reference.hash,
            rules: RULES_VERSION,
        });
        self.ledger
            .append(Some(self.slot), vec![opened], vec![configuration])
            .await?;
        Ok(Opening::Opened)
    }

    /// An earlier slot that was opened and never closed failed.
    async fn close_abandoned(&mut self) -> Result<(), CycleError> {
        let Some(open) = self
            .ledger
            .state()
            .open_slot
            .clone()
            .filter(|open| open.slot != self.slot)
        else {
            return Ok(());
        };
        let outcome = Outcome::Failed(format!(
            "left open by run {} after {} tries",
            open.run, open.tries
        ));
        self.append_closed(open.slot, outcome, None, Vec::new())
            .await
    }

    /// One record for all slots between the newest closed one and this; slots before the
    /// journal's first are nobody's.
    async fn record_missed(&mut self, including: Option<Slot>) -> Result<(), CycleError> {
        let Some(last) = self
            .ledger
            .state()
            .last_slot
            .as_ref()
            .map(|closed| closed.slot)
        else {
            return match including {
                Some(slot) => self.append_missed(&[slot]).await,
                None => Ok(()),
            };
        };
        let until = including.map_or(self.slot.at() - time::seconds(1), Slot::at);
        let missed =
            self.calendar
                .slots(last.at(), until)
                .map_err(|error| CycleError::Permanent {
                    step: Step::Open,
                    why: error.to_string(),
                })?;
        self.append_missed(&missed).await
    }

    async fn append_missed(&mut self, missed: &[Slot]) -> Result<(), CycleError> {
        let (Some(first), Some(last)) = (missed.first(), missed.last()) else {
            return Ok(());
        };
        let count = u32::try_from(missed.len()).unwrap_or(u32::MAX);
        let record = Record::SlotsMissed(SlotsMissed {
            first: *first,
            last: *last,
            count,
        });
        self.ledger.append(None, vec![record], Vec::new()).await
    }
}
