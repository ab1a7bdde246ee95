//! A walk over the links alone: is every record still the one that was written?
//!
//! What a runner asks before it trades, so that damage far back stops it as surely as damage at the
//! end. Checked: numbers without gaps, each link's hash and predecessor, the end against the head
//! the store keeps. Absent on purpose: what [`crate::verify()`] looks at besides, records, states
//! and raw bodies. A later version may fold a state otherwise or prune bodies, and neither is a
//! reason to stop selling.

use trading::record::Head;

use crate::defect::{Defect, Flaw};
use crate::limits::PAGE_ROWS;
use crate::row::BEFORE_FIRST;
use crate::store::{Store, StoreError};

/// The first broken link of the chain in `store`; `None` when every one holds, and for an empty
/// chain. Memory: one page of rows.
///
/// # Errors
/// [`StoreError::Unavailable`] when the store cannot be read; what it cannot give is a defect.
pub async fn check_links<S: Store + ?Sized>(store: &S) -> Result<Option<Defect>, StoreError> {
    let mut newest: Option<Head> = None;
    loop {
        let from = newest.map_or(1, |head| head.seq + 1);
        let rows = match store.get(from, PAGE_ROWS).await {
            Ok(rows) => rows,
            Err(error) => return unreadable(from, error).map(Some),
        };
        for row in &rows {
            let (seq, prev) = newest.map_or((1, BEFORE_FIRST), |head| (head.seq + 1, head.hash));
            match row.link(seq, prev) {
                Ok(hash) => newest = Some(Head { seq, hash }),
                Err(flaw) => return Ok(Some(Defect::new(seq, flaw))),
            }
        }
        if rows.len() < PAGE_ROWS {
            break;
        }
    }
    // A head further on is another process's append meanwhile; one that does not fit the last row
    // is the store's to tell.
    match store.head().await {
        Ok(_) => Ok(None),
        Err(error) => unreadable(newest.map_or(1, |head| head.seq + 1), error).map(Some),
    }
}

/// Rows that a store has and cannot give are damage; a store that cannot be reached tells nothing.
fn unreadable(seq: u64, error: StoreError) -> Result<Defect, StoreError> {
    match error {
        StoreError::Corrupt(why) => Ok(Defect::new(seq, Flaw::Unreadable(why))),
        StoreError::Unavailable(_) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;
    use crate::conformance::{Sample, chain};

    /// More rows than one page holds.
    const SLOTS: usize = 100;

    async fn sample() -> Memory {
        let store = Memory::new();
        Sample::new(2, 100)
            .write(&chain(&store), SLOTS)
            .await
            .expect("written");
        store
    }

    #[tokio::test]
    async fn a_chain_as_it_was_written_holds_and_an_empty_one_too() {
        assert_eq!(check_links(&sample().await).await, Ok(None));
        assert_eq!(check_links(&Memory::new()).await, Ok(None));
    }

    #[tokio::test]
    async fn damage_before_the_newest_closed_slot_is_found() {
        for index in [0, 5, 255, 256, 299] {
            let store = sample().await;
            store.tamper(|rows, _| rows[index].body.push(' '));
            let defect = check_links(&store).await.expect("reads").expect("broken");
            assert_eq!(defect.seq, index as u64 + 1);
            assert!(matches!(defect.flaw, Flaw::Altered { .. }), "{defect}");
        }
        let store = sample().await;
        store.tamper(|rows, _| drop(rows.remove(40)));
        let defect = check_links(&store).await.expect("reads").expect("broken");
        assert_eq!(defect, Defect::new(41, Flaw::Gap { found: 42 }));
    }

    #[tokio::test]
    async fn what_no_link_depends_on_stops_nobody() {
        let store = sample().await;
        store.tamper(|_, bodies| bodies.clear());
        assert_eq!(check_links(&store).await, Ok(None));
    }
}
