//! What is seen: bars, prices, clocks, calendars.

use cycle::fake::{Endpoint, Trend, World, at};
use cycle::port::{AlertLevel, ReadError};
use insta::assert_snapshot;
use market::time::{milliseconds, minutes, seconds};
use trading::outcome::{Held, Outcome, Reason};

use crate::support::{check_laws, decimal, failure, outcome, refusal, sent, symbol};

const SLOT: &str = "2025-05-12T10:00";

fn transient() -> ReadError {
    ReadError::Transient("503 try later".to_owned())
}

fn holding(trend: Trend) -> World {
    let world = World::new(trend);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world
}

#[test]
fn at_the_opening_the_first_trade_is_waited_for() {
    let world = World::new(Trend::Rising);
    world.prices[0].first_trade_after(seconds(12));
    let mut runner = world.runner();
    assert_eq!(
        outcome(&world.slot(&mut runner, "2025-05-12T09:30")),
        Outcome::Traded
    );
    check_laws(&world);
}

#[test]
fn without_a_trade_at_the_opening_the_slot_is_refused_as_stale() {
    let world = World::new(Trend::Rising);
    world.prices[0].first_trade_after(minutes(3));
    let mut runner = world.runner();
    assert_eq!(
        refusal(&world.slot(&mut runner, "2025-05-12T09:30")),
        Reason::Stale
    );
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn a_price_older_than_a_minute_before_the_slot_is_stale() {
    let world = World::new(Trend::Rising);
    world.prices[0].last_trade_at(at(SLOT) - seconds(61));
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Stale);
    check_laws(&world);
}

#[test]
fn no_trade_for_five_minutes_stops_every_order() {
    let world = holding(Trend::Falling);
    world.prices[0].last_trade_at(at(SLOT) - seconds(30));
    let mut runner = world.runner();
    world.clock.advance_to(at(SLOT) + minutes(5));
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::NotTrading);
    assert_eq!(sent(&world), Vec::<String>::new());
    check_laws(&world);
}

#[test]
fn a_price_nobody_has_is_stale() {
    let world = World::new(Trend::Rising);
    world.prices[0].fall_silent();
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Stale);
    check_laws(&world);
}

#[test]
fn a_source_that_does_not_answer_fails_the_try_and_not_the_slot() {
    let world = World::new(Trend::Rising);
    world.bars[0].fail(2, &transient());
    let mut runner = world.runner();
    assert_snapshot!(failure(&world.slot(&mut runner, SLOT)), @"observe: fake-bars: 503 try later");
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    let world = World::new(Trend::Rising);
    world.prices[0].fail(1, &transient());
    let mut runner = world.runner();
    assert_snapshot!(failure(&world.slot(&mut runner, SLOT)), @"observe: price from fake-prices: 503 try later");
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn a_source_that_hangs_is_given_up_after_ten_seconds() {
    let world = World::new(Trend::Rising);
    world.bars[0].delay(minutes(9));
    let mut runner = world.runner();
    assert_snapshot!(failure(&world.slot(&mut runner, SLOT)), @"observe: fake-bars: no answer within 10s");
    assert_eq!(world.time(), "10:00:55");
    check_laws(&world);
}

#[test]
fn a_source_that_never_will_answer_leaves_the_slot_without_data() {
    let world = World::new(Trend::Rising);
    world.bars[0].fail(1, &ReadError::Permanent("403 no plan".to_owned()));
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::NoData);
    check_laws(&world);
}

#[test]
fn the_newest_bar_missing_makes_the_source_unusable_until_it_comes() {
    let world = World::new(Trend::Rising);
    let newest = at("2025-05-12T09:30");
    world.bars[0].lose(newest);
    let mut runner = world.runner();
    let ended = world.slot(&mut runner, SLOT);
    assert_snapshot!(failure(&ended), @"observe: fake-bars: the newest session lacks its bar of 2025-05-12T09:30:00-04:00");
    world.bars[0].find(newest);
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn an_old_bar_missing_stops_the_entry_and_not_the_exit() {
    let hole = at("2025-05-01T11:30");
    let world = World::new(Trend::Rising);
    world.bars[0].lose(hole);
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::MissingBars);
    let world = holding(Trend::Falling);
    world.bars[0].lose(hole);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn too_short_a_history_is_not_warm() {
    let world = World::new(Trend::Rising);
    world.bars[0].begin_at(at("2025-05-01T09:30"));
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::NotWarm);
    check_laws(&world);
}

