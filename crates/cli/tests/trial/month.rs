//! A month of slots with another fault in each, drawn from docs/faults.md: at its end the
//! portfolio is what the same month without any fault made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use market::file::Options;
use market::{Bar, Calendar, Date, Slot};
use strategy::{Decision, Signal};
use trading::record::Record;
use venue::fault::Fault;
use venue::synthetic::synthetic_bars;

use super::draws::Draws;
use super::faults;
use super::laws;
use super::real_bars::real;
use super::situation::{AFTER_THE_PRICE, BEFORE_OPEN};
use super::world::{Setup, World};

/// Sessions of synthetic bars before the month: 33 × 7 hours reach the 230 that a slot looks at.
const HISTORY_SESSIONS: usize = 33;
/// Sessions in a month.
const SESSIONS: usize = 21;
/// Sessions beyond it in which a clear signal is looked for.
const SESSIONS_MORE: usize = 5;
/// Slots without a fault at the end, and with a clear signal: two in which a target is reached.
const CALM: usize = 2;
/// Basis points by which no comparison of a clear signal may be near to flipping: a fault may have
/// cost a bar, and an average that lacks it is another one.
const CLEAR_BPS: f64 = 30.0;
/// Faults that are left out: a session that ends is another market, not the same one seen badly.
const LEFT_OUT: [&str; 2] = ["early-close", "closed-day"];

#[test]
fn a_month_of_synthetic_bars_with_a_fault_in_every_slot_ends_as_the_month_without() {
    let first = Date::constant(2024, 1, 2);
    let sessions = HISTORY_SESSIONS + SESSIONS + SESSIONS_MORE;
    let bars = synthetic_bars(1, first, sessions, &Calendar::nyse()).unwrap();
    try_month("synthetic bars", bars, Date::constant(2024, 2, 20), 7);
}

#[test]
fn a_month_of_real_bars_with_a_fault_in_every_slot_ends_as_the_month_without() {
    let Some(path) = real("tqqq_30m.csv") else {
        return;
    };
    let file = std::fs::File::open(&path).unwrap();
    let read = market::file::read(file, &path, &Calendar::nyse(), &Options::default()).unwrap();
    try_month("real bars", read.bars, Date::constant(2025, 9, 2), 11);
}

/// The month from `first` on, once without and once with a fault a slot.
#[expect(
    clippy::print_stderr,
    reason = "what the months came to is worth a look"
)]
fn try_month(name: &str, bars: Vec<Bar>, first: Date, seed: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let slots = slots(&bars, first);
    let mut setup = Setup::of(bars);
    let sources = ["twelve-data", "fmp", "alpaca"].map(str::to_owned);
    setup.settings.data.sources = sources.to_vec();
    setup.partial = 0.1;
    let (slots, calm) = runtime.block_on(without(&setup, &slots));
    let ran = runtime.block_on(with(&setup, &slots, seed));
    eprintln!("{name}, {} slots without a fault: {calm}", slots.len());
    eprintln!("{name}, a fault in every slot, seed {seed}: {ran}");
    assert_eq!(ran.standing, calm.standing, "{name}, seed {seed}");
}

/// The slots from `first` on for which there are bars, for a month and as long as a clear signal is
/// looked for.
fn slots(bars: &[Bar], first: Date) -> Vec<Slot> {
    let last = market::time::new_york_date(bars[bars.len() - 1].start);
    let sessions = Calendar::nyse().sessions(first, last).unwrap();
    let sessions = sessions.iter().take(SESSIONS + SESSIONS_MORE);
    sessions
        .flat_map(market::calendar::Session::slots)
        .collect()
}

