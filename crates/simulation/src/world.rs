//! Everything outside the program: time, the exchange, the store, and what is on its way.

use std::collections::{BTreeMap, VecDeque};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};

use journal::Row;
use market::{Duration, Instant};
use venue::model::{Lag, Venue};

use crate::fate::Fate;
use crate::program::{Others, Program};
use crate::spent::{Meter, Part};
use crate::witness::Witness;

/// Number of a process, from 0 in the order in which they were started.
pub(crate) type ProcessId = usize;

/// What happens at a moment.
pub(crate) enum Event {
    /// A process looks around again.
    Wake(ProcessId),
    /// Something arrives.
    Arrival(Box<dyn FnOnce(&mut State) + Send>),
}

/// A process as the world knows it.
pub(crate) struct Process {
    /// Its clock minus the true one.
    pub(crate) skew: Duration,
    /// When it was started, on the true clock.
    pub(crate) began: Instant,
    /// It has something to look at.
    pub(crate) ready: bool,
    /// Time that its count left out, because the machine slept.
    pub(crate) slept: Duration,
    /// It stands still until then.
    pub(crate) paused_until: Option<Instant>,
    /// It has died.
    pub(crate) dead: bool,
    /// Moments before and after port calls that it has passed.
    pub(crate) moments: u64,
    /// Those moments by name, where somebody wants to know.
    pub(crate) named: Option<Vec<String>>,
    /// The moment, from 1, at which it dies.
    pub(crate) dies_at: Option<u64>,
}

/// Troubles that last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lasting {
    /// How late fills are shown.
    pub(crate) lag: Lag,
    /// Each source of bars is down until then.
    pub(crate) sources_down: BTreeMap<usize, Instant>,
    /// The broker neither answers nor takes anything until then.
    pub(crate) broker_down: Option<Instant>,
    /// Nobody announces splits.
    pub(crate) split_untold: bool,
    /// The broker's calendar tells this close of the session that closes then.
    pub(crate) odd_close: Option<(Instant, Instant)>,
}

impl Lasting {
    /// Whether the broker is down at `now`.
    pub(crate) fn is_broker_down(&self, now: Instant) -> bool {
        self.broker_down.is_some_and(|until| now < until)
    }
}

/// The state of the world.
pub(crate) struct State {
    /// True time.
    pub(crate) now: Instant,
    /// The exchange and the account.
    pub(crate) venue: Venue,
    /// What goes wrong.
    pub(crate) fate: Fate,
    /// The journal's rows.
    pub(crate) rows: Vec<Row>,
    /// All processes ever started.
    pub(crate) processes: Vec<Process>,
    /// What the processes are processes of.
    pub(crate) program: Program,
    /// Who checks.
    pub(crate) witness: Witness,
    /// The longest that any process stood still.
    pub(crate) stood_still_max: Duration,
    /// Troubles that last.
    pub(crate) lasting: Lasting,
    /// Whose turn an effect is, where the order of effects is prescribed.
    pub(crate) turns: Option<VecDeque<ProcessId>>,
    /// Where the time goes.
    pub(crate) meter: Meter,
    /// What happened, in words, where somebody wants to read it.
    pub(crate) trace: Option<Vec<String>>,
    events: BTreeMap<(Instant, u64), Event>,
    planned: u64,
}

impl State {
    /// Something happens at `moment`, or now if that has passed.
    pub(crate) fn plan(&mut self, moment: Instant, event: Event) {
        self.planned += 1;
        self.events
            .insert((moment.max(self.now), self.planned), event);
    }

    /// The moment of the next event.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        self.events.keys().next().map(|(moment, _)| *moment)
    }

    /// Moves on to the next event and lets it happen.
    pub(crate) fn step(&mut self) {
        let Some(((moment, _), event)) = self.events.pop_first() else {
            return;
        };
        self.move_to(moment);
        match event {
            Event::Wake(process) => self.processes[process].ready = true,
            Event::Arrival(arrive) => {
                arrive(self);
                self.look();
            }
        }
    }

    /// Moves on; the exchange does on the way what falls due.
    pub(crate) fn move_to(&mut self, moment: Instant) {
        if moment > self.now {
            self.now = moment;
            let begun = self.meter.begin();
            self.venue.advance(moment);
            self.meter.end(Part::Exchange, begun);
            self.look();
        }
    }

    /// Lets the witness see what has changed at the exchange.
    fn look(&mut self) {
        let begun = self.meter.begin();
        self.witness.look(&self.venue);
        self.meter.end(Part::Checking, begun);
    }

    /// Writes a line of the trace.
    pub(crate) fn note(&mut self, words: impl FnOnce(&Self) -> String) {
        if self.trace.is_some() {
            let text = words(self);
            let line = format!("{} {text}", market::time::new_york_text(self.now));
            if let Some(trace) = &mut self.trace {
                trace.push(line);
            }
        }
    }

    /// Starts a process; it is ready at once.
    pub(crate) fn start(&mut self, skew: Duration, dies_at: Option<u64>) -> ProcessId {
        self.processes.push(Process {
            skew,
            began: self.now,
            ready: true,
            slept: Duration::ZERO,
            paused_until: None,
            dead: false,
            moments: 0,
            named: dies_at.is_some().then(Vec::new),
            dies_at,
        });
        self.processes.len() - 1
    }
}

/// The world, shared by all ports of all processes.
#[derive(Clone)]
pub(crate) struct World {
    state: Arc<Mutex<State>>,
}

impl World {
    /// A world in which nothing has happened yet.
    pub(crate) fn new(venue: Venue, fate: Fate, witness: Witness, traced: bool) -> Self {
        let state = State {
            now: venue.now(),
            program: witness.program(),
            witness,
            venue,
            fate,
            rows: Vec::new(),
            processes: Vec::new(),
            stood_still_max: Duration::ZERO,
            lasting: Lasting::default(),
            turns: None,
            meter: Meter::default(),
            trace: traced.then(Vec::new),
            events: BTreeMap::new(),
            planned: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The state; let go of it before awaiting anything.
    pub(crate) fn state(&self) -> Held<'_> {
        let state = self.state.lock();
        Held {
            state: state.expect("nobody panics while holding the state of the world"),
            _others: Others::begin(),
        }
    }
}

/// The state of the world, in the hands of all but the program.
pub(crate) struct Held<'a> {
    state: MutexGuard<'a, State>,
    _others: Others,
}

impl Deref for Held<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}
