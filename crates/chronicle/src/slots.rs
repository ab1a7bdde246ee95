//! What a chain says of its slots, read page by page: the source of every summary and table.

use std::collections::BTreeSet;

use cycle::port::Journal;
use market::{Calendar, Decimal, Price, Shares, Slot};
use strategy::Decision;
use trading::judge::{Decided, Verdict};
use trading::observation::SourceName;
use trading::order::ClientOrderId;
use trading::outcome::{Outcome, Reason};
use trading::portfolio::Portfolio;
use trading::record::{Entry, Intent, Record};
use trading::revision::Revised;
use trading::unit::UnitValue;

use crate::ChronicleError;

type Done<T> = Result<T, ChronicleError>;

/// Entries read at a time: with their observations some megabytes.
pub const PAGE: usize = 64;

/// All that happened for one slot.
#[derive(Debug, Clone)]
pub struct SlotRecord {
    /// Which slot.
    pub slot: Slot,
    /// Tries begun.
    pub tries: u32,
    /// The price the signal was taken at.
    pub price: Option<Price>,
    /// What was decided.
    pub decided: Option<Box<Decided>>,
    /// Account and holdings when last seen in the slot.
    pub portfolio: Option<Portfolio>,
    /// Value of one unit of the account at its end: results alone, without transfers.
    pub unit: Option<Decimal>,
    /// Its one outcome; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// Signals of earlier slots that it saw to be others by now.
    pub revised: Vec<Revised>,
    orders: BTreeSet<ClientOrderId>,
}

impl SlotRecord {
    fn new(slot: Slot) -> Self {
        Self {
            slot,
            tries: 0,
            price: None,
            decided: None,
            portfolio: None,
            unit: None,
            outcome: None,
            revised: Vec::new(),
            orders: BTreeSet::new(),
        }
    }

    /// A slot nobody ran.
    fn missed(slot: Slot) -> Self {
        Self {
            outcome: Some(Outcome::Missed),
            ..Self::new(slot)
        }
    }

    /// Orders intended, cancels not counted.
    pub fn orders(&self) -> u64 {
        self.orders.len() as u64
    }

    /// The decision followed, where there was one.
    pub fn decision(&self) -> Option<&Decision> {
        self.decided.as_ref()?.decision.as_ref()
    }

    /// The source whose decision that is.
    pub fn followed(&self) -> Option<&SourceName> {
        let followed = self.decision()?;
        let is_it = |verdict: &Verdict| matches!(verdict, Verdict::Decision(it) if it == followed);
        let mut opinions = self.decided.as_ref()?.opinions.iter();
        let opinion = opinions.find(|opinion| is_it(&opinion.verdict))?;
        Some(&opinion.source)
    }

    /// Whether it lies before the first signal.
    pub fn is_warm_up(&self) -> bool {
        matches!(&self.outcome, Some(Outcome::Refused(refusal)) if refusal.reason == Reason::NotWarm)
    }

    /// Shares of the traded symbol held when last seen.
    pub fn held(&self) -> Option<Shares> {
        let (portfolio, decided) = (self.portfolio.as_ref()?, self.decided.as_ref()?);
        Some(portfolio.long(&decided.symbol))
    }

    fn take(&mut self, entry: Entry) {
        match entry.record {
            Record::SlotOpened(opened) => self.tries = opened.try_number,
            Record::Observed(observation) => {
                self.price = observation.price.as_ref().map(|point| point.price);
                self.portfolio = Some(observation.portfolio);
            }
            Record::Revised(revised) => self.revised.push(revised),
            Record::Decided(decided) => self.decided = Some(decided),
            Record::Replanned(replanned) => self.portfolio = Some(replanned.portfolio),
            Record::Intended(intended) => {
                if let Intent::Order(order) = intended.intent {
                    self.orders.insert(order.id);
                }
            }
            Record::SlotClosed(closed) => {
                self.portfolio = closed.portfolio.or(self.portfolio.take());
                self.unit = closed.state.unit.as_ref().map(UnitValue::value);
                self.outcome = Some(closed.outcome);
            }
            _ => {}
        }
    }
}

/// Walks the whole chain and hands over each slot once it is over; the one under way comes last.
///
/// # Errors
/// When the chain cannot be read or does not hold together.
pub async fn for_each_slot(
    journal: &dyn Journal,
    calendar: &Calendar,
    each: impl FnMut(SlotRecord),
) -> Done<()> {
    for_each_slot_from(journal, calendar, 1, each).await
}

