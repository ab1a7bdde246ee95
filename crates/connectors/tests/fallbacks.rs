//! FMP and Alpaca's data: every sample read value by value, every refusal known by its words.

mod fixture;

use connectors::alpaca::activities::{self, Event};
use connectors::alpaca::{bars, corporate_actions};
use connectors::fmp::refusal::{Kind, Refusal};
use connectors::fmp::{historical_chart, quote};
use connectors::http::Answer;
use cycle::port::ReadError;
use market::{Interval, RawBar, Symbol};
use reqwest::header::HeaderMap;

use fixture::{sample, tqqq};

fn lines(bars: &[RawBar]) -> String {
    let line = |bar: &RawBar| {
        let volume = bar.volume.as_deref().unwrap_or("-");
        format!(
            "{} {} {} {} {} {volume}",
            bar.start, bar.open, bar.high, bar.low, bar.close
        )
    };
    bars.iter().map(line).collect::<Vec<String>>().join("\n")
}

#[test]
fn a_chart_is_read_by_its_names_with_new_york_moments_digit_by_digit() {
    let bars = historical_chart::read(&sample("fmp_stable_historical_chart_1hour.json")).unwrap();
    insta::assert_snapshot!(lines(&bars), @"
    2026-11-20T15:30:00Z 101.4 101.8 101.31 101.7 441233
    2026-11-20T14:30:00Z 100.12 101.9 99.84 101.4 15839211
    2026-11-19T20:30:00Z 99.5 99.93 99.31 99.84 9390222
    2026-11-19T19:30:00Z 99.11 99.62 98.95 99.5 5074507
    ");
    let odd = br#"[{"date":"2026-07-20 09:30:00","low":0.1,"high":"2","close":1.70,"open":null,"volume":441233.0}]"#;
    insta::assert_snapshot!(lines(&historical_chart::read(odd).unwrap()), @"2026-07-20T13:30:00Z  2 0.1 1.70 441233.0");
}

#[test]
fn a_chart_of_anything_else_is_an_error_and_an_empty_one_is_the_vendors_word() {
    assert_eq!(historical_chart::read(b"[]"), Ok(vec![]));
    let cases: [(&[u8], &str); 6] = [
        (b"{}", "not the JSON expected"),
        (b"", "not the JSON expected"),
        (
            br#"[{"date":"2026-11-20 09:30:00"},"#,
            "not the JSON expected",
        ),
        (
            br#"{"Error Message":"Limit Reach ."}"#,
            "not the JSON expected",
        ),
        (
            br#"[{"open":1}]"#,
            "historical_chart row 1: `date` is missing",
        ),
        (
            br#"[{"date":"2026-11-20"}]"#,
            "row 1: `date` is `2026-11-20`: not a date and time",
        ),
    ];
    for (body, message) in cases {
        let error = historical_chart::read(body).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn there_are_no_daily_bars_among_those_within_a_day() {
    let paths: Vec<&str> = Interval::ALL
        .into_iter()
        .filter_map(historical_chart::path)
        .collect();
    assert_eq!(paths.len(), 5);
    assert_eq!(historical_chart::path(Interval::OneDay), None);
}

#[test]
fn a_quote_is_a_price_with_its_second_or_an_error() {
    let point = quote::read(&sample("fmp_stable_quote.json"), &tqqq())
        .unwrap()
        .unwrap();
    assert_eq!(
        format!("{} {} {}", point.source, point.price, point.at),
        "fmp 101.7 2026-11-20T15:30:00Z"
    );
    assert_eq!(quote::read(b"[]", &tqqq()), Ok(None));
    let cases: [(&[u8], &str); 5] = [
        (
            &sample("fmp_stable_quote_short.json"),
            "quote 1: `timestamp` is missing",
        ),
        (
            br#"[{"symbol":"TQQQ","price":null,"timestamp":1}]"#,
            "`price` is missing",
        ),
        (
            br#"[{"symbol":"QQQ","price":1,"timestamp":1}]"#,
            "`symbol` is \"QQQ\": `TQQQ` was asked for",
        ),
        (
            br#"[{"price":1,"timestamp":1},{"symbol":"QQQ"}]"#,
            "one quote was asked for",
        ),
        // Milliseconds are no seconds.
        (
            br#"[{"price":1,"timestamp":1795188600000}]"#,
            "`timestamp` is 1795188600000",
        ),
    ];
    for (body, message) in cases {
        let error = quote::read(body, &tqqq()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

fn answer(status: u16, bytes: &[u8]) -> Answer {
    Answer::new(status, HeaderMap::new(), bytes.to_vec())
}

#[test]
fn every_fmp_error_is_known_under_its_own_status_and_under_200() {
    let cases = [
        ("fmp_error_401_invalid_key.json", 401, Kind::Key, true),
        ("fmp_error_402_endpoint.txt", 402, Kind::PlanEndpoint, true),
        ("fmp_error_402_symbol.txt", 402, Kind::PlanValue, true),
        ("fmp_error_403_legacy.json", 403, Kind::PlanEndpoint, true),
        ("fmp_error_429_limit.json", 429, Kind::Limit, true),
    ];
    for (name, status, kind, permanent) in cases {
        for status in [status, 200] {
            let refusal = Refusal::of(&answer(status, &sample(name))).unwrap();
            assert_eq!(refusal.kind, kind, "{name} under {status}");
            assert_eq!(
                refusal.read_error("fmp", false).is_permanent(),
                permanent,
                "{name}"
            );
        }
    }
    for name in [
        "fmp_stable_quote.json",
        "fmp_stable_quote_short.json",
        "fmp_stable_historical_chart_1hour.json",
    ] {
        assert!(Refusal::of(&answer(200, &sample(name))).is_none(), "{name}");
    }
}

#[test]
fn what_the_plan_lacks_is_said_with_the_plan_that_has_it() {
    let told = |status, name: &str| {
        let refusal = Refusal::of(&answer(status, &sample(name))).unwrap();
        refusal
            .read_error("fmp/historical_chart", false)
            .to_string()
    };
    let told = [
        told(402, "fmp_error_402_endpoint.txt"),
        told(402, "fmp_error_402_symbol.txt"),
        told(401, "fmp_error_401_invalid_key.json"),
        told(429, "fmp_error_429_limit.json"),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    fmp/historical_chart: HTTP 402: Restricted Endpoint: This endpoint is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financialmodelingprep.com/developer/docs/pri…
    hint: the plan of this key does not include it; bars within a day need FMP's Starter plan or better

    fmp/historical_chart: HTTP 402: Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available under your current subscription please visit our subscription page to upgrade your plan at https://site.financ…
    hint: the plan of this key does not include this symbol or value; FMP's free plan has few symbols, its Starter plan or better has them

    fmp/historical_chart: HTTP 401: Invalid API KEY. Feel free to create a Free API Key or visit https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid for more information.
    hint: check TQQQ_FMP_KEY

    fmp/historical_chart: HTTP 429: Limit Reach . Please upgrade your plan or visit our documentation for more details at https://site.financialmodelingprep.com/
    ");
}

#[test]
fn statuses_without_the_vendors_words_are_taken_for_what_they_can_be() {
    let page = b"<html><h1>Attention Required!</h1></html>".as_slice();
    let cases = [
        (
            400,
            br#"{"message":"bad symbol"}"#.as_slice(),
            Kind::Request,
        ),
        (402, b"".as_slice(), Kind::PlanEndpoint),
        (402, b"Payment Required", Kind::PlanEndpoint),
        (402, page, Kind::Server),
        (403, page, Kind::Server),
        (403, b"", Kind::Server),
        (404, b"[]", Kind::Request),
        (404, b"{}", Kind::Request),
        (404, b"", Kind::Request),
        (404, page, Kind::Server),
        (401, page, Kind::Key),
        (429, page, Kind::Server),
        (429, b"", Kind::Server),
        (500, br#"{"error":"oops"}"#, Kind::Server),
        (502, page, Kind::Server),
        (200, br#"{"Error Message":"Something new."}"#, Kind::Server),
        (200, b"Something new.", Kind::Server),
    ];
    for (status, body, kind) in cases {
        let refusal = Refusal::of(&answer(status, body)).unwrap();
        let shown = String::from_utf8_lossy(body);
        assert_eq!(refusal.kind, kind, "{status} {shown}");
        let is_passing = matches!(refusal.read_error("fmp", false), ReadError::Transient(_));
        assert_eq!(is_passing, kind == Kind::Server, "{status} {shown}");
    }
    // Not refusals, and no reader takes them for lists either.
    for body in [b"".as_slice(), b"{}", page, br#"[{"a":"#, br#"{"cut":"#] {
        assert!(Refusal::of(&answer(200, body)).is_none());
        assert!(historical_chart::read(body).is_err());
    }
}

#[test]
fn a_key_that_worked_is_doubted_only_for_now() {
    let refusal = Refusal::of(&answer(401, &sample("fmp_error_401_invalid_key.json"))).unwrap();
    assert!(!refusal.read_error("fmp", true).is_permanent());
    assert!(refusal.read_error("fmp", false).is_permanent());
}

#[test]
fn alpacas_bars_carry_their_moments_and_the_way_to_the_next_page() {
    let page = bars::read(&sample("alpaca_data_bars_1hour_single.json"), &tqqq()).unwrap();
    insta::assert_snapshot!(lines(&page.bars), @"
    2026-11-20T14:00:00Z 100.12 101.9 99.84 101.35 5839211
    2026-11-20T15:00:00Z 101.35 101.8 101.02 101.7 2239100
    ");
    assert_eq!(page.next, None);
    let more = br#"{"bars":[],"symbol":"TQQQ","next_page_token":"VFFRUQ=="}"#;
    assert_eq!(
        bars::read(more, &tqqq()).unwrap().next.as_deref(),
        Some("VFFRUQ==")
    );
}

#[test]
fn no_bars_has_three_spellings_and_everything_else_is_an_error() {
    for empty in [
        r#"{"bars":null,"symbol":"TQQQ","next_page_token":null}"#,
        r#"{"bars":[],"symbol":"TQQQ","next_page_token":""}"#,
        r#"{"symbol":"TQQQ","next_page_token":null}"#,
        r#"{"bars":null}"#,
    ] {
        let page = bars::read(empty.as_bytes(), &tqqq()).unwrap();
        assert_eq!((page.bars, page.next), (vec![], None), "{empty}");
    }
    let multi = sample("alpaca_data_bars_1hour_multi.json");
    let cases: [(&[u8], &str); 6] = [
        (b"{}", "bars: `bars` is missing"),
        (br#"{"message":"too many requests."}"#, "`bars` is missing"),
        (
            br#"{"bars":[],"symbol":"QQQ"}"#,
            "`symbol` is \"QQQ\": `TQQQ` was asked for",
        ),
        (br#"{"bars":[{"o":1}]}"#, "bar 1: `t` is missing"),
        (b"<html>", "not the JSON expected"),
        (&multi, "bars: `bars` is {"),
    ];
    for (body, message) in cases {
        let error = bars::read(body, &tqqq()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn splits_of_the_symbol_are_read_both_ways_and_never_against_their_list() {
    let body = sample("alpaca_corporate_actions.json");
    let splits = |symbol: &str| {
        let symbol = Symbol::new(symbol).unwrap();
        let page = corporate_actions::read(&body, &symbol).unwrap();
        assert_eq!(page.next, None);
        page.splits
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<String>>()
    };
    assert_eq!(splits("TQQQ"), ["2025-11-20:2"]);
    assert_eq!(splits("SQQQ"), ["2025-11-20:1/5"]);
    assert_eq!(splits("QQQ"), Vec::<String>::new());
    let none = br#"{"corporate_actions":{},"next_page_token":null}"#;
    assert_eq!(corporate_actions::read(none, &tqqq()).unwrap().splits, []);
    let reply = |list: &str, row: &str| format!(r#"{{"corporate_actions":{{"{list}":[{row}]}}}}"#);
    let forward = r#"{"symbol":"TQQQ","ex_date":"2025-11-20","new_rate":2,"old_rate":1}"#;
    let cases = [
        (
            reply("reverse_splits", forward),
            "reverse_splits 1: `new_rate` is 2: 2 goes the other way",
        ),
        (
            reply("forward_splits", &forward.replace("ex_date", "x")),
            "forward_splits 1: `ex_date` is missing",
        ),
        (
            reply("forward_splits", &forward.replace(":2,", ":0,")),
            "`new_rate` is 0: `0/1` is no ratio",
        ),
        (reply("forward_splits", "1"), "not the JSON expected"),
        (
            r#"{"message":"forbidden."}"#.to_owned(),
            "`corporate_actions` is missing",
        ),
    ];
    for (body, message) in cases {
        let error = corporate_actions::read(body.as_bytes(), &tqqq()).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    let unnamed = reply(
        "forward_splits",
        &forward.replace(r#""symbol":"TQQQ","#, ""),
    );
    assert_eq!(
        corporate_actions::read(unnamed.as_bytes(), &tqqq())
            .unwrap()
            .splits
            .len(),
        1
    );
}

#[test]
fn fills_and_dividends_are_read_and_never_taken_for_each_other() {
    let fills = activities::read(&sample("alpaca_activities_fill.json")).unwrap();
    let dividend = activities::read(&sample("alpaca_activities_dividend.json")).unwrap();
    insta::assert_debug_snapshot!((&fills[0], &dividend[0]), @r#"
    (
        Activity {
            id: "20261120103004971::5f19ad50-36aa-44e1-9313-094944098fd6",
            event: Filled(
                Fill {
                    order: BrokerOrderId(
                        "61e69015-8549-4bfd-b9c3-01e75843f47d",
                    ),
                    symbol: Symbol(TQQQ),
                    side: Buy,
                    quantity: Shares(568),
                    price: Price(101.53),
                    at: 2026-11-20T15:30:04.97108Z,
                },
            ),
        },
        Activity {
            id: "20261001000000000::5f596936-6f23-4cef-bdf1-3806aae57dbf",
            event: Moved(
                CashFlow {
                    id: "20261001000000000::5f596936-6f23-4cef-bdf1-3806aae57dbf",
                    kind: Dividend,
                    amount: Money(98),
                    at: 2026-10-01T14:01:04.650275Z,
                },
            ),
        },
    )
    "#);
    assert!(
        fills
            .iter()
            .all(|row| matches!(row.event, Event::Filled(_)))
    );
}

#[test]
fn every_type_of_activity_has_its_kind_and_what_moved_no_cash_is_none() {
    let row = |word: &str, more: &str| {
        let body = format!(r#"[{{"id":"1","activity_type":"{word}","date":"2026-10-01"{more}}}]"#);
        let rows = activities::read(body.as_bytes()).map_err(|error| error.to_string())?;
        Ok(match &rows[0].event {
            Event::Moved(flow) => format!("{} {} {}", flow.kind, flow.amount, flow.at),
            other => format!("{other:?}"),
        })
    };
    let amount = r#","net_amount":"-1.50","status":"executed""#;
    let mut lines: Vec<String> = [
        "CSD", "CSW", "JNLC", "ACATC", "DIV", "DIVNRA", "DIVFEE", "FEE", "PTC", "INT", "REORG",
    ]
    .into_iter()
    .map(|word| format!("{word}: {}", row(word, amount).unwrap()))
    .collect();
    for more in [
        "",
        r#","net_amount":"0""#,
        r#","net_amount":"5","status":"canceled""#,
        r#","net_amount":"5","status":"correct","created_at":"2026-10-01T14:01:04.65Z""#,
        r#","net_amount":5"#,
    ] {
        lines.push(format!("CSD{more}: {}", row("CSD", more).unwrap()));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    CSD: transfer -1.5 2026-10-01T04:00:00Z
    CSW: transfer -1.5 2026-10-01T04:00:00Z
    JNLC: transfer -1.5 2026-10-01T04:00:00Z
    ACATC: transfer -1.5 2026-10-01T04:00:00Z
    DIV: dividend -1.5 2026-10-01T04:00:00Z
    DIVNRA: dividend -1.5 2026-10-01T04:00:00Z
    DIVFEE: fee -1.5 2026-10-01T04:00:00Z
    FEE: fee -1.5 2026-10-01T04:00:00Z
    PTC: fee -1.5 2026-10-01T04:00:00Z
    INT: interest -1.5 2026-10-01T04:00:00Z
    REORG: REORG -1.5 2026-10-01T04:00:00Z
    CSD: Still
    CSD,"net_amount":"0": Still
    CSD,"net_amount":"5","status":"canceled": Still
    CSD,"net_amount":"5","status":"correct","created_at":"2026-10-01T14:01:04.65Z": transfer 5 2026-10-01T14:01:04.65Z
    CSD,"net_amount":5: transfer 5 2026-10-01T04:00:00Z
    "#);
    let error: String = row("CSD", r#","net_amount":"much""#).unwrap_err();
    assert_eq!(
        error,
        r#"activity 1: `net_amount` is "much": `much` is not a decimal number"#
    );
}
