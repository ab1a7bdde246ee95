//! The pictures of docs/strategy.md, drawn from what `Averages` and `decide` say over prices made
//! for it: a buy that comes too early, one that holds, and a neutral stretch that is sat out.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, helpers included"
)]

use std::fmt::Write;

use market::Price;
use strategy::{Averages, Holding, Params, Signal, Target, decide};

#[path = "../../../tests/manual/mod.rs"]
mod manual;

/// Hours before the picture begins: the warm-up of the usual pair.
const WARMUP_HOURS: u32 = 200;
/// Hours shown: twelve sessions.
const SHOWN_HOURS: u32 = 84;
/// Room of the whole picture, and of the lines in it: left, top, right, bottom.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 430.0;
const PLOT: (f64, f64, f64, f64) = (46.0, 42.0, 944.0, 320.0);
/// The look of every picture, on a light page and on a dark one.
const STYLE: &str = "<style>\
text{font:13px system-ui,sans-serif;fill:#1f2328}.paper{fill:#fff}text.quiet{fill:#59636e}.end{text-anchor:end}\
path,line{fill:none;stroke-width:2}.grid{stroke:#d8dee4;stroke-width:1}.price{stroke:#59636e;stroke-width:1}.fast{stroke:#0969da}.slow{stroke:#bc4c00}\
.held{fill:#1a7f37;opacity:.13}.bullish,.bought{fill:#1a7f37}.neutral{fill:#d8dee4}.bearish,.sold{fill:#cf222e}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}text.quiet{fill:#9198a1}.grid{stroke:#30363d}.price{stroke:#9198a1}.fast{stroke:#4493f8}.slow{stroke:#f0883e}\
.held,.bullish,.bought{fill:#3fb950}.neutral{fill:#30363d}.bearish,.sold{fill:#f85149}}</style>";

/// What one slot saw and came to.
struct Seen {
    /// Hours since the picture's beginning.
    at: f64,
    price: f64,
    fast: f64,
    slow: f64,
    signal: Signal,
    /// Whether the fund is held after it.
    holds: bool,
}

/// The price, in dollars, so many hours after the first bar: three waves.
fn price(hours: f64) -> Price {
    let waves = 2.4 * (hours / 12.0).sin() + (hours / 3.3).sin() + 0.4 * (hours / 1.7).sin();
    format!("{:.2}", 50.0 + waves).parse().unwrap()
}

/// Two slots an hour, decided by the shipping function.
fn slots() -> Vec<Seen> {
    let params = Params::new(10, 20).unwrap();
    let mut averages = Averages::new(&params);
    let mut holds = false;
    let mut seen = Vec::new();
    for hour in 0..WARMUP_HOURS + SHOWN_HOURS {
        averages.push(price(f64::from(hour)));
        for part in [0.01, 0.51] {
            let at = f64::from(hour) + part;
            let holding = if holds { Holding::Long } else { Holding::Flat };
            let Ok(decision) = decide(&params, &averages, price(at), holding) else {
                continue;
            };
            holds = match decision.target {
                Target::AllIn => true,
                Target::Out => false,
                Target::Keep => holds,
            };
            if hour >= WARMUP_HOURS {
                seen.push(Seen {
                    at: at - f64::from(WARMUP_HOURS),
                    price: decision.price.to_f64(),
                    fast: decision.fast,
                    slow: decision.slow,
                    signal: decision.signal,
                    holds,
                });
            }
        }
    }
    seen
}

fn x(at: f64) -> f64 {
    PLOT.0 + (PLOT.2 - PLOT.0) * at / f64::from(SHOWN_HOURS)
}

/// Height of a value between the least and the most drawn.
fn y(value: f64, (least, most): (f64, f64)) -> f64 {
    PLOT.1 + (PLOT.3 - PLOT.1) * (most - value) / (most - least)
}

fn line(class: &str, points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.enumerate() {
        let command = if at == 0 { 'M' } else { 'L' };
        write!(path, "{command}{x:.1} {y:.1}").unwrap();
    }
    format!("<path class=\"{class}\" d=\"{path}\"/>\n")
}

/// Stretches of slots that are alike, first to one past the last.
fn stretches<K: PartialEq>(seen: &[Seen], kind: impl Fn(&Seen) -> K) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    for at in 1..=seen.len() {
        if at == seen.len() || kind(&seen[at]) != kind(&seen[from]) {
            found.push((from, at));
            from = at;
        }
    }
    found
}

