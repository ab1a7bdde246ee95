//! Room for the journal.

use std::path::Path;

use super::{Finding, Subject};
use crate::places;

const MEGABYTE: u64 = 1 << 20;
/// Below it an append may fail at any slot.
const FREE_BYTES_MIN: u64 = 100 * MEGABYTE;
/// A year of slots with their raw bodies takes no more: 38 kB a slot were measured with one source,
/// 130 MB a year.
const YEAR_BYTES: u64 = 512 * MEGABYTE;

/// The disk on which the journal is, or will be.
pub(super) fn finding(subject: &Subject<'_>) -> Finding {
    let folder = subject
        .journal
        .as_deref()
        .map_or(Path::new("."), places::folder_of);
    let folder = if folder.is_dir() {
        folder
    } else {
        Path::new(".")
    };
    match rustix::fs::statvfs(folder) {
        Ok(facts) => room(facts.f_bavail.saturating_mul(facts.f_frsize)),
        Err(error) => {
            let found = format!("{}: {error}", folder.display());
            Finding::warn(
                "disk",
                found,
                "see yourself that there is room for the journal",
            )
        }
    }
}

fn room(free: u64) -> Finding {
    const NAME: &str = "disk";
    let found = format!(
        "{} MB free; a year of slots takes 130 to {} MB",
        free / MEGABYTE,
        YEAR_BYTES / MEGABYTE
    );
    if free < FREE_BYTES_MIN {
        return Finding::bad(
            NAME,
            found,
            "nothing is sent that cannot be recorded: make room",
        );
    }
    if free < YEAR_BYTES {
        return Finding::warn(NAME, found, "make room in time");
    }
    Finding::ok(NAME, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn room_is_judged_by_what_a_year_takes() {
        for (free, level) in [
            (0, Level::Bad),
            (FREE_BYTES_MIN - 1, Level::Bad),
            (FREE_BYTES_MIN, Level::Warn),
            (YEAR_BYTES, Level::Ok),
        ] {
            assert_eq!(room(free).level, level, "{free}");
        }
    }
}
