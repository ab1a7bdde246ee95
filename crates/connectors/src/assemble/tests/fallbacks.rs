//! FMP, Alpaca's bars, splits and activities over a real socket.

use std::sync::mpsc::Receiver;

use market::{Instant, RawBar};
use trading::settings::AlpacaFeed;

use super::*;
use crate::loopback::Seen;

fn settings_of(sources: &[&str], url: &str, feed: AlpacaFeed) -> Settings {
    let mut settings = settings(Venue::AlpacaPaper, Some(url));
    settings.data.sources = sources.iter().map(|name| (*name).to_owned()).collect();
    settings.data.alpaca_feed = feed;
    settings
}

fn connected_to(sources: &[&str], acts: Vec<Act>) -> (Connected, Receiver<Seen>) {
    let (base, seen) = serve(acts);
    let settings = settings_of(sources, &base, AlpacaFeed::Iex);
    (assemble(&settings, None, &keys(), &clock()).unwrap(), seen)
}

fn first_lines(seen: &Receiver<Seen>, count: usize) -> Vec<String> {
    let line = |(_, text): Seen| text.lines().next().unwrap().to_owned();
    seen.iter().take(count).map(line).collect()
}

fn starts(bars: &[RawBar]) -> Vec<String> {
    bars.iter().map(|bar| bar.start.to_string()).collect()
}

#[test]
fn sources_come_in_the_configured_order_and_a_single_exchange_never_leads() {
    let names = |sources: &[&str], feed| {
        let settings = settings_of(sources, "http://127.0.0.1:1", feed);
        let connected = assemble(&settings, None, &keys(), &clock()).unwrap();
        let role = |source: &Arc<dyn BarSource>| {
            let role = if source.may_lead() {
                "leads"
            } else {
                "confirms"
            };
            format!("{} {role}", source.name())
        };
        let bars: Vec<String> = connected.bar_sources.iter().map(role).collect();
        let prices = connected.price_sources.iter();
        let prices: Vec<String> = prices.map(|source| source.name().to_string()).collect();
        format!("{}; {}", bars.join(", "), prices.join(", "))
    };
    assert_eq!(
        names(&["twelve-data", "fmp", "alpaca"], AlpacaFeed::Iex),
        "twelve-data leads, fmp leads, alpaca confirms; alpaca, twelve-data, fmp"
    );
    assert_eq!(
        names(&["alpaca", "fmp"], AlpacaFeed::Sip),
        "alpaca leads, fmp leads; alpaca, fmp"
    );
    assert_eq!(KNOWN_SOURCES, [twelve_data::NAME, fmp::NAME, alpaca::NAME]);
}

