//! A switch: one record appended by a run that owns no slot.
//!
//! It needs no lock and works beside a runner: the chain arbitrates. When another record was
//! first, the chain is read again and the switch is decided anew on what it says now; the runner
//! meets the switch the same way and obeys it before its next order.

use market::Instant;
use trading::record::{Armed, Entry, Halted, Head, Noted, Record, Resumed, RunId};
use trading::state::State;

use crate::ledger::tail;
use crate::port::{Draft, Journal, JournalError};

/// How often a switch makes way for a runner's records before something must be wrong: a slot
/// writes a dozen records in its busiest second.
const LOST_APPENDS_MAX: u32 = 32;

/// Where a switch left the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Thrown {
    /// Whether a record was written; what was asked for may have held already.
    pub written: bool,
    /// The state that now holds.
    pub state: State,
    /// The newest record.
    pub head: Head,
    /// When, by the clock that counts for this journal.
    pub at: Instant,
}

/// Why a switch was not thrown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThrowError<E> {
    /// The state forbids it.
    #[error("{0}")]
    Refused(E),
    /// There is no record yet, so there is no account to throw it for.
    #[error("the journal is empty")]
    Empty,
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Others wrote first, again and again; nothing was changed.
    #[error("{LOST_APPENDS_MAX} appends in a row were overtaken")]
    Overtaken,
}

/// The state after the newest record: from the newest closing record, which carries a state, else
/// from the chain's beginning.
///
/// # Errors
/// [`JournalError`] when the chain cannot be read or does not hold together.
pub async fn standing(journal: &dyn Journal, head: Option<Head>) -> Result<State, JournalError> {
    let entries = match head {
        None => Vec::new(),
        Some(head) => tail(journal, head).await?,
    };
    let mut state = State::default();
    for entry in &entries {
        match &entry.record {
            Record::SlotClosed(closed) => state = closed.state.clone(),
            _ => state.fold(entry),
        }
    }
    Ok(state)
}

/// Appends by `run` what `make` asks for, given the state and the time that `moment` tells from
/// the state and the newest record; `None` when nothing is to change.
///
/// # Errors
/// [`ThrowError`]; unless it is [`JournalError::Unknown`], nothing was changed.
pub async fn throw<E>(
    journal: &dyn Journal,
    run: RunId,
    moment: impl Fn(&State, &Entry) -> Instant,
    mut make: impl FnMut(&State, Instant) -> Result<Option<Record>, E>,
) -> Result<Thrown, ThrowError<E>> {
    for _ in 0..LOST_APPENDS_MAX {
        let newest = newest(journal).await?.ok_or(ThrowError::Empty)?;
        let mut head = head_of(&newest);
        let mut state = standing(journal, Some(head)).await?;
        let at = moment(&state, &newest);
        let Some(record) = make(&state, at).map_err(ThrowError::Refused)? else {
            return Ok(Thrown {
                written: false,
                state,
                head,
                at,
            });
        };
        let draft = Draft {
            expected: Some(head),
            slot: None,
            run,
            at,
            records: vec![record],
            bodies: Vec::new(),
        };
        match journal.append(&draft).await {
            Err(JournalError::Lost { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(entries) => {
                for entry in &entries {
                    state.fold(entry);
                    head = head_of(entry);
                }
                return Ok(Thrown {
                    written: true,
                    state,
                    head,
                    at,
                });
            }
        }
    }
    Err(ThrowError::Overtaken)
}

async fn newest(journal: &dyn Journal) -> Result<Option<Entry>, JournalError> {
    let Some(head) = journal.head().await? else {
        return Ok(None);
    };
    Ok(journal.read(head.seq, 1).await?.pop())
}

fn head_of(entry: &Entry) -> Head {
    Head {
        seq: entry.seq,
        hash: entry.hash,
    }
}

/// A stricter restriction is in force than the one asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a freeze is in force: {reason}")]
pub struct Stricter {
    /// Why it was put in force.
    pub reason: String,
}

/// The record that puts `halted` in force; `None` when it is.
///
/// # Errors
/// [`Stricter`]: the fold keeps the stricter one, and a record without effect would only look like
/// one.
pub fn halt(state: &State, halted: &Halted) -> Result<Option<Record>, Stricter> {
    match &state.halt {
        Some(standing) if standing.level > halted.level => Err(Stricter {
            reason: standing.reason.to_string(),
        }),
        Some(standing) if standing == halted => Ok(None),
        _ => Ok(Some(Record::Halted(halted.clone()))),
    }
}

/// The record that ends the restriction in force; `None` when there is none.
#[must_use]
pub fn resume(state: &State, note: String) -> Option<Record> {
    state
        .halt
        .as_ref()
        .map(|_| Record::Resumed(Resumed { note }))
}

/// The record that lets a live account buy until `until`.
#[must_use]
pub const fn arm(until: Instant) -> Record {
    Record::Armed(Armed { until })
}

/// The record that ends an arming; `None` when there is none.
#[must_use]
pub fn disarm(state: &State) -> Option<Record> {
    state.armed_until.map(|_| {
        Record::Disarmed(Noted {
            text: "by the owner".to_owned(),
        })
    })
}
