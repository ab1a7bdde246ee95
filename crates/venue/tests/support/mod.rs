//! A small market for tests: one week of November 2026, and a client on loopback.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "tests may unwrap, and each file uses its own part of the support"
)]

#[cfg(feature = "http")]
pub(crate) mod face;

use market::bar::{Bar, Interval};
use market::{Calendar, Instant, Price, Shares, Symbol};
use venue::model::{Kind, Order, OrderRequest, Side, Size, TimeInForce};
use venue::{Config, Venue};

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A moment of Friday 2026-11-20, New York.
pub(crate) fn friday(time: &str) -> Instant {
    at(&format!("2026-11-20T{time}-05:00"))
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

pub(crate) fn tqqq() -> Symbol {
    Symbol::new("TQQQ").unwrap()
}

pub(crate) fn bar(start: Instant, prices: [&str; 4], volume: u64) -> Bar {
    let [open, high, low, close] = prices.map(price);
    Bar::new(start, open, high, low, close, Some(volume)).unwrap()
}

/// 30-minute bars of 2026-11-16 to 2026-11-24, each opening 0.50 above the one before it:
/// opens at p, low p - 0.20, high p + 0.60, closes p + 0.50; volume 1000.
pub(crate) fn rising_bars(first: i64) -> Vec<Bar> {
    let calendar = Calendar::nyse();
    let (from, until) = (at("2026-11-16T00:00:00Z"), at("2026-11-25T00:00:00Z"));
    let starts = calendar
        .bar_starts(Interval::ThirtyMinutes, from, until)
        .unwrap();
    let cents = |cents: i64| Price::new(market::Decimal::new(cents, 2)).unwrap();
    (0..)
        .zip(starts)
        .map(|(nth, start)| {
            let open = first + 50 * nth;
            let [o, h, l, c] = [open, open + 60, open - 20, open + 50].map(cents);
            Bar::new(start, o, h, l, c, Some(1_000)).unwrap()
        })
        .collect()
}

/// No partial fills, unless a test asks for them.
pub(crate) fn config(start: Instant) -> Config {
    Config {
        partial_probability: 0.0,
        ..Config::new(7, start)
    }
}

/// TQQQ from 80.00 on Monday, so 106.00 at Friday's open.
pub(crate) fn venue(config: Config) -> Venue {
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    venue
}

pub(crate) fn request(side: Side, size: Size, kind: Kind) -> OrderRequest {
    OrderRequest {
        symbol: tqqq(),
        side,
        size,
        kind,
        time_in_force: TimeInForce::Day,
        extended_hours: false,
        client_order_id: None,
    }
}

pub(crate) fn market(side: Side, count: &str) -> OrderRequest {
    request(side, Size::Shares(shares(count)), Kind::Market)
}

pub(crate) fn limit(side: Side, count: &str, limit: &str) -> OrderRequest {
    request(side, Size::Shares(shares(count)), Kind::Limit(price(limit)))
}

pub(crate) fn notional(side: Side, dollars: &str) -> OrderRequest {
    request(side, Size::Notional(dollars.parse().unwrap()), Kind::Market)
}

/// The order's status and shares done, as one text.
pub(crate) fn state(order: &Order) -> String {
    format!("{} {}", order.status.word(), order.filled)
}
