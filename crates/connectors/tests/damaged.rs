//! Vendors' bodies with something wrong: no reader panics, no damaged row comes out as a bar that
//! is none, and no number comes out that nobody sent.

#[path = "../../../tests/damage/mod.rs"]
mod damage;
mod fixture;
#[path = "../../../tests/damage/numbers.rs"]
mod numbers;

use connectors::alpaca::{
    account, activities, asset, bars, calendar, clock, configuration, corporate_actions,
    latest_trade, orders, positions,
};
use connectors::fmp::{self, historical_chart};
use connectors::http::Answer;
use connectors::twelve_data::{self, time_series};
use market::check::{Checked, check};
use market::{Calendar, Date, Decimal, Instant, Interval, RawBar};
use proptest::prelude::*;
use reqwest::header::HeaderMap;
use trading::observation::PricePoint;

use damage::{damaged, damages};
use fixture::{sample, tqqq};
use numbers::numbers;

/// A reader and the body it is fed; the numbers it makes of it.
type Reader = fn(&[u8]) -> Vec<Decimal>;

/// A moment after every row of the samples.
fn now() -> Instant {
    "2026-11-20T21:00:00Z".parse().expect("a moment")
}

fn none<T, E>(_: Result<T, E>) -> Vec<Decimal> {
    Vec::new()
}

/// The numbers on which money hangs, by reader.
#[rustfmt::skip]
const READERS: [(&str, Reader); 22] = [
    ("alpaca_account.json", |body| account::read(body).map_or_else(|_| Vec::new(), |account| {
        vec![account.cash.decimal(), account.equity.decimal(), account.buying_power.decimal()]
    })),
    ("alpaca_account_before_2026-07-06.json", |body| none(account::read(body))),
    ("alpaca_account_configurations.json", |body| none(configuration::read(body))),
    ("alpaca_positions.json", |body| positions::read(body).map_or_else(|_| Vec::new(), |held| {
        held.iter().map(|held| held.quantity.decimal()).collect()
    })),
    ("alpaca_orders.json", |body| orders::list::read(body).map_or_else(|_| Vec::new(), |listed| {
        listed.iter().flat_map(order_numbers).collect()
    })),
    ("alpaca_order_canceled_after_partial.json", |body| orders::read(body).map_or_else(|_| Vec::new(), |order| order_numbers(&order))),
    ("alpaca_order_filled_notional.json", |body| orders::read(body).map_or_else(|_| Vec::new(), |order| order_numbers(&order))),
    ("alpaca_activities_fill.json", |body| none(activities::read(body))),
    ("alpaca_activities_dividend.json", |body| none(activities::read(body))),
    ("alpaca_clock_open.json", |body| none(clock::read(body))),
    ("alpaca_calendar.json", |body| none(calendar::read(body, Date::MIN))),
    ("alpaca_asset_tqqq.json", |body| none(asset::read(body, &tqqq()))),
    ("alpaca_corporate_actions.json", |body| none(corporate_actions::read(body, &tqqq()))),
    ("alpaca_data_latest_trade.json", |body| latest_trade::read(body, &tqqq()).map_or_else(|_| Vec::new(), |point| point.iter().map(price).collect())),
    ("twelvedata_quote.json", |body| twelve_data::quote::read(body, &tqqq()).map_or_else(|_| Vec::new(), |point| vec![price(&point)])),
    ("fmp_stable_quote.json", |body| fmp::quote::read(body, &tqqq()).map_or_else(|_| Vec::new(), |point| point.iter().map(price).collect())),
    ("twelvedata_error_429_minute.json", |body| refused(body)),
    ("twelvedata_error_400_no_data.json", |body| refused(body)),
    ("fmp_error_429_limit.json", |body| refused(body)),
    ("fmp_error_402_symbol.txt", |body| refused(body)),
    ("alpaca_error_duplicate_client_order_id.422.json", |body| refused(body)),
    ("alpaca_error_401_nginx.html", |body| refused(body)),
];

fn price(point: &PricePoint) -> Decimal {
    point.price.decimal()
}

fn order_numbers(order: &trading::order::OrderReport) -> Vec<Decimal> {
    let average = order.average_price.map(market::Price::decimal);
    let quantity = order.quantity.map(market::Shares::decimal);
    let notional = order.notional.map(market::Money::decimal);
    let filled = Some(order.filled.decimal());
    [average, quantity, notional, filled]
        .into_iter()
        .flatten()
        .collect()
}

/// What becomes of an error body, under its own kind of status and under 200.
fn refused(body: &[u8]) -> Vec<Decimal> {
    for status in [200, 401, 404, 422, 429, 500] {
        let answer = Answer::new(status, HeaderMap::new(), body.to_vec());
        if let Some(refusal) = twelve_data::refusal::Refusal::of(&answer) {
            let _ = refusal.read_error("/quote", false).to_string();
        }
        if let Some(refusal) = fmp::refusal::Refusal::of(&answer) {
            let _ = refusal.read_error("quote", true).to_string();
        }
        for key_worked in [false, true] {
            let error = connectors::alpaca::refusal::read_error("account", &answer, key_worked);
            let _ = error.to_string();
        }
        let _ = connectors::alpaca::refusal::says_absent(&answer);
        let _ = orders::cancel::answered(&answer);
    }
    Vec::new()
}

