//! Twelve Data's face against the recorded samples.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::bar::Interval;
use market::{Instant, Symbol};
use serde_json::{Value, json};
use support::face::{Answer, Desk, assert_same_shape, sample, sample_text};
use support::{at, bar, config, friday, tqqq, venue};
use venue::Venue;
use venue::http::Faces;

async fn desk_at(now: Instant) -> Desk {
    Desk::open(venue(config(now)), unmetered()).await
}

fn unmetered() -> Faces {
    Faces {
        twelve_data_credits_a_minute: 1_000,
        ..Faces::default()
    }
}

#[track_caller]
fn assert_equal(answer: &Answer, status: u16, sample_name: &str) {
    assert_eq!(
        (answer.status, answer.json()),
        (status, sample(sample_name)),
        "{sample_name}"
    );
}

/// The hours of the sample, each as a bar that holds them and a flat one after it.
fn sampled_market(now: Instant) -> Venue {
    let hours = [
        (
            "2026-11-19T13:30",
            ["99.30", "99.45", "98.88", "99.11"],
            1_733_210,
        ),
        (
            "2026-11-19T14:30",
            ["99.11", "99.62", "98.95", "99.50"],
            2_037_450,
        ),
        (
            "2026-11-19T15:30",
            ["99.50", "99.93", "99.31", "99.84"],
            1_439_022,
        ),
        (
            "2026-11-20T09:30",
            ["100.12", "101.90", "99.84", "101.40"],
            583_921,
        ),
        (
            "2026-11-20T10:30",
            ["101.40", "101.80", "101.31", "101.70"],
            41_233,
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

#[tokio::test]
async fn a_time_series_is_the_recorded_one_to_the_byte() {
    let desk = Desk::open(sampled_market(friday("10:59:59")), unmetered()).await;
    let answer = desk
        .get("/time_series?symbol=TQQQ&interval=1h&outputsize=5")
        .await;
    let compact: String = sample_text("twelvedata_time_series_1h.json")
        .lines()
        .map(|line| line.trim_start().replace("\": ", "\":"))
        .collect();
    assert_eq!((answer.status, answer.text), (200, compact));
}

#[tokio::test]
async fn the_forming_row_changes_between_calls() {
    let desk = desk_at(friday("10:00:00")).await;
    let newest = async || -> Value {
        let path = "/time_series?symbol=TQQQ&interval=30min&outputsize=2";
        desk.get(path).await.json()["values"].clone()
    };
    let at_ten = newest().await;
    assert_eq!(
        at_ten[0],
        json!({"datetime": "2026-11-20 10:00:00", "open": "106.50000", "high": "106.50000",
            "low": "106.50000", "close": "106.50000", "volume": "250"})
    );
    desk.advance(friday("10:20:00"));
    let later = newest().await;
    assert_eq!(later[0]["high"], "107.10000");
    assert_eq!(later[0]["low"], "106.30000");
    assert_eq!(later[1], at_ten[1], "what has closed does not change");
}

#[tokio::test]
async fn rows_follow_order_zone_window_and_digits() {
    let desk = desk_at(friday("12:00:00")).await;
    let times = async |query: &str| -> Vec<String> {
        let path = format!("/time_series?symbol=TQQQ&interval=30min&{query}");
        let answer = desk.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        assert_eq!(body["meta"]["exchange_timezone"], "America/New_York");
        let rows = body["values"].as_array().unwrap().iter();
        rows.map(|row| row["datetime"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(times("").await.len(), 30, "the default");
    assert_eq!(
        times("outputsize=2").await,
        ["2026-11-20 12:00:00", "2026-11-20 11:30:00"]
    );
    assert_eq!(
        times("outputsize=2&order=ASC").await,
        ["2026-11-20 11:30:00", "2026-11-20 12:00:00"]
    );
    assert_eq!(
        times("outputsize=1&timezone=UTC").await,
        ["2026-11-20 17:00:00"]
    );
    assert_eq!(
        times("outputsize=1&timezone=Europe/Paris").await,
        ["2026-11-20 18:00:00"]
    );
    let window = "start_date=2026-11-20%2009:30:00&end_date=2026-11-20+10:00:00";
    assert_eq!(
        times(window).await,
        ["2026-11-20 10:00:00", "2026-11-20 09:30:00"]
    );
    let utc = "start_date=2026-11-20T14:30:00&end_date=2026-11-20T14:30:00&timezone=UTC";
    assert_eq!(times(utc).await, ["2026-11-20 14:30:00"]);
    assert_eq!(times("start_date=2026-11-16").await.len(), 4 * 13 + 6);
    let two_digits = desk
        .get("/time_series?symbol=TQQQ&interval=1day&outputsize=1&dp=2")
        .await;
    assert_eq!(
        two_digits.json()["values"],
        json!([{"datetime": "2026-11-20", "open": "106.00", "high": "108.60", "low": "105.80",
            "close": "108.50", "volume": "5250"}])
    );
}

#[tokio::test]
async fn requests_that_cannot_be_answered_say_so() {
    let desk = desk_at(friday("12:00:00")).await;
    let weekend = "/time_series?symbol=TQQQ&interval=1h&start_date=2026-11-14&end_date=2026-11-15";
    assert_equal(
        &desk.get(weekend).await,
        400,
        "twelvedata_error_400_no_data.json",
    );
    for path in [
        "/time_series?symbol=NOPE&interval=1h",
        "/time_series?interval=1h",
        "/price?symbol=NOPE",
    ] {
        assert_equal(&desk.get(path).await, 404, "twelvedata_error_404.json");
    }
    for bad in [
        "interval=60min",
        "interval=1h&outputsize=0",
        "interval=1h&outputsize=5001",
        "interval=1h&order=up",
        "interval=1h&timezone=Mars",
        "interval=1h&start_date=soon",
        "interval=1h&dp=12",
        "interval=1h&format=CSV",
        "",
    ] {
        let answer = desk.get(&format!("/time_series?symbol=TQQQ&{bad}")).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.text);
        assert_same_shape("twelvedata_error_400_no_data.json", &answer.json());
    }
}

#[tokio::test]
async fn a_batch_answers_each_symbol_and_costs_one_credit_each() {
    let desk = desk_at(friday("12:00:00")).await;
    let answer = desk
        .get("/time_series?symbol=TQQQ,NOPE&interval=1h&outputsize=1")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("is_batch"), "true");
    assert_eq!(answer.header("api-credits-used"), "2");
    assert_same_shape("twelvedata_time_series_batch.json", &answer.json());
    assert_eq!(
        answer.json()["NOPE"],
        sample("twelvedata_time_series_batch.json")["NOPE"]
    );
}

#[tokio::test]
async fn quote_price_and_state_have_the_recorded_shape() {
    let desk = Desk::open(sampled_market(friday("10:59:59")), unmetered()).await;
    let price = desk.get("/price?symbol=TQQQ").await;
    assert_equal(&price, 200, "twelvedata_price.json");
    let quote = desk
        .get("/quote?symbol=TQQQ:NASDAQ&source=python")
        .await
        .json();
    assert_same_shape("twelvedata_quote.json", &quote);
    let recorded = sample("twelvedata_quote.json");
    for name in [
        "symbol",
        "name",
        "exchange",
        "mic_code",
        "currency",
        "datetime",
        "timestamp",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "previous_close",
        "change",
        "percent_change",
        "is_market_open",
    ] {
        let expected = match name {
            "volume" => json!("625154"),
            _ => recorded[name].clone(),
        };
        assert_eq!(quote[name], expected, "{name}");
    }
    assert_eq!(
        quote["last_quote_at"],
        json!(friday("10:59:00").as_second())
    );
    desk.advance(friday("16:30:00"));
    let closed = desk.get("/quote?symbol=TQQQ").await.json();
    assert_eq!(closed["is_market_open"], false);
    assert_same_shape("twelvedata_quote.json", &closed);
}

#[tokio::test]
async fn prices_of_several_symbols_are_keyed_as_asked() {
    let mut two = venue(config(friday("12:00:00")));
    let qqq = Symbol::new("QQQ").unwrap();
    two.add_series(&qqq, Interval::ThirtyMinutes, support::rising_bars(60_000))
        .unwrap();
    let desk = Desk::open(two, unmetered()).await;
    let prices = desk.get("/price?symbol=TQQQ,QQQ").await.json();
    assert_same_shape("twelvedata_price_batch.json", &prices);
}

#[tokio::test]
async fn the_state_of_the_market_is_the_recorded_one() {
    let desk = desk_at(friday("10:30:04")).await;
    let state = desk.get("/market_state?exchange=NASDAQ").await;
    assert_equal(&state, 200, "twelvedata_market_state.json");
    desk.advance(friday("16:00:00"));
    let closed = desk.get("/market_state?exchange=NASDAQ").await.json();
    assert_eq!(closed[0]["time_to_open"], "65:30:00");
    assert_eq!(closed[0]["time_to_close"], "00:00:00");
    let indicators = desk.get("/technical_indicators").await;
    assert_equal(&indicators, 200, "twelvedata_technical_indicators_min.json");
}

#[tokio::test]
async fn eight_credits_a_minute_start_anew_on_the_wall_minute() {
    let desk = Desk::open(venue(config(friday("10:00:59"))), Faces::default()).await;
    let path = "/time_series?symbol=TQQQ&interval=1h&outputsize=1";
    for used in 1..=8 {
        let answer = desk.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("api-credits-used"), used.to_string());
        assert_eq!(answer.header("api-credits-left"), (8 - used).to_string());
    }
    let refused = desk.get(path).await;
    assert_equal(&refused, 429, "twelvedata_error_429_minute.json");
    assert_eq!(refused.header("api-credits-left"), "0");
    desk.advance(friday("10:01:00"));
    let usage = desk.get("/api_usage").await.json();
    assert_same_shape("twelvedata_api_usage.json", &usage);
    assert_eq!(usage["daily_usage"], 8);
    assert_eq!(usage["timestamp"], "2026-11-20 15:01:00");
}

#[tokio::test]
async fn eight_hundred_credits_a_day_start_anew_at_midnight_utc() {
    let faces = Faces {
        twelve_data_credits_a_minute: 1_000,
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("10:00:00"))), faces).await;
    let hundred = vec!["TQQQ"; 100].join(",");
    for _ in 0..8 {
        assert_eq!(
            desk.get(&format!("/price?symbol={hundred}")).await.status,
            200
        );
    }
    assert_equal(
        &desk.get("/price?symbol=TQQQ").await,
        429,
        "twelvedata_error_429_day.json",
    );
    desk.advance(at("2026-11-21T00:00:00Z"));
    assert_eq!(desk.get("/price?symbol=TQQQ").await.status, 200);
}

#[tokio::test]
async fn errors_cost_nothing_and_can_come_under_http_200() {
    let faces = Faces {
        errors_as_http_200: true,
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("10:00:00"))), faces).await;
    for _ in 0..20 {
        let answer = desk.get("/price?symbol=NOPE").await;
        assert_equal(&answer, 200, "twelvedata_error_404.json");
        assert_eq!(answer.header("api-credits-used"), "0");
    }
}

#[tokio::test]
async fn a_key_is_taken_from_query_or_header_and_missed_otherwise() {
    let faces = Faces {
        twelve_data_key: Some("right".to_owned()),
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("10:00:00"))), faces).await;
    let missing = desk.get_without_keys("/price?symbol=TQQQ").await;
    assert_equal(&missing, 401, "twelvedata_error_401.json");
    let wrong = desk.get("/price?symbol=TQQQ").await;
    assert_equal(&wrong, 401, "twelvedata_error_401.json");
    let in_query = desk
        .get_without_keys("/price?symbol=TQQQ&apikey=right")
        .await;
    assert_eq!(in_query.status, 200);
    let request = desk.bare(reqwest::Method::GET, "/price?symbol=TQQQ", "");
    let in_header = Desk::send(request.header("Authorization", "apikey right")).await;
    assert_eq!(in_header.status, 200);
}
