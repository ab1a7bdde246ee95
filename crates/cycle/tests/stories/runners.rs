//! Several runners, and a journal that does not do as it is told.

use cycle::fake::{FakeEntropy, JournalFault, Trend, World};
use cycle::{CycleError, Ended, TryLimits};
use insta::assert_snapshot;
use market::Slot;
use trading::outcome::Outcome;
use trading::record::{Hash, Noted, RULES_VERSION, Record, SlotOpened};

use crate::support::{check_laws, decimal, kinds, outcome, sent, symbol, tell_slot};

const SLOT: &str = "2025-05-12T10:00";
const KINDS: [&str; 6] = [
    "observed",
    "decided",
    "intended",
    "answered",
    "settled",
    "slot_closed",
];

fn slot() -> Slot {
    SLOT.parse().unwrap()
}

/// Another run opens the slot.
fn opened() -> Record {
    Record::SlotOpened(SlotOpened {
        try_number: 2,
        takes_over: Some(FakeEntropy::id(1)),
        configuration: Hash::ZERO,
        rules: RULES_VERSION + 1,
    })
}

fn noted() -> Record {
    Record::Noted(Noted {
        text: "a remark".to_owned(),
    })
}

#[test]
fn the_second_runner_takes_over_and_the_first_mutates_nothing_more() {
    for kind in KINDS {
        let world = World::new(Trend::Rising);
        let mut first = world.runner();
        let other = FakeEntropy::id(77);
        world
            .journal
            .fault(kind, JournalFault::Before(Some(slot()), other, opened()));
        let ended = world
            .attempt(&mut first, SLOT, TryLimits::default())
            .unwrap()
            .unwrap();
        assert_eq!(ended, Ended::Superseded { by: other }, "at {kind}");
        let entries = world.entries();
        let takeover = entries
            .iter()
            .rposition(|entry| entry.run == other)
            .unwrap();
        assert_eq!(takeover, entries.len() - 1, "at {kind}");
        let arrivals = world.broker.desk().arrivals.len();
        let intents = kinds(&world)
            .iter()
            .filter(|kind| **kind == "intended")
            .count();
        assert_eq!(arrivals, intents, "at {kind}");
    }
}

#[test]
fn a_runner_that_loses_the_slot_right_after_its_intent_sends_nothing() {
    let world = World::new(Trend::Rising);
    let mut first = world.runner();
    let other = FakeEntropy::id(77);
    world.journal.fault(
        "intended",
        JournalFault::After(Some(slot()), other, opened()),
    );
    let ended = world.slot(&mut first, SLOT);
    assert_eq!(ended, Ended::Superseded { by: other });
    assert_eq!(world.broker.desk().arrivals.len(), 0);
}

