//! The house's walls: which crate may stand on which, held against `cargo metadata`.
//!
//! Only normal dependencies are held to the arrows: a test may use a neighbour to check itself.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// `market ← strategy ← trading ← cycle ← {journal, connectors, aws}`; the venue is the counterparty
/// and stands on `trading` alone, as does `research`; `cli` stands on all; `xtask` on none.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("market", &[]),
    ("strategy", &["market"]),
    ("trading", &["market", "strategy"]),
    ("cycle", &["market", "strategy", "trading"]),
    ("chronicle", &["market", "strategy", "trading", "cycle"]),
    (
        "dashboard",
        &["market", "strategy", "trading", "cycle", "chronicle"],
    ),
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
