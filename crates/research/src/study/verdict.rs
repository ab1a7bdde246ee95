//! The answer in plain words, each sentence with the number it rests on.

use serde::Serialize;

use super::StudyReport;

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
            (false, true) => "No evidence of an edge; what there is looks the same everywhere",
            (false, false) => "No evidence of an edge",
        }
    }
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

fn reasons(report: &StudyReport, verdict: &Verdict) -> Vec<String> {
    let mut reasons = vec![format!("{}.", verdict.headline())];
    let mut say = |text: String| reasons.push(text);
    if let Some(found) = report.look_ahead {
        say(format!(
            "The rule sees the future: bar {} changes when later bars are removed. Nothing below counts.",
            found.bar
        ));
    }
    match report.random_entry {
        Some(found) => say(format!(
            "Random entries with the same time in the market do at least as well in {} of {} tries (evidence needs at most {}).",
            percent(found.p_value),
            found.draws,
            percent(P_VALUE_MAX),
        )),
        None => say(
            "The pair never traded, or never left the market: its timing cannot be tested.".into(),
        ),
    }
    if let Some(found) = report.deflated {
        say(format!(
            "Counting {} pairs tried, the chance that its Sharpe ratio is more than luck's best is {} (evidence needs {}).",
            found.trials,
            percent(found.deflated),
            percent(DEFLATED_MIN),
        ));
    }
    if let Some(found) = report.overfitting {
        say(format!(
            "The best pair of one half of history falls into the worse half outside it in {} of {} splits (stable means at most {}; 50 % is luck).",
            percent(found.probability),
            found.splits,
            percent(OVERFITTING_MAX),
        ));
    }
    if let Some(found) = report.plateau {
        say(format!(
            "{} of its {} neighbours have a Sharpe ratio above zero; it ranks above {} of all pairs.",
            percent(found.positive),
            found.neighbours,
            percent(found.rank),
        ));
    }
    if let Some(found) = &report.walk_forward {
        say(format!(
            "Chosen anew on the past each time, the best pair returned {} with a drawdown of {} on bars it had not seen.",
            percent(found.metrics.total_return),
            percent(found.metrics.max_drawdown),
        ));
    }
    say(match report.break_even.to_zero_bps {
        Some(bps) => format!("Its gain is gone at {bps:.1} bps more per fill."),
        None => "No cost brings its return to zero: there is none to lose, or it outlasts 500 bps a fill.".into(),
    });
    let helping: Vec<String> = report
        .variants
        .iter()
        .filter(|tried| tried.helps)
        .map(|tried| tried.variant.name())
        .collect();
    say(if helping.is_empty() {
        format!(
            "None of {} stops and cash rates tried helps beyond luck.",
            report.variants.len()
        )
    } else {
        format!(
            "Of {} changes tried these help beyond luck: {}.",
            report.variants.len(),
            helping.join("; ")
        )
    });
    if let Some(found) = report.bootstrap {
        say(format!(
            "Of {} redrawn histories {} lost money; one in twenty fell by {} or more from a high.",
            found.draws,
            percent(found.loss_probability),
            percent(found.max_drawdown.high),
        ));
    }
    say(format!(
        "Over the same bars it returned {}; buy and hold returned {} with a drawdown of {}.",
        percent(report.metrics.total_return),
        percent(report.buy_and_hold.total_return),
        percent(report.buy_and_hold.max_drawdown),
    ));
    reasons
}

fn caveats(report: &StudyReport) -> Vec<String> {
    let mut caveats = Vec::new();
    if report.years < YEARS_MIN {
        caveats.push(format!(
            "{:.1} years are few: they may hold no bear market, and say little about one.",
            report.years
        ));
    }
    if let Some(spread) = report.fill_spread {
        caveats.push(format!(
            "The rule of filling alone moves the total return by {:.1} points between next open, same close and worst.",
            spread * 100.0
        ));
    }
    if let Some(probe) = report.warmup.filter(|probe| probe.different > 0) {
        caveats.push(format!(
            "Started {} bars later it holds differently at {} of {} bars.",
            probe.skipped, probe.different, probe.compared
        ));
    }
    caveats.extend(report.notes.iter().cloned());
    caveats
}
