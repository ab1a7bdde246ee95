//! Every good sample of the vendors' replies is read, value by value.

mod fixture;

use connectors::alpaca::{self, orders};
use connectors::twelve_data::{quote, time_series};
use market::Interval;
use market::time::Date;
use trading::order::{OrderStatus, Side};

use fixture::{sample, tqqq};

#[test]
fn the_account_of_today_and_of_before_july_2026_are_one() {
    let today = alpaca::account::read(&sample("alpaca_account.json")).unwrap();
    insta::assert_debug_snapshot!(today, @r#"
    Account {
        id: AccountId(
            "e6fe16f3-64a4-4921-8928-cadf02f92f98",
        ),
        block: None,
        cash: Money(100005.83),
        equity: Money(100005.83),
        buying_power: Money(400023.32),
        non_marginable_buying_power: Some(
            Money(99788.52),
        ),
        fees: Money(0),
        multiplier: Some(
            4,
        ),
        last_equity: Some(
            Money(100003.74258806517),
        ),
    }
    "#);
    let before = alpaca::account::read(&sample("alpaca_account_before_2026-07-06.json")).unwrap();
    assert_eq!(before, today);
}

#[test]
fn an_account_without_leverage_is_read() {
    let account = alpaca::account::read(&sample("alpaca_account_multiplier_1.json")).unwrap();
    let shown = [
        account.cash.to_string(),
        account.buying_power.to_string(),
        account.multiplier.unwrap().to_string(),
    ];
    assert_eq!(shown, ["1500.25", "1500.25", "1"]);
}

#[test]
fn every_way_of_blocking_an_account_is_told() {
    let body = |changes: &str| {
        let text = String::from_utf8(sample("alpaca_account.json")).unwrap();
        let rest: String = text
            .lines()
            .filter(|line| !changes.contains(line.split('"').nth(1).unwrap_or("?")))
            .collect();
        rest.replacen('{', &format!("{{{changes},"), 1)
    };
    let cases = [
        (r#""status":"INACTIVE""#, Some("status INACTIVE")),
        (r#""trading_blocked":true"#, Some("trading_blocked")),
        (r#""account_blocked":true"#, Some("account_blocked")),
        (
            r#""trade_suspended_by_user":"True""#,
            Some("trade_suspended_by_user"),
        ),
        (r#""transfers_blocked":true"#, None),
    ];
    for (change, expected) in cases {
        let account = alpaca::account::read(body(change).as_bytes()).unwrap();
        assert_eq!(
            account.block.map(|block| block.0).as_deref(),
            expected,
            "{change}"
        );
    }
}

#[test]
fn configuration_clock_asset_and_calendar_are_read() {
    let configuration =
        alpaca::configuration::read(&sample("alpaca_account_configurations.json")).unwrap();
    assert!(configuration.is_unlevered());
    assert_eq!(
        (
            configuration.fractional_trading,
            configuration.suspend_trade
        ),
        (Some(true), Some(false))
    );
    let open = alpaca::clock::read(&sample("alpaca_clock_open.json")).unwrap();
    let closed = alpaca::clock::read(&sample("alpaca_clock_closed.json")).unwrap();
    insta::assert_debug_snapshot!((open, closed), @"
    (
        MarketClock {
            timestamp: 2026-11-20T15:30:04.451420928Z,
            is_open: true,
            next_open: 2026-11-23T14:30:00Z,
            next_close: 2026-11-20T21:00:00Z,
        },
        MarketClock {
            timestamp: 2026-11-26T15:30:04.451420928Z,
            is_open: false,
            next_open: 2026-11-27T14:30:00Z,
            next_close: 2026-11-27T18:00:00Z,
        },
    )
    ");
    let asset = alpaca::asset::read(&sample("alpaca_asset_tqqq.json"), &tqqq()).unwrap();
    assert!(asset.tradable && asset.fractionable);
    let calendar = sample("alpaca_calendar.json");
    let hours = |day: i8| {
        let sessions = alpaca::calendar::read(&calendar, Date::MAX).unwrap();
        let date = Date::constant(2026, 11, day);
        let hours = sessions.into_iter().find(|session| session.date == date);
        hours.map(|hours| format!("{} to {}", hours.open, hours.close))
    };
    assert_eq!(
        hours(25).as_deref(),
        Some("2026-11-25T14:30:00Z to 2026-11-25T21:00:00Z")
    );
    assert_eq!(hours(26), None);
    assert_eq!(
        hours(27).as_deref(),
        Some("2026-11-27T14:30:00Z to 2026-11-27T18:00:00Z")
    );
}

#[test]
fn positions_are_read_to_the_last_fraction() {
    let positions = alpaca::positions::read(&sample("alpaca_positions.json")).unwrap();
    insta::assert_debug_snapshot!(positions, @"
    [
        Position {
            symbol: Symbol(AAPL),
            is_us_equity: true,
            direction: Long,
            quantity: Shares(0.557436865),
            available: Shares(0),
            average_entry_price: Some(
                Price(286.879891),
            ),
            market_value: Some(
                Money(159.92),
            ),
        },
        Position {
            symbol: Symbol(TQQQ),
            is_us_equity: true,
            direction: Long,
            quantity: Shares(980),
            available: Shares(980),
            average_entry_price: Some(
                Price(101.52),
            ),
            market_value: Some(
                Money(99666),
            ),
        },
    ]
    ");
    assert_eq!(
        alpaca::positions::read(&sample("alpaca_positions_empty.json")).unwrap(),
        []
    );
    let single = [b"[".as_slice(), &sample("alpaca_position.json"), b"]"].concat();
    assert_eq!(alpaca::positions::read(&single).unwrap(), positions[1..]);
}

#[test]
fn every_order_sample_tells_state_and_amounts() {
    let names = [
        "alpaca_order_accepted_after_close.json",
        "alpaca_order_canceled.json",
        "alpaca_order_canceled_after_partial.json",
        "alpaca_order_filled_notional.json",
        "alpaca_order_filled_qty.json",
        "alpaca_order_new.json",
        "alpaca_order_partially_filled.json",
        "alpaca_order_patch.200.json",
        "alpaca_order_post_notional.200.json",
        "alpaca_order_post_qty.200.json",
        "alpaca_order_rejected.json",
        "alpaca_order_replaced.json",
        "alpaca_position_close.200.json",
    ];
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    let lines: Vec<String> = names
        .into_iter()
        .map(|name| {
            let order = orders::read(&sample(name)).unwrap();
            let (quantity, notional) = (
                order.quantity.map(|q| q.to_string()),
                order.notional.map(|n| n.to_string()),
            );
            format!(
                "{name}: {:?} {} qty {} notional {} limit {} filled {} at {} {:?}",
                order.status,
                order.side,
                shown(quantity),
                shown(notional),
                shown(order.limit_price.map(|price| price.to_string())),
                order.filled,
                shown(order.average_price.map(|price| price.to_string())),
                order.event(),
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    alpaca_order_accepted_after_close.json: Pending buy qty 980 notional - limit - filled 0 at - SeenOpen
    alpaca_order_canceled.json: Canceled buy qty 980 notional - limit 95.5 filled 0 at - SeenEnded
    alpaca_order_canceled_after_partial.json: Canceled buy qty 980 notional - limit - filled 412 at 101.51 SeenEndedInPart
    alpaca_order_filled_notional.json: Filled buy qty - notional 99500 limit - filled 980.102341607 at 101.52 SeenFilled
    alpaca_order_filled_qty.json: Filled buy qty 980 notional - limit - filled 980 at 101.52 SeenFilled
    alpaca_order_new.json: Working buy qty 980 notional - limit - filled 0 at - SeenOpen
    alpaca_order_partially_filled.json: PartiallyFilled buy qty 980 notional - limit - filled 412 at 101.51 SeenOpen
    alpaca_order_patch.200.json: Pending buy qty 980 notional - limit 96 filled 0 at - SeenOpen
    alpaca_order_post_notional.200.json: Pending buy qty - notional 99500 limit - filled 0 at - SeenOpen
    alpaca_order_post_qty.200.json: Pending buy qty 980 notional - limit - filled 0 at - SeenOpen
    alpaca_order_rejected.json: Rejected buy qty 980 notional - limit - filled 0 at - SeenRejected
    alpaca_order_replaced.json: Replaced buy qty 980 notional - limit 95.5 filled 0 at - SeenEnded
    alpaca_position_close.200.json: Pending sell qty 980 notional - limit - filled 0 at - SeenOpen
    ");
    let replaced = orders::read(&sample("alpaca_order_replaced.json")).unwrap();
    assert_eq!(
        replaced.replaced_by.unwrap().0,
        "7b08df51-c1ac-453c-99f9-323a5f075f0d"
    );
}

#[test]
fn a_filled_order_is_read_whole() {
    let order = orders::read(&sample("alpaca_order_filled_qty.json")).unwrap();
    insta::assert_debug_snapshot!(order, @r#"
    OrderReport {
        broker_id: BrokerOrderId(
            "61e69015-8549-4bfd-b9c3-01e75843f47d",
        ),
        client_order_id: "tqqq-20261120-1530Z-buy-1",
        symbol: Symbol(TQQQ),
        is_us_equity: true,
        side: Buy,
        status: Filled,
        quantity: Some(
            Shares(980),
        ),
        notional: None,
        limit_price: None,
        filled: Shares(980),
        average_price: Some(
            Price(101.52),
        ),
        submitted_at: Some(
            2026-11-20T15:30:04.09882711Z,
        ),
        filled_at: Some(
            2026-11-20T15:30:04.97108021Z,
        ),
        replaced_by: None,
    }
    "#);
    let listed = orders::list::read(&sample("alpaca_orders.json")).unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0], order);
    assert_eq!(
        (listed[1].side, listed[1].status.clone()),
        (Side::Sell, OrderStatus::Canceled)
    );
}

#[test]
fn every_known_state_has_its_meaning_and_an_unknown_one_is_alive() {
    let text = String::from_utf8(sample("alpaca_order_new.json")).unwrap();
    let states = [
        "new",
        "partially_filled",
        "filled",
        "done_for_day",
        "canceled",
        "expired",
        "replaced",
        "pending_cancel",
        "pending_replace",
        "accepted",
        "pending_new",
        "accepted_for_bidding",
        "stopped",
        "rejected",
        "suspended",
        "calculated",
        "held",
        "pending_review",
        "quantum_filled",
    ];
    let read = |state: &str| {
        let body = text.replace(r#""status": "new""#, &format!(r#""status": "{state}""#));
        orders::read(body.as_bytes()).unwrap().status
    };
    let lines: Vec<String> = states
        .iter()
        .map(|state| {
            format!(
                "{state}: {:?}, terminal {}",
                read(state),
                read(state).is_terminal()
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    new: Working, terminal false
    partially_filled: PartiallyFilled, terminal false
    filled: Filled, terminal true
    done_for_day: Suspended, terminal false
    canceled: Canceled, terminal true
    expired: Expired, terminal true
    replaced: Replaced, terminal true
    pending_cancel: PendingCancel, terminal false
    pending_replace: Working, terminal false
    accepted: Pending, terminal false
    pending_new: Pending, terminal false
    accepted_for_bidding: Pending, terminal false
    stopped: Suspended, terminal false
    rejected: Rejected, terminal true
    suspended: Suspended, terminal false
    calculated: Suspended, terminal false
    held: Pending, terminal false
    pending_review: Pending, terminal false
    quantum_filled: Unknown("quantum_filled"), terminal false
    "#);
}

#[test]
fn the_latest_trade_is_a_price_with_its_nanosecond() {
    let point = alpaca::latest_trade::read(&sample("alpaca_data_latest_trade.json"), &tqqq())
        .unwrap()
        .unwrap();
    assert_eq!(point.price.to_string(), "101.7");
    assert_eq!(point.at.to_string(), "2026-11-20T15:29:59.845580544Z");
    for empty in [r#"{"symbol":"TQQQ","trade":null}"#, r#"{"symbol":"TQQQ"}"#] {
        assert_eq!(
            alpaca::latest_trade::read(empty.as_bytes(), &tqqq()).unwrap(),
            None
        );
    }
    assert!(
        alpaca::latest_trade::read(&sample("alpaca_data_latest_quote.json"), &tqqq())
            .unwrap()
            .is_none()
    );
}

#[test]
fn the_latest_quote_has_two_sides_and_a_nanosecond() {
    let read = |body: &[u8]| alpaca::latest_quote::read(body, &tqqq());
    let quote = read(&sample("alpaca_data_latest_quote.json"))
        .unwrap()
        .unwrap();
    insta::assert_snapshot!(quote, @"bid 101.69, ask 101.71 at 2026-11-20T10:29:59-05:00 from alpaca");
    assert_eq!(quote.at.to_string(), "2026-11-20T15:29:59.955031265Z");
    assert_eq!(
        quote.spread().unwrap().decimal().round_dp(4).to_string(),
        "1.9666"
    );
    for empty in [r#"{"symbol":"TQQQ","quote":null}"#, r#"{"symbol":"TQQQ"}"#] {
        assert_eq!(read(empty.as_bytes()), Ok(None));
    }
    let body = |ap: &str, bp: &str| {
        format!(r#"{{"symbol":"TQQQ","quote":{{"t":"2026-11-20T15:30:00Z","ap":{ap},"bp":{bp}}}}}"#)
    };
    let sides = |ap, bp| {
        let quote = read(body(ap, bp).as_bytes()).unwrap().unwrap();
        (
            quote.bid.is_some(),
            quote.ask.is_some(),
            quote.spread().is_some(),
        )
    };
    assert_eq!(sides("101", "100"), (true, true, true));
    assert_eq!(sides("0", "100"), (true, false, false));
    assert_eq!(sides("101", "0.0"), (false, true, false));
    assert_eq!(sides("101", "null"), (false, true, false));
    assert_eq!(sides("100", "101"), (true, true, false));
    for nonsense in [
        body("-1", "100"),
        body("\"much\"", "100"),
        r#"{"quote":{"ap":1,"bp":1}}"#.into(),
    ] {
        assert!(read(nonsense.as_bytes()).is_err(), "{nonsense}");
    }
}

#[test]
fn bars_carry_new_york_moments_and_the_vendors_texts() {
    let bars = time_series::read(
        &sample("twelvedata_time_series_1h.json"),
        &tqqq(),
        Interval::OneHour,
    )
    .unwrap();
    let lines: Vec<String> = bars
        .iter()
        .map(|bar| {
            let volume = bar.volume.as_deref().unwrap_or("-");
            format!(
                "{} {} {} {} {} {volume}",
                bar.start, bar.open, bar.high, bar.low, bar.close
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    2026-11-20T15:30:00Z 101.40000 101.80000 101.31000 101.70000 41233
    2026-11-20T14:30:00Z 100.12000 101.90000 99.84000 101.40000 583921
    2026-11-19T20:30:00Z 99.50000 99.93000 99.31000 99.84000 1439022
    2026-11-19T19:30:00Z 99.11000 99.62000 98.95000 99.50000 2037450
    2026-11-19T18:30:00Z 99.30000 99.45000 98.88000 99.11000 1733210
    ");
}

#[test]
fn a_volume_may_be_missing_and_a_number_may_be_a_number() {
    let body = br#"{"values":[{"datetime":"2026-11-20 09:30:00","open":1.5,"high":"2","low":null,"close":"1.70"}],"status":"ok"}"#;
    let bars = time_series::read(body, &tqqq(), Interval::ThirtyMinutes).unwrap();
    let bar = &bars[0];
    assert_eq!(
        (
            bar.open.as_str(),
            bar.low.as_str(),
            bar.close.as_str(),
            &bar.volume
        ),
        ("1.5", "", "1.70", &None)
    );
}

#[test]
fn bars_of_anything_else_are_an_error_and_never_an_empty_list() {
    let cases: [(&[u8], &str); 6] = [
        (br#"{"status":"ok"}"#, "time_series: `values` is missing"),
        (br#"{"values":null}"#, "time_series: `values` is missing"),
        (
            br#"{"meta":{"symbol":"QQQ"},"values":[]}"#,
            "`symbol` is \"QQQ\": `TQQQ` was asked for",
        ),
        (
            br#"{"meta":{"interval":"1h"},"values":[]}"#,
            "`interval` is \"1h\": `30min` was asked for",
        ),
        (
            br#"{"values":[{"datetime":"soon"}]}"#,
            "row 1: `datetime` is `soon`: not a date and time",
        ),
        (b"<html>502</html>", "not the JSON expected"),
    ];
    for (body, message) in cases {
        let error = time_series::read(body, &tqqq(), Interval::ThirtyMinutes)
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(
        time_series::read(br#"{"values":[]}"#, &tqqq(), Interval::ThirtyMinutes),
        Ok(vec![])
    );
}

#[test]
fn a_quote_is_a_price_as_of_its_last_minute() {
    let point = quote::read(&sample("twelvedata_quote.json"), &tqqq()).unwrap();
    assert_eq!(
        (point.price.to_string(), point.at.to_string()),
        ("101.7".into(), "2026-11-20T15:30:00Z".into())
    );
    let error = quote::read(&sample("twelvedata_price.json"), &tqqq()).unwrap_err();
    assert_eq!(error.to_string(), "quote: `last_quote_at` is missing");
}

#[test]
fn credits_are_counted_by_the_minute_and_where_there_is_a_limit_by_the_day() {
    use connectors::budget::Rate;
    use connectors::twelve_data::api_usage::{Usage, read};
    let sampled = read(&sample("twelvedata_api_usage.json")).unwrap();
    assert_eq!(sampled.minute.limit, 8);
    assert_eq!(sampled.day.map(|day| day.limit), Some(800));
    let minute = Rate { used: 3, limit: 55 };
    let without = read(br#"{"current_usage":3,"plan_limit":55}"#);
    assert_eq!(without, Ok(Usage { minute, day: None }));
    for body in [
        "{}",
        "[]",
        r#"{"current_usage":3,"plan_limit":8,"plan_daily_limit":800}"#,
    ] {
        assert!(read(body.as_bytes()).is_err(), "{body}");
    }
}
