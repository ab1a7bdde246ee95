//! `study` as its user meets it.

use std::fs;

use crate::synthetic::{folder, json, short};

const STUDY: [&str; 8] = [
    "study",
    "bars.csv",
    "--among-fast",
    "8..12",
    "--among-slow",
    "15..25",
    "--draws",
    "200",
];

#[test]
fn a_study_ends_in_a_verdict_and_says_the_same_twice() {
    let folder = folder();
    let text = folder.ok(&STUDY);
    assert_eq!(text, folder.ok(&STUDY));
    insta::assert_snapshot!(text, @"
    10/20 on bars.csv: 1,248 bars of 30m, 2024-01-02 to 2024-05-17; every draw from seed 1

                      return    a year  max drawdown  Sharpe  Sortino  Calmar
    strategy        -15.53 %  -36.39 %       24.87 %   -1.09    -1.52   -1.46
    buy and hold     -0.96 %   -2.55 %       23.01 %    0.21     0.31   -0.11
    walk-forward    -11.38 %  -32.20 %       21.71 %   -0.84    -1.18   -1.48
    its bars, held   +2.84 %   +9.42 %       23.01 %    0.43     0.62    0.41

    No evidence of an edge.
      - It returned -15.5 % with a deepest fall of 24.9 % (2024-01-05 to 2024-04-12, not made good since); buy and hold of the same bars returned -1.0 % with one of 23.0 %.
      - Of 200 timetables with the same holding periods in random order 82.1 % did at least as well (evidence needs at most 5.0 %).
      - Counting all 55 pairs as tried, its Sharpe ratio is above what the best of so many worthless ones shows with a confidence of 14.0 % (evidence needs 95.0 %); a rising market alone helps here, but not against random timetables.
      - In 252 splits of history into halves the pair that was best in one fell into the worse half of all pairs in the other 43.5 % of the time (stable means at most 20.0 %; 50 % is luck).
      - 0.0 % of its 44 neighbours have a Sharpe ratio above zero (stable means at least 80.0 %); its own is above that of 45.5 % of all pairs.
      - The best pair of the past, chosen anew 5 times, returned -11.4 % with a deepest fall of 21.7 % on bars it had not seen; buy and hold of those bars returned 2.8 %.
      - There is no gain for costs to take.
      - None of 10 stops tried adds return beyond luck; the smallest deepest fall came with a stop 3 average moves below the high: 12.5 % instead of 24.9 %, for a return of -6.3 % instead of -15.5 %.
      - Its cash is idle at 57.1 % of bars: in Treasury bills at each year's federal funds rate less 9 bps, paying 0.5 bps for each trade, it would have added +1.63 points a year before tax. That is interest, not skill.
      - Of 200 redrawn histories 82.5 % lost money; one in twenty fell by 45.9 % or more from a high, the worst by 59.0 %.
    What these bars cannot tell, and what to mind:
      - 137 days are few: they may hold no bear market, and say little about one.
      - Its averages warm up for 20 hours, live ones for 200: `tqqq backtest` waits as live trading does.
      - No costs are charged; real fills are worse.
      - The rule of filling alone moves the return by 14.2 points: -15.5 % at next-open, -15.5 % at same-close, -29.7 % at worst.
      - 10/20 was given, not found here; if it was picked because it looked good on these very bars, all of this flatters it.
    ");
}

#[test]
fn the_json_of_a_study_has_exactly_the_documented_fields() {
    let folder = folder();
    let view = json(&folder, &[&STUDY[..], &["--report", "study.html"]].concat());
    insta::assert_json_snapshot!(short(view), @r#"
    {
      "bars": 1248,
      "bootstrap": {
        "draws": 200,
        "loss_probability": 0.825,
        "max_drawdown": {
          "high": 0.458623,
          "low": 0.152442,
          "median": 0.274729
        },
        "mean_block": 10.7635,
        "sharpe": {
          "high": 1.96439,
          "low": -4.48771,
          "median": -1.07671
        },
        "total_return": {
          "high": 0.284315,
          "low": -0.423012,
          "median": -0.152696
        },
        "worst_drawdown": 0.590038
      },
      "break_even": {
        "to_hold_bps": null,
        "to_zero_bps": null
      },
      "buy_and_hold": {
        "cagr": -0.0254756,
        "calmar": -0.110728,
        "final_equity": 99042.1,
        "max_drawdown": 0.230074,
        "sharpe": 0.212896,
        "sortino": 0.305522,
        "total_return": -0.00957893
      },
      "deepest_fall": {
        "depth": 0.248691,
        "from": "2024-01-05",
        "recovered": null,
        "to": "2024-04-12"
      },
      "deflated": {
        "deflated": 0.140328,
        "expected_best_per_bar": 0.0114819,
        "probabilistic": 0.250129,
        "sharpe_per_bar": -0.0191218,
        "trials": 55
      },
      "fast": 10,
      "file": "bars.csv",
      "fill": "next-open",
      "fills": [
        {
          "fill": "next-open",
          "total_return": -0.15525
        }
      ],
      "first": "2024-01-02T09:30:00-05:00",
      "interval": "30m",
      "last": "2024-05-17T15:30:00-04:00",
      "leverage": null,
      "look_ahead": null,
      "metrics": {
        "cagr": -0.363862,
        "calmar": -1.46311,
        "final_equity": 0.84475,
        "max_drawdown": 0.248691,
        "sharpe": -1.09145,
        "sortino": -1.52096,
        "total_return": -0.15525
      },
      "notes": [],
      "overfitting": {
        "candidates": 55,
        "loss_probability": 0.702381,
        "probability": 0.434524,
        "splits": 252
      },
      "parking": {
        "break_even_bps": 3.45364,
        "gained_a_year": 0.0163261,
        "idle": 0.571314,
        "max_drawdown": 0.243414,
        "total_return": -0.147228,
        "trips": 16
      },
      "periods_per_year": 3258.0,
      "plateau": {
        "around": {
          "high": -0.836302,
          "low": -1.66492,
          "median": -1.04898
        },
        "neighbours": 44,
        "own": -1.09145,
        "positive": 0.0,
        "rank": 0.454545
      },
      "random_entry": {
        "draws": 200,
        "observed": -0.158245,
        "p_value": 0.820896,
        "random_mean": -0.0166778
      },
      "rule_of_200_days": null,
      "schema": "tqqq.study/1",
      "seed": 1,
      "slippage_bps": 0.0,
      "slots": true,
      "slow": 20,
      "variants": [
        {
          "gained": {
            "high": 0.0,
            "low": 0.0,
            "median": 0.0
          },
          "helps": false,
          "max_drawdown": 0.248691,
          "p_value": 1.0,
          "total_return": -0.15525,
          "variant": {
            "percent": 0.05
          }
        }
      ],
      "verdict": {
        "caveats": [
          "137 days are few: they may hold no bear market, and say little about one."
        ],
        "evidence": false,
        "reasons": [
          "No evidence of an edge."
        ],
        "stable": false
      },
      "walk_forward": {
        "buy_and_hold": {
          "cagr": 0.0942402,
          "calmar": 0.409608,
          "final_equity": 1.02839,
          "max_drawdown": 0.230074,
          "sharpe": 0.429496,
          "sortino": 0.622766,
          "total_return": 0.0283879
        },
        "efficiency": null,
        "folds": [
          {
            "fast": 11,
            "from": 208,
            "return_outside": -0.148158,
            "sharpe_inside": -1.2257,
            "sharpe_outside": -8.28655,
            "slow": 19,
            "to": 416
          }
        ],
        "metrics": {
          "cagr": -0.322046,
          "calmar": -1.48337,
          "final_equity": 0.886204,
          "max_drawdown": 0.217105,
          "sharpe": -0.838695,
          "sortino": -1.17744,
          "total_return": -0.113796
        },
        "sharpe_inside": -1.64622
      },
      "warmup": {
        "compared": 648,
        "different": 0,
        "skipped": 200
      },
      "warmup_bars": 20,
      "years": 0.372983
    }
    "#);
    let page = fs::read_to_string(folder.path("study.html")).unwrap();
    assert!(page.contains("Study of bars.csv"));
}
