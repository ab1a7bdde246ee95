//! JSON written straight into the reply: a history has some two thousand prices.

use std::fmt::Write;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

/// Digits behind the point unless asked otherwise.
pub(super) const DECIMALS: u32 = 5;

/// A value through its own type.
pub(super) fn json(body: &mut String, value: &impl Serialize) {
    let text = serde_json::to_string(value);
    body.push_str(&text.expect("our own types have text keys and no failing parts"));
}

/// A quoted text, escaped.
pub(super) fn text(body: &mut String, value: &str) {
    json(body, &value);
}

/// A quoted number with exactly so many digits behind the point.
pub(super) fn number(body: &mut String, value: Decimal, decimals: u32) {
    body.push('"');
    bare_number(body, value, decimals);
    body.push('"');
}

/// A number as text with exactly so many digits behind the point.
pub(super) fn number_text(value: Decimal, decimals: u32) -> String {
    let mut text = String::new();
    bare_number(&mut text, value, decimals);
    text
}

fn bare_number(body: &mut String, value: Decimal, decimals: u32) {
    let mut exact = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    exact.rescale(decimals);
    let Ok(mantissa) = u64::try_from(exact.mantissa().unsigned_abs()) else {
        write!(body, "{exact}").expect("a string takes all");
        return;
    };
    if exact.is_sign_negative() && mantissa != 0 {
        body.push('-');
    }
    let one = 10_u64.pow(decimals);
    write!(body, "{}", mantissa / one).expect("a string takes all");
    if decimals > 0 {
        let width = decimals as usize;
        write!(body, ".{:0width$}", mantissa % one).expect("a string takes all");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_have_exactly_the_digits_asked_for() {
        let cases = [
            ("101.7", 5, "101.70000"),
            ("0.000004", 5, "0.00000"),
            ("-0.000004", 5, "0.00000"),
            ("0.000005", 5, "0.00001"),
            ("-19.67", 5, "-19.67000"),
            ("121.370003", 6, "121.370003"),
            ("99.5", 0, "100"),
        ];
        for (value, decimals, written) in cases {
            assert_eq!(number_text(value.parse().unwrap(), decimals), written);
        }
    }

    proptest! {
        #[test]
        fn a_written_number_reads_back(mantissa: i64, scale in 0_u32..6) {
            let value = Decimal::new(mantissa, scale);
            let read: Decimal = number_text(value, DECIMALS).parse().unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
