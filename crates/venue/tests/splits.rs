//! Splits: the price steps, the position follows, and nobody gains or loses.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::bar::Interval;
use market::{Date, Decimal, Instant};
use proptest::prelude::*;
use support::{at, config, friday, limit, market, price, rising_bars, state, tqqq};
use venue::Venue;
use venue::model::{Entry, Side, Split, SplitBooking, TimeInForce, Window};

fn ex_date() -> Date {
    "2026-11-20".parse().unwrap()
}

/// Thursday noon, with a split on Friday.
fn thursday(new: u32, old: u32, booking: SplitBooking) -> Venue {
    let mut config = config(at("2026-11-19T12:00:00-05:00"));
    config.splits = vec![Split::new(tqqq(), ex_date(), new, old).unwrap()];
    config.unconfirmed.split_booking = booking;
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    venue
}

fn bought(venue: &mut Venue, count: &str) {
    venue.submit(market(Side::Buy, count)).unwrap();
    venue.advance(at("2026-11-19T12:01:00-05:00"));
}

const NEWEST: Window = Window {
    limit: 5_000,
    from: None,
    until: None,
};

#[test]
fn the_price_steps_by_the_ratio_at_the_open_of_the_ex_date() {
    for (new, old, before) in [(2, 1, "212"), (3, 2, "159"), (1, 10, "10.6")] {
        let venue = thursday(new, old, SplitBooking::BeforeOpen);
        let series = venue.series("TQQQ").unwrap();
        let close = series.last_trade(friday("09:29:59")).unwrap();
        assert_eq!(close.price, price(before), "{new}:{old}");
        assert_eq!(
            series.last_trade(friday("09:30:00")).unwrap().price,
            price("106")
        );
        assert_eq!(series.close_before(ex_date()), Some(price("106")));
    }
}

#[test]
fn the_history_is_rewritten_on_the_ex_date_and_not_before() {
    let venue = thursday(2, 1, SplitBooking::BeforeOpen);
    let series = venue.series("TQQQ").unwrap();
    let newest = |now: Instant| series.adjusted_rows(Interval::ThirtyMinutes, NEWEST, now)[0];
    let evening = newest(at("2026-11-19T23:59:59-05:00"));
    assert_eq!((evening.close, evening.volume), (price("212"), Some(500)));
    let midnight = newest(friday("00:00:00"));
    assert_eq!(
        (midnight.close, midnight.volume),
        (price("106"), Some(1_000))
    );
}

#[test]
fn a_position_keeps_its_cost_and_the_ledger_says_what_came() {
    let mut venue = thursday(2, 1, SplitBooking::BeforeOpen);
    bought(&mut venue, "100");
    let cost = venue.position("TQQQ").unwrap().cost;
    venue.advance(friday("09:30:00"));
    let position = venue.position("TQQQ").unwrap();
    assert_eq!(
        (position.quantity, position.cost),
        (Decimal::from(200), cost)
    );
    assert_eq!(position.cost_today, Decimal::from(200 * 106));
    let Entry::Split(split) = &venue.activities().last().unwrap().entry else {
        panic!("{:?}", venue.activities());
    };
    assert_eq!(
        (split.quantity, split.date),
        (Decimal::from(100), ex_date())
    );
    // What was bought on the old basis is sold on the new one, all of it.
    let id = venue
        .submit(market(Side::Sell, "200"))
        .unwrap()
        .id
        .to_string();
    venue.advance(friday("09:31:00"));
    assert_eq!(state(venue.order(&id).unwrap()), "filled 200");
    assert!(venue.positions().is_empty());
}

#[test]
fn orders_that_wait_in_the_symbol_are_withdrawn() {
    for booking in [SplitBooking::BeforeOpen, SplitBooking::AfterOpen] {
        let mut venue = thursday(2, 1, booking);
        let mut resting = limit(Side::Buy, "10", "50.00");
        resting.time_in_force = TimeInForce::GoodTillCanceled;
        let id = venue.submit(resting).unwrap().id.to_string();
        venue.advance(friday("09:45:00"));
        assert_eq!(state(venue.order(&id).unwrap()), "canceled 0");
    }
}

#[test]
fn ratios_that_no_split_has_are_refused() {
    for (new, old) in [(0, 1), (1, 0), (2, 2), (101, 1)] {
        let refused = Split::new(tqqq(), ex_date(), new, old)
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            format!(
                "TQQQ: {new} new shares for {old} old; give two different counts from 1 to 100"
            )
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_split_overnight_changes_no_ones_worth(
        (new, old) in (1_u32..=20, 1_u32..=20).prop_filter("no split", |(new, old)| new != old),
        count in 1_u32..400,
    ) {
        let mut venue = thursday(new, old, SplitBooking::BeforeOpen);
        let affordable = Decimal::from(count) * Decimal::from(new) < Decimal::from(800 * old);
        prop_assume!(affordable);
        bought(&mut venue, &count.to_string());
        venue.advance(friday("08:29:59"));
        let before = venue.equity();
        venue.advance(friday("08:30:00"));
        // A ratio that does not come out even loses less than a billionth share, and a price of
        // six decimals less than a millionth dollar a share.
        let moved = (venue.equity() - before).abs().decimal();
        prop_assert!(moved < Decimal::new(1, 2), "moved by {}", moved);
    }
}
