//! The kernel against the oracle: all 8,526 pairs within 1e-9.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;

use std::collections::BTreeMap;
use std::fs::File;

use market::Calendar;
use research::sweep::{self, Instructions, Options};
use serde::Deserialize;

const NEAR: f64 = 1e-9;

#[derive(Deserialize)]
struct Row {
    fast: u32,
    slow: u32,
    total_return: f64,
    max_drawdown: f64,
    sharpe: f64,
    trades: u32,
}

#[test]
fn all_pairs_are_met_whatever_the_instructions() {
    let file = flate2::read::GzDecoder::new(
        File::open(fixture::oracle("S_sweep_next_open_0bp.csv.gz")).unwrap(),
    );
    let rows: BTreeMap<(u32, u32), Row> = csv::Reader::from_reader(file)
        .into_deserialize()
        .map(|row: Result<Row, _>| row.unwrap())
        .map(|row| ((row.fast, row.slow), row))
        .collect();
    assert_eq!(rows.len(), 8526);
    let series = fixture::synthetic_hours();
    for instructions in [
        Instructions::Best,
        Instructions::Avx2,
        Instructions::Portable,
    ] {
        let options = Options {
            periods_per_year: Some(1764.0),
            instructions,
            ..Options::default()
        };
        let found = sweep::run(&series, &options, &Calendar::nyse()).unwrap();
        assert_eq!(found.scores.len(), rows.len());
        for score in &found.scores {
            let right = &rows[&(score.fast, score.slow)];
            let near = |what: &str, found: f64, right: f64| {
                let scale = right.abs().max(1.0);
                let pair = (score.fast, score.slow);
                assert!(
                    (found - right).abs() <= NEAR * scale,
                    "{pair:?} {what}: {found} {right}"
                );
            };
            assert_eq!(score.trades, right.trades, "{} {}", score.fast, score.slow);
            near("return", score.total_return, right.total_return);
            near("drawdown", score.max_drawdown, right.max_drawdown);
            near("sharpe", score.sharpe.unwrap(), right.sharpe);
        }
    }
}
