//! `tqqq simulate`.

use crate::folder::Folder;

#[test]
fn seeds_are_run_and_every_fault_is_counted() {
    let folder = Folder::new();
    let ran = folder.run(&["simulate", "--seeds", "1..6", "--slots", "4", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    assert_eq!(said["schema"], "tqqq.simulate/1");
    assert_eq!(said["seeds"], 6);
    assert_eq!(
        said["slots"], 42,
        "four with trouble and three without, six times"
    );
    assert_eq!(said["failing"], 0);
    let crash = said["faults"]
        .as_array()
        .and_then(|faults| faults.iter().find(|fault| fault["name"] == "crash"))
        .expect("every fault has its row");
    assert!(crash["chances"].as_u64() > Some(500), "{crash}");
}

#[test]
fn one_seed_is_told_step_by_step() {
    let folder = Folder::new();
    let ran = folder.run(&[
        "simulate", "--seed", "3", "--slots", "1", "--faults", "none", "--trace",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("slot_opened"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("every invariant held"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_fault_that_is_none_is_named_with_a_way_to_the_list() {
    let folder = Folder::new();
    let ran = folder.run(&["simulate", "--faults", "crush"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`crush` is no fault"), "{}", ran.stderr);
    let list = folder.run(&["simulate", "--faults", "help"]);
    assert!(list.stdout.contains("put-lost-after"), "{}", list.stdout);
}

#[test]
fn a_story_is_told_by_its_name_and_the_work_is_timed() {
    let folder = Folder::new();
    let list = folder.run(&["simulate", "--story", "help"]);
    assert!(
        list.stdout.contains("halt-over-two-slots"),
        "{}",
        list.stdout
    );
    let told = [
        "simulate",
        "--story",
        "halt-over-two-slots",
        "--seeds",
        "1..2",
    ];
    let ran = folder.run(&[&told[..], &["--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    assert_eq!(said["slots"], 32, "a day and three without trouble, twice");
    let shares = said["time"].as_object().expect("parts of the work");
    let all: f64 = shares.values().filter_map(serde_json::Value::as_f64).sum();
    assert!(shares.len() == 4 && (all - 1.0).abs() < 1e-9, "{shares:?}");
    let unknown = folder.run(&["simulate", "--story", "flood"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("`flood` is no story"),
        "{}",
        unknown.stderr
    );
}

/// The mistakes that the simulation can have the program make, as the manual lists them.
#[cfg(not(feature = "sabotage"))]
fn sabotages() -> Vec<&'static str> {
    let page = include_str!("../../../../docs/simulation.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0))
        .collect()
}

#[cfg(not(feature = "sabotage"))]
#[test]
fn what_ships_knows_no_sabotage_and_holds_none_of_their_names() {
    let names = sabotages();
    assert!(names.len() >= 24, "{names:?}");
    let folder = Folder::new();
    let ran = folder.run(&["simulate", "--sabotage", names[0]]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("unexpected argument '--sabotage'"),
        "{}",
        ran.stderr
    );
    let binary = std::fs::read(env!("CARGO_BIN_EXE_tqqq")).expect("the binary is there");
    for name in names {
        let holds = binary
            .windows(name.len())
            .any(|bytes| bytes == name.as_bytes());
        assert!(!holds, "the binary holds `{name}`");
    }
}