#[test]
fn a_real_second_runner_carries_on_what_the_first_began() {
    let world = World::new(Trend::Rising);
    world
        .broker
        .desk()
        .fault_submit(cycle::fake::SubmitFault::LostAfter);
    let mut first = world.runner();
    world.slot(&mut first, SLOT);
    let mut second = world.runner();
    assert_eq!(outcome(&world.slot(&mut second, SLOT)), Outcome::Traded);
    let again = world.slot(&mut first, SLOT);
    assert!(matches!(
        again,
        Ended::Closed {
            outcome: Outcome::Traded,
            fresh: false,
            ..
        }
    ));
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn an_append_nobody_can_vouch_for_stops_the_try_before_anything_is_sent() {
    for written in [false, true] {
        let world = World::new(Trend::Rising);
        let mut runner = world.runner();
        world
            .journal
            .fault("intended", JournalFault::Unknown { written });
        let ended = world
            .attempt(&mut runner, SLOT, TryLimits::default())
            .unwrap();
        assert!(matches!(ended, Err(CycleError::Journal(_))), "{ended:?}");
        assert_eq!(world.broker.desk().arrivals.len(), 0);
        let ended = world.slot(&mut runner, SLOT);
        assert_eq!(outcome(&ended), Outcome::Traded, "written: {written}");
        assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
        check_laws(&world);
    }
}

#[test]
fn a_full_disk_at_any_record_loses_nothing_and_doubles_nothing() {
    for kind in KINDS {
        let world = World::new(Trend::Falling);
        world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
        let mut runner = world.runner();
        world.journal.fault(kind, JournalFault::Unavailable);
        let ended = world
            .attempt(&mut runner, SLOT, TryLimits::default())
            .unwrap();
        assert!(
            matches!(ended, Err(CycleError::Journal(_))),
            "at {kind}: {ended:?}"
        );
        world.slot(&mut runner, SLOT);
        assert_eq!(world.held(), decimal("0"), "at {kind}");
        assert_eq!(sent(&world), ["20250512T1000-s-TQQQ-1"], "at {kind}");
        check_laws(&world);
    }
}

#[test]
fn a_remark_by_another_hand_at_any_record_changes_nothing() {
    for kind in KINDS {
        let world = World::new(Trend::Rising);
        let mut runner = world.runner();
        let remark = JournalFault::Before(None, FakeEntropy::id(999), noted());
        world.journal.fault(kind, remark);
        let ended = world.slot(&mut runner, SLOT);
        assert_eq!(outcome(&ended), Outcome::Traded, "at {kind}");
        assert!(
            !runner.state().held.is_empty(),
            "at {kind}: the end was verified"
        );
        check_laws(&world);
    }
}

#[test]
fn a_remark_right_after_the_intent_keeps_the_order_from_being_sent_in_this_try() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let remark = JournalFault::After(None, FakeEntropy::id(999), noted());
    world.journal.fault("intended", remark);
    let ended = world.slot(&mut runner, SLOT);
    assert!(matches!(ended, Ended::TryFailed { .. }), "{ended:?}");
    assert_eq!(world.broker.desk().arrivals.len(), 0);
    world.slot(&mut runner, SLOT);
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 noted a remark
    10:00:45 answered 20250512T1000-b-TQQQ-1 not sent: something was appended after its intent
    10:00:45 try_failed act: tqqq-5f35d7-20250512T1000-b-TQQQ-1 was not sent: something was appended after its intent
    10:00:45 slot_opened try 2
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 answered 20250512T1000-b-TQQQ-1 accepted as order-1
    10:00:45 settled 20250512T1000-b-TQQQ-1 Filled 994.900509949
    10:00:45 replanned nothing, already at the target
    10:00:45 slot_closed traded
    ");
    check_laws(&world);
}

#[test]
fn a_chain_that_lost_its_end_is_an_error_and_no_endless_loop() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    world.journal.truncate(3);
    let ended = world
        .attempt(&mut runner, "2025-05-12T10:30", TryLimits::default())
        .unwrap();
    assert_snapshot!(ended.unwrap_err(), @"journal: record 11 was taken by another, and there is none");
    assert_eq!(sent(&world).len(), 1);
}

#[test]
fn two_runners_on_an_empty_chain_bind_it_once() {
    let world = World::new(Trend::Rising);
    let binding = trading::record::Binding {
        account: world.broker.desk().account.clone(),
        host: "fake.test".to_owned(),
        description: "the other was first".to_owned(),
    };
    let other = FakeEntropy::id(77);
    world.journal.fault(
        "bound",
        JournalFault::Before(None, other, Record::Bound(binding)),
    );
    let _runner = world.runner();
    assert_eq!(kinds(&world), ["bound"]);
}

#[test]
fn a_chain_of_another_account_is_refused_even_when_it_was_bound_a_moment_ago() {
    for late in [false, true] {
        let world = World::new(Trend::Rising);
        let foreign = trading::record::Binding {
            account: trading::account::AccountId::new("somebody-else"),
            host: "fake.test".to_owned(),
            description: String::new(),
        };
        let other = FakeEntropy::id(77);
        let record = Record::Bound(foreign);
        if late {
            world
                .journal
                .fault("bound", JournalFault::Before(None, other, record));
        } else {
            world.journal.write(None, other, world.clock_now(), record);
        }
        let opened = world.try_open().unwrap();
        assert!(
            matches!(opened, Err(CycleError::Foreign(_))),
            "{}",
            opened.is_ok()
        );
        assert_eq!(kinds(&world), ["bound"]);
    }
}
