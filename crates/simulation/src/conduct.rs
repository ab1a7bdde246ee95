//! A seed's slots, one after the other: who is started when, and what the world does meanwhile.

use std::collections::BTreeMap;

use cycle::error::CycleError;
use cycle::port::{Draft, Journal, JournalError};
use cycle::runner::{Ended, Runner, TryLimits};
use journal::Chain;
use market::calendar::Slot;
use market::{Duration, Instant, time};
use trading::outcome::Outcome;
use trading::record::{Record, RunId};

use crate::fate::{Fault, Lot};
use crate::meanwhile;
use crate::port::{self, Seat};
use crate::run::Options;
use crate::scenario::{CLEAN_SLOTS, Scenario};
use crate::stage::{Act, Exit, Stage};
use crate::story::Story;
use crate::world::{ProcessId, World};

/// Runners started for one slot.
const STARTS_MAX: usize = 6;
/// A slot's runners are not waited for longer than until the next slot.
const SLOT: Duration = time::minutes(30);
/// Runners are started no later than this after the slot: another may still close it.
const START_WITHIN: Duration = time::minutes(16);

/// What a process leaves.
pub(crate) enum Left {
    /// A runner, and how its slot ended for it.
    Runner(Option<Box<Runner>>, Result<Ended, CycleError>),
    /// The owner's hand.
    Owner,
}

/// A process that dies at one of its numbered moments, for walking through all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// In which slot, from 0.
    pub slot: usize,
    /// Which of the slot's runners, from 0 in the order of their starts.
    pub start: usize,
    /// At which of its moments, from 1.
    pub moment: u64,
}

/// Runners that start together, and the prescribed order of their effects: appends, and what they
/// send to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// In which slot, from 0.
    pub slot: usize,
    /// Whose effect is next, runners numbered from 0; free when used up.
    pub turns: Vec<usize>,
}

/// One seed under way.
pub(crate) struct Conduct<'a> {
    scenario: &'a Scenario,
    stage: Stage<Left>,
    death: Option<Death>,
    order: Option<Order>,
    /// The daemon's runner between slots, with its process.
    daemon: Option<(ProcessId, Box<Runner>)>,
    /// Runners to be started, by moment.
    starts: BTreeMap<Instant, bool>,
    /// What every try came to.
    pub(crate) endings: BTreeMap<&'static str, u64>,
    /// Moments that the runner of [`Death`] passed, by name.
    pub(crate) moments: Vec<String>,
}

impl<'a> Conduct<'a> {
    pub(crate) fn new(scenario: &'a Scenario, world: World, options: &Options) -> Self {
        Self {
            scenario,
            stage: Stage::new(world),
            death: options.death,
            order: options.order.clone(),
            daemon: None,
            starts: BTreeMap::new(),
            endings: BTreeMap::new(),
            moments: Vec::new(),
        }
    }

    /// All slots, the last ones without faults.
    pub(crate) fn all(&mut self) {
        let slots = &self.scenario.slots;
        let faulty = slots.len() - CLEAN_SLOTS;
        for (place, slot) in slots.iter().enumerate() {
            if place == faulty {
                self.calm(*slot);
            }
            self.slot(place, *slot);
        }
    }

    /// The trouble ends: what lasted is over, and who stands still is dead.
    fn calm(&mut self, next: Slot) {
        self.stage.drive(next.at() - time::minutes(1));
        let mut state = self.stage.world.state();
        state.fate.end();
        state.lasting = crate::world::Lasting::default();
        state.venue.forget_faults();
        for process in &mut state.processes {
            process.dead = true;
        }
        state.note(|_| "from here on nothing goes wrong".to_owned());
        drop(state);
        self.daemon = None;
        self.owner(meanwhile::resumed(), next.at() - time::seconds(50));
        if self.scenario.story.is_some_and(Story::is_live) {
            let until = next.at() + time::minutes(24 * 60);
            self.owner(meanwhile::armed(until), next.at() - time::seconds(48));
        }
        if let Some(ruled) = self.scenario.ruling() {
            self.owner(Record::SplitRuled(ruled), next.at() - time::seconds(45));
        }
    }

