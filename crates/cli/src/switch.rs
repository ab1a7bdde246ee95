//! A switch thrown from the command line: on which journal, and by whose clock.

use std::path::PathBuf;
use std::sync::Arc;

use connectors::assemble::{LOCAL_HOST, host_name, venue_transport};
use connectors::clock::{SystemClock, VenueClock};
use connectors::entropy::OsEntropy;
use cycle::port::{Clock, Entropy, JournalError};
use cycle::switching::{self, ThrowError};
use market::Instant;
use trading::record::{Entry, Halted, Head, Record};
use trading::settings::Settings;
use trading::state::State;

use crate::fault::{Fault, Outcome};
use crate::ledger_file::{self, unreadable};

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
    move |state, _| {
        switching::halt(state, &halted).map_err(|stricter| {
            Fault::input(stricter).hint(
                "it is stricter than what was asked for; `tqqq resume` first, then halt again",
            )
        })
    }
}

/// What [`throw`] writes to lift a halt; nothing when none is in force.
pub(crate) fn resuming(note: String) -> impl FnMut(&State, Instant) -> Outcome<Option<Record>> {
    move |state, _| Ok(switching::resume(state, note.clone()))
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
    let now = |state: &State, newest: &Entry| moment(state, newest, venue.as_ref());
    let thrown = switching::throw(&chain, OsEntropy.run_id(), now, &mut make).await;
    match thrown {
        Ok(thrown) => Ok(Thrown {
            path,
            written: thrown.written,
            state: thrown.state,
            head: thrown.head,
            at: thrown.at,
        }),
        Err(ThrowError::Refused(fault)) => Err(fault),
        Err(ThrowError::Empty) => Err(Fault::input(format!(
            "{}: the journal is empty",
            path.display()
        ))
        .hint("a switch needs a journal bound to an account; run `tqqq cycle` once")),
        Err(ThrowError::Journal(error @ JournalError::Unknown { .. })) => Err(Fault::failed(error)
            .hint("look with `tqqq status` whether it holds before you try again")),
        Err(ThrowError::Journal(error)) => Err(unreadable(error)),
        Err(error @ ThrowError::Overtaken) => {
            Err(Fault::failed(format!("{}: {error}", path.display()))
                .hint("nothing was changed; try again"))
        }
    }
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

#[cfg(test)]
mod tests {
    use cycle::port::{Draft, Journal};
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
