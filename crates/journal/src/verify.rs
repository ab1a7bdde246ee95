//! A walk over a whole chain, link by link: is it what was written?
//!
//! Checked, in the order of the chain: numbers without gaps, each link's hash and predecessor,
//! fields that read, bodies in canonical form, one binding and first, at most one outcome a slot,
//! the state in each closing record against the fold of all records before it, every cited raw
//! body against its hash. The walk ends at the first defect of the chain; damaged bodies are
//! counted and do not end it. Memory: one page of rows, and one number for each slot closed.
//!
//! A chain that is what was written may tell of something that should never have happened: every
//! invariant that a chain can show is checked on the way.
//!
//! A chain cut at its end is a shorter chain and nothing in it can tell. So the head goes out with
//! every alert, closing log line and report: hand one in as `announced` and it is looked for.

use std::collections::{BTreeMap, BTreeSet};

use market::Instant;
use market::calendar::Slot;
use serde_json::Value;
use trading::invariants::{Breach, History};
use trading::record::{Binding, Entry, Hash, Head, RULES_VERSION, Record};
use trading::settings::Settings;
use trading::state::State;

use crate::canonical::canonical;
use crate::defect::{Defect, Flaw};
use crate::limits::PAGE_ROWS;
use crate::row::{BEFORE_FIRST, Row};
use crate::store::{Store, StoreError};

/// Cited bodies remembered as checked, so that what every slot cites is expanded once.
const CHECKED_BODIES_MAX: usize = 1024;

/// How the bodies cited by records were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bodies {
    /// Citations whose body is there and whole.
    pub present: u64,
    /// Citations of bodies that are not kept (pruned, or never written).
    pub missing: u64,
    /// Citations whose body is there with other bytes.
    pub corrupt: u64,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Whose chain it is; `None` when empty or broken before it says.
    pub binding: Option<Binding>,
    /// Sound links.
    pub entries: u64,
    /// Slots with an outcome.
    pub slots: u64,
    /// When the first sound link was written.
    pub first_at: Option<Instant>,
    /// When the last sound link was written.
    pub last_at: Option<Instant>,
    /// The last sound link.
    pub head: Option<Head>,
    /// The cited bodies.
    pub bodies: Bodies,
    /// The first citation of a damaged body: the record and the body's hash.
    pub first_corrupt_body: Option<(u64, Hash)>,
    /// What is wrong with the chain, and where the walk ended.
    pub defect: Option<Defect>,
    /// Invariants that do not hold, each behind the number of the record that shows it.
    pub breaches: Vec<(u64, Breach)>,
}

impl Report {
    /// Whether the chain and all bodies that are kept are what was written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.defect.is_none() && self.bodies.corrupt == 0
    }
}

/// Walks the chain in `store`; `announced` is a head known from elsewhere that must be in it.
/// `progress` is told the number of sound links after each page.
///
/// # Errors
/// [`StoreError::Unavailable`] when the store cannot be read; what is wrong with the chain itself
/// is in the report.
pub async fn verify<S: Store + ?Sized>(
    store: &S,
    announced: Option<Head>,
    mut progress: impl FnMut(u64),
) -> Result<Report, StoreError> {
    let mut walk = Walk {
        announced,
        ..Walk::default()
    };
    while walk.report.defect.is_none() {
        let from = walk.report.entries + 1;
        let rows = match store.get(from, PAGE_ROWS).await {
            Ok(rows) => rows,
            Err(StoreError::Corrupt(why)) => {
                walk.report.defect = Some(Defect::new(from, Flaw::Unreadable(why)));
                break;
            }
            Err(error) => return Err(error),
        };
        let is_last = rows.len() < PAGE_ROWS;
        for row in &rows {
            let Some(entry) = walk.step(row) else { break };
            walk.check_bodies(store, &entry).await?;
            walk.check_meaning(store, &entry).await?;
        }
        progress(walk.report.entries);
        if is_last {
            break;
        }
    }
    walk.end(store).await
}

