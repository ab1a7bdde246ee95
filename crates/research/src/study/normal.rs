//! The normal distribution.

/// Euler and Mascheroni's constant.
pub(super) const EULER: f64 = 0.577_215_664_901_532_9;

/// Probability that a standard normal number is at most `x`; absolute error below 1e-7.
///
/// The error function by Abramowitz and Stegun (1964), formula 7.1.26.
#[must_use]
pub fn cumulative(x: f64) -> f64 {
    const P: f64 = 0.327_591_1;
    const A: [f64; 5] = [
        0.254_829_592,
        -0.284_496_736,
        1.421_413_741,
        -1.453_152_027,
        1.061_405_429,
    ];
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + P * z);
    let polynomial = A.iter().rev().fold(0.0, |sum, a| (sum + a) * t);
    let tail = 0.5 * polynomial * (-z * z).exp();
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// The number that a standard normal one stays below with probability `p`, by bisection of
/// [`cumulative`]; `p` from 0 to 1 is held inside ±8 deviations.
#[must_use]
pub fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if cumulative(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_every_textbook() {
        for (x, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746),
            (-1.96, 0.024_997_895),
            (2.576, 0.995_002_467),
        ] {
            assert!((cumulative(x) - p).abs() < 2e-7, "{x}");
            assert!((quantile(p) - x).abs() < 1e-5, "{p}");
        }
    }
}
