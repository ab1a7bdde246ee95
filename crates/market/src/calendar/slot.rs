//! Slots: the moments at which we decide.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::time::{Date, Instant, Time, in_new_york, new_york, new_york_date, new_york_offset};

/// A decision moment.
///
/// Making one needs no calendar, so that records and arguments can name any moment;
/// [`super::Calendar::slot`] says whether the moment is a slot of the exchange.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(Instant);

/// The text names no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a slot: write 2025-05-12T09:30 (New York) or 2025-05-12T09:30-04:00 (any offset)"
)]
pub struct SlotError {
    text: String,
}

impl Slot {
    /// The slot at this moment.
    #[must_use]
    pub const fn new(at: Instant) -> Self {
        Self(at)
    }

    /// The moment itself.
    #[must_use]
    pub const fn at(self) -> Instant {
        self.0
    }

    /// New York's date at the slot.
    #[must_use]
    pub fn date(self) -> Date {
        new_york_date(self.0)
    }

    /// New York's reading to the minute without punctuation, `20250512T0930`, as client order ids
    /// carry it.
    #[must_use]
    pub fn compact(self) -> String {
        let (date, time) = in_new_york(self.0);
        let (year, month, day) = (date.year(), date.month(), date.day());
        format!(
            "{year:04}{month:02}{day:02}T{:02}{:02}",
            time.hour(),
            time.minute()
        )
    }

    /// The moment that [`Slot::compact`] wrote; `None` for any other text.
    #[must_use]
    pub fn from_compact(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let digits =
            |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(date, 8) || !digits(time, 4) {
            return None;
        }
        let number = |text: &str| text.parse::<i16>().ok();
        let small = |text: &str| text.parse::<i8>().ok();
        let date = Date::new(number(&date[..4])?, small(&date[4..6])?, small(&date[6..])?).ok()?;
        let time = Time::new(small(&time[..2])?, small(&time[2..])?, 0, 0).ok()?;
        Some(Self(new_york(date, time)))
    }
}

impl From<Instant> for Slot {
    fn from(at: Instant) -> Self {
        Self(at)
    }
}

impl From<Slot> for Instant {
    fn from(slot: Slot) -> Instant {
        slot.0
    }
}

/// New York text, `2025-05-12T09:30-04:00`; seconds only where there are any.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = in_new_york(self.0);
        let offset = new_york_offset(self.0).seconds();
        let sign = if offset < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset.abs() / 3600, offset.abs() % 3600 / 60);
        write!(f, "{date}T{:02}:{:02}", time.hour(), time.minute())?;
        if time.second() != 0 || time.subsec_nanosecond() != 0 {
            write!(f, ":{:02}", time.second())?;
        }
        if time.subsec_nanosecond() != 0 {
            write!(f, ".{:09}", time.subsec_nanosecond())?;
        }
        write!(f, "{sign}{hours:02}:{minutes:02}")
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({self})")
    }
}

/// Reads RFC 3339 with an offset, or a reading without one as New York's.
impl FromStr for Slot {
    type Err = SlotError;

    fn from_str(text: &str) -> Result<Self, SlotError> {
        let refused = || SlotError {
            text: text.to_owned(),
        };
        if let Ok(at) = text.parse::<Instant>() {
            return Ok(Self(at));
        }
        // A civil reading alone would also accept a bare date or a zone we did not understand.
        let civil = text.len() >= "2025-05-12T09:30".len()
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || "-:.T".contains(c));
        let reading: DateTime = if civil {
            text.parse().map_err(|_| refused())?
        } else {
            return Err(refused());
        };
        Ok(Self(new_york(reading.date(), reading.time())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_reads_new_york_text_and_any_offset_as_the_same_moment() {
        let texts = [
            "2025-05-12T09:30",
            "2025-05-12T09:30:00",
            "2025-05-12T09:30-04:00",
            "2025-05-12T13:30:00Z",
            "2025-05-12T15:30+02:00",
        ];
        for text in texts {
            let slot: Slot = text.parse().unwrap();
            assert_eq!(slot.to_string(), "2025-05-12T09:30-04:00", "{text}");
            assert_eq!(slot.compact(), "20250512T0930");
            assert_eq!(Slot::from_compact("20250512T0930"), Some(slot));
            assert_eq!(slot.date().to_string(), "2025-05-12");
        }
    }

    #[test]
    fn the_offset_follows_the_law_of_its_date() {
        let slot: Slot = "2025-12-01T15:30".parse().unwrap();
        assert_eq!(slot.to_string(), "2025-12-01T15:30-05:00");
        assert_eq!(
            serde_json::to_string(&slot).unwrap(),
            "\"2025-12-01T20:30:00Z\""
        );
        assert_eq!(
            serde_json::from_str::<Slot>("\"2025-12-01T20:30:00Z\"").unwrap(),
            slot
        );
    }

    #[test]
    fn a_text_that_is_no_moment_is_refused_with_an_example() {
        for text in [
            "",
            "09:30",
            "2025-05-12",
            "2025-13-12T09:30",
            "2025-05-12T09:30[Europe/Paris]",
        ] {
            let error = text.parse::<Slot>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not a slot")),
                "{error}"
            );
        }
    }
}
