//! A field that goes, comes or changes its type breaks no reader, unless money hangs on it; then
//! the error names it.

use std::path::Path;

use connectors::alpaca;
use connectors::fmp;
use connectors::wire::Unreadable;
use market::{Date, Symbol};
use proptest::prelude::*;
use serde_json::{Value, json};

type Reader = fn(&[u8]) -> Result<(), Unreadable>;

struct Case {
    sample: &'static str,
    read: Reader,
    needed: &'static [&'static str],
    /// When there, they must make sense.
    checked: &'static [&'static str],
}

const ORDER_CHECKED: [&str; 4] = ["qty", "notional", "limit_price", "filled_avg_price"];

const FILL_NEEDED: [&str; 8] = [
    "id",
    "activity_type",
    "order_id",
    "symbol",
    "side",
    "qty",
    "price",
    "transaction_time",
];

/// A row as a list of itself.
fn alone(row: &[u8]) -> Vec<u8> {
    [b"[", row, b"]"].concat()
}

fn tqqq() -> Symbol {
    Symbol::new("TQQQ").expect("a symbol")
}

fn cases() -> Vec<Case> {
    let account: Reader = |bytes| alpaca::account::read(bytes).map(drop);
    let account_needed = &["id", "cash", "equity", "buying_power"];
    let fees = &["accrued_fees", "pending_reg_taf_fees"];
    let order: Reader = |bytes| alpaca::orders::read(bytes).map(drop);
    let order_needed = &["id", "client_order_id", "symbol", "side", "filled_qty"];
    let position: Reader = |bytes| alpaca::positions::read(&alone(bytes)).map(drop);
    let activity: Reader = |bytes| alpaca::activities::read(&alone(bytes)).map(drop);
    let configuration: Reader = |bytes| alpaca::configuration::read(bytes).map(drop);
    let clock: Reader = |bytes| alpaca::clock::read(bytes).map(drop);
    let clock_needed = &["timestamp", "is_open", "next_open", "next_close"];
    let asset: Reader = |bytes| alpaca::asset::read(bytes, &tqqq()).map(drop);
    let case = |sample, read, needed, checked| Case {
        sample,
        read,
        needed,
        checked,
    };
    vec![
        case("alpaca_account.json", account, account_needed, fees),
        case(
            "alpaca_account_before_2026-07-06.json",
            account,
            account_needed,
            fees,
        ),
        case(
            "alpaca_account_multiplier_1.json",
            account,
            account_needed,
            fees,
        ),
        case(
            "alpaca_order_filled_qty.json",
            order,
            order_needed,
            &ORDER_CHECKED,
        ),
        case(
            "alpaca_order_filled_notional.json",
            order,
            order_needed,
            &ORDER_CHECKED,
        ),
        case(
            "alpaca_order_replaced.json",
            order,
            order_needed,
            &ORDER_CHECKED,
        ),
        case(
            "alpaca_position.json",
            position,
            &["symbol", "qty"],
            &["qty_available"],
        ),
        case(
            "alpaca_account_configurations.json",
            configuration,
            &[],
            &[],
        ),
        case("alpaca_clock_open.json", clock, clock_needed, &[]),
        case("alpaca_asset_tqqq.json", asset, &[], &["symbol"]),
        case(
            "fmp_stable_historical_chart_1hour.json",
            |bytes| fmp::historical_chart::read(&alone(bytes)).map(drop),
            &["date"],
            &[],
        ),
        case(
            "fmp_stable_quote.json",
            |bytes| fmp::quote::read(&alone(bytes), &tqqq()).map(drop),
            &["price", "timestamp"],
            &["symbol"],
        ),
        case(
            "alpaca_activities_dividend.json",
            activity,
            &["id", "activity_type"],
            &["net_amount", "created_at"],
        ),
        case("alpaca_activities_fill.json", activity, &FILL_NEEDED, &[]),
        case(
            "alpaca_data_bars_1hour_single.json",
            |bytes| alpaca::bars::read(bytes, &tqqq()).map(drop),
            &[],
            &["bars", "symbol"],
        ),
        case(
            "alpaca_corporate_actions.json",
            |bytes| alpaca::corporate_actions::read(bytes, &tqqq()).map(drop),
            &["corporate_actions"],
            &[],
        ),
    ]
}

fn sample(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(name);
    let bytes = std::fs::read(path).expect("a sample of that name");
    match serde_json::from_slice(&bytes).expect("a sample is JSON") {
        Value::Array(rows) => rows.into_iter().next().expect("a sample list has a row"),
        object => object,
    }
}

fn fields(body: &Value) -> Vec<String> {
    body.as_object()
        .expect("a sample is an object")
        .keys()
        .cloned()
        .collect()
}

