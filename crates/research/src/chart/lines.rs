//! Lines over bars, with marks and filled areas.
//!
//! The plot is an `<svg>` stretched to whatever room there is; strokes do not stretch with it, and
//! the texts stand around it as HTML, so that a chart reads as well on a phone as on a desk.

use std::fmt::Write;

use super::axis::{label, log_ticks, ticks};
use super::escaped;

/// Units of the plot on either axis.
const SIZE: f64 = 1000.0;
/// Columns a line is drawn in; more points than that are drawn as their range.
const COLUMNS: usize = 800;
/// Pixels of height for each mark on the upright axis.
const PIXELS_PER_TICK: f64 = 52.0;
/// Dates under the axis; every other one is left out on a narrow screen.
const DATES: usize = 5;

/// How values become heights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly, read as percents.
    Percent,
    /// Equal ratios, equal distances; values must be above zero.
    Log,
}

/// One line; `None` leaves a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its class: colours are the page's.
    pub class: &'static str,
    /// By bar.
    pub values: Vec<Option<f64>>,
    /// Filled down to zero.
    pub filled: bool,
}

/// A mark on a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker {
    /// The bar.
    pub bar: usize,
    /// Its height.
    pub value: f64,
    /// A purchase, else a sale.
    pub bought: bool,
}

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// Height, in pixels.
    pub height: f64,
    /// How values become heights.
    pub scale: Scale,
    /// The lines, the first one below the others.
    pub lines: Vec<Line>,
    /// Marks above the lines.
    pub markers: Vec<Marker>,
    /// By bar: the text under the axis.
    pub dates: Vec<String>,
}

impl Line {
    /// A line without gaps.
    #[must_use]
    pub fn solid(name: &str, class: &'static str, values: &[f64]) -> Self {
        let values = values.iter().map(|value| Some(*value)).collect();
        Self {
            name: name.to_owned(),
            class,
            values,
            filled: false,
        }
    }
}

impl Panel {
    /// The chart as one `<figure>` element; its style is the page's.
    #[must_use]
    pub fn html(&self) -> String {
        let Some(view) = View::of(self) else {
            return "<p>Nothing to draw.</p>".into();
        };
        let marks = match self.scale {
            Scale::Log => log_ticks(view.low.exp(), view.high.exp()),
            Scale::Linear | Scale::Percent => ticks(
                view.low,
                view.high,
                (self.height / PIXELS_PER_TICK).max(2.0),
            ),
        };
        let mut svg = String::from("<path class=\"grid\" d=\"");
        let mut texts = String::new();
        for mark in marks {
            let y = view.y(mark);
            let _ = write!(svg, "M0 {y:.1}H{SIZE}");
            let text = label(mark, self.scale == Scale::Percent);
            let _ = write!(
                texts,
                "<span class=\"y\" style=\"top:{:.1}%\">{text}</span>",
                y / SIZE * 100.0
            );
        }
        svg.push_str("\"/>");
        for line in &self.lines {
            svg.push_str(&view.path(line));
        }
        svg.push_str(&view.dots(&self.markers));
        plot(
            &self.title,
            self.height,
            &svg,
            &(texts + &date_texts(&self.dates)),
        ) + &self.legend()
    }

    fn legend(&self) -> String {
        let mut text = String::from("<p class=\"legend\">");
        for line in &self.lines {
            let name = escaped(&line.name);
            let _ = write!(text, "<span class=\"{}\">{name}</span> ", line.class);
        }
        if !self.markers.is_empty() {
            text.push_str("<span class=\"bought\">bought</span> <span class=\"sold\">sold</span>");
        }
        text + "</p>"
    }
}

/// A plot: drawings stretched over it, texts around it.
pub(super) fn plot(title: &str, height: f64, svg: &str, texts: &str) -> String {
    let title = escaped(title);
    format!(
        "<figure role=\"img\" aria-label=\"{title}\"><div class=\"plot\" style=\"height:{height}px\"><svg viewBox=\"0 0 {SIZE} {SIZE}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{svg}</svg>{texts}</div></figure>"
    )
}