#[test]
fn the_second_source_is_followed_when_the_first_is_down() {
    let mut world = World::new(Trend::Rising);
    world.add_bars("second");
    world.bars[0].fail(1, &transient());
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn two_prices_apart_stop_the_entry_and_not_the_exit() {
    for (trend, expected) in [
        (Trend::Rising, None),
        (Trend::Falling, Some(Outcome::Traded)),
    ] {
        let mut world = holding(trend);
        let second = world.add_prices("second");
        second.quote("101".parse().unwrap());
        if trend == Trend::Rising {
            world.broker.desk().exchange.holdings.clear();
        }
        let mut runner = world.runner();
        let ended = world.slot(&mut runner, SLOT);
        match expected {
            Some(expected) => assert_eq!(outcome(&ended), expected),
            None => assert_eq!(refusal(&ended), Reason::PriceDisagreement),
        }
        check_laws(&world);
    }
}

#[test]
fn a_clock_that_is_off_or_unknown_stops_the_entry_and_not_the_exit() {
    for unknown in [false, true] {
        let upset = |world: &World| {
            if unknown {
                world
                    .broker
                    .desk()
                    .delay(Endpoint::Clock, 3, milliseconds(1500));
            } else {
                world.broker.desk().skew = seconds(3);
            }
        };
        let world = World::new(Trend::Rising);
        upset(&world);
        let mut runner = world.runner();
        assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::ClockSkew);
        let world = holding(Trend::Falling);
        upset(&world);
        let mut runner = world.runner();
        assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
        check_laws(&world);
    }
}

#[test]
fn one_slow_answer_of_the_clock_is_asked_for_again() {
    let world = World::new(Trend::Rising);
    world
        .broker
        .desk()
        .delay(Endpoint::Clock, 2, milliseconds(1500));
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn a_market_closed_by_the_brokers_clock_stops_every_order() {
    for trend in [Trend::Rising, Trend::Falling] {
        let world = holding(trend);
        world.broker.desk().is_open = Some(false);
        if trend == Trend::Rising {
            world.broker.desk().exchange.holdings.clear();
        }
        let mut runner = world.runner();
        assert_eq!(
            refusal(&world.slot(&mut runner, SLOT)),
            Reason::MarketClosed
        );
        check_laws(&world);
    }
}

/// The broker's calendar closes the first day of stories then.
fn closes(world: &World, close: &str) {
    let open = at("2025-05-12T09:30");
    world.broker.desk().list_session(open, at(close));
}

#[test]
fn a_broker_who_closes_early_stops_the_entry_and_lets_the_exit_pass_before() {
    let world = World::new(Trend::Rising);
    closes(&world, "2025-05-12T13:00");
    let mut runner = world.runner();
    assert_eq!(
        refusal(&world.slot(&mut runner, SLOT)),
        Reason::CalendarDisagreement
    );
    let world = holding(Trend::Falling);
    closes(&world, "2025-05-12T13:00");
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn within_a_minute_of_the_earlier_close_nothing_is_sent() {
    for close in ["2025-05-12T10:00:30", "2025-05-12T10:01:30"] {
        let world = holding(Trend::Falling);
        closes(&world, close);
        let mut runner = world.runner();
        assert_eq!(
            refusal(&world.slot(&mut runner, SLOT)),
            Reason::MarketClosed,
            "{close}"
        );
        assert_eq!(sent(&world), Vec::<String>::new());
        check_laws(&world);
    }
}

#[test]
fn a_day_the_brokers_calendar_does_not_know_stops_every_order() {
    let world = holding(Trend::Falling);
    let date = "2025-05-12".parse().unwrap();
    world.broker.desk().sessions.insert(date, None);
    let mut runner = world.runner();
    assert_eq!(
        refusal(&world.slot(&mut runner, SLOT)),
        Reason::MarketClosed
    );
    check_laws(&world);
}

#[test]
fn sources_that_disagree_buy_nothing_and_the_exit_follows_the_first() {
    let mut world = World::new(Trend::Rising);
    let second = world.add_bars("second");
    second.follow(Trend::Flat);
    let mut runner = world.runner();
    assert_eq!(
        outcome(&world.slot(&mut runner, SLOT)),
        Outcome::Held(Held::Disagreed)
    );
    let mut world = holding(Trend::Falling);
    let second = world.add_bars("second");
    second.follow(Trend::Rising);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(world.held(), decimal("0"));
    check_laws(&world);
}

#[test]
fn movements_of_cash_unread_stop_the_entry_and_not_the_exit() {
    let world = World::new(Trend::Rising);
    let unread = |world: &World| {
        let mut desk = world.broker.desk();
        desk.fail(Endpoint::Flows, 1, &transient());
    };
    unread(&world);
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::FlowsUnread);
    assert_eq!(runner.state().unit, None);
    let world = holding(Trend::Falling);
    unread(&world);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn settings_at_the_broker_unread_stop_the_entry_and_not_the_exit() {
    for error in [ReadError::Permanent("403".to_owned()), transient()] {
        let unread = |world: &World, times| {
            let mut desk = world.broker.desk();
            desk.fail(Endpoint::Configuration, times, &error);
        };
        let world = World::new(Trend::Rising);
        unread(&world, 2);
        let ended = world.slot(&mut world.runner(), SLOT);
        assert_eq!(refusal(&ended), Reason::ConfigurationUnread);
        check_laws(&world);
        let world = holding(Trend::Falling);
        unread(&world, 2);
        let ended = world.slot(&mut world.runner(), SLOT);
        assert_eq!(outcome(&ended), Outcome::Traded);
        assert_eq!(world.held(), decimal("0"));
        check_laws(&world);
    }
}

#[test]
fn settings_at_the_broker_that_fail_once_cost_no_entry() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    let mut desk = world.broker.desk();
    desk.fail(Endpoint::Configuration, 1, &transient());
    drop(desk);
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    check_laws(&world);
}

#[test]
fn a_session_the_broker_knows_otherwise_is_told_to_the_owner() {
    let world = World::new(Trend::Flat);
    closes(&world, "2025-05-12T13:00");
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    let told = world.alerts.sent();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].text.starts_with("the broker's session is "),
        "{}",
        told[0].text
    );
    check_laws(&world);
}

