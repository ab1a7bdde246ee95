//! Parity: a run of the local venue and a backtest of the same bars give the same trades.
//!
//! The run goes through everything a live one does: HTTP, sources, journal, a venue with a spread,
//! partial fills and a delay. The backtest is a loop over a file. What they share is `decide` and
//! `plan`; what must come out equal is every entry, every exit, the shares and the money.
//!
//! Both pay the venue's half spread of 1 bps and keep live trading's buffer of 50 bps. The venue
//! quotes to four decimals and fills in parts, so shares may differ by a few millionths a fill.

use serde_json::Value;

use crate::folder::Folder;
use crate::real_bars::real;

/// Largest part by which shares and money may differ, compounded over some dozens of fills.
const APART_MAX: f64 = 2e-4;
/// Slots of the warm-up, or of the calendar, are the only ones that may refuse.
const EXPECTED_REFUSAL: &str = "NotWarm";
/// The cash both begin with.
const CASH: f64 = 100_000.0;

/// One comparison: where the bars come from, how the run is configured, what says so to `backtest`.
struct Case {
    seed: &'static str,
    config: &'static str,
    options: &'static [&'static str],
}

/// 96 sessions of synthetic half hours each: 1,248 slots, of which 372 or fewer warm up.
const CASES: [Case; 4] = [
    Case {
        seed: "1",
        config: "",
        options: &[],
    },
    Case {
        seed: "2",
        config: "[strategy]\nexit = \"broken\"\nfast = 8\nslow = 15\n",
        options: &["--exit", "broken", "--fast", "8", "--slow", "15"],
    },
    Case {
        seed: "3",
        config: "[orders]\norder = \"limit\"\n",
        options: &["--shares", "whole"],
    },
    Case {
        seed: "4",
        config: "[strategy]\nhours = \"forming\"\n",
        options: &["--hours", "forming"],
    },
];

/// From the first slot with shares to the first one without.
#[derive(Debug, PartialEq)]
struct Trade {
    entry: String,
    exit: Option<String>,
    shares: f64,
    /// Cash once it is sold.
    cash: Option<f64>,
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

/// A moment to the minute, with its offset, in the journal's form.
fn minute(time: &str) -> String {
    time.replacen(":00-0", "-0", 1)
}

/// The trades of a run, by the shares seen at each slot's end.
fn trades_of_run(folder: &Folder) -> Vec<Trade> {
    let mut trades: Vec<Trade> = Vec::new();
    let mut held = 0.0;
    for line in folder.ok(&["history", "--json"]).lines() {
        let slot: Value = serde_json::from_str(line).unwrap();
        let (shares, at) = (number(&slot["shares"]), slot["slot"].as_str().unwrap());
        if held == 0.0 && shares > 0.0 {
            trades.push(Trade {
                entry: at.to_owned(),
                exit: None,
                shares,
                cash: None,
            });
        } else if held > 0.0 && shares == 0.0 {
            let trade = trades.last_mut().unwrap();
            trade.exit = Some(at.to_owned());
            trade.cash = Some(number(&slot["cash"]));
        } else {
            assert_eq!(held, shares, "{at}: a holding changed within a trade");
        }
        held = shares;
    }
    trades
}

fn trades_of_backtest(view: &Value) -> Vec<Trade> {
    let mut cash = CASH;
    let mut trade = |row: &Value| {
        let sold = row["pnl"].as_f64();
        cash += sold.unwrap_or_default();
        Trade {
            entry: minute(row["entry_time"].as_str().unwrap()),
            exit: row["exit_time"].as_str().map(minute),
            shares: row["shares"].as_f64().unwrap(),
            cash: sold.map(|_| cash),
        }
    };
    view["trades"]
        .as_array()
        .unwrap()
        .iter()
        .map(&mut trade)
        .collect()
}

fn assert_near(what: &str, a: f64, b: f64) {
    assert!((a / b - 1.0).abs() <= APART_MAX, "{what}: {a} and {b}");
}

/// Runs both over the file and returns slots and trades compared.
fn compare(folder: &Folder, bars: &str, options: &[&str]) -> (u64, usize) {
    let run: Value = serde_json::from_str(&folder.ok(&["run", "--json", "--bars", bars])).unwrap();
    let outcomes = &run["outcomes"];
    assert_eq!(
        (&outcomes["failed"], &outcomes["missed"]),
        (&0.into(), &0.into())
    );
    let refused = outcomes["refused"].as_object().unwrap();
    assert!(
        refused.keys().all(|reason| reason == EXPECTED_REFUSAL),
        "{refused:?}"
    );

    let alike = ["--buffer-bps", "50", "--slippage-bps", "1", "--json"];
    let view = folder.ok(&[&["backtest", bars][..], &alike, options].concat());
    let view: Value = serde_json::from_str(&view).unwrap();
    assert_eq!(view["fragile"], 0, "a decision within rounding may differ");

    let (live, tested) = (trades_of_run(folder), trades_of_backtest(&view));
    let moments = |trades: &[Trade]| -> Vec<(String, Option<String>)> {
        trades
            .iter()
            .map(|trade| (trade.entry.clone(), trade.exit.clone()))
            .collect()
    };
    assert_eq!(moments(&live), moments(&tested));
    for (live, tested) in live.iter().zip(&tested) {
        assert_near(&live.entry, live.shares, tested.shares);
        if let (Some(live_cash), Some(tested_cash)) = (live.cash, tested.cash) {
            assert_near(&live.entry, live_cash, tested_cash);
        }
    }
    (run["slots"].as_u64().unwrap(), live.len())
}

#[expect(clippy::print_stdout, reason = "the size of the proof")]
fn say(what: &str, slots: u64, trades: usize) {
    println!("{what}: {slots} slots, {trades} trades equal");
}

fn compare_synthetic(case: &Case) {
    let folder = Folder::new();
    folder.write("tqqq.toml", case.config);
    folder.ok(&["venue", "--seed", case.seed, "--export", "bars.csv"]);
    let (slots, trades) = compare(&folder, "bars.csv", case.options);
    say(&format!("seed {}", case.seed), slots, trades);
    assert!(
        slots == 1_248 && trades >= 8,
        "{slots} slots, {trades} trades"
    );
}

#[test]
fn a_run_and_a_backtest_trade_alike() {
    compare_synthetic(&CASES[0]);
}

#[test]
fn a_run_and_a_backtest_trade_alike_with_other_averages_and_broken_exits() {
    compare_synthetic(&CASES[1]);
}

#[test]
fn a_run_and_a_backtest_trade_alike_by_limits_in_whole_shares() {
    compare_synthetic(&CASES[2]);
}

#[test]
fn a_run_and_a_backtest_trade_alike_with_the_forming_hour() {
    compare_synthetic(&CASES[3]);
}

#[test]
fn a_run_and_a_backtest_trade_alike_on_real_bars() {
    let Some(bars) = real("tqqq_30m.csv") else {
        return;
    };
    let (slots, trades) = compare(&Folder::new(), &bars, &[]);
    say("real bars", slots, trades);
    assert!(
        slots == 2_673 && trades >= 20,
        "{slots} slots, {trades} trades"
    );
}
