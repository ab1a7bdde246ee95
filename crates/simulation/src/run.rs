//! One seed from beginning to end, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use journal::Row;

use crate::conduct::{Conduct, Death, Order};
use crate::fate::{Count, Fate, Fault, Strike};
use crate::finale;
use crate::scenario::Scenario;
use crate::witness::Breach;
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
    /// All that struck, in order.
    pub struck: Vec<Strike>,
    /// What did not hold; empty when all did.
    pub breaches: Vec<Breach>,
    /// What happened, where it was asked for.
    pub trace: Vec<String>,
    /// The journal's rows.
    pub rows: Vec<Row>,
    /// Moments that the runner of [`Options::death`] passed, by name.
    pub moments: Vec<String>,
}

/// Runs a seed.
#[must_use]
pub fn simulate(seed: u64, options: &Options) -> Report {
    let fate = match &options.plan {
        Some(plan) => Fate::planned(seed, plan.clone()),
        None => Fate::drawn(seed, options.only.clone()),
    };
    let scenario = Scenario::of(&fate, options.slots);
    let world = World::new(scenario.venue.clone(), fate, options.trace);
    let mut conduct = Conduct::new(&scenario, world.clone(), options);
    conduct.all();
    finale::check(&mut world.state(), &scenario);
    let mut state = world.state();
    Report {
        seed,
        slots: scenario.slots.len() as u64,
        orders: state.witness.orders(),
        endings: std::mem::take(&mut conduct.endings),
        counts: state.fate.counts().to_vec(),
        struck: state.fate.struck().to_vec(),
        breaches: state.witness.breaches().to_vec(),
        trace: state.trace.take().unwrap_or_default(),
        rows: std::mem::take(&mut state.rows),
        moments: std::mem::take(&mut conduct.moments),
    }
}

/// The value of `work`, which waits for nothing.
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("rows that are there are read at once"),
    }
}
