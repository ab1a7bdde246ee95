//! The watchdog: after the close, is every slot of the day accounted for, and does the chain hold?

use std::collections::BTreeMap;

use cycle::port::{Alert, AlertLevel, Journal};
use market::calendar::Slot;
use market::time::new_york_date;
use market::{Date, Instant, Money};
use serde_json::{Value, json};
use trading::invariants::{Breach, History};
use trading::outcome::Outcome;
use trading::record::{Entry, Head, Record};
use trading::settings::Settings;
use trading::state::State;

use crate::failure::Failure;
use crate::function::Ground;
use crate::metrics;

/// Records read at a time.
const PAGE: u64 = 64;

/// What the day came to.
#[derive(Default)]
struct Day {
    /// Slots whose time is over.
    due: Vec<Slot>,
    outcomes: BTreeMap<Slot, Outcome>,
    equity: Option<Money>,
    breaches: Vec<(u64, Breach)>,
    /// The first broken link of the whole chain.
    defect: Option<String>,
}

/// Looks the day of `now` over, tells the owner, and leaves the metrics that alarm.
///
/// # Errors
/// [`Failure`] when the table cannot be read.
pub(crate) async fn check(ground: &Ground, now: Instant) -> Result<Value, Failure> {
    let date = new_york_date(now);
    let head = ground.table.newest().await?;
    let mut day = Day {
        due: due(ground, date, now)?,
        ..Day::default()
    };
    let entries = since(ground, head, date).await?;
    day.take(&entries, ground).await?;
    let defect = journal::check_links(&ground.table).await;
    let defect = defect.map_err(cycle::port::JournalError::from)?;
    day.defect = defect.map(|defect| defect.to_string());
    let (without, missed) = (day.without(), day.missed());
    ground.measure(&day, without.len() + missed.len());
    let alert = day.alert(date, &without, head);
    let (missing, missed_count) = (without.len(), missed.len());
    tracing::info!(%date, sound = day.is_sound(), missing, missed = missed_count, "day");
    if let Err(error) = ground.alerts.send(&alert).await {
        tracing::error!(error, "an alert was not delivered");
    }
    let texts = |slots: &[Slot]| slots.iter().map(Slot::to_string).collect::<Vec<_>>();
    let breaches: Vec<String> = day.breaches.iter().map(|(_, it)| it.to_string()).collect();
    Ok(json!({
        "schema": "tqqq.lambda.day/1",
        "date": date.to_string(),
        "due": day.due.len(),
        "without_outcome": texts(&without),
        "missed": texts(&missed),
        "breaches": breaches,
        "defect": day.defect,
        "equity": day.equity.map(|equity| equity.to_string()),
        "head": head.map(|head| head.to_string()),
    }))
}

/// Slots of the date that nobody may still be at work on.
fn due(ground: &Ground, date: Date, now: Instant) -> Result<Vec<Slot>, Failure> {
    let orders = &ground.settings.orders;
    let over = |slot: &Slot| slot.at() + orders.max_slot_age() + orders.try_timeout() <= now;
    let session = ground
        .calendar
        .session(date)
        .map_err(|error| Failure::Configuration(error.to_string()))?;
    let slots = session.map(|session| session.slots()).unwrap_or_default();
    Ok(slots.into_iter().filter(over).collect())
}

/// The records since the newest closed slot of an earlier date, that slot's closing included.
async fn since(ground: &Ground, head: Option<Head>, date: Date) -> Result<Vec<Entry>, Failure> {
    let chain = ground.chain();
    let mut entries: Vec<Entry> = Vec::new();
    let mut end = head.map_or(0, |head| head.seq);
    let closes_earlier = |entry: &Entry| {
        matches!(entry.record, Record::SlotClosed(_))
            && entry.slot.is_some_and(|slot| slot.date() < date)
    };
    while end > 0 {
        let from = end.saturating_sub(PAGE - 1).max(1);
        let count = usize::try_from(end + 1 - from).unwrap_or_default();
        let mut page = chain.read(from, count).await?;
        let anchor = page.iter().rposition(closes_earlier);
        page.drain(..anchor.unwrap_or(0));
        page.append(&mut entries);
        entries = page;
        if anchor.is_some() {
            break;
        }
        end = from - 1;
    }
    Ok(entries)
}

