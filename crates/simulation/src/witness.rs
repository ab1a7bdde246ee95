//! Who knows both sides, and checks as things happen.

use std::collections::BTreeMap;
use std::fmt;

use cycle::port::Alert;
use journal::Row;
use market::{Duration, Instant, Money, time};
use trading::order::{Cancel, Order};
use trading::record::{Intent, Record};
use venue::model::Venue;

/// No order is accepted later than this after its intent (I12).
const ACCEPTED_WITHIN: Duration = time::seconds(30);
/// Records that the witness reads as they are written; the others are long and read at the end.
const READ_AT_ONCE: [&str; 4] = ["slot_opened", "intended", "decided", "halted"];

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Its number in EXECUTION §7, `I1` to `I13`.
    pub invariant: &'static str,
    /// How.
    pub words: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.words)
    }
}

/// An intent as it was written.
#[derive(Debug, Clone)]
struct Written {
    seq: u64,
    run: String,
    at: Instant,
}

/// A try as it was opened.
#[derive(Debug, Clone)]
struct Opened {
    seq: u64,
    run: String,
    slot: Option<String>,
}

/// Sees every effect, at the exchange and in the journal.
#[derive(Debug)]
pub struct Witness {
    breaches: Vec<Breach>,
    activities: usize,
    cash: Money,
    intents: BTreeMap<String, Written>,
    opened: Vec<Opened>,
    decided: u64,
    /// Effects of a run that had been superseded: each may have one on its way.
    overdue: BTreeMap<String, Vec<String>>,
    alerts: u64,
    orders: u64,
}

impl Witness {
    pub(crate) fn new(venue: &Venue) -> Self {
        Self {
            breaches: Vec::new(),
            activities: venue.activities().len(),
            cash: cash(venue),
            intents: BTreeMap::new(),
            opened: Vec::new(),
            decided: 0,
            overdue: BTreeMap::new(),
            alerts: 0,
            orders: 0,
        }
    }

    /// What did not hold so far.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// Orders that the exchange took in.
    pub(crate) fn orders(&self) -> u64 {
        self.orders
    }

    pub(crate) fn breach(&mut self, invariant: &'static str, words: String) {
        let breach = Breach { invariant, words };
        if !self.breaches.contains(&breach) {
            self.breaches.push(breach);
        }
    }

    pub(crate) fn told(&mut self, _: &Alert) {
        self.alerts += 1;
    }

    /// Something may have happened on the account.
    pub(crate) fn look(&mut self, venue: &Venue) {
        let news = venue.activities().len();
        if news == self.activities {
            return;
        }
        let fills = venue.activities()[self.activities..]
            .iter()
            .any(|row| matches!(row.entry, venue::model::Entry::Fill(_)));
        self.activities = news;
        let cash = cash(venue);
        if fills && cash < Money::ZERO && cash < self.cash {
            self.breach("I2", format!("a fill took cash to {cash}"));
        }
        self.cash = cash;
        for position in venue.positions() {
            if position.quantity.is_sign_negative() {
                let (symbol, count) = (&position.listing.symbol, position.quantity);
                self.breach("I3", format!("{count} {symbol} held"));
            }
        }
    }

    /// Records were written.
    pub(crate) fn written(&mut self, now: Instant, rows: &[Row]) {
        for row in rows {
            if !READ_AT_ONCE.contains(&row.kind.as_str()) {
                continue;
            }
            if row.kind == "decided" {
                self.decided = row.seq;
                continue;
            }
            let Ok(prev) = row.prev.parse() else { continue };
            let Ok(entry) = row.open(row.seq, prev) else {
                self.breach("I6", format!("record {} does not read back", row.seq));
                continue;
            };
            match entry.record {
                Record::SlotOpened(_) => self.opened.push(Opened {
                    seq: row.seq,
                    run: row.run.clone(),
                    slot: row.slot.clone(),
                }),
                Record::Intended(intended) => {
                    let id = match &intended.intent {
                        Intent::Order(order) => order.id.as_str().to_owned(),
                        Intent::Cancel(cancel) => cancel.id.as_str().to_owned(),
                    };
                    self.intended(row, &id);
                    let written = Written {
                        seq: row.seq,
                        run: row.run.clone(),
                        at: now,
                    };
                    self.intents.insert(id, written);
                }
                _ => {}
            }
        }
    }

    /// I8, in the journal: a superseded run intends nothing more.
    fn intended(&mut self, row: &Row, id: &str) {
        if let Some(by) = self.superseded(&row.run, row.seq) {
            let (seq, run) = (row.seq, &row.run[..6]);
            let words = format!("run {run} intended {id} in record {seq} after run {by} took over");
            self.breach("I8", words);
        }
    }

    /// Who took over from a run before record `seq`, if anyone did.
    fn superseded(&self, run: &str, seq: u64) -> Option<String> {
        let before = self.opened.iter().filter(|opened| opened.seq < seq);
        let own = before.clone().rev().find(|opened| opened.run == run)?;
        let after = before.filter(|opened| opened.seq > own.seq && opened.run != run);
        after
            .filter(|opened| opened.slot >= own.slot)
            .map(|opened| opened.run[..6].to_owned())
            .next()
    }

    /// The exchange took an order in.
    pub(crate) fn taken(&mut self, venue: &Venue, now: Instant, order: &Order) {
        self.orders += 1;
        self.arrived(order.id.as_str());
        self.in_time(now, order.id.as_str());
        let open = venue.orders(&venue::model::OrderQuery::new(venue::model::Scope::Open));
        let ours = open.iter().filter(|open| {
            open.symbol == order.symbol && open.client_order_id.starts_with("tqqq-")
        });
        if ours.count() > 1 {
            self.breach("I1", format!("two own orders open in {}", order.symbol));
        }
    }

    /// The exchange heard a cancel.
    pub(crate) fn withdrawn(&mut self, cancel: &Cancel) {
        self.arrived(cancel.id.as_str());
    }

    /// I12: a cancel names the one order it takes back and may come late; an order may not.
    fn in_time(&mut self, now: Instant, id: &str) {
        let Some(intent) = self.intents.get(id).cloned() else {
            return;
        };
        let late = now.duration_since(intent.at);
        if late > ACCEPTED_WITHIN {
            self.breach(
                "I12",
                format!("{id} was accepted {late:#} after its intent"),
            );
        }
        if self.decided > intent.seq {
            let seq = self.decided;
            self.breach(
                "I12",
                format!("{id} was accepted after the newer decision {seq}"),
            );
        }
    }

    /// I6 and I8, for whatever arrives.
    fn arrived(&mut self, id: &str) {
        let Some(intent) = self.intents.get(id).cloned() else {
            self.breach("I6", format!("{id} was carried out without an intent"));
            return;
        };
        if let Some(by) = self.superseded(&intent.run, u64::MAX) {
            let overdue = self.overdue.entry(intent.run.clone()).or_default();
            if !overdue.iter().any(|known| known == id) {
                overdue.push(id.to_owned());
            }
            if overdue.len() > 1 {
                let words = format!(
                    "{} of run {}, which {by} succeeded",
                    overdue.join(", "),
                    &intent.run[..6]
                );
                self.breach("I8", words);
            }
        }
    }
}

/// Dollars in the account, unsettled ones included, whatever its views leave out.
fn cash(venue: &Venue) -> Money {
    let view = venue.account();
    view.equity - view.long_market_value - view.short_market_value
}
