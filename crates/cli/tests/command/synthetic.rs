//! What the tests of research share: synthetic bars in a folder, and JSON made short.

use serde_json::Value;

use crate::folder::Folder;

/// A folder with 96 sessions of synthetic half hours in `bars.csv`.
pub(crate) fn folder() -> Folder {
    let folder = Folder::new();
    folder.ok(&["venue", "--seed", "1", "--export", "bars.csv"]);
    folder
}

pub(crate) fn json(folder: &Folder, arguments: &[&str]) -> Value {
    serde_json::from_str(&folder.ok(&[arguments, &["--json"]].concat())).unwrap()
}

/// Lists cut to their first member, numbers to six digits, what differs by machine masked.
pub(crate) fn short(value: Value) -> Value {
    match value {
        Value::Array(mut list) => {
            list.truncate(1);
            Value::Array(list.into_iter().map(short).collect())
        }
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "wall_s" | "peak_memory_bytes" | "bar_pairs_per_s" | "threads" => {
                    assert!(value.as_f64().is_some_and(|number| number > 0.0), "{name}");
                    (name, "(a number)".into())
                }
                "instructions" => {
                    assert!(value.is_string());
                    (name, "(a name)".into())
                }
                _ => (name, short(value)),
            })
            .collect(),
        Value::Number(number) if number.is_f64() => {
            let digits = format!("{:.5e}", number.as_f64().unwrap());
            Value::from(digits.parse::<f64>().unwrap())
        }
        other => other,
    }
}

/// What a command prints, without the line that tells what the work cost.
pub(crate) fn text_of(folder: &Folder, arguments: &[&str]) -> String {
    let text = folder.ok(arguments);
    let is_work = |line: &&str| !line.starts_with("  work ");
    text.lines().filter(is_work).collect::<Vec<_>>().join("\n")
}
