//! docs/configuration.md, made from the types: every key with its type, default, range, unit and
//! what it does. What it does is the doc comment in the source; everything else is asked of the
//! reader of configurations itself.

use std::fmt::Write;

use serde_json::Value;

use super::{Settings, sections};

#[path = "../../../../tests/manual/mod.rs"]
mod manual;

/// The texts in which the types are declared.
const SOURCES: [&str; 4] = [
    include_str!("../settings.rs"),
    include_str!("sections.rs"),
    include_str!("../../../strategy/src/params.rs"),
    include_str!("../../../market/src/calendar/overrides.rs"),
];
/// Endings of names, and what they count.
const UNITS: [(&str, &str); 4] = [
    ("_s", "seconds"),
    ("_ms", "milliseconds"),
    ("_bps", "basis points"),
    ("_pct", "percent"),
];

/// One key, or one value it may have, as declared.
struct Declared {
    name: String,
    kind: String,
    what: String,
}

/// The fields or variants of a type, in their order, with their doc comments.
fn declared(keyword: &str, name: &str) -> Vec<Declared> {
    let head = format!("{keyword} {name} {{");
    let body = SOURCES.iter().find_map(|source| {
        let (_, rest) = source.split_once(&head)?;
        rest.split_once("\n}").map(|(body, _)| body)
    });
    let mut found = Vec::new();
    let mut what = Vec::new();
    for line in body.unwrap_or_default().lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            what.push(text.trim());
        } else if !line.is_empty() && !line.starts_with("#[") {
            let line = line.trim_start_matches("pub ").trim_end_matches(',');
            let (name, kind) = line.split_once(": ").unwrap_or((line, ""));
            found.push(Declared {
                name: name.to_owned(),
                kind: kind.to_owned(),
                what: what.join(" ").trim_end_matches('.').to_owned(),
            });
            what.clear();
        }
    }
    found
}

/// What the reader says when it meets something it cannot take.
fn said(text: &str) -> String {
    let error = toml::from_str::<Settings>(text).err();
    error.map_or_else(String::new, |error| error.message().to_owned())
}

/// The words between backticks after the first, which was typed.
fn known(message: &str) -> Vec<String> {
    let words = message.split('`').skip(1).step_by(2).skip(1);
    words.map(str::to_owned).collect()
}

/// A section's head with one key in it.
fn written(section: &str, key: &str, value: &str) -> String {
    match section {
        "" => format!("{key} = {value}"),
        section => format!("[{section}]\n{key} = {value}"),
    }
}

/// The values a key may have, by the reader's own words; none where they are not counted.
fn choices(section: &str, key: &str) -> Vec<String> {
    let of = |value| {
        let message = said(&written(section, key, value));
        match message.starts_with("unknown variant") {
            true => known(&message),
            false => Vec::new(),
        }
    };
    match (section, key) {
        ("data", "sources") => sections::KNOWN_SOURCES.map(str::to_owned).to_vec(),
        _ => [of("\"?\""), of("[\"?\"]")].concat(),
    }
}

/// The first words of a type as people say them.
fn kind(declared: &Declared, choices: &[String]) -> String {
    let inner = declared.kind.trim_start_matches("Option<");
    let word = match inner.trim_end_matches('>') {
        "u32" => "whole number",
        "bool" => "`true` or `false`",
        "String" => "text",
        "Symbol" => "symbol",
        "Date" => "date",
        "Time" => "time",
        "Ratio" => "ratio",
        kind if kind.starts_with("Vec<") && choices.is_empty() => "list of tables",
        kind if kind.starts_with("Vec<") => "list",
        _ => "one word",
    };
    if choices.is_empty() {
        return word.to_owned();
    }
    format!("{word}: {}", quoted(choices))
}

fn quoted(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
    quoted.join(", ")
}

/// What stands in its place when the key is left out.
fn default(section: &str, key: &str, choices: &[String]) -> String {
    let all = serde_json::to_value(Settings::default()).unwrap();
    let place = match section {
        "" => &all,
        section => &all[section],
    };
    match place.get(key) {
        Some(Value::Null) => "none".to_owned(),
        Some(value) => format!("`{value}`"),
        // Left out of the effective configuration while it is the default: found by trying.
        None => {
            let words = choices.iter().map(|choice| format!("\"{choice}\""));
            let tried = ["true", "false", "[]"].map(str::to_owned);
            let is_default = |value: &String| {
                let read = toml::from_str::<Settings>(&written(section, key, value));
                read.is_ok_and(|read| read == Settings::default())
            };
            let found = words.chain(tried).find(is_default);
            found.map_or_else(|| "none".to_owned(), |value| format!("`{value}`"))
        }
    }
}

