//! `tqqq simulate`, as it is typed.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use clap::Args;
use simulation::story::UnknownStory;
use simulation::{Fault, Story};

/// Seeds run when nobody says otherwise.
const SEEDS_DEFAULT: &str = "1..1000";
/// Most slots of one seed: their history lies inside the calendar.
const SLOTS_MAX: i64 = 2_600;

/// `tqqq simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each seed sets up an account, a market and its configuration, then carries slots through while \
orders get lost, sources lie, the process dies and the owner moves money; three slots without \
trouble follow. What must never be is checked after every step (exposure doubled, levered or \
short; an exit blocked; a record lost) and at the end the portfolio must be right.

A failing seed prints what it breached, the smallest set of faults that still does, and a trace; \
exit code 1. The same seed does the same on every machine.

Examples:
  tqqq simulate                              seeds 1 to 1000 under all faults
  tqqq simulate --seeds 1..100000 --slots 26
  tqqq simulate --faults write-lost-after,crash
  tqqq simulate --faults help                every fault, its rate and what it does
  tqqq simulate --story help                 courses of days with a name
  tqqq simulate --story split-untold --seeds 1..50
  tqqq simulate --seed 42 --trace            one seed, told step by step")]
pub(crate) struct SimulateArguments {
    /// First and last seed, both included
    #[arg(long, value_name = "A..B", default_value = SEEDS_DEFAULT, value_parser = seeds)]
    pub(crate) seeds: RangeInclusive<u64>,
    /// One seed only
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    pub(crate) seed: Option<u64>,
    /// Slots with trouble in each seed; 13 make a session
    #[arg(long, value_name = "N", default_value_t = 13,
        value_parser = clap::value_parser!(u32).range(1..=SLOTS_MAX))]
    pub(crate) slots: u32,
    /// Only these faults, by name, with commas; `none` for none, `help` for the list
    #[arg(long, value_name = "LIST", value_parser = faults)]
    pub(crate) faults: Option<Faults>,
    /// A named course of days instead of `--slots`; `help` for the list
    #[arg(long, value_name = "NAME", value_parser = story, conflicts_with = "slots")]
    pub(crate) story: Option<Told>,
    /// Let the program make this mistake on purpose, by name: docs/simulation.md lists them
    #[cfg(feature = "sabotage")]
    #[arg(long, value_name = "NAME")]
    pub(crate) sabotage: Option<simulation::Sabotage>,
    /// Print what happens, step by step
    #[arg(long, requires = "seed")]
    pub(crate) trace: bool,
    /// Threads; as many as there are cores unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// One JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `--faults` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Faults {
    /// The list.
    Help,
    /// Only these.
    Only(BTreeSet<Fault>),
}

/// What `--story` asks for.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// The list.
    Help,
    /// This one.
    One(&'static Story),
}

fn story(text: &str) -> Result<Told, UnknownStory> {
    match text {
        "help" => Ok(Told::Help),
        name => name.parse().map(Told::One),
    }
}

impl SimulateArguments {
    /// The seeds asked for.
    pub(crate) fn range(&self) -> RangeInclusive<u64> {
        self.seed.map_or(self.seeds.clone(), |seed| seed..=seed)
    }
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let refused = || format!("`{text}` is no range of seeds: write 1..1000, both included");
    let (first, last) = text.split_once("..").ok_or_else(refused)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| refused());
    let range = number(first)?..=number(last)?;
    if range.is_empty() {
        return Err(format!("`{text}` is empty: exchange the two numbers"));
    }
    Ok(range)
}

fn faults(text: &str) -> Result<Faults, String> {
    match text {
        "help" => Ok(Faults::Help),
        "none" => Ok(Faults::Only(BTreeSet::new())),
        list => list
            .split(',')
            .map(|name| name.trim().parse().map_err(|error| format!("{error}")))
            .collect::<Result<_, String>>()
            .map(Faults::Only),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_names_are_read_or_named() {
        assert_eq!(seeds("3..5"), Ok(3..=5));
        assert_eq!(
            seeds("5..3").unwrap_err(),
            "`5..3` is empty: exchange the two numbers"
        );
        assert!(seeds("5").unwrap_err().contains("write 1..1000"));
        let only = [Fault::Crash, Fault::Pause].into();
        assert_eq!(faults("pause, crash"), Ok(Faults::Only(only)));
        assert_eq!(faults("none"), Ok(Faults::Only(BTreeSet::new())));
        assert!(faults("crush").unwrap_err().contains("`crush` is no fault"));
    }
}
