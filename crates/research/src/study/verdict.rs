//! The answer in plain words, each sentence with the number it rests on.

use serde::Serialize;
use strategy::WARMUP_PER_SLOW;

use super::StudyReport;
use super::break_even::COST_BPS_MAX;
use crate::backtest::length;

/// Highest chance of luck still called evidence.
pub const P_VALUE_MAX: f64 = 0.05;
/// Lowest deflated Sharpe ratio still called evidence.
pub const DEFLATED_MIN: f64 = 0.95;
/// Highest probability of overfitting still called stable.
pub const OVERFITTING_MAX: f64 = 0.2;
/// Lowest part of profitable neighbours still called stable.
pub const POSITIVE_MIN: f64 = 0.8;

/// What the study concludes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether timing beats chance after counting the tries.
    pub evidence: bool,
    /// Whether neighbours and other halves of history agree.
    pub stable: bool,
    /// The reasons, one sentence each.
    pub reasons: Vec<String>,
    /// What the data cannot tell.
    pub caveats: Vec<String>,
}

/// Whole years below which no caveat-free answer exists.
const YEARS_MIN: f64 = 5.0;

impl Verdict {
    /// The verdict on a report's findings.
    #[must_use]
    pub(super) fn of(report: &StudyReport) -> Self {
        let timing = report
            .random_entry
            .is_some_and(|found| found.p_value <= P_VALUE_MAX);
        let skill = report
            .deflated
            .is_some_and(|found| found.deflated >= DEFLATED_MIN);
        let robust = report
            .overfitting
            .is_some_and(|found| found.probability <= OVERFITTING_MAX);
        let plateau = report
            .plateau
            .is_some_and(|found| found.positive >= POSITIVE_MIN);
        let clean = report.look_ahead.is_none();
        let mut verdict = Self {
            evidence: timing && skill && clean,
            stable: robust && plateau,
            reasons: Vec::new(),
            caveats: caveats(report),
        };
        verdict.reasons = reasons(report, &verdict);
        verdict
    }

    /// One line for people.
    #[must_use]
    pub fn headline(&self) -> &'static str {
        match (self.evidence, self.stable) {
            (true, true) => "Evidence of an edge, and it is stable",
            (true, false) => "Evidence of an edge, but not a stable one",
            (false, true) => {
                "No evidence of an edge; neighbours and halves of history agree on that"
            }
            (false, false) => "No evidence of an edge",
        }
    }
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

/// A loss of certainty below a tenth of a percent is shown as that, not as certainty.
fn chance(ratio: f64) -> String {
    match ratio {
        small if small < 0.001 => "less than 0.1 %".into(),
        large if large > 0.999 => "more than 99.9 %".into(),
        other => percent(other),
    }
}

fn reasons(report: &StudyReport, verdict: &Verdict) -> Vec<String> {
    let mut reasons = vec![format!("{}.", verdict.headline())];
    if let Some(found) = report.look_ahead {
        reasons.push(format!(
            "The rule sees the future: bar {} changes when later bars are removed. Nothing below counts.",
            found.bar
        ));
    }
    reasons.push(outcome(report));
    reasons.extend(skill(report));
    reasons.extend(stability(report));
    reasons.push(costs(report));
    reasons.push(stops(report));
    reasons.push(parking(report));
    reasons.extend(worst_path(report));
    reasons.extend(realism(report));
    reasons
}

fn outcome(report: &StudyReport) -> String {
    let (own, held) = (&report.metrics, &report.buy_and_hold);
    let fall = report
        .deepest_fall
        .as_ref()
        .map_or_else(String::new, |fall| {
            let end = match &fall.recovered {
                Some(date) => format!("made good on {date}"),
                None => "not made good since".into(),
            };
            format!(" ({} to {}, {end})", fall.from, fall.to)
        });
    format!(
        "It returned {} with a deepest fall of {}{fall}; buy and hold of the same bars returned {} with one of {}.",
        percent(own.total_return),
        percent(own.max_drawdown),
        percent(held.total_return),
        percent(held.max_drawdown),
    )
}

