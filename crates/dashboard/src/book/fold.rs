//! What each record adds to the book.

use market::{Calendar, Instant, Slot};
use trading::observation::Observation;
use trading::outcome::Outcome;
use trading::portfolio::Portfolio;
use trading::record::{Entry, Head, Record, SlotClosed};
use trading::revision::Revised;

use super::{Book, EVENTS_MAX, Event, Kind, Mark, Under};

impl Book {
    /// The book after `entry`, which is the next of the chain.
    pub fn take(&mut self, entry: &Entry, calendar: &Calendar) {
        self.head = Some(Head {
            seq: entry.seq,
            hash: entry.hash,
        });
        self.event(entry);
        self.orders.take(entry);
        if let Record::SlotsMissed(missed) = &entry.record {
            self.missed(entry.seq, missed.first, missed.last, calendar);
        }
        if let Some(slot) = entry.slot {
            self.turn_to(slot, entry);
            self.slot_record(entry);
        }
    }

    fn slot_record(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Observed(observation) => self.observe(observation),
            Record::Replanned(replanned) => self.see(&replanned.portfolio),
            Record::Decided(decided) => {
                let Some(under) = &mut self.under else { return };
                under.symbol = Some(decided.symbol.clone());
                let mark = &mut under.mark;
                mark.target = decided.decision.is_some().then_some(decided.target);
                if let Some(decision) = &decided.decision {
                    mark.signal = Some(decision.signal);
                    (mark.fast, mark.slow) = (Some(decision.fast), Some(decision.slow));
                }
            }
            Record::SlotClosed(closed) => self.close(closed, entry.at),
            _ => {}
        }
    }

    /// A record of another slot than the one under way leaves that one open.
    fn turn_to(&mut self, slot: Slot, entry: &Entry) {
        if let Some(left) = self.under.take_if(|under| under.mark.slot != slot) {
            self.marks.push(left.mark);
        }
        self.under.get_or_insert_with(|| Under {
            mark: Mark::new(slot, entry.seq),
            began: entry.at,
            symbol: None,
        });
    }

    fn missed(&mut self, seq: u64, first: Slot, last: Slot, calendar: &Calendar) {
        let before = first.at() - market::time::seconds(1);
        // A day that no calendar has was refused when the chain was written.
        let slots = calendar.slots(before, last.at()).unwrap_or_default();
        self.marks.extend(slots.into_iter().map(|slot| Mark {
            kind: Kind::Missed,
            ..Mark::new(slot, seq)
        }));
    }

    fn observe(&mut self, observation: &Observation) {
        for view in &observation.sources {
            let took = observation.at.duration_since(view.asked_at);
            let latency = self.latencies.entry(view.source.clone()).or_default();
            latency.take(i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        }
        self.movements.take(&observation.flows);
        if let Some(under) = &mut self.under {
            let price = observation.price.as_ref();
            under.mark.price = price.map(|point| point.price);
            under.symbol = Some(observation.asset.symbol.clone());
        }
        self.see(&observation.portfolio);
    }

    fn see(&mut self, portfolio: &Portfolio) {
        let Some(under) = &mut self.under else { return };
        under.mark.equity = Some(portfolio.account.equity);
        let of_it = |symbol| !portfolio.long(symbol).is_zero();
        under.mark.held = under.symbol.as_ref().is_some_and(of_it);
    }

    fn close(&mut self, closed: &SlotClosed, at: Instant) {
        if let Some(portfolio) = &closed.portfolio {
            self.see(portfolio);
        }
        let Some(mut under) = self.under.take() else {
            return;
        };
        let mark = &mut under.mark;
        mark.kind = Kind::of(&closed.outcome);
        mark.words = chronicle::row::words(&closed.outcome).unwrap_or_default();
        if let Outcome::Refused(refusal) = &closed.outcome {
            mark.reason = Some(refusal.reason);
        }
        mark.unit = closed
            .state
            .unit
            .as_ref()
            .and_then(|unit| unit.value().to_string().parse().ok());
        mark.took_ms = i64::try_from(at.duration_since(under.began).as_millis()).ok();
        let breached = closed.breaches.iter().map(|breach| Event {
            at,
            text: breach.to_string(),
        });
        self.breaches.extend(breached);
        self.marks.push(under.mark);
    }

    /// A later look at the bars is told with the slot whose signal it is.
    fn revise(&mut self, revised: &Revised) {
        self.revised += 1;
        let of_it = |mark: &&mut Mark| mark.slot == revised.slot;
        if let Some(mark) = self.marks.iter_mut().rev().find(of_it) {
            let signal = chronicle::row::signal_word(revised.revised);
            let gap = if mark.words.is_empty() { "" } else { "; " };
            let source = &revised.source;
            mark.words = format!("{}{gap}revised later: {signal} on {source}", mark.words);
        }
    }

    fn event(&mut self, entry: &Entry) {
        let text = match &entry.record {
            Record::Bound(bound) => format!("begun: account {} at {}", bound.account, bound.host),
            Record::Halted(halted) => format!("halted: {}", halted.reason),
            Record::Resumed(resumed) => format!("resumed: {}", resumed.note),
            Record::Adopted(note) => format!("adopted: {}", note.text),
            Record::Armed(armed) => {
                format!("armed until {}", market::time::new_york_text(armed.until))
            }
            Record::Disarmed(note) => format!("disarmed: {}", note.text),
            Record::SplitRuled(ruled) => chronicle::switches::ruling(ruled),
            Record::Repaired(repaired) => format!("repaired: {} orders", repaired.orders.len()),
            Record::Noted(note) => note.text.clone(),
            Record::TryFailed(failed) => format!("try failed at {}: {}", failed.step, failed.error),
            Record::Revised(revised) => {
                self.revise(revised);
                return;
            }
            _ => return,
        };
        if self.events.len() == EVENTS_MAX {
            self.events.remove(0);
        }
        self.events.push(Event { at: entry.at, text });
    }
}
