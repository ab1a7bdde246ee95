//! Lines over bars, with markers and filled areas.

use std::fmt::Write;

use super::axis::{label, log_ticks, ticks};
use super::escaped;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 22.0;
/// Columns a line is drawn in; more points than that are drawn as their range.
const COLUMNS: usize = 800;
const DATES: usize = 6;

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
    /// Up for a purchase, down for a sale.
    pub up: bool,
}

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// Height, in pixels at full width.
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
    /// The chart as one `<svg>` element.
    #[must_use]
    pub fn svg(&self) -> String {
        let Some(view) = View::of(self) else {
            return "<p>Nothing to draw.</p>".into();
        };
        let title = escaped(&self.title);
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>",
            self.height
        );
        self.grid(&view, &mut svg);
        for line in &self.lines {
            svg.push_str(&view.path(line));
        }
        for marker in &self.markers {
            svg.push_str(&view.marker(marker));
        }
        svg.push_str("</svg>");
        svg.push_str(&self.legend());
        svg
    }

    fn grid(&self, view: &View, svg: &mut String) {
        let marks = match self.scale {
            Scale::Log => log_ticks(view.low.exp(), view.high.exp()),
            Scale::Linear | Scale::Percent => ticks(view.low, view.high, 5.0),
        };
        for mark in marks {
            let y = view.y(mark);
            let text = label(mark, self.scale == Scale::Percent);
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0,
            );
        }
        for part in 0..DATES {
            let bar = (view.bars - 1) * part / (DATES - 1);
            let anchor = match part {
                0 => "start",
                part if part == DATES - 1 => "end",
                _ => "middle",
            };
            let date = self
                .dates
                .get(bar)
                .map(|date| escaped(date))
                .unwrap_or_default();
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{date}</text>",
                view.x(bar),
                self.height - 6.0,
            );
        }
    }

    fn legend(&self) -> String {
        let mut text = String::from("<p class=\"legend\">");
        for line in &self.lines {
            let _ = write!(
                text,
                "<span class=\"{}\">{}</span> ",
                line.class,
                escaped(&line.name)
            );
        }
        if !self.markers.is_empty() {
            text.push_str("<span class=\"bought\">bought</span> <span class=\"sold\">sold</span>");
        }
        text.push_str("</p>");
        text
    }
}

/// The range drawn; logarithms where the scale is one.
struct View {
    low: f64,
    high: f64,
    bars: usize,
    log: bool,
    height: f64,
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
            height: panel.height,
        })
    }

    fn x(&self, bar: usize) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * bar as f64 / (self.bars - 1) as f64
    }

    fn y(&self, value: f64) -> f64 {
        let value = if self.log { value.ln() } else { value };
        let part = (value - self.low) / (self.high - self.low);
        self.height - BOTTOM - (self.height - TOP - BOTTOM) * part
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
            let mut points: Vec<(usize, f64)> = Vec::new();
            for (at, cell) in cells.iter().enumerate() {
                match cell.filter(|value| value.is_finite()) {
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
        let (first, last) = (self.x(0), self.x(self.bars - 1));
        format!(
            "<path class=\"area {class}\" d=\"{path}L{last:.1} {zero:.1}L{first:.1} {zero:.1}Z\"/>"
        )
    }

    fn marker(&self, marker: &Marker) -> String {
        let (x, y) = (self.x(marker.bar), self.y(marker.value));
        let (class, tip) = if marker.up {
            ("bought", 7.0)
        } else {
            ("sold", -7.0)
        };
        let y = if marker.up { y + 4.0 } else { y - 4.0 };
        format!(
            "<path class=\"{class}\" d=\"M{x:.1} {y:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/>",
            x - 4.0,
            y + tip,
            x + 4.0,
            y + tip,
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
