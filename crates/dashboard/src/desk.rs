//! What all pages share, and the follower that keeps it up to date.

use std::path::PathBuf;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chronicle::ChronicleError;
use chronicle::now::Tail;
use chronicle::status::MoneyKind;
use cycle::port::{Clock, Entropy, Journal, JournalError, clock};
use market::{Calendar, Duration, Instant};
use tokio::sync::{Mutex, Semaphore, watch};
use trading::settings::Settings;

use crate::board::Switchboard;
use crate::book::Book;
use crate::door::Door;

/// How often the chain is asked for news.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Entries read at a time: with their observations some megabytes.
const PAGE: usize = 64;
/// Pages that may wait for news at a time.
const LISTENERS_MAX: usize = 32;

/// What a desk is opened with.
pub struct Opening {
    /// The chain, as pages read it.
    pub journal: Arc<dyn Journal>,
    /// What the journal is called: its file or table.
    pub name: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where sessions get their secrets.
    pub entropy: Arc<dyn Entropy>,
    /// The configuration the runner has, for names and limits.
    pub settings: Settings,
    /// The NYSE calendar with its overrides.
    pub calendar: Calendar,
    /// Whose money an account at a host holds.
    pub money: fn(&str) -> MoneyKind,
    /// Whether the account's time is the wall's; otherwise an exchange of ours plays it.
    pub wall_time: bool,
    /// Switches; `None` where the journal cannot be written from here.
    pub switches: Option<Arc<dyn Switchboard>>,
    /// The token's door.
    pub door: Door,
    /// Names by which a browser may call this desk, with their ports.
    pub hosts: Vec<String>,
    /// Where reports lie.
    pub reports: PathBuf,
}

/// What the follower has read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) tail: Tail,
    pub(crate) book: Book,
    /// What keeps it from reading on.
    pub(crate) trouble: Option<String>,
}

/// The desk.
pub struct Desk {
    pub(crate) opening: Opening,
    read: RwLock<Read>,
    news: watch::Sender<u64>,
    pub(crate) listeners: Arc<Semaphore>,
    /// Held while the chain is read on: two at once would take each other's records for another
    /// chain's.
    reading: Mutex<()>,
}

impl Desk {
    /// A desk that has read nothing yet.
    #[must_use]
    pub fn open(opening: Opening) -> Arc<Self> {
        Arc::new(Self {
            opening,
            read: RwLock::default(),
            news: watch::Sender::new(0),
            listeners: Arc::new(Semaphore::new(LISTENERS_MAX)),
            reading: Mutex::new(()),
        })
    }

    /// Reads `journal` to its end and goes on as it grows, for ever. What cannot be read is shown
    /// on every page and tried again. A handle of its own keeps pages from waiting for it.
    pub async fn follow(&self, journal: &dyn Journal) {
        loop {
            let caught_up = self.catch_up(journal).await;
            let trouble = caught_up.err().map(|error| error.to_string());
            if self.read().trouble != trouble {
                self.write().trouble = trouble;
                self.tell();
            }
            clock::sleep(self.opening.clock.as_ref(), LOOK_EVERY).await;
        }
    }

    /// Reads what was written since the last time.
    ///
    /// # Errors
    /// When the chain cannot be read, or is another one than before.
    pub async fn catch_up(&self, journal: &dyn Journal) -> Result<(), ChronicleError> {
        let _alone = self.reading.lock().await;
        let head = journal.head().await?;
        let known = {
            let read = self.read();
            read.tail.head == head && read.book.head() == head
        };
        if known {
            return Ok(());
        }
        let tail = Tail::of(journal, head, &self.opening.calendar).await?;
        self.write().tail = tail;
        self.tell();
        loop {
            let from = self.read().book.head().map_or(1, |head| head.seq + 1);
            let page = journal.read(from, PAGE).await?;
            if page.is_empty() {
                break;
            }
            let mut read = self.write();
            if let (Some(known), Some(next)) = (read.book.head(), page.first())
                && next.prev != known.hash
            {
                read.book = Book::default();
                let why = format!("record {from} follows another one than was read before");
                return Err(JournalError::Corrupt(why).into());
            }
            for entry in &page {
                read.book.take(entry, &self.opening.calendar);
            }
        }
        self.tell();
        Ok(())
    }

    /// What has been read so far.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Read> {
        self.read
            .read()
            .expect("the follower does not panic while it holds the lock")
    }

    fn write(&self) -> RwLockWriteGuard<'_, Read> {
        self.read
            .write()
            .expect("no page panics while it holds the lock")
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count += 1);
    }

    /// Hears of news.
    pub(crate) fn hear(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Now, as the account counts time: by the wall, or for a played one by its newest record.
    pub(crate) fn now(&self) -> Instant {
        self.opening.clock.now()
    }
}