    /// One slot, until the next one comes.
    fn slot(&mut self, place: usize, slot: Slot) {
        let next = self.scenario.slots.get(place + 1).map(|next| next.at());
        let until = next.unwrap_or(slot.at() + SLOT) - time::seconds(1);
        self.stage.drive(slot.at());
        self.meanwhile(place, slot);
        match self.order.take_if(|order| order.slot == place) {
            Some(order) => self.start_together(slot, &order),
            None => self.plan_starts(slot),
        }
        let mut started = 0;
        loop {
            let due = self.starts.keys().next().copied();
            let step = due.map_or(until, |due| due.min(until));
            if let Some((process, exit)) = self.stage.drive(step) {
                self.ended(slot, process, exit);
            } else if due.is_some_and(|due| due <= until) {
                let (_, fresh) = self.starts.pop_first().expect("one is due");
                if started < STARTS_MAX {
                    let is_its = |death: &Death| (death.slot, death.start) == (place, started);
                    let death = self.death.filter(is_its);
                    started += 1;
                    self.start(slot, fresh, death.map(|death| death.moment));
                }
            } else {
                break;
            }
        }
        self.starts.clear();
    }

    /// What the world does with this slot.
    fn meanwhile(&mut self, place: usize, slot: Slot) {
        let symbol = self.scenario.symbol();
        let words = {
            let mut state = self.stage.world.state();
            state.note(|_| format!("slot {slot}"));
            let mut words = meanwhile::befall(&mut state, symbol, slot);
            for event in self.scenario.story.iter().flat_map(|story| story.at(place)) {
                state.note(|_| format!("the story: {event:?}"));
                words.extend(meanwhile::tell(&mut state, event, symbol, slot));
            }
            words
        };
        for (record, after) in words {
            self.owner(record, slot.at() + after);
        }
    }

    /// The owner writes a record at a moment.
    fn owner(&mut self, record: Record, at: Instant) {
        let world = self.stage.world.clone();
        self.stage.start(Duration::ZERO, None, |process| {
            let seat = Seat { world, process };
            Box::pin(async move {
                seat.wait_until(at).await;
                write(&seat, record).await;
                Left::Owner
            })
        });
    }

    /// When the slot's runners come.
    fn plan_starts(&mut self, slot: Slot) {
        let mut state = self.stage.world.state();
        let late = state.fate.strikes(Fault::StartLate);
        let late = late.map_or(time::milliseconds(900), |mut lot| {
            let most = if lot.coin() { 60_000 } else { 900_000 };
            lot.milliseconds(1_000, most)
        });
        let first = slot.at() + late;
        self.starts.insert(first, false);
        if let Some(mut lot) = state.fate.strikes(Fault::Overlap) {
            let most = if lot.coin() { 2_000 } else { 90_000 };
            let apart = lot.milliseconds(0, most);
            self.starts
                .insert(first + apart + time::milliseconds(1), true);
        }
    }

    /// Starts runners together, each effect in its turn.
    fn start_together(&mut self, slot: Slot, order: &Order) {
        self.stage.drive(slot.at() + time::milliseconds(900));
        let runners = order.turns.iter().max().map_or(1, |most| most + 1);
        let first = self.stage.world.state().processes.len();
        for _ in 0..runners {
            self.start(slot, true, None);
        }
        let turns = order.turns.iter().map(|turn| first + turn).collect();
        self.stage.world.state().turns = Some(turns);
    }