#[test]
fn a_configured_source_needs_its_key() {
    let settings = settings_of(&["fmp"], "http://127.0.0.1:1", AlpacaFeed::Iex);
    let keys = Keys {
        fmp: None,
        ..keys()
    };
    insta::assert_snapshot!(refused(&settings, &keys), @"
    fmp needs a key: TQQQ_FMP_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
}

fn chart(dates: &[&str]) -> Act {
    let row = |date: &&str| {
        format!(r#"{{"date":"{date}","open":1,"low":1,"high":1,"close":1,"volume":1}}"#)
    };
    let rows: Vec<String> = dates.iter().map(row).collect();
    ok(&format!("[{}]", rows.join(",")))
}

#[tokio::test]
async fn a_chart_is_asked_for_to_tomorrow_with_the_key_in_a_header() {
    let page = chart(&["2026-11-20 10:00:00", "2026-11-20 09:30:00"]);
    let (connected, seen) = connected_to(&["fmp"], vec![page]);
    let reply = connected.bar_sources[0].bars(&request()).await.unwrap();
    assert_eq!(
        starts(&reply.value),
        ["2026-11-20T14:30:00Z", "2026-11-20T15:00:00Z"]
    );
    assert_eq!(reply.bodies[0].reference.what, "fmp/historical_chart");
    let (_, text) = seen.recv().unwrap();
    let query = "symbol=TQQQ&from=2026-11-20&to=2026-11-21";
    assert!(
        text.starts_with(&format!("GET /stable/historical-chart/30min?{query} ")),
        "{text}"
    );
    assert!(text.contains(&format!("apikey: {FMP_KEY}")), "{text}");
}

#[tokio::test]
async fn a_chart_that_was_cut_short_is_asked_for_again_at_its_old_end() {
    let mut request = request();
    request.from = "2026-11-18T14:30:00Z".parse().unwrap();
    let newest = chart(&["2026-11-20 09:30:00", "2026-11-19 10:00:00"]);
    let older = chart(&[
        "2026-11-19 10:00:00",
        "2026-11-19 09:30:00",
        "2026-11-18 09:30:00",
    ]);
    let (connected, seen) = connected_to(&["fmp"], vec![newest, older]);
    let reply = connected.bar_sources[0].bars(&request).await.unwrap();
    assert_eq!(
        starts(&reply.value),
        [
            "2026-11-18T14:30:00Z",
            "2026-11-19T14:30:00Z",
            "2026-11-19T15:00:00Z",
            "2026-11-20T14:30:00Z"
        ]
    );
    assert_eq!(reply.bodies.len(), 2);
    let asked = first_lines(&seen, 2);
    assert!(
        asked[1].contains("from=2026-11-18&to=2026-11-20 "),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_chart_that_begins_late_for_good_is_given_as_it_is() {
    let mut request = request();
    request.from = "2026-11-18T14:30:00Z".parse().unwrap();
    let page = || chart(&["2026-11-20 09:30:00", "2026-11-19 10:00:00"]);
    let (connected, _seen) = connected_to(&["fmp"], vec![page(), page(), ok("[]")]);
    let source = &connected.bar_sources[0];
    assert_eq!(source.bars(&request).await.unwrap().value.len(), 2);
    assert_eq!(source.bars(&request).await.unwrap().value, []);
}

#[tokio::test]
async fn twins_in_one_answer_are_left_for_the_checks() {
    let twice = ["2026-11-20 09:30:00", "2026-11-20 09:30:00"];
    let (connected, _seen) = connected_to(&["fmp"], vec![chart(&twice)]);
    let reply = connected.bar_sources[0].bars(&request()).await.unwrap();
    assert_eq!(reply.value.len(), 2);
}

#[tokio::test]
async fn a_plan_without_bars_is_told_and_its_quote_still_asked_for() {
    let restricted =
        "Restricted Endpoint: This endpoint is not available under your current subscription";
    let quote = r#"[{"symbol":"TQQQ","price":101.7,"timestamp":1795188600}]"#;
    let (connected, seen) = connected_to(
        &["fmp"],
        vec![
            reply("402 Payment Required", "", restricted),
            ok(quote),
            ok("[]"),
        ],
    );
    let error = connected.bar_sources[0].bars(&request()).await.unwrap_err();
    assert!(error.is_permanent());
    insta::assert_snapshot!(error, @"
    fmp/historical_chart: HTTP 402: Restricted Endpoint: This endpoint is not available under your current subscription
    hint: the plan of this key does not include it; bars within a day need FMP's Starter plan or better
    ");
    let prices = &connected.price_sources[1];
    let point = prices.price(&tqqq()).await.unwrap().value.unwrap();
    assert_eq!(
        format!("{} {}", point.price, point.at),
        "101.7 2026-11-20T15:30:00Z"
    );
    assert_eq!(prices.price(&tqqq()).await.unwrap().value, None);
    assert!(first_lines(&seen, 2)[1].starts_with("GET /stable/quote?symbol=TQQQ "));
}

#[tokio::test]
async fn a_limit_that_is_reached_ends_the_day_for_bars_and_quotes() {
    let limit = r#"{"Error Message":"Limit Reach . Please upgrade your plan"}"#;
    let refusal = reply("429 Too Many Requests", "", limit);
    let (connected, _seen) = connected_to(&["fmp"], vec![refusal]);
    let error = connected.bar_sources[0].bars(&request()).await.unwrap_err();
    assert!(error.is_permanent());
    let error = connected.price_sources[1].price(&tqqq()).await.unwrap_err();
    assert!(
        error.is_permanent() && error.to_string().contains("credits of this day"),
        "{error}"
    );
    assert_eq!(connected.http_calls.get(), 1);
}

#[tokio::test]
async fn a_key_brings_the_calls_of_its_plan() {
    let (base, _seen) = serve(vec![ok("[]"), ok("[]")]);
    let settings = settings_of(&["fmp"], &base, AlpacaFeed::Iex);
    let key = FmpKey::new(FMP_KEY).unwrap().with_calls_per_day(1);
    let keys = Keys {
        fmp: Some(key),
        ..keys()
    };
    let connected = assemble(&settings, None, &keys, &clock()).unwrap();
    let source = &connected.bar_sources[0];
    source.bars(&request()).await.unwrap();
    assert!(source.bars(&request()).await.unwrap_err().is_permanent());
    assert_eq!(connected.http_calls.get(), 1);
}

#[tokio::test]
async fn no_error_and_no_body_of_fmp_shows_its_key() {
    let echo = format!(r#"{{"Error Message":"Invalid API KEY {FMP_KEY}"}}"#);
    let (connected, _seen) = connected_to(
        &["fmp"],
        vec![
            reply("401 Unauthorized", "", &echo),
            ok(&echo),
            ok(&format!("[\"{FMP_KEY}\"]")),
        ],
    );
    for _ in 0..3 {
        let shown = format!("{:?}", connected.bar_sources[0].bars(&request()).await);
        assert!(
            shown.contains("[redacted]") && !shown.contains(FMP_KEY),
            "{shown}"
        );
    }
}

fn alpaca_page(moments: &[&str], token: &str) -> Act {
    let row = |at: &&str| format!(r#"{{"t":"{at}","o":1,"h":1,"l":1,"c":1,"v":1,"n":1,"vw":1}}"#);
    let rows: Vec<String> = moments.iter().map(row).collect();
    ok(&format!(
        r#"{{"bars":[{}],"symbol":"TQQQ","next_page_token":{token}}}"#,
        rows.join(",")
    ))
}

#[tokio::test]
async fn alpacas_bars_are_paged_with_feed_and_adjustment_named_and_cut_to_the_session() {
    let mut request = request();
    request.from = "2026-11-25T14:30:00Z".parse().unwrap();
    request.until = "2026-11-27T18:30:00Z".parse().unwrap();
    let first = [
        "2026-11-25T14:00:00Z",
        "2026-11-25T14:30:00Z",
        "2026-11-25T20:30:00Z",
        "2026-11-25T21:00:00Z",
    ];
    // The half day after Thanksgiving ends at 13:00. On the holiday itself nothing trades, so a
    // bar there is for the checks to name.
    let second = [
        "2026-11-26T15:00:00Z",
        "2026-11-27T17:30:00Z",
        "2026-11-27T18:00:00Z",
    ];
    let pages = vec![
        alpaca_page(&first, r#""page2""#),
        alpaca_page(&second, "null"),
    ];
    let (connected, seen) = connected_to(&["alpaca"], pages);
    let reply = connected.bar_sources[0].bars(&request).await.unwrap();
    assert_eq!(
        starts(&reply.value),
        [first[1], first[2], second[0], second[1]]
    );
    assert_eq!(reply.bodies.len(), 2);
    let query = "GET /v2/stocks/TQQQ/bars?timeframe=30Min&start=2026-11-25T14%3A30%3A00Z&end=2026-11-27T18%3A30%3A00Z&limit=10000&adjustment=split&feed=iex&sort=asc";
    assert_eq!(
        first_lines(&seen, 2),
        [
            format!("{query} HTTP/1.1"),
            format!("{query}&page_token=page2 HTTP/1.1")
        ]
    );
}

#[tokio::test]
async fn a_token_that_repeats_is_an_error_and_never_the_end() {
    let page = || alpaca_page(&["2026-11-20T14:30:00Z"], r#""again""#);
    let (connected, _seen) = connected_to(&["alpaca"], vec![page(), page()]);
    let error = connected.bar_sources[0].bars(&request()).await.unwrap_err();
    assert!(error.to_string().contains("cannot be completed"), "{error}");
}

#[tokio::test]
async fn a_feed_the_plan_lacks_is_told_once_and_for_all() {
    let recent = r#"{"message":"subscription does not permit querying recent SIP data"}"#;
    let refusal = reply("403 Forbidden", "", recent);
    let (connected, _seen) = connected_to(&["alpaca"], vec![refusal]);
    let error = connected.bar_sources[0].bars(&request()).await.unwrap_err();
    assert!(error.is_permanent(), "{error}");
}

fn split_page(ex_dates: &[&str], token: &str) -> Act {
    let row = |date: &&str| {
        format!(r#"{{"symbol":"TQQQ","ex_date":"{date}","new_rate":2,"old_rate":1}}"#)
    };
    let rows: Vec<String> = ex_dates.iter().map(row).collect();
    ok(&format!(
        r#"{{"corporate_actions":{{"forward_splits":[{}]}},"next_page_token":{token}}}"#,
        rows.join(",")
    ))
}

#[tokio::test]
async fn splits_are_asked_for_wider_than_wanted_and_kept_by_ex_date_once() {
    let pages = vec![
        split_page(&["2025-11-20", "2025-12-05"], r#""p2""#),
        split_page(&["2025-11-20", "2025-10-25"], "null"),
    ];
    let (connected, seen) = connected_to(&["fmp"], pages);
    let date = |text: &str| text.parse().unwrap();
    let reply = connected
        .corporate_actions
        .splits(&tqqq(), date("2025-11-01"), date("2025-11-30"))
        .await
        .unwrap();
    let shown: Vec<String> = reply.value.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["2025-11-20:2"]);
    assert_eq!(reply.bodies.len(), 2);
    let query = "GET /v1/corporate-actions?symbols=TQQQ&types=forward_split%2Creverse_split&start=2025-10-18&end=2025-12-14&limit=1000&sort=asc";
    assert_eq!(
        first_lines(&seen, 2),
        [
            format!("{query} HTTP/1.1"),
            format!("{query}&page_token=p2 HTTP/1.1")
        ]
    );
}

/// Rows of deposits with these numbers.
fn deposits(numbers: std::ops::Range<usize>) -> Act {
    let row = |n| {
        format!(
            r#"{{"id":"2026::{n:04}","activity_type":"CSD","date":"2026-10-01","net_amount":"{n}.00","status":"executed"}}"#
        )
    };
    let rows: Vec<String> = numbers.map(row).collect();
    ok(&format!("[{}]", rows.join(",")))
}

#[tokio::test]
async fn movements_of_cash_are_paged_to_the_end_and_shown_once() {
    let (connected, seen) = connected_to(&["fmp"], vec![deposits(1..101), deposits(100..103)]);
    let after = "2026-09-30T12:00:00.75Z".parse().unwrap();
    let reply = connected.broker.flows(after).await.unwrap();
    let ids: Vec<&str> = reply.value.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(
        (ids.len(), ids[0], ids[101]),
        (102, "2026::0001", "2026::0102")
    );
    let query = "GET /v2/account/activities?category=non_trade_activity&after=2026-09-30T12%3A00%3A00Z&direction=asc&page_size=100";
    assert_eq!(
        first_lines(&seen, 2),
        [
            format!("{query} HTTP/1.1"),
            format!("{query}&page_token=2026%3A%3A0100 HTTP/1.1")
        ]
    );
}

#[tokio::test]
async fn a_listing_of_movements_that_cannot_be_completed_is_an_error() {
    let (connected, _seen) = connected_to(&["fmp"], vec![deposits(1..101), deposits(1..101)]);
    let flows = connected.broker.flows(Instant::UNIX_EPOCH).await;
    let error = flows.unwrap_err().to_string();
    assert!(error.contains("cannot be completed"), "{error}");
}
