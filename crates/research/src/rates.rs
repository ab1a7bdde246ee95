//! What money cost: the effective federal funds rate, year by year.
//!
//! Means of the monthly figures of the Board of Governors (release H.15), in basis points. A year
//! is coarse, but it tells 2000 from 2010, which one number for all times cannot.

/// First year of [`FEDERAL_FUNDS_BPS`].
const FIRST_YEAR: i16 = 1990;

/// By year from 1990; the last one is the mean of January to August 2026.
const FEDERAL_FUNDS_BPS: [f64; 37] = [
    810.0, 569.0, 352.0, 302.0, 420.0, 584.0, 530.0, 546.0, 535.0, 497.0, // 1990
    624.0, 389.0, 167.0, 113.0, 135.0, 321.0, 496.0, 502.0, 193.0, 16.0, // 2000
    18.0, 10.0, 14.0, 11.0, 9.0, 13.0, 40.0, 100.0, 183.0, 216.0, // 2010
    38.0, 8.0, 168.0, 502.0, 514.0, 421.0, 364.0, // 2020
];

/// The rate of `year`, in basis points a year; years outside the table have that of its nearer end.
#[must_use]
pub fn federal_funds_bps(year: i16) -> f64 {
    let last = FEDERAL_FUNDS_BPS.len() - 1;
    let at = usize::try_from(year - FIRST_YEAR).unwrap_or(0).min(last);
    FEDERAL_FUNDS_BPS[at]
}

#[cfg(test)]
mod tests {
    use super::federal_funds_bps;

    #[test]
    fn each_year_has_its_own_rate_and_the_ends_hold_beyond() {
        let table = [
            (1980, 810.0),
            (1990, 810.0),
            (2000, 624.0),
            (2010, 18.0),
            (2021, 8.0),
            (2024, 514.0),
            (2026, 364.0),
            (2035, 364.0),
        ];
        for (year, rate) in table {
            assert_eq!(federal_funds_bps(year), rate, "{year}");
        }
    }
}
