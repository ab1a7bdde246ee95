//! The house's walls: which crate may stand on which, held against `cargo metadata`.
//!
//! Only normal dependencies are held to the arrows: a test may use a neighbour to check itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

#[path = "../../tests/manual/mod.rs"]
mod manual;

/// `market ← strategy ← trading ← cycle ← {journal, connectors, aws}`; the venue is the counterparty
/// and stands on `trading` alone, as does `research`; `cli` stands on all; `xtask` on none.
const MAY_USE: [(&str, &[&str]); 16] = [
    ("market", &[]),
    ("strategy", &["market"]),
    ("trading", &["market", "strategy"]),
    ("cycle", &["market", "strategy", "trading"]),
    ("chronicle", &["market", "strategy", "trading", "cycle"]),
    (
        "dashboard",
        &["market", "strategy", "trading", "cycle", "chronicle"],
    ),
    ("watch", &["market", "chronicle"]),
    ("journal", &["market", "strategy", "trading", "cycle"]),
    ("connectors", &["market", "strategy", "trading", "cycle"]),
    (
        "aws",
        &["market", "strategy", "trading", "cycle", "journal"],
    ),
    (
        "lambda",
        &[
            "market",
            "strategy",
            "trading",
            "cycle",
            "journal",
            "connectors",
            "aws",
        ],
    ),
    ("venue", &["market", "strategy", "trading"]),
    ("research", &["market", "strategy", "trading"]),
    (
        "simulation",
        &["market", "strategy", "trading", "cycle", "journal", "venue"],
    ),
    (
        "cli",
        &[
            "market",
            "strategy",
            "trading",
            "cycle",
            "chronicle",
            "dashboard",
            "watch",
            "journal",
            "connectors",
            "venue",
            "research",
            "simulation",
            "aws",
        ],
    ),
    ("xtask", &[]),
];

/// What the pure crates may never link: async, network, storage and randomness.
const IMPURE: [&str; 7] = [
    "tokio",
    "reqwest",
    "axum",
    "rusqlite",
    "getrandom",
    "async-trait",
    "rand_chacha",
];
const PURE: [&str; 3] = ["market", "strategy", "trading"];

/// Where each crate stands in the picture: column and row, the row of what stands on nothing last.
const PLACES: [(&str, f64, f64); 16] = [
    ("cli", 330.0, 0.0),
    ("lambda", 760.0, 0.0),
    ("dashboard", 90.0, 1.0),
    ("watch", 250.0, 1.0),
    ("simulation", 430.0, 1.0),
    ("aws", 600.0, 1.0),
    ("connectors", 760.0, 1.0),
    ("chronicle", 90.0, 2.0),
    ("journal", 600.0, 2.0),
    ("research", 250.0, 3.0),
    ("venue", 430.0, 3.0),
    ("cycle", 600.0, 3.0),
    ("trading", 430.0, 4.0),
    ("strategy", 430.0, 5.0),
    ("market", 430.0, 6.0),
    ("xtask", 90.0, 6.0),
];
/// Height from row to row, and the height and width of a box, in user units.
const ROW: f64 = 82.0;
const BOX: (f64, f64) = (128.0, 44.0);

/// What the picture looks like, on a light page and on a dark one.
const STYLE: &str = "<style>\
text{font:14px system-ui,sans-serif;fill:#1f2328;text-anchor:middle}text.quiet{fill:#59636e;font-size:11px}.paper{fill:#fff}\
rect.box{fill:#ddf4ff;stroke:#8c959f}rect.pure{fill:#dafbe1;stroke:#8c959f}line{stroke:#8c959f;stroke-width:1.3}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}text.quiet{fill:#9198a1}.paper{fill:#0d1117}rect.box{fill:#12283d}rect.pure{fill:#12261e}}</style>";

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo reads this workspace")
}

/// The names each member depends on in its shipping build.
fn normal_dependencies(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let of = |package: &cargo_metadata::Package| {
        let normal = package
            .dependencies
            .iter()
            .filter(|d| d.kind == DependencyKind::Normal);
        (
            package.name.to_string(),
            normal.map(|d| d.name.clone()).collect(),
        )
    };
    metadata.packages.iter().map(of).collect()
}

