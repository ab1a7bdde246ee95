//! Configurations and journal records with something wrong: an error in words, never a panic, and
//! whatever is accepted makes sense.

use proptest::prelude::*;
use trading::record::{Entry, Record};
use trading::replay::Replay;
use trading::settings::Settings;
use trading::state::State;

use crate::damage::{damaged, damages};
use crate::fixture::{Chain, this_slot};

/// One record of each kind.
const RECORDS: &str = include_str!("records.jsonl");
const CONFIGURATIONS: [&str; 2] = [
    include_str!("../../../../config/paper.toml"),
    include_str!("../../../../config/live.toml"),
];

/// The golden records, a field a line.
fn records() -> Vec<String> {
    let spread = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    RECORDS.lines().map(spread).collect()
}

/// A configuration with what it only shows taken for meant.
fn configuration(which: usize) -> String {
    let text = CONFIGURATIONS[which];
    let meant = text.replace("# min_sources = 1", "min_sources = 1");
    meant
        .replace("\n# [", "\n[")
        .replace("\n# overrides", "\noverrides")
        .replace("\n#   {", "\n  {")
        .replace("\n# ]", "\n]")
}

/// A chain into which a record is written that nobody checked.
fn folded(record: Record) -> Chain {
    let mut chain = Chain::new();
    chain.open(this_slot());
    for line in RECORDS.lines() {
        chain.push(Some(this_slot()), serde_json::from_str(line).unwrap());
    }
    chain.open(this_slot()).push(Some(this_slot()), record);
    chain
}

fn replayed(entries: &[Entry]) {
    let mut replay = Replay::new(None);
    for entry in entries {
        if let Some(hash) = replay.wants(entry) {
            replay.learn(hash, Settings::default());
        }
        replay.take(entry);
    }
    let _ = replay.finish();
}

#[test]
fn the_good_ones_are_taken() {
    for which in 0..CONFIGURATIONS.len() {
        let settings = Settings::parse(&configuration(which)).unwrap();
        assert_eq!(
            settings.calendar.overrides.len(),
            2 * usize::from(which == 0)
        );
    }
    for text in records() {
        let record: Record = serde_json::from_str(&text).unwrap();
        replayed(&folded(record).entries);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_damaged_configuration_is_refused_with_a_hint_or_makes_sense(
        which in 0..CONFIGURATIONS.len(),
        damages in damages(),
    ) {
        let text = damaged(&configuration(which), &damages);
        match Settings::parse(&text) {
            Err(error) => prop_assert!(error.to_string().contains("hint:"), "{error}"),
            Ok(settings) => {
                prop_assert_eq!(settings.validate(), Ok(()));
                let canonical = settings.canonical_text();
                let again: Settings = serde_json::from_str(&canonical).unwrap();
                prop_assert_eq!(again.hash(), settings.hash());
            }
        }
    }

    #[test]
    fn a_damaged_record_is_refused_or_folds_and_replays_without_a_panic(
        which in any::<prop::sample::Index>(),
        damages in damages(),
    ) {
        let good = records();
        let text = damaged(&good[which.index(good.len())], &damages);
        if let Ok(record) = serde_json::from_str::<Record>(&text) {
            let written = serde_json::to_string(&record).unwrap();
            let again: Record = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&again, &record);
            let chain = folded(record);
            replayed(&chain.entries);
            prop_assert_ne!(chain.state, State::default());
        }
    }
}
