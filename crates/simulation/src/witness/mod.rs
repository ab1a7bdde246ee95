//! Who knows both sides, and checks as things happen.
//!
//! Every record is held against all before it by [`History`] the moment it is written, every
//! arrival against the record, and every execution is booked. What a chain shows by itself is
//! checked by the functions that a live cycle uses too; here stands only what needs both sides.

mod books;

use std::collections::BTreeMap;

use cycle::port::Alert;
use journal::Row;
use market::bar::Interval;
use market::{Duration, Hour, Instant, time};
use trading::invariants::{Arrival, Arrived, Breach, History, Invariant};
use trading::observation::Reading;
use trading::order::{Cancel, Order};
use trading::record::{Entry, Hash, Intended, Intent, Record};
use trading::settings::Settings;
use venue::model::{OrderQuery, Scope, Series, Venue, Window};

use crate::program::Program;
use crate::world::ProcessId;

use books::Books;

/// No order is accepted later than this after its intent (I12).
const ACCEPTED_WITHIN: Duration = time::seconds(30);
/// What stands before the head in every alert.
const HEAD_TOLD: &str = "journal head ";

/// A source's close and the exchange's lie no further apart than this, whatever is wrong with the
/// source: moved, revised, a bar left out.
const OFF_MAX: f64 = 1.2;

/// How an hour's close stands to that of the exchange, on the basis of now.
fn off_by(series: &Series, hour: &Hour, now: Instant) -> Option<f64> {
    let window = Window {
        limit: 2,
        from: Some(hour.start),
        until: Some(hour.end - time::seconds(1)),
    };
    let rows = series.adjusted_rows(Interval::ThirtyMinutes, window, now);
    let newest = rows.iter().max_by_key(|row| row.start)?;
    Some(hour.close.to_f64() / newest.close.to_f64())
}

/// An intent as it was written.
#[derive(Debug, Clone)]
struct Written {
    seq: u64,
    process: ProcessId,
    at: Instant,
    /// Arrivals that there may be: one for each time it was intended.
    may_arrive: u32,
}

/// A try as it was opened.
#[derive(Debug, Clone)]
struct Opened {
    seq: u64,
    process: ProcessId,
    slot: Option<String>,
}

/// Sees every effect, at the exchange and in the journal.
pub struct Witness {
    program: Program,
    settings: Settings,
    history: History,
    /// Breaches that the history has told.
    told: usize,
    head: Hash,
    entries: Vec<Entry>,
    books: Books,
    arrivals: Vec<Arrival>,
    heads_told: Vec<String>,
    breaches: Vec<Breach>,
    intents: BTreeMap<String, Written>,
    opened: Vec<Opened>,
    decided: u64,
    /// Effects of a process that had been superseded: each may have one on its way.
    overdue: BTreeMap<ProcessId, Vec<String>>,
    orders: u64,
}

impl Witness {
    /// Watches `program` on this exchange, nothing of which fails from `calm` on.
    pub(crate) fn new(program: Program, settings: &Settings, venue: &Venue, calm: Instant) -> Self {
        Self {
            program,
            settings: settings.clone(),
            history: History::new().calm_since(calm),
            told: 0,
            head: journal::row::BEFORE_FIRST,
            entries: Vec::new(),
            books: Books::opened(venue),
            arrivals: Vec::new(),
            heads_told: Vec::new(),
            breaches: Vec::new(),
            intents: BTreeMap::new(),
            opened: Vec::new(),
            decided: 0,
            overdue: BTreeMap::new(),
            orders: 0,
        }
    }

    /// What is watched.
    pub(crate) fn program(&self) -> Program {
        self.program
    }

    /// What did not hold so far.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// The chain, read back.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Everything that arrived.
    pub(crate) fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// Every execution.
    pub(crate) fn moves(&self) -> &[trading::invariants::Move] {
        &self.books.moves
    }

    /// What was held when.
    pub(crate) fn seen(&self) -> &[trading::invariants::Seen] {
        &self.books.seen
    }

