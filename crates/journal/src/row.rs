//! One link as it is stored, and the hash over it.
//!
//! The hash of a link is the SHA-256 of the [canonical](crate::canonical) text of one object with
//! eight members, which in their sorted order are
//!
//! ```text
//! {"at":"<at>","body":<body>,"format":1,"kind":"<kind>","prev":"<prev>","run":"<run>","seq":<seq>,"slot":<"slot" or null>}
//! ```
//!
//! `body` is the row's body text, which is canonical itself and put in as it is; moments are UTC as
//! `2025-05-12T13:30:00Z`, hashes and run ids lower-case hex; `prev` is the hash of the row before,
//! 64 zeros before the first. `tests/verify_chain.py` checks a journal by these lines alone.

use market::Instant;
use market::calendar::Slot;
use trading::record::{Entry, Hash, Head, Record, RunId};

use crate::canonical::{canonical, write_string};
use crate::defect::{Defect, Flaw};
use crate::limits::RECORD_BYTES_MAX;

/// The format this program writes: the members hashed, and the form of a record's body.
pub const FORMAT: u32 = 1;

/// What stands before the first link.
pub const BEFORE_FIRST: Hash = Hash([0; 32]);

/// One link as stores keep it: every field as the text it is hashed as, so that whatever a
/// damaged store gives can be looked at before it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1.
    pub seq: u64,
    /// The format it is written in.
    pub format: u32,
    /// The slot's moment, where it belongs to one.
    pub slot: Option<String>,
    /// Who wrote it, 32 hex digits.
    pub run: String,
    /// When.
    pub at: String,
    /// What kind of record.
    pub kind: String,
    /// The record, as canonical text.
    pub body: String,
    /// Hash of the row before, 64 hex digits.
    pub prev: String,
    /// Hash over all the above, 64 hex digits.
    pub hash: String,
}

/// A record that must not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// It has no JSON form.
    #[error("a `{kind}` record has no JSON form: {why}")]
    NoForm {
        /// Its kind.
        kind: &'static str,
        /// What the serialiser said.
        why: String,
    },
    /// It would read back as another value: a NaN, say.
    #[error("a `{kind}` record would not read back as it is: {why}")]
    Lossy {
        /// Its kind.
        kind: &'static str,
        /// What was lost.
        why: String,
    },
    /// It is too large.
    #[error("a `{kind}` record has {bytes} bytes, more than {RECORD_BYTES_MAX}")]
    TooLarge {
        /// Its kind.
        kind: &'static str,
        /// Its size.
        bytes: usize,
    },
}

/// Where a link stands and who put it there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) seq: u64,
    pub(crate) slot: Option<Slot>,
    pub(crate) run: RunId,
    pub(crate) at: Instant,
    pub(crate) prev: Hash,
}

impl Row {
    /// The row of `record` at `position`, and the entry that a reader will get from it. It is
    /// made by reading the row: what cannot be read back is not written.
    pub(crate) fn seal(position: Position, record: &Record) -> Result<(Self, Entry), Unwritable> {
        let kind = record.kind();
        let mut row = Self {
            seq: position.seq,
            format: FORMAT,
            slot: position.slot.map(|slot| slot.at().to_string()),
            run: position.run.to_string(),
            at: position.at.to_string(),
            kind: kind.to_owned(),
            body: body_of(record)?,
            prev: position.prev.to_string(),
            hash: String::new(),
        };
        if row.body.len() > RECORD_BYTES_MAX {
            return Err(Unwritable::TooLarge {
                kind,
                bytes: row.body.len(),
            });
        }
        let hash = row.digest();
        row.hash = hash.to_string();
        let entry = row
            .entry(position.prev, hash)
            .map_err(|flaw| Unwritable::Lossy {
                kind,
                why: flaw.to_string(),
            })?;
        if entry.record != *record || entry.at != position.at || entry.slot != position.slot {
            let why =
                "a number in it is not finite, or a field changes by being written".to_owned();
            return Err(Unwritable::Lossy { kind, why });
        }
        Ok((row, entry))
    }

