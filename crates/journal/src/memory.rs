//! A chain in memory: for tests, simulation and dry runs. It is gone with its last handle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use trading::record::{Hash, Head};

use crate::row::Row;
use crate::store::{Batch, Put, Store, StoreError};

/// Rows and bodies in memory. A clone is another handle on the same chain. Bodies are kept as
/// they came: nothing here lives long enough to be worth compressing.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    rows: Vec<Row>,
    bodies: BTreeMap<Hash, Vec<u8>>,
}

impl Kept {
    fn head(&self) -> Result<Option<Head>, StoreError> {
        let Some(row) = self.rows.last() else {
            return Ok(None);
        };
        row.head().map(Some).ok_or_else(|| {
            StoreError::Corrupt(format!(
                "the hash of record {} is no hash: `{}`",
                row.seq, row.hash
            ))
        })
    }
}

impl Memory {
    /// An empty chain.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the rows as nobody should: for tests of what readers make of it.
    #[doc(hidden)]
    pub fn tamper(&self, change: impl FnOnce(&mut Vec<Row>, &mut BTreeMap<Hash, Vec<u8>>)) {
        let mut kept = self.lock();
        let Kept { rows, bodies } = &mut *kept;
        change(rows, bodies);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept
            .lock()
            .expect("no holder of this lock panics while it is held")
    }
}

#[async_trait]
impl Store for Memory {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        self.lock().head()
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        let kept = self.lock();
        let start = kept.rows.partition_point(|row| row.seq < from);
        Ok(kept.rows[start..].iter().take(count).cloned().collect())
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        let mut kept = self.lock();
        match kept.head() {
            Err(error) => return Put::Unavailable(error),
            Ok(head) if head != batch.expected => return Put::Conflict,
            Ok(_) => {}
        }
        let first = batch.expected.map_or(1, |head| head.seq + 1);
        if !(first..).zip(batch.rows).all(|(seq, row)| seq == row.seq) {
            return Put::Conflict;
        }
        kept.rows.extend_from_slice(batch.rows);
        for body in batch.bodies {
            kept.bodies
                .entry(body.reference.hash)
                .or_insert_with(|| body.bytes.clone());
        }
        Put::Done
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().bodies.get(&hash).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::Place;

    /// A clone is another handle.
    impl Place for Memory {
        type Store = Self;

        fn open(&self) -> Self {
            self.clone()
        }
    }

    crate::conformance!(memory, Memory::new());
}