fn read(case: &Case, body: &Value) -> Result<(), String> {
    (case.read)(body.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_field_that_goes_breaks_nothing_but_what_money_hangs_on() {
    for case in cases() {
        let body = sample(case.sample);
        for field in fields(&body) {
            let mut gone = body.clone();
            gone.as_object_mut().unwrap().remove(&field);
            let mut null = body.clone();
            null[&field] = Value::Null;
            for changed in [gone, null] {
                match (case.needed.contains(&field.as_str()), read(&case, &changed)) {
                    (true, Err(error)) => {
                        assert!(
                            error.contains(&format!("`{field}` is missing")),
                            "{}: {error}",
                            case.sample
                        );
                    }
                    (false, Ok(())) => {}
                    (_, other) => panic!("{} without {field}: {other:?}", case.sample),
                }
            }
        }
    }
}

#[test]
fn a_field_that_changes_its_type_breaks_nothing_but_what_money_hangs_on() {
    for case in cases() {
        let body = sample(case.sample);
        for field in fields(&body) {
            let matters =
                case.needed.contains(&field.as_str()) || case.checked.contains(&field.as_str());
            let mut changed = body.clone();
            changed[&field] = json!({"amount": [1, 2]});
            if let Err(error) = read(&case, &changed) {
                assert!(
                    matters && error.contains(&format!("`{field}`")),
                    "{} {field}: {error}",
                    case.sample
                );
            }
        }
    }
}

#[test]
fn amounts_may_come_as_numbers() {
    let mut body = sample("alpaca_account.json");
    body["cash"] = json!(100_005.83);
    body["multiplier"] = json!(4);
    let account = alpaca::account::read(body.to_string().as_bytes()).unwrap();
    assert_eq!(
        account,
        alpaca::account::read(sample("alpaca_account.json").to_string().as_bytes()).unwrap()
    );
}

#[test]
fn a_calendar_without_hours_is_an_error() {
    let today = Date::constant(2026, 11, 25);
    let read = |body: &str, today| alpaca::calendar::read(body.as_bytes(), today);
    let error = |body: &str| read(body, today).unwrap_err().to_string();
    assert_eq!(
        error(r#"[{"date":"2026-11-25"}]"#),
        "calendar day 1: `open` is missing"
    );
    let early = r#"{"date":"2026-11-25","open":"09:30","close":"13:00"}"#;
    let late = r#"{"date":"2026-11-25","open":"09:30","close":"16:00"}"#;
    let twice = read(&format!("[{late},{late}]"), today).unwrap();
    assert_eq!(twice.len(), 1);
    // The same of a day gone by: that day alone is unknown.
    let next = Date::constant(2026, 11, 27);
    let black_friday = r#"{"date":"2026-11-27","open":"09:30","close":"13:00"}"#;
    for past in [
        r#"{"date":"2026-11-25"}"#.to_owned(),
        format!("{early},{late}"),
    ] {
        let left = read(&format!("[{past},{black_friday}]"), next).unwrap();
        let dates: Vec<Date> = left.iter().map(|session| session.date).collect();
        assert_eq!(dates, [next], "{past}");
    }
    insta::assert_snapshot!(error(&format!("[{early},{late}]")), @r#"calendar day 2: `date` is "2026-11-25": an earlier day of this date has other hours"#);
}

#[test]
fn a_short_position_is_known_by_its_sign_alone() {
    let body = br#"[{"symbol":"TQQQ","qty":"-3"},{"symbol":"QQQ","qty":"0"},{"symbol":"BTC/USD","qty":"0.5"}]"#;
    let positions = alpaca::positions::read(body).unwrap();
    let shown: Vec<String> = positions
        .iter()
        .map(|held| {
            format!(
                "{} {:?} {} {}",
                held.symbol, held.direction, held.quantity, held.is_us_equity
            )
        })
        .collect();
    assert_eq!(shown, ["TQQQ Short 3 true", "BTC/USD Long 0.5 false"]);
    let contradiction =
        alpaca::positions::read(br#"[{"symbol":"TQQQ","qty":"-3","side":"long"}]"#).unwrap_err();
    assert_eq!(
        contradiction.to_string(),
        r#"position 1: `side` is "long": the quantity is below zero"#
    );
}

proptest! {
    #[test]
    fn new_fields_change_nothing(name in "[a-z_]{1,20}", value in "\\PC{0,20}", which in 0_usize..16) {
        let case = &cases()[which];
        let mut body = sample(case.sample);
        if body.get(&name).is_none() {
            body[&name] = json!({"new": [value, null, 1.5e300]});
        }
        prop_assert_eq!(read(case, &body), Ok(()));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..1200) {
        for case in cases() {
            let _ = (case.read)(&bytes);
            let whole = sample(case.sample).to_string();
            let _ = (case.read)(&whole.as_bytes()[..cut.min(whole.len())]);
        }
    }
}
