//! Bars and prices that are stale, missing, changed or twice there.

use market::bar::Interval;
use serde_json::Value;
use venue::Venue;
use venue::model::Split;

use super::support::face::Desk;
use super::support::{config, friday, rising_bars, tqqq};
use super::{desk, desk_of, set, state, struck, submit};

pub(crate) const NAMES: &[&str] = &[
    "stale-bars",
    "missing-bar",
    "revised-bar",
    "duplicated-row",
    "forming-absent",
    "closing-row",
    "no-rows",
    "unadjusted",
    "moved-prices",
    "no-volume",
    "stale-price",
    "wide-quote",
    "odd-quote",
];

/// The newest three rows of Twelve Data as `day time close`.
async fn rows(desk: &Desk) -> Vec<String> {
    let path = "/time_series?symbol=TQQQ&interval=30min&outputsize=3";
    let body = desk.get(path).await.json();
    let Some(rows) = body["values"].as_array() else {
        return vec![body["message"].as_str().unwrap().to_owned()];
    };
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| format!("{} {}", &text(row, "datetime")[8..16], text(row, "close")))
        .collect()
}

#[tokio::test]
async fn what_each_fault_makes_of_the_newest_rows() {
    let (forming, closed, before) = (
        "20 10:00 106.30000",
        "20 09:30 106.50000",
        "19 15:30 106.00000",
    );
    let older = "19 15:00 105.50000";
    let cases: [(&str, &[&str]); 10] = [
        ("stale-bars=30", &["20 09:30 105.80000", before, older]),
        ("missing-bar", &[forming, before, older]),
        ("missing-bar=2", &[forming, closed, older]),
        (
            "missing-bar=2026-11-20T14:59:59Z",
            &[forming, before, older],
        ),
        ("revised-bar", &[forming, "20 09:30 107.03250", before]),
        ("duplicated-row", &[forming, closed, closed]),
        (
            "duplicated-row=other",
            &[forming, "20 09:30 107.03250", closed],
        ),
        ("forming-absent", &[closed, before, older]),
        (
            "moved-prices=-100",
            &[
                "20 10:00 105.23700",
                "20 09:30 105.43500",
                "19 15:30 104.94000",
            ],
        ),
        (
            "no-rows",
            &[
                "No data is available on the specified dates. Try setting different start/end dates.",
            ],
        ),
    ];
    for (fault, expected) in cases {
        let desk = desk(&format!("{fault}@twelve-data")).await;
        assert_eq!(rows(&desk).await, expected, "{fault}");
        assert_eq!(struck(&desk), 1, "{fault}");
        desk.get("/quote?symbol=TQQQ").await;
        desk.get("/stable/historical-chart/30min?symbol=TQQQ").await;
        assert_eq!(
            struck(&desk),
            1,
            "{fault}: neither prices nor another vendor"
        );
    }
}

#[tokio::test]
async fn a_revised_bar_differs_between_two_reads() {
    let desk = desk("revised-bar=200").await;
    let mut closes = Vec::new();
    for _ in 0..4 {
        closes.push(rows(&desk).await[1].clone());
    }
    let (first, second) = ("20 09:30 108.63000", "20 09:30 106.50000");
    assert_eq!(closes, [first, second, first, second]);
    assert_eq!(struck(&desk), 4);
    let final_at_last = super::desk("revised-bar*1").await;
    assert_ne!(rows(&final_at_last).await[1], second);
    assert_eq!(rows(&final_at_last).await[1], second);
}

#[tokio::test]
async fn other_vendors_meet_the_same_faults() {
    let desk = desk("missing-bar@fmp").await;
    let chart = desk
        .get("/stable/historical-chart/30min?symbol=TQQQ")
        .await
        .json();
    assert_eq!(chart[0]["date"], "2026-11-20 10:00:00");
    assert_eq!(chart[1]["date"], "2026-11-19 15:30:00");
    set(&desk, "forming-absent@alpaca-data").await;
    let bars = desk
        .get("/v2/stocks/TQQQ/bars?timeframe=30Min")
        .await
        .json();
    let starts: Vec<&Value> = bars["bars"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bar| &bar["t"])
        .collect();
    assert_eq!(starts, ["2026-11-20T14:30:00Z"]);
}

