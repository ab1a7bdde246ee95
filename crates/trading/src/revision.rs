//! Closed bars that changed after a signal was taken from them.
//!
//! Such a revision is recorded and never traded: what was decided was right by what was known, and
//! the next slot decides from the bars as they are then. Remembered of every source are its newest
//! closed hours, as last seen, and its newest signals; what changed before those weighs too little
//! to be asked for. Hours that all changed are on another share basis and no revision.

use std::collections::{BTreeMap, BTreeSet};

use market::calendar::Slot;
use market::hours::Hour;
use market::{Instant, Price};
use serde::{Deserialize, Serialize};
use strategy::{Averages, Holding, Params, Signal, decide};

use crate::judge::{Decided, Verdict};
use crate::observation::{Observation, Reading, SourceName};
use crate::record::Hash;

/// Closed hours remembered of a source: two sessions. With fewer there is no signal yet.
const HOURS_KEPT: usize = 14;
/// Signals remembered of a source: one session.
const SIGNALS_KEPT: usize = 13;

/// A signal that would have been another one from the bars as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revised {
    /// Whose bars changed.
    pub source: SourceName,
    /// The slot of the signal.
    pub slot: Slot,
    /// What its bars said then.
    pub recorded: Signal,
    /// What they say now, at the price of then.
    pub revised: Signal,
    /// What changed, oldest first.
    pub hours: Vec<RevisedHour>,
}

/// An hour whose close changed after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisedHour {
    /// Its end.
    pub end: Instant,
    /// The close that was seen; none where there was no hour.
    pub was: Option<Price>,
    /// The close that is there now; none where there is no hour any more.
    pub now: Option<Price>,
}

/// What a later look at the bars is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The configuration under which the signals were taken: another one asks other questions.
    configuration: Option<Hash>,
    sources: BTreeMap<SourceName, SourceMemory>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct SourceMemory {
    /// Ends and closes of the newest hours, oldest first.
    hours: Vec<(Instant, Price)>,
    /// Slot, price and signal of the newest decisions, oldest first.
    signals: Vec<(Slot, Price, Signal)>,
}

impl Memory {
    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Whether a revision may still be told of a signal of this slot.
    #[must_use]
    pub fn recalls(&self, slot: Slot) -> bool {
        let mut signals = self.sources.values().flat_map(|memory| &memory.signals);
        signals.any(|(of, _, _)| *of == slot)
    }

    /// Remembers the hours that were seen under `configuration`.
    pub(crate) fn see(&mut self, observation: &Observation, configuration: Option<Hash>) {
        if self.configuration != configuration {
            *self = Self::default();
        }
        for (name, hours) in usable(observation) {
            if hours.len() < HOURS_KEPT {
                continue;
            }
            self.configuration = configuration;
            let memory = self.sources.entry(name.clone()).or_default();
            if memory.is_on_another_basis(hours) {
                memory.signals.clear();
            }
            let newest = &hours[hours.len() - HOURS_KEPT..];
            memory.hours = newest.iter().map(|hour| (hour.end, hour.close)).collect();
        }
    }

    /// Remembers the signals that were taken from them.
    pub(crate) fn take(&mut self, decided: &Decided, slot: Slot) {
        for opinion in &decided.opinions {
            if let (Verdict::Decision(decision), Some(memory)) =
                (&opinion.verdict, self.sources.get_mut(&opinion.source))
            {
                memory.signals.retain(|(of, _, _)| *of != slot);
                memory.signals.push((slot, decision.price, decision.signal));
                let surplus = memory.signals.len().saturating_sub(SIGNALS_KEPT);
                memory.signals.drain(..surplus);
            }
        }
    }

    /// What has been told is not told again.
    pub(crate) fn note(&mut self, revised: &Revised) {
        let memory = self.sources.get_mut(&revised.source);
        let signals = memory.map(|memory| &mut memory.signals);
        for (slot, _, signal) in signals.into_iter().flatten() {
            if *slot == revised.slot {
                *signal = revised.revised;
            }
        }
    }