    /// Heads that went out with alerts.
    pub(crate) fn heads_told(&self) -> &[String] {
        &self.heads_told
    }

    /// Orders that the exchange took in.
    pub(crate) fn orders(&self) -> u64 {
        self.orders
    }

    pub(crate) fn breach(&mut self, invariant: Invariant, words: String) {
        self.found(Breach { invariant, words });
    }

    pub(crate) fn found(&mut self, breach: Breach) {
        if !self.breaches.contains(&breach) {
            self.breaches.push(breach);
        }
    }

    pub(crate) fn told(&mut self, alert: &Alert) {
        if let Some((_, head)) = alert.text.rsplit_once(HEAD_TOLD)
            && head != "empty"
        {
            self.heads_told.push(head.to_owned());
        }
    }

    /// Something may have happened on the account.
    pub(crate) fn look(&mut self, venue: &Venue) {
        self.books.read(venue);
    }

    /// A process has written records.
    pub(crate) fn written(&mut self, venue: &Venue, process: ProcessId, rows: &[Row]) {
        for row in rows {
            let entry = match row.open(self.entries.len() as u64 + 1, self.head) {
                Ok(entry) => entry,
                Err(defect) => {
                    self.breach(Invariant::I6, format!("the chain: {defect}"));
                    continue;
                }
            };
            self.head = entry.hash;
            self.remember(venue.now(), process, row, &entry);
            self.walk(&entry);
            self.bars_are_true(venue, &entry);
            self.entries.push(entry);
        }
    }

    /// Holds a record against all before it. The program's own functions compute it again, mistakes
    /// included: a record is not found wrong for differing from what the program ought to be.
    fn walk(&mut self, entry: &Entry) {
        if let Some(hash) = self.history.wants(entry) {
            self.history.learn(hash, self.settings.clone());
        }
        let history = &mut self.history;
        self.program.at(|| history.take(entry));
        let news = &self.history.breaches()[self.told..];
        let news: Vec<Breach> = news.iter().map(|(_, breach)| breach.clone()).collect();
        self.told += news.len();
        news.into_iter().for_each(|breach| self.found(breach));
    }