    /// Starts a runner, or lets the daemon's go on.
    fn start(&mut self, slot: Slot, fresh: bool, dies_at: Option<u64>) {
        if let Some((process, runner)) = self.daemon.take_if(|_| !fresh) {
            self.stage.resume(process, carry(runner, slot));
            return;
        }
        let (world, scenario) = (self.stage.world.clone(), self.scenario);
        let skew = skew(&world);
        self.stage.start(skew, dies_at, |process| {
            let seat = Seat { world, process };
            let (ports, settings) = (port::ports(&seat, scenario), scenario.settings.clone());
            Box::pin(async move {
                match Runner::open(ports, settings, "simulated").await {
                    Ok(runner) => carry(Box::new(runner), slot).await,
                    Err(error) => Left::Runner(None, Err(error)),
                }
            })
        });
    }

    /// A process has ended: the runner is tried again, or kept for the next slot.
    fn ended(&mut self, slot: Slot, process: ProcessId, exit: Exit<Left>) {
        if let Some(named) = self.stage.world.state().processes[process].named.take() {
            self.moments = named;
        }
        let now = self.stage.world.state().now;
        let again = match exit {
            Exit::Died => Some(("died", time::seconds(25))),
            Exit::Done(Left::Owner) => None,
            Exit::Done(Left::Runner(runner, ended)) => {
                let (word, again) = word(&ended);
                self.stage
                    .world
                    .state()
                    .note(|_| format!("process {process}: {ended:?}"));
                *self.endings.entry(word).or_default() += 1;
                if let Some(runner) = runner.filter(|_| self.scenario.daemon) {
                    self.daemon = Some((process, runner));
                }
                again.then_some((word, time::seconds(30)))
            }
        };
        let soon = |lot: Option<Lot>| lot.map(|mut lot| lot.milliseconds(100, 5_000));
        let soon =
            again.and_then(|_| soon(self.stage.world.state().fate.strikes(Fault::StartSoon)));
        if let Some((_, wait)) = again.map(|(word, wait)| (word, soon.unwrap_or(wait)))
            && now + wait <= slot.at() + START_WITHIN
        {
            self.starts.entry(now + wait).or_insert(false);
        }
    }
}

/// How far a new runner's clock is off.
fn skew(world: &World) -> Duration {
    let struck = world.state().fate.strikes(Fault::ClockSkewed);
    struck.map_or(Duration::ZERO, |mut lot| {
        let span = lot.milliseconds(1, 6_000);
        if lot.coin() { span } else { -span }
    })
}

/// A runner carries a slot through.
fn carry(mut runner: Box<Runner>, slot: Slot) -> Act<Left> {
    Box::pin(async move {
        let ended = runner.run_slot(slot.at(), TryLimits::default()).await;
        Left::Runner(Some(runner), ended)
    })
}

/// A word for how a try ended, and whether it is tried again.
fn word(ended: &Result<Ended, CycleError>) -> (&'static str, bool) {
    match ended {
        Ok(Ended::Closed { outcome, .. }) => (
            match outcome {
                Outcome::Traded => "traded",
                Outcome::Held(_) => "held",
                Outcome::Refused(_) => "refused",
                Outcome::Failed(_) => "failed",
                Outcome::Missed => "missed",
            },
            false,
        ),
        Ok(Ended::NotASlot { .. }) => ("no slot", true),
        Ok(Ended::TryFailed { .. }) => ("try failed", true),
        Ok(Ended::Superseded { .. }) => ("superseded", false),
        Err(_) => ("error", true),
    }
}

/// The owner's record, applied and appended again until it stands.
async fn write(seat: &Seat, record: Record) {
    let chain = Chain::new(port::Ledger(seat.clone()), port::clock(seat));
    let run = RunId([0xee; 16]);
    loop {
        let Ok(expected) = chain.head().await else {
            continue;
        };
        // Before the first runner there is no chain to write on.
        if expected.is_none() {
            return;
        }
        let draft = Draft {
            expected,
            slot: None,
            run,
            at: seat.now(),
            records: vec![record.clone()],
            bodies: Vec::new(),
        };
        match chain.append(&draft).await {
            Ok(_) => return,
            Err(
                JournalError::Lost { .. }
                | JournalError::Unknown { .. }
                | JournalError::Unavailable(_),
            ) => {}
            Err(JournalError::Corrupt(_)) => return,
        }
    }
}
