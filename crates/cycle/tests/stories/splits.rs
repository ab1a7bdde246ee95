//! Splits: known ones change nothing, unknown ones stop everything.

use cycle::fake::{Basis, Trend, World, at};
use cycle::port::ReadError;
use market::{Date, Split};
use trading::judge::{Decided, Verdict};
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
fn a_holding_that_follows_a_known_split_a_night_late_is_no_split_of_its_own() {
    let world = World::new(Trend::Flat);
    world.corporate_actions.announce(&symbol("TQQQ"), split());
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.broker.desk().exchange.holdings.clear();
    world.broker.desk().hold(&symbol("TQQQ"), decimal("200"));
    let ended = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(newest_seen(&world).suspected_splits, []);
    assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal));
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

/// TQQQ costs a third less from the opening on, and QQQ has moved by so many percent.
fn crashed(index_percent: i64) -> World {
    let world = World::new(Trend::Flat);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    let opening = at(OPENING);
    let percent = |count| decimal("1") + market::Decimal::new(count, 2);
    world.market.jump(&symbol("TQQQ"), opening, percent(-34));
    world
        .market
        .jump(&symbol("QQQ"), opening, percent(index_percent));
    world
}

#[test]
fn a_jump_that_the_index_made_too_is_a_move_of_the_market_and_is_traded() {
    let world = crashed(-13);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, OPENING);
    assert_eq!(
        outcome(&ended),
        Outcome::Held(Held::NoSignal),
        "not yet below both"
    );
    assert_eq!(newest_seen(&world).suspected_splits, []);
    let ended = world.slot(&mut runner, "2025-05-12T10:30");
    assert_eq!(
        outcome(&ended),
        Outcome::Traded,
        "bearish once an hour has closed so low"
    );
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_jump_that_the_index_made_by_less_or_the_other_way_is_suspected() {
    for index_percent in [-12, 0, 13] {
        let world = crashed(index_percent);
        let mut runner = world.runner();
        for slot in [OPENING, "2025-05-12T10:30"] {
            let ended = world.slot(&mut runner, slot);
            assert_eq!(
                refusal(&ended),
                Reason::SuspectedSplit,
                "{index_percent}, {slot}"
            );
        }
        assert_eq!(sent(&world), Vec::<String>::new());
        check_laws(&world);
    }
}

fn decided(world: &World) -> Decided {
    let found = |entry: &Entry| match &entry.record {
        Record::Decided(decided) => Some((**decided).clone()),
        _ => None,
    };
    world.entries().iter().rev().find_map(found).unwrap()
}

/// A split of last week: the first source never adjusts its bars, the second did at once.
fn half_adjusted() -> World {
    let mut world = World::new(Trend::Rising);
    let second = world.add_bars("second");
    for (source, adjusted_from) in [
        (&world.bars[0], None),
        (&second, Some(Date::constant(2025, 5, 8))),
    ] {
        source.split(
            &symbol("TQQQ"),
            Basis {
                split: "2025-05-08:2".parse().unwrap(),
                adjusted_from,
            },
        );
    }
    world
}

#[test]
fn a_split_is_taken_out_of_the_source_that_shows_it_once_and_of_no_other() {
    let world = half_adjusted();
    let split = "2025-05-08:2".parse().unwrap();
    world.corporate_actions.announce(&symbol("TQQQ"), split);
    let mut runner = world.runner();
    for slot in ["2025-05-12T10:00", "2025-05-12T10:30", "2025-05-12T11:00"] {
        world.slot(&mut runner, slot);
        let seen = newest_seen(&world);
        let applied = seen.sources.iter().map(|view| view.splits_applied.len());
        assert_eq!(applied.collect::<Vec<_>>(), [1, 0], "{slot}");
        let averages = decided(&world)
            .opinions
            .into_iter()
            .map(|opinion| match opinion.verdict {
                Verdict::Decision(decision) => (decision.fast, decision.slow),
                other => panic!("{other:?}"),
            });
        let averages: Vec<(f64, f64)> = averages.collect();
        assert_eq!(averages[0], averages[1], "{slot}");
    }
    assert_eq!(sent(&world), ["20250512T1000-b-TQQQ-1"]);
    check_laws(&world);
}

