//! `tqqq run` on a broker: waits for real slots, one after another, until told to end.

use std::sync::Arc;

use connectors::assemble::assemble;
use cycle::port::{Clock, Journal, JournalError};
use cycle::{CycleError, Ended, Runner, TryLimits};
use market::{Calendar, Date, Duration, Instant, Money, Slot};
use trading::record::Record;

use super::Context;
use super::cycle::{Place, durability, place};
use super::run::ports;
use crate::arguments::RunArguments;
use crate::exchange::clock;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::holder::Holder;
use crate::ledger_file;
use crate::output::daemon::DaemonView;
use crate::output::show;
use crate::places::Configuration;
use crate::runner::{self, RETRY_PAUSE, StopWish};

pub(super) async fn run(
    arguments: &RunArguments,
    configuration: &Configuration,
    context: &Context,
) -> Outcome<Exit> {
    check(arguments, configuration)?;
    let settings = &configuration.settings;
    let clock = clock(settings).await?;
    let keys = context.environment.keys()?;
    let connected = assemble(settings, None, &keys, &clock).map_err(Fault::input)?;
    let place = place(configuration, &connected, clock.as_ref(), context).await?;
    let _holder = Holder::of(&place.path)?;
    let journal = ledger_file::for_runner(&place.path, durability(settings), clock.clone())?;
    let journal: Arc<dyn Journal> = Arc::new(journal);
    let ports = ports(connected, journal.clone(), clock.clone());
    let stop = StopWish::on_signal();
    let mut view = DaemonView::new(&place.path);
    let daemon = Daemon {
        clock: clock.as_ref(),
        journal: journal.as_ref(),
        calendar: &configuration.calendar,
        young: settings.orders.max_slot_age(),
        to: arguments.to,
        stop: &stop,
    };
    let begin = || Runner::open(ports.clone(), settings.clone(), &place.description);
    if let Some(mut runner) = daemon.open(begin).await? {
        greet(&place, &runner, &settings.venue.to_string());
        daemon.trade(&mut runner, &mut view).await?;
        view.stand_at(runner.head());
    }
    tracing::info!(
        journal = %place.path.display(),
        head = view.head_text(),
        slots = view.slots(),
        "ended"
    );
    if arguments.json {
        show(&view, true, context.terminal)?;
    }
    Ok(Exit::Done)
}

/// What belongs to the local exchange alone.
fn check(arguments: &RunArguments, configuration: &Configuration) -> Outcome<()> {
    let given = [
        ("--bars", arguments.bars.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--from", arguments.from.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => Err(Fault::input(format!(
            "{name} is for the local exchange; the venue is {}",
            configuration.settings.venue
        ))
        .hint("leave it out, or set venue = \"local\"")),
    }
}

fn greet(place: &Place, runner: &Runner, venue: &str) {
    let verb = if place.is_new {
        "beginning"
    } else {
        "continuing"
    };
    tracing::info!(
        journal = %place.path.display(),
        venue,
        head = head_text(runner),
        halted = runner.state().halt.as_ref().map(|halt| halt.reason.to_string()),
        "{verb} journal"
    );
}

fn head_text(runner: &Runner) -> String {
    runner.head().map_or_else(
        || "empty".to_owned(),
        |head| format!("{}:{}", head.seq, head.hash),
    )
}

/// The loop around the engine.
struct Daemon<'a> {
    clock: &'a dyn Clock,
    journal: &'a dyn Journal,
    calendar: &'a Calendar,
    /// How old a slot may be to be begun.
    young: Duration,
    /// The last date traded; without one it goes on.
    to: Option<Date>,
    stop: &'a StopWish,
}

