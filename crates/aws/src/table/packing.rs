//! A batch as items of one transaction, and the pieces that go ahead of it.

use std::collections::BTreeSet;

use cycle::port::Body;
use journal::Batch;
use journal::body::compress;
use serde_json::{Value, json};
use trading::record::{Hash, Head};

use super::block;
use super::item::{self, Kept};
use crate::limits::ITEM_BYTES_MAX;

/// A batch made ready.
pub(super) struct Packing {
    /// Items to be written first, each by itself.
    pub(super) parts: Vec<Value>,
    /// What the transaction does.
    pub(super) items: Vec<Value>,
}

impl Packing {
    /// `batch` for `table`: at most four items whatever is in it.
    ///
    /// # Errors
    /// Why it makes no transaction.
    pub(super) fn of(table: &str, batch: Batch<'_>) -> Result<Self, String> {
        let last = batch.rows.last().ok_or("an append without records")?;
        let hash = last
            .hash
            .parse()
            .map_err(|_| format!("record {} has no hash", last.seq))?;
        let head = Head {
            seq: last.seq,
            hash,
        };
        let mut parts = Vec::new();
        let kept = keep(block::packed(batch.rows), &mut parts);
        let mut chained = item::keeping(item::CHAIN, last.seq, &kept);
        chained["hash"] = item::text(&last.hash);
        chained["at"] = item::text(&last.at);
        let kinds: Vec<Value> = batch.rows.iter().map(|row| item::text(&row.kind)).collect();
        chained["kinds"] = json!({ "L": kinds });
        let mut items = Vec::new();
        if !batch.bodies.is_empty() {
            let (lengths, joined) = join(batch.bodies);
            chained["bodies"] = block::listed(&lengths);
            let bundle = item::keeping(item::BODIES, last.seq, &keep(joined, &mut parts));
            items.push(put(table, &bundle, absent()));
        }
        items.push(put(table, &chained, absent()));
        items.push(put(table, &item::of_head(head), standing(batch.expected)));
        items.extend(batch.expected.map(|before| check(table, before)));
        Ok(Self { parts, items })
    }
}

/// The bodies one after the other, each compressed by itself and once.
fn join(bodies: &[Body]) -> (Vec<(Hash, usize)>, Vec<u8>) {
    let mut seen = BTreeSet::new();
    let (mut lengths, mut joined) = (Vec::new(), Vec::new());
    for body in bodies {
        let hash = body.reference.hash;
        if seen.insert(hash) {
            let compressed = compress(&body.bytes);
            lengths.push((hash, compressed.len()));
            joined.extend(compressed);
        }
    }
    (lengths, joined)
}

/// Inside while it fits an item, else in pieces ahead.
fn keep(compressed: Vec<u8>, parts: &mut Vec<Value>) -> Kept {
    if compressed.len() <= ITEM_BYTES_MAX {
        return Kept::Inside(compressed);
    }
    let hash = Hash::of(&compressed);
    let mut count = 0;
    for piece in compressed.chunks(ITEM_BYTES_MAX) {
        count += 1;
        let kept = Kept::Inside(piece.to_vec());
        parts.push(item::keeping(&item::part(hash), count, &kept));
    }
    Kept::Parts { hash, count }
}

