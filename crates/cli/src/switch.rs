//! A switch: one record appended by a run that owns no slot.
//!
//! It needs no lock and works beside a runner: the chain arbitrates. When another record was
//! first, the chain is read again and the switch is decided anew on what it says now; the runner
//! meets the switch the same way and obeys it before its next order.

use std::path::PathBuf;
use std::sync::Arc;

use chronicle::standing;
use connectors::assemble::{LOCAL_HOST, host_name, venue_transport};
use connectors::clock::{SystemClock, VenueClock};
use connectors::entropy::OsEntropy;
use cycle::port::{Clock, Draft, Entropy, Journal, JournalError};
use market::Instant;
use trading::record::{Entry, Halted, Head, Record, Resumed};
use trading::settings::Settings;
use trading::state::State;

use crate::fault::{Fault, Outcome};
use crate::ledger_file::{self, unreadable};

/// How often a switch makes way for a runner's records before something must be wrong: a slot
/// writes a dozen records in its busiest second.
const LOST_APPENDS_MAX: u32 = 32;

/// An exchange of ours whose clock its clients move.
pub(crate) struct PlayedVenue {
    /// What the journals of its accounts are bound to: no other account lives by this clock.
    pub(crate) host: String,
    /// Its clock.
    pub(crate) clock: Arc<dyn Clock>,
}

impl PlayedVenue {
    /// The exchange of ours that is configured, where it answers; a switch works without.
    pub(crate) async fn of(settings: &Settings) -> Option<Self> {
        let url = settings.venue_url.as_deref()?;
        let transport = venue_transport(url).ok()?;
        let clock = VenueClock::connect(transport, url).await.ok()?;
        let host = host_name(settings)?;
        clock.is_virtual().then(|| Self {
            host,
            clock: Arc::new(clock),
        })
    }
}

/// Where a switch left the journal.
#[derive(Debug)]
pub(crate) struct Thrown {
    /// The file.
    pub(crate) path: PathBuf,
    /// Whether a record was written; what was asked for may have held already.
    pub(crate) written: bool,
    /// The state that now holds.
    pub(crate) state: State,
    /// The newest record.
    pub(crate) head: Head,
    /// When, by the clock that counts for this journal.
    pub(crate) at: Instant,
}

/// What [`throw`] writes for a halt; nothing when this very one holds already.
pub(crate) fn halting(halted: Halted) -> impl FnMut(&State, Instant) -> Outcome<Option<Record>> {
    move |state, _| match &state.halt {
        // The fold keeps the stricter one; a record without effect would only look like one.
        Some(standing) if standing.level > halted.level => Err(Fault::input(format!(
            "a freeze is in force: {}",
            standing.reason
        ))
        .hint("it is stricter than what was asked for; `tqqq resume` first, then halt again")),
        Some(standing) if standing == &halted => Ok(None),
        _ => Ok(Some(Record::Halted(halted.clone()))),
    }
}

/// What [`throw`] writes to lift a halt; nothing when none is in force.
pub(crate) fn resuming(note: String) -> impl FnMut(&State, Instant) -> Outcome<Option<Record>> {
    move |state, _| {
        let lifted = || Record::Resumed(Resumed { note: note.clone() });
        Ok(state.halt.as_ref().map(|_| lifted()))
    }
}

