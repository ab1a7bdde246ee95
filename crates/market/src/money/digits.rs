//! Amounts as digits: read, written and compared without detours where they are as short as
//! amounts are. Whatever is longer or odder goes the library's way, with the same result.

use std::cmp::Ordering;
use std::fmt::Write;
use std::ops::Deref;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::MoneyError;

/// Digits whose number always fits 64 bits.
const SHORT_DIGITS_MAX: usize = 18;
/// Powers of ten, of which a 64-bit number times any fits 128 bits.
const POWERS: [i128; SHORT_DIGITS_MAX + 1] = {
    let mut powers = [1; SHORT_DIGITS_MAX + 1];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};
/// Sign, point, a zero before it, and the 29 digits of the longest decimal.
const TEXT_BYTES_MAX: usize = 32;

/// Reads a plain or scientific decimal exactly.
pub(super) fn parse(text: &str) -> Result<Decimal, MoneyError> {
    if let Some(value) = short(text) {
        return Ok(value);
    }
    let trimmed = text.trim();
    Decimal::from_str_exact(trimmed)
        .or_else(|_| Decimal::from_str(trimmed))
        .or_else(|_| Decimal::from_scientific(trimmed))
        .map_err(|_| MoneyError::NotANumber {
            text: text.to_owned(),
        })
}

/// `12`, `12.50`: a few digits, no sign, digits on both sides of any point.
fn short(text: &str) -> Option<Decimal> {
    let bytes = text.as_bytes();
    if bytes.len() > SHORT_DIGITS_MAX {
        return None;
    }
    let (mut number, mut point) = (0_i64, None);
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && place > 0 => point = Some(place),
            _ => return None,
        }
    }
    let decimals = match point {
        None if bytes.is_empty() => return None,
        None => 0,
        Some(point) => bytes.len() - point - 1,
    };
    if point.is_some() && decimals == 0 {
        return None;
    }
    Some(Decimal::new(number, u32::try_from(decimals).ok()?))
}

/// The price that `value` is, without closing zeros, where it has at most nine decimals and is
/// surely in range.
pub(super) fn short_price(value: Decimal) -> Option<Decimal> {
    const DECIMALS_MAX: u32 = 9;
    /// With nine decimals or fewer this is below a thousand million dollars.
    const MANTISSA_MAX: i64 = 1_000_000_000;
    let mut scale = value.scale();
    let mut mantissa = i64::try_from(value.mantissa()).ok()?;
    if scale > DECIMALS_MAX || !(1..=MANTISSA_MAX).contains(&mantissa) {
        return None;
    }
    if scale == 0 || mantissa % 10 != 0 {
        return Some(value);
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Some(Decimal::new(mantissa, scale))
}

/// Which of two decimals is the greater.
pub(super) fn order(left: Decimal, right: Decimal) -> Ordering {
    let ((a, scale_a), (b, scale_b)) = (parts(left), parts(right));
    if scale_a == scale_b {
        return a.cmp(&b);
    }
    let power = |scale: usize, other: usize| POWERS.get(other.saturating_sub(scale)).copied();
    match (
        fits(a),
        power(scale_a, scale_b),
        fits(b),
        power(scale_b, scale_a),
    ) {
        (true, Some(up_a), true, Some(up_b)) => (a * up_a).cmp(&(b * up_b)),
        _ => left.cmp(&right),
    }
}

fn parts(value: Decimal) -> (i128, usize) {
    (value.mantissa(), value.scale() as usize)
}

fn fits(mantissa: i128) -> bool {
    i64::try_from(mantissa).is_ok()
}

/// A decimal's text.
pub(super) struct Digits {
    bytes: [u8; TEXT_BYTES_MAX],
    start: usize,
    end: usize,
}

impl Digits {
    pub(super) fn of(value: Decimal) -> Self {
        let mut text = Self {
            bytes: [b'0'; TEXT_BYTES_MAX],
            start: TEXT_BYTES_MAX,
            end: TEXT_BYTES_MAX,
        };
        let (mantissa, scale) = parts(value);
        match u64::try_from(mantissa) {
            Ok(number) if scale <= SHORT_DIGITS_MAX => text.count_down(number, scale),
            _ => {
                (text.start, text.end) = (0, 0);
                write!(text, "{value}").expect("the longest decimal fits");
            }
        }
        text
    }

    /// Writes from the last digit to the first.
    fn count_down(&mut self, mut number: u64, scale: usize) {
        let mut written = 0;
        while number > 0 || written <= scale {
            if written == scale && scale > 0 {
                self.push_front(b'.');
            }
            let digit = u8::try_from(number % 10).expect("below ten");
            self.push_front(b'0' + digit);
            number /= 10;
            written += 1;
        }
    }

    fn push_front(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }
}

impl Write for Digits {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        let end = self.end + part.len();
        let room = self.bytes.get_mut(self.end..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(part.as_bytes());
        self.end = end;
        Ok(())
    }
}

impl Deref for Digits {
    type Target = str;

    fn deref(&self) -> &str {
        str::from_utf8(&self.bytes[self.start..self.end]).expect("digits, a point and a sign")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_decimal() -> impl Strategy<Value = Decimal> {
        let mantissa = prop_oneof![
            0..1_000_000_i128,
            any::<i64>().prop_map(i128::from),
            -(1_i128 << 96) + 1..1_i128 << 96,
        ];
        (mantissa, 0..=28_u32)
            .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
    }

    proptest! {
        #[test]
        fn the_short_ways_write_read_and_compare_as_the_library_does(
            left in any_decimal(),
            right in any_decimal(),
        ) {
            let text = Digits::of(left);
            prop_assert_eq!(&*text, left.to_string());
            let read = parse(&text).expect("its own text");
            prop_assert_eq!((read.mantissa(), read.scale()), (left.mantissa(), left.scale()));
            prop_assert_eq!(order(left, right), left.cmp(&right));
            prop_assert_eq!(order(left, left.normalize()), Ordering::Equal);
        }

        #[test]
        fn a_short_price_is_the_value_in_range_and_without_closing_zeros(value in any_decimal()) {
            if let Some(price) = short_price(value) {
                let normal = value.normalize();
                prop_assert_eq!((price.mantissa(), price.scale()), (normal.mantissa(), normal.scale()));
                prop_assert!((super::super::PRICE_MIN..=super::super::PRICE_MAX).contains(&value));
            }
        }

        #[test]
        fn whatever_the_short_way_reads_the_library_reads_too(text in "[0-9._+\\- e]{0,20}") {
            if let Some(value) = short(&text) {
                let theirs = Decimal::from_str_exact(&text).expect("a plain number");
                prop_assert_eq!((value.mantissa(), value.scale()), (theirs.mantissa(), theirs.scale()));
            }
        }
    }

    #[test]
    fn what_is_no_plain_number_is_left_to_the_library() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1_0",
            "-1",
            "+1",
            "1e3",
            " 1",
            "1.2.3",
            "1234567890123456789",
        ] {
            assert_eq!(short(text), None, "{text}");
        }
        assert_eq!(short("007.50"), Some(Decimal::new(750, 2)));
    }
}
