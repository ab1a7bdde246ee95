//! The chain over a store: seals, appends, resolves doubt, checks every link it reads.
//!
//! A put that is not plainly done is *unknown*, whatever the store called it, until a consistent
//! read of its first number shows our row (won), another (lost), or nothing: then the **same** rows
//! are put again. So a lost answer never makes a record twice and never loses one, and while it is
//! not known how an append ended, nothing else is appended here.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cycle::port::journal::{Draft, Journal, JournalError};
use cycle::port::{Body, Clock};
use trading::record::{Binding, Entry, Hash, Head, Record};

use crate::defect::{Defect, Flaw};
use crate::limits::{BODY_BYTES_MAX, PAGE_ROWS, PUT_WAITS, RECORDS_PER_APPEND_MAX};
use crate::row::{BEFORE_FIRST, Position, Row};
use crate::store::{Batch, Put, Store, StoreError};

/// The [`Journal`] port over any [`Store`].
#[derive(Clone)]
pub struct Chain<S> {
    store: S,
    clock: Arc<dyn Clock>,
    /// The newest link read or written here: what follows it is checked against it, and it need
    /// not be fetched again.
    known: Arc<Mutex<Option<Head>>>,
}

/// What a consistent read showed where a batch was to stand.
enum Standing {
    Ours,
    Another,
    Nothing,
}

impl<S: Store> Chain<S> {
    /// The chain in `store`; `clock` is waited on between attempts and for nothing else.
    pub fn new(store: S, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            known: Arc::default(),
        }
    }

    /// The store beneath, as [`crate::verify`] walks it.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The binding of this chain, if it is the account and host of `wanted` (its description is
    /// for people and not compared); `None` for an empty chain, which is bound to nobody yet.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] when the chain is another account's or its first record binds
    /// it to none; otherwise as [`Journal::read`].
    pub async fn bound_to(&self, wanted: &Binding) -> Result<Option<Binding>, JournalError> {
        let Some(first) = self.read(1, 1).await?.pop() else {
            return Ok(None);
        };
        let Record::Bound(binding) = first.record else {
            let found = first.record.kind().to_owned();
            return Err(corrupt(&Defect::new(1, Flaw::Unbound { found })));
        };
        if (&binding.account, &binding.host) == (&wanted.account, &wanted.host) {
            return Ok(Some(binding));
        }
        Err(JournalError::Corrupt(format!(
            "this journal belongs to account {} at {}, not to account {} at {}; name the journal \
             of this account, or a new file",
            binding.account, binding.host, wanted.account, wanted.host
        )))
    }

    /// Puts `batch` until it is known how that ended.
    async fn put_until_known(&self, batch: Batch<'_>, first: u64) -> Result<(), JournalError> {
        let mut doubted = false;
        let mut waits = PUT_WAITS.iter();
        loop {
            let why = match self.store.put(batch).await {
                Put::Done => return Ok(()),
                // An earlier put of this batch may still take effect: only then is this no answer.
                Put::Unavailable(error) if !doubted => return Err(error.into()),
                Put::Unavailable(error) => error.to_string(),
                Put::Doubtful(why) => why,
                Put::Conflict => format!("the store refused record {first}, yet none is there"),
            };
            doubted = true;
            let why = match self.look(batch, first).await {
                Ok(Standing::Ours) => return Ok(()),
                Ok(Standing::Another) => return Err(JournalError::Lost { seq: first }),
                Ok(Standing::Nothing) => why,
                Err(StoreError::Unavailable(unread)) => format!("{why}; reading back: {unread}"),
                Err(error @ StoreError::Corrupt(_)) => return Err(error.into()),
            };
            let Some(wait) = waits.next() else {
                return Err(JournalError::Unknown { seq: first, why });
            };
            self.clock.sleep_until(self.clock.now() + *wait).await;
        }
    }

    /// What stands where `batch` was to stand.
    async fn look(&self, batch: Batch<'_>, first: u64) -> Result<Standing, StoreError> {
        let found = self.store.get(first, batch.rows.len()).await?;
        if found.as_slice() == batch.rows {
            return Ok(Standing::Ours);
        }
        match (found.first(), batch.rows.first()) {
            (Some(there), Some(ours)) if there.seq == first && there.hash != ours.hash => {
                Ok(Standing::Another)
            }
            (Some(there), _) if there.seq != first => {
                Err(broken(&Defect::new(first, Flaw::Gap { found: there.seq })))
            }
            (Some(_), _) => Err(StoreError::Corrupt(format!(
                "record {first} is ours, but what was written with it is not there as it was: a \
                 batch was torn"
            ))),
            (None, _) => self
                .check_predecessor(batch.expected)
                .await
                .map(|()| Standing::Nothing),
        }
    }

    /// Nothing stands where we write: then what we build on must still be there, or the chain was
    /// cut behind our back.
    async fn check_predecessor(&self, expected: Option<Head>) -> Result<(), StoreError> {
        let Some(head) = expected else { return Ok(()) };
        match self.store.get(head.seq, 1).await?.pop() {
            Some(row) if row.head() == Some(head) => Ok(()),
            Some(row) => {
                let found = row.digest();
                let flaw = Flaw::Replaced {
                    announced: head.hash,
                    found,
                };
                Err(broken(&Defect::new(head.seq, flaw)))
            }
            None => Err(broken(&Defect::cut_off(head))),
        }
    }
}

#[async_trait]
impl<S: Store> Journal for Chain<S> {
    async fn head(&self) -> Result<Option<Head>, JournalError> {
        let head = self.store.head().await?;
        self.know(head);
        Ok(head)
    }