/// Appends what `make` asks for, given the state and the time; `None` when nothing is to change.
///
/// # Errors
/// When the journal is not there, cannot be written, or its state forbids the switch.
pub(crate) async fn throw(
    path: PathBuf,
    venue: Option<PlayedVenue>,
    mut make: impl FnMut(&State, Instant) -> Outcome<Option<Record>>,
) -> Outcome<Thrown> {
    let chain = ledger_file::for_switch(&path)?;
    let run = OsEntropy.run_id();
    for _ in 0..LOST_APPENDS_MAX {
        let newest = newest(&chain, &path).await?;
        let mut head = head_of(&newest);
        let mut state = standing::state(&chain, Some(head)).await?;
        let at = moment(&state, &newest, venue.as_ref());
        let Some(record) = make(&state, at)? else {
            return Ok(Thrown {
                path,
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
        match chain.append(&draft).await {
            Ok(entries) => {
                for entry in &entries {
                    state.fold(entry);
                    head = head_of(entry);
                }
                return Ok(Thrown {
                    path,
                    written: true,
                    state,
                    head,
                    at,
                });
            }
            Err(JournalError::Lost { .. }) => {}
            Err(error @ JournalError::Unknown { .. }) => {
                return Err(Fault::failed(error)
                    .hint("look with `tqqq status` whether it holds before you try again"));
            }
            Err(error) => return Err(unreadable(error)),
        }
    }
    Err(Fault::failed(format!(
        "{}: {LOST_APPENDS_MAX} appends in a row were overtaken",
        path.display()
    ))
    .hint("nothing was changed; try again"))
}

/// Now, as this journal counts time: by the wall for a real account; for one that an exchange of
/// ours plays by that exchange's clock, which ended with the newest record when the local one has
/// gone.
fn moment(state: &State, newest: &Entry, venue: Option<&PlayedVenue>) -> Instant {
    let host = state.binding.as_ref().map(|binding| binding.host.as_str());
    match venue {
        Some(venue) if host == Some(&venue.host) => venue.clock.now(),
        _ if host == Some(LOCAL_HOST) => newest.at,
        _ => SystemClock::new().now(),
    }
}

async fn newest(chain: &dyn Journal, path: &std::path::Path) -> Outcome<Entry> {
    let begun = || {
        Fault::input(format!("{}: the journal is empty", path.display()))
            .hint("a switch needs a journal bound to an account; run `tqqq cycle` once")
    };
    let head = chain.head().await.map_err(unreadable)?.ok_or_else(begun)?;
    let mut last = chain.read(head.seq, 1).await.map_err(unreadable)?;
    last.pop().ok_or_else(begun)
}

fn head_of(entry: &Entry) -> Head {
    Head {
        seq: entry.seq,
        hash: entry.hash,
    }
}

#[cfg(test)]
mod tests {
    use journal::sqlite::Durability;
    use trading::account::AccountId;
    use trading::record::{Binding, Noted};

    use super::*;

    fn noted(text: &str) -> Record {
        Record::Noted(Noted {
            text: text.to_owned(),
        })
    }

    async fn append(path: &std::path::Path, record: Record) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let chain = ledger_file::for_runner(path, Durability::Relaxed, clock.clone())
            .await
            .unwrap();
        let draft = Draft {
            expected: chain.head().await.unwrap(),
            slot: None,
            run: OsEntropy.run_id(),
            at: clock.now(),
            records: vec![record],
            bodies: Vec::new(),
        };
        chain.append(&draft).await.unwrap();
    }

    fn bound() -> Record {
        Record::Bound(Binding {
            account: AccountId::new("account"),
            host: "local".to_owned(),
            description: String::new(),
        })
    }

    #[tokio::test]
    async fn a_switch_overtaken_by_a_runner_is_decided_again_on_the_new_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        append(&path, bound()).await;
        let mut asked = 0;
        let overtaking = path.clone();
        let thrown = throw(path, None, |_, _| {
            asked += 1;
            if asked == 1 {
                // Another process writes between the read and the append.
                std::thread::scope(|scope| {
                    let work = scope.spawn(|| {
                        let runtime = tokio::runtime::Builder::new_current_thread()
                            .enable_all()
                            .build()
                            .unwrap();
                        runtime.block_on(append(&overtaking, noted("a runner's record")));
                    });
                    work.join().unwrap();
                });
            }
            Ok(Some(noted("the switch")))
        })
        .await
        .unwrap();
        assert_eq!((asked, thrown.head.seq, thrown.written), (2, 3, true));
    }

    #[tokio::test]
    async fn a_switch_that_changes_nothing_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        append(&path, bound()).await;
        let thrown = throw(path, None, |_, _| Ok(None)).await.unwrap();
        assert_eq!((thrown.head.seq, thrown.written), (1, false));
    }

    #[tokio::test]
    async fn a_switch_makes_no_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent.journal");
        let fault = throw(path.clone(), None, |_, _| Ok(None))
            .await
            .unwrap_err();
        assert!(fault.to_string().contains("hint:"), "{fault}");
        assert_eq!(fault.exit().code(), 2);
        assert!(!path.exists());
    }
}
