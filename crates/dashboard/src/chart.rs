//! Lines over time, drawn on the server.
//!
//! The drawing stretches to its place, which the style sheet keeps free before it comes, so nothing
//! on the page moves; lines and dots keep their width. Labels are text beside it, at even steps,
//! so that they are as large on a phone as on a desk. No chart holds more than
//! [`COLUMNS`] columns, however long the journal.

use std::fmt::Write;

/// Columns a line is drawn in; more points share one, which keeps its lowest and highest.
pub const COLUMNS: usize = 600;
/// Units of the drawing, wide and high.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 300.0;
/// Labels along the time.
const TIMES: usize = 4;
/// Labels along the height.
const LEVELS: usize = 5;

/// A line: one value a point of time, where there is one.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// What it is, for the legend.
    pub label: &'a str,
    /// Its class in the style sheet: `one`, `two`, `three`.
    pub class: &'static str,
    /// Its values.
    pub values: Vec<Option<f64>>,
}

/// Points to be marked.
#[derive(Debug, Clone)]
pub struct Dots<'a> {
    /// What they are, for the legend.
    pub label: &'a str,
    /// Their class in the style sheet.
    pub class: &'static str,
    /// Which point, and at which value.
    pub at: Vec<(usize, f64)>,
}

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub struct Plot<'a> {
    /// Lines, the last on top.
    pub lines: Vec<Line<'a>>,
    /// Dots, above the lines.
    pub dots: Vec<Dots<'a>>,
    /// Stretches of points to be shaded, first to last.
    pub shaded: Vec<(usize, usize)>,
    /// What the shading says, where there is any.
    pub shade_label: &'a str,
    /// The highest there can be, where that is known: no room is left above it.
    pub top: Option<f64>,
    /// A name for each point, for the labels along the time.
    pub names: Vec<String>,
}

/// A chart, ready for its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Names its parts on the page.
    pub id: &'static str,
    /// What it is.
    pub title: String,
    /// What it shows, in a sentence, for whoever does not see it.
    pub summary: String,
    /// The drawing's inside.
    pub drawing: String,
    /// Labels from the top down.
    pub levels: Vec<String>,
    /// Labels from left to right.
    pub times: Vec<String>,
    /// Class and words of each thing drawn.
    pub legend: Vec<(&'static str, String)>,
}

impl Plot<'_> {
    /// Draws it; `None` when there is nothing to draw. `level` words a value of the scale.
    #[must_use]
    pub fn draw(
        &self,
        id: &'static str,
        title: &str,
        summary: String,
        level: impl Fn(f64) -> String,
    ) -> Option<Chart> {
        let scale = Scale::of(self)?;
        let mut drawing = String::new();
        for at in 1..LEVELS - 1 {
            let y = HEIGHT * fraction(at, LEVELS);
            let _ = write!(drawing, "<path class=\"rule\" d=\"M0 {y:.0}H{WIDTH}\"/>");
        }
        for (first, last) in &self.shaded {
            let (from, to) = (scale.edge(*first), scale.edge(*last + 1));
            let width = (to - from).max(1.0);
            let _ = write!(
                drawing,
                "<rect class=\"shade\" x=\"{from:.1}\" width=\"{width:.1}\" y=\"0\" height=\"{HEIGHT}\"/>"
            );
        }
        for line in &self.lines {
            let path = scale.path(&line.values);
            let _ = write!(
                drawing,
                "<path class=\"line {}\" d=\"{path}\"/>",
                line.class
            );
        }
        for dots in &self.dots {
            let path = scale.dots(&dots.at);
            let _ = write!(
                drawing,
                "<path class=\"dots {}\" d=\"{path}\"/>",
                dots.class
            );
        }
        Some(Chart {
            id,
            title: title.to_owned(),
            summary,
            drawing,
            levels: scale.levels().map(level).collect(),
            times: self.times(),
            legend: self.legend(),
        })
    }

    fn legend(&self) -> Vec<(&'static str, String)> {
        let lines = self.lines.iter().map(|it| (it.class, it.label.to_owned()));
        let dots = self
            .dots
            .iter()
            .filter(|it| !it.at.is_empty())
            .map(|it| (it.class, it.label.to_owned()));
        let shade = (!self.shaded.is_empty()).then(|| ("shade", self.shade_label.to_owned()));
        lines.chain(dots).chain(shade).collect()
    }

    fn times(&self) -> Vec<String> {
        let Some(last) = self.names.len().checked_sub(1) else {
            return Vec::new();
        };
        let labels = TIMES.min(last + 1);
        let name = |at: usize| self.names[last * at / (labels - 1).max(1)].clone();
        (0..labels).map(name).collect()
    }
}

