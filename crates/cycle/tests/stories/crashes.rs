//! The program dies before or after every port call; the next process finishes the work.

use cycle::TryLimits;
use cycle::fake::{Behaviour, SubmitFault, Trend, World};
use market::{Decimal, Money};
use trading::outcome::Outcome;

use crate::support::{check_laws_since, decimal, our_orders, symbol};

const SLOT: &str = "2025-05-12T10:00";
const NEXT: &str = "2025-05-12T10:30";

/// A day to be interrupted: the world, and what happens before the interrupted try.
struct Story {
    name: &'static str,
    begin: fn() -> World,
    /// Tries made before the one that dies.
    tries_before: u32,
}

/// All prices stand still, so that what is bought later is bought for the same.
fn at_standstill(trend: Trend, price: &str) -> World {
    let world = World::new(trend);
    world
        .market
        .trade_at(&symbol("TQQQ"), Some(price.parse().unwrap()));
    world
}

fn entry() -> World {
    at_standstill(Trend::Rising, "101")
}

fn exit() -> World {
    let world = at_standstill(Trend::Falling, "99");
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

fn exit_in_two_parts() -> World {
    let world = exit();
    let part = Behaviour::FillsPart(40);
    world.broker.desk().exchange.behaviours.push_back(part);
    world
}

fn answer_lost_after() -> World {
    let world = entry();
    world.broker.desk().fault_submit(SubmitFault::LostAfter);
    world
}

fn answer_lost_before() -> World {
    let world = exit();
    world.broker.desk().fault_submit(SubmitFault::LostBefore);
    world
}

fn rotation() -> World {
    let world = entry();
    world
        .market
        .trade_at(&symbol("SPY"), Some("50".parse().unwrap()));
    world.broker.desk().hold(&symbol("SPY"), decimal("100"));
    let text = "by the owner".to_owned();
    world.throw(trading::record::Record::Adopted(trading::record::Noted {
        text,
    }));
    world
}

const STORIES: [Story; 6] = [
    Story {
        name: "entry",
        begin: entry,
        tries_before: 0,
    },
    Story {
        name: "exit",
        begin: exit,
        tries_before: 0,
    },
    Story {
        name: "exit in two parts",
        begin: exit_in_two_parts,
        tries_before: 0,
    },
    Story {
        name: "rotation",
        begin: rotation,
        tries_before: 0,
    },
    Story {
        name: "recovery of a taken order",
        begin: answer_lost_after,
        tries_before: 1,
    },
    Story {
        name: "recovery of a lost order",
        begin: answer_lost_before,
        tries_before: 1,
    },
];

impl Story {
    /// The world right before the try that dies.
    fn set(&self) -> World {
        let world = (self.begin)();
        for _ in 0..self.tries_before {
            world.slot(&mut world.runner(), SLOT);
        }
        world
    }

    /// A process that carries the slot on, or dies at moment `crash_at`; whether it lived.
    fn process(&self, world: &World, crash_at: Option<u64>) -> bool {
        world.crash.arm(crash_at);
        let Some(runner) = world.try_open() else {
            return false;
        };
        let mut runner = runner.expect("the journal opens");
        let ended = world.attempt(&mut runner, SLOT, TryLimits::default());
        ended.is_some()
    }

    fn end(&self, world: &World) -> (Decimal, Money) {
        (world.held(), world.cash())
    }
}

#[test]
fn dying_at_any_port_call_doubles_nothing_and_the_next_tries_finish_the_work() {
    for story in STORIES {
        let uncrashed = story.set();
        assert!(story.process(&uncrashed, None));
        let moments = uncrashed.crash.passed();
        assert!(moments > 50, "{}: only {moments} moments", story.name);
        let expected = story.end(&uncrashed);
        for moment in 1..=moments {
            let name = format!("{} at moment {moment} of {moments}", story.name);
            let world = story.set();
            assert!(!story.process(&world, Some(moment)), "{name} lived");
            let calm = world.clock_now();
            for slot in [SLOT, NEXT] {
                world.crash.arm(None);
                let mut runner = world.runner();
                world.slot(&mut runner, slot);
            }
            assert_eq!(story.end(&world), expected, "{name}");
            nothing_twice(&world, &name);
            check_laws_since(&world, calm, &name);
        }
    }
}

#[track_caller]
fn nothing_twice(world: &World, name: &str) {
    let orders = our_orders(world);
    let mut ids: Vec<&str> = orders
        .iter()
        .map(|order| order.client_order_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), orders.len(), "{name}: an id was used twice");
}

#[test]
fn dying_twice_in_a_row_doubles_nothing_either() {
    let story = &STORIES[1];
    let uncrashed = story.set();
    story.process(&uncrashed, None);
    let (moments, expected) = (uncrashed.crash.passed(), story.end(&uncrashed));
    for first in (1..=moments).step_by(3) {
        for second in (1..=moments).step_by(7) {
            let world = story.set();
            story.process(&world, Some(first));
            story.process(&world, Some(second));
            world.crash.arm(None);
            let calm = world.clock_now();
            let mut runner = world.runner();
            world.slot(&mut runner, SLOT);
            world.slot(&mut runner, NEXT);
            let name = format!("{first}, then {second}");
            assert_eq!(story.end(&world), expected, "{name}");
            nothing_twice(&world, &name);
            check_laws_since(&world, calm, &name);
        }
    }
}

#[test]
fn a_slot_that_nobody_finished_is_closed_by_the_next_and_its_sale_completed() {
    let story = &STORIES[1];
    let uncrashed = story.set();
    story.process(&uncrashed, None);
    let (moments, expected) = (uncrashed.crash.passed(), story.end(&uncrashed));
    for moment in 1..=moments {
        let world = story.set();
        story.process(&world, Some(moment));
        world.crash.arm(None);
        let calm = world.clock_now();
        let mut runner = world.runner();
        world.slot(&mut runner, NEXT);
        assert_eq!(story.end(&world), expected, "at moment {moment}");
        let failed = |entry: &trading::record::Entry| match &entry.record {
            trading::record::Record::SlotClosed(closed) => {
                matches!(closed.outcome, Outcome::Failed(_))
            }
            _ => false,
        };
        assert!(world.entries().iter().filter(|entry| failed(entry)).count() <= 1);
        check_laws_since(&world, calm, &format!("at moment {moment}"));
    }
}

#[test]
fn paused_at_any_port_call_while_another_process_carries_the_slot_out_doubles_nothing() {
    for story in STORIES {
        let alone = story.set();
        story.process(&alone, None);
        let (moments, expected) = (alone.crash.passed(), story.end(&alone));
        for moment in 1..=moments {
            for other_slot in [SLOT, NEXT] {
                let name = format!("{} paused at {moment} for {other_slot}", story.name);
                let world = story.set();
                let other = world.other_process(other_slot);
                world.crash.pause(moment, other);
                let mut runner = world.try_open().expect("it lives").expect("it opens");
                let ended = world.attempt(&mut runner, SLOT, TryLimits::default());
                let ended = ended.expect("it lives");
                world.crash.arm(None);
                let calm = world.clock_now();
                world.slot(&mut world.runner(), NEXT);
                assert_eq!(story.end(&world), expected, "{name}: {ended:?}");
                nothing_twice(&world, &name);
                check_laws_since(&world, calm, &name);
            }
        }
    }
}
