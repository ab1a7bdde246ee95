//! `tqqq sweep`: the best pairs for people, every pair for programs, and what the work cost.

use market::time::new_york_text;
use research::sweep::{Metric, Options, Score, Sweep, Warmup, top};
use serde::Serialize;

use super::{Paint, Sheet, Terminal, View, figures, text};
use crate::series::Named;

const GIGA: f64 = 1e9;

/// One sweep.
#[derive(Debug, Serialize)]
pub(crate) struct SweepView {
    schema: &'static str,
    file: String,
    params: ParamsView,
    bars: usize,
    first: String,
    last: String,
    pair_count: usize,
    by: Metric,
    /// The best, best first.
    top: Vec<Score>,
    /// Every pair, by fast span, then by slow span.
    pairs: Vec<Score>,
    instructions: &'static str,
    threads: usize,
    wall_s: f64,
    bar_pairs_per_s: f64,
    peak_memory_bytes: Option<u64>,
    notes: Vec<String>,
    #[serde(skip)]
    features: &'static str,
}

/// What was asked, every default written out.
#[derive(Debug, Serialize)]
struct ParamsView {
    fast: [u32; 2],
    slow: [u32; 2],
    fill: research::Fill,
    exit: strategy::ExitRule,
    slippage_bps: f64,
    /// Silent hours or bars; `None`: as many as each pair's slow span.
    warmup: Option<u32>,
    periods_per_year: f64,
    interval: String,
}

/// What the sweep itself does not know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SweepFacts {
    /// Seconds by the wall, the reading of the file apart.
    pub(crate) wall_s: f64,
    /// Most memory ever resident, where the system tells.
    pub(crate) peak_memory_bytes: Option<u64>,
    /// How many of the best are listed.
    pub(crate) top: usize,
    /// The figure that orders them.
    pub(crate) by: Metric,
}

impl SweepView {
    /// The view of a sweep.
    pub(crate) fn new(bars: &Named, options: &Options, found: Sweep, facts: SweepFacts) -> Self {
        let series = &bars.series;
        let ends = |range: &std::ops::RangeInclusive<u32>| [*range.start(), *range.end()];
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
        let work = (found.bars * found.scores.len()) as f64;
        Self {
            schema: "tqqq.sweep/1",
            file: bars.name.clone(),
            params: ParamsView {
                fast: ends(&options.fast),
                slow: ends(&options.slow),
                fill: options.fill,
                exit: options.exit,
                slippage_bps: options.slippage.to_f64(),
                warmup: match options.warmup {
                    Warmup::Slow => None,
                    Warmup::Fixed(silent) => Some(silent),
                },
                periods_per_year: found.periods_per_year,
                interval: series.interval.to_string(),
            },
            bars: found.bars,
            first: new_york_text(series.first()),
            last: new_york_text(series.last()),
            pair_count: found.scores.len(),
            by: facts.by,
            top: top(&found.scores, facts.by, facts.top),
            pairs: found.scores,
            instructions: found.instructions,
            threads: found.threads,
            wall_s: facts.wall_s,
            bar_pairs_per_s: work / facts.wall_s,
            peak_memory_bytes: facts.peak_memory_bytes,
            notes: series.notes.clone(),
            features: found.features,
        }
    }

    /// Every pair.
    pub(crate) fn scores(&self) -> &[Score] {
        &self.pairs
    }

    /// What the work cost.
    pub(crate) fn work(&self) -> String {
        let memory = self.peak_memory_bytes.map_or_else(String::new, |bytes| {
            format!(", {} MB of memory at most", bytes.div_ceil(1_000_000))
        });
        let threads = if self.threads == 1 {
            "thread"
        } else {
            "threads"
        };
        format!(
            "{} pairs × {} bars in {:.3} s: {:.2} G bar·pairs/s on {} {threads}{memory}; {}",
            text::count(self.pair_count as u64),
            text::count(self.bars as u64),
            self.wall_s,
            self.bar_pairs_per_s / GIGA,
            self.threads,
            self.features,
        )
    }

    fn asked(&self) -> String {
        let params = &self.params;
        let warmup = params.warmup.map_or_else(
            || "warm-up as long as each slow span".to_owned(),
            |silent| format!("warm-up {silent}"),
        );
        format!(
            "fill {}, exit {}, slippage {} bps, {warmup}, {:.1} bars a year",
            params.fill.name(),
            figures::word(params.exit),
            params.slippage_bps,
            params.periods_per_year,
        )
    }

    fn best(&self, terminal: Terminal) -> String {
        let mut sheet = Sheet::new(&[
            ">fast",
            ">slow",
            ">return",
            ">a year",
            ">max drawdown",
            ">Sharpe",
            ">trades",
            ">exposure",
        ]);
        for score in &self.top {
            sheet.row([
                score.fast.to_string(),
                score.slow.to_string(),
                text::signed_percent(score.total_return),
                figures::or_dash(score.cagr, text::signed_percent),
                text::percent(score.max_drawdown),
                figures::or_dash(score.sharpe, |sharpe| format!("{sharpe:.2}")),
                score.trades.to_string(),
                text::percent(score.exposure),
            ]);
        }
        sheet.text(terminal)
    }
}

impl View for SweepView {
    fn text(&self, terminal: Terminal) -> String {
        let title = format!(
            "{} best of {} pairs by {} on {}: {} bars of {}, {} to {}",
            self.top.len(),
            text::count(self.pair_count as u64),
            self.by,
            self.file,
            text::count(self.bars as u64),
            self.params.interval,
            &self.first[..10],
            &self.last[..10],
        );
        let mut lines = vec![
            terminal.paint(Paint::Strong, &title),
            String::new(),
            self.best(terminal),
            String::new(),
            figures::line("asked", &self.asked()),
            figures::line("work", &self.work()),
        ];
        lines.extend(figures::notes(&self.notes, terminal));
        let luck = "the best of many pairs looks good by luck alone: `tqqq study` counts the tries";
        lines.push(terminal.paint(Paint::Faint, &figures::line("mind", luck)));
        lines.join("\n")
    }
}