    /// The remembered signals that would be others from the bars seen now. `self` is what was
    /// remembered before they were.
    pub(crate) fn revised(
        &self,
        observation: &Observation,
        params: &Params,
        configuration: Option<Hash>,
    ) -> Vec<Revised> {
        if self.configuration != configuration {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (name, hours) in usable(observation) {
            if let Some(memory) = self.sources.get(name) {
                found.extend(memory.revised(name, hours, params));
            }
        }
        found
    }
}

impl SourceMemory {
    fn revised(&self, name: &SourceName, hours: &[Hour], params: &Params) -> Vec<Revised> {
        let changed = self.changed(hours);
        if changed.is_empty() || self.is_on_another_basis(hours) {
            return Vec::new();
        }
        let (then, now) = (self.as_it_was(hours), closes(hours));
        let revised = |(slot, price, recorded): &(Slot, Price, Signal)| {
            let [was, is] = [&then, &now].map(|closes| signal(closes, *slot, *price, params));
            // Where even the bars of then say something else now, the window's beginning decides.
            let revised = is.filter(|is| was == Some(*recorded) && is != recorded)?;
            Some(Revised {
                source: name.clone(),
                slot: *slot,
                recorded: *recorded,
                revised,
                hours: changed.clone(),
            })
        };
        self.signals.iter().filter_map(revised).collect()
    }

    /// The hours among those remembered that are others now, have gone, or have come.
    fn changed(&self, hours: &[Hour]) -> Vec<RevisedHour> {
        let Some(((first, _), (last, _))) = self.hours.first().zip(self.hours.last()) else {
            return Vec::new();
        };
        let now: BTreeMap<Instant, Price> = closes(hours)
            .into_iter()
            .filter(|(end, _)| (first..=last).contains(&end))
            .collect();
        let was: BTreeMap<Instant, Price> = self.hours.iter().copied().collect();
        let ends: BTreeSet<Instant> = now.keys().chain(was.keys()).copied().collect();
        let hour = |end: Instant| RevisedHour {
            end,
            was: was.get(&end).copied(),
            now: now.get(&end).copied(),
        };
        let is_changed = |hour: &RevisedHour| hour.was != hour.now;
        ends.into_iter().map(hour).filter(is_changed).collect()
    }

    /// Whether every hour known before and now has another close.
    fn is_on_another_basis(&self, hours: &[Hour]) -> bool {
        let now: BTreeMap<Instant, Price> = closes(hours).into_iter().collect();
        let both = self.hours.iter().filter_map(|(end, was)| {
            let now = now.get(end)?;
            Some(now != was)
        });
        let both: Vec<bool> = both.collect();
        both.len() > 1 && both.into_iter().all(|differs| differs)
    }

    /// The hours seen now, with those remembered in the place of what is there now.
    fn as_it_was(&self, hours: &[Hour]) -> Vec<(Instant, Price)> {
        let Some(((first, _), (last, _))) = self.hours.first().zip(self.hours.last()) else {
            return closes(hours);
        };
        let now = closes(hours);
        let before = now.iter().filter(|(end, _)| end < first);
        let after = now.iter().filter(|(end, _)| end > last);
        before.chain(&self.hours).chain(after).copied().collect()
    }
}

/// The usable sources with their hours that had ended by the slot.
fn usable(observation: &Observation) -> impl Iterator<Item = (&SourceName, &[Hour])> {
    let views = observation.sources.iter();
    views.filter_map(|view| match &view.reading {
        Reading::Usable { closed, .. } => {
            let ended = closed.partition_point(|hour| hour.end <= observation.slot.at());
            Some((&view.source, &closed[..ended]))
        }
        Reading::Unusable { .. } => None,
    })
}

fn closes(hours: &[Hour]) -> Vec<(Instant, Price)> {
    hours.iter().map(|hour| (hour.end, hour.close)).collect()
}

/// What the hours that had ended by `slot` say of `price`; none while they are too few.
fn signal(
    closes: &[(Instant, Price)],
    slot: Slot,
    price: Price,
    params: &Params,
) -> Option<Signal> {
    let ended = closes.partition_point(|(end, _)| *end <= slot.at());
    let skipped = ended.saturating_sub(params.window_hours() as usize);
    let mut averages = Averages::new(params);
    for (_, close) in &closes[skipped..ended] {
        averages.push(*close);
    }
    let decision = decide(params, &averages, price, Holding::Flat).ok()?;
    Some(decision.signal)
}
