//! Where the marks of an axis stand and how they read.

/// Round values across a range: 1, 2 or 5 times a power of ten apart.
pub(super) fn ticks(low: f64, high: f64, wanted: f64) -> Vec<f64> {
    let raw = (high - low) / wanted;
    if !(raw.is_finite() && raw > 0.0) {
        return vec![low];
    }
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = step
        .into_iter()
        .find(|step| *step >= raw)
        .unwrap_or(power * 10.0);
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first).max(0.0);
    let mut ticks = Vec::new();
    let mut at = 0.0;
    while at <= count {
        ticks.push((first + at) * step);
        at += 1.0;
    }
    ticks
}

/// Round values across a logarithmic range: 1, 2, 5 and their powers of ten, or linear ones where
/// that gives too few.
pub(super) fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    const FEWEST: usize = 3;
    let mut found = Vec::new();
    let mut power = 10_f64.powf(low.log10().floor());
    while power <= high {
        found.extend([1.0, 2.0, 5.0].map(|factor| factor * power));
        power *= 10.0;
    }
    found.retain(|tick| (low..=high).contains(tick));
    if found.len() < FEWEST {
        ticks(low, high, 5.0)
    } else {
        found
    }
}

/// A value as people write it on an axis.
pub(super) fn label(value: f64, percent: bool) -> String {
    let (value, sign) = if percent {
        (value * 100.0, " %")
    } else {
        (value, "")
    };
    let size = value.abs();
    let text = if size >= 1e6 {
        format!("{:.1}M", value / 1e6)
    } else if size >= 1e4 {
        format!("{:.0}k", value / 1e3)
    } else if size >= 100.0 || value.fract().abs() < 1e-9 {
        format!("{value:.0}")
    } else if size >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    text + sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0, 5.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(
            ticks(-0.33, 0.02, 4.0),
            [-0.30000000000000004, -0.2, -0.1, 0.0]
        );
        assert_eq!(
            log_ticks(40_000.0, 450_000.0),
            [50_000.0, 100_000.0, 200_000.0]
        );
        assert_eq!(ticks(5.0, 5.0, 4.0), [5.0]);
    }

    #[test]
    fn labels_are_short() {
        let cases = [
            (1_500_000.0, "1.5M"),
            (50_000.0, "50k"),
            (120.0, "120"),
            (1.5, "1.5"),
            (0.25, "0.25"),
        ];
        for (value, text) in cases {
            assert_eq!(label(value, false), text);
        }
        assert_eq!(label(-0.25, true), "-25 %");
    }
}