/// From points and values to the drawing's units.
struct Scale {
    points: usize,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(plot: &Plot<'_>) -> Option<Self> {
        let lines = plot
            .lines
            .iter()
            .flat_map(|line| line.values.iter().flatten());
        let dots = plot
            .dots
            .iter()
            .flat_map(|dots| dots.at.iter().map(|(_, y)| y));
        let all = || lines.clone().chain(dots.clone()).copied();
        let low = all().reduce(f64::min)?;
        let high = all().reduce(f64::max)?;
        let points = plot.lines.iter().map(|line| line.values.len()).max()?;
        // Room above and below, and a height for what never moves.
        let room = ((high - low) * 0.06).max(high.abs() * 1e-4).max(1e-9);
        Some(Self {
            points,
            low: low - room,
            high: plot.top.unwrap_or(high + room),
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "points are few")]
    fn x(&self, point: usize) -> f64 {
        (point as f64 + 0.5) / self.points.max(1) as f64 * WIDTH
    }

    #[expect(clippy::cast_precision_loss, reason = "points are few")]
    fn edge(&self, point: usize) -> f64 {
        point as f64 / self.points.max(1) as f64 * WIDTH
    }

    fn y(&self, value: f64) -> f64 {
        (self.high - value) / (self.high - self.low) * HEIGHT
    }

    fn levels(&self) -> impl Iterator<Item = f64> {
        (0..LEVELS).map(|at| self.high - (self.high - self.low) * fraction(at, LEVELS))
    }

    /// The line through the values; a gap where there is none.
    fn path(&self, values: &[Option<f64>]) -> String {
        let step = values.len().div_ceil(COLUMNS).max(1);
        let mut path = String::new();
        let mut pen_down = false;
        for (column, chunk) in values.chunks(step).enumerate() {
            let Some((first, second)) = extremes(chunk) else {
                pen_down = false;
                continue;
            };
            let x = self.x(column * step + (chunk.len() - 1) / 2);
            for value in std::iter::once(first).chain(second) {
                let verb = if pen_down { 'L' } else { 'M' };
                let _ = write!(path, "{verb}{x:.1} {:.1}", self.y(value));
                pen_down = true;
            }
        }
        path
    }

    /// Lines of no length, which round ends make dots that no stretching flattens.
    fn dots(&self, dots: &[(usize, f64)]) -> String {
        let mut path = String::new();
        for (point, value) in dots {
            let _ = write!(path, "M{:.1} {:.1}h0", self.x(*point), self.y(*value));
        }
        path
    }
}

/// The lowest and highest of a column in the order in which they come; one where they are one.
fn extremes(chunk: &[Option<f64>]) -> Option<(f64, Option<f64>)> {
    let mut seen = chunk
        .iter()
        .copied()
        .enumerate()
        .filter_map(|(at, it)| Some((at, it?)));
    let first = seen.next()?;
    let (low, high) = seen.fold((first, first), |(low, high), it| {
        let low = if it.1 < low.1 { it } else { low };
        let high = if it.1 > high.1 { it } else { high };
        (low, high)
    });
    Some(match low.0.cmp(&high.0) {
        std::cmp::Ordering::Less => (low.1, Some(high.1)),
        std::cmp::Ordering::Equal => (low.1, None),
        std::cmp::Ordering::Greater => (high.1, Some(low.1)),
    })
}

#[expect(clippy::cast_precision_loss, reason = "labels are few")]
fn fraction(at: usize, count: usize) -> f64 {
    at as f64 / (count - 1) as f64
}

/// Stretches of points of which `is_so` holds, first to last.
#[must_use]
pub fn stretches<T>(points: &[T], is_so: impl Fn(&T) -> bool) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, _) in points.iter().enumerate().filter(|(_, it)| is_so(it)) {
        match found.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => found.push((at, at)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(values: Vec<Option<f64>>) -> Plot<'static> {
        let names = (0..values.len()).map(|at| at.to_string()).collect();
        Plot {
            lines: vec![Line {
                label: "price",
                class: "one",
                values,
            }],
            names,
            ..Plot::default()
        }
    }

    fn draw(plot: &Plot<'_>) -> Option<Chart> {
        plot.draw("test", "Test", String::new(), |level| format!("{level:.1}"))
    }

    #[test]
    fn thirty_thousand_points_are_drawn_in_a_few_kilobytes_and_keep_their_extremes() {
        let mut values: Vec<Option<f64>> = (0..30_000).map(|at| Some(f64::from(at % 7))).collect();
        values[12_345] = Some(100.0);
        let chart = draw(&plot(values)).unwrap();
        assert!(chart.drawing.len() < 25_000, "{}", chart.drawing.len());
        let top = (100.0 * 0.06) / (100.0 * 1.12) * HEIGHT;
        assert!(
            chart.drawing.contains(&format!(" {top:.1}")),
            "the spike is there"
        );
        assert_eq!(chart.times, ["0", "9999", "19999", "29999"]);
    }

    #[test]
    fn what_is_not_known_is_a_gap_and_nothing_known_no_chart() {
        let chart = draw(&plot(vec![Some(1.0), None, Some(2.0)])).unwrap();
        let line = chart.drawing.split("class=\"line one\"").nth(1).unwrap();
        assert_eq!(line.matches('M').count(), 2);
        assert_eq!(draw(&plot(vec![None, None])), None);
    }

    #[test]
    fn stretches_are_first_to_last() {
        let held = [false, true, true, false, true];
        assert_eq!(stretches(&held, |it| *it), [(1, 2), (4, 4)]);
    }
}
