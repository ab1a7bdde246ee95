//! Reports: one file, nothing fetched, nothing unescaped, the verdict in it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;

use market::{Bps, Calendar};
use research::backtest::{self, BacktestReport, Options};
use research::chart::heat_map;
use research::report::{BacktestPage, backtest_html, study_html};
use research::study;
use research::sweep::{self, Metric};
use research::{Fill, Series};

/// Writes what people should look at beside the build, and says where.
#[expect(clippy::print_stdout, reason = "a path to look at")]
fn shown(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    println!("{}", path.display());
}

fn is_self_contained(html: &str) {
    let links = html.replace("http://www.w3.org/2000/svg", "");
    for forbidden in ["http", "<script", "src=", "@import", "url(", "NaN", "inf"] {
        assert!(!links.contains(forbidden), "{forbidden}");
    }
    for tag in ["svg", "table", "div", "p", "ul", "section"] {
        let count = |text: String| html.matches(&text).count();
        let opened = count(format!("<{tag}>")) + count(format!("<{tag} "));
        assert_eq!(opened, count(format!("</{tag}>")), "{tag}");
    }
}

fn page(name: &str, series: &Series, second: Option<&Series>) -> String {
    let options = Options {
        slippage: Bps::whole(2),
        ..Options::default()
    };
    let outcome = backtest::run(series, &options, &Calendar::nyse()).unwrap();
    let second = second.map(|series| ("QQQ", series));
    let fills = backtest::by_fill(series, &options, &outcome, &Calendar::nyse()).unwrap();
    let of = BacktestPage {
        name,
        series,
        options: &options,
        outcome: &outcome,
        fills: &fills,
        second,
    };
    backtest_html(&of, &Calendar::nyse()).unwrap()
}

#[test]
fn a_backtest_report_is_one_file_with_a_verdict() {
    let series = fixture::synthetic_hours();
    let html = page("<b>&made up</b>", &series, Some(&series));
    is_self_contained(&html);
    assert!(html.contains("Backtest of &lt;b&gt;&amp;made up&lt;/b&gt;"));
    assert!(
        html.contains("It returned more than buy and hold, and fell less."),
        "{}",
        &html[..3000]
    );
    assert!(html.contains("The rule of filling alone moves the return by"));
    shown("backtest-synthetic.html", &html);
}

#[test]
fn a_study_report_is_one_file_with_a_verdict() {
    let series = fixture::synthetic_hours();
    let sweep = sweep::Options {
        fast: 2..=20,
        slow: 5..=60,
        ..sweep::Options::default()
    };
    let options = study::Options {
        sweep,
        draws: 300,
        ..study::Options::default()
    };
    let found = study::run(&series, &options, &Calendar::nyse()).unwrap();
    let html = study_html("made-up hours", &series, &found);
    is_self_contained(&html);
    assert!(html.contains("No evidence of an edge"));
    shown("study-synthetic.html", &html);
}

#[test]
fn a_heat_map_draws_every_pair_once_and_rings_the_best() {
    let series = fixture::synthetic_hours();
    let found = sweep::run(&series, &sweep::Options::default(), &Calendar::nyse()).unwrap();
    for metric in Metric::ALL {
        let svg = heat_map(&found.scores, metric, None);
        assert_eq!(
            svg.matches(&['M'][..]).count(),
            found.scores.len(),
            "{metric}"
        );
        assert_eq!(svg.matches("class=\"best\"").count(), 1);
        assert!(svg.len() < 600_000, "{} bytes", svg.len());
    }
    let best = sweep::top(&found.scores, Metric::Sharpe, 1)[0];
    let svg = heat_map(&found.scores, Metric::Sharpe, Some((10, 20)));
    assert!(svg.contains(&format!("best: {}/{}", best.fast, best.slow)));
    assert!(svg.contains("× 10/20 "));
    shown("sweep-synthetic.svg", &svg);
}

#[test]
fn json_has_the_fields_of_the_design_and_null_for_what_does_not_exist() {
    let series = fixture::synthetic_hours();
    let report = BacktestReport::run(&series, &Options::default(), &Calendar::nyse()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let fields = "params bars first last trades final_equity total_return cagr max_drawdown sharpe sortino calmar exposure trade_count win_rate profit_factor benchmark";
    for field in fields.split(' ') {
        assert!(json.get(field).is_some(), "{field}");
    }
    for field in "entry_time entry_price exit_time exit_price shares pnl return".split(' ') {
        assert!(json["trades"][0].get(field).is_some(), "{field}");
    }
    let last = report.trades.last().unwrap();
    assert_eq!((last.exit_time.as_deref(), last.pnl), (None, None));
    assert_eq!(report.trade_count, report.trades.len() - 1);
    assert_eq!(json["params"]["fill"], "next-open");
}

#[test]
fn the_real_bars_and_their_verdict() {
    for (name, fill) in [
        ("tqqq_30m.csv", Fill::NextOpen),
        ("tqqq_1h.csv", Fill::NextOpen),
        ("tqqq_1d.csv", Fill::NextOpen),
    ] {
        let Some(series) = fixture::real(name) else {
            return;
        };
        let second = fixture::real(if name.contains("1d") {
            "qqq_1d.csv"
        } else {
            "qqq_1h.csv"
        });
        shown(
            &format!("backtest-{name}.html"),
            &page(name, &series, second.as_ref()),
        );
        let sweep = sweep::Options {
            fill,
            slippage: Bps::whole(2),
            ..sweep::Options::default()
        };
        let options = study::Options {
            sweep,
            draws: 300,
            ..study::Options::default()
        };
        let found = study::run(&series, &options, &Calendar::nyse()).unwrap();
        assert_eq!(found.report.look_ahead, None);
        let html = study_html(name, &series, &found);
        is_self_contained(&html);
        shown(&format!("study-{name}.html"), &html);
    }
}