fn rectangle(class: &str, (left, right): (f64, f64), top: f64, height: f64) -> String {
    let width = right - left;
    format!(
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>\n"
    )
}

fn head(title: &str, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n{STYLE}\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" class=\"paper\"/>\n"
    )
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::Bullish => "bullish",
        Signal::Bearish => "bearish",
        Signal::Neutral => "neutral",
    }
}

/// Names of lines and marks, at the top.
fn legend() -> String {
    let mut out = String::new();
    for (x, class, word) in [
        (46.0, "price", "price at each slot"),
        (196.0, "fast", "fast average, 10 hours"),
        (376.0, "slow", "slow average, 20 hours"),
    ] {
        writeln!(
            out,
            "<line class=\"{class}\" x1=\"{x}\" y1=\"20\" x2=\"{}\" y2=\"20\"/><text x=\"{}\" y=\"24\">{word}</text>",
            x + 18.0,
            x + 24.0
        )
        .unwrap();
    }
    for (x, sign, word) in [(572.0, "bought", "bought"), (640.0, "sold", "sold")] {
        writeln!(
            out,
            "<circle class=\"{sign}\" cx=\"{x}\" cy=\"20\" r=\"5\"/><text x=\"{}\" y=\"24\">{word}</text>",
            x + 10.0
        )
        .unwrap();
    }
    out + &rectangle("held", (700.0, 718.0), 13.0, 14.0)
        + "<text x=\"724\" y=\"24\">the fund is held</text>\n"
}

/// Where something was bought or sold: the slot, and whether it was bought.
fn turns(seen: &[Seen]) -> Vec<(&Seen, bool)> {
    let turned = |pair: &&[Seen]| pair[0].holds != pair[1].holds;
    let pairs = seen.windows(2).filter(turned);
    pairs.map(|pair| (&pair[1], pair[1].holds)).collect()
}

fn lines(seen: &[Seen]) -> String {
    let values = seen.iter().flat_map(|it| [it.price, it.fast, it.slow]);
    let least = values.clone().fold(f64::INFINITY, f64::min).floor();
    let most = values.fold(f64::NEG_INFINITY, f64::max).ceil();
    let range = (least, most);
    let mut out = String::new();
    let mut mark = least;
    while mark <= most {
        let y = y(mark, range);
        out += &line("grid", [(PLOT.0, y), (PLOT.2, y)].into_iter());
        let y = y + 4.0;
        writeln!(
            out,
            "<text class=\"quiet end\" x=\"40\" y=\"{y:.1}\">{mark:.0}</text>"
        )
        .unwrap();
        mark += 2.0;
    }
    for (from, to) in stretches(seen, |it| it.holds) {
        if seen[from].holds {
            let end = seen.get(to).map_or(f64::from(SHOWN_HOURS), |it| it.at);
            let wide = (x(seen[from].at), x(end));
            out += &rectangle("held", wide, PLOT.1, PLOT.3 - PLOT.1);
        }
    }
    out += &line(
        "price",
        seen.iter().map(|it| (x(it.at), y(it.price, range))),
    );
    out += &line("slow", seen.iter().map(|it| (x(it.at), y(it.slow, range))));
    out += &line("fast", seen.iter().map(|it| (x(it.at), y(it.fast, range))));
    for (it, bought) in turns(seen) {
        let class = if bought { "bought" } else { "sold" };
        let (x, y) = (x(it.at), y(it.price, range));
        writeln!(
            out,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>"
        )
        .unwrap();
    }
    out
}

/// Under the lines: the signal of every slot.
fn signals(seen: &[Seen]) -> String {
    let mut out =
        "<text class=\"quiet\" x=\"46\" y=\"352\">the signal of every slot</text>\n".to_owned();
    for (from, to) in stretches(seen, |it| it.signal) {
        let end = seen.get(to).map_or(f64::from(SHOWN_HOURS), |it| it.at);
        let wide = (x(seen[from].at), x(end));
        out += &rectangle(name(seen[from].signal), wide, 360.0, 18.0);
    }
    for (x, class, word) in [
        (
            46.0,
            "bullish",
            "bullish: price above fast above slow: all in",
        ),
        (350.0, "neutral", "neutral: keep what there is"),
        (
            560.0,
            "bearish",
            "bearish: price below fast below slow: out",
        ),
    ] {
        out += &rectangle(class, (x, x + 14.0), 394.0, 14.0);
        writeln!(out, "<text x=\"{}\" y=\"406\">{word}</text>", x + 20.0).unwrap();
    }
    out
}

