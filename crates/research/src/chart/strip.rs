//! Where something holds, as bars of a strip.

use std::fmt::Write;

use super::lines::{date_texts, plot};

const SIZE: f64 = 1000.0;
const HEIGHT: f64 = 36.0;
/// Narrowest stretch drawn, so that a single bar among many still shows.
const WIDTH_MIN: f64 = 0.7;

/// The stretches of bars at which `held` is true, over the dates of the bars.
#[must_use]
pub fn strip(title: &str, held: &[bool], dates: &[String]) -> String {
    let mut path = String::new();
    let mut at = 0;
    let unit = SIZE / held.len().max(1) as f64;
    for run in held.chunk_by(|a, b| a == b) {
        if run[0] {
            let width = (run.len() as f64 * unit).max(WIDTH_MIN);
            let _ = write!(
                path,
                "M{:.1} 0h{width:.1}v{SIZE}h-{width:.1}z",
                at as f64 * unit
            );
        }
        at += run.len();
    }
    let svg = format!(
        "<path class=\"ground\" d=\"M0 0H{SIZE}V{SIZE}H0z\"/><path class=\"area one\" d=\"{path}\"/>"
    );
    plot(title, HEIGHT, &svg, &date_texts(dates))
}