/// The month, and as many slots more as it takes to a clear signal; and what it came to.
async fn without(setup: &Setup, all: &[Slot]) -> (Vec<Slot>, Ran) {
    let mut world = World::open(setup, all[0]).await;
    let mut ran = Ran::default();
    let mut days = BTreeSet::new();
    let mut clear = 0;
    for (nth, slot) in all.iter().enumerate() {
        ran.count(&world.slot(*slot).await);
        days.insert(slot.date());
        if days.len() <= SESSIONS {
            continue;
        }
        clear = if is_clear(&world) { clear + 1 } else { 0 };
        if clear == CALM {
            assert_eq!(laws::broken_at_the_end(&world).await, [""; 0]);
            ran.standing = laws::standing(&world);
            return (all[..=nth].to_vec(), ran);
        }
    }
    panic!("no clear signal soon after the month; take another one");
}

/// Whether the newest decision wants something and is far from wanting something else.
fn is_clear(world: &World) -> bool {
    let decided = world
        .entries()
        .iter()
        .rev()
        .find_map(|entry| match &entry.record {
            Record::Decided(decided) => Some(decided),
            _ => None,
        });
    let far = |decision: &Decision| {
        decision.signal != Signal::Neutral
            && [
                decision.margins.price_to_fast,
                decision.margins.fast_to_slow,
            ]
            .iter()
            .all(|margin| margin.bps.abs() >= CLEAR_BPS)
    };
    decided
        .and_then(|decided| decided.decision.as_ref())
        .is_some_and(far)
}

/// What a month came to.
#[derive(Default)]
struct Ran {
    outcomes: BTreeMap<String, usize>,
    faults: usize,
    strikes: u64,
    standing: String,
}

impl Ran {
    /// Counts an outcome, whichever try it took.
    fn count(&mut self, outcome: &str) {
        let word = outcome.split(", try").next().unwrap_or_default();
        *self.outcomes.entry(word.to_owned()).or_default() += 1;
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (outcome, count) in &self.outcomes {
            write!(f, "{count} {outcome}, ")?;
        }
        write!(
            f,
            "{} faults that struck {} times; ",
            self.faults, self.strikes
        )?;
        write!(f, "ends {}", self.standing)
    }
}

/// The same slots, each but the last few with faults of its own.
async fn with(setup: &Setup, slots: &[Slot], seed: u64) -> Ran {
    let rows = pool();
    let mut draws = Draws::new(seed);
    let mut world = World::open(setup, slots[0]).await;
    let mut ran = Ran::default();
    for (nth, slot) in slots.iter().enumerate() {
        let text = &rows[draws.below(rows.len())];
        let at = moment(slots, nth, draws.below(3) == 0);
        let mut faults: Vec<Fault> = text
            .split(" + ")
            .map(|text| text.parse().unwrap())
            .collect();
        if nth + CALM >= slots.len() {
            faults.clear();
        }
        ran.faults += faults.len();
        world.set_at(at, faults);
        let outcome = world.slot(*slot).await;
        ran.count(&outcome);
        ran.strikes += world.strikes();
        world.forget();
        let broken = laws::broken(&world);
        assert!(
            broken.is_empty(),
            "seed {seed}, slot {slot}, `{text}`, {outcome}:\n{}",
            broken.join("\n")
        );
    }
    let broken = laws::broken_at_the_end(&world).await;
    assert!(broken.is_empty(), "seed {seed}:\n{}", broken.join("\n"));
    ran.standing = laws::standing(&world);
    ran
}

/// When the fault of a slot is set: before it, or between its price and its orders.
fn moment(slots: &[Slot], nth: usize, after_the_price: bool) -> market::Instant {
    let slot = slots[nth];
    if after_the_price {
        return slot.at() + AFTER_THE_PRICE;
    }
    match nth.checked_sub(1).map(|before| slots[before]) {
        Some(before) if before.date() == slot.date() => before.at(),
        _ => slot.at() - BEFORE_OPEN,
    }
}

/// What is drawn from: the faults of every row of the table.
pub(super) fn pool() -> Vec<String> {
    let left_out = |text: &String| LEFT_OUT.iter().any(|name| text.contains(name));
    faults::texts()
        .into_iter()
        .filter(|text| !left_out(text))
        .collect()
}
