//! One seed from beginning to end, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use journal::Row;
use trading::invariants::Breach;

use crate::conduct::{Conduct, Death, Order};
use crate::fate::{Count, Fate, Fault, Strike};
use crate::finale;
use crate::program::Program;
use crate::scenario::Scenario;
use crate::spent::{Meter, Part, Spent, Watch};
use crate::story::Story;
use crate::witness::Witness;
use crate::world::World;

/// What a seed is run with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Slots in which things go wrong; three more follow in which nothing does.
    pub slots: usize,
    /// Only these faults; all when absent.
    pub only: Option<BTreeSet<Fault>>,
    /// These strikes and no others.
    pub plan: Option<BTreeSet<Strike>>,
    /// Write down what happens.
    pub trace: bool,
    /// One process dies at one moment.
    pub death: Option<Death>,
    /// Runners start together in one slot, their effects in this order.
    pub order: Option<Order>,
    /// Tells how long each part takes.
    pub watch: Option<Watch>,
    /// What the world does besides, by name; it tells how many slots have trouble.
    pub story: Option<&'static Story>,
    /// The mistake that the program makes.
    #[cfg(feature = "sabotage")]
    pub sabotage: Option<market::sabotage::Sabotage>,
}

impl Options {
    fn program(&self) -> Program {
        Program {
            #[cfg(feature = "sabotage")]
            sabotage: self.sabotage,
        }
    }
}

/// What came of a seed.
#[derive(Debug, Clone)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Slots carried through, the clean ones included.
    pub slots: u64,
    /// Orders that the exchange took in.
    pub orders: u64,
    /// How tries ended.
    pub endings: BTreeMap<&'static str, u64>,
    /// How often each fault could strike and did, in the order of the table.
    pub counts: Vec<Count>,
    /// Unconfirmed facts of the vendors' papers that this seed reads otherwise, by name.
    pub readings: Vec<&'static str>,
    /// All that struck, in order.
    pub struck: Vec<Strike>,
    /// What did not hold; empty when all did.
    pub breaches: Vec<Breach>,
    /// What happened, where it was asked for.
    pub trace: Vec<String>,
    /// Where the time went.
    pub spent: Spent,
    /// The journal's rows.
    pub rows: Vec<Row>,
    /// Moments that the runner of [`Options::death`] passed, by name.
    pub moments: Vec<String>,
}

impl Report {
    /// How often a fault could strike.
    #[must_use]
    pub fn chances(&self, fault: Fault) -> u64 {
        self.counts[fault as usize].chances
    }
}

/// Runs a seed.
#[must_use]
pub fn simulate(seed: u64, options: &Options) -> Report {
    let meter = Meter::new(options.watch);
    let begun = meter.begin();
    let fate = match &options.plan {
        Some(plan) => Fate::planned(seed, plan.clone()),
        None => Fate::drawn(seed, options.only.clone()),
    };
    let scenario = Scenario::of(&fate, options.slots, options.story);
    let (venue, calm) = (&scenario.venue, scenario.calm_from());
    let witness = Witness::new(options.program(), &scenario.settings, venue, calm);
    let world = World::new(venue.clone(), fate, witness, options.trace);
    world.state().meter = meter;
    world.state().meter.end(Part::SettingUp, begun);
    world.state().lasting.split_untold = scenario.split_is_untold();
    let mut conduct = Conduct::new(&scenario, world.clone(), options);
    conduct.all();
    let mut state = world.state();
    let begun = state.meter.begin();
    finale::check(&mut state, &scenario);
    state.meter.end(Part::Checking, begun);
    Report {
        seed,
        slots: scenario.slots.len() as u64,
        orders: state.witness.orders(),
        endings: std::mem::take(&mut conduct.endings),
        counts: state.fate.counts().to_vec(),
        readings: scenario.readings.clone(),
        struck: state.fate.struck().to_vec(),
        breaches: state.witness.breaches().to_vec(),
        trace: state.trace.take().unwrap_or_default(),
        spent: state.meter.spent,
        rows: std::mem::take(&mut state.rows),
        moments: std::mem::take(&mut conduct.moments),
    }
}
