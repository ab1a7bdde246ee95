//! A chain over another that stays as it is.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use trading::record::{Entry, Hash, Head, Record};

use crate::port::{Draft, Journal, JournalError};

/// Reads the chain beneath as it stood when the overlay was made, and keeps what is appended in
/// memory. Once a decision is in, nothing more is taken. Hashes of what is kept are of its own
/// making, since no one else ever sees them.
pub struct Overlay {
    base: Arc<dyn Journal>,
    base_head: Option<Head>,
    kept: Mutex<Vec<Entry>>,
}

impl Overlay {
    /// An overlay over the chain as it stands now.
    ///
    /// # Errors
    /// [`JournalError`] when the chain's head cannot be read.
    pub async fn over(base: Arc<dyn Journal>) -> Result<Self, JournalError> {
        let base_head = base.head().await?;
        Ok(Self {
            base,
            base_head,
            kept: Mutex::default(),
        })
    }

    /// The newest record of the chain beneath.
    #[must_use]
    pub fn base_head(&self) -> Option<Head> {
        self.base_head
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.kept
            .lock()
            .expect("no holder of this lock panics while it is held")
    }

    fn base_length(&self) -> u64 {
        self.base_head.map_or(0, |head| head.seq)
    }

    fn seal(&self, draft: &Draft, record: &Record, head: Option<Head>) -> Entry {
        let (seq, prev) = head.map_or((1, Hash::ZERO), |head| (head.seq + 1, head.hash));
        let envelope = (seq, draft.slot, draft.run, draft.at, record.kind(), prev);
        Entry {
            seq,
            slot: draft.slot,
            run: draft.run,
            at: draft.at,
            record: record.clone(),
            prev,
            hash: Hash::of(format!("{envelope:?}").as_bytes()),
        }
    }
}

fn head_of(entry: &Entry) -> Head {
    Head {
        seq: entry.seq,
        hash: entry.hash,
    }
}

#[async_trait]
impl Journal for Overlay {
    async fn head(&self) -> Result<Option<Head>, JournalError> {
        let newest = self.kept().last().map(head_of);
        Ok(newest.or(self.base_head))
    }

    async fn read(&self, from: u64, count: usize) -> Result<Vec<Entry>, JournalError> {
        let length = self.base_length();
        let beneath = usize::try_from((length + 1).saturating_sub(from)).unwrap_or(usize::MAX);
        let mut entries = match beneath.min(count) {
            0 => Vec::new(),
            wanted => self.base.read(from, wanted).await?,
        };
        let kept = self.kept();
        let rest = kept.iter().filter(|entry| entry.seq >= from);
        entries.extend(rest.take(count - entries.len()).cloned());
        Ok(entries)
    }

    async fn append(&self, draft: &Draft) -> Result<Vec<Entry>, JournalError> {
        let mut kept = self.kept();
        let is_decision = |entry: &Entry| matches!(entry.record, Record::Decided(_));
        if kept.iter().any(is_decision) {
            let why = "this is a rehearsal: it ends with the decision".to_owned();
            return Err(JournalError::Unavailable(why));
        }
        let mut head = kept.last().map(head_of).or(self.base_head);
        if head != draft.expected {
            let seq = draft.expected.map_or(1, |head| head.seq + 1);
            return Err(JournalError::Lost { seq });
        }
        let mut sealed = Vec::with_capacity(draft.records.len());
        for record in &draft.records {
            let entry = self.seal(draft, record, head);
            head = Some(head_of(&entry));
            sealed.push(entry);
        }
        kept.extend_from_slice(&sealed);
        Ok(sealed)
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, JournalError> {
        self.base.body(hash).await
    }
}