#[test]
fn the_picture_of_the_signal_is_what_decide_says() {
    let seen = slots();
    let title = "Price and both averages over twelve sessions, with what was bought and sold";
    let picture = head(title, HEIGHT) + &legend() + &lines(&seen) + &signals(&seen) + "</svg>\n";
    manual::hold_whole("signal.svg", &picture);
}

#[test]
fn the_page_tells_what_the_picture_shows() {
    let seen = slots();
    let mut table =
        "| bought at | sold at | gain | slots held | of them neutral |\n|---|---|---|---|---|\n"
            .to_owned();
    let turns = turns(&seen);
    for pair in turns.chunks(2) {
        let [(bought, true), (sold, false)] = pair else {
            panic!("a purchase, then its sale")
        };
        let held = |it: &&Seen| it.at >= bought.at && it.at < sold.at;
        let held: Vec<&Seen> = seen.iter().filter(held).collect();
        let neutral = held
            .iter()
            .filter(|it| it.signal == Signal::Neutral)
            .count();
        writeln!(
            table,
            "| {:.2} | {:.2} | {:+.1} % | {} | {neutral} |",
            bought.price,
            sold.price,
            (sold.price / bought.price - 1.0) * 100.0,
            held.len(),
        )
        .unwrap();
    }
    manual::hold("strategy.md", &table);
}

/// Days of the picture of decay.
const DAYS: i32 = 60;
/// What the index moves each day, up and down in turn, as a ratio.
const SWING: f64 = 0.02;

/// What is left of one dollar after each day, `times` the index's moves.
fn swung(times: f64) -> Vec<f64> {
    let mut left = 1.0;
    let mut days = vec![left];
    for day in 0..DAYS {
        let way = if day % 2 == 0 { SWING } else { -SWING };
        left *= 1.0 + times * way;
        days.push(left);
    }
    days
}

#[test]
fn the_picture_of_decay_is_arithmetic() {
    let (once, thrice) = (swung(1.0), swung(3.0));
    let ends = [once[once.len() - 1], thrice[thrice.len() - 1]];
    let told = ends.map(|end| format!("{:+.1} %", (end - 1.0) * 100.0));
    let range = (0.88, 1.08);
    let place = |day: usize, value: f64| {
        let share = day as f64 / f64::from(DAYS);
        (PLOT.0 + (PLOT.2 - PLOT.0 - 90.0) * share, y(value, range))
    };
    let mut out = head(
        "An index that swings by two percent a day, and a fund of three times its moves",
        350.0,
    );
    for mark in [0.9, 0.95, 1.0, 1.05] {
        let y = y(mark, range);
        out += &line("grid", [(PLOT.0, y), (PLOT.2 - 90.0, y)].into_iter());
        let y = y + 4.0;
        writeln!(
            out,
            "<text class=\"quiet end\" x=\"40\" y=\"{y:.1}\">{:.0}</text>",
            mark * 100.0
        )
        .unwrap();
    }
    for (class, values, told) in [("fast", &once, &told[0]), ("slow", &thrice, &told[1])] {
        let points = values.iter().enumerate();
        out += &line(class, points.map(|(day, value)| place(day, *value)));
        let end = place(values.len() - 1, values[values.len() - 1]);
        writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\">{told}</text>",
            end.0 + 8.0,
            end.1 + 4.0
        )
        .unwrap();
    }
    out += "<line class=\"fast\" x1=\"46\" y1=\"20\" x2=\"64\" y2=\"20\"/><text x=\"70\" y=\"24\">the index: +2 %, -2 %, again and again</text>\n\
            <line class=\"slow\" x1=\"330\" y1=\"20\" x2=\"348\" y2=\"20\"/><text x=\"354\" y=\"24\">three times its move each day: +6 %, -6 %</text>\n\
            <text class=\"quiet\" x=\"46\" y=\"342\">60 days, beginning at 100</text>\n</svg>\n";
    manual::hold_whole("decay.svg", &out);
}
