//! Splits: known ones change nothing, unknown ones stop everything.

use cycle::fake::{Trend, World, at};
use cycle::port::ReadError;
use market::Split;
use trading::observation::Observation;
use trading::outcome::{Held, Outcome, Reason};
use trading::record::{Entry, Record, SplitRuled};

use crate::support::{check_laws, decimal, kinds, outcome, refusal, sent, symbol};

const OPENING: &str = "2025-05-12T09:30";

fn split() -> Split {
    "2025-05-12:2".parse().unwrap()
}

/// At the opening the price has halved since the last bar.
fn halved(trend: Trend, opening: &str) -> World {
    let world = World::new(trend);
    let tqqq = symbol("TQQQ");
    world.broker.desk().hold(&tqqq, decimal("100"));
    halve(&world, opening);
    world
}

fn halve(world: &World, opening: &str) {
    let half = "50".parse().unwrap();
    world.market.trade_at(&symbol("TQQQ"), Some(half));
    world.bars[0].lose(at(opening));
}

fn newest_seen(world: &World) -> Observation {
    let seen = |entry: &Entry| match &entry.record {
        Record::Observed(seen) => Some((**seen).clone()),
        _ => None,
    };
    world.entries().iter().rev().find_map(seen).unwrap()
}

#[test]
fn a_halved_price_nobody_announced_stops_every_order() {
    for trend in [Trend::Rising, Trend::Falling] {
        let world = halved(trend, OPENING);
        let mut runner = world.runner();
        let ended = world.slot(&mut runner, OPENING);
        assert_eq!(refusal(&ended), Reason::SuspectedSplit);
        let suspects = newest_seen(&world).suspected_splits;
        assert_eq!(suspects.len(), 1);
        assert_eq!(
            (suspects[0].split, suspects[0].seen_in.as_str()),
            (split(), "price after fake-bars bars")
        );
        assert_eq!(sent(&world), Vec::<String>::new());
        assert_eq!(
            runner.state().open_out,
            None,
            "nothing follows from it later"
        );
        check_laws(&world);
    }
}

#[test]
fn an_announced_split_is_taken_out_and_its_first_half_hour_is_quiet() {
    let world = halved(Trend::Falling, OPENING);
    world.corporate_actions.announce(&symbol("TQQQ"), split());
    let mut runner = world.runner();
    // The signal is bearish on the new basis too, and its sale has to wait.
    world
        .market
        .trade_at(&symbol("TQQQ"), Some("49.5".parse().unwrap()));
    let ended = world.slot(&mut runner, OPENING);
    assert_eq!(refusal(&ended), Reason::ExDate);
    let seen = newest_seen(&world);
    assert_eq!((seen.suspected_splits, seen.ex_date), (vec![], true));
    assert_eq!(seen.sources[0].splits_applied, [split()]);
    check_laws(&world);
}

#[test]
fn a_split_in_the_configuration_counts_like_an_announced_one() {
    let mut world = halved(Trend::Flat, OPENING);
    world.settings.data.splits = vec![trading::settings::sections::KnownSplit {
        symbol: symbol("TQQQ"),
        date: split().date,
        ratio: split().ratio,
    }];
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, OPENING);
    assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal));
    assert_eq!(newest_seen(&world).sources[0].splits_applied, [split()]);
    check_laws(&world);
}

#[test]
fn a_halved_price_and_a_doubled_holding_are_a_split_for_good() {
    let next = "2025-05-13T09:30";
    let world = World::new(Trend::Flat);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.broker.desk().exchange.holdings.clear();
    world.broker.desk().hold(&symbol("TQQQ"), decimal("200"));
    halve(&world, next);
    let ended = world.slot(&mut runner, next);
    assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal));
    assert_eq!(newest_seen(&world).suspected_splits, []);
    assert!(kinds(&world).contains(&"split_ruled"));
    assert_eq!(runner.state().split_rulings.len(), 1);
    check_laws(&world);
}

#[test]
fn the_owners_denial_makes_the_jump_a_move_and_the_exit_follows() {
    let world = halved(Trend::Falling, OPENING);
    let mut runner = world.runner();
    world.throw(Record::SplitRuled(SplitRuled {
        symbol: symbol("TQQQ"),
        split: split(),
        accepted: false,
    }));
    assert_eq!(outcome(&world.slot(&mut runner, OPENING)), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn the_index_is_asked_only_when_something_is_suspected() {
    let world = halved(Trend::Rising, OPENING);
    let mut runner = world.runner();
    world.slot(&mut runner, OPENING);
    assert!(world.bars[0].asked().contains(&symbol("QQQ")));
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, OPENING);
    assert_eq!(world.bars[0].asked(), [symbol("TQQQ")]);
}

#[test]
fn announcements_that_cannot_be_read_stop_nothing_and_are_asked_for_again() {
    let world = World::new(Trend::Rising);
    let error = ReadError::Transient("503".to_owned());
    world.corporate_actions.fail(1, &error);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, OPENING)), Outcome::Traded);
    check_laws(&world);
}