/// Whether the timing is more than chance.
fn skill(report: &StudyReport) -> Vec<String> {
    let timing = match report.random_entry {
        Some(found) => format!(
            "Of {} timetables with the same holding periods in random order {} did at least as well (evidence needs at most {}).",
            found.draws,
            chance(found.p_value),
            percent(P_VALUE_MAX),
        ),
        None => {
            "The pair never traded, or never left the market: its timing cannot be tested.".into()
        }
    };
    let mut said = vec![timing];
    if let Some(found) = report.deflated {
        said.push(format!(
            "Counting all {} pairs as tried, its Sharpe ratio is above what the best of so many worthless ones shows with a confidence of {} (evidence needs {}); a rising market alone helps here, but not against random timetables.",
            found.trials,
            chance(found.deflated),
            percent(DEFLATED_MIN),
        ));
    }
    said
}

/// Whether neighbours and other parts of history agree.
fn stability(report: &StudyReport) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(found) = report.overfitting {
        said.push(format!(
            "In {} splits of history into halves the pair that was best in one fell into the worse half of all pairs in the other {} of the time (stable means at most {}; 50 % is luck).",
            found.splits,
            percent(found.probability),
            percent(OVERFITTING_MAX),
        ));
    }
    if let Some(found) = report.plateau {
        said.push(format!(
            "{} of its {} neighbours have a Sharpe ratio above zero (stable means at least {}); its own is above that of {} of all pairs.",
            percent(found.positive),
            found.neighbours,
            percent(POSITIVE_MIN),
            percent(found.rank),
        ));
    }
    if let Some(found) = &report.walk_forward {
        said.push(format!(
            "The best pair of the past, chosen anew {} times, returned {} with a deepest fall of {} on bars it had not seen; buy and hold of those bars returned {}.",
            found.folds.len(),
            percent(found.metrics.total_return),
            percent(found.metrics.max_drawdown),
            percent(found.buy_and_hold.total_return),
        ));
    }
    said
}

fn costs(report: &StudyReport) -> String {
    if report.metrics.total_return <= 0.0 {
        return "There is no gain for costs to take.".into();
    }
    let zero = match report.break_even.to_zero_bps {
        Some(bps) => format!("Its gain is gone at {bps:.1} bps more a fill"),
        None => format!("Its gain outlasts {COST_BPS_MAX} bps more a fill"),
    };
    match report.break_even.to_hold_bps {
        Some(bps) => format!("{zero}, its lead over buy and hold at {bps:.1}."),
        None => format!("{zero}."),
    }
}

fn stops(report: &StudyReport) -> String {
    let helping: Vec<String> = report
        .variants
        .iter()
        .filter(|tried| tried.helps)
        .map(|tried| tried.variant.name())
        .collect();
    let mildest = report
        .variants
        .iter()
        .min_by(|a, b| a.max_drawdown.total_cmp(&b.max_drawdown))
        .filter(|tried| tried.max_drawdown < report.metrics.max_drawdown);
    let mildest = mildest.map_or_else(
        || "none made its deepest fall smaller".into(),
        |tried| {
            format!(
                "the smallest deepest fall came with a {}: {} instead of {}, for a return of {} instead of {}",
                tried.variant.name(),
                percent(tried.max_drawdown),
                percent(report.metrics.max_drawdown),
                percent(tried.total_return),
                percent(report.metrics.total_return),
            )
        },
    );
    let count = report.variants.len();
    if helping.is_empty() {
        format!("None of {count} stops tried adds return beyond luck; {mildest}.")
    } else {
        let helping = helping.join("; ");
        format!("Of {count} stops tried these add return beyond luck: {helping}; {mildest}.")
    }
}

