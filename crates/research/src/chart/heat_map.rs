//! Every pair of a sweep as a coloured cell.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::axis::label;
use super::escaped;
use crate::sweep::{Metric, Score};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 40.0;
const RIGHT: f64 = 110.0;
/// How far a cell reaches under its neighbours, so that no seam shows between them.
const OVERLAP: f64 = 0.4;
/// Shades on either side of the middle.
const SHADES: i32 = 24;

/// Low, middle and high colour: distinguishable without seeing red or green.
const DIVERGING: [[f64; 3]; 3] = [
    [178.0, 24.0, 43.0],
    [247.0, 247.0, 247.0],
    [33.0, 102.0, 172.0],
];

/// A map of `metric`: fast spans upward, slow spans to the right, the middle colour at zero for
/// figures that have a sign and at the median for those that have none; the best pair is ringed.
/// Pairs without the figure stay empty. The `marked` pair, if any, wears a cross.
#[must_use]
pub fn heat_map(scores: &[Score], metric: Metric, marked: Option<(u32, u32)>) -> String {
    let known: Vec<(&Score, f64)> = scores
        .iter()
        .filter_map(|score| Some((score, metric.of(score)?)))
        .collect();
    let Some(range) = Range::of(&known, metric) else {
        return "<p>No pair has this figure.</p>".into();
    };
    let frame = Frame::of(&known);
    let mut shades: BTreeMap<i32, String> = BTreeMap::new();
    for (score, value) in &known {
        let (x, y) = frame.corner(score);
        let (w, h) = (frame.cell.0 + OVERLAP, frame.cell.1 + OVERLAP);
        let path = shades.entry(range.shade(*value)).or_default();
        let _ = write!(path, "M{x:.1} {y:.1}h{w:.2}v{h:.2}h-{w:.2}z");
    }
    let title = escaped(&format!("{metric} of {} pairs", known.len()));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>"
    );
    for (shade, path) in &shades {
        let _ = write!(
            svg,
            "<path shape-rendering=\"crispEdges\" fill=\"{}\" d=\"{path}\"/>",
            colour(*shade)
        );
    }
    svg.push_str(&frame.axes(metric));
    svg.push_str(&range.key());
    if let Some((best, value)) = known.iter().min_by(|a, b| metric.best_first(a.0, b.0)) {
        let text = format!("○ best: {}/{} {}", best.fast, best.slow, range.text(*value));
        svg.push_str(&frame.sign("best", best, "<circle r=\"7\"/>"));
        svg.push_str(&note(WIDTH - RIGHT, "end", &text));
    }
    let marked = known
        .iter()
        .find(|(score, _)| Some((score.fast, score.slow)) == marked);
    if let Some((own, value)) = marked {
        let text = format!("× {}/{} {}", own.fast, own.slow, range.text(*value));
        svg.push_str(&frame.sign("own", own, "<path d=\"M-5 -5L5 5M-5 5L5 -5\"/>"));
        svg.push_str(&note((LEFT + WIDTH - RIGHT) / 2.0, "middle", &text));
    }
    svg.push_str("</svg>");
    svg
}

/// A text above the map.
fn note(x: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x}\" y=\"18\" text-anchor=\"{anchor}\">{text}</text>")
}

/// Values drawn from the lowest to the highest shade.
struct Range {
    middle: f64,
    reach: f64,
    upward: f64,
    percent: bool,
}

