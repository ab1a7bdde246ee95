//! Every limit beside what was seen: a rehearsal's table.

use std::collections::BTreeSet;

use market::Decimal;
use trading::judge::judge;
use trading::observation::Observation;
use trading::review::review;
use trading::settings::Settings;
use trading::settings::sections::LimitSettings;

use crate::fixture::{Book, Course, TQQQ, observation, point, price, ready};

fn table(change: impl FnOnce(&mut Observation)) -> String {
    let mut seen = observation(Course::Rising, Book::cash("100000").build());
    change(&mut seen);
    let (state, settings) = (ready(), Settings::default());
    let decided = judge(&seen, &state, &settings).unwrap().decided;
    let mut after = state;
    after.observe(&seen);
    let rows = review(&seen, &decided, &after, &settings);
    let line = |row: &trading::review::LimitSeen| {
        let seen = row.seen.as_deref().unwrap_or("-");
        format!("{} {} {} {seen}", row.key, row.reason, row.limit)
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_limit_stands_beside_what_this_slot_saw() {
    insta::assert_snapshot!(table(|_| ()), @"
    limits.orders_per_slot OrdersPerSlot 8 0
    limits.orders_per_day OrdersPerDay 40 0
    limits.reduce_only_per_day ReduceOnlyPerDay 10 0
    limits.round_trips_per_day RoundTripsPerDay 3 0
    limits.order_notional_max_pct OrderNotional 100 % 99.5 %
    limits.exposure_max_pct Exposure 100 % 99.5 %
    limits.daily_loss_max_pct DailyLoss 20 % 0.0 %
    limits.drawdown_max_pct Drawdown 50 % 0.0 %
    limits.price_jump_max_pct PriceJump 35 % 1.0 %
    limits.price_disagreement_max_bps PriceDisagreement 50 bps -
    limits.spread_max_bps Spread 50 bps -
    limits.clock_skew_max_ms ClockSkew 2000 ms 12 ms
    limits.require_unlevered_account LeveredAccount true unlevered
    data.max_price_age_s Stale 60 s 0 s
    data.min_sources MinSources 1 1
    ");
}

#[test]
fn what_was_not_seen_is_left_open() {
    let silent = table(|seen| {
        seen.price = None;
        seen.trade_price = None;
    });
    for key in ["price_jump_max_pct", "exposure_max_pct", "max_price_age_s"] {
        let line = silent.lines().find(|line| line.contains(key)).unwrap();
        assert!(line.ends_with(" -"), "{line}");
    }
}

#[test]
fn a_second_price_is_held_against_the_first_in_basis_points() {
    let text = table(|seen| {
        let first = seen.price.as_ref().unwrap().price;
        let a_thousandth_more = first.decimal() * Decimal::new(1001, 3);
        let second = price(&a_thousandth_more.round_dp(4).to_string());
        seen.second_price = Some(point(TQQQ, second, "2025-05-12T10:30"));
    });
    let line = text.lines().find(|line| line.contains("disagreement"));
    assert!(line.unwrap().ends_with(" 10.0 bps"), "{line:?}");
}

#[test]
fn no_limit_of_the_configuration_is_left_out() {
    let shown = table(|_| ());
    let shown: BTreeSet<&str> = shown.split([' ', '\n']).collect();
    let all = serde_json::to_value(LimitSettings::default()).unwrap();
    for name in all.as_object().unwrap().keys() {
        let key = format!("limits.{name}");
        assert!(
            shown.contains(key.as_str()),
            "review.rs does not show {key}"
        );
    }
}