/// The dates under a plot, evenly spread.
pub(super) fn date_texts(dates: &[String]) -> String {
    let mut texts = String::new();
    for part in 0..DATES {
        let bar = dates.len().saturating_sub(1) * part / (DATES - 1);
        let Some(date) = dates.get(bar) else { break };
        let class = match part {
            0 => "x first",
            part if part == DATES - 1 => "x last",
            part if part % 2 == 1 => "x minor",
            _ => "x",
        };
        let left = 100 * part / (DATES - 1);
        let date = escaped(date);
        let _ = write!(
            texts,
            "<span class=\"{class}\" style=\"left:{left}%\">{date}</span>"
        );
    }
    texts
}

/// The range drawn; logarithms where the scale is one.
struct View {
    low: f64,
    high: f64,
    bars: usize,
    log: bool,
}

impl View {
    /// `None` when there is nothing to draw.
    fn of(panel: &Panel) -> Option<Self> {
        let log = panel.scale == Scale::Log;
        let values = panel
            .lines
            .iter()
            .flat_map(|line| line.values.iter().flatten().copied());
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite() && (!log || *value > 0.0)) {
            let value = if log { value.ln() } else { value };
            low = low.min(value);
            high = high.max(value);
        }
        if panel.lines.iter().any(|line| line.filled) {
            high = high.max(0.0);
        }
        let bars = panel.lines.iter().map(|line| line.values.len()).max()?;
        if bars < 2 || !low.is_finite() {
            return None;
        }
        if high - low < 1e-12 {
            (low, high) = (low - 0.5, high + 0.5);
        }
        Some(Self {
            low,
            high,
            bars,
            log,
        })
    }

    fn x(&self, bar: usize) -> f64 {
        SIZE * bar as f64 / (self.bars - 1) as f64
    }

    fn y(&self, value: f64) -> f64 {
        let value = if self.log { value.ln() } else { value };
        SIZE * (self.high - value) / (self.high - self.low)
    }

    /// A line, each column reduced to first, lowest, highest and last of its bars.
    fn path(&self, line: &Line) -> String {
        let mut path = String::new();
        let mut pen_up = true;
        let columns = self.bars.min(COLUMNS);
        for column in 0..columns {
            let (from, to) = (
                self.bars * column / columns,
                self.bars * (column + 1) / columns,
            );
            let cells = line
                .values
                .get(from..to.min(line.values.len()))
                .unwrap_or_default();
            let drawable = |value: &f64| value.is_finite() && (!self.log || *value > 0.0);
            let mut points: Vec<(usize, f64)> = Vec::new();
            for (at, cell) in cells.iter().enumerate() {
                match cell.filter(drawable) {
                    Some(value) => points.push((from + at, value)),
                    None => pen_up = pen_up || points.is_empty(),
                }
            }
            if points.is_empty() {
                pen_up = true;
            }
            for (bar, value) in reduced(&points) {
                let command = if pen_up { 'M' } else { 'L' };
                pen_up = false;
                let _ = write!(path, "{command}{:.1} {:.1}", self.x(bar), self.y(value));
            }
        }
        let class = line.class;
        if !line.filled {
            return format!("<path class=\"line {class}\" d=\"{path}\"/>");
        }
        let zero = self.y(0.0);
        format!("<path class=\"area {class}\" d=\"{path}L{SIZE} {zero:.1}L0 {zero:.1}Z\"/>")
    }

    /// Purchases as dots, sales as rings: strokes of no length with round ends, which keep their
    /// shape however the plot is stretched.
    fn dots(&self, markers: &[Marker]) -> String {
        let path = |bought: bool| {
            let mut path = String::new();
            for marker in markers.iter().filter(|marker| marker.bought == bought) {
                let _ = write!(
                    path,
                    "M{:.1} {:.1}h0",
                    self.x(marker.bar),
                    self.y(marker.value)
                );
            }
            path
        };
        if markers.is_empty() {
            return String::new();
        }
        let (bought, sold) = (path(true), path(false));
        format!(
            "<path class=\"dot sold\" d=\"{sold}\"/><path class=\"dot hole\" d=\"{sold}\"/><path class=\"dot bought\" d=\"{bought}\"/>"
        )
    }
}

/// First, lowest, highest and last of a column, in order of time.
fn reduced(points: &[(usize, f64)]) -> Vec<(usize, f64)> {
    let by_value = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
    let kept = [
        points.first(),
        points.iter().min_by(by_value),
        points.iter().max_by(by_value),
        points.last(),
    ];
    let mut kept: Vec<(usize, f64)> = kept.into_iter().flatten().copied().collect();
    kept.sort_by_key(|point| point.0);
    kept.dedup();
    kept
}
