//! FMP's face against the recorded samples: bare arrays, plans, limits and both generations.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::bar::Interval;
use market::{Date, Instant};
use reqwest::Method;
use serde_json::{Value, json};
use support::face::{Answer, Desk, assert_same_shape, sample, sample_text};
use support::{at, bar, config, friday, rising_bars, tqqq, venue};
use venue::Venue;
use venue::http::{Faces, FmpPlan};
use venue::model::Split;

async fn desk_at(now: Instant) -> Desk {
    Desk::open(venue(config(now)), Faces::default()).await
}

async fn desk_with(faces: Faces) -> Desk {
    Desk::open(venue(config(friday("10:10:00"))), faces).await
}

#[track_caller]
fn assert_equal(answer: &Answer, status: u16, sample_name: &str) {
    let seen = (answer.status, answer.json());
    assert_eq!(seen, (status, sample(sample_name)), "{sample_name}");
}

/// The hours of the sample, each as a bar that holds them and a flat one after it.
fn sampled_market(now: Instant) -> Venue {
    let hours = [
        (
            "2026-11-19T14:30",
            ["99.11", "99.62", "98.95", "99.50"],
            5_074_507,
        ),
        (
            "2026-11-19T15:30",
            ["99.50", "99.93", "99.31", "99.84"],
            9_390_222,
        ),
        (
            "2026-11-20T09:30",
            ["100.12", "101.90", "99.84", "101.40"],
            15_839_211,
        ),
        (
            "2026-11-20T10:30",
            ["101.40", "101.80", "101.31", "101.70"],
            441_233,
        ),
    ];
    let mut bars = Vec::new();
    for (start, prices, volume) in hours {
        let start = at(&format!("{start}:00-05:00"));
        bars.push(bar(start, prices, volume));
        let (half, close) = (start + market::time::minutes(30), prices[3]);
        if half != friday("11:00:00") && half != at("2026-11-19T21:00:00Z") {
            bars.push(bar(half, [close; 4], 0));
        }
    }
    let mut venue = Venue::new(config(now)).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, bars)
        .unwrap();
    venue
}

const CHART: &str = "/stable/historical-chart/1hour?symbol=TQQQ";

#[tokio::test]
async fn a_chart_is_the_recorded_one_to_the_byte() {
    let desk = Desk::open(sampled_market(friday("10:59:59")), Faces::default()).await;
    let answer = desk.get(CHART).await;
    let compact: String = sample_text("fmp_stable_historical_chart_1hour.json")
        .lines()
        .map(|line| line.trim_start().replace("\": ", "\":"))
        .collect();
    assert_eq!((answer.status, answer.text), (200, compact));
}

#[tokio::test]
async fn charts_have_every_interval_by_dates_alone() {
    let desk = desk_at(friday("10:10:00")).await;
    let rows = async |query: &str| -> Vec<Value> {
        let path = format!("/stable/historical-chart/{query}");
        desk.get(&path).await.json().as_array().unwrap().clone()
    };
    for (interval, newest) in [
        ("1min", "2026-11-20 10:10:00"),
        ("5min", "2026-11-20 10:10:00"),
        ("15min", "2026-11-20 10:00:00"),
        ("30min", "2026-11-20 10:00:00"),
        ("1hour", "2026-11-20 09:30:00"),
    ] {
        let rows = rows(&format!("{interval}?symbol=TQQQ")).await;
        assert_eq!(rows[0]["date"], newest, "{interval}");
    }
    let thursday = rows("30min?symbol=TQQQ&from=2026-11-19&to=2026-11-19").await;
    assert_eq!(thursday.len(), 13);
    assert_eq!(thursday[12]["date"], "2026-11-19 09:30:00");
    assert_eq!(rows("30min?symbol=NOPE").await, Vec::<Value>::new());
    assert_eq!(
        rows("30min?symbol=TQQQ&from=2026-11-21&to=2026-11-22").await,
        Vec::<Value>::new()
    );
    let bad = desk
        .get("/stable/historical-chart/30min?symbol=TQQQ&from=monday")
        .await;
    assert_eq!(bad.status, 400);
    let unknown = desk.get("/stable/historical-chart/2hour?symbol=TQQQ").await;
    assert_eq!((unknown.status, unknown.text.as_str()), (404, "[]"));
}