/// A condition with its names and values.
type Condition = (&'static str, Value, Value);

/// There is no item of this key.
fn absent() -> Condition {
    ("attribute_not_exists(pk)", Value::Null, Value::Null)
}

/// The head is this one, or there is none yet.
fn standing(expected: Option<Head>) -> Condition {
    let Some(head) = expected else {
        return absent();
    };
    (
        "#seq = :seq AND #hash = :hash",
        json!({ "#seq": "seq", "#hash": "hash" }),
        json!({ ":seq": item::number(head.seq), ":hash": item::text(&head.hash.to_string()) }),
    )
}

fn put(table: &str, stored: &Value, condition: Condition) -> Value {
    let put = json!({ "TableName": table, "Item": stored });
    json!({ "Put": on(put, condition) })
}

/// That the record before is there, with its hash: nothing stands without its predecessor, even
/// where somebody cut the chain and left the head.
fn check(table: &str, before: Head) -> Value {
    let check = json!({ "TableName": table, "Key": item::key(item::CHAIN, before.seq) });
    let condition = (
        "#hash = :hash",
        json!({ "#hash": "hash" }),
        json!({ ":hash": item::text(&before.hash.to_string()) }),
    );
    json!({ "ConditionCheck": on(check, condition) })
}

fn on(mut what: Value, (condition, names, values): Condition) -> Value {
    what["ConditionExpression"] = json!(condition);
    if names.is_object() {
        what["ExpressionAttributeNames"] = names;
        what["ExpressionAttributeValues"] = values;
    }
    what
}

#[cfg(test)]
mod tests {
    use journal::conformance::body;

    use super::*;

    /// Bytes that do not compress: each hash of the one before.
    fn noise(bytes: usize) -> Vec<u8> {
        let mut noise = Vec::with_capacity(bytes + 32);
        let mut last = Hash([7; 32]);
        while noise.len() < bytes {
            last = Hash::of(&last.0);
            noise.extend_from_slice(&last.0);
        }
        noise
    }

    fn row(text: &[u8]) -> journal::Row {
        journal::Row {
            seq: 7,
            format: 1,
            slot: None,
            run: String::new(),
            at: String::new(),
            kind: "noted".to_owned(),
            body: text.iter().map(|byte| char::from(byte % 64 + 48)).collect(),
            prev: String::new(),
            hash: Hash([1; 32]).to_string(),
        }
    }

    fn pack(rows: &[journal::Row], bodies: &[Body]) -> Packing {
        let expected = Some(Head {
            seq: 6,
            hash: Hash([6; 32]),
        });
        let batch = Batch {
            expected,
            rows,
            bodies,
        };
        Packing::of("t", batch).unwrap()
    }

    #[test]
    fn an_append_is_at_most_four_items_whatever_is_in_it() {
        let rows = vec![row(b"x"); 80];
        let bodies: Vec<Body> = (0..40_u8).map(|n| body(&[n])).collect();
        assert_eq!(pack(&rows, &bodies).items.len(), 4);
        assert_eq!(pack(&rows, &[]).items.len(), 3);
    }

    #[test]
    fn what_is_too_large_for_an_item_goes_ahead_in_pieces_that_are_not() {
        let rows = [row(&noise(1_000_000))];
        let twins = [body(&noise(800_000)), body(&noise(800_000))];
        let packed = pack(&rows, &twins);
        assert_eq!(packed.parts.len(), 3 + 3, "a twin is kept once");
        let stored = packed.items.iter().chain(&packed.parts);
        for item in stored {
            // Base64 is a third longer than what DynamoDB counts.
            assert!(item.to_string().len() * 3 / 4 < 400_000);
        }
    }

    #[test]
    fn rows_and_places_come_back_as_they_were_packed() {
        let rows: Vec<journal::Row> = (0..3).map(|n| row(&[n; 50])).collect();
        assert_eq!(block::unpacked(&block::packed(&rows)).unwrap(), rows);
        let (lengths, joined) = join(&[body(b"one"), body(b"two, longer"), body(b"")]);
        let places = block::places(&json!({ "bodies": block::listed(&lengths) })).unwrap();
        let ends: usize = places.iter().map(|place| place.length).sum();
        assert_eq!((places.len(), ends), (3, joined.len()));
        let second = &joined[places[1].from..][..places[1].length];
        assert_eq!(journal::body::expand(second).unwrap(), b"two, longer");
    }

    #[test]
    fn a_batch_without_records_makes_no_transaction() {
        let batch = Batch {
            expected: None,
            rows: &[],
            bodies: &[],
        };
        assert!(Packing::of("t", batch).is_err());
    }
}
