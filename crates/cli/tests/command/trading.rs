//! `tqqq trades`: what a run bought and sold, lot by lot, and beside the backtest.

use serde_json::Value;

use crate::folder::{Folder, masked};

#[test]
fn trades_are_told_in_tables_csv_and_json_and_never_as_tax_advice() {
    let folder = Folder::new();
    folder.short_run();
    let text = folder.ok(&["trades"]);
    insta::assert_snapshot!(masked(&text), @"
    tqqq-runs/0001.journal

    Sold, first in first out
    sold        symbol          shares  acquired    days  term        cost   proceeds       gain  wash sale
    2024-02-21  TQQQ    2223.240121105  2024-02-20     1  short  99,500.00  97,079.11  -2,420.89  open until 2024-03-22
    gains: short term -2,420.89

    Fills beside the backtest's
    slot              side  symbol          shares       at  expected  from          bps   cost  so far
    2024-02-20 14:30  buy   TQQQ    2223.240121105  44.7545     44.75  bar's open  +1.01  10.00   10.00
    2024-02-21 11:30  sell  TQQQ    2223.240121105  43.6656     43.67  bar's open  +1.01   9.78   19.79
    slippage: 19.79 USD over 2 fills, +1.01 bps of what was traded; above zero it cost

    not tax advice: first in, first out, without fees, and only what this journal knows
    ");
    insta::assert_snapshot!(masked(&folder.ok(&["trades", "--csv"])), @"
    symbol,acquired,sold,held_days,term,shares,cost,proceeds,gain,wash_sale,lot,bought_by,sold_by
    TQQQ,2024-02-20,2024-02-21,1,short,2223.240121105,99499.9999999937225,97079.113832122488,-2420.8861678712345,open,1,tqqq-095863-20240220T1430-b-TQQQ-1,tqqq-095863-20240221T1130-s-TQQQ-1
    ");
    insta::assert_snapshot!(masked(&folder.ok(&["trades", "--csv=fills"])), @"
    slot,side,symbol,shares,price,expected,expected_from,slippage_bps,slippage,running,order
    2024-02-20T14:30-05:00,buy,TQQQ,2223.240121105,44.7545,44.75,bar,1.01,10.0045805449725,10.0045805449725,tqqq-095863-20240220T1430-b-TQQQ-1
    2024-02-21T11:30-05:00,sell,TQQQ,2223.240121105,43.6656,43.67,bar,1.01,9.782256532862,19.7868370778345,tqqq-095863-20240221T1130-s-TQQQ-1
    ");
    let json: Value = serde_json::from_str(&folder.ok(&["trades", "--json"])).unwrap();
    assert_eq!(json["schema"], "tqqq.trades/1");
    let notice = json["notice"].as_str().unwrap();
    assert!(notice.starts_with("not tax advice") && text.contains(notice));
    insta::assert_snapshot!(json["totals"], @r#"{"fills":2,"gain_long":"0","gain_short":"-2420.8861678712345","gain_undated":"0","movements":{},"slippage":"19.7868370778345","slippage_bps":"1.01","unknown":0,"wash_sales":0}"#);
    let none = folder.ok(&["trades", "--to", "2020-01-01"]);
    assert!(none.contains("nothing was traded"), "{none}");
}

#[test]
fn without_a_terminal_watch_says_what_prints_the_same() {
    let folder = Folder::new();
    folder.short_run();
    insta::assert_snapshot!(folder.refused(&["watch"]), @"
    error: `watch` draws on a terminal, and here is none
    hint: `tqqq status` prints the same once, with --json for programs
    ");
}

#[test]
fn with_the_bars_traded_on_every_fill_stands_beside_the_backtests_own() {
    let folder = Folder::new();
    folder.short_run();
    folder.ok(&["venue", "--seed", "1", "--export", "bars.csv"]);
    let csv = folder.ok(&["trades", "--bars", "bars.csv", "--csv=fills"]);
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(row.contains(",file,"), "{row}");
    }
    folder.ok(&["data", "build", "bars.csv", "-o", "hours.csv"]);
    let refused = folder.run(&["trades", "--bars", "hours.csv"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("hint: give bars of 30 minutes"),
        "{}",
        refused.stderr
    );
}
