//! Would a stop have helped?
//!
//! Every variant trades the same signals with one thing changed. Its per-bar log returns less
//! those of the plain rule are redrawn by the stationary bootstrap (Politis and Romano 1994),
//! both from the same bars; since many variants are tried the chance of luck is multiplied by
//! their number (Bonferroni 1936, Dunn 1961).

use serde::Serialize;

use super::bootstrap::{Interval, mean_block, redraw};
use super::random::Random;
use crate::metrics::max_drawdown;
use crate::sweep::{Options, Table, plain};

/// Decisions over which the average move is taken (Wilder 1978 uses 14 bars).
pub const MOVE_SPAN: f64 = 14.0;
/// Highest chance of luck, times the variants tried, still called help.
pub const P_VALUE_MAX: f64 = 0.05;

/// One thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// Leaves this part below the price of entry.
    Percent(f64),
    /// Leaves this part below the highest price since entry.
    Trailing(f64),
    /// Leaves so many average moves below the highest price since entry. The move is that of
    /// prices decided on, smoothed as Wilder's true range, which the kernel's columns lack.
    AverageMove(f64),
}

/// The variants tried: stops fit for a threefold fund.
pub const VARIANTS: [Variant; 10] = [
    Variant::Percent(0.05),
    Variant::Percent(0.10),
    Variant::Percent(0.15),
    Variant::Trailing(0.05),
    Variant::Trailing(0.10),
    Variant::Trailing(0.15),
    Variant::Trailing(0.20),
    Variant::AverageMove(3.0),
    Variant::AverageMove(5.0),
    Variant::AverageMove(8.0),
];

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tried {
    /// The change.
    pub variant: Variant,
    /// Total return with it.
    pub total_return: f64,
    /// Maximum drawdown with it.
    pub max_drawdown: f64,
    /// Log return gained over the whole history; below zero: lost.
    pub gained: Interval,
    /// Chance that a gain this large is luck, times the variants tried, at most 1.
    pub p_value: f64,
    /// Whether it clearly helps.
    pub helps: bool,
}

impl Variant {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Percent(part) => format!("stop {:.0} % below entry", part * 100.0),
            Self::Trailing(part) => format!("stop {:.0} % below the high", part * 100.0),
            Self::AverageMove(count) => format!("stop {count:.0} average moves below the high"),
        }
    }

    /// The price at or below which a position is left.
    fn stop(self, entry: f64, highest: f64, average_move: f64) -> f64 {
        match self {
            Self::Percent(part) => entry * (1.0 - part),
            Self::Trailing(part) => highest * (1.0 - part),
            Self::AverageMove(count) => highest - count * average_move,
        }
    }
}

/// Tries every variant on one pair; none where nothing can be redrawn.
#[must_use]
pub fn all(
    table: &Table<'_>,
    asked: &Options,
    pair: (u32, u32),
    draws: usize,
    seed: u64,
) -> Vec<Tried> {
    let plain = plain::walk(table, asked, pair, 0.0);
    let wanted = plain.wanted(table);
    let tried = VARIANTS.iter().filter_map(|variant| {
        let equity = walk(table, &wanted, *variant);
        try_one(*variant, &plain.equity, &equity, draws, seed)
    });
    tried.collect()
}

fn try_one(
    variant: Variant,
    plain: &[f64],
    equity: &[f64],
    draws: usize,
    seed: u64,
) -> Option<Tried> {
    let logs = |equity: &[f64]| -> Vec<f64> {
        equity
            .windows(2)
            .map(|pair| (pair[1] / pair[0]).ln())
            .collect()
    };
    let differences: Vec<f64> = logs(equity)
        .iter()
        .zip(logs(plain))
        .map(|(with, without)| with - without)
        .collect();
    if differences.is_empty() || draws == 0 {
        return None;
    }
    let mut random = Random::new(seed);
    let mut drawn = vec![0.0; differences.len()];
    let mut sums: Vec<f64> = Vec::with_capacity(draws);
    for _ in 0..draws {
        redraw(
            &differences,
            mean_block(differences.len()),
            &mut random,
            &mut drawn,
        );
        sums.push(drawn.iter().sum());
    }
    let not_better = sums.iter().filter(|sum| **sum <= 0.0).count() as f64;
    let luck = (1.0 + not_better) / (1.0 + draws as f64);
    let p_value = (luck * VARIANTS.len() as f64).min(1.0);
    Some(Tried {
        variant,
        total_return: equity.last()? - 1.0,
        max_drawdown: max_drawdown(1.0, equity),
        gained: Interval::of(&mut sums)?,
        p_value,
        helps: p_value <= P_VALUE_MAX,
    })
}

/// Trades `wanted` with a variant. After a stop it waits until the signal has let go once.
fn walk(table: &Table<'_>, wanted: &[plain::Wanted], variant: Variant) -> Vec<f64> {
    let (mut cash, mut shares) = (1.0, 0.0);
    let (mut entry, mut highest, mut average_move, mut last) = (0.0, 0.0, 0.0, None::<f64>);
    let mut stopped = false;
    let mut equity = Vec::with_capacity(wanted.len());
    for (at, wanted) in wanted.iter().enumerate() {
        let (buy, sell, mark) = table.prices(at);
        if let Some(price) = wanted.price {
            average_move += ((price - last.unwrap_or(price)).abs() - average_move) / MOVE_SPAN;
            last = Some(price);
            highest = price.max(highest);
            stopped = stopped && wanted.held;
            let hit = price <= variant.stop(entry, highest, average_move);
            if shares > 0.0 && (!wanted.held || hit) {
                stopped = wanted.held;
                cash = shares * sell;
                shares = 0.0;
            } else if shares == 0.0 && wanted.held && !stopped {
                shares = cash / buy;
                cash = 0.0;
                (entry, highest) = (price, price);
            }
        }
        equity.push(cash + shares * mark);
    }
    equity
}
