//! What every report shares: the page around it, tables and figures.

use std::fmt::Write;

use market::time::{Instant, in_new_york};

use crate::chart::escaped;
use crate::metrics::Metrics;

const STYLE: &str = "
:root{--paper:#fdfdfb;--ink:#1d2126;--faint:#5f6770;--rule:#e2e4e1;--wash:#f3f4f1;--one:#1f5fa8;--two:#c26a12;--three:#7a4fa3;--good:#16703c;--bad:#b3261e;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e8ea;--faint:#a0a9b3;--rule:#2c3238;--wash:#1d2126;--one:#74aef0;--two:#f0a95a;--three:#c39be6;--good:#6cc992;--bad:#f28b82}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:24px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:17px;margin:36px 0 8px}p{margin:6px 0}.faint{color:var(--faint)}
.verdict{border-left:4px solid var(--one);background:var(--wash);padding:12px 18px;margin:16px 0 20px}.verdict strong{font-size:18px}ul{padding-left:20px;margin:6px 0}li{margin:2px 0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:4px 8px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}th{color:var(--faint);font-weight:500}td.total{font-weight:600}.words{text-align:left;white-space:normal}table.narrow{width:auto}.narrow th,.narrow td{padding-right:24px}
figure{margin:0}.plot{position:relative;margin:10px 8px 26px 58px}.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}.plot path{vector-effect:non-scaling-stroke;fill:none}
.plot span{position:absolute;font-size:12px;line-height:1;color:var(--faint);white-space:nowrap;font-variant-numeric:tabular-nums}.plot .y{right:100%;padding-right:8px;transform:translateY(-50%)}.plot .x{top:100%;padding-top:8px;transform:translateX(-50%)}.plot .x.first{transform:none}.plot .x.last{transform:translateX(-100%)}
.plot .grid{stroke:var(--rule)}.plot .line{stroke-width:1.5;stroke-linejoin:round}.line.one{stroke:var(--one)}.line.two{stroke:var(--two)}.line.three{stroke:var(--three)}.line.plain{stroke:var(--faint);stroke-width:1;opacity:.7}
.plot .area{opacity:.4;stroke:none}.plot .area.one{fill:var(--one)}.plot .ground{fill:var(--wash)}.plot .dot{stroke-linecap:round}.dot.bought{stroke:var(--good);stroke-width:8}.dot.sold{stroke:var(--bad);stroke-width:8}.dot.hole{stroke:var(--paper);stroke-width:4}
.legend{font-size:13px}.legend span{margin-right:16px;white-space:nowrap}.legend span:before{content:'';display:inline-block;width:12px;height:3px;margin-right:6px;vertical-align:middle;background:var(--faint)}.legend .one:before{background:var(--one)}.legend .two:before{background:var(--two)}.legend .three:before{background:var(--three)}.legend .bought:before,.legend .sold:before{width:9px;height:9px;border-radius:50%;background:var(--good)}.legend .sold:before{background:none;border:2px solid var(--bad)}
.map{min-width:640px;width:100%;height:auto;display:block}.map text{fill:var(--faint)}
@media(max-width:600px){body{padding:16px}.plot .x.minor{display:none}.plot{margin-left:46px}th,td{padding:4px 6px}.narrow th,.narrow td{padding-right:12px}th:first-child,td:first-child{white-space:normal;min-width:6.5em}table.months th:first-child,table.months td:first-child{min-width:0}}
@media print{body{max-width:none;padding:0}h2{break-after:avoid}figure,tr{break-inside:avoid}}
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

/// The answer before everything else, and what it cannot tell.
pub(super) fn verdict(headline: &str, reasons: &[String], caveats: &[String]) -> String {
    let limits = if caveats.is_empty() {
        String::new()
    } else {
        format!(
            "<p>What these bars cannot tell, and what to mind:</p>{}",
            list(caveats)
        )
    };
    format!(
        "<div class=\"verdict\"><strong>{}.</strong>{}{limits}</div>",
        escaped(headline),
        list(reasons),
    )
}

/// A list of sentences.
pub(super) fn list(sentences: &[String]) -> String {
    let mut text = String::from("<ul>");
    for sentence in sentences {
        let _ = write!(text, "<li>{}</li>", prose(sentence));
    }
    text + "</ul>"
}

/// A sentence as the terminal shows it: what stands in backticks is typed, and a percent sign stays
/// with its number.
fn prose(sentence: &str) -> String {
    let text = escaped(sentence).replace(" %", "&nbsp;%");
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let is_typed = at % 2 == 1;
        if is_typed {
            format!("<code>{part}</code>")
        } else {
            part.to_owned()
        }
    });
    parts.collect()
}

/// A table; every cell is text. Columns whose heading begins with `<` hold words: they stand to the
/// left and may wrap.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    filled("", header, rows)
}

/// The same no wider than it must be: for few columns.
pub(super) fn narrow(header: &[&str], rows: &[Vec<String>]) -> String {
    filled(" class=\"narrow\"", header, rows)
}

fn filled(class: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    let words = |at: usize| header.get(at).is_some_and(|name| name.starts_with('<'));
    let aligned = |at| if words(at) { " class=\"words\"" } else { "" };
    let mut text = format!("<div class=\"scroll\"><table{class}><thead><tr>");
    for (at, name) in header.iter().enumerate() {
        let name = escaped(name.trim_start_matches('<'));
        let _ = write!(text, "<th{}>{name}</th>", aligned(at));
    }
    text.push_str("</tr></thead><tbody>");
    for row in rows {
        text.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let _ = write!(text, "<td{}>{}</td>", aligned(at), escaped(cell));
        }
        text.push_str("</tr>");
    }
    text + "</tbody></table></div>"
}

/// Options and facts by name.
pub(super) fn facts(rows: &[(&str, String)]) -> String {
    let mut text = String::from("<div class=\"scroll\"><table class=\"narrow\"><tbody>");
    for (name, value) in rows {
        let _ = write!(
            text,
            "<tr><th>{}</th><td class=\"words\">{}</td></tr>",
            escaped(name),
            escaped(value)
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_set_as_code_and_nothing_else_is_taken_for_markup() {
        let sentence = "`tqqq study` asks; 5 % < 6 %";
        assert_eq!(
            prose(sentence),
            "<code>tqqq study</code> asks; 5&nbsp;% &lt; 6&nbsp;%"
        );
    }
}