    /// The hash over everything but the hash.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let mut text = String::with_capacity(self.body.len() + 384);
        text.push_str("{\"at\":");
        write_string(&mut text, &self.at);
        text.push_str(",\"body\":");
        text.push_str(&self.body);
        text.push_str(&format!(",\"format\":{},\"kind\":", self.format));
        write_string(&mut text, &self.kind);
        text.push_str(",\"prev\":");
        write_string(&mut text, &self.prev);
        text.push_str(",\"run\":");
        write_string(&mut text, &self.run);
        text.push_str(&format!(",\"seq\":{},\"slot\":", self.seq));
        match &self.slot {
            Some(slot) => write_string(&mut text, slot),
            None => text.push_str("null"),
        }
        text.push('}');
        Hash::of(text.as_bytes())
    }

    /// The entry in this row, checked: its number, its predecessor, its hash, its fields.
    ///
    /// # Errors
    /// [`Defect`] with the first thing that is wrong.
    pub fn open(&self, seq: u64, prev: Hash) -> Result<Entry, Defect> {
        self.check(seq, prev).map_err(|flaw| Defect::new(seq, flaw))
    }

    /// That this row is the one written as number `seq` behind `prev`: its hash. Nothing in it is
    /// read.
    ///
    /// # Errors
    /// [`Flaw`] with the first thing that is wrong.
    pub(crate) fn link(&self, seq: u64, prev: Hash) -> Result<Hash, Flaw> {
        if self.seq != seq {
            return Err(Flaw::Gap { found: self.seq });
        }
        if self.format > FORMAT {
            return Err(Flaw::NewerFormat {
                found: self.format,
                known: FORMAT,
            });
        }
        let hash = self.digest();
        if self.hash != hash.to_string() {
            return Err(Flaw::Altered {
                computed: hash,
                found: self.hash.clone(),
            });
        }
        if self.prev != prev.to_string() {
            return Err(Flaw::Unlinked {
                expected: prev,
                found: self.prev.clone(),
            });
        }
        Ok(hash)
    }

    fn check(&self, seq: u64, prev: Hash) -> Result<Entry, Flaw> {
        let hash = self.link(seq, prev)?;
        self.entry(prev, hash)
    }

    /// What the fields say, when the row is known to be the right one.
    fn entry(&self, prev: Hash, hash: Hash) -> Result<Entry, Flaw> {
        Ok(Entry {
            seq: self.seq,
            slot: self
                .slot
                .as_deref()
                .map(|text| moment("slot", text))
                .transpose()?
                .map(Slot::new),
            run: RunId::try_from(self.run.clone())
                .map_err(|error| malformed("run", &error.to_string()))?,
            at: moment("moment", &self.at)?,
            record: self.record()?,
            prev,
            hash,
        })
    }

    fn record(&self) -> Result<Record, Flaw> {
        let mut body = serde_json::Deserializer::from_str(&self.body);
        // One whole value and no more: a body that closed its braces early could pose as the
        // members hashed after it.
        Record::of_kind(&self.kind, &mut body)
            .and_then(|record| body.end().map(|()| record))
            .map_err(|error| malformed("body", &error.to_string()))
    }

    /// Number and hash of this row, as heads are told; `None` when the hash is no hash.
    pub(crate) fn head(&self) -> Option<Head> {
        Some(Head {
            seq: self.seq,
            hash: self.hash.parse().ok()?,
        })
    }
}

/// The canonical text of what the record says, without its kind.
fn body_of(record: &Record) -> Result<String, Unwritable> {
    let kind = record.kind();
    let no_form = |why: String| Unwritable::NoForm { kind, why };
    let mut text = canonical(record).map_err(|error| no_form(error.to_string()))?;
    // A record is its body and its kind, and canonical text has members in that order.
    let around = ("{\"body\":", format!(",\"kind\":\"{kind}\"}}"));
    if !text.starts_with(around.0) || !text.ends_with(&around.1) {
        return Err(no_form("it has no body".to_owned()));
    }
    text.truncate(text.len() - around.1.len());
    text.drain(..around.0.len());
    Ok(text)
}

