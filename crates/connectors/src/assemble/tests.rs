//! From settings to answers, over a real socket.

use cycle::port::{BarRequest, OrderQuery, ReadError};
use market::{Interval, Symbol};
use trading::order::{BrokerOrderId, ClientOrderId};

mod checkup;
mod fallbacks;

use super::*;
use crate::loopback::{Act, TestClock, ok, reply, serve};

const KEY_ID: &str = "PKREALKEYID0000";
const SECRET: &str = "realS3cr3treal";
const DATA_KEY: &str = "0123456789abcdef";
const FMP_KEY: &str = "fedcba9876543210";

fn keys() -> Keys {
    Keys {
        alpaca: Some(AlpacaKeys::new(KEY_ID, SECRET).unwrap()),
        twelve_data: Some(TwelveDataKey::new(DATA_KEY).unwrap()),
        fmp: Some(FmpKey::new(FMP_KEY).unwrap()),
    }
}

fn settings(venue: Venue, url: Option<&str>) -> Settings {
    Settings {
        venue,
        venue_url: url.map(str::to_owned),
        ..Settings::default()
    }
}

fn clock() -> Arc<dyn Clock> {
    TestClock::still()
}

fn refused(settings: &Settings, keys: &Keys) -> String {
    assemble(settings, None, keys, &clock())
        .err()
        .unwrap()
        .to_string()
}

/// Paper trading at a server of ours.
fn connected(acts: Vec<Act>) -> (Connected, std::sync::mpsc::Receiver<crate::loopback::Seen>) {
    let (base, seen) = serve(acts);
    (
        assemble(
            &settings(Venue::AlpacaPaper, Some(&base)),
            None,
            &keys(),
            &clock(),
        )
        .unwrap(),
        seen,
    )
}

fn tqqq() -> Symbol {
    Symbol::new("TQQQ").unwrap()
}

#[test]
fn each_venue_has_its_hosts() {
    let name = |venue| Hosts::of(&settings(venue, None), Some("http://127.0.0.1:1")).unwrap();
    let paper = name(Venue::AlpacaPaper);
    assert_eq!(paper.name, "paper-api.alpaca.markets");
    assert_eq!(paper.data, "https://data.alpaca.markets");
    assert_eq!(paper.twelve_data, "https://api.twelvedata.com");
    assert_eq!(
        name(Venue::AlpacaLive).trading,
        "https://api.alpaca.markets"
    );
    let local = name(Venue::Local);
    assert_eq!(
        (local.name.as_str(), local.trading.as_str()),
        (LOCAL_HOST, "http://127.0.0.1:1")
    );
    let elsewhere = Hosts::of(
        &settings(Venue::AlpacaPaper, Some("https://gate.example/")),
        None,
    )
    .unwrap();
    assert_eq!(
        (elsewhere.name.as_str(), elsewhere.data.as_str()),
        ("gate.example", "https://gate.example")
    );
}

