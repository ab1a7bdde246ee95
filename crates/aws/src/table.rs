//! A chain in one DynamoDB table.
//!
//! Key: `pk` (text) and `sk` (number). Items:
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | `head` | 0 | number and hash of the newest record |
//! | `chain` | number of an append's last record | its records, compressed; which raw bodies came with them |
//! | `bodies` | the same | the raw bodies that came with them, each compressed |
//! | `part HASH` | 1, 2 … | a piece of what is too large for one item, under the hash of all its compressed bytes |
//!
//! An append is one transaction of at most four items: the head moves on if it still is what the
//! append builds on, the record before is there with its hash, and what is new stands where nothing
//! may be yet. So nothing can stand without its predecessor, of two writers one wins, and records
//! removed at the end by hand show. Pieces are written before the transaction whose items name them;
//! what is left of a lost append is pieces that no item names.
//!
//! Reads are consistent. Nothing but the head is ever changed, nothing is removed, and the roles may
//! not.

mod block;
mod item;
mod packing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cycle::port::JournalError;
use journal::body::expand;
use journal::{Batch, Put, Row, Store, StoreError};
use serde_json::{Value, json};
use trading::record::{Hash, Head};

use crate::call::Call;
use crate::client::Client;
use crate::error::AwsError;
use block::Place;
use item::{BODIES, CHAIN, Kept, LAYOUT, text};
use packing::Packing;

/// The journal's table.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: String,
    /// Which append every raw body came with, as far as the chain was read here.
    index: Arc<Mutex<Index>>,
}

/// Where raw bodies lie.
#[derive(Default)]
struct Index {
    /// The append and the place in it.
    bodies: BTreeMap<Hash, (u64, Place)>,
    /// Every append up to this record is in it.
    complete_to: u64,
}

impl Table {
    /// The table called `name`. Nothing is asked yet.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
            index: Arc::default(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The newest record's number and hash, by the head and by the record itself, which must
    /// agree. The typed errors tell whether the table is there, is one of ours and may be read.
    ///
    /// # Errors
    /// [`TableError`].
    pub async fn newest(&self) -> Result<Option<Head>, TableError> {
        let Some(found) = self.item(item::head_key()).await? else {
            return Ok(None);
        };
        let head = item::head(&found)?;
        let last = self.item(item::key(CHAIN, head.seq)).await?;
        let hash = last.map(|last| item::hash(&last, "hash")).transpose()?;
        match hash {
            Some(hash) if hash == head.hash => Ok(Some(head)),
            _ => Err(TableError::Corrupt(format!(
                "the newest record should be {head}, and there is none: records were removed or altered"
            ))),
        }
    }

    async fn read(&self, call: Call, body: &Value) -> Result<Value, TableError> {
        let answer = self.client.read(call, body).await;
        answer.map_err(|error| TableError::of(&self.name, error))
    }

    /// Up to `count` rows from `from` on, a page of the service at a time. A block's key is its
    /// last record, so the first at or behind `from` is the one that holds it.
    async fn rows(&self, from: u64, count: usize) -> Result<Vec<Row>, TableError> {
        let mut rows = Vec::new();
        let mut after: Option<Value> = None;
        while rows.len() < count {
            let limit = count - rows.len();
            let (blocks, next) = self.blocks(from, limit, None, after.take()).await?;
            for found in &blocks {
                let compressed = self.fetched(item::kept(found)?).await?;
                let unpacked = block::unpacked(&compressed)?;
                rows.extend(unpacked.into_iter().filter(|row| row.seq >= from));
                self.learn(found, from)?;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        rows.truncate(count);
        Ok(rows)
    }

    /// One page of blocks that end at or behind `from`, and where the next page begins.
    async fn blocks(
        &self,
        from: u64,
        limit: usize,
        only: Option<&str>,
        after: Option<Value>,
    ) -> Result<(Vec<Value>, Option<Value>), TableError> {
        let mut body = json!({
            "TableName": self.name,
            "ConsistentRead": true,
            "KeyConditionExpression": "pk = :chain AND sk >= :from",
            "ExpressionAttributeValues": { ":chain": text(CHAIN), ":from": item::number(from) },
            "Limit": limit,
        });
        if let Some(only) = only {
            body["ProjectionExpression"] = json!(only);
        }
        if let Some(after) = after {
            body["ExclusiveStartKey"] = after;
        }
        let mut answer = self.read(Call::Query, &body).await?;
        let next = answer.get_mut("LastEvaluatedKey").map(Value::take);
        let Value::Array(blocks) = answer["Items"].take() else {
            return Err(TableError::Corrupt("an answer without items".to_owned()));
        };
        Ok((blocks, next.filter(Value::is_object)))
    }

    /// Takes note of the raw bodies that came with a block, read from `from` on.
    fn learn(&self, found: &Value, from: u64) -> Result<(), TableError> {
        let seq = item::whole(found, "sk")?;
        let places = block::places(found)?;
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places {
            index.bodies.entry(place.hash).or_insert((seq, place));
        }
        if from <= index.complete_to + 1 {
            index.complete_to = index.complete_to.max(seq);
        }
        Ok(())
    }

    /// The append that a raw body came with: as noted while reading, else looked for in what was
    /// not read yet.
    async fn place(&self, hash: Hash) -> Result<Option<(u64, Place)>, TableError> {
        let noted = || {
            let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            (index.bodies.get(&hash).copied(), index.complete_to + 1)
        };
        let (found, from) = noted();
        if found.is_some() {
            return Ok(found);
        }
        let mut after = None;
        loop {
            let (blocks, next) = self
                .blocks(from, PLACES_A_PAGE, Some("sk, bodies"), after.take())
                .await?;
            for found in &blocks {
                self.learn(found, from)?;
            }
            after = next;
            if after.is_none() {
                return Ok(noted().0);
            }
        }
    }

    /// The compressed bytes that an item keeps.
    async fn fetched(&self, kept: Kept) -> Result<Vec<u8>, TableError> {
        let (hash, count) = match kept {
            Kept::Inside(bytes) => return Ok(bytes),
            Kept::Parts { hash, count } => (hash, count),
        };
        let mut joined = Vec::new();
        for number in 1..=count {
            let key = item::key(&item::part(hash), number);
            let found = self.item(key).await?;
            let piece = found.as_ref().map(item::kept).transpose()?;
            let Some(Kept::Inside(bytes)) = piece else {
                return Err(TableError::Corrupt(format!(
                    "part {number} of {count} of {hash} is not there"
                )));
            };
            joined.extend_from_slice(&bytes);
        }
        if Hash::of(&joined) == hash {
            Ok(joined)
        } else {
            Err(TableError::Corrupt(format!(
                "the parts of {hash} are not what was written"
            )))
        }
    }

    async fn item(&self, key: Value) -> Result<Option<Value>, TableError> {
        let body = json!({ "TableName": self.name, "Key": key, "ConsistentRead": true });
        let mut answer = self.read(Call::GetItem, &body).await?;
        Ok(answer.get_mut("Item").map(Value::take))
    }

    /// Writes a piece ahead of the transaction that names it: content under its own hash, so that
    /// writing it again changes nothing.
    async fn put_part(&self, part: Value) -> Result<(), TableError> {
        let body = json!({ "TableName": self.name, "Item": part });
        self.read(Call::PutItem, &body).await.map(|_| ())
    }
}

/// Blocks asked for at once while looking for a raw body.
const PLACES_A_PAGE: usize = 1000;

/// What the service says where a table's keys are others: "The provided key element does not match
/// the schema", "Query condition missed key schema element"; and as DynamoDB Local says it.
const OTHER_KEYS: [&str; 3] = ["schema", "conditions on the keys", "key condition"];

/// Why the table cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A call came to nothing.
    #[error("table {table}: {error}")]
    Call {
        /// Which table.
        table: String,
        /// Why.
        error: AwsError,
    },
    /// The table is another program's: it has other keys.
    #[error(
        "table {table} is no journal: {why}\nhint: its key is `pk` (text) and `sk` (number); name the table of the stack"
    )]
    Foreign {
        /// Which table.
        table: String,
        /// What the service said.
        why: String,
    },
    /// Written by a later version of this program.
    #[error(
        "the table is of layout {found}, and this version knows {LAYOUT}\nhint: deploy the newest version; nothing was read or written"
    )]
    Newer {
        /// Its layout.
        found: u64,
    },
    /// It holds what no version wrote.
    #[error("{0}")]
    Corrupt(String),
}

