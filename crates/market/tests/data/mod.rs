//! Where the real bars are, if they are: `$TQQQ_DATA`, else `../shared/data` beside the project.

use std::path::PathBuf;

/// The bytes of a data file; `None`, with a line that says so, where there are no data.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
#[expect(clippy::disallowed_methods, reason = "tests have no environment port")]
pub(crate) fn bytes(name: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("TQQQ_DATA")
        .map_or_else(beside, PathBuf::from)
        .join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!(
            "skipped: no {}; set TQQQ_DATA to the directory of the real bars",
            path.display()
        );
    }
    bytes
}
