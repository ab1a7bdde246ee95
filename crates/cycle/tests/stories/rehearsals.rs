//! A slot rehearsed: the decision the cycle would make, and nothing done about it.

use cycle::Ended;
use cycle::fake::{Behaviour, CancelFault, Endpoint, Trend, World, at, drive};
use cycle::port::{Draft, Journal, JournalError, ReadError};
use cycle::rehearsal::{Overlay, Rehearsal, Rehearsed, rehearse};
use trading::judge::Decided;
use trading::outcome::{Held, Outcome, Reason};
use trading::record::{HaltLevel, HaltReason, Halted, Noted, Record, RunId};

use crate::support::{decimal, outcome, sent, symbol};

const SLOT: &str = "2025-05-12T10:00";
const NEXT: &str = "2025-05-12T10:30";

/// Rehearses `slot` and sees that nothing came of it.
fn rehearsed(world: &World, slot: &str) -> Rehearsed {
    let (records, arrivals) = (world.entries(), world.broker.desk().arrivals.clone());
    let alerts = world.alerts.sent().len();
    world.clock.advance_to(at(slot));
    world.clock.forget_limits();
    let ports = world.ports();
    let performance = drive(rehearse(ports, world.settings.clone(), "a story", at(slot)))
        .expect("nothing crashes in this story")
        .expect("the journal can be read");
    assert_eq!(world.entries(), records, "nothing is written");
    assert_eq!(world.broker.desk().arrivals, arrivals, "nothing is sent");
    assert_eq!(world.alerts.sent().len(), alerts, "nobody is told");
    let head = performance.head.map(|head| head.seq);
    assert_eq!(head, records.last().map(|entry| entry.seq));
    performance.ended
}

#[track_caller]
fn decision(world: &World, slot: &str) -> Rehearsal {
    match rehearsed(world, slot) {
        Rehearsed::Decided(rehearsal) => *rehearsal,
        Rehearsed::Ended(ended) => panic!("no decision: {ended:?}"),
    }
}

fn decided_in(world: &World, slot: &str) -> Decided {
    let of_slot = |record: Record| match record {
        Record::Decided(decided) => Some(*decided),
        _ => None,
    };
    let slot = at(slot).into();
    let entries = world.entries().into_iter();
    let mut records = entries.filter(|entry| entry.slot == Some(slot));
    records
        .find_map(|entry| of_slot(entry.record))
        .expect("the slot decided")
}

#[test]
fn bullish_and_flat_then_the_buy_is_shown_with_its_id_and_size() {
    let world = World::new(Trend::Rising);
    let rehearsal = decision(&world, SLOT);
    assert_eq!(rehearsal.outcome(), Outcome::Traded);
    let [(planned, Ok(order))] = rehearsal.orders.as_slice() else {
        panic!("one approved buy: {:?}", rehearsal.orders);
    };
    assert!(order.id.as_str().ends_with("20250512T1000-b-TQQQ-1"));
    assert_eq!(planned.instruction.to_string(), "99500 USD at the market");
}

#[test]
fn a_rehearsal_decides_what_the_cycle_then_decides() {
    let halts = [None, Some(HaltLevel::ReduceOnly), Some(HaltLevel::Frozen)];
    for trend in [Trend::Rising, Trend::Falling, Trend::Flat] {
        for (held, halt) in halts.iter().flat_map(|halt| [("0", halt), ("10.5", halt)]) {
            let world = World::new(trend);
            if held != "0" {
                world.broker.desk().hold(&symbol("TQQQ"), decimal(held));
            }
            let mut runner = world.runner();
            world.slot(&mut runner, SLOT);
            if let Some(level) = *halt {
                world.throw(Record::Halted(Halted {
                    level,
                    flatten: false,
                    reason: HaltReason::Owner("away".to_owned()),
                }));
            }
            let rehearsal = decision(&world, NEXT);
            let ended = world.slot(&mut world.runner(), NEXT);
            assert_eq!(
                rehearsal.decided,
                decided_in(&world, NEXT),
                "{trend:?} {halt:?}"
            );
            assert_eq!(rehearsal.outcome(), outcome(&ended), "{trend:?} {halt:?}");
        }
    }
}

#[test]
fn a_freeze_stops_the_plan_by_name() {
    let world = World::new(Trend::Falling);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    let _bound = world.runner();
    world.throw(Record::Halted(Halted {
        level: HaltLevel::Frozen,
        flatten: false,
        reason: HaltReason::Owner("look first".to_owned()),
    }));
    let rehearsal = decision(&world, SLOT);
    let stopped = rehearsal.stopped.clone().expect("it is stopped");
    assert_eq!(stopped.reason, Reason::Frozen);
    let Outcome::Refused(refusal) = rehearsal.outcome() else {
        panic!("a frozen slot is refused");
    };
    assert_eq!(refusal, stopped);
}

#[test]
fn an_entry_beyond_a_limit_is_shown_with_the_limit() {
    let mut world = World::new(Trend::Rising);
    world.settings.limits.exposure_max_pct = 50;
    let rehearsal = decision(&world, SLOT);
    let [(_, Err(refusal))] = rehearsal.orders.as_slice() else {
        panic!("one refused buy: {:?}", rehearsal.orders);
    };
    assert_eq!(
        refusal.to_string(),
        "Exposure (at most 50000, 50 % of equity; seen: 99500)"
    );
    assert_eq!(rehearsal.outcome(), Outcome::Refused(refusal.clone()));
}