#[test]
fn no_arrow_points_back() {
    let metadata = metadata();
    let members: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|p| p.name.to_string())
        .collect();
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let known: BTreeSet<String> = allowed.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(members, known, "give a new crate its row in MAY_USE");
    for (name, uses) in normal_dependencies(&metadata) {
        for used in uses.intersection(&members) {
            assert!(
                allowed[name.as_str()].contains(&used.as_str()),
                "{name} must not depend on {used}; it may use {:?}",
                allowed[name.as_str()]
            );
        }
    }
}

#[test]
fn the_pure_crates_link_nothing_impure() {
    let dependencies = normal_dependencies(&metadata());
    for name in PURE {
        let impure: Vec<_> = IMPURE
            .into_iter()
            .filter(|used| dependencies[name].contains(*used))
            .collect();
        assert!(
            impure.is_empty(),
            "{name} is pure and must not use {impure:?}"
        );
    }
}

#[test]
fn a_plain_build_makes_the_command_alone() {
    let metadata = metadata();
    let default: Vec<String> = metadata
        .workspace_default_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    assert_eq!(default, ["cli"]);
}

/// What each crate stands on at once, without what it reaches through that.
fn neighbours() -> Vec<(&'static str, Vec<&'static str>)> {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let direct = |uses: &'static [&'static str]| {
        let is_reached = |name: &&str| uses.iter().any(|other| allowed[*other].contains(name));
        uses.iter()
            .copied()
            .filter(|name| !is_reached(name))
            .collect()
    };
    MAY_USE
        .iter()
        .map(|(name, uses)| (*name, direct(uses)))
        .collect()
}

/// The roles that the cycle asks of the world: the traits of its ports.
fn ports() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/cycle/src/port");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).expect("the ports are there") {
        let text = std::fs::read_to_string(file.expect("a port").path()).expect("a text");
        let traits = text
            .lines()
            .filter_map(|line| line.strip_prefix("pub trait "));
        found
            .extend(traits.filter_map(|rest| Some(rest.split([':', ' ', '<']).next()?.to_owned())));
    }
    found.sort_unstable();
    found
}

fn picture() -> String {
    let place = |name: &str| {
        let found = PLACES.iter().find(|(placed, ..)| *placed == name);
        let (_, x, row) = found.expect("give a new crate its place in PLACES");
        (*x, 24.0 + row * ROW)
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 850 590\" role=\"img\" aria-label=\"Who stands on whom\">\n{STYLE}\n<rect class=\"paper\" width=\"850\" height=\"590\" rx=\"8\"/>\n"
    );
    for (name, uses) in neighbours() {
        let (x, y) = place(name);
        for used in uses {
            let (to, below) = place(used);
            let from = y + BOX.1;
            writeln!(
                out,
                "<line x1=\"{x}\" y1=\"{from}\" x2=\"{to}\" y2=\"{below}\"/>"
            )
            .expect("text");
        }
    }
    for (name, ..) in PLACES {
        let (x, y) = place(name);
        let class = if PURE.contains(&name) { "pure" } else { "box" };
        let (left, middle) = (x - BOX.0 / 2.0, y + 27.0);
        let (width, height) = BOX;
        writeln!(
            out,
            "<rect class=\"{class}\" x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/><text x=\"{x}\" y=\"{middle}\">{name}</text>"
        )
        .expect("text");
    }
    out + "<text class=\"quiet\" x=\"712\" y=\"296\">with the ports</text>\n<text class=\"quiet\" x=\"430\" y=\"574\">green: pure, no async, no network, no storage</text>\n</svg>\n"
}

#[test]
fn the_page_of_architecture_says_who_stands_on_whom() {
    let metadata = metadata();
    let mut table = "| folder | what is in it | stands on |\n|---|---|---|\n".to_owned();
    for (name, uses) in neighbours() {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == name);
        let what = package.and_then(|package| package.description.clone());
        let folder = if name == "xtask" {
            "xtask".to_owned()
        } else {
            format!("crates/{name}")
        };
        let uses = if uses.is_empty() {
            "nothing here".to_owned()
        } else {
            uses.join(", ")
        };
        let what = what.expect("a crate says what is in it");
        writeln!(table, "| `{folder}` | {what} | {uses} |").expect("text");
    }
    let ports = ports();
    let ports: Vec<String> = ports.iter().map(|port| format!("`{port}`")).collect();
    write!(table, "\nThe ports, by role: {}.\n", ports.join(", ")).expect("text");
    manual::hold("architecture.md", &table);
}

#[test]
fn the_picture_on_the_page_shows_who_stands_on_whom() {
    manual::hold_whole("architecture.svg", &picture());
}
