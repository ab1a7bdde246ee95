//! `sweep` as its user meets it.

use std::fs;

use crate::synthetic::{folder, json, short, text_of};

#[test]
fn a_sweep_lists_the_best_pairs() {
    let typed = [
        "sweep", "bars.csv", "--fast", "2..20", "--slow", "5..60", "--top", "3",
    ];
    insta::assert_snapshot!(text_of(&folder(), &typed), @"
    3 best of 928 pairs by sharpe on bars.csv: 1,248 bars of 30m, 2024-01-02 to 2024-05-17

    fast  slow    return    a year  max drawdown  Sharpe  trades  exposure
       3     5  +12.01 %  +35.54 %       17.94 %    0.98      50   47.68 %
       2     6   +8.81 %  +25.40 %       17.82 %    0.78      56   47.76 %
       2     7   +7.83 %  +22.40 %       19.93 %    0.72      53   47.84 %

      asked      fill next-open, exit confirmed, slippage 0 bps, warm-up as long as each slow span, 3258.0 bars a year
      mind       the best of many pairs looks good by luck alone: `tqqq study` counts the tries
    ");
}

#[test]
fn the_json_of_a_sweep_has_exactly_the_documented_fields() {
    let folder = folder();
    let typed = ["sweep", "bars.csv", "--fast", "2..20", "--slow", "5..60"];
    let view = json(&folder, &typed);
    assert_eq!(view["pairs"].as_array().unwrap().len(), 928);
    assert_eq!(view["pair_count"], 928);
    insta::assert_json_snapshot!(short(view), @r#"
    {
      "bar_pairs_per_s": "(a number)",
      "bars": 1248,
      "by": "sharpe",
      "file": "bars.csv",
      "first": "2024-01-02T09:30:00-05:00",
      "instructions": "(a name)",
      "last": "2024-05-17T15:30:00-04:00",
      "notes": [],
      "pair_count": 928,
      "pairs": [
        {
          "cagr": 0.0722775,
          "exposure": 0.481571,
          "fast": 2,
          "max_drawdown": 0.21642,
          "sharpe": 0.36865,
          "slow": 5,
          "total_return": 0.0263703,
          "trades": 63
        }
      ],
      "params": {
        "exit": "confirmed",
        "fast": [
          2
        ],
        "fill": "next-open",
        "interval": "30m",
        "periods_per_year": 3258.0,
        "slippage_bps": 0.0,
        "slow": [
          5
        ],
        "warmup": null
      },
      "peak_memory_bytes": "(a number)",
      "schema": "tqqq.sweep/1",
      "threads": "(a number)",
      "top": [
        {
          "cagr": 0.355358,
          "exposure": 0.476763,
          "fast": 3,
          "max_drawdown": 0.179425,
          "sharpe": 0.982331,
          "slow": 5,
          "total_return": 0.120092,
          "trades": 50
        }
      ],
      "wall_s": "(a number)"
    }
    "#);
}

#[test]
fn every_pair_goes_to_csv_and_the_map_and_the_same_wherever_it_is_written() {
    let folder = folder();
    let typed = ["sweep", "bars.csv", "--fast", "2..5", "--slow", "3..9"];
    folder.ok(&[&typed[..], &["--csv", "pairs.csv", "--heatmap", "map.svg"]].concat());
    let file = fs::read_to_string(folder.path("pairs.csv")).unwrap();
    let printed = folder.ok(&[&typed[..], &["--csv"]].concat());
    assert_eq!(file.trim_end(), printed);
    insta::assert_snapshot!(printed.lines().next().unwrap(), @"fast,slow,total_return,cagr,max_drawdown,sharpe,trades,exposure");
    assert_eq!(printed.lines().count(), 1 + 22);
    let map = fs::read_to_string(folder.path("map.svg")).unwrap();
    assert!(map.starts_with("<svg ") && map.contains("best: "));
}

/// The same pair by the exact engine and by the kernel.
#[test]
fn a_sweep_and_a_backtest_agree_on_a_pair() {
    let folder = folder();
    let exact = json(
        &folder,
        &[
            "backtest",
            "bars.csv",
            "--warmup",
            "20",
            "--cash",
            "1000000000",
        ],
    );
    let swept = json(
        &folder,
        &["sweep", "bars.csv", "--fast", "10", "--slow", "20"],
    );
    let pair = &swept["pairs"][0];
    for figure in ["total_return", "max_drawdown", "sharpe", "exposure"] {
        let (a, b) = (
            exact[figure].as_f64().unwrap(),
            pair[figure].as_f64().unwrap(),
        );
        assert!((a - b).abs() < 1e-6, "{figure}: {a} {b}");
    }
    assert_eq!(exact["trade_count"], pair["trades"]);
}
