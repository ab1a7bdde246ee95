//! The report of one study.

use super::page::{
    METRICS_HEADER, date, list, maybe, metrics_row, page, percent, ratio, section, table,
};
use crate::backtest::Options;
use crate::benchmark::buy_and_hold;
use crate::chart::{Line, Panel, Scale, heat_map};
use crate::series::Series;
use crate::study::bootstrap::Interval;
use crate::study::{Study, StudyReport};
use crate::sweep::{Metric, Score};

/// One HTML file that ends in a verdict with numbers.
#[must_use]
pub fn study_html(name: &str, series: &Series, study: &Study) -> String {
    let report = &study.report;
    let body = [
        format!(
            "<p class=\"faint\">{}/{} on {} bars of {}, {:.1} years; every draw from seed {}</p>",
            report.fast, report.slow, report.bars, series.interval, report.years, report.seed
        ),
        verdict(report),
        section("Against doing little", &against(report)),
        section("Equity of one dollar, logarithmic", &equity(series, study)),
        section(
            "All pairs: Sharpe ratio",
            &heat_map(&study.scores, Metric::Sharpe),
        ),
        section(
            "The same, each pair the median of its neighbours",
            &plateau(study),
        ),
        section("Walk-forward (Pardo 1992)", &walk_forward(report)),
        section("Evidence", &evidence(report)),
        section("Stops, and interest on idle cash", &variants(report)),
        section(
            "Redrawn histories (Politis and Romano 1994)",
            &bootstrap(report),
        ),
    ];
    page(&format!("Study of {name}"), &body.join("\n"))
}

fn verdict(report: &StudyReport) -> String {
    let verdict = &report.verdict;
    let caveats = if verdict.caveats.is_empty() {
        String::new()
    } else {
        format!(
            "<p>What these bars cannot tell:</p>{}",
            list(&verdict.caveats)
        )
    };
    format!(
        "<div class=\"verdict\"><strong>{}.</strong>{}{caveats}</div>",
        verdict.headline(),
        list(verdict.reasons.get(1..).unwrap_or_default()),
    )
}

fn against(report: &StudyReport) -> String {
    let mut rows = vec![
        metrics_row("strategy", &report.metrics),
        metrics_row("buy and hold", &report.buy_and_hold),
        metrics_row("200-day rule", &report.rule_of_200_days),
    ];
    if let Some(walked) = &report.walk_forward {
        rows.push(metrics_row("walk-forward, its own bars", &walked.metrics));
    }
    table(&METRICS_HEADER, &rows)
}

fn equity(series: &Series, study: &Study) -> String {
    let held = buy_and_hold(series, &Options::default());
    let cash = Options::default().cash.to_f64();
    let held: Vec<f64> = held.equity.iter().map(|equity| equity / cash).collect();
    Panel {
        title: "Equity of the strategy and of buy and hold".into(),
        height: 300.0,
        scale: Scale::Log,
        lines: vec![
            Line::solid("buy and hold", "two", &held),
            Line::solid("strategy", "one", &study.path.equity),
        ],
        markers: Vec::new(),
        dates: series.bars.iter().map(|bar| date(bar.start)).collect(),
    }
    .svg()
}

fn plateau(study: &Study) -> String {
    let smooth = crate::study::plateau::smoothed(&study.scores, Metric::Sharpe);
    let scores: Vec<Score> = study
        .scores
        .iter()
        .map(|score| Score {
            sharpe: smooth.get(&(score.fast, score.slow)).copied(),
            ..*score
        })
        .collect();
    heat_map(&scores, Metric::Sharpe)
}

fn walk_forward(report: &StudyReport) -> String {
    let Some(walked) = &report.walk_forward else {
        return "<p>No part of the past had a pair that traded.</p>".into();
    };
    let rows: Vec<Vec<String>> = walked
        .folds
        .iter()
        .map(|fold| {
            vec![
                format!("{} to {}", fold.from, fold.to - 1),
                format!("{}/{}", fold.fast, fold.slow),
                ratio(fold.sharpe_inside),
                maybe(fold.sharpe_outside, ratio),
                percent(fold.return_outside),
            ]
        })
        .collect();
    let header = [
        "bars traded",
        "best so far",
        "Sharpe before",
        "Sharpe there",
        "return there",
    ];
    let efficiency = maybe(walked.efficiency, percent);
    format!(
        "{}<p>Sharpe outside over inside: {efficiency}.</p>",
        table(&header, &rows)
    )
}

fn evidence(report: &StudyReport) -> String {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    let random = report.random_entry;
    row(
        "chance of doing as well at random entries (Aronson 2006)",
        maybe(random.map(|found| found.p_value), percent),
    );
    let deflated = report.deflated;
    row(
        "chance that the Sharpe ratio is above zero (Bailey and López de Prado 2012)",
        maybe(deflated.map(|found| found.probabilistic), percent),
    );
    row(
        "the same above luck's best of all pairs (Bailey and López de Prado 2014)",
        maybe(deflated.map(|found| found.deflated), percent),
    );
    row(
        "chance that the best pair is overfitted (Bailey et al. 2015)",
        maybe(report.overfitting.map(|found| found.probability), percent),
    );
    row(
        "neighbours with a Sharpe ratio above zero (Pardo 2008)",
        maybe(report.plateau.map(|found| found.positive), percent),
    );
    let bps = |value: f64| format!("{value:.1} bps");
    row(
        "extra cost a fill that takes the whole return",
        maybe(report.break_even.to_zero_bps, bps),
    );
    row(
        "extra cost a fill that brings it down to buy and hold",
        maybe(report.break_even.to_hold_bps, bps),
    );
    row(
        "positions that knew the future",
        if report.look_ahead.is_some() {
            "found"
        } else {
            "none"
        }
        .into(),
    );
    table(&["question", "answer"], &rows)
}

fn variants(report: &StudyReport) -> String {
    let rows: Vec<Vec<String>> = report
        .variants
        .iter()
        .map(|tried| {
            vec![
                tried.variant.name(),
                percent(tried.total_return),
                percent(tried.max_drawdown),
                format!(
                    "{} to {}",
                    percent(tried.gained.low),
                    percent(tried.gained.high)
                ),
                percent(tried.p_value),
                if tried.helps { "yes" } else { "no" }.into(),
            ]
        })
        .collect();
    let header = [
        "change",
        "total return",
        "max drawdown",
        "log return gained, 90 %",
        "luck",
        "helps",
    ];
    table(&header, &rows)
}

fn bootstrap(report: &StudyReport) -> String {
    let Some(found) = report.bootstrap else {
        return "<p>Too few bars to redraw.</p>".into();
    };
    let row = |name: &str, interval: Interval, text: fn(f64) -> String| {
        vec![
            name.to_owned(),
            text(interval.low),
            text(interval.median),
            text(interval.high),
        ]
    };
    let rows = [
        row("total return", found.total_return, percent),
        row("Sharpe ratio", found.sharpe, ratio),
        row("max drawdown", found.max_drawdown, percent),
    ];
    let text = format!(
        "<p>{} histories of blocks of {:.0} bars on average; {} lost money.</p>",
        found.draws,
        found.mean_block,
        percent(found.loss_probability)
    );
    text + &table(&["", "5 %", "median", "95 %"], &rows)
}
