//! The numbers that stand in a text.

use std::collections::BTreeSet;

use market::Decimal;

/// Every number in a text, however it stands there; JSON writes `1e3` too.
pub(crate) fn numbers(text: &str) -> BTreeSet<Decimal> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let plain = |part: &str| part.parse().or_else(|_| Decimal::from_scientific(part));
    text.split(|c| !is_part(c))
        .filter_map(|part| plain(part).ok())
        .collect()
}
