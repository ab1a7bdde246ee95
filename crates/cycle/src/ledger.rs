//! The journal as one run uses it: append, fold, and give way to another run.

use std::sync::Arc;

use market::Money;
use market::calendar::Slot;
use trading::outcome::Outcome;
use trading::record::{Entry, Head, Record, RunId};
use trading::state::State;

use crate::error::CycleError;
use crate::port::{Body, Clock, Draft, Journal, JournalError};

/// Records read at a time.
const PAGE: usize = 64;
/// Records read first in search of a state: mostly the newest carries one, and those before it are
/// long.
const FIRST_PAGE: usize = 2;
/// How often an append makes way for switches before something must be wrong.
const LOST_APPENDS_MAX: u32 = 16;

/// What became of an append that must not pass over news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It stands.
    Won,
    /// A switch was thrown meanwhile and has been applied; decide again before appending.
    News,
}

/// The chain, its head, and the state folded up to it.
pub(crate) struct Ledger {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    run: RunId,
    head: Option<Head>,
    state: State,
    slot_began: State,
    slot_entries: Vec<Entry>,
    closing_equity: Option<Money>,
}

impl Ledger {
    /// Reads back to the newest record that carries a state and folds forward from there.
    pub(crate) async fn load(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        run: RunId,
    ) -> Result<Self, CycleError> {
        let head = journal.head().await?;
        let tail = match head {
            None => Vec::new(),
            Some(head) => tail(journal.as_ref(), head).await?,
        };
        let mut ledger = Self {
            journal,
            clock,
            run,
            head,
            state: State::default(),
            slot_began: State::default(),
            slot_entries: Vec::new(),
            closing_equity: None,
        };
        for entry in tail {
            ledger.take(entry);
        }
        Ok(ledger)
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn head(&self) -> Option<Head> {
        self.head
    }

    pub(crate) fn run(&self) -> RunId {
        self.run
    }

    /// The account's worth by the newest record, where that closed a slot that saw the account.
    pub(crate) fn closing_equity(&self) -> Option<Money> {
        self.closing_equity
    }

    /// The state before the first record of the slot under way.
    pub(crate) fn slot_began(&self) -> &State {
        &self.slot_began
    }

    /// Records of the slot under way, oldest first, tries of other runs and switches thrown between
    /// them included.
    pub(crate) fn slot_entries(&self) -> &[Entry] {
        &self.slot_entries
    }

    /// Applies what others have written since, before a try of our own begins.
    pub(crate) async fn refresh(&mut self) -> Result<(), CycleError> {
        match self.catch_up().await {
            Err(CycleError::Superseded { .. }) => Ok(()),
            other => other,
        }
    }

    /// Applies what others have written since.
    ///
    /// # Errors
    /// [`CycleError::Superseded`] when another run has opened or closed a slot meanwhile.
    async fn catch_up(&mut self) -> Result<(), CycleError> {
        let mut superseded = None;
        loop {
            let from = self.head.map_or(1, |head| head.seq + 1);
            let news = self.journal.read(from, PAGE).await?;
            let last_page = news.len() < PAGE;
            for entry in news {
                superseded = superseded.or_else(|| self.owner_of(&entry));
                self.take(entry);
            }
            if last_page {
                break;
            }
        }
        superseded.map_or(Ok(()), |by| Err(CycleError::Superseded { by }))
    }

    /// Appends, making way for switches that others throw.
    ///
    /// # Errors
    /// [`CycleError::Superseded`], or [`CycleError::Journal`] when doubt remains.
    pub(crate) async fn append(
        &mut self,
        slot: Option<Slot>,
        records: Vec<Record>,
        bodies: Vec<Body>,
    ) -> Result<(), CycleError> {
        let mut draft = self.draft(slot, records, bodies);
        for _ in 0..LOST_APPENDS_MAX {
            match self.put(&draft).await? {
                Appended::Won => return Ok(()),
                Appended::News => draft.expected = self.head,
            }
        }
        Err(JournalError::Unavailable(format!(
            "{LOST_APPENDS_MAX} appends in a row were overtaken"
        ))
        .into())
    }

    /// Whether the newest record is still the newest one known here.
    ///
    /// # Errors
    /// [`CycleError::Journal`] when the chain cannot be read.
    pub(crate) async fn is_newest(&self) -> Result<bool, CycleError> {
        Ok(self.journal.head().await? == self.head)
    }

    /// Appends only onto what was known when the records were made.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub(crate) async fn append_unless_news(
        &mut self,
        slot: Option<Slot>,
        records: Vec<Record>,
        bodies: Vec<Body>,
    ) -> Result<Appended, CycleError> {
        let draft = self.draft(slot, records, bodies);
        self.put(&draft).await
    }