fn parking(report: &StudyReport) -> String {
    let found = &report.parking;
    let gained = found.gained_a_year.map_or_else(
        || "changed nothing that can be told".into(),
        |gained| format!("added {:+.2} points a year before tax", gained * 100.0),
    );
    format!(
        "Its cash is idle at {} of bars: in Treasury bills at each year's federal funds rate less {} bps, paying {} bps for each trade, it would have {gained}. That is interest, not skill.",
        percent(found.idle),
        super::parking::EXPENSES_BPS,
        super::parking::TRADE_BPS,
    )
}

fn worst_path(report: &StudyReport) -> Option<String> {
    let found = report.bootstrap?;
    Some(format!(
        "Of {} redrawn histories {} lost money; one in twenty fell by {} or more from a high, the worst by {}.",
        found.draws,
        percent(found.loss_probability),
        percent(found.max_drawdown.high),
        percent(found.worst_drawdown),
    ))
}

fn realism(report: &StudyReport) -> Option<String> {
    let found = report.leverage.as_ref()?;
    let tracking = &found.tracking;
    let side = |difference: f64, more: &'static str, less: &'static str| {
        if difference < 0.0 { less } else { more }
    };
    Some(format!(
        "A fund made of {} times the daily move of {} follows these bars over {} sessions with a tracking error of {} a year and a correlation of {:.4}; it grew {:.1} points a year {}, and in its worst year, {}, ended {} {}. What a made fund says about other times is no better than that.",
        found.multiple,
        found.index,
        tracking.sessions,
        percent(tracking.tracking_error),
        tracking.correlation,
        tracking.annual_difference.abs() * 100.0,
        side(tracking.annual_difference, "more", "less"),
        tracking.worst_year,
        percent(tracking.worst_year_difference.abs()),
        side(tracking.worst_year_difference, "higher", "lower"),
    ))
}

fn caveats(report: &StudyReport) -> Vec<String> {
    let mut caveats = Vec::new();
    if report.years < YEARS_MIN {
        caveats.push(format!(
            "{} are few: they may hold no bear market, and say little about one.",
            length(report.years)
        ));
    }
    if !report.slots {
        caveats.push(format!(
            "Averages here count bars of {} and decide at each bar's end; live trading counts hours and decides every half hour. This is a relative of the strategy, not the strategy.",
            report.interval
        ));
    }
    let live = report.slow * WARMUP_PER_SLOW;
    if report.warmup_bars < live {
        caveats.push(format!(
            "Its averages warm up for {} {}, live ones for {live}: `tqqq backtest` waits as live trading does.",
            report.warmup_bars,
            if report.slots { "hours" } else { "bars" },
        ));
    }
    if report.slippage_bps == 0.0 {
        caveats.push("No costs are charged; real fills are worse.".into());
    }
    let total = |of: fn(f64, f64) -> f64, from| {
        let totals = report.fills.iter().map(|filled| filled.total_return);
        totals.fold(from, of)
    };
    let spread = total(f64::max, f64::NEG_INFINITY) - total(f64::min, f64::INFINITY);
    if spread > 0.0 {
        let named: Vec<String> = report
            .fills
            .iter()
            .map(|filled| format!("{} at {}", percent(filled.total_return), filled.fill.name()))
            .collect();
        caveats.push(format!(
            "The rule of filling alone moves the return by {:.1} points: {}.",
            spread * 100.0,
            named.join(", ")
        ));
    }
    if let Some(probe) = report.warmup.filter(|probe| probe.different > 0) {
        caveats.push(format!(
            "Started {} bars later it holds differently at {} of {} bars.",
            probe.skipped, probe.different, probe.compared
        ));
    }
    caveats.push(format!(
        "{}/{} was given, not found here; if it was picked because it looked good on these very bars, all of this flatters it.",
        report.fast, report.slow
    ));
    caveats.extend(report.notes.iter().cloned());
    caveats
}