fn unit(key: &str) -> &'static str {
    if matches!(key, "fast" | "slow") {
        return "hours";
    }
    let found = UNITS.iter().find(|(end, _)| key.ends_with(end));
    found.map_or("", |(_, unit)| unit)
}

fn range(section: &str, key: &str) -> String {
    let name = format!("{section}.{key}");
    let ranges = sections::ranges();
    let found = ranges.iter().find(|(key, ..)| *key == name);
    found.map_or_else(String::new, |(_, _, least, most)| {
        format!("{least} to {most}")
    })
}

/// What a key does, and what each of its words means where that is written down.
fn what(declared: &Declared, choices: &[String]) -> String {
    let inner = declared
        .kind
        .trim_start_matches("Vec<")
        .trim_end_matches('>');
    let variants = self::declared("pub enum", inner);
    if variants.is_empty() {
        return declared.what.clone();
    }
    assert_eq!(variants.len(), choices.len(), "{inner}");
    let each = choices.iter().zip(&variants);
    let each: Vec<String> = each
        .map(|(word, variant)| format!("`{word}`: {}", lower(&variant.what)))
        .collect();
    format!("{}. {}", declared.what, each.join("; "))
}

/// Without the capital of its first word, where that is a plain word.
fn lower(text: &str) -> String {
    let is_sign = |sign: char| !sign.is_alphabetic();
    let first = text.split(is_sign).next().unwrap_or_default();
    if ["Alpaca", "Slack", "NYSE"].contains(&first) {
        return text.to_owned();
    }
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |sign| {
        sign.to_lowercase().chain(signs).collect()
    })
}

/// One section as a table.
fn table(section: &str, keys: &[Declared]) -> String {
    let mut text =
        "| key | type | default | range | unit | what it does |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for key in keys {
        let choices = choices(section, &key.name);
        let cells = [
            format!("`{}`", key.name),
            kind(key, &choices),
            default(section, &key.name, &choices),
            range(section, &key.name),
            unit(&key.name).to_owned(),
            what(key, &choices),
        ];
        writeln!(text, "| {} |", cells.join(" | ")).unwrap();
    }
    text
}

/// The tables in a list of tables.
fn rows(title: &str, keyword: &str, name: &str) -> String {
    let mut text = format!("\n{title}\n\n| key | type | what it is |\n|---|---|---|\n");
    for key in declared(keyword, name) {
        let kind = kind(&key, &[]);
        writeln!(text, "| `{}` | {kind} | {} |", key.name, key.what).unwrap();
    }
    text
}

/// The whole part that is made.
fn made() -> String {
    let all = declared("pub struct", "Settings");
    let (sections, top): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|key| key.kind.ends_with("Settings"));
    let mut text = format!("## At the top\n\n{}", table("", &top));
    for section in sections {
        let keys = declared("pub struct", &section.kind);
        let table = table(&section.name, &keys);
        let (name, what) = (&section.name, &section.what);
        write!(text, "\n## `[{name}]`\n\n{what}.\n\n{table}").unwrap();
        match name.as_str() {
            "data" => text.push_str(&rows(
                "Each table of `splits` has:",
                "pub struct",
                "KnownSplit",
            )),
            "calendar" => text.push_str(&rows(
                "Each table of `overrides` has:",
                "struct",
                "OverrideText",
            )),
            _ => {}
        }
    }
    text
}

#[test]
fn the_page_tells_every_key_as_the_code_has_it() {
    manual::hold("configuration.md", &made());
}

#[test]
fn what_is_declared_is_what_the_reader_knows() {
    let names =
        |keys: &[Declared]| -> Vec<String> { keys.iter().map(|key| key.name.clone()).collect() };
    let all = declared("pub struct", "Settings");
    assert_eq!(known(&said("unheard_of = 1")), names(&all));
    for section in all.iter().filter(|key| key.kind.ends_with("Settings")) {
        let keys = declared("pub struct", &section.kind);
        let message = said(&format!("[{}]\nunheard_of = 1", section.name));
        let heard = known(&message);
        assert_eq!(heard, names(&keys), "{}: {message}", section.name);
    }
}

#[test]
fn every_number_has_a_range_and_every_key_says_what_it_does() {
    for section in declared("pub struct", "Settings") {
        for key in declared("pub struct", &section.kind) {
            let is_number = key.kind.contains("u32");
            let range = range(&section.name, &key.name);
            assert_eq!(range.is_empty(), !is_number, "{}", key.name);
            assert!(!key.what.is_empty(), "{}", key.name);
        }
    }
}