impl Daemon<'_> {
    /// Opens the engine, again while broker or journal do not answer; `None` when the end came
    /// first.
    async fn open<F>(&self, begin: impl Fn() -> F) -> Outcome<Option<Runner>>
    where
        F: Future<Output = Result<Runner, CycleError>>,
    {
        loop {
            match begin().await {
                Ok(runner) => return Ok(Some(runner)),
                Err(error) if may_pass(&error) => self.pause(&error).await,
                Err(error) => return Err(runner::fault(error)),
            }
            if self.stop.is_set() {
                return Ok(None);
            }
        }
    }

    async fn trade(&self, runner: &mut Runner, view: &mut DaemonView) -> Outcome<()> {
        let mut last = None;
        loop {
            let slot = next(self.calendar, self.clock.now(), last, self.young)?;
            if self.to.is_some_and(|to| slot.date() > to) {
                return Ok(());
            }
            if slot.at() > self.clock.now() {
                tracing::debug!(%slot, "waiting");
                self.stop.sleep_until(self.clock, slot.at()).await;
            }
            if self.stop.is_set() {
                return Ok(());
            }
            self.carry_through(runner, slot, view).await?;
            last = Some(slot);
            if self.stop.is_set() {
                return Ok(());
            }
        }
    }

    /// One slot, tried again until it is closed or the end is wished for: then it stays open for
    /// the next start.
    async fn carry_through(
        &self,
        runner: &mut Runner,
        slot: Slot,
        view: &mut DaemonView,
    ) -> Outcome<()> {
        while !self.stop.is_set() || slot.at() > self.clock.now() {
            match runner.run_slot(slot.at(), TryLimits::default()).await {
                Ok(Ended::Closed { outcome, fresh, .. }) => {
                    self.log_slot(runner, slot, &outcome.to_string()).await;
                    view.take(slot, &outcome, fresh);
                    return Ok(());
                }
                Ok(Ended::NotASlot { why }) => {
                    tracing::warn!(%slot, why, "passed by");
                    return Ok(());
                }
                Ok(Ended::Superseded { by }) => {
                    return Err(Fault::failed(format!(
                        "slot {slot}: run {by} has taken over this journal"
                    ))
                    .hint("one runner a journal; end the other first"));
                }
                // The engine has said so in its own words.
                Ok(Ended::TryFailed { .. }) => self.wait_a_little().await,
                Err(error) if may_pass(&error) => self.pause(&error).await,
                Err(error) => return Err(runner::fault(error)),
            }
        }
        tracing::info!(%slot, head = head_text(runner), "left open");
        Ok(())
    }

    async fn pause(&self, error: &CycleError) {
        tracing::warn!(%error, "trying again in {RETRY_PAUSE:#}");
        self.wait_a_little().await;
    }

    async fn wait_a_little(&self) {
        let until = self.clock.now() + RETRY_PAUSE;
        self.stop.sleep_until(self.clock, until).await;
    }
}

impl Daemon<'_> {
    /// The one line a slot leaves in the log.
    async fn log_slot(&self, runner: &Runner, slot: Slot, outcome: &str) {
        let equity = self.equity(runner).await.map(|equity| equity.to_string());
        tracing::info!(%slot, outcome, equity, head = head_text(runner), "slot");
    }

    /// As the newest record saw it, if it closed a slot that saw the account.
    async fn equity(&self, runner: &Runner) -> Option<Money> {
        let newest = self.journal.read(runner.head()?.seq, 1).await.ok()?.pop()?;
        match newest.record {
            Record::SlotClosed(closed) => Some(closed.portfolio?.account.equity),
            _ => None,
        }
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

/// The slot to carry through after `last`: the one under way while it is young, else the next to
/// come. Slots that passed unseen are the engine's to record.
fn next(calendar: &Calendar, now: Instant, last: Option<Slot>, young: Duration) -> Outcome<Slot> {
    let under_way = calendar.latest_slot(now)?;
    let is_new = last.is_none_or(|last| under_way > last);
    if is_new && now <= under_way.at() + young {
        return Ok(under_way);
    }
    let after = last.map_or(now, |last| now.max(last.at()));
    Ok(calendar.next_slot(after)?)
}

#[cfg(test)]
mod tests {
    use market::time::minutes;

    use super::*;

    fn slot(text: &str) -> Slot {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_slot_is_the_young_one_under_way_or_the_one_to_come() {
        let cases = [
            // Started in the night, at a weekend, in a slot's first and eleventh minute.
            ("2025-05-12T03:00", None, "2025-05-12T09:30"),
            ("2025-05-10T12:00", None, "2025-05-12T09:30"),
            ("2025-05-12T10:00", None, "2025-05-12T10:00"),
            ("2025-05-12T10:10", None, "2025-05-12T10:00"),
            ("2025-05-12T10:11", None, "2025-05-12T10:30"),
            // Done in good time, and after the last of the day.
            (
                "2025-05-12T10:01",
                Some("2025-05-12T10:00"),
                "2025-05-12T10:30",
            ),
            (
                "2025-05-12T15:31",
                Some("2025-05-12T15:30"),
                "2025-05-13T09:30",
            ),
            // The machine slept over some: not old ones, one young one.
            (
                "2025-05-12T12:20",
                Some("2025-05-12T10:00"),
                "2025-05-12T12:30",
            ),
            (
                "2025-05-12T12:35",
                Some("2025-05-12T10:00"),
                "2025-05-12T12:30",
            ),
            (
                "2025-05-14T08:00",
                Some("2025-05-12T10:00"),
                "2025-05-14T09:30",
            ),
            // A half day ends early.
            (
                "2025-11-28T12:31",
                Some("2025-11-28T12:30"),
                "2025-12-01T09:30",
            ),
            // A clock set back does not repeat a slot.
            (
                "2025-05-12T09:59",
                Some("2025-05-12T10:00"),
                "2025-05-12T10:30",
            ),
        ];
        for (now, last, expected) in cases {
            let found = next(
                &Calendar::nyse(),
                slot(now).at(),
                last.map(slot),
                minutes(10),
            );
            assert_eq!(found.unwrap(), slot(expected), "{now} after {last:?}");
        }
    }
}