impl Day {
    /// What `entries` tell of the day, and whether what they tell should ever have happened.
    async fn take(&mut self, entries: &[Entry], ground: &Ground) -> Result<(), Failure> {
        let chain = ground.chain();
        let before = match entries.first().map(|entry| &entry.record) {
            Some(Record::SlotClosed(closed)) => closed.state.clone(),
            _ => State::default(),
        };
        let begins_midway = entries.first().is_some_and(|entry| entry.seq > 1);
        let mut history = if begins_midway {
            History::resumed(before, &ground.settings, &ground.calendar)
        } else {
            History::new()
        };
        for entry in entries.iter().skip(usize::from(begins_midway)) {
            if let Some(hash) = history.wants(entry)
                && let Some(text) = chain.body(hash).await?
                && let Ok(settings) = serde_json::from_slice::<Settings>(&text)
            {
                history.learn(hash, settings);
            }
            history.take(entry);
            match (&entry.record, entry.slot) {
                (Record::SlotClosed(closed), Some(slot)) => {
                    self.outcomes.insert(slot, closed.outcome.clone());
                    let seen = closed.portfolio.as_ref();
                    self.equity = seen.map(|seen| seen.account.equity).or(self.equity);
                }
                (Record::SlotsMissed(missed), _) => {
                    for slot in &self.due {
                        if (missed.first..=missed.last).contains(slot) {
                            self.outcomes.insert(*slot, Outcome::Missed);
                        }
                    }
                }
                _ => {}
            }
        }
        // Slots before the chain's first record are nobody's.
        if !begins_midway {
            let began = entries.first().map(|entry| entry.at);
            self.due
                .retain(|slot| began.is_none_or(|began| slot.at() >= began));
        }
        self.breaches = history.finish();
        Ok(())
    }

    fn without(&self) -> Vec<Slot> {
        let has_none = |slot: &&Slot| !self.outcomes.contains_key(slot);
        self.due.iter().filter(has_none).copied().collect()
    }

    /// Slots on record as missed: the next run found that nobody had opened them.
    fn missed(&self) -> Vec<Slot> {
        let is_missed = |slot: &&Slot| self.outcomes.get(slot) == Some(&Outcome::Missed);
        self.due.iter().filter(is_missed).copied().collect()
    }

    fn is_sound(&self) -> bool {
        self.defect.is_none() && self.breaches.is_empty()
    }

    fn alert(&self, date: Date, without: &[Slot], head: Option<Head>) -> Alert {
        let mut lines = vec![self.summary()];
        if !without.is_empty() {
            let slots: Vec<String> = without.iter().map(Slot::to_string).collect();
            lines.push(format!("WITHOUT AN OUTCOME: {}", slots.join(", ")));
        }
        if let Some(defect) = &self.defect {
            lines.push(format!("THE CHAIN IS BROKEN: {defect}"));
        }
        for (seq, breach) in &self.breaches {
            lines.push(format!("invariant breached at record {seq}: {breach}"));
        }
        lines.push(head.map_or_else(
            || "the journal is empty".to_owned(),
            |head| format!("journal head {head}"),
        ));
        let level = if !self.is_sound() || !without.is_empty() {
            AlertLevel::Critical
        } else if self.missed().is_empty() {
            AlertLevel::Notice
        } else {
            AlertLevel::Warning
        };
        Alert {
            level,
            title: format!("day {date}"),
            text: lines.join("\n"),
        }
    }

    /// `13 slots: 12 held, 1 traded; equity 10,000.00 USD`.
    fn summary(&self) -> String {
        if self.due.is_empty() {
            return "no slot was due".to_owned();
        }
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for slot in &self.due {
            if let Some(outcome) = self.outcomes.get(slot) {
                *counts.entry(outcome.name()).or_default() += 1;
            }
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let equity = self
            .equity
            .map(|equity| format!("; equity {equity} USD"))
            .unwrap_or_default();
        format!("{} slots: {}{equity}", self.due.len(), counts.join(", "))
    }
}

impl Ground {
    fn measure(&self, day: &Day, missed: usize) {
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        let values = [
            (metrics::SLOTS_MISSED, f64::from(missed)),
            (metrics::UNSOUND, f64::from(u8::from(!day.is_sound()))),
            (metrics::DAYS_CHECKED, 1.0),
        ];
        metrics::emit(&self.settings.venue.to_string(), self.wall.now(), &values);
    }
}
