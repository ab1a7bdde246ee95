//! Moments and dates as they are typed.

use market::{Date, Slot};

/// A New York date.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a date: write 2025-05-12"))
}

/// A slot, read as New York time when it has no offset.
pub(crate) fn slot(text: &str) -> Result<Slot, String> {
    text.parse()
        .map_err(|error: market::calendar::SlotError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_date_or_slot_is_named() {
        assert_eq!(
            date("12.5.2025").unwrap_err(),
            "`12.5.2025` is not a date: write 2025-05-12"
        );
        assert!(
            slot("noon")
                .unwrap_err()
                .starts_with("`noon` is not a slot")
        );
        assert_eq!(
            slot("2025-05-12T09:30").unwrap().to_string(),
            "2025-05-12T09:30-04:00"
        );
    }
}
