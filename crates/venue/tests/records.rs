//! What the account's records show: activities, portfolio history, who may ask; and averages.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::time::milliseconds;
use reqwest::Method;
use serde_json::{Value, json};
use support::face::{Desk, assert_same_shape};
use support::{at, config, friday, venue};
use venue::http::{AlpacaKeys, Faces};

async fn desk() -> Desk {
    Desk::open(venue(config(friday("10:10:00"))), Faces::default()).await
}

fn pass(desk: &Desk, ms: i64) {
    desk.advance(desk.shared.now() + milliseconds(ms));
}

async fn trade(desk: &Desk, side: &str, qty: &str) {
    let body = json!({"symbol": "TQQQ", "qty": qty, "side": side, "type": "market",
        "time_in_force": "day"});
    assert_eq!(desk.post("/v2/orders", &body.to_string()).await.status, 200);
    pass(desk, 50);
}

async fn book(desk: &Desk, kind: &str, amount: &str, symbol: Option<&str>) {
    let body = json!({"type": kind, "amount": amount, "symbol": symbol}).to_string();
    let booked = desk.post("/control/activity", &body).await;
    assert_eq!(booked.status, 200, "{}", booked.text);
}

async fn activities(desk: &Desk, query: &str) -> Vec<Value> {
    let answer = desk.get(&format!("/v2/account/activities{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json().as_array().unwrap().clone()
}

fn words(rows: &[Value]) -> Vec<String> {
    let word = |row: &Value| row["activity_type"].as_str().unwrap().to_owned();
    rows.iter().map(word).collect()
}

#[tokio::test]
async fn fills_are_rows_as_recorded() {
    let desk = desk().await;
    desk.post("/control/faults", r#"{"set": "stuck-order=partial*1"}"#)
        .await;
    trade(&desk, "buy", "900").await;
    desk.delete("/v2/orders").await;
    pass(&desk, 20);
    trade(&desk, "sell", "450").await;
    let rows = activities(&desk, "/FILL").await;
    assert_same_shape("alpaca_activities_fill.json", &Value::from(rows.clone()));
    let short = |row: &Value| {
        [
            "type",
            "side",
            "qty",
            "leaves_qty",
            "cum_qty",
            "order_status",
        ]
        .map(|f| row[f].clone())
    };
    assert_eq!(
        short(&rows[0]),
        ["fill", "sell", "450", "0", "450", "filled"]
    );
    assert_eq!(
        short(&rows[1]),
        [
            "partial_fill",
            "buy",
            "450",
            "450",
            "450",
            "partially_filled"
        ]
    );
    let id = rows[1]["id"].as_str().unwrap();
    assert!(
        id.starts_with("20261120101000050::"),
        "New York's wall time: {id}"
    );
    let order = rows[1]["order_id"].as_str().unwrap();
    assert_eq!(
        activities(&desk, &format!("?order_id={order}")).await,
        rows[1..]
    );
}

#[tokio::test]
async fn transfers_dividends_and_fees_are_booked_by_control() {
    let desk = desk().await;
    trade(&desk, "buy", "100").await;
    let cash: f64 = desk.get("/v2/account").await.field("cash").parse().unwrap();
    book(&desk, "CSD", "1000", None).await;
    book(&desk, "CSW", "-300", None).await;
    book(&desk, "DIV", "10", Some("TQQQ")).await;
    book(&desk, "FEE", "-0.02", None).await;
    let after: f64 = desk.get("/v2/account").await.field("cash").parse().unwrap();
    assert!((after - cash - 709.98).abs() < 1e-6);
    let rows = activities(&desk, "").await;
    assert_eq!(
        words(&rows),
        ["FEE", "DIV", "CSW", "CSD", "FILL"],
        "newest first"
    );
    assert_same_shape(
        "alpaca_activities_dividend.json",
        &Value::from(vec![rows[1].clone()]),
    );
    assert_eq!(rows[1]["per_share_amount"], "0.1");
    assert_eq!(rows[2]["net_amount"], "-300");
    assert_eq!(
        words(&activities(&desk, "?activity_types=DIV,FEE").await),
        ["FEE", "DIV"]
    );
    assert_eq!(
        words(&activities(&desk, "?category=trade_activity").await),
        ["FILL"]
    );
    assert_eq!(activities(&desk, "?date=2026-11-19").await.len(), 0);
    for (body, why) in [
        (r#"{"type": "DIV", "amount": "-1"}"#, "DIV of -1"),
        (r#"{"type": "CSW", "amount": "1"}"#, "CSW of 1"),
        (r#"{"type": "INT", "amount": "1"}"#, "`INT` is no type"),
    ] {
        let refused = desk.post("/control/activity", body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.field("error").contains(why), "{}", refused.text);
    }
    assert_eq!(activities(&desk, "").await.len(), 5);
}

#[tokio::test]
async fn pages_follow_the_last_row_in_either_direction() {
    let desk = desk().await;
    for cents in 1..=5 {
        book(&desk, "CSD", &format!("0.0{cents}"), None).await;
        pass(&desk, 1_000);
    }
    for direction in ["asc", "desc"] {
        let mut amounts = Vec::new();
        let mut token = String::new();
        loop {
            let query = format!("?direction={direction}&page_size=2{token}");
            let rows = activities(&desk, &query).await;
            let Some(last) = rows.last() else { break };
            token = format!("&page_token={}", last["id"].as_str().unwrap());
            amounts.extend(rows.iter().map(|row| row["net_amount"].clone()));
        }
        if direction == "desc" {
            amounts.reverse();
        }
        assert_eq!(
            amounts,
            ["0.01", "0.02", "0.03", "0.04", "0.05"],
            "{direction}"
        );
    }
    let after = "?after=2026-11-20T15:10:01Z&until=2026-11-20T15:10:04Z";
    assert_eq!(
        activities(&desk, after).await.len(),
        2,
        "both ends are left out"
    );
}

#[tokio::test]
async fn the_history_has_a_row_a_session_and_counts_no_transfer_as_profit() {
    let desk = desk().await;
    trade(&desk, "buy", "100").await;
    book(&desk, "CSD", "5000", None).await;
    book(&desk, "FEE", "-0.01", None).await;
    desk.advance(at("2026-11-24T22:00:00Z"));
    let path = "/v2/account/portfolio/history?timeframe=1D&period=1M";
    let history = desk.get(path).await.json();
    assert_same_shape_but_cashflow(&history);
    let rows = history["timestamp"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "Friday, Monday, Tuesday");
    assert_eq!(rows[0], at("2026-11-21T00:00:00Z").as_second());
    assert_eq!(history["base_value"], 100_000.0);
    let equity: Vec<f64> = serde_json::from_value(history["equity"].clone()).unwrap();
    let profit: Vec<f64> = serde_json::from_value(history["profit_loss"].clone()).unwrap();
    // Bought at 106.32, closed at 112.50.
    assert!((profit[0] - 618.0).abs() < 2.0, "{profit:?}");
    assert!((equity[0] - 105_000.0 - profit[0]).abs() < 0.02);
    assert!((equity[2] - equity[1] - profit[2]).abs() < 0.02);
    assert_eq!(history["cashflow"]["CSD"], json!([5000.0, 0.0, 0.0]));
    assert_eq!(history["cashflow"]["FEE"], json!([-0.01, 0.0, 0.0]));
    let newest = desk.get(&format!("{HISTORY}?timeframe=1D&period=1D")).await;
    let newest = newest.json();
    assert_eq!(newest["equity"], json!(equity[1..]));
    // A deposit before the span is no loss within it.
    assert_eq!(newest["profit_loss"], json!(profit[1..]));
}

const HISTORY: &str = "/v2/account/portfolio/history";

#[tokio::test]
async fn the_history_within_days_is_counted_at_the_end_of_each_step() {
    let desk = desk().await;
    trade(&desk, "buy", "100").await;
    desk.advance(at("2026-11-23T23:00:00Z"));
    book(&desk, "CSD", "5000", None).await;
    book(&desk, "FEE", "-0.01", None).await;
    desk.advance(at("2026-11-24T15:10:00Z"));
    let history = desk.get(&format!("{HISTORY}?timeframe=1H&period=1W")).await;
    let history = history.json();
    assert_same_shape_but_cashflow(&history);
    let moments: Vec<i64> = serde_json::from_value(history["timestamp"].clone()).unwrap();
    // Friday from 09:30, whose hour the account's first moment falls into, Monday, Tuesday's first.
    assert_eq!(moments.len(), 7 + 7 + 1);
    assert_eq!(moments[0], friday("09:30:00").as_second());
    assert_eq!(moments[14], at("2026-11-24T14:30:00Z").as_second());
    let rows = |name: &str| -> Vec<f64> { serde_json::from_value(history[name].clone()).unwrap() };
    let (equity, profit) = (rows("equity"), rows("profit_loss"));
    let days = desk.get(&format!("{HISTORY}?timeframe=1D&period=1W")).await;
    let days = days.json();
    // The last row of a session is the count at its close.
    assert_eq!(json!([equity[6], equity[13]]), days["equity"]);
    assert_eq!(json!([profit[6], profit[13]]), days["profit_loss"]);
    // The row under way is counted now; what came overnight is in it and is no profit.
    let now: f64 = desk
        .get("/v2/account")
        .await
        .field("equity")
        .parse()
        .unwrap();
    assert!((equity[14] - now).abs() < 0.01, "{equity:?}");
    assert!((equity[14] - equity[13] - 5_000.0 - profit[14]).abs() < 0.011);
    assert_eq!(history["cashflow"]["CSD"][14], 5_000.0);
    // Without a reset Tuesday's profit is that of all days.
    let reset = format!("{HISTORY}?timeframe=1H&period=1W&pnl_reset=no_reset&cashflow_types=DIV");
    let whole = desk.get(&reset).await.json();
    let all: f64 = profit[6] + profit[13] + profit[14];
    assert!((whole["profit_loss"][14].as_f64().unwrap() - all).abs() < 0.031);
    assert_eq!(whole["cashflow"], json!({}));
}

#[tokio::test]
async fn the_step_follows_the_period_and_long_periods_have_days_alone() {
    let desk = desk().await;
    desk.advance(at("2026-11-24T15:10:00Z"));
    let cases = [
        ("", "1D", 2),
        ("?period=1D", "1Min", 41),
        ("?period=2W", "15Min", 26 + 26 + 3 - 2),
        ("?period=1M&timeframe=5Min", "5Min", 70 + 78 + 9),
        ("?start=2026-11-23&end=2026-11-23", "1Min", 390),
        (
            "?start=2026-11-23T20:55:00Z&end=2026-11-23T21:00:00Z",
            "1Min",
            5,
        ),
        ("?date_end=2026-11-22&period=1D", "1Min", 350),
    ];
    for (query, timeframe, rows) in cases {
        let answer = desk.get(&format!("{HISTORY}{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let history = answer.json();
        assert_eq!(history["timeframe"], timeframe, "{query}");
        assert_eq!(history["equity"].as_array().unwrap().len(), rows, "{query}");
    }
    for bad in [
        "timeframe=2H",
        "timeframe=1H&period=2M",
        "period=1X",
        "pnl_reset=never&timeframe=1H",
        "extended_hours=true",
        "intraday_reporting=continuous",
        "start=soon",
        "start=2026-11-20&end=2026-11-23&period=1D",
    ] {
        let answer = desk.get(&format!("{HISTORY}?{bad}")).await;
        assert_eq!(answer.status, 422, "{bad}");
    }
}

fn assert_same_shape_but_cashflow(history: &Value) {
    let mut history = history.clone();
    let fees = history["cashflow"]["FEE"].clone();
    history["cashflow"] = json!({"FEE": fees});
    assert_same_shape("alpaca_portfolio_history.json", &history);
}

#[tokio::test]
async fn keys_come_in_headers_or_as_basic_authorisation() {
    let faces = Faces {
        alpaca_keys: Some(AlpacaKeys {
            id: "k".to_owned(),
            secret: "s".to_owned(),
        }),
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("10:10:00"))), faces).await;
    let with = async |header: &str| {
        let request = desk.bare(Method::GET, "/v2/account", "");
        Desk::send(request.header("Authorization", header))
            .await
            .status
    };
    assert_eq!(with("Basic azpz").await, 200);
    assert_eq!(with("Basic azp0").await, 401);
    assert_eq!(with("Basic ????").await, 401);
    let actions = desk.get_without_keys("/v1/corporate-actions").await;
    assert_eq!(
        (actions.status, actions.header("content-type")),
        (401, "text/html")
    );
}

#[tokio::test]
async fn every_alpaca_answer_names_its_request() {
    let desk = desk().await;
    let first = desk
        .get("/v2/account")
        .await
        .header("x-request-id")
        .to_owned();
    let refused = desk.get("/v2/orders/none").await;
    assert_eq!(first.len(), 36);
    assert_ne!(refused.header("x-request-id"), first);
    assert_eq!(
        desk.get("/price?symbol=TQQQ").await.header("x-request-id"),
        ""
    );
}

#[tokio::test]
async fn an_average_follows_the_closes_the_forming_one_too() {
    let desk = desk().await;
    let path = "/ema?symbol=TQQQ&interval=30min&time_period=3&outputsize=2";
    let body = desk.get(path).await.json();
    let mut recorded = body.clone();
    recorded["values"] = body["values"].clone();
    assert_same_shape("twelvedata_ema_1h.json", &recorded);
    assert_eq!(body["meta"]["indicator"]["time_period"], 3);
    // Closes rise by 0.50 a bar, so an average of span 3 lies one step behind: 106.50 - 0.50 and,
    // with the forming 106.30, half way from there.
    let values = body["values"].as_array().unwrap();
    assert_eq!(
        values[1],
        json!({"datetime": "2026-11-20 09:30:00", "ema": "106.00000"})
    );
    assert_eq!(
        values[0],
        json!({"datetime": "2026-11-20 10:00:00", "ema": "106.15000"})
    );
    let asc = desk.get(&format!("{path}&order=asc")).await.json();
    assert_eq!(asc["values"][0], values[1]);
    for bad in ["time_period=0", "time_period=801", "series_type=volume"] {
        let path = format!("/ema?symbol=TQQQ&interval=30min&{bad}");
        assert_eq!(desk.get(&path).await.status, 400, "{bad}");
    }
}
