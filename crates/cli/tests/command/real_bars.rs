//! Real bars, where there are any: `$TQQQ_DATA`, else `../shared/data` beside the project.

use std::path::PathBuf;

/// The file of this name; `None`, with a line that says so, where there is none.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
pub(crate) fn real(name: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    #[expect(clippy::disallowed_methods, reason = "tests have no environment port")]
    let folder = std::env::var_os("TQQQ_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    let found = path.canonicalize().ok();
    if found.is_none() {
        eprintln!(
            "skipped: no {}; set TQQQ_DATA to the directory of the real bars",
            path.display()
        );
    }
    found.map(|path| path.display().to_string())
}