#[test]
fn what_is_missing_is_named_with_the_way_to_mend_it() {
    let paper = settings(Venue::AlpacaPaper, None);
    insta::assert_snapshot!(refused(&paper, &Keys::default()), @"
    alpaca needs a key: TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
    let keys = Keys {
        twelve_data: None,
        ..keys()
    };
    insta::assert_snapshot!(refused(&paper, &keys), @"
    twelve-data needs a key: TQQQ_TWELVE_DATA_KEY not set
    hint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY
    ");
    insta::assert_snapshot!(refused(&settings(Venue::Local, None), &keys), @r#"
    venue = "local" has no address
    hint: start one with `tqqq venue` and set `venue_url` to what it prints
    "#);
    let mut unknown = settings(Venue::Local, Some("http://127.0.0.1:1"));
    unknown.data.sources = vec!["bloomberg".into()];
    insta::assert_snapshot!(refused(&unknown, &keys), @"
    data.sources: there is no source `bloomberg`
    hint: known sources: `twelve-data`, `fmp`, `alpaca`
    ");
}

#[test]
fn keys_leave_this_machine_by_https_only() {
    for good in [
        "http://127.0.0.1:8700",
        "http://localhost:8700/",
        "http://[::1]:8700",
        "https://gate.example",
    ] {
        assert!(base_address(good).is_ok(), "{good}");
    }
    let cases = [
        (
            "http://gate.example",
            "keys leave this machine by https only",
        ),
        (
            "http://192.168.1.5:8700",
            "keys leave this machine by https only",
        ),
        ("ftp://127.0.0.1", "only http and https are spoken"),
        ("127.0.0.1", "not an address"),
        ("", "not an address"),
    ];
    for (bad, why) in cases {
        assert_eq!(
            base_address(bad),
            Err(AssembleError::BadUrl {
                url: bad.into(),
                why
            })
        );
    }
    for secretive in [
        "http://me:hunter22@127.0.0.1",
        "https://gate.example/?apikey=hunter22",
    ] {
        assert!(
            !base_address(secretive)
                .unwrap_err()
                .to_string()
                .contains("hunter22")
        );
    }
}

#[tokio::test]
async fn real_keys_never_reach_the_local_venue() {
    let (base, seen) = serve(vec![ok("[]"), ok(r#"{"values":[]}"#)]);
    let connected = assemble(
        &settings(Venue::Local, None),
        Some(&base),
        &keys(),
        &clock(),
    )
    .unwrap();
    assert_eq!(connected.broker.positions().await.unwrap().value, []);
    assert_eq!(
        connected.bar_sources[0]
            .bars(&request())
            .await
            .unwrap()
            .value,
        []
    );
    for (_, text) in seen.iter().take(2) {
        assert!(text.contains("tqqq-local-"), "{text}");
        assert!(
            ![KEY_ID, SECRET, DATA_KEY]
                .iter()
                .any(|secret| text.contains(secret)),
            "{text}"
        );
    }
    assert_eq!(connected.http_calls.get(), 2);
    assert_eq!(connected.broker.host(), LOCAL_HOST);
}

fn request() -> BarRequest {
    BarRequest {
        symbol: tqqq(),
        interval: Interval::ThirtyMinutes,
        from: "2026-11-20T14:30:00Z".parse().unwrap(),
        until: "2026-11-20T15:30:00Z".parse().unwrap(),
        expected: 450,
    }
}

#[tokio::test]
async fn bars_are_asked_for_in_full_and_given_from_the_first_one_wanted() {
    let row = |time: &str| {
        format!(r#"{{"datetime":"{time}","open":"1","high":"1","low":"1","close":"1"}}"#)
    };
    let rows = [
        row("2026-11-20 10:00:00"),
        row("2026-11-20 09:30:00"),
        row("2026-11-19 15:30:00"),
    ]
    .join(",");
    let (connected, seen) = connected(vec![ok(&format!(r#"{{"values":[{rows}],"status":"ok"}}"#))]);
    let reply = connected.bar_sources[0].bars(&request()).await.unwrap();
    let starts: Vec<String> = reply
        .value
        .iter()
        .map(|bar| bar.start.to_string())
        .collect();
    assert_eq!(starts, ["2026-11-20T15:00:00Z", "2026-11-20T14:30:00Z"]);
    assert_eq!(reply.bodies[0].reference.what, "twelve-data/time_series");
    let (_, text) = seen.recv().unwrap();
    let query = "/time_series?symbol=TQQQ&interval=30min&outputsize=476&timezone=America%2FNew_York&order=asc ";
    assert!(text.starts_with(&format!("GET {query}")), "{text}");
    assert!(
        text.contains(&format!("authorization: apikey {DATA_KEY}")),
        "{text}"
    );
}

#[tokio::test]
async fn no_rows_is_an_empty_list_only_in_the_vendors_own_words() {
    let no_data = r#"{"code":400,"message":"No data is available on the specified dates. Try setting different start/end dates.","status":"error"}"#;
    let other = r#"{"code":400,"message":"**interval** parameter is invalid","status":"error"}"#;
    let (connected, _seen) = connected(vec![
        ok(no_data),
        reply("400 Bad Request", "", no_data),
        ok(other),
        ok(""),
    ]);
    let source = &connected.bar_sources[0];
    assert_eq!(source.bars(&request()).await.unwrap().value, []);
    assert_eq!(source.bars(&request()).await.unwrap().value, []);
    assert!(source.bars(&request()).await.unwrap_err().is_permanent());
    assert!(matches!(
        source.bars(&request()).await,
        Err(ReadError::Transient(_))
    ));
}

#[tokio::test]
async fn the_days_credits_gone_are_asked_for_no_more() {
    let gone = r#"{"code":429,"message":"You have run out of API credits for the day. 801 API credits were used","status":"error"}"#;
    let (connected, _seen) = connected(vec![ok(gone)]);
    let source = &connected.bar_sources[0];
    assert!(source.bars(&request()).await.unwrap_err().is_permanent());
    let error = source.bars(&request()).await.unwrap_err();
    assert!(
        error.is_permanent() && error.to_string().contains("credits of this day"),
        "{error}"
    );
    assert_eq!(connected.http_calls.get(), 1);
}

#[tokio::test]
async fn a_key_that_is_refused_once_after_it_worked_may_be_tried_later() {
    let refusal = r#"{"code":401,"message":"**apikey** parameter is incorrect or not specified.","status":"error"}"#;
    let good = r#"{"values":[],"status":"ok"}"#;
    let (connected, _seen) = connected(vec![ok(refusal), ok(good), ok(refusal)]);
    let source = &connected.bar_sources[0];
    assert!(source.bars(&request()).await.unwrap_err().is_permanent());
    source.bars(&request()).await.unwrap();
    assert!(matches!(
        source.bars(&request()).await,
        Err(ReadError::Transient(_))
    ));
}

#[tokio::test]
async fn alpacas_keys_refused_once_after_they_worked_may_be_tried_later() {
    let refused = || {
        let body = r#"{"code":40110000,"message":"request is not authorized"}"#;
        reply("401 Unauthorized", "", body)
    };
    let page = reply("401 Unauthorized", "", "<html>401</html>");
    let (connected, _seen) = connected(vec![refused(), ok("[]"), refused(), page]);
    let broker = &connected.broker;
    let error = broker.positions().await.unwrap_err();
    assert!(error.is_permanent() && error.to_string().contains("hint:"));
    broker.positions().await.unwrap();
    for _ in 0..2 {
        let error = broker.positions().await.unwrap_err();
        assert!(matches!(error, ReadError::Transient(_)), "{error}");
    }
}

#[tokio::test]
async fn prices_come_with_their_time_from_both_sources() {
    let trade = r#"{"symbol":"TQQQ","trade":{"t":"2026-11-20T15:29:59.8Z","p":101.7}}"#;
    let quote = r#"{"symbol":"TQQQ","close":"101.70000","last_quote_at":1795188600}"#;
    let (connected, seen) = connected(vec![ok(trade), ok(quote)]);
    let mut points = Vec::new();
    for source in &connected.price_sources {
        let point = source.price(&tqqq()).await.unwrap().value.unwrap();
        points.push(format!("{} {} {}", point.source, point.price, point.at));
    }
    assert_eq!(
        points,
        [
            "alpaca 101.7 2026-11-20T15:29:59.8Z",
            "twelve-data 101.7 2026-11-20T15:30:00Z"
        ]
    );
    let paths: Vec<String> = seen
        .iter()
        .take(2)
        .map(|(_, text)| text.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "GET /v2/stocks/TQQQ/trades/latest?feed=iex HTTP/1.1",
            "GET /quote?symbol=TQQQ HTTP/1.1"
        ]
    );
}

#[tokio::test]
async fn an_order_is_absent_only_in_the_brokers_own_words() {
    let absent = r#"{"code":40410000,"message":"order not found for 61e69015"}"#;
    let (connected, seen) = connected(vec![
        reply("404 Not Found", "", absent),
        reply("404 Not Found", "", absent),
        reply("404 Not Found", "", "<html>404</html>"),
        reply("404 Not Found", "", r#"{"message":"endpoint not found"}"#),
    ]);
    let id: ClientOrderId =
        serde_json::from_str(r#""tqqq-5f35d7-20261120T1030-b-TQQQ-1""#).unwrap();
    let broker = &connected.broker;
    assert_eq!(
        broker
            .order(&BrokerOrderId("61e69015".into()))
            .await
            .unwrap()
            .value,
        None
    );
    assert_eq!(broker.order_by_client_id(&id).await.unwrap().value, None);
    assert!(broker.order_by_client_id(&id).await.is_err());
    assert!(broker.order_by_client_id(&id).await.is_err());
    let paths: Vec<String> = seen
        .iter()
        .take(2)
        .map(|(_, text)| text.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "GET /v2/orders/61e69015 HTTP/1.1",
            "GET /v2/orders:by_client_order_id?client_order_id=tqqq-5f35d7-20261120T1030-b-TQQQ-1 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn a_wrong_key_is_told_once_and_for_all_even_in_html() {
    let (connected, _seen) = connected(vec![reply(
        "401 Unauthorized",
        "",
        "<html>401 Authorization Required</html>",
    )]);
    let error = connected.broker.clock().await.unwrap_err();
    assert!(error.is_permanent());
    insta::assert_snapshot!(error, @"
    alpaca/clock: HTTP 401: <html>401 Authorization Required</html>
    hint: check TQQQ_ALPACA_KEY_ID and TQQQ_ALPACA_SECRET_KEY; paper and live keys differ
    ");
}

#[tokio::test]
async fn no_error_and_no_body_shows_a_key() {
    let echo = format!(r#"{{"id":"{KEY_ID}","key":"{SECRET}","data":"{DATA_KEY}"}}"#);
    let (connected, _seen) = connected(vec![
        ok(&echo),
        reply("500 Oops", "", &echo),
        ok(&echo),
        reply("403 No", "", &echo),
    ]);
    let mut shown = String::new();
    for _ in 0..2 {
        shown += &format!("{:?}", connected.broker.account().await);
        shown += &format!("{:?}", connected.bar_sources[0].bars(&request()).await);
    }
    assert!(shown.contains("[redacted]"));
    assert!(
        ![KEY_ID, SECRET, DATA_KEY]
            .iter()
            .any(|secret| shown.contains(secret)),
        "{shown}"
    );
}

/// `count` orders, the one numbered `n` submitted `n / per_moment` milliseconds after 10:30.
fn orders(numbers: std::ops::Range<usize>, per_moment: usize) -> String {
    let rows: Vec<String> = numbers
        .map(|n| {
            let milliseconds = n / per_moment;
            let at = format!("2026-11-20T15:30:{:02}.{:03}Z", milliseconds / 1000, milliseconds % 1000);
            format!(
                r#"{{"id":"id-{n:04}","client_order_id":"c-{n}","symbol":"TQQQ","side":"buy","status":"filled","qty":"1","filled_qty":"1","submitted_at":"{at}"}}"#
            )
        })
        .collect();
    format!("[{}]", rows.join(","))
}

#[tokio::test]
async fn a_listing_is_paged_until_it_is_complete_and_shows_each_order_once() {
    // Ten orders a millisecond, so the border of the first page cuts through one moment.
    let (connected, seen) = connected(vec![
        ok(&orders(0..500, 10)),
        ok(&orders(400..900, 10)),
        ok(&orders(800..903, 10)),
    ]);
    let since = "2026-11-20T15:29:00Z".parse().unwrap();
    let reply = connected
        .broker
        .orders(OrderQuery::Since(since))
        .await
        .unwrap();
    let ids: Vec<String> = reply
        .value
        .iter()
        .map(|order| order.broker_id.0.clone())
        .collect();
    let expected: Vec<String> = (0..903).map(|n| format!("id-{n:04}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(reply.bodies.len(), 3);
    let afters: Vec<String> = seen
        .iter()
        .take(3)
        .map(|(_, text)| {
            text.lines()
                .next()
                .unwrap()
                .split("after=")
                .nth(1)
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        afters,
        [
            "2026-11-20T15%3A29%3A00Z HTTP/1.1",
            "2026-11-20T15%3A30%3A00.039Z HTTP/1.1",
            "2026-11-20T15%3A30%3A00.079Z HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn a_listing_that_cannot_be_completed_is_an_error() {
    let page = orders(0..500, 1000);
    let (connected, _seen) = connected(vec![ok(&page), ok(&page)]);
    let error = connected.broker.orders(OrderQuery::Open).await.unwrap_err();
    assert!(error.to_string().contains("cannot be completed"), "{error}");
}

#[tokio::test]
async fn open_orders_are_asked_for_from_the_first() {
    let (connected, seen) = connected(vec![ok("[]")]);
    assert_eq!(
        connected
            .broker
            .orders(OrderQuery::Open)
            .await
            .unwrap()
            .value,
        []
    );
    let (_, text) = seen.recv().unwrap();
    assert!(
        text.starts_with(
            "GET /v2/orders?status=open&limit=500&direction=asc&nested=false HTTP/1.1"
        ),
        "{text}"
    );
}
