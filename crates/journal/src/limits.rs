//! Every limit of the journal, in one place.

use market::Duration;

/// Most records in one append: the most items one transaction of the smallest store takes, less
/// the head and what bodies need.
pub const RECORDS_PER_APPEND_MAX: usize = 80;

/// Most bytes of one record's canonical body. A slot's observation is about 15 KB; a store with a
/// smaller limit splits or compresses on its own.
pub const RECORD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most bytes of one raw body, as it came and after expanding: ten times the largest answer a
/// vendor gives.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Waits between puts of the same record while it is not known whether one took effect; one more
/// put than waits. About three seconds, so that a resolved doubt still leaves a slot its time.
pub const PUT_WAITS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

/// Rows fetched at once while walking a chain: at 15 KB each, four megabytes.
pub const PAGE_ROWS: usize = 256;

/// How long SQLite waits for another process's lock before the put counts as doubtful.
#[cfg(feature = "sqlite")]
pub const SQLITE_BUSY_WAIT: std::time::Duration = std::time::Duration::from_millis(1000);
