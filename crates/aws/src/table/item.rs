//! Items as DynamoDB writes them, `{"S": "text"}`, and what they hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trading::record::{Hash, Head};

use super::TableError;

/// The partition of the head.
const HEAD: &str = "head";
/// The partition of records.
pub(super) const CHAIN: &str = "chain";
/// The partition of raw bodies.
pub(super) const BODIES: &str = "bodies";
/// The layout of items that this version writes and the newest it reads.
pub(super) const LAYOUT: u64 = 1;

/// How bytes are kept, compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// In the item itself.
    Inside(Vec<u8>),
    /// In items of their own.
    Parts {
        /// The hash of all of them joined.
        hash: Hash,
        /// How many.
        count: u64,
    },
}

/// The partition of pieces.
pub(super) fn part(hash: Hash) -> String {
    format!("part {hash}")
}

pub(super) fn text(text: &str) -> Value {
    json!({ "S": text })
}

pub(super) fn number(number: u64) -> Value {
    json!({ "N": number.to_string() })
}

pub(super) fn key(partition: &str, sort: u64) -> Value {
    json!({ "pk": text(partition), "sk": number(sort) })
}

/// The key of the head.
pub(super) fn head_key() -> Value {
    key(HEAD, 0)
}

/// The item of the head.
pub(super) fn of_head(head: Head) -> Value {
    let mut item = head_key();
    item["layout"] = number(LAYOUT);
    item["seq"] = number(head.seq);
    item["hash"] = text(&head.hash.to_string());
    item
}

/// An item of `partition` that keeps `kept`.
pub(super) fn keeping(partition: &str, sort: u64, kept: &Kept) -> Value {
    let mut item = key(partition, sort);
    item["layout"] = number(LAYOUT);
    match kept {
        Kept::Inside(bytes) => item["data"] = json!({ "B": STANDARD.encode(bytes) }),
        Kept::Parts { hash, count } => {
            item["parts"] = number(*count);
            item["parts_of"] = text(&hash.to_string());
        }
    }
    item
}

/// The head in its item.
pub(super) fn head(item: &Value) -> Result<Head, TableError> {
    check_layout(item)?;
    Ok(Head {
        seq: whole(item, "seq")?,
        hash: hash(item, "hash")?,
    })
}

/// How an item keeps its bytes.
pub(super) fn kept(item: &Value) -> Result<Kept, TableError> {
    check_layout(item)?;
    if let Some(data) = item["data"]["B"].as_str() {
        let bytes = STANDARD
            .decode(data)
            .map_err(|error| TableError::Corrupt(format!("the data of {}: {error}", name(item))))?;
        return Ok(Kept::Inside(bytes));
    }
    Ok(Kept::Parts {
        hash: hash(item, "parts_of")?,
        count: whole(item, "parts")?,
    })
}

/// The hash in `field`.
pub(super) fn hash(item: &Value, field: &str) -> Result<Hash, TableError> {
    let text = item[field]["S"]
        .as_str()
        .ok_or_else(|| lacking(item, field))?;
    text.parse()
        .map_err(|error| TableError::Corrupt(format!("`{field}` of {}: {error}", name(item))))
}

/// The whole number in `field`.
pub(super) fn whole(item: &Value, field: &str) -> Result<u64, TableError> {
    item[field]["N"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| lacking(item, field))
}

fn check_layout(item: &Value) -> Result<(), TableError> {
    match whole(item, "layout")? {
        LAYOUT => Ok(()),
        found => Err(TableError::Newer { found }),
    }
}

fn lacking(item: &Value, field: &str) -> TableError {
    TableError::Corrupt(format!("{} has no `{field}`", name(item)))
}

/// The item's key, for people.
fn name(item: &Value) -> String {
    let partition = item["pk"]["S"].as_str().unwrap_or("an item");
    let sort = item["sk"]["N"].as_str().unwrap_or("");
    format!("{partition} {sort}").trim().to_owned()
}