#[test]
fn at_the_target_nothing_is_planned_and_nothing_asks_approval() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let rehearsal = decision(&world, NEXT);
    assert_eq!(rehearsal.outcome(), Outcome::Held(Held::AtTarget));
    assert_eq!((rehearsal.orders, rehearsal.stopped), (vec![], None));
}

#[test]
fn an_order_of_an_earlier_slot_is_named_as_taken_back_and_stays_as_it_is() {
    let world = World::new(Trend::Falling);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
        .broker
        .desk()
        .exchange
        .behaviours
        .push_back(Behaviour::Stuck);
    world.broker.desk().fault_cancel(CancelFault::Ignored);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_eq!(outcome(&ended), Outcome::Held(Held::Unfilled));
    let rehearsal = decision(&world, NEXT);
    let recovered: Vec<&str> = rehearsal
        .recovered
        .iter()
        .map(|cancel| cancel.client_order_id.as_str())
        .collect();
    assert_eq!(recovered, ["tqqq-5f35d7-20250512T1000-s-TQQQ-1"]);
    let stops: Vec<Reason> = rehearsal
        .decided
        .stops
        .iter()
        .map(|stop| stop.reason)
        .collect();
    assert_eq!(stops, [Reason::UnsettledIntent]);
    assert_eq!(world.broker.desk().exchange.open_orders().count(), 1);
}

#[test]
fn a_slot_that_is_over_none_or_too_old_is_told_so() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let closed = rehearsed(&world, SLOT);
    assert!(
        matches!(
            &closed,
            Rehearsed::Ended(Ended::Closed {
                fresh: false,
                outcome: Outcome::Traded,
                ..
            })
        ),
        "{closed:?}"
    );
    let none = rehearsed(&world, "2025-05-12T10:07");
    assert!(
        matches!(&none, Rehearsed::Ended(Ended::NotASlot { .. })),
        "{none:?}"
    );
    world.clock.advance_to(at("2025-05-12T10:41"));
    let late = rehearsed(&world, NEXT);
    assert!(
        matches!(
            &late,
            Rehearsed::Ended(Ended::Closed {
                outcome: Outcome::Missed,
                ..
            })
        ),
        "{late:?}"
    );
}

#[test]
fn what_cannot_be_read_fails_the_rehearsal_as_it_would_fail_the_try() {
    let world = World::new(Trend::Rising);
    let passing = ReadError::Transient("connection reset".to_owned());
    world.broker.desk().fail(Endpoint::Positions, 1, &passing);
    let ended = rehearsed(&world, SLOT);
    let Rehearsed::Ended(Ended::TryFailed { error, .. }) = ended else {
        panic!("a failed try: {ended:?}");
    };
    assert_eq!(error.to_string(), "observe: positions: connection reset");
    let lasting = ReadError::Permanent("account closed".to_owned());
    world.broker.desk().fail(Endpoint::Positions, 1, &lasting);
    let ended = rehearsed(&world, SLOT);
    assert!(
        matches!(
            &ended,
            Rehearsed::Ended(Ended::Closed {
                outcome: Outcome::Failed(_),
                ..
            })
        ),
        "{ended:?}"
    );
}

#[test]
fn a_runner_at_work_meanwhile_is_neither_seen_nor_disturbed() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let overlay = drive(Overlay::over(world.journal.clone()))
        .unwrap()
        .unwrap();
    let before = world.entries().len() as u64;
    world.throw(Record::Noted(Noted {
        text: "another hand".to_owned(),
    }));
    let head = drive(overlay.head()).unwrap().unwrap().unwrap();
    assert_eq!(head.seq, before);
    let page = drive(overlay.read(before, 64)).unwrap().unwrap();
    assert_eq!(page.len(), 1);
    world.slot(&mut runner, NEXT);
    assert_eq!(sent(&world).len(), 1);
}

#[test]
fn an_overlay_reads_across_its_seam_and_ends_with_the_decision() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let decided = decided_in(&world, SLOT);
    let overlay = drive(Overlay::over(world.journal.clone()))
        .unwrap()
        .unwrap();
    let base = overlay.base_head().unwrap();
    let draft = |expected, record| Draft {
        expected,
        slot: None,
        run: RunId([9; 16]),
        at: world.clock_now(),
        records: vec![record],
        bodies: Vec::new(),
    };
    let noted = || {
        Record::Noted(Noted {
            text: "kept".to_owned(),
        })
    };
    let append = |draft: &Draft| drive(overlay.append(draft)).unwrap();
    append(&draft(Some(base), noted())).unwrap();
    let lost = append(&draft(Some(base), noted()));
    assert_eq!(lost, Err(JournalError::Lost { seq: base.seq + 1 }));
    let head = drive(overlay.head()).unwrap().unwrap();
    assert_eq!(head.map(|head| head.seq), Some(base.seq + 1));
    for (from, count, expected) in [
        (base.seq, 64, vec![base.seq, base.seq + 1]),
        (base.seq, 1, vec![base.seq]),
        (base.seq + 1, 64, vec![base.seq + 1]),
        (base.seq + 2, 64, vec![]),
        (base.seq + 9, 64, vec![]),
    ] {
        let page = drive(overlay.read(from, count)).unwrap().unwrap();
        let seqs: Vec<u64> = page.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, expected, "{count} from {from}");
    }
    append(&draft(head, Record::Decided(Box::new(decided)))).unwrap();
    let head = drive(overlay.head()).unwrap().unwrap();
    let after = append(&draft(head, noted()));
    assert!(
        matches!(after, Err(JournalError::Unavailable(_))),
        "{after:?}"
    );
}