#[test]
fn held_and_blind_for_three_slots_the_owner_hears_it_at_every_further_one() {
    let world = holding(Trend::Flat);
    let error = ReadError::Permanent("403 no plan".to_owned());
    let mut runner = world.runner();
    let mut alarms = Vec::new();
    for slot in ["10:00", "10:30", "11:00", "11:30", "12:00"] {
        if slot != "12:00" {
            world.bars[0].fail(1, &error);
        }
        world.slot(&mut runner, &format!("2025-05-12T{slot}"));
        let told = world.alerts.sent();
        alarms.push(
            told.iter()
                .filter(|alert| alert.level == AlertLevel::Critical)
                .count(),
        );
    }
    assert_eq!(alarms, [0, 0, 1, 2, 2]);
    check_laws(&world);
}

#[test]
fn each_reason_of_failed_tries_is_told_once_a_slot_whichever_process_tries() {
    let world = World::new(Trend::Flat);
    let failing = |endpoint, words: &str| {
        let error = ReadError::Transient(words.to_owned());
        world.broker.desk().fail(endpoint, 1, &error);
    };
    let told = || world.alerts.sent().len();
    // Only numbers differ: the same reason.
    let reasons = [
        (Endpoint::Positions, "503 after 11 ms", 1),
        (Endpoint::Positions, "503 after 7 ms", 1),
        (Endpoint::Account, "503 after 7 ms", 2),
        (Endpoint::Positions, "503 after 9 ms", 2),
    ];
    for (endpoint, words, expected) in reasons {
        let mut runner = world.runner();
        failing(endpoint, words);
        world.slot(&mut runner, SLOT);
        assert_eq!(told(), expected, "{words}");
    }
    let mut runner = world.runner();
    failing(Endpoint::Positions, "503 after 9 ms");
    world.slot(&mut runner, "2025-05-12T10:30");
    assert!(told() > 2, "another slot is another word");
    check_laws(&world);
}