#[test]
fn a_split_nobody_announced_between_the_bars_of_one_source_stops_every_order() {
    let world = half_adjusted();
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, "2025-05-12T10:00");
    assert_eq!(refusal(&ended), Reason::SuspectedSplit);
    let suspects = newest_seen(&world).suspected_splits;
    assert_eq!(suspects[0].split.to_string(), "2025-05-08:2");
    assert_eq!(suspects[0].seen_in, "fake-bars bars");
    check_laws(&world);
}

/// The signal is QQQ's; both have cost the same all along.
fn on_the_signal_of_qqq(trend: Trend) -> World {
    let mut world = World::new(trend);
    world.settings.strategy.signal_symbol = Some(symbol("QQQ"));
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

#[test]
fn a_split_of_the_traded_symbol_leaves_the_signal_of_another_alone() {
    let world = on_the_signal_of_qqq(Trend::Flat);
    let tqqq = symbol("TQQQ");
    world
        .corporate_actions
        .announce(&tqqq, "2025-05-13:2".parse().unwrap());
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.market.follow(Trend::Falling);
    world.market.trade_at(&tqqq, Some("50".parse().unwrap()));
    world.broker.desk().exchange.holdings.clear();
    world.broker.desk().hold(&tqqq, decimal("200"));
    let opening = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(refusal(&opening), Reason::ExDate);
    assert_eq!(newest_seen(&world).suspected_splits, []);
    let ended = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(sent(&world), ["20250513T1000-s-TQQQ-1"]);
    assert_eq!(world.held(), decimal("0"), "all two hundred");
    check_laws(&world);
}

#[test]
fn a_holding_that_doubled_without_a_word_stops_every_order_until_the_owner_rules() {
    let world = on_the_signal_of_qqq(Trend::Flat);
    let tqqq = symbol("TQQQ");
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    world.market.follow(Trend::Falling);
    world.broker.desk().exchange.holdings.clear();
    world.broker.desk().hold(&tqqq, decimal("200"));
    let ended = world.slot(&mut runner, "2025-05-13T09:30");
    assert_eq!(refusal(&ended), Reason::SuspectedSplit);
    assert_eq!(newest_seen(&world).suspected_splits[0].seen_in, "holding");
    world.throw(Record::SplitRuled(SplitRuled {
        symbol: tqqq,
        split: "2025-05-13:2".parse().unwrap(),
        accepted: true,
    }));
    let ended = world.slot(&mut runner, "2025-05-13T10:00");
    assert_eq!(outcome(&ended), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn a_split_of_the_signal_symbol_alone_is_taken_out_of_its_bars_and_sells_nothing() {
    let world = on_the_signal_of_qqq(Trend::Flat);
    let split: Split = "2025-05-13:2".parse().unwrap();
    world.corporate_actions.announce(&symbol("QQQ"), split);
    world.bars[0].split(
        &symbol("QQQ"),
        Basis {
            split,
            adjusted_from: None,
        },
    );
    world
        .market
        .trade_at(&symbol("QQQ"), Some("200".parse().unwrap()));
    let mut runner = world.runner();
    let before = world.slot(&mut runner, "2025-05-12T15:30");
    assert_eq!(outcome(&before), Outcome::Held(Held::NoSignal));
    world.market.trade_at(&symbol("QQQ"), None);
    for slot in ["2025-05-13T09:30", "2025-05-13T10:00", "2025-05-13T11:00"] {
        let ended = world.slot(&mut runner, slot);
        assert_eq!(outcome(&ended), Outcome::Held(Held::NoSignal), "{slot}");
        assert_eq!(
            newest_seen(&world).sources[0].splits_applied,
            [split],
            "{slot}"
        );
    }
    check_laws(&world);
}
