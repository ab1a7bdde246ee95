//! Slot after slot: the loop around the engine, and the faults it may end with.

use cycle::port::{Clock, JournalError};
use cycle::{CycleError, Ended, Runner, TRIES_MAX, TryLimits};
use market::time::seconds;
use market::{Duration, Instant, Slot};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::progress::Progress;

/// Wait before a failed try is followed by the next.
pub(crate) const RETRY_PAUSE: Duration = seconds(30);

/// Set once somebody asked for the end.
#[derive(Debug, Clone)]
pub(crate) struct StopWish(watch::Receiver<bool>);

impl StopWish {
    /// Listens for SIGINT and SIGTERM from now on. The first lets the slot under way end, bounded
    /// by its own deadline; the second ends the process where it stands, which the journal is
    /// made for.
    pub(crate) fn on_signal() -> Self {
        let (asked, wish) = watch::channel(false);
        tokio::spawn(async move {
            let mut signals = match Signals::new() {
                Ok(signals) => signals,
                Err(error) => {
                    tracing::warn!(%error, "signals cannot be heard");
                    return std::future::pending().await;
                }
            };
            signals.next().await;
            // Nobody listens any more only when the work is done.
            let _ = asked.send(true);
            signals.next().await;
            std::process::exit(Exit::Failed.code().into());
        });
        Self(wish)
    }

    /// Whether the end is wished for.
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for `moment` by `clock`, or for the wish, whichever is first.
    pub(crate) async fn sleep_until(&self, clock: &dyn Clock, moment: Instant) {
        let mut wish = self.0.clone();
        tokio::select! {
            // Without anybody to set it the wish never comes.
            Ok(_) = wish.wait_for(|is_set| *is_set) => {}
            () = clock.sleep_until(moment) => {}
        }
    }
}

/// The signals that ask for an end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What to do about a slot whose tries fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Try until the engine closes it `Failed`, and go on with the next.
    CloseAndGoOn,
    /// After two tries leave it open and end: a venue in another process has gone, and the slot
    /// is carried on when the runner is started again.
    StopWhenFailing,
}

impl Patience {
    const fn tries(self) -> u32 {
        match self {
            Self::CloseAndGoOn => TRIES_MAX,
            Self::StopWhenFailing => 2,
        }
    }
}

/// The work of a runner: slots, one after another.
pub(crate) struct Job<'a> {
    /// Time.
    pub(crate) clock: &'a dyn Clock,
    /// What to do about a slot whose tries fail.
    pub(crate) patience: Patience,
}

impl Job<'_> {
    /// Carries each of `slots` through, in order, until the end is wished for.
    ///
    /// # Errors
    /// When the journal fails, another run takes over, the configuration makes no sense, or
    /// patience is at its end.
    pub(crate) async fn trade(
        &self,
        runner: &mut Runner,
        slots: &[Slot],
        progress: &Progress,
        stop: &StopWish,
    ) -> Outcome<()> {
        for slot in slots {
            if stop.is_set() {
                break;
            }
            self.clock.sleep_until(slot.at()).await;
            match self.carry_through(runner, *slot).await? {
                Ended::Closed { .. } | Ended::NotASlot { .. } => {}
                Ended::Superseded { by } => {
                    return Err(Fault::failed(format!(
                        "slot {slot}: run {by} has taken over this journal"
                    ))
                    .hint(
                        "one runner a journal; end the other, or give this one another --journal",
                    ));
                }
                Ended::TryFailed { error, .. } => {
                    return Err(Fault::failed(format!("slot {slot}: {error}"))
                        .hint("the slot stays open in the journal; see that the venue answers, then start again"));
                }
            }
            progress.step(slot.date().to_string());
        }
        Ok(())
    }

    /// One slot, tried again while it stays open and patience lasts.
    async fn carry_through(&self, runner: &mut Runner, slot: Slot) -> Outcome<Ended> {
        let mut ended = runner
            .run_slot(slot.at(), TryLimits::default())
            .await
            .map_err(fault)?;
        for _ in 1..self.patience.tries() {
            if !matches!(ended, Ended::TryFailed { .. }) {
                break;
            }
            self.clock.sleep_until(self.clock.now() + RETRY_PAUSE).await;
            ended = runner
                .run_slot(slot.at(), TryLimits::default())
                .await
                .map_err(fault)?;
        }
        Ok(ended)
    }
}

/// An engine that could not begin or go on, as the end of a command.
#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
pub(crate) fn fault(error: CycleError) -> Fault {
    match &error {
        CycleError::Foreign(refusal) => Fault::input(format!(
            "the journal is of another account: it belongs to {}; this is {}",
            refusal.limit, refusal.seen
        ))
        .hint("name this account's own journal with --journal, or a new file"),
        CycleError::Permanent { why, .. } => {
            Fault::input(why).hint("check keys and address; asking again will not help until then")
        }
        CycleError::Transient { why, .. } => Fault::failed(why)
            .hint("is the venue running and reachable? nothing was sent; start again to go on"),
        CycleError::Journal(JournalError::Corrupt(why)) => Fault::input(why)
            .hint("`tqqq journal verify` names the first defect; restore a backup of the file"),
        CycleError::Journal(why) => Fault::failed(format!("the journal: {why}")).hint(
            "free disk space and check permissions, then start again: it goes on where it stopped",
        ),
        CycleError::Settings(settings) => Fault::input(settings),
        CycleError::Superseded { .. } | CycleError::Halt(_) => Fault::failed(&error),
    }
}
