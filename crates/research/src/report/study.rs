//! The report of one study.

use super::page::{
    METRICS_HEADER, date, facts, maybe, metrics_row, narrow, page, percent, ratio, section, table,
    verdict,
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
        verdict(
            report.verdict.headline(),
            report.verdict.reasons.get(1..).unwrap_or_default(),
            &report.verdict.caveats,
        ),
        section("Against doing little", &against(report)),
        section("Equity of one dollar, logarithmic", &equity(series, study)),
        section(
            "All pairs: Sharpe ratio",
            &wide(&heat_map(
                &study.scores,
                Metric::Sharpe,
                Some((report.fast, report.slow)),
            )),
        ),
        section(
            "The same, each pair the median of its neighbours",
            &plateau(study),
        ),
        section("Walk-forward (Pardo 1992)", &walk_forward(series, report)),
        section("Evidence", &evidence(report)),
        section("Stops", &variants(report)),
        section("Idle cash in Treasury bills", &parking(report)),
        section(
            "Redrawn histories (Politis and Romano 1994)",
            &bootstrap(report),
        ),
        leverage(report).unwrap_or_default(),
        section("Asked", &asked(report)),
    ];
    page(&format!("Study of {name}"), &body.join("\n"))
}

fn against(report: &StudyReport) -> String {
    let mut rows = vec![
        metrics_row("strategy", &report.metrics),
        metrics_row("buy and hold", &report.buy_and_hold),
    ];
    rows.extend(
        report
            .rule_of_200_days
            .iter()
            .map(|rule| metrics_row("200-day rule", rule)),
    );
    if let Some(walked) = &report.walk_forward {
        rows.push(metrics_row(
            "walk-forward, the bars it traded",
            &walked.metrics,
        ));
        rows.push(metrics_row(
            "buy and hold of those bars",
            &walked.buy_and_hold,
        ));
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
    .html()
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
    let pair = (study.report.fast, study.report.slow);
    wide(&heat_map(&scores, Metric::Sharpe, Some(pair)))
}

/// What is too wide for a phone scrolls there.
fn wide(map: &str) -> String {
    format!("<div class=\"scroll\">{map}</div>")
}

fn walk_forward(series: &Series, report: &StudyReport) -> String {
    let day = |bar: usize| date(series.bars[bar].start);
    let Some(walked) = &report.walk_forward else {
        return "<p>No part of the past had a pair that traded.</p>".into();
    };
    let rows: Vec<Vec<String>> = walked
        .folds
        .iter()
        .map(|fold| {
            vec![
                format!("{} to {}", day(fold.from), day(fold.to - 1)),
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
    narrow(&["<question", "answer"], &rows)
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

fn parking(report: &StudyReport) -> String {
    let found = &report.parking;
    facts(&[
        ("total return with it", percent(found.total_return)),
        ("without", percent(report.metrics.total_return)),
        ("deepest fall with it", percent(found.max_drawdown)),
        (
            "gained a year",
            maybe(found.gained_a_year, |gained| {
                format!("{:+.2} points", gained * 100.0)
            }),
        ),
        ("idle", percent(found.idle)),
        ("trips", found.trips.to_string()),
        (
            "gain gone at",
            maybe(found.break_even_bps, |bps| {
                format!("{bps:.1} bps a trade of the fund")
            }),
        ),
    ])
}

/// How far a fund made from its index is from these bars.
fn leverage(report: &StudyReport) -> Option<String> {
    let found = report.leverage.as_ref()?;
    let tracking = &found.tracking;
    let financing = found.financing_bps.map_or_else(
        || "each year's federal funds rate".into(),
        |bps| format!("{bps} bps a year"),
    );
    let body = facts(&[
        (
            "made from",
            format!("{} × the daily move of {}", found.multiple, found.index),
        ),
        ("expenses", format!("{} bps a year", found.expenses_bps)),
        ("borrowing", financing),
        ("sessions in common", tracking.sessions.to_string()),
        (
            "tracking error",
            format!("{} a year", percent(tracking.tracking_error)),
        ),
        (
            "correlation of daily returns",
            format!("{:.4}", tracking.correlation),
        ),
        ("total return, made", percent(tracking.made_return)),
        ("total return, real", percent(tracking.real_return)),
        (
            "growth a year, made less real",
            format!("{:+.2} points", tracking.annual_difference * 100.0),
        ),
        (
            "worst year",
            format!(
                "{}, {:+.1} %",
                tracking.worst_year,
                tracking.worst_year_difference * 100.0
            ),
        ),
    ]);
    Some(section("A made fund against these bars", &body))
}

fn bootstrap(report: &StudyReport) -> String {
    let Some(found) = report.bootstrap else {
        return "<p>Too few bars to redraw.</p>".into();
    };
    let row = |name: &str, interval: Interval, text: fn(f64) -> String| -> Vec<String> {
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

fn asked(report: &StudyReport) -> String {
    let decided = if report.slots {
        "at every slot, at its open"
    } else {
        "at each bar's end"
    };
    facts(&[
        ("averages", format!("{} / {}", report.fast, report.slow)),
        ("decided", decided.into()),
        ("filled at", report.fill.name().into()),
        ("slippage", format!("{} bps a fill", report.slippage_bps)),
        ("warm-up", report.warmup_bars.to_string()),
        ("bars a year", format!("{:.1}", report.periods_per_year)),
        ("seed of every draw", report.seed.to_string()),
    ])
}