impl TableError {
    fn of(table: &str, error: AwsError) -> Self {
        let table = table.to_owned();
        match error {
            AwsError::Invalid { why, .. } if OTHER_KEYS.iter().any(|word| why.contains(word)) => {
                Self::Foreign { table, why }
            }
            error => Self::Call { table, error },
        }
    }

    /// Its kind, as the name of a Lambda error.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Call { error, .. } => error.name(),
            Self::Foreign { .. } => "TableForeign",
            Self::Newer { .. } => "TableNewer",
            Self::Corrupt(_) => "JournalCorrupt",
        }
    }
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Corrupt(_) | TableError::Newer { .. } | TableError::Foreign { .. } => {
                Self::Corrupt(error.to_string())
            }
            TableError::Call { .. } => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<TableError> for JournalError {
    fn from(error: TableError) -> Self {
        StoreError::from(error).into()
    }
}

#[async_trait]
impl Store for Table {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        Ok(self.newest().await?)
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        Ok(self.rows(from, count).await?)
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        let packing = match Packing::of(&self.name, batch) {
            Ok(packing) => packing,
            Err(why) => return Put::Unavailable(StoreError::Unavailable(why)),
        };
        for part in packing.parts {
            if let Err(error) = self.put_part(part).await {
                return Put::Unavailable(error.into());
            }
        }
        let body = json!({ "TransactItems": packing.items });
        match self.client.once(Call::TransactWriteItems, &body).await {
            Ok(_) => Put::Done,
            Err(AwsError::Condition { .. }) => Put::Conflict,
            // Refused before anything was looked at: nothing of it can stand.
            Err(
                error @ (AwsError::Denied { .. }
                | AwsError::Missing { .. }
                | AwsError::Invalid { .. }),
            ) => Put::Unavailable(TableError::of(&self.name, error).into()),
            Err(error) => Put::Doubtful(format!("table {}: {error}", self.name)),
        }
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((seq, place)) = self.place(hash).await? else {
            return Ok(None);
        };
        let damaged = |why: String| StoreError::Corrupt(format!("body {hash}: {why}"));
        let Some(found) = self.item(item::key(BODIES, seq)).await? else {
            return Ok(None);
        };
        let joined = self.fetched(item::kept(&found)?).await?;
        let compressed = joined
            .get(place.from..place.from + place.length)
            .ok_or_else(|| damaged("it is cut off".to_owned()))?;
        let raw = expand(compressed).map_err(|error| damaged(error.to_string()))?;
        Ok(Some(raw))
    }
}
