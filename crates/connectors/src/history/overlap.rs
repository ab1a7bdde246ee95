//! What is kept so far, and whether the next window continues it.
//!
//! Windows overlap by a session. Where both have a bar its prices must be the same: a split or a
//! revision between the two calls would else leave a file on two share bases. Volumes are revised
//! for days and prove nothing; the newer one counts.

use std::collections::BTreeMap;

use market::split::{Ratio, suspected};
use market::time::new_york_text;
use market::{Bar, Instant, Price};

/// The bars of the windows so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bars(BTreeMap<Instant, Bar>);

/// A bar that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bar of {} closed at {kept} when it was kept and closes at {seen} now{}",
    new_york_text(*start),
    looks_like(*split)
)]
pub struct Changed {
    /// Which bar.
    pub start: Instant,
    /// The close kept.
    pub kept: Price,
    /// The close now.
    pub seen: Price,
    /// The split that would explain it.
    pub split: Option<Ratio>,
}

fn looks_like(split: Option<Ratio>) -> String {
    split.map_or_else(String::new, |ratio| {
        format!(": a split of {ratio} came in between")
    })
}

impl Bars {
    /// Takes a window, if it continues what is kept; how many bars both have.
    ///
    /// # Errors
    /// [`Changed`], and nothing is taken.
    pub fn take(&mut self, window: &[Bar]) -> Result<usize, Changed> {
        let mut compared = 0;
        for new in window {
            let Some(old) = self.0.get(&new.start) else {
                continue;
            };
            compared += 1;
            let prices = |bar: &Bar| [bar.open, bar.high, bar.low, bar.close];
            if prices(old) != prices(new) {
                return Err(Changed {
                    start: new.start,
                    kept: old.close,
                    seen: new.close,
                    split: suspected(old.close, new.close),
                });
            }
        }
        self.0.extend(window.iter().map(|bar| (bar.start, *bar)));
        Ok(compared)
    }

    /// Start of the newest bar.
    #[must_use]
    pub fn newest(&self) -> Option<Instant> {
        self.0.last_key_value().map(|(start, _)| *start)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Bar> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use market::Decimal;
    use market::time::minutes;
    use proptest::prelude::*;

    use super::*;

    fn bar(nth: i64, cents: i64, volume: u64) -> Bar {
        let price = Price::new(Decimal::new(cents, 2)).unwrap();
        let start = Instant::UNIX_EPOCH + minutes(30 * nth);
        Bar::new(start, price, price, price, price, Some(volume)).unwrap()
    }

    #[test]
    fn a_bar_on_another_share_basis_is_named_with_the_split_that_explains_it() {
        let mut kept = Bars::default();
        kept.take(&[bar(0, 10_000, 1), bar(1, 10_010, 1)]).unwrap();
        let before = kept.clone();
        let changed = kept
            .take(&[bar(1, 5_005, 2), bar(2, 5_000, 2)])
            .unwrap_err();
        insta::assert_snapshot!(changed, @"the bar of 1969-12-31T19:30:00-05:00 closed at 100.1 when it was kept and closes at 50.05 now: a split of 2 came in between");
        let changed = kept.take(&[bar(1, 10_011, 2)]).unwrap_err();
        insta::assert_snapshot!(changed, @"the bar of 1969-12-31T19:30:00-05:00 closed at 100.1 when it was kept and closes at 100.11 now");
        assert_eq!(kept, before);
    }

    proptest! {
        #[test]
        fn windows_that_agree_make_their_union_and_the_newer_volume_counts(
            windows in prop::collection::vec((0_i64..40, 1_i64..20), 1..12),
        ) {
            let mut kept = Bars::default();
            let mut expected = BTreeMap::new();
            for (turn, (from, count)) in (1..).zip(windows) {
                let window: Vec<Bar> = (from..from + count).map(|n| bar(n, 100 + n, turn)).collect();
                let known = window.iter().filter(|bar| expected.contains_key(&bar.start)).count();
                prop_assert_eq!(kept.take(&window), Ok(known));
                expected.extend(window.iter().map(|bar| (bar.start, *bar)));
            }
            prop_assert_eq!(kept.newest(), expected.last_key_value().map(|(start, _)| *start));
            prop_assert_eq!(kept.into_sorted(), expected.into_values().collect::<Vec<_>>());
        }
    }
}
