//! Alpaca's data host: bars and corporate actions.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::bar::Interval;
use market::{Date, Instant, Symbol};
use serde_json::{Value, json};
use support::face::{Desk, assert_same_shape, sample};
use support::{config, friday, rising_bars, tqqq, venue};
use venue::Venue;
use venue::http::Faces;
use venue::model::Split;

async fn desk_at(now: Instant) -> Desk {
    Desk::open(venue(config(now)), Faces::default()).await
}

/// TQQQ with a 2:1 split on Friday, at Friday 10:10.
async fn split_desk(new: u32, old: u32) -> Desk {
    let mut config = config(friday("10:10:00"));
    let ex_date: Date = "2026-11-20".parse().unwrap();
    config.splits = vec![Split::new(tqqq(), ex_date, new, old).unwrap()];
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    Desk::open(venue, Faces::default()).await
}

const ONE: &str = "/v2/stocks/TQQQ/bars";
const MORNING: &str = "start=2026-11-20T14:00:00Z&end=2026-11-20T15:00:00Z";

fn starts(bars: &Value) -> Vec<&str> {
    let bars = bars.as_array().unwrap().iter();
    bars.map(|bar| bar["t"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn bars_have_the_recorded_fields_alone_and_among_many() {
    let desk = desk_at(friday("11:30:00")).await;
    let path = format!("{ONE}?timeframe=1Hour&{MORNING}");
    let single = desk.get(&path).await.json();
    assert_same_shape("alpaca_data_bars_1hour_single.json", &single);
    let path = format!("/v2/stocks/bars?symbols=TQQQ&timeframe=1Hour&{MORNING}&limit=1");
    let many = desk.get(&path).await.json();
    assert_same_shape("alpaca_data_bars_1hour_multi.json", &many);
    let both = desk
        .get("/v2/stocks/bars?symbols=NOPE,TQQQ&timeframe=1Day")
        .await
        .json();
    let symbols: Vec<&String> = both["bars"].as_object().unwrap().keys().collect();
    assert_eq!(symbols, ["TQQQ"]);
}

#[tokio::test]
async fn hourly_bars_begin_on_the_clock_hour() {
    let desk = desk_at(friday("11:30:00")).await;
    let path = format!("{ONE}?timeframe=1Hour&{MORNING}");
    let bars = desk.get(&path).await.json()["bars"].clone();
    assert_eq!(
        starts(&bars),
        ["2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z"]
    );
    // The first holds 09:30 to 10:00 alone; the second both of its halves.
    assert_eq!(
        (&bars[0]["o"], &bars[0]["c"]),
        (&json!(106.0), &json!(106.5))
    );
    assert_eq!(
        (&bars[1]["o"], &bars[1]["c"]),
        (&json!(106.5), &json!(107.5))
    );
    assert_eq!(
        (&bars[1]["h"], &bars[1]["l"]),
        (&json!(107.6), &json!(106.3))
    );
}

#[tokio::test]
async fn a_window_includes_both_ends_and_its_pages_follow_each_other() {
    let desk = desk_at(friday("11:30:00")).await;
    let window = "timeframe=30Min&start=2026-11-20T14:30:00Z&end=2026-11-20T15:30:00Z";
    let all = desk.get(&format!("{ONE}?{window}")).await.json();
    let expected = [
        "2026-11-20T14:30:00Z",
        "2026-11-20T15:00:00Z",
        "2026-11-20T15:30:00Z",
    ];
    assert_eq!(starts(&all["bars"]), expected);
    assert!(all["next_page_token"].is_null());
    for sort in ["asc", "desc"] {
        let mut seen = Vec::new();
        let mut token = String::new();
        loop {
            let path = format!("{ONE}?{window}&sort={sort}&limit=2{token}");
            let page = desk.get(&path).await.json();
            seen.extend(starts(&page["bars"]).into_iter().map(str::to_owned));
            match page["next_page_token"].as_str() {
                Some(next) => token = format!("&page_token={}", next.replace('|', "%7C")),
                None => break,
            }
        }
        if sort == "desc" {
            seen.reverse();
        }
        assert_eq!(seen, expected, "{sort}");
    }
    let today = desk.get(&format!("{ONE}?timeframe=30Min")).await.json();
    assert_eq!(
        starts(&today["bars"])[0],
        "2026-11-20T14:30:00Z",
        "from today's start"
    );
    let dates = desk
        .get(&format!(
            "{ONE}?timeframe=1Day&start=2026-11-18&end=2026-11-19"
        ))
        .await;
    assert_eq!(
        starts(&dates.json()["bars"]),
        ["2026-11-18T05:00:00Z", "2026-11-19T05:00:00Z"]
    );
}

#[tokio::test]
async fn many_symbols_share_a_limit() {
    let mut venue = venue(config(friday("11:30:00")));
    let qqq = Symbol::new("QQQ").unwrap();
    venue
        .add_series(&qqq, Interval::ThirtyMinutes, rising_bars(50_000))
        .unwrap();
    let desk = Desk::open(venue, Faces::default()).await;
    let path = "/v2/stocks/bars?symbols=TQQQ,QQQ&timeframe=30Min&limit=6";
    let first = desk.get(path).await.json();
    assert_eq!(first["bars"]["QQQ"].as_array().unwrap().len(), 5);
    assert_eq!(first["bars"]["TQQQ"].as_array().unwrap().len(), 1);
    let token = first["next_page_token"]
        .as_str()
        .unwrap()
        .replace('|', "%7C");
    let second = desk.get(&format!("{path}&page_token={token}")).await.json();
    assert_eq!(second["bars"]["TQQQ"].as_array().unwrap().len(), 4);
    assert!(second["bars"].get("QQQ").is_none() && second["next_page_token"].is_null());
}

#[tokio::test]
async fn nothing_in_the_window_is_null() {
    let desk = desk_at(friday("11:30:00")).await;
    let empty = desk
        .get(&format!(
            "{ONE}?timeframe=30Min&start=2026-11-21&end=2026-11-22"
        ))
        .await;
    assert_eq!(
        empty.json(),
        json!({"bars": null, "symbol": "TQQQ", "next_page_token": null})
    );
    for bad in [
        "timeframe=2Week",
        "timeframe=30Min&limit=0",
        "timeframe=30Min&feed=otc",
        "timeframe=30Min&start=noon",
        "timeframe=30Min&page_token=x",
        "timeframe=30Min&adjustment=none",
    ] {
        assert_eq!(desk.get(&format!("{ONE}?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn the_consolidated_tape_is_fifteen_minutes_late_on_the_free_plan() {
    let desk = desk_at(friday("11:30:00")).await;
    let path = format!("{ONE}?timeframe=30Min&feed=sip");
    let refused = desk.get(&path).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json(),
        sample("alpaca_data_error_recent_sip.403.json")
    );
    let late = desk.get(&format!("{path}&end=2026-11-20T16:15:00Z")).await;
    assert_eq!(late.status, 200);
    let paid = Faces {
        alpaca_sip: true,
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("11:30:00"))), paid).await;
    let sip = desk.get(&path).await.json();
    let iex = desk
        .get(&format!("{ONE}?timeframe=30Min&feed=iex"))
        .await
        .json();
    assert_eq!(sip["bars"][0]["c"], iex["bars"][0]["c"]);
    assert_eq!(
        (&sip["bars"][0]["v"], &iex["bars"][0]["v"]),
        (&json!(1000), &json!(25))
    );
}

#[tokio::test]
async fn bars_are_raw_unless_adjusted_ones_are_asked_for() {
    let desk = split_desk(2, 1).await;
    let window = "timeframe=30Min&start=2026-11-19T20:30:00Z";
    let raw = desk.get(&format!("{ONE}?{window}")).await.json();
    let split = desk
        .get(&format!("{ONE}?{window}&adjustment=split"))
        .await
        .json();
    assert_eq!(
        (&raw["bars"][0]["c"], &raw["bars"][1]["o"]),
        (&json!(212.0), &json!(106.0))
    );
    assert_eq!(
        (&split["bars"][0]["c"], &split["bars"][1]["o"]),
        (&json!(106.0), &json!(106.0))
    );
}

#[tokio::test]
async fn before_its_day_nobody_adjusts_for_a_split() {
    let desk = split_desk(2, 1).await;
    let path =
        "/time_series?symbol=TQQQ&interval=30min&outputsize=1&end_date=2026-11-19%2015:30:00";
    let friday_view = desk.get(path).await.json();
    assert_eq!(friday_view["values"][0]["close"], "106.00000");
    let raw = desk.get(&format!("{path}&adjust=none")).await.json();
    assert_eq!(raw["values"][0]["close"], "212.00000");

    let mut config = config("2026-11-19T21:00:00Z".parse().unwrap());
    config.splits = vec![Split::new(tqqq(), "2026-11-20".parse().unwrap(), 2, 1).unwrap()];
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    let desk = Desk::open(venue, Faces::default()).await;
    let thursday_view = desk.get(path).await.json();
    assert_eq!(thursday_view["values"][0]["close"], "212.00000");
}

#[tokio::test]
async fn splits_either_way_have_the_recorded_fields() {
    let mut config = config(friday("10:10:00"));
    let sqqq = Symbol::new("SQQQ").unwrap();
    let ex_date: Date = "2026-11-20".parse().unwrap();
    config.splits = vec![
        Split::new(sqqq, ex_date, 1, 5).unwrap(),
        Split::new(tqqq(), ex_date, 2, 1).unwrap(),
    ];
    let desk = Desk::open(venue(config), Faces::default()).await;
    let actions = desk.get("/v1/corporate-actions?limit=2").await.json();
    assert_same_shape("alpaca_corporate_actions.json", &actions);
    let path = "/v1/corporate-actions?limit=1";
    let first = desk.get(path).await.json();
    assert_eq!(first["next_page_token"], "1");
    assert_eq!(
        first["corporate_actions"]["reverse_splits"][0]["symbol"],
        "SQQQ"
    );
    let last = desk.get(&format!("{path}&page_token=1")).await.json();
    assert_eq!(
        last["corporate_actions"]["forward_splits"][0]["symbol"],
        "TQQQ"
    );
    assert!(last["next_page_token"].is_null());
}

#[tokio::test]
async fn splits_are_asked_for_by_symbol_type_and_date() {
    let path = "/v1/corporate-actions?symbols=TQQQ&start=2026-11-01&end=2026-11-30";
    let forward = split_desk(3, 2).await.get(path).await.json();
    let split = &forward["corporate_actions"]["forward_splits"][0];
    assert_eq!(
        (&split["new_rate"], &split["old_rate"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(split["ex_date"], "2026-11-20");
    let desk = split_desk(1, 10).await;
    let reverse = desk.get(path).await.json();
    let split = &reverse["corporate_actions"]["reverse_splits"][0];
    assert_eq!(
        (&split["new_rate"], &split["old_rate"]),
        (&json!(1), &json!(10))
    );
    assert!(reverse["corporate_actions"].get("forward_splits").is_none());
    assert_eq!(
        reverse,
        desk.get(&path.replace("/v1/", "/v1beta1/")).await.json()
    );
    for (query, count) in [
        ("symbols=QQQ", 0),
        ("types=forward_split", 0),
        ("types=reverse_split", 1),
        ("end=2026-11-19&start=2026-11-01", 0),
        ("", 1),
    ] {
        let groups = desk
            .get(&format!("/v1/corporate-actions?{query}"))
            .await
            .json();
        let groups = groups["corporate_actions"].as_object().unwrap().len();
        assert_eq!(groups, count, "{query}");
    }
    let bad = desk
        .get("/v1/corporate-actions?start=2026-11-30&end=2026-11-01")
        .await;
    assert_eq!(bad.status, 400);
}
