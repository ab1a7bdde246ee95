//! Every limit of this crate, in one place.

use market::Duration;
use market::time::seconds;

/// Longest that one call may take from its first to its last byte. A transaction takes some 20 ms;
/// a slot must still have time for the other tries of the chain.
pub const CALL_LIMIT: Duration = seconds(5);

/// Waits between attempts of a call that changes nothing; one more attempt than waits.
pub const READ_WAITS: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
];

/// Largest reply read, in bytes: DynamoDB's pages are one megabyte, and a third more in base64.
pub const REPLY_BYTES_MAX: usize = 4 << 20;

/// Most compressed bytes kept inside one item; an item may have 400 KB in all.
pub const ITEM_BYTES_MAX: usize = 350_000;

/// Largest secret taken, in bytes: four keys are under a kilobyte.
pub const SECRET_BYTES_MAX: usize = 16 << 10;

/// Longest subject of a message in characters; SNS takes a hundred.
pub const SUBJECT_CHARACTERS_MAX: usize = 99;