#[tokio::test]
async fn a_closing_row_repeats_the_last_price() {
    let desk = desk("closing-row").await;
    desk.advance(friday("16:30:00"));
    assert_eq!(
        rows(&desk).await,
        [
            "20 16:00 112.50000",
            "20 15:30 112.50000",
            "20 15:00 112.00000"
        ]
    );
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn rows_can_lack_their_volume() {
    let desk = desk("no-volume@twelve-data").await;
    let path = "/time_series?symbol=TQQQ&interval=30min&outputsize=3";
    let body = desk.get(path).await.json();
    assert!(body["values"][0].get("volume").is_none(), "{body}");
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn prices_can_be_those_of_half_an_hour_ago() {
    let desk = desk("stale-price=30@twelve-data").await;
    assert_eq!(
        desk.get("/price?symbol=TQQQ").await.field("price"),
        "105.80000"
    );
    let quote = desk.get("/quote?symbol=TQQQ").await.json();
    assert_eq!(quote["close"], "105.80000");
    assert_eq!(quote["last_quote_at"], friday("09:40:00").as_second());
    assert_eq!(struck(&desk), 2);
    let trade = desk.get("/v2/stocks/TQQQ/trades/latest").await.json();
    assert_eq!(trade["trade"]["p"], 106.3, "only that vendor");
    set(&desk, "stale-price=30@alpaca-data").await;
    let trade = desk.get("/v2/stocks/TQQQ/trades/latest").await.json();
    assert_eq!(trade["trade"]["p"], 105.8);
}

#[tokio::test]
async fn quotes_can_be_wide_crossed_or_without_an_ask() {
    let cases = [
        ("no-volume", [106.2893, 106.3107]),
        ("wide-quote", [105.7685, 106.8315]),
        ("wide-quote=600", [103.111, 109.489]),
        ("odd-quote", [106.2893, 0.0]),
        ("odd-quote=crossed", [106.3107, 106.2893]),
    ];
    for (fault, [bid, ask]) in cases {
        let desk = desk(fault).await;
        let body = desk.get("/v2/stocks/TQQQ/quotes/latest").await.json();
        let quote = &body["quote"];
        assert_eq!(
            (&quote["bp"], &quote["ap"]),
            (&bid.into(), &ask.into()),
            "{fault}"
        );
        assert_eq!(quote["t"], "2026-11-20T15:10:00Z", "renewed every second");
        let many = desk
            .get("/v2/stocks/quotes/latest?symbols=TQQQ")
            .await
            .json();
        assert_eq!(&many["quotes"]["TQQQ"], quote);
        let id = submit(&desk, "buy", "1").await;
        super::pass(&desk, 60_000);
        assert!(
            state(&desk, &id).await.starts_with("filled"),
            "orders fill as ever"
        );
    }
}

#[tokio::test]
async fn a_halted_symbols_quote_grows_old() {
    let desk = desk("halted").await;
    super::pass(&desk, 300_000);
    let body = desk.get("/v2/stocks/TQQQ/quotes/latest").await.json();
    assert_eq!(body["quote"]["t"], "2026-11-20T15:10:00Z");
}

#[tokio::test]
async fn raw_rows_are_served_for_adjusted_ones() {
    let mut config = config(friday("10:10:00"));
    config.splits = vec![Split::new(tqqq(), friday("10:00:00").to_zoned_date(), 2, 1).unwrap()];
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    let desk = desk_of(venue, "unadjusted*1").await;
    assert_eq!(rows(&desk).await[2], "19 15:30 212.00000");
    assert_eq!(rows(&desk).await[2], "19 15:30 106.00000");
    assert_eq!(struck(&desk), 1);
}

/// New York's date of a moment.
trait ZonedDate {
    fn to_zoned_date(self) -> market::Date;
}

impl ZonedDate for market::Instant {
    fn to_zoned_date(self) -> market::Date {
        market::time::new_york_date(self)
    }
}
