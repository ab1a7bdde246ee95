//! A chain in memory with compare-and-swap.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use market::Duration;
use market::calendar::Slot;
use trading::record::{Entry, Hash, Head, Record, RunId};

use super::{CrashPoints, FakeClock, lock};
use crate::port::{Clock, Draft, Journal, JournalError};

/// What shall go wrong at an append.
#[derive(Debug, Clone)]
pub enum JournalFault {
    /// Nobody can say whether it was written; it was, or was not.
    Unknown {
        /// Whether it was.
        written: bool,
    },
    /// Certainly not written.
    Unavailable,
    /// Another run's record comes first.
    Before(Option<Slot>, RunId, Record),
    /// Another run's record comes right after.
    After(Option<Slot>, RunId, Record),
    /// Written, and the answer takes so long.
    Slow(Duration),
}

/// A chain in memory. Its hashes are over the envelopes' debug text, enough to tell records of two
/// runs apart: the real chain's bytes are the journal crate's business.
pub struct FakeJournal {
    kept: Mutex<Kept>,
    clock: Arc<FakeClock>,
    crash: Arc<CrashPoints>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: Vec<Entry>,
    bodies: BTreeMap<Hash, Vec<u8>>,
    faults: BTreeMap<&'static str, VecDeque<JournalFault>>,
}

impl FakeJournal {
    /// An empty chain.
    #[must_use]
    pub fn new(clock: Arc<FakeClock>, crash: Arc<CrashPoints>) -> Self {
        Self {
            kept: Mutex::default(),
            clock,
            crash,
        }
    }

    /// Plans a fault for the next append that holds a record of this kind.
    pub fn fault(&self, kind: &'static str, fault: JournalFault) {
        let mut kept = lock(&self.kept);
        kept.faults.entry(kind).or_default().push_back(fault);
    }

    /// All records.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.kept).entries.clone()
    }

    /// A record by another hand, such as a switch thrown by the owner.
    pub fn write(&self, slot: Option<Slot>, run: RunId, at: market::Instant, record: Record) {
        lock(&self.kept).push(slot, run, at, record);
    }

    /// Loses the newest records, as a restored backup does.
    pub fn truncate(&self, length: usize) {
        lock(&self.kept).entries.truncate(length);
    }
}

impl Kept {
    fn head(&self) -> Option<Head> {
        self.entries.last().map(|entry| Head {
            seq: entry.seq,
            hash: entry.hash,
        })
    }

    fn push(
        &mut self,
        slot: Option<Slot>,
        run: RunId,
        at: market::Instant,
        record: Record,
    ) -> Entry {
        let head = self.head();
        let mut entry = Entry {
            seq: head.map_or(1, |head| head.seq + 1),
            slot,
            run,
            at,
            record,
            prev: head.map_or(Hash::ZERO, |head| head.hash),
            hash: Hash::ZERO,
        };
        let envelope = (
            entry.seq,
            entry.slot,
            run,
            at,
            entry.record.kind(),
            entry.prev,
        );
        entry.hash = Hash::of(format!("{envelope:?}").as_bytes());
        self.entries.push(entry.clone());
        entry
    }

    fn put(&mut self, draft: &Draft) -> Result<Vec<Entry>, JournalError> {
        if self.head() != draft.expected {
            let seq = draft.expected.map_or(1, |head| head.seq + 1);
            return Err(JournalError::Lost { seq });
        }
        for body in &draft.bodies {
            self.bodies.insert(body.reference.hash, body.bytes.clone());
        }
        let records = draft.records.iter();
        Ok(records
            .map(|record| self.push(draft.slot, draft.run, draft.at, record.clone()))
            .collect())
    }

    fn next_fault(&mut self, draft: &Draft) -> Option<JournalFault> {
        draft
            .records
            .iter()
            .find_map(|record| self.faults.get_mut(record.kind())?.pop_front())
    }

    fn append(
        &mut self,
        draft: &Draft,
        fault: Option<JournalFault>,
    ) -> Result<Vec<Entry>, JournalError> {
        let seq = draft.expected.map_or(1, |head| head.seq + 1);
        match fault {
            None | Some(JournalFault::Slow(_)) => self.put(draft),
            Some(JournalFault::Unavailable) => {
                Err(JournalError::Unavailable("the disk is full".to_owned()))
            }
            Some(JournalFault::Unknown { written }) => {
                if written {
                    self.put(draft)?;
                }
                let why = "the store does not answer".to_owned();
                Err(JournalError::Unknown { seq, why })
            }
            Some(JournalFault::Before(slot, run, record)) => {
                self.push(slot, run, draft.at, record);
                self.put(draft)
            }
            Some(JournalFault::After(slot, run, record)) => {
                let ours = self.put(draft)?;
                self.push(slot, run, draft.at, record);
                Ok(ours)
            }
        }
    }
}

#[async_trait]
impl Journal for FakeJournal {
    async fn head(&self) -> Result<Option<Head>, JournalError> {
        self.crash.moment().await;
        let head = lock(&self.kept).head();
        self.crash.moment().await;
        Ok(head)
    }

    async fn read(&self, from: u64, count: usize) -> Result<Vec<Entry>, JournalError> {
        self.crash.moment().await;
        let page = {
            let kept = lock(&self.kept);
            let wanted = kept.entries.iter().filter(|entry| entry.seq >= from);
            wanted.take(count).cloned().collect()
        };
        self.crash.moment().await;
        Ok(page)
    }

    async fn append(&self, draft: &Draft) -> Result<Vec<Entry>, JournalError> {
        self.crash.moment().await;
        let fault = lock(&self.kept).next_fault(draft);
        if let Some(JournalFault::Slow(span)) = &fault {
            self.clock.wait_until(self.clock.now() + *span).await;
        }
        let appended = lock(&self.kept).append(draft, fault);
        self.crash.moment().await;
        appended
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, JournalError> {
        self.crash.moment().await;
        let body = lock(&self.kept).bodies.get(&hash).cloned();
        self.crash.moment().await;
        Ok(body)
    }
}
