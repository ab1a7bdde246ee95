//! What one append wrote, as the bytes of its items.
//!
//! Records: a JSON array of rows, each field as the text it is hashed as. Raw bodies: one after the
//! other, with their hashes and lengths in the block's item.

use journal::Row;
use journal::body::{compress, expand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trading::record::Hash;

use super::TableError;
use super::item::{self, text};

/// A row in a block.
#[derive(Serialize, Deserialize)]
struct Stored {
    seq: u64,
    format: u32,
    slot: Option<String>,
    run: String,
    at: String,
    kind: String,
    body: String,
    prev: String,
    hash: String,
}

/// The compressed bytes of `rows`.
pub(super) fn packed(rows: &[Row]) -> Vec<u8> {
    let stored: Vec<Stored> = rows
        .iter()
        .cloned()
        .map(|row| Stored {
            seq: row.seq,
            format: row.format,
            slot: row.slot,
            run: row.run,
            at: row.at,
            kind: row.kind,
            body: row.body,
            prev: row.prev,
            hash: row.hash,
        })
        .collect();
    let text = serde_json::to_vec(&stored).expect("numbers and texts have a JSON form");
    compress(&text)
}

/// The rows in these compressed bytes.
pub(super) fn unpacked(compressed: &[u8]) -> Result<Vec<Row>, TableError> {
    let text = expand(compressed).map_err(|error| TableError::Corrupt(error.to_string()))?;
    let stored: Vec<Stored> = serde_json::from_slice(&text)
        .map_err(|error| TableError::Corrupt(format!("a block of records: {error}")))?;
    let row = |stored: Stored| Row {
        seq: stored.seq,
        format: stored.format,
        slot: stored.slot,
        run: stored.run,
        at: stored.at,
        kind: stored.kind,
        body: stored.body,
        prev: stored.prev,
        hash: stored.hash,
    };
    Ok(stored.into_iter().map(row).collect())
}

/// Where a raw body lies among those written with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its hash.
    pub(super) hash: Hash,
    /// Its first byte.
    pub(super) from: usize,
    /// Its length, compressed.
    pub(super) length: usize,
}

/// The list of raw bodies as the block's item has it: hash and compressed length, in order.
pub(super) fn listed(lengths: &[(Hash, usize)]) -> Value {
    let entries: Vec<Value> = lengths
        .iter()
        .map(|(hash, length)| text(&format!("{hash} {length}")))
        .collect();
    json!({ "L": entries })
}

/// The places in such a list; none where there is none.
pub(super) fn places(item: &Value) -> Result<Vec<Place>, TableError> {
    let Some(entries) = item["bodies"]["L"].as_array() else {
        return Ok(Vec::new());
    };
    let mut from = 0;
    let mut places = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = entry["S"].as_str().and_then(|entry| {
            let (hash, length) = entry.split_once(' ')?;
            Some(Place {
                hash: hash.parse().ok()?,
                from,
                length: length.parse().ok()?,
            })
        });
        let place = place.ok_or_else(|| {
            let sort = item::whole(item, "sk").unwrap_or_default();
            TableError::Corrupt(format!("the list of bodies of record {sort}"))
        })?;
        from += place.length;
        places.push(place);
    }
    Ok(places)
}
