//! The journal's store: rows that arrive, or do not, under compare-and-swap.

use async_trait::async_trait;
use journal::{Batch, Put, Row, Store, StoreError};
use market::{Duration, time};
use trading::record::{Hash, Head};

use super::Seat;
use super::seat::Ticket;
use crate::fate::Fault;
use crate::spent::Part;
use crate::world::{ProcessId, State};

/// There and back in a store nearby.
const ROUND: Duration = time::milliseconds(4);
/// An append whose answer does not come is given up after this.
const GIVEN_UP: Duration = time::seconds(2);

/// One process's connection to the store.
pub(crate) struct Ledger(pub(crate) Seat);

fn head_of(row: &Row) -> Option<Head> {
    Some(Head {
        seq: row.seq,
        hash: row.hash.parse().ok()?,
    })
}

/// What an append is, for those who count its moments: `append intended`.
fn appended(rows: &[Row]) -> String {
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    format!("append {}", kinds.join(", "))
}

/// Writes all rows if the newest is the expected one.
fn swap(state: &mut State, process: ProcessId, expected: Option<Head>, rows: Vec<Row>) -> Put {
    if state.rows.last().and_then(head_of) != expected {
        return Put::Conflict;
    }
    for row in &rows {
        state.note(|_| {
            let body = row.body.chars().take(160).collect::<String>();
            format!(
                "record {} {} by {}: {body}",
                row.seq,
                row.kind,
                &row.run[..6]
            )
        });
    }
    let begun = state.meter.begin();
    let State { witness, venue, .. } = state;
    witness.written(venue, process, &rows);
    state.meter.end(Part::Checking, begun);
    state.rows.extend(rows);
    Put::Done
}

impl Ledger {
    async fn read<T>(&self, read: impl FnOnce(&[Row]) -> T) -> Result<T, StoreError> {
        self.0.before("read the journal").await;
        let fails = self.0.state().fate.strikes(Fault::StoreFails).is_some();
        self.0.wait(ROUND).await;
        let answer = if fails {
            Err(StoreError::Unavailable(
                "the store cannot be reached".to_owned(),
            ))
        } else {
            Ok(read(&self.0.state().rows))
        };
        self.0.after("read the journal").await;
        answer
    }

    /// Sends rows on their way and waits for what comes back.
    async fn carry(&self, expected: Option<Head>, rows: Vec<Row>) -> Put {
        let (lost_before, lost_after, late) = {
            let mut state = self.0.state();
            let lost_before = state.fate.strikes(Fault::PutLostBefore).is_some();
            let lost_after = state.fate.strikes(Fault::PutLostAfter).is_some();
            let late = state.fate.strikes(Fault::PutLate);
            (lost_before, lost_after, late)
        };
        let doubtful = || Put::Doubtful("no answer from the store".to_owned());
        let process = self.0.process;
        if lost_before {
            self.0.wait(GIVEN_UP).await;
            return doubtful();
        }
        if let Some(mut lot) = late {
            let later = GIVEN_UP + lot.milliseconds(1, 5_000);
            self.0.send(later, move |state| {
                swap(state, process, expected, rows);
            });
            self.0.wait(GIVEN_UP).await;
            return doubtful();
        }
        let ticket = Ticket::new();
        let answer = ticket.clone();
        self.0.send(ROUND, move |state| {
            answer.put(swap(state, process, expected, rows));
            state.processes[process].ready = true;
        });
        let put = self.0.answer(&ticket).await;
        if lost_after {
            self.0.wait(GIVEN_UP).await;
            return doubtful();
        }
        put
    }
}

#[async_trait]
impl Store for Ledger {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        self.read(|rows| rows.last().and_then(head_of)).await
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        self.read(|rows| {
            let start = rows.partition_point(|row| row.seq < from);
            rows[start..].iter().take(count).cloned().collect()
        })
        .await
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        let what = appended(batch.rows);
        self.0.before(&what).await;
        self.0.turn().await;
        let put = self.carry(batch.expected, batch.rows.to_vec()).await;
        self.0.after(&what).await;
        put
    }

    async fn body(&self, _: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }
}