fn moment(field: &'static str, text: &str) -> Result<Instant, Flaw> {
    text.parse::<Instant>()
        .map_err(|error| malformed(field, &error.to_string()))
}

fn malformed(field: &'static str, why: &str) -> Flaw {
    Flaw::Malformed {
        field,
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use trading::record::{Noted, Record};

    use super::*;
    use crate::conformance::{bound, note, run};

    fn position(seq: u64, prev: Hash) -> Position {
        let at = "2025-05-12T13:30:00.25Z".parse().expect("a moment");
        let slot = Slot::new("2025-05-12T13:30:00Z".parse().expect("a moment"));
        Position {
            seq,
            slot: Some(slot),
            run: run(0xab),
            at,
            prev,
        }
    }

    /// If this fails, chains written before no longer verify: do not adjust the figures. They are
    /// the SHA-256 of the text that the head of this file shows, computed by another program.
    #[test]
    fn golden_hashes_never_change() {
        let (first, entry) = Row::seal(position(1, BEFORE_FIRST), &bound()).expect("writable");
        let golden = "cf9f6c7db1a2aa4ddd4950e47e49f9e45243b4b140e7a6ffe08b8aa2d6bf1d6a";
        assert_eq!(
            (first.hash.as_str(), entry.hash.to_string().as_str()),
            (golden, golden)
        );
        let text = "é \"quoted\"\n";
        let slotless = Position {
            slot: None,
            ..position(2, entry.hash)
        };
        let (second, _) = Row::seal(slotless, &note(text)).expect("writable");
        assert_eq!(second.body, "{\"text\":\"é \\\"quoted\\\"\\n\"}");
        assert_eq!(second.at, "2025-05-12T13:30:00.25Z");
        assert_eq!(
            second.hash,
            "f83e97c88fe658bfe1baa08aa636246c8ce12f65a6a1e798c4af725a20c89efb"
        );
    }

    #[test]
    fn every_field_is_inside_the_hash() {
        let (row, _) = Row::seal(position(1, BEFORE_FIRST), &bound()).expect("writable");
        let changes: [fn(&mut Row); 9] = [
            |row| row.seq += 1,
            |row| row.format += 1,
            |row| row.slot = None,
            |row| row.slot = Some(String::new()),
            |row| row.run.push('0'),
            |row| row.at.push('0'),
            |row| row.kind.push('s'),
            |row| row.body = row.body.replace("account-1", "account-2"),
            |row| row.prev.push('0'),
        ];
        let mut digests = vec![row.digest()];
        for change in changes {
            let mut other = row.clone();
            change(&mut other);
            digests.push(other.digest());
        }
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 10, "each change gives a hash of its own");
    }

    #[test]
    fn what_is_sealed_opens_as_the_same_entry() {
        let (row, entry) = Row::seal(position(7, Hash::of(b"six")), &note("x")).expect("writable");
        assert_eq!(row.open(7, Hash::of(b"six")), Ok(entry.clone()));
        assert_eq!(
            entry.record,
            Record::Noted(Noted {
                text: "x".to_owned()
            })
        );
        assert_eq!(entry.at.to_string(), "2025-05-12T13:30:00.25Z");
        let defect = row
            .open(7, Hash::of(b"other"))
            .expect_err("another predecessor");
        assert!(matches!(defect.flaw, Flaw::Unlinked { .. }), "{defect}");
        let defect = row.open(6, Hash::of(b"six")).expect_err("another number");
        assert_eq!(defect.flaw, Flaw::Gap { found: 7 });
    }

    #[test]
    fn a_record_too_large_is_refused_before_it_is_written() {
        let record = note("x".repeat(RECORD_BYTES_MAX));
        let error = Row::seal(position(1, BEFORE_FIRST), &record).expect_err("too large");
        assert!(error.to_string().contains("more than 4194304"), "{error}");
    }
}
