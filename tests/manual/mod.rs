//! Pages of the manual with a part that is made from the code.
//!
//! The part stands between two marks; what is around it is written by hand. A test holds the page to
//! what the code says, and `cargo xtask pages` lets the tests write it instead.

use std::path::{Path, PathBuf};

/// Where the part begins.
const BEGIN: &str = "<!-- made from the code by `cargo xtask pages` -->\n";
/// Where it ends.
const END: &str = "<!-- end of what is made -->\n";
/// Set to `write`, pages are written instead of compared.
const VARIABLE: &str = "TQQQ_PAGES";

/// Holds the page `docs/NAME` to `made`, the part that the code makes.
///
/// # Panics
/// When the page says something else, or has no marks.
pub(crate) fn hold(name: &str, made: &str) {
    let path = path(name);
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once(BEGIN).expect("a mark begins the part");
    let (there, after) = rest.split_once(END).expect("a mark ends the part");
    let made = format!("\n{}\n\n", made.trim());
    if is_writing() {
        let page = format!("{before}{BEGIN}{made}{END}{after}");
        std::fs::write(&path, page).expect("the page can be written");
        return;
    }
    let differs = there.lines().zip(made.lines()).find(|(is, be)| is != be);
    assert!(
        there == made,
        "docs/{name} is not what the code says; first: {differs:#?}\nhint: cargo xtask pages"
    );
}

/// The file of this name in the manual, whatever crate asks.
fn path(name: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = manifest.ancestors().map(|folder| folder.join("docs"));
    let mut there = docs.filter(|docs| docs.join("SUMMARY.md").is_file());
    there.next().expect("the manual is above").join(name)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test asked to write is told by its environment alone"
)]
fn is_writing() -> bool {
    std::env::var(VARIABLE).is_ok_and(|value| value == "write")
}

/// Holds the file `docs/NAME`, made as a whole, to `made`.
///
/// # Panics
/// When it is another.
#[allow(
    dead_code,
    clippy::allow_attributes,
    reason = "not every suite that holds pages draws"
)]
pub(crate) fn hold_whole(name: &str, made: &str) {
    let path = path(name);
    if is_writing() {
        std::fs::write(&path, made).expect("the file can be written");
        return;
    }
    let there = std::fs::read_to_string(&path).expect("the file is there");
    assert!(
        there == made,
        "docs/{name} is not what the code draws\nhint: cargo xtask pages"
    );
}
