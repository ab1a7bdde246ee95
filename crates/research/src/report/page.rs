//! What every report shares: the page around it, tables and figures.

use std::fmt::Write;

use market::time::{Instant, in_new_york};

use crate::chart::escaped;
use crate::metrics::Metrics;

const STYLE: &str = "
:root{--paper:#fdfdfb;--ink:#1d2126;--faint:#6b737c;--rule:#e2e4e1;--one:#1f5fa8;--two:#c26a12;--three:#7a4fa3;--good:#16703c;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e8ea;--faint:#98a1ab;--rule:#2c3238;--one:#74aef0;--two:#f0a95a;--three:#c39be6;--good:#6cc992;--bad:#f28b82}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1020px;padding:24px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 8px}p{margin:6px 0}.faint{color:var(--faint)}
.verdict{border-left:4px solid var(--one);padding:8px 16px;margin:16px 0}.verdict strong{font-size:17px}ul{padding-left:20px;margin:6px 0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:3px 8px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}th:first-child,td:first-child{text-align:left}th{color:var(--faint);font-weight:500}
.chart{width:100%;height:auto;display:block}.chart text{font:11px system-ui,sans-serif;fill:var(--faint)}.chart .ink{fill:var(--faint)}.grid{stroke:var(--rule)}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round}.line.one{stroke:var(--one)}.line.two{stroke:var(--two)}.line.three{stroke:var(--three)}.line.plain{stroke:var(--faint);stroke-width:1}
.area{opacity:.35;stroke:none}.area.one{fill:var(--one)}.area.two{fill:var(--two)}.area.bad{fill:var(--bad)}
.legend{font-size:13px}.legend span{margin-right:16px}.legend span:before{content:'';display:inline-block;width:12px;height:3px;margin-right:6px;vertical-align:middle;background:var(--faint)}.legend .one:before{background:var(--one)}.legend .two:before{background:var(--two)}.legend .three:before{background:var(--three)}.legend .bad:before{background:var(--bad)}.legend .bought:before{background:var(--good)}.legend .sold:before{background:var(--bad)}
svg .bought{fill:var(--good)}svg .sold{fill:var(--bad)}.gain{color:var(--good)}.loss{color:var(--bad)}
";

/// A whole page around `body`.
pub(super) fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n{body}\n</body></html>\n"
    )
}

/// A heading and what stands under it.
pub(super) fn section(heading: &str, body: &str) -> String {
    format!("<h2>{}</h2>\n{body}\n", escaped(heading))
}

/// A list of sentences.
pub(super) fn list(sentences: &[String]) -> String {
    let mut text = String::from("<ul>");
    for sentence in sentences {
        let _ = write!(text, "<li>{}</li>", escaped(sentence));
    }
    text + "</ul>"
}

/// A table; every cell is text.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = String::from("<div class=\"scroll\"><table><thead><tr>");
    for name in header {
        let _ = write!(text, "<th>{}</th>", escaped(name));
    }
    text.push_str("</tr></thead><tbody>");
    for row in rows {
        text.push_str("<tr>");
        for cell in row {
            let _ = write!(text, "<td>{}</td>", escaped(cell));
        }
        text.push_str("</tr>");
    }
    text + "</tbody></table></div>"
}

/// A ratio as percents, with its sign when asked.
pub(super) fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

/// A figure that may not exist.
pub(super) fn maybe(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "–".into(), text)
}

pub(super) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// The row of an equity curve.
pub(super) fn metrics_row(name: &str, metrics: &Metrics) -> Vec<String> {
    vec![
        name.to_owned(),
        percent(metrics.total_return),
        maybe(metrics.cagr, percent),
        percent(metrics.max_drawdown),
        maybe(metrics.sharpe, ratio),
        maybe(metrics.sortino, ratio),
        maybe(metrics.calmar, ratio),
    ]
}

/// The header of [`metrics_row`].
pub(super) const METRICS_HEADER: [&str; 7] = [
    "",
    "total return",
    "a year",
    "max drawdown",
    "Sharpe",
    "Sortino",
    "Calmar",
];

/// New York's date.
pub(super) fn date(at: Instant) -> String {
    in_new_york(at).0.to_string()
}