/// The same from record `from` on; a slot that began before it comes without its beginning.
///
/// # Errors
/// As [`for_each_slot`].
pub async fn for_each_slot_from(
    journal: &dyn Journal,
    calendar: &Calendar,
    from: u64,
    mut each: impl FnMut(SlotRecord),
) -> Done<()> {
    let mut walk = Walk { open: None };
    let mut pages = Pages { journal, from };
    while let Some(page) = pages.next().await? {
        for entry in page {
            walk.take(entry, calendar, &mut each)?;
        }
    }
    walk.open.into_iter().for_each(each);
    Ok(())
}

/// Hands over every entry from number `from` on.
///
/// # Errors
/// As [`for_each_slot`].
pub async fn for_each_entry(
    journal: &dyn Journal,
    from: u64,
    mut each: impl FnMut(&Entry),
) -> Done<()> {
    let mut pages = Pages { journal, from };
    while let Some(page) = pages.next().await? {
        page.iter().for_each(&mut each);
    }
    Ok(())
}

/// A chain, page by page.
struct Pages<'a> {
    journal: &'a dyn Journal,
    from: u64,
}

impl Pages<'_> {
    /// The next entries; `None` after the last.
    async fn next(&mut self) -> Done<Option<Vec<Entry>>> {
        let page = self.journal.read(self.from, PAGE).await?;
        self.from += page.len() as u64;
        Ok((!page.is_empty()).then_some(page))
    }
}

/// The slot under way while a chain is walked.
struct Walk {
    open: Option<SlotRecord>,
}

impl Walk {
    fn take(
        &mut self,
        entry: Entry,
        calendar: &Calendar,
        each: &mut impl FnMut(SlotRecord),
    ) -> Done<()> {
        if let Record::SlotsMissed(missed) = &entry.record {
            missed_slots(calendar, missed.first, missed.last)?
                .into_iter()
                .for_each(each);
            return Ok(());
        }
        let Some(slot) = entry.slot else {
            return Ok(());
        };
        let closes = matches!(entry.record, Record::SlotClosed(_));
        if let Some(left) = self.open.take_if(|record| record.slot != slot) {
            each(left);
        }
        self.open
            .get_or_insert_with(|| SlotRecord::new(slot))
            .take(entry);
        if closes {
            self.open.take().into_iter().for_each(each);
        }
        Ok(())
    }
}

fn missed_slots(calendar: &Calendar, first: Slot, last: Slot) -> Done<Vec<SlotRecord>> {
    let before = first.at() - market::time::seconds(1);
    let slots = calendar.slots(before, last.at())?;
    Ok(slots.into_iter().map(SlotRecord::missed).collect())
}

/// The entries that tell a slot's story, oldest first; empty when the chain has none.
///
/// # Errors
/// As [`for_each_slot`].
pub async fn entries_of(journal: &dyn Journal, slot: Slot) -> Done<Vec<Entry>> {
    entries_from(journal, slot, 1).await
}

/// The same for who knows the record at which the slot begins, and need not read what is before.
///
/// # Errors
/// As [`for_each_slot`].
pub async fn entries_from(journal: &dyn Journal, slot: Slot, from: u64) -> Done<Vec<Entry>> {
    let mut found = Vec::new();
    let mut pages = Pages { journal, from };
    while let Some(page) = pages.next().await? {
        let is_past = page.iter().any(|entry| is_past(entry, slot));
        found.extend(page.into_iter().filter(|entry| tells_of(entry, slot)));
        if is_past {
            break;
        }
    }
    Ok(found)
}

/// Whether nothing more can come of `slot`: a later one was closed, and a revision of its signal
/// would not be noticed any more.
fn is_past(entry: &Entry, slot: Slot) -> bool {
    match &entry.record {
        Record::SlotClosed(closed) => {
            entry.slot.is_some_and(|at| at > slot) && !closed.state.memory.recalls(slot)
        }
        _ => false,
    }
}

fn tells_of(entry: &Entry, slot: Slot) -> bool {
    match &entry.record {
        Record::SlotsMissed(missed) => (missed.first..=missed.last).contains(&slot),
        Record::Revised(revised) => revised.slot == slot || entry.slot == Some(slot),
        _ => entry.slot == Some(slot),
    }
}