/// A reader of rows of bars; `None` is an error.
type BarReader = fn(&[u8]) -> Option<Vec<RawBar>>;

/// Rows of bars, in the form each vendor writes, a field a line.
#[rustfmt::skip]
const BARS: [(&str, &str, BarReader); 3] = [
    ("twelve-data", r#"{"meta":{"symbol":"TQQQ","interval":"30min"},"values":[ROWS],"status":"ok"}"#,
        |body| time_series::read(body, &tqqq(), Interval::ThirtyMinutes).ok()),
    ("fmp", "[ROWS]", |body| historical_chart::read(body).ok()),
    ("alpaca", r#"{"bars":[ROWS],"symbol":"TQQQ","next_page_token":null}"#,
        |body| bars::read(body, &tqqq()).ok().map(|page| page.bars)),
];

/// A good body of one vendor: six bars of a Friday morning.
fn good(vendor: &str, envelope: &str) -> String {
    let rows: Vec<String> = (0..6).map(|nth| row(vendor, nth)).collect();
    envelope.replace("ROWS", &rows.join(",\n"))
}

fn row(vendor: &str, nth: u32) -> String {
    let half = nth.is_multiple_of(2);
    let (hour, minute) = (9 + nth.div_ceil(2), if half { "30" } else { "00" });
    let cents = 10_000 + 37 * nth;
    let price = |more: u32| format!("{}.{:02}", (cents + more) / 100, (cents + more) % 100);
    let [open, high, low, close] = [20, 45, 0, 31].map(price);
    match vendor {
        "twelve-data" => format!(
            "{{\"datetime\":\"2026-11-20 {hour:02}:{minute}:00\",\n\"open\":\"{open}\",\n\"high\":\"{high}\",\n\"low\":\"{low}\",\n\"close\":\"{close}\",\n\"volume\":\"58392\"}}"
        ),
        "fmp" => format!(
            "{{\"date\":\"2026-11-20 {hour:02}:{minute}:00\",\n\"open\":{open},\n\"low\":{low},\n\"high\":{high},\n\"close\":{close},\n\"volume\":58392}}"
        ),
        _ => format!(
            "{{\"t\":\"2026-11-20T{:02}:{minute}:00Z\",\n\"o\":{open},\n\"h\":{high},\n\"l\":{low},\n\"c\":{close},\n\"v\":58392,\"n\":5,\"vw\":{open}}}",
            hour + 5
        ),
    }
}

/// The rows a reader gave, put on trial as the cycle does.
fn tried(rows: Vec<RawBar>) -> Checked {
    check(rows, Interval::ThirtyMinutes, &Calendar::nyse(), now())
}

#[test]
fn every_good_body_is_read() {
    for (vendor, envelope, read) in BARS {
        let rows = read(good(vendor, envelope).as_bytes()).expect(vendor);
        let checked = tried(rows);
        assert_eq!(
            (checked.bars.len(), checked.rejected.len()),
            (6, 0),
            "{vendor}"
        );
    }
    for (name, read) in READERS {
        let body = sample(name);
        let known = numbers(&String::from_utf8(body.clone()).expect(name));
        assert!(
            read(&body).iter().all(|number| known.contains(number)),
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_damaged_row_is_an_error_or_kept_out_or_still_a_bar(
        which in 0..BARS.len(),
        damages in damages(),
    ) {
        let (vendor, envelope, read) = BARS[which];
        let body = damaged(&good(vendor, envelope), &damages);
        if let Some(rows) = read(body.as_bytes()) {
            let sent = numbers(&body);
            let checked = tried(rows);
            prop_assert!(checked.bars.is_sorted_by(|one, next| one.start < next.start));
            for bar in checked.bars {
                prop_assert!(bar.start <= now());
                for price in [bar.open, bar.high, bar.low, bar.close] {
                    prop_assert!(bar.low <= price && price <= bar.high);
                    prop_assert!(sent.contains(&price.decimal()), "{price} was never sent");
                }
            }
        }
    }

    #[test]
    fn a_damaged_reply_is_an_error_or_says_what_was_sent(
        which in 0..READERS.len(),
        damages in damages(),
    ) {
        let (name, read) = READERS[which];
        let body = damaged(&String::from_utf8(sample(name)).expect(name), &damages);
        let sent = numbers(&body);
        for number in read(body.as_bytes()) {
            prop_assert!(
                sent.contains(&number) || sent.contains(&-number),
                "{name}: {number} was never sent"
            );
        }
    }
}
