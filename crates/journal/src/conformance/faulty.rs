//! A store whose answers get lost, before or after their effect, as scripted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cycle::port::Body;
use trading::record::{Hash, Head};

use crate::row::Row;
use crate::store::{Batch, Put, Store, StoreError};

/// What happens to one put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutFault {
    /// Nothing: it reaches the store and its answer comes back.
    Sound,
    /// It is lost on its way; the caller learns of a time-out.
    LostBefore,
    /// It takes effect, its answer is lost.
    LostAfter,
    /// The caller learns of a time-out; it takes effect just before the next put does.
    LandsLate,
    /// The store's conditional failure, though nothing was tried.
    Conflict,
    /// The store says that nothing was and nothing will be written.
    Unavailable,
}

/// What is still under way.
#[derive(Debug, Clone)]
struct Flying {
    expected: Option<Head>,
    rows: Vec<Row>,
    bodies: Vec<Body>,
}

#[derive(Debug, Default)]
struct Script {
    puts: VecDeque<PutFault>,
    failing_reads: usize,
    flying: Option<Flying>,
    puts_seen: usize,
}

/// A [`Store`] over another that follows a script; without one it is the other. A clone shares
/// script and store.
#[derive(Debug)]
pub struct Faulty<S> {
    store: Arc<S>,
    script: Arc<Mutex<Script>>,
}

impl<S> Clone for Faulty<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            script: Arc::clone(&self.script),
        }
    }
}

impl<S: Store> Faulty<S> {
    /// `store`, sound until scripted.
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            script: Arc::default(),
        }
    }

    /// What happens to the next puts, in order, after what is scripted already.
    #[must_use]
    pub fn puts(self, faults: impl IntoIterator<Item = PutFault>) -> Self {
        self.with(|script| script.puts.extend(faults));
        self
    }

    /// The next `count` reads fail.
    #[must_use]
    pub fn failing_reads(self, count: usize) -> Self {
        self.with(|script| script.failing_reads += count);
        self
    }

    /// How many puts came in.
    #[must_use]
    pub fn puts_seen(&self) -> usize {
        self.with(|script| script.puts_seen)
    }

    /// The store beneath, where rivals write.
    pub fn inner(&self) -> &S {
        &self.store
    }

    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.script.lock().expect("no holder of this lock panics"))
    }

    fn check_read(&self) -> Result<(), StoreError> {
        self.with(|script| match script.failing_reads.checked_sub(1) {
            None => Ok(()),
            Some(left) => {
                script.failing_reads = left;
                Err(StoreError::Unavailable(
                    "scripted: the read failed".to_owned(),
                ))
            }
        })
    }

    /// What was under way arrives. Its answer is lost for ever.
    async fn land(&self) {
        if let Some(late) = self.with(|script| script.flying.take()) {
            let Flying {
                expected,
                rows,
                bodies,
            } = &late;
            let _lost = self
                .store
                .put(Batch {
                    expected: *expected,
                    rows,
                    bodies,
                })
                .await;
        }
    }
}

fn timed_out() -> Put {
    Put::Doubtful("scripted: no answer came".to_owned())
}

#[async_trait]
impl<S: Store> Store for Faulty<S> {
    async fn head(&self) -> Result<Option<Head>, StoreError> {
        self.check_read()?;
        self.store.head().await
    }

    async fn get(&self, from: u64, count: usize) -> Result<Vec<Row>, StoreError> {
        self.check_read()?;
        self.store.get(from, count).await
    }

    async fn put(&self, batch: Batch<'_>) -> Put {
        self.land().await;
        let fault = self.with(|script| {
            script.puts_seen += 1;
            script.puts.pop_front().unwrap_or(PutFault::Sound)
        });
        match fault {
            PutFault::Sound => self.store.put(batch).await,
            PutFault::LostBefore => timed_out(),
            PutFault::LostAfter => {
                let _lost = self.store.put(batch).await;
                timed_out()
            }
            PutFault::LandsLate => {
                let Batch {
                    expected,
                    rows,
                    bodies,
                } = batch;
                let flying = Flying {
                    expected,
                    rows: rows.to_vec(),
                    bodies: bodies.to_vec(),
                };
                self.with(|script| script.flying = Some(flying));
                timed_out()
            }
            PutFault::Conflict => Put::Conflict,
            PutFault::Unavailable => {
                Put::Unavailable(StoreError::Unavailable("scripted: no room".to_owned()))
            }
        }
    }

    async fn body(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_read()?;
        self.store.body(hash).await
    }
}