    /// I9: an order follows from bars that are, within what a source may be off by, the exchange's.
    fn bars_are_true(&mut self, venue: &Venue, entry: &Entry) {
        let is_order = |intended: &Intended| matches!(intended.intent, Intent::Order(_));
        if !matches!(&entry.record, Record::Intended(intended) if is_order(intended)) {
            return;
        }
        let observed = self
            .entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.record {
                Record::Observed(observed) => Some(observed),
                _ => None,
            });
        let Some(observed) = observed else { return };
        let symbol = self.settings.strategy.signal_symbol().as_str();
        let Some(series) = venue.series(symbol) else {
            return;
        };
        let mut words = Vec::new();
        for view in &observed.sources {
            let Reading::Usable { closed, .. } = &view.reading else {
                continue;
            };
            for hour in closed.first().into_iter().chain(closed.last()) {
                let off = off_by(series, hour, venue.now());
                if let Some(off) = off.filter(|off| !(1.0 / OFF_MAX..=OFF_MAX).contains(off)) {
                    let at = time::new_york_text(hour.start);
                    let source = &view.source;
                    words.push(format!(
                        "{source}: the close of {at} is {off:.2} of the true one"
                    ));
                }
            }
        }
        for words in words {
            self.breach(Invariant::I9, words);
        }
    }

    fn remember(&mut self, now: Instant, process: ProcessId, row: &Row, entry: &Entry) {
        match &entry.record {
            Record::Decided(_) => self.decided = row.seq,
            Record::SlotOpened(_) => self.opened.push(Opened {
                seq: row.seq,
                process,
                slot: row.slot.clone(),
            }),
            Record::Intended(intended) => {
                let id = match &intended.intent {
                    Intent::Order(order) => order.id.as_str(),
                    Intent::Cancel(cancel) => cancel.id.as_str(),
                };
                self.intended(process, row.seq, id);
                let before = self.intents.get(id).map_or(0, |before| before.may_arrive);
                let written = Written {
                    seq: row.seq,
                    process,
                    at: now,
                    may_arrive: before + 1,
                };
                self.intents.insert(id.to_owned(), written);
            }
            _ => {}
        }
    }

    /// I8, in the journal: a superseded process intends nothing more. By process, whatever ids runs
    /// give themselves.
    fn intended(&mut self, process: ProcessId, seq: u64, id: &str) {
        if let Some(by) = self.superseded(process, seq) {
            let words =
                format!("process {process} intended {id} in record {seq} after {by} took over");
            self.breach(Invariant::I8, words);
        }
    }

    /// Who took over from a process before record `seq`, if any did.
    fn superseded(&self, process: ProcessId, seq: u64) -> Option<ProcessId> {
        let before = self.opened.iter().filter(|opened| opened.seq < seq);
        let own = before
            .clone()
            .rev()
            .find(|opened| opened.process == process)?;
        let mut after = before.filter(|opened| opened.seq > own.seq && opened.process != process);
        after
            .find(|opened| opened.slot >= own.slot)
            .map(|opened| opened.process)
    }

    /// An order arrived, and was taken or not.
    pub(crate) fn arrived(&mut self, venue: &Venue, order: &Order, taken: bool) {
        let (now, id) = (venue.now(), order.id.as_str());
        self.arrive(now, Arrived::Order(id.to_owned()), id, taken);
        if !taken {
            return;
        }
        self.orders += 1;
        self.in_time(now, id);
        if venue.hours().session_at(now).ok().flatten().is_none() {
            self.breach(Invariant::I4, format!("{id} arrived outside the session"));
        }
        let open = venue.orders(&OrderQuery::new(Scope::Open));
        let ours = open.iter().filter(|open| {
            open.symbol == order.symbol && open.client_order_id.starts_with("tqqq-")
        });
        if ours.count() > 1 {
            let words = format!("two own orders open in {}", order.symbol);
            self.breach(Invariant::I1, words);
        }
    }

    /// The exchange heard a cancel.
    pub(crate) fn withdrawn(&mut self, now: Instant, cancel: &Cancel, taken: bool) {
        let what = Arrived::Cancel(cancel.order.clone());
        self.arrive(now, what, cancel.id.as_str(), taken);
    }

    /// I12: a cancel names the one order it takes back and may come late; an order may not.
    fn in_time(&mut self, now: Instant, id: &str) {
        let Some(intent) = self.intents.get(id).cloned() else {
            return;
        };
        let late = now.duration_since(intent.at);
        if late > ACCEPTED_WITHIN {
            let words = format!("{id} was accepted {late:#} after its intent");
            self.breach(Invariant::I12, words);
        }
        if self.decided > intent.seq {
            let seq = self.decided;
            let words = format!("{id} was accepted after the newer decision {seq}");
            self.breach(Invariant::I12, words);
        }
    }

    /// I6 and I8, for whatever arrives: every intent lets one arrive, and a process that was
    /// succeeded has at most one on its way.
    fn arrive(&mut self, at: Instant, what: Arrived, id: &str, taken: bool) {
        self.arrivals.push(Arrival { at, what, taken });
        let Some(intent) = self.intents.get_mut(id) else {
            self.breach(
                Invariant::I6,
                format!("{id} was carried out without an intent"),
            );
            return;
        };
        if intent.may_arrive == 0 {
            let words = format!("{id} arrived more often than it was intended");
            self.breach(Invariant::I6, words);
            return;
        }
        intent.may_arrive -= 1;
        let process = intent.process;
        if let Some(by) = self.superseded(process, u64::MAX) {
            let overdue = self.overdue.entry(process).or_default();
            if !overdue.iter().any(|known| known == id) {
                overdue.push(id.to_owned());
            }
            if overdue.len() > 1 {
                let ids = overdue.join(", ");
                let words = format!("{ids} of process {process}, which {by} succeeded");
                self.breach(Invariant::I8, words);
            }
        }
    }
}
