//! Amounts: exact, bounded, and with no operator that means nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use market::money::{MONEY_MAX, PRICE_MAX, PRICE_MIN, SHARES_MAX};
use market::{Bps, Decimal, Money, Price, Rounding, Shares};

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

#[test]
fn price_times_shares_is_money_to_the_last_digit() {
    let shares: Shares = "980.102341607".parse().unwrap();
    assert_eq!((price("101.52") * shares).to_string(), "99499.98971994264");
}

#[test]
fn amounts_that_mean_nothing_are_refused_with_value_and_rule() {
    let cases = [
        (
            "0".parse::<Price>().err(),
            "0 is not a price: must be above 0",
        ),
        (
            "-1.5".parse::<Price>().err(),
            "-1.5 is not a price: must be above 0",
        ),
        (
            "abc".parse::<Price>().err(),
            "`abc` is not a decimal number",
        ),
        (
            "NaN".parse::<Price>().err(),
            "`NaN` is not a decimal number",
        ),
        ("".parse::<Price>().err(), "`` is not a decimal number"),
        (
            "-2".parse::<Shares>().err(),
            "-2 is not a share count: must not be negative",
        ),
        (
            "0.1234567891".parse::<Shares>().err(),
            "0.1234567891 is not a share count: at most 9 decimals",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error.map(|e| e.to_string()).as_deref(), Some(message));
    }
}

#[test]
fn the_largest_and_smallest_amounts_multiply_and_divide_without_overflow() {
    let (least, most) = (
        Price::new(PRICE_MIN).unwrap(),
        Price::new(PRICE_MAX).unwrap(),
    );
    let (shares, money) = (
        Shares::new(SHARES_MAX).unwrap(),
        Money::new(MONEY_MAX).unwrap(),
    );
    assert_eq!(SHARES_MAX.to_string(), "1000000000000");
    assert_eq!(MONEY_MAX.to_string(), "1000000000000000000");
    assert_eq!((most * shares).to_string(), "1000000000000000000000");
    assert_eq!(
        money.shares_at(least).to_string(),
        "1000000000000000000000000000"
    );
    assert!(most.distance_from(least) > least.distance_from(most));
    assert!(least.moved(Bps::whole(10_000)).is_some());
}

#[test]
fn json_numbers_are_taken_at_their_shortest_reading() {
    assert_eq!(Price::from_f64(101.7).unwrap(), price("101.7"));
    assert!(Price::from_f64(f64::NAN).is_err());
    assert!(Price::from_f64(f64::INFINITY).is_err());
}

#[test]
fn buying_floors_shares_and_cents() {
    let cash: Money = "4.999".parse().unwrap();
    assert_eq!(cash.floor_cents().to_string(), "4.99");
    assert_eq!(
        Money::from_cents(499)
            .shares_at(price("86.878"))
            .to_string(),
        "0.057436865"
    );
    assert_eq!(
        Money::from_cents(-5).shares_at(price("86.878")),
        Shares::ZERO
    );
    assert_eq!(Money::from_cents(-5).floor_cents().to_string(), "-0.05");
}

#[test]
fn limit_prices_round_away_from_a_worse_fill_and_stay_above_zero() {
    assert_eq!(price("101.523").to_cents(Rounding::Up), price("101.53"));
    assert_eq!(price("101.523").to_cents(Rounding::Down), price("101.52"));
    assert_eq!(price("0.001").to_cents(Rounding::Down), price("0.01"));
}

proptest! {
    #[test]
    fn text_round_trips(mantissa in 1_i64..1_000_000_000, scale in 0_u32..10) {
        let price = Price::new(Decimal::new(mantissa, scale)).unwrap();
        prop_assert_eq!(price.to_string().parse::<Price>().unwrap(), price);
        let json = serde_json::to_string(&price).unwrap();
        prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
    }

    #[test]
    fn the_float_of_an_amount_is_the_float_of_its_digits(
        mantissa in prop_oneof![1_000_000_000_i64.., (1_i64 << 52)..(1 << 54)],
        scale in 10_u32..19,
    ) {
        let price = Price::new(Decimal::new(mantissa, scale)).unwrap();
        let read: f64 = price.to_string().parse().unwrap();
        prop_assert_eq!(price.to_f64().to_bits(), read.to_bits());
    }

    #[test]
    fn shares_taken_and_returned_are_conserved(a in 0_i64..1 << 50, b in 0_i64..1 << 50) {
        let (a, b) = (Shares::new(Decimal::new(a, 9)).unwrap(), Shares::new(Decimal::new(b, 9)).unwrap());
        match a.checked_sub(b) {
            Some(left) => prop_assert_eq!(left + b, a),
            None => prop_assert!(b > a),
        }
    }
}
