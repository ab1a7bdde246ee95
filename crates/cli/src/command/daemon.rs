//! `tqqq run` on a broker: waits for real slots, one after another, until told to end.

use std::sync::Arc;

use connectors::assemble::{Time, assemble};
use connectors::clock::SystemClock;
use cycle::port::{Clock, Journal};
use cycle::{Ended, Ports, Runner};
use market::time::minutes;
use market::{Calendar, Date, Duration, Instant, Slot};
use trading::outcome::Outcome;

use super::Context;
use super::cycle::{Place, durability, place};
use super::run::ports;
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome as Done};
use crate::herald::Herald;
use crate::holder::Holder;
use crate::ledger_file;
use crate::output::daemon::DaemonView;
use crate::output::show;
use crate::places::Configuration;
use crate::runner::{self, Job, Patience, StopWish};
use crate::supervisor::Supervisor;

pub(super) async fn run(
    arguments: &RunArguments,
    configuration: &Configuration,
    context: &Context,
) -> Done<Exit> {
    check(arguments, configuration)?;
    let settings = &configuration.settings;
    let (clock, last_date) = match Time::of(settings).await? {
        Time::Moved { clock, last_date } => (clock, last_date),
        Time::Wall(clock) => (clock, None),
    };
    let keys = context.environment.keys()?;
    let connected = assemble(settings, None, &keys, &clock).map_err(Fault::input)?;
    let place = place(configuration, &connected, context).await?;
    let _holder = Holder::of(&place.path)?;
    let journal = ledger_file::for_runner(&place.path, durability(settings), clock.clone()).await?;
    let journal: Arc<dyn Journal> = Arc::new(journal);
    let told = &settings.alerts;
    let herald = Herald::new(&context.environment, told, journal.clone(), clock.clone())?;
    let herald = Arc::new(herald);
    let ports = Ports {
        alerts: herald.clone(),
        ..ports(connected, journal.clone(), clock.clone())
    };
    // Signs of life go by the wall, whatever the exchange's clock does.
    let wall: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut view = DaemonView::new(&place.path);
    let daemon = Daemon {
        job: Job {
            clock: clock.as_ref(),
            patience: Patience::UntilTold,
            stop: StopWish::on_signal(),
        },
        herald: herald.as_ref(),
        calendar: &configuration.calendar,
        young: settings.orders.max_slot_age(),
        to: arguments.to.or(last_date),
    };
    let begin = || Runner::open(ports.clone(), settings.clone(), &place.description);
    if let Some(mut runner) = daemon.job.open(begin).await? {
        greet(&place, &runner, &settings.venue.to_string());
        let supervisor = Supervisor::of(&context.environment);
        supervisor.ready(&wall);
        daemon.trade(&mut runner, &mut view).await?;
        supervisor.stopping();
        view.stand_at(runner.head(), runner.state());
    }
    tracing::info!(
        journal = %place.path.display(),
        head = view.head_text(),
        slots = view.slots(),
        "ended"
    );
    if let Some(stranded) = view.stranded() {
        tracing::warn!("{stranded}");
    }
    if arguments.json {
        show(&view, true, context.terminal)?;
    }
    Ok(view.exit())
}

/// What belongs to the local exchange alone.
fn check(arguments: &RunArguments, configuration: &Configuration) -> Done<()> {
    let given = [
        ("--bars", arguments.bars.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--from", arguments.from.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => Err(Fault::input(format!(
            "{name} is for a replay; on {} every slot is waited for",
            configuration.settings.venue
        ))
        .hint("leave it out, or run without venue and venue_url")),
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
        "{verb}"
    );
    if let Some(stranded) = runner.state().stranded() {
        tracing::warn!("{stranded}");
    }
}

fn head_text(runner: &Runner) -> String {
    runner.head().map_or_else(
        || "empty".to_owned(),
        |head| format!("{}:{}", head.seq, head.hash),
    )
}

/// When a day is summed up: the last trades of its close are booked.
const AFTER_CLOSE: Duration = minutes(1);

/// The loop around the engine.
struct Daemon<'a> {
    job: Job<'a>,
    herald: &'a Herald,
    calendar: &'a Calendar,
    /// How old a slot may be to be begun.
    young: Duration,
    /// The last date traded; without one it goes on.
    to: Option<Date>,
}

impl Daemon<'_> {
    async fn trade(&self, runner: &mut Runner, view: &mut DaemonView) -> Done<()> {
        let (clock, stop) = (self.job.clock, &self.job.stop);
        let mut last = None;
        loop {
            let slot = next(self.calendar, clock.now(), last, self.young)?;
            if let Some(last) = last.filter(|last: &Slot| last.date() < slot.date()) {
                self.end_day(last.date()).await?;
            }
            if stop.is_set() {
                return Ok(());
            }
            if self.to.is_some_and(|to| slot.date() > to) {
                return Ok(());
            }
            if slot.at() > clock.now() {
                tracing::debug!(%slot, "waiting");
                stop.sleep_until(clock, slot.at()).await;
            }
            if stop.is_set() {
                return Ok(());
            }
            self.carry_through(runner, slot, view).await?;
            last = Some(slot);
            if stop.is_set() {
                return Ok(());
            }
        }
    }

    /// Waits for the close of a day that slots were carried through on, and sums it up; once it is
    /// long past, at once.
    async fn end_day(&self, day: Date) -> Done<()> {
        let stop = &self.job.stop;
        if let Some(session) = self.calendar.session(day)? {
            let after = session.close + AFTER_CLOSE;
            stop.sleep_until(self.job.clock, after).await;
        }
        if !stop.is_set() {
            self.herald.after_day(day, self.calendar).await;
        }
        Ok(())
    }

    /// One slot, until it is closed or the end is wished for: then it stays open for the next
    /// start.
    async fn carry_through(
        &self,
        runner: &mut Runner,
        slot: Slot,
        view: &mut DaemonView,
    ) -> Done<()> {
        match self.job.carry_through(runner, slot).await? {
            Ended::Closed { outcome, fresh, .. } => {
                log_slot(runner, slot, &outcome);
                view.take(slot, &outcome, fresh);
                if fresh {
                    self.herald.after_slot(slot, &outcome).await;
                }
            }
            Ended::NotASlot { why } => tracing::warn!(%slot, why, "passed by"),
            Ended::Superseded { by } => return Err(runner::superseded(slot, by)),
            Ended::TryFailed { .. } => {
                tracing::info!(%slot, head = head_text(runner), "left open");
            }
        }
        Ok(())
    }
}

/// The one line a slot leaves in the log.
fn log_slot(runner: &Runner, slot: Slot, outcome: &Outcome) {
    let equity = runner.closing_equity().map(|equity| equity.to_string());
    let head = head_text(runner);
    tracing::info!(%slot, %outcome, words = outcome.words(), equity, head, "slot");
}

/// The slot to carry through after `last`: the one under way while it is young, else the next to
/// come. Slots that passed unseen are the engine's to record.
fn next(calendar: &Calendar, now: Instant, last: Option<Slot>, young: Duration) -> Done<Slot> {
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
