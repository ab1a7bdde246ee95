//! `backtest` as its user meets it, and what all of research refuses.

use std::fs;

use serde_json::Value;

use crate::synthetic::{folder, json, short, text_of};

#[test]
fn a_backtest_shows_figures_trades_and_what_to_mind() {
    insta::assert_snapshot!(text_of(&folder(), &["backtest", "bars.csv", "--slippage-bps", "2"]), @"
    10/20 on bars.csv: 1,248 bars of 30m, 2024-01-02 to 2024-05-17

                               return    a year  max drawdown  Sharpe  Sortino  Calmar
    strategy                  -0.76 %   -2.01 %       20.63 %    0.09     0.14   -0.10
    buy and hold since warm  +12.72 %  +58.42 %       23.01 %    1.12     1.64    2.54
    buy and hold, all bars    -0.98 %   -2.60 %       23.01 %    0.21     0.31   -0.11

      trades     11 closed, one open, 27.27 % with a gain, gains over losses 0.99
      exposure   34.13 % of bars
      equity     100000.00 to 99244.34 USD
      costs      slippage 442.13, fees 0.00 USD
      filled at  next-open -0.76 %, same-close -0.76 %, worst -11.43 %
      warm-up    200 hours; could trade from 2024-02-12T13:30:00-05:00
      asked      fill next-open, exit confirmed, hours closed, slippage 2 bps, fees none, shares fractional, buffer 0 bps, 3258.0 bars a year

    bought               at  sold                 at    shares  gain, USD    return
    2024-05-16 09:30  49.94  open                  -  1999.684          -         -
    2024-04-25 14:30  53.21  2024-05-02 15:30  52.34  1908.754   -1700.91   -1.67 %
    2024-04-15 10:30  44.44  2024-04-24 10:30  50.86  1997.748   12787.46  +14.40 %
    2024-04-11 15:30  44.49  2024-04-12 13:30  43.07  2062.118   -2964.32   -3.23 %
    2024-04-08 12:30  44.78  2024-04-08 13:30  44.01  2085.443   -1642.82   -1.76 %
    2024-04-04 13:30  44.87  2024-04-08 10:30  43.92  2127.129   -2058.55   -2.16 %
    2024-03-25 14:30  47.34  2024-03-26 12:30  46.21  2066.272   -2373.55   -2.43 %
    2024-03-19 13:30  46.36  2024-03-25 11:30  46.64  2098.123     548.45   +0.56 %
    2024-03-08 14:30  45.03  2024-03-15 10:30  43.77  2223.165   -2840.67   -2.84 %
    2024-02-22 10:30  46.39  2024-02-29 14:30  49.74  2013.453    6706.36   +7.18 %
    … and 2 earlier: --trades FILE.csv has all

    It returned less than buy and hold, but fell less.
      - 11 closed trades are too few for averages to mean much.
      - 137 days are few; they may hold no bear market and say little about one.
      - One backtest is no evidence: `tqqq study` asks whether it is more than luck.
    ");
}

#[test]
fn the_json_of_a_backtest_has_exactly_the_documented_fields() {
    let folder = folder();
    let view = json(&folder, &["backtest", "bars.csv", "--compare", "bars.csv"]);
    let trades = view["trades"].as_array().unwrap();
    let closed = trades
        .iter()
        .filter(|trade| !trade["exit_time"].is_null())
        .count();
    assert_eq!(view["trade_count"], closed);
    insta::assert_json_snapshot!(short(view), @r#"
    {
      "bars": 1248,
      "benchmark": {
        "cagr": -0.0254756,
        "calmar": -0.110728,
        "final_equity": 99042.1,
        "max_drawdown": 0.230074,
        "name": "buy_and_hold",
        "sharpe": 0.212896,
        "since_warm": {
          "cagr": 0.585451,
          "calmar": 2.54462,
          "final_equity": 112744.0,
          "max_drawdown": 0.230074,
          "sharpe": 1.11984,
          "sortino": 1.64163,
          "total_return": 0.127442
        },
        "sortino": 0.305522,
        "total_return": -0.00957893
      },
      "cagr": -0.00797193,
      "calmar": -0.0390064,
      "compared": {
        "cagr": -0.0254756,
        "calmar": -0.110728,
        "file": "bars.csv",
        "final_equity": 99042.1,
        "first": "2024-01-02T09:30:00-05:00",
        "last": "2024-05-17T15:30:00-04:00",
        "max_drawdown": 0.230074,
        "sharpe": 0.212896,
        "sortino": 0.305522,
        "total_return": -0.00957893
      },
      "decisions": 876,
      "exposure": 0.341346,
      "fees_paid": 0.0,
      "file": "bars.csv",
      "fills": {
        "next-open": -0.00298086,
        "same-close": -0.00298086,
        "worst": -0.110173
      },
      "final_equity": 99701.9,
      "first": "2024-01-02T09:30:00-05:00",
      "first_tradable": "2024-02-12T13:30:00-05:00",
      "fragile": 0,
      "interest_earned": 0.0,
      "last": "2024-05-17T15:30:00-04:00",
      "max_drawdown": 0.204375,
      "notes": [],
      "params": {
        "buffer_bps": 0.0,
        "cash": 100000.0,
        "cash_rate_bps": 0.0,
        "exit": "confirmed",
        "fast": 10,
        "fees": "none",
        "fill": "next-open",
        "hours": "closed",
        "interval": "30m",
        "periods_per_year": 3258.0,
        "shares": "fractional",
        "slippage_bps": 0.0,
        "slots": true,
        "slow": 20,
        "warmup": 200
      },
      "profit_factor": 1.01632,
      "schema": "tqqq.backtest/1",
      "sharpe": 0.132332,
      "slippage_paid": 0.0,
      "sortino": 0.191568,
      "total_return": -0.00298086,
      "trade_count": 11,
      "trades": [
        {
          "entry_price": 46.06,
          "entry_time": "2024-02-13T13:30:00-05:00",
          "exit_price": 44.13,
          "exit_time": "2024-02-14T15:30:00-05:00",
          "pnl": -4190.19,
          "return": -0.0419019,
          "shares": 2171.08
        }
      ],
      "unfilled_entries": 0,
      "verdict": {
        "caveats": [
          "11 closed trades are too few for averages to mean much."
        ],
        "headline": "It returned less than buy and hold, but fell less",
        "reasons": [
          "From the first bar it could trade in, 2024-02-12, it returned -0.3 %; buying there and holding returned 12.7 %."
        ]
      },
      "win_rate": 0.272727
    }
    "#);
}

#[test]
fn trades_and_report_are_written_beside() {
    let folder = folder();
    let view = json(
        &folder,
        &[
            "backtest", "bars.csv", "--trades", "t.csv", "--report", "r.html",
        ],
    );
    let csv = fs::read_to_string(folder.path("t.csv")).unwrap();
    assert_eq!(
        csv.lines().count(),
        1 + view["trades"].as_array().unwrap().len()
    );
    let page = fs::read_to_string(folder.path("r.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Backtest of bars.csv"));
    for link in ["http:", "https:", "src=", "@import"] {
        assert!(!page.contains(link), "{link}");
    }
}

#[test]
fn the_bars_themselves_are_never_written_over() {
    let folder = folder();
    let before = fs::read(folder.path("bars.csv")).unwrap();
    for typed in [
        &["backtest", "bars.csv", "--trades", "./bars.csv"][..],
        &["backtest", "bars.csv", "--report", "bars.csv"],
        &["sweep", "bars.csv", "--csv", "bars.csv"],
        &["sweep", "bars.csv", "--heatmap", "bars.csv"],
        &["study", "bars.csv", "--report", "bars.csv"],
    ] {
        let error = folder.refused(typed);
        assert!(error.contains("these are the bars themselves"), "{error}");
    }
    let error = folder.refused(&["backtest", "bars.csv", "--report", "no/r.html"]);
    assert!(error.contains("no: there is no such folder"), "{error}");
    assert_eq!(fs::read(folder.path("bars.csv")).unwrap(), before);
}

#[test]
fn every_option_of_a_backtest_changes_what_it_says_it_does() {
    let folder = folder();
    let plain = json(&folder, &["backtest", "bars.csv"]);
    let table: [(&[&str], &str, Value); 13] = [
        (&["--fill", "worst"], "/params/fill", "worst".into()),
        (&["--slippage-bps", "5"], "/params/slippage_bps", 5.0.into()),
        (&["--fees", "alpaca"], "/params/fees", "alpaca".into()),
        (&["--cash", "5000"], "/params/cash", 5000.0.into()),
        (&["--fast", "5"], "/params/fast", 5.into()),
        (&["--slow", "30"], "/params/slow", 30.into()),
        (&["--exit", "broken"], "/params/exit", "broken".into()),
        (&["--warmup", "20"], "/params/warmup", 20.into()),
        (&["--shares", "whole"], "/params/shares", "whole".into()),
        (&["--buffer-bps", "50"], "/params/buffer_bps", 50.0.into()),
        (&["--hours", "forming"], "/params/hours", "forming".into()),
        (
            &["--cash-rate-bps", "400"],
            "/params/cash_rate_bps",
            400.0.into(),
        ),
        (
            &["--from", "2024-01-16"],
            "/first",
            "2024-01-16T09:30:00-05:00".into(),
        ),
    ];
    for (typed, place, value) in table {
        let changed = json(&folder, &[&["backtest", "bars.csv"], typed].concat());
        assert_eq!(changed.pointer(place), Some(&value), "{typed:?}");
        assert_ne!(plain.pointer(place), Some(&value), "{typed:?}");
        assert_ne!(changed["final_equity"], plain["final_equity"], "{typed:?}");
    }
    let yearly = json(
        &folder,
        &["backtest", "bars.csv", "--periods-per-year", "100"],
    );
    assert_eq!(yearly["final_equity"], plain["final_equity"]);
    assert_ne!(yearly["sharpe"], plain["sharpe"]);
}

#[test]
fn what_means_nothing_is_refused_with_its_value_and_a_hint() {
    let folder = folder();
    let table: [(&[&str], &str); 17] = [
        (
            &["backtest", "bars.csv", "--fast", "20"],
            "fast = 20 must be below slow = 20",
        ),
        (
            &["backtest", "bars.csv", "--fast", "0"],
            "fast = 0: an average needs at least 1 hour",
        ),
        (
            &["backtest", "bars.csv", "--slow", "1001"],
            "slow = 1001 must be at most 1000 hours",
        ),
        (
            &["backtest", "bars.csv", "--cash", "-1"],
            "cash -1 must be from 1 to",
        ),
        (
            &["backtest", "bars.csv", "--slippage-bps", "-2"],
            "slippage of -2 bps must be from 0",
        ),
        (
            &["backtest", "bars.csv", "--buffer-bps", "9000"],
            "buffer of 9000 bps must be from 0",
        ),
        (
            &["backtest", "bars.csv", "--periods-per-year", "0"],
            "periods per year = 0",
        ),
        (
            &["backtest", "bars.csv", "--warmup", "5000"],
            "a warm-up of 5000 hours leaves no decision in 672",
        ),
        (
            &[
                "backtest",
                "bars.csv",
                "--from",
                "2024-02-01",
                "--to",
                "2024-01-31",
            ],
            "--from 2024-02-01 lies after --to 2024-01-31",
        ),
        (
            &["backtest", "bars.csv", "--from", "2025-01-02"],
            "bars.csv: 0 bars from 2025-01-02 to 2024-05-17",
        ),
        (&["backtest", "absent.csv"], "absent.csv: No such file"),
        (
            &["backtest", "bars.csv", "--leverage", "3"],
            "bars of 30m, but a leveraged fund is made from days",
        ),
        (
            &["sweep", "bars.csv", "--fast", "9..9", "--slow", "3..9"],
            "hold no pair",
        ),
        (
            &["sweep", "bars.csv", "--slow", "3..4000000000"],
            "slow = 4000000000 must be from 1 to 1000",
        ),
        (
            &["study", "bars.csv", "--fast", "60", "--slow", "70"],
            "60/70 is not among the pairs swept",
        ),
        (
            &["study", "bars.csv", "--draws", "0"],
            "0 draws must be from 1",
        ),
        (
            &["study", "bars.csv", "--index", "bars.csv"],
            "bars of 30m, but a leveraged fund is made from days",
        ),
    ];
    for (typed, message) in table {
        let error = folder.refused(typed);
        assert!(error.contains(message), "{typed:?}: {error}");
        assert!(error.contains("\nhint: "), "{typed:?}: {error}");
    }
    for (typed, message) in [
        (
            ["sweep", "bars.csv", "--fast", "2-50"],
            "`2-50` is not a range of spans",
        ),
        (
            ["sweep", "bars.csv", "--by", "profit"],
            "`profit` is not a metric",
        ),
        (
            ["backtest", "bars.csv", "--fill", "best"],
            "possible values: next-open",
        ),
        (
            ["backtest", "bars.csv", "--cash", "lots"],
            "`lots` is not a decimal number",
        ),
    ] {
        let error = folder.refused(&typed);
        assert!(error.contains(message), "{typed:?}: {error}");
    }
}