#[derive(Default)]
struct Walk {
    announced: Option<Head>,
    report: Report,
    state: State,
    /// Slots with an outcome, as ranges: last slot → (first slot, record).
    outcomes: BTreeMap<Slot, (Slot, u64)>,
    checked: BTreeSet<Hash>,
    history: History,
    /// Under which rules the slot at hand was opened.
    rules: u32,
}

impl Walk {
    /// Takes the next row; `None` when it is a defect, which the report then holds.
    fn step(&mut self, row: &Row) -> Option<Entry> {
        let seq = self.report.entries + 1;
        match self.check(row, seq) {
            Ok(entry) => {
                self.count(&entry);
                Some(entry)
            }
            Err(defect) => {
                self.report.defect = Some(defect);
                None
            }
        }
    }

    fn check(&mut self, row: &Row, seq: u64) -> Result<Entry, Defect> {
        let prev = self.report.head.map_or(BEFORE_FIRST, |head| head.hash);
        let entry = row.open(seq, prev)?;
        self.check_form(row)
            .and_then(|()| self.check_binding(&entry))
            .and_then(|()| self.check_announced(&entry))
            .and_then(|()| self.check_outcome(&entry))
            .map_err(|flaw| Defect::new(seq, flaw))?;
        self.fold(&entry).map_err(|flaw| Defect::new(seq, flaw))?;
        Ok(entry)
    }

    fn check_form(&self, row: &Row) -> Result<(), Flaw> {
        match serde_json::from_str::<Value>(&row.body) {
            Ok(value) if canonical(&value).as_ref() == Ok(&row.body) => Ok(()),
            _ => Err(Flaw::NotCanonical),
        }
    }

    fn check_binding(&self, entry: &Entry) -> Result<(), Flaw> {
        match (&entry.record, entry.seq) {
            (Record::Bound(_), 1) => Ok(()),
            (record, 1) => Err(Flaw::Unbound {
                found: record.kind().to_owned(),
            }),
            (Record::Bound(_), _) => Err(Flaw::BoundTwice),
            _ => Ok(()),
        }
    }

    fn check_announced(&self, entry: &Entry) -> Result<(), Flaw> {
        match self.announced {
            Some(head) if head.seq == entry.seq && head.hash != entry.hash => Err(Flaw::Replaced {
                announced: head.hash,
                found: entry.hash,
            }),
            _ => Ok(()),
        }
    }

    fn check_outcome(&mut self, entry: &Entry) -> Result<(), Flaw> {
        let (first, last) = match &entry.record {
            Record::SlotClosed(_) => {
                let slot = entry.slot.ok_or(Flaw::Slotless {
                    kind: entry.record.kind(),
                })?;
                (slot, slot)
            }
            Record::SlotsMissed(missed) => (missed.first, missed.last),
            Record::SlotOpened(_) if entry.slot.is_none() => {
                return Err(Flaw::Slotless {
                    kind: entry.record.kind(),
                });
            }
            _ => return Ok(()),
        };
        // Ranges taken do not overlap, so only the first that ends at or behind ours can meet it.
        if let Some((_, &(begun, seq))) = self.outcomes.range(first..).next()
            && begun <= last
        {
            let slot = begun.max(first).at().to_string();
            return Err(Flaw::SecondOutcome { slot, first: seq });
        }
        self.outcomes.insert(last, (first, entry.seq));
        Ok(())
    }