    /// The recorded outcome of a slot at or before the newest closed one; `None` when the chain
    /// does not reach back to it.
    pub(crate) async fn outcome_of(&self, slot: Slot) -> Result<Option<Outcome>, CycleError> {
        let mut end = self.head.map_or(0, |head| head.seq);
        while end > 0 {
            let from = end.saturating_sub(PAGE as u64) + 1;
            let page = self
                .journal
                .read(from, usize::try_from(end + 1 - from).unwrap_or(PAGE))
                .await?;
            if let Some(outcome) = page.iter().rev().find_map(|entry| outcome_in(entry, slot)) {
                return Ok(Some(outcome));
            }
            end = from - 1;
        }
        Ok(None)
    }

    fn draft(&self, slot: Option<Slot>, records: Vec<Record>, bodies: Vec<Body>) -> Draft {
        Draft {
            expected: self.head,
            slot,
            run: self.run,
            at: self.clock.now(),
            records,
            bodies,
        }
    }

    async fn put(&mut self, draft: &Draft) -> Result<Appended, CycleError> {
        match self.journal.append(draft).await {
            Ok(entries) => {
                entries.into_iter().for_each(|entry| self.take(entry));
                Ok(Appended::Won)
            }
            Err(JournalError::Lost { seq }) => {
                self.catch_up().await?;
                if self.head == draft.expected {
                    // Deciding anew on the same head would go on for ever.
                    let why = format!("record {seq} was taken by another, and there is none");
                    return Err(JournalError::Corrupt(why).into());
                }
                Ok(Appended::News)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The run that a record of others hands the slot to; records of runs that own no slot
    /// (halt, resume, note) hand it to nobody.
    fn owner_of(&self, entry: &Entry) -> Option<RunId> {
        let owns = matches!(
            entry.record,
            Record::SlotOpened(_)
                | Record::SlotClosed(_)
                | Record::SlotsMissed(_)
                | Record::TryFailed(_)
        );
        (owns && entry.run != self.run).then_some(entry.run)
    }

    fn take(&mut self, entry: Entry) {
        self.head = Some(Head {
            seq: entry.seq,
            hash: entry.hash,
        });
        let under_way = |state: &State| state.open_slot.as_ref().map(|open| open.slot);
        if matches!(entry.record, Record::SlotOpened(_)) && under_way(&self.state) != entry.slot {
            self.slot_began = self.state.clone();
            self.slot_entries.clear();
        }
        self.closing_equity = None;
        match &entry.record {
            // A closing record carries the state it leaves.
            Record::SlotClosed(closed) => {
                self.state = closed.state.clone();
                let seen = closed.portfolio.as_ref();
                self.closing_equity = seen.map(|seen| seen.account.equity);
            }
            _ => self.state.fold(&entry),
        }
        match under_way(&self.state) {
            None => self.slot_entries.clear(),
            // A switch thrown meanwhile belongs to no slot and ends none.
            Some(slot) if entry.slot.is_none_or(|of| of == slot) => self.slot_entries.push(entry),
            Some(_) => {}
        }
    }
}

/// The chain's end, from the newest record that carries a state on; all of it when none does.
pub(crate) async fn tail(journal: &dyn Journal, head: Head) -> Result<Vec<Entry>, JournalError> {
    let mut tail: Vec<Entry> = Vec::new();
    let (mut end, mut size) = (head.seq, FIRST_PAGE);
    while end > 0 {
        let from = end.saturating_sub(size as u64) + 1;
        let count = usize::try_from(end + 1 - from).unwrap_or(PAGE);
        let mut page = journal.read(from, count).await?;
        let anchor = page
            .iter()
            .rposition(|entry| matches!(entry.record, Record::SlotClosed(_)));
        page.drain(..anchor.unwrap_or(0));
        page.append(&mut tail);
        tail = page;
        if anchor.is_some() {
            break;
        }
        end = from - 1;
        size = (4 * size).min(PAGE);
    }
    Ok(tail)
}

fn outcome_in(entry: &Entry, slot: Slot) -> Option<Outcome> {
    match &entry.record {
        Record::SlotClosed(closed) if entry.slot == Some(slot) => Some(closed.outcome.clone()),
        Record::SlotsMissed(missed) if (missed.first..=missed.last).contains(&slot) => {
            Some(Outcome::Missed)
        }
        _ => None,
    }
}
