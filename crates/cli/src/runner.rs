//! Slot after slot: the loop around the engine, and the faults it may end with.

use cycle::port::{Clock, JournalError};
use cycle::{CycleError, Ended, Runner, Step, TryLimits, retry_pause};
use market::{Duration, Instant, Slot};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use trading::record::{HaltLevel, Halted, RunId};

use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file;
use crate::progress::Progress;

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
            tracing::warn!(
                "told to end: a slot under way is carried through first; a second signal ends at once"
            );
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

/// How long a slot that stays open is tried again, [`retry_pause`] apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until the engine closes it `Failed`: the exchange is in this process.
    CloseAndGoOn,
    /// Twice, then leave it open and end: a venue in another process has gone, and the slot is
    /// carried on when the runner is started again.
    StopWhenFailing,
    /// While a try begun by then may still open the slot: one call for one slot. A broker or
    /// journal that does not answer is waited for as long.
    Until(Instant),
    /// Until told to end; so is a broker or journal that does not answer.
    UntilTold,
}

/// Tries of [`Patience::StopWhenFailing`].
const TRIES_OF_A_FOLLOWER: u32 = 2;

impl Patience {
    /// Whether a broker or journal that does not answer is waited for; it ends the others.
    const fn outwaits_silence(self) -> bool {
        matches!(self, Self::Until(_) | Self::UntilTold)
    }
}

/// The work of a runner: slots, one after another. `run`, the daemon and `cycle` differ in their
/// patience alone.
pub(crate) struct Job<'a> {
    /// Time.
    pub(crate) clock: &'a dyn Clock,
    /// How long a slot is tried again.
    pub(crate) patience: Patience,
    /// Whether the end is wished for.
    pub(crate) stop: StopWish,
}

impl Job<'_> {
    /// Opens the engine, again while broker or journal do not answer and patience lasts; `None`
    /// when the end was wished for first.
    ///
    /// # Errors
    /// As [`fault`].
    pub(crate) async fn open<F>(&self, begin: impl Fn() -> F) -> Outcome<Option<Runner>>
    where
        F: Future<Output = Result<Runner, CycleError>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            match begin().await {
                Ok(runner) => return Ok(Some(runner)),
                Err(_) if self.stop.is_set() => return Ok(None),
                Err(error) if self.outwaits(&error) && self.goes_on(tries, retry_pause(tries)) => {
                    tracing::warn!(%error, "no answer");
                    self.pause(retry_pause(tries)).await;
                }
                Err(error) => return Err(fault(error)),
            }
            if self.stop.is_set() {
                return Ok(None);
            }
        }
    }

    /// Carries each of `slots` through, in order, until the end is wished for or the program has
    /// frozen itself: then no later slot could be traded either.
    ///
    /// # Errors
    /// When the journal fails, another run takes over, the configuration makes no sense, or
    /// patience is at its end.
    pub(crate) async fn trade(
        &self,
        runner: &mut Runner,
        slots: &[Slot],
        progress: &Progress,
    ) -> Outcome<()> {
        for slot in slots {
            if self.stop.is_set() {
                break;
            }
            self.clock.sleep_until(slot.at()).await;
            match self.carry_through(runner, *slot).await? {
                Ended::Closed { .. } | Ended::NotASlot { .. } => {}
                Ended::Superseded { by } => return Err(superseded(*slot, by)),
                Ended::TryFailed { .. } if self.stop.is_set() => break,
                Ended::TryFailed { error, .. } => {
                    return Err(left_open(*slot, &error));
                }
            }
            progress.step(slot.date().to_string());
            if runner.state().halt.as_ref().is_some_and(is_own_freeze) {
                break;
            }
        }
        Ok(())
    }

    /// One slot, tried again while it stays open and patience lasts. One that stays open at the
    /// end is [`Ended::TryFailed`].
    ///
    /// # Errors
    /// As [`fault`]: what no later try can mend, and a journal that failed to the end.
    pub(crate) async fn carry_through(&self, runner: &mut Runner, slot: Slot) -> Outcome<Ended> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (error, is_recorded) = match runner.run_slot(slot.at(), TryLimits::default()).await
            {
                Ok(Ended::TryFailed { error, .. }) => (error, true),
                Ok(ended) => return Ok(ended),
                Err(error) if self.outwaits(&error) => (error, false),
                Err(error) => return Err(fault(error)),
            };
            // An earlier process may have had its tries; the engine counts those too.
            let open = runner.state().open_slot.as_ref();
            let pause = retry_pause(open.map_or(tries, |open| tries.max(open.tries)));
            if !self.stop.is_set() && self.goes_on(tries, pause) {
                // The engine has told of a try that it recorded.
                if !is_recorded {
                    tracing::warn!(%slot, %error, "no answer");
                }
                self.pause(pause).await;
                if !self.stop.is_set() {
                    continue;
                }
            }
            return if is_recorded || self.stop.is_set() {
                Ok(Ended::TryFailed { slot, error })
            } else {
                Err(fault(error))
            };
        }
    }

    fn outwaits(&self, error: &CycleError) -> bool {
        self.patience.outwaits_silence() && may_pass(error)
    }

    /// Whether one more try is worth its pause.
    fn goes_on(&self, tries: u32, pause: Duration) -> bool {
        match self.patience {
            Patience::CloseAndGoOn | Patience::UntilTold => true,
            Patience::StopWhenFailing => tries < TRIES_OF_A_FOLLOWER,
            Patience::Until(moment) => self.clock.now() + pause <= moment,
        }
    }

    async fn pause(&self, pause: Duration) {
        tracing::info!("trying again in {pause:#}");
        let until = self.clock.now() + pause;
        self.stop.sleep_until(self.clock, until).await;
    }
}

/// Whether the same call may succeed later without the owner.
fn may_pass(error: &CycleError) -> bool {
    matches!(
        error,
        CycleError::Transient { .. }
            | CycleError::Journal(JournalError::Unavailable(_) | JournalError::Unknown { .. })
    )
}

/// Whether the program has frozen itself: nothing is sold or bought until the owner acts.
fn is_own_freeze(halt: &Halted) -> bool {
    halt.level == HaltLevel::Frozen && !halt.reason.is_owners()
}

/// The end of a runner that gives a slot up for the next start to go on with.
fn left_open(slot: Slot, error: &CycleError) -> Fault {
    let look = match error.step() {
        Some(Step::Observe) => {
            "see that the venue answers and what its data lacks (`tqqq signal` shows each source)"
        }
        _ => "see that the venue answers",
    };
    Fault::failed(format!("slot {slot}: {error}")).hint(format!(
        "the slot stays open in the journal; {look}, then start again"
    ))
}

/// The end of a runner whose slot another has taken.
pub(crate) fn superseded(slot: Slot, by: RunId) -> Fault {
    Fault::failed(format!("slot {slot}: run {by} has taken over this journal"))
        .hint("one runner a journal; end the other, or give this one another --journal")
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
            Fault::input(why)
                .hint_unless_there("check keys and address; asking again will not help until then")
        }
        CycleError::Transient { why, .. } => Fault::failed(why)
            .hint_unless_there("nothing was sent; see that this machine is online and that broker or venue answers, then start again to go on"),
        CycleError::Journal(why @ JournalError::Corrupt(_)) => ledger_file::unreadable(why.clone()),
        CycleError::Journal(why) => Fault::failed(format!("the journal: {why}")).hint(
            "free disk space and check permissions, then start again: it goes on where it stopped",
        ),
        CycleError::Settings(settings) => Fault::input(settings),
        CycleError::Superseded { .. } | CycleError::Halt(_) => Fault::failed(&error),
    }
}