    /// Folds the entry and holds a closing's own state against what was folded. Under other rules
    /// the fold was another one: then the record's state is where the next slot began.
    fn fold(&mut self, entry: &Entry) -> Result<(), Flaw> {
        self.state.fold(entry);
        match &entry.record {
            Record::SlotOpened(opened) => self.rules = opened.rules,
            Record::SlotClosed(closed) if closed.state != self.state => {
                if self.rules == RULES_VERSION {
                    return Err(state_difference(&closed.state, &self.state));
                }
                self.state = closed.state.clone();
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, entry: &Entry) {
        let report = &mut self.report;
        report.entries = entry.seq;
        report.head = Some(Head {
            seq: entry.seq,
            hash: entry.hash,
        });
        report.first_at = report.first_at.or(Some(entry.at));
        report.last_at = Some(entry.at);
        match &entry.record {
            Record::Bound(binding) => report.binding = Some(binding.clone()),
            Record::SlotClosed(_) => report.slots += 1,
            Record::SlotsMissed(missed) => report.slots += u64::from(missed.count),
            _ => {}
        }
    }

    async fn check_bodies<S: Store + ?Sized>(
        &mut self,
        store: &S,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        for hash in cited(&entry.record) {
            if self.checked.contains(&hash) {
                self.report.bodies.present += 1;
                continue;
            }
            match store.body(hash).await {
                Ok(Some(bytes)) if Hash::of(&bytes) == hash => {
                    self.report.bodies.present += 1;
                    self.remember(hash);
                }
                Ok(None) => self.report.bodies.missing += 1,
                Ok(Some(_)) | Err(StoreError::Corrupt(_)) => {
                    self.report.bodies.corrupt += 1;
                    self.report
                        .first_corrupt_body
                        .get_or_insert((entry.seq, hash));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What the record shows to be wrong with what was done. A try whose configuration is not kept,
    /// or is of another version, is looked at less closely.
    async fn check_meaning<S: Store + ?Sized>(
        &mut self,
        store: &S,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        if let Some(hash) = self.history.wants(entry) {
            let text = match store.body(hash).await {
                Err(StoreError::Corrupt(_)) => None,
                other => other?,
            };
            let settings: Option<Settings> =
                text.and_then(|text| serde_json::from_slice(&text).ok());
            if let Some(settings) = settings {
                self.history.learn(hash, settings);
            }
        }
        self.history.take(entry);
        Ok(())
    }

    fn remember(&mut self, hash: Hash) {
        if self.checked.len() >= CHECKED_BODIES_MAX {
            self.checked.clear();
        }
        self.checked.insert(hash);
    }

    /// The end of the walk against what the store and the world say the end is.
    async fn end<S: Store + ?Sized>(mut self, store: &S) -> Result<Report, StoreError> {
        self.report.breaches = std::mem::take(&mut self.history).finish();
        if self.report.defect.is_some() {
            return Ok(self.report);
        }
        let seen = self.report.entries;
        match store.head().await {
            Err(StoreError::Corrupt(why)) => {
                self.report.defect = Some(Defect::new(seen + 1, Flaw::Unreadable(why)));
            }
            Err(error) => return Err(error),
            Ok(_) => {
                let unseen = self.announced.filter(|head| head.seq > seen);
                self.report.defect = unseen.map(Defect::cut_off);
            }
        }
        Ok(self.report)
    }
}

/// The hashes of the bodies that `record` cites: a configuration, or raw answers.
fn cited(record: &Record) -> Vec<Hash> {
    let configuration = match record {
        Record::SlotOpened(opened) => Some(opened.configuration),
        _ => None,
    };
    let answers = record.answers().iter().map(|answer| answer.hash);
    configuration.into_iter().chain(answers).collect()
}

fn state_difference(stored: &State, folded: &State) -> Flaw {
    let form = |state| serde_json::to_value(state).unwrap_or_default();
    let (at, stored, folded) = difference(String::new(), &form(stored), &form(folded));
    Flaw::OtherState { at, stored, folded }
}

/// Path and texts of the first difference below `at`.
fn difference(at: String, left: &Value, right: &Value) -> (String, String, String) {
    if let (Value::Object(left), Value::Object(right)) = (left, right) {
        let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for key in keys {
            let (l, r) = (&left.get(key), &right.get(key));
            if l != r {
                let none = Value::Null;
                return difference(
                    format!("{at}/{key}"),
                    l.unwrap_or(&none),
                    r.unwrap_or(&none),
                );
            }
        }
    }
    (at, short(left), short(right))
}

/// A value's text, cut to what a line of a report holds.
fn short(value: &Value) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 120;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
