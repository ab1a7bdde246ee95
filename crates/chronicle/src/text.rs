//! Numbers and moments as people read them.

use market::time::in_new_york;
use market::{Instant, Money, Slot};

/// `12,345.60`: dollars to the cent with thousands apart.
pub fn dollars(money: Money) -> String {
    let cents = money.decimal().round_dp(2);
    let text = format!("{:.2}", cents.abs());
    let (whole, cents_text) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if cents.is_sign_negative() && !cents.is_zero() {
        "-"
    } else {
        ""
    };
    format!("{sign}{}.{cents_text}", thousands(whole))
}

/// `2,673`: a count with thousands apart.
pub fn count(number: u64) -> String {
    thousands(&number.to_string())
}

/// `1 slot`, `2,673 slots`: so many of what has a regular plural.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// `12.3 MB`: a size, by thousands.
pub fn bytes(size: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.into_iter().find(|(unit, _)| size >= *unit) {
        None => counted(size, "byte"),
        Some((unit, name)) => {
            let tenths = size / (unit / 10);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
    }
}

/// `1.250 s`: so many milliseconds.
pub fn seconds(milliseconds: i64) -> String {
    format!("{}.{:03} s", milliseconds / 1000, milliseconds.abs() % 1000)
}

/// `+12.34 %`: a ratio with its sign.
pub fn signed_percent(ratio: f64) -> String {
    format!("{:+.2} %", ratio * 100.0)
}

/// `12.34 %`: a ratio.
pub fn percent(ratio: f64) -> String {
    format!("{:.2} %", ratio * 100.0)
}

/// `2025-05-12 09:30`: a slot as New York reads it.
pub fn slot(slot: Slot) -> String {
    let (date, time) = in_new_york(slot.at());
    format!("{date} {:02}:{:02}", time.hour(), time.minute())
}

/// `09:30:01.250`: a moment's New York time of day.
pub fn time_of_day(at: Instant) -> String {
    let time = in_new_york(at).1;
    let milliseconds = time.subsec_nanosecond() / 1_000_000;
    format!(
        "{:02}:{:02}:{:02}.{milliseconds:03}",
        time.hour(),
        time.minute(),
        time.second()
    )
}

fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_cents_and_thousands() {
        let table = [
            ("0", "0.00"),
            ("-0.001", "0.00"),
            ("1234567.891", "1,234,567.89"),
            ("-999.5", "-999.50"),
        ];
        for (amount, text) in table {
            assert_eq!(dollars(amount.parse().unwrap()), text);
        }
        assert_eq!(count(2673), "2,673");
        assert_eq!(counted(2673, "slot"), "2,673 slots");
        assert_eq!(
            [counted(0, "slot"), counted(1, "slot")],
            ["0 slots", "1 slot"]
        );
        let sizes = [999, 1_000, 12_345_678, 2_000_000_000].map(bytes);
        assert_eq!(sizes, ["999 bytes", "1.0 kB", "12.3 MB", "2.0 GB"]);
        assert_eq!(signed_percent(-0.0123), "-1.23 %");
    }

    #[test]
    fn moments_read_as_new_york() {
        let at: Instant = "2025-05-12T13:30:01.25Z".parse().unwrap();
        assert_eq!(time_of_day(at), "09:30:01.250");
        assert_eq!(slot(Slot::new(at)), "2025-05-12 09:30");
    }
}