impl Range {
    fn of(known: &[(&Score, f64)], metric: Metric) -> Option<Self> {
        let mut values: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        values.sort_unstable_by(f64::total_cmp);
        // The extreme hundredth would leave all others pale.
        let at = |percent: usize| {
            values
                .get(values.len().checked_sub(1)? * percent / 100)
                .copied()
        };
        let signed = matches!(metric, Metric::TotalReturn | Metric::Cagr | Metric::Sharpe);
        let middle = if signed { 0.0 } else { at(50)? };
        let reach = (at(99)? - middle)
            .abs()
            .max((at(1)? - middle).abs())
            .max(1e-9);
        let upward = if metric == Metric::MaxDrawdown {
            -1.0
        } else {
            1.0
        };
        let percent = !matches!(metric, Metric::Sharpe | Metric::Trades);
        Some(Self {
            middle,
            reach,
            upward,
            percent,
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "held within the shades")]
    fn shade(&self, value: f64) -> i32 {
        let part = ((value - self.middle) / self.reach * self.upward).clamp(-1.0, 1.0);
        (part * f64::from(SHADES)).round() as i32
    }

    fn text(&self, value: f64) -> String {
        label((value * 1000.0).round() / 1000.0, self.percent)
    }

    /// The bar that explains the colours.
    fn key(&self) -> String {
        let mut svg = String::new();
        let (x, height) = (WIDTH - RIGHT + 24.0, HEIGHT - TOP - BOTTOM);
        let step = height / f64::from(2 * SHADES + 1);
        for shade in -SHADES..=SHADES {
            let y = TOP + step * f64::from(SHADES - shade);
            let _ = write!(
                svg,
                "<rect x=\"{x}\" y=\"{y:.1}\" width=\"16\" height=\"{:.1}\" fill=\"{}\"/>",
                step + 0.3,
                colour(shade),
            );
        }
        for (shade, y) in [
            (1.0, TOP + 10.0),
            (0.0, TOP + height / 2.0 + 4.0),
            (-1.0, TOP + height),
        ] {
            let text = self.text(self.middle + self.reach * shade * self.upward);
            let _ = write!(svg, "<text x=\"{}\" y=\"{y:.1}\">{text}</text>", x + 22.0);
        }
        svg
    }
}

/// Where the cells lie.
struct Frame {
    fast: (u32, u32),
    slow: (u32, u32),
    cell: (f64, f64),
}

impl Frame {
    fn of(known: &[(&Score, f64)]) -> Self {
        let ends = |of: fn(&Score) -> u32| {
            let spans = known.iter().map(|(score, _)| of(score));
            (spans.clone().min().unwrap_or(1), spans.max().unwrap_or(1))
        };
        let (fast, slow) = (ends(|score| score.fast), ends(|score| score.slow));
        let count = |(low, high): (u32, u32)| f64::from(high - low + 1);
        let cell = (
            (WIDTH - LEFT - RIGHT) / count(slow),
            (HEIGHT - TOP - BOTTOM) / count(fast),
        );
        Self { fast, slow, cell }
    }

    fn corner(&self, score: &Score) -> (f64, f64) {
        let x = LEFT + self.cell.0 * f64::from(score.slow - self.slow.0);
        let y = HEIGHT - BOTTOM - self.cell.1 * f64::from(score.fast - self.fast.0 + 1);
        (x, y)
    }

    /// A sign on a cell, dark with a light rim, so that it stands out on every colour.
    fn sign(&self, class: &str, score: &Score, shape: &str) -> String {
        let ((x, y), (w, h)) = (self.corner(score), self.cell);
        format!(
            "<g class=\"{class}\" transform=\"translate({:.1} {:.1})\" fill=\"none\"><g stroke=\"#fff\" stroke-width=\"5\">{shape}</g><g stroke=\"#111\" stroke-width=\"2\">{shape}</g></g>",
            x + w / 2.0,
            y + h / 2.0,
        )
    }

    fn axes(&self, metric: Metric) -> String {
        let mut svg = format!(
            "<text x=\"{LEFT}\" y=\"18\">{metric}</text><text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">slow span</text><text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">fast span</text>",
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 6.0,
            HEIGHT / 2.0,
        );
        for part in 0..=4 {
            let span = |(low, high): (u32, u32)| low + (high - low) * part / 4;
            let (fast, slow) = (span(self.fast), span(self.slow));
            let x = LEFT + self.cell.0 * (f64::from(slow - self.slow.0) + 0.5);
            let y = HEIGHT - BOTTOM - self.cell.1 * (f64::from(fast - self.fast.0) + 0.5) + 4.0;
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{slow}</text><text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{fast}</text>",
                HEIGHT - BOTTOM + 16.0,
                LEFT - 6.0,
            );
        }
        svg
    }
}

/// The colour of a shade, blended from the middle outward.
fn colour(shade: i32) -> String {
    let part = f64::from(shade) / f64::from(SHADES);
    let end = if part < 0.0 {
        DIVERGING[0]
    } else {
        DIVERGING[2]
    };
    let mut text = String::from("#");
    for (middle, end) in DIVERGING[1].iter().zip(end) {
        let value = middle + (end - middle) * part.abs();
        let _ = write!(text, "{:02x}", byte(value));
    }
    text
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between two bytes"
)]
fn byte(value: f64) -> u8 {
    value.round() as u8
}