    async fn read(&self, from: u64, count: usize) -> Result<Vec<Entry>, JournalError> {
        let from = from.max(1);
        let mut entries = Vec::new();
        let mut prev = self.hash_before(from).await?;
        let mut next = from;
        while entries.len() < count {
            let wanted = (count - entries.len()).min(PAGE_ROWS);
            let rows = self.store.get(next, wanted).await?;
            let is_last = rows.len() < wanted;
            for row in rows {
                let entry = row.open(next, prev).map_err(|defect| corrupt(&defect))?;
                prev = entry.hash;
                next += 1;
                entries.push(entry);
            }
            if is_last {
                break;
            }
        }
        self.know(entries.last().map(head_of));
        Ok(entries)
    }

    async fn append(&self, draft: &Draft) -> Result<Vec<Entry>, JournalError> {
        market::sabotage!(NoCompareAndSwap, {
            return self.append_anywhere(draft).await;
        });
        check_size(draft)?;
        draft.bodies.iter().try_for_each(check_body)?;
        let (rows, entries) = seal_all(draft)?;
        let batch = Batch {
            expected: draft.expected,
            rows: &rows,
            bodies: &draft.bodies,
        };
        self.put_until_known(batch, first_seq(draft)).await?;
        self.know(entries.last().map(head_of));
        Ok(entries)
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(bytes) = self.store.body(hash).await? else {
            return Ok(None);
        };
        let seen = Hash::of(&bytes);
        if seen == hash {
            return Ok(Some(bytes));
        }
        Err(JournalError::Corrupt(format!(
            "the body kept under hash {hash} has hash {seen}"
        )))
    }
}

impl<S: Store> Chain<S> {
    fn know(&self, head: Option<Head>) {
        if head.is_some() {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = head;
        }
    }

    /// The hash that record `from` must follow. A record beyond the chain's end follows nothing.
    async fn hash_before(&self, from: u64) -> Result<Hash, JournalError> {
        if from == 1 {
            return Ok(BEFORE_FIRST);
        }
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = known.filter(|head| head.seq == from - 1) {
            return Ok(head.hash);
        }
        match self.store.get(from - 1, 1).await?.pop() {
            None => Ok(BEFORE_FIRST),
            Some(row) if row.seq != from - 1 => Err(corrupt(&Defect::new(
                from - 1,
                Flaw::Gap { found: row.seq },
            ))),
            Some(row) => row.head().map(|head| head.hash).ok_or_else(|| {
                let flaw = Flaw::Altered {
                    computed: row.digest(),
                    found: row.hash.clone(),
                };
                corrupt(&Defect::new(row.seq, flaw))
            }),
        }
    }
}

market::sabotage! { @items
    impl<S: Store> Chain<S> {
        async fn append_anywhere(&self, draft: &Draft) -> Result<Vec<Entry>, JournalError> {
            loop {
                let expected = self.store.head().await?;
                let (rows, entries) = seal_all(&Draft { expected, ..draft.clone() })?;
                let bodies = &draft.bodies;
                let batch = Batch { expected, rows: &rows, bodies };
                let first = expected.map_or(1, |head| head.seq + 1);
                match self.put_until_known(batch, first).await {
                    Err(JournalError::Lost { .. }) => {}
                    ended => return ended.map(|()| entries),
                }
            }
        }
    }
}

fn head_of(entry: &Entry) -> Head {
    Head {
        seq: entry.seq,
        hash: entry.hash,
    }
}

fn first_seq(draft: &Draft) -> u64 {
    draft.expected.map_or(1, |head| head.seq + 1)
}

fn check_size(draft: &Draft) -> Result<(), JournalError> {
    let count = draft.records.len();
    if (1..=RECORDS_PER_APPEND_MAX).contains(&count) {
        return Ok(());
    }
    Err(unwritable(&format!(
        "an append of {count} records; 1 to {RECORDS_PER_APPEND_MAX} are taken"
    )))
}

fn check_body(body: &Body) -> Result<(), JournalError> {
    let what = &body.reference.what;
    if body.bytes.len() > BODY_BYTES_MAX {
        let bytes = body.bytes.len();
        return Err(unwritable(&format!(
            "the body of {what} has {bytes} bytes, more than {BODY_BYTES_MAX}"
        )));
    }
    let hash = Hash::of(&body.bytes);
    if hash == body.reference.hash {
        return Ok(());
    }
    Err(unwritable(&format!(
        "the body of {what} has hash {hash}, its record cites {}",
        body.reference.hash
    )))
}

/// Rows and entries of `draft`: the same draft gives the same bytes, always.
fn seal_all(draft: &Draft) -> Result<(Vec<Row>, Vec<Entry>), JournalError> {
    let mut prev = draft.expected.map_or(BEFORE_FIRST, |head| head.hash);
    let mut rows = Vec::with_capacity(draft.records.len());
    let mut entries = Vec::with_capacity(draft.records.len());
    for (seq, record) in (first_seq(draft)..).zip(&draft.records) {
        let Draft { slot, run, at, .. } = *draft;
        let (row, entry) = Row::seal(
            Position {
                seq,
                slot,
                run,
                at,
                prev,
            },
            record,
        )
        .map_err(|error| unwritable(&error.to_string()))?;
        prev = entry.hash;
        rows.push(row);
        entries.push(entry);
    }
    Ok((rows, entries))
}

/// Nothing was written: what was to be written is at fault.
fn unwritable(why: &str) -> JournalError {
    JournalError::Unavailable(format!("nothing was written: {why}"))
}

fn broken(defect: &Defect) -> StoreError {
    StoreError::Corrupt(defect.to_string())
}

fn corrupt(defect: &Defect) -> JournalError {
    JournalError::Corrupt(defect.to_string())
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Corrupt(why) => Self::Corrupt(why),
        }
    }
}