#[tokio::test]
async fn quotes_have_the_recorded_fields_of_their_generation() {
    let old = Faces {
        fmp_legacy: true,
        ..Faces::default()
    };
    let desk = desk_with(old).await;
    for (path, sample_name) in [
        ("/stable/quote?symbol=TQQQ", "fmp_stable_quote.json"),
        (
            "/stable/quote-short?symbol=TQQQ",
            "fmp_stable_quote_short.json",
        ),
        ("/api/v3/quote/TQQQ", "fmp_legacy_quote.json"),
        ("/api/v3/quote-short/TQQQ", "fmp_legacy_quote_short.json"),
        (
            "/api/v3/historical-chart/1hour/TQQQ",
            "fmp_stable_historical_chart_1hour.json",
        ),
    ] {
        assert_same_shape(sample_name, &desk.get(path).await.json());
    }
    let quote = desk.get("/stable/quote?symbol=TQQQ").await.json()[0].clone();
    assert_eq!(quote["price"], 106.3);
    assert_eq!(quote["previousClose"], 106.0);
    assert_eq!(quote["timestamp"], friday("10:10:00").as_second());
    assert_eq!(
        desk.get("/stable/quote?symbol=NOPE").await.json(),
        json!([])
    );
    let both = desk
        .get("/stable/batch-quote?symbols=TQQQ,NOPE")
        .await
        .json();
    assert_eq!(both.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_comes_in_the_query_or_in_a_header() {
    let faces = Faces {
        fmp_key: Some("right".to_owned()),
        ..Faces::default()
    };
    let desk = desk_with(faces).await;
    let refused = desk.get(CHART).await;
    assert_equal(&refused, 401, "fmp_error_401_invalid_key.json");
    assert_eq!(desk.get_without_keys(CHART).await.status, 401);
    let in_query = desk
        .get_without_keys(&format!("{CHART}&apikey=right"))
        .await;
    assert_eq!(in_query.status, 200);
    let in_header = desk.bare(Method::GET, CHART, "").header("apikey", "right");
    assert_eq!(Desk::send(in_header).await.status, 200);
}

#[tokio::test]
async fn the_free_plan_has_quotes_and_no_charts_within_a_day() {
    let faces = Faces {
        fmp_plan: FmpPlan::Free,
        ..Faces::default()
    };
    let desk = desk_with(faces).await;
    let refused = desk.get(CHART).await;
    let words = sample_text("fmp_error_402_endpoint.txt");
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (402, words.trim_end())
    );
    assert_eq!(desk.get("/stable/quote?symbol=TQQQ").await.status, 200);
    let legacy = desk.get("/api/v3/quote/TQQQ").await;
    assert_equal(&legacy, 403, "fmp_error_403_legacy.json");
}

#[tokio::test]
async fn the_days_budget_lasts_until_midnight_utc() {
    let faces = Faces {
        fmp_calls_a_day: Some(2),
        ..Faces::default()
    };
    let desk = desk_with(faces).await;
    for expected in [200, 200, 429] {
        assert_eq!(desk.get(CHART).await.status, expected);
    }
    let limited = desk.get(CHART).await;
    assert_equal(&limited, 429, "fmp_error_429_limit.json");
    assert_eq!(limited.header("retry-after"), "");
    desk.advance(at("2026-11-21T00:00:00Z"));
    assert_eq!(desk.get(CHART).await.status, 200);
}

#[tokio::test]
async fn errors_can_come_under_http_200() {
    let faces = Faces {
        errors_as_http_200: true,
        fmp_key: Some("right".to_owned()),
        ..Faces::default()
    };
    let desk = desk_with(faces).await;
    assert_equal(
        &desk.get(CHART).await,
        200,
        "fmp_error_401_invalid_key.json",
    );
}

#[tokio::test]
async fn charts_are_adjusted_unless_asked_otherwise() {
    let mut config = config(friday("10:10:00"));
    let ex_date: Date = "2026-11-20".parse().unwrap();
    config.splits = vec![Split::new(tqqq(), ex_date, 2, 1).unwrap()];
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    let desk = Desk::open(venue, Faces::default()).await;
    let path = "/stable/historical-chart/30min?symbol=TQQQ&from=2026-11-19";
    let adjusted = desk.get(path).await.json();
    let raw = desk.get(&format!("{path}&nonadjusted=true")).await.json();
    assert_eq!(
        (&adjusted[2]["close"], &raw[2]["close"]),
        (&json!(106.0), &json!(212.0))
    );
    assert_eq!(
        (&adjusted[2]["volume"], &raw[2]["volume"]),
        (&json!(1000), &json!(500))
    );
    assert_eq!(
        adjusted[0], raw[0],
        "the ex-date itself is on the new basis"
    );
    let quote = desk.get("/stable/quote?symbol=TQQQ").await.json();
    assert_eq!(quote[0]["previousClose"], 106.0);
}
