//! A chain walked record by record, and everything it shows to be wrong.

use std::collections::{BTreeMap, BTreeSet};

use market::Instant;
use market::calendar::{Calendar, Slot};

use super::completion::Completion;
use super::delivery::Deliveries;
use super::outcomes::Outcomes;
use super::ownership::Ownership;
use super::under_way::UnderWay;
use super::{
    Breach, cash, completion, evidence, exits, holdings, permission, purchases, recomputation,
    register,
};
use crate::judge::Decided;
use crate::observation::Observation;
use crate::order::Order;
use crate::record::{Entry, Hash, Intended, Intent, Record};
use crate::replay::Replay;
use crate::settings::Settings;
use crate::state::State;

/// A record together with all that stood when it was written.
pub(super) struct Moment<'a> {
    pub(super) entry: &'a Entry,
    /// The folded journal before it.
    pub(super) before: &'a State,
    /// The configuration of the try.
    pub(super) settings: &'a Settings,
    /// The calendar of that configuration.
    pub(super) calendar: &'a Calendar,
    /// What the try has seen.
    pub(super) observed: Option<&'a Observation>,
    /// What it made of it.
    pub(super) decided: Option<&'a Decided>,
    /// The slot so far.
    pub(super) under_way: &'a UnderWay,
}

/// Walks a chain, or the records of one slot, and keeps what is wrong.
///
/// Whoever walks it answers [`History::wants`] with [`History::learn`] before taking an entry. A
/// try whose configuration is not known any more, or that followed other rules, is checked only
/// for what needs neither.
#[derive(Debug, Default)]
pub struct History {
    replay: Replay,
    calendars: BTreeMap<Hash, Calendar>,
    current: Option<Hash>,
    under_way: UnderWay,
    ownership: Ownership,
    outcomes: Outcomes,
    deliveries: Deliveries,
    completion: Option<Completion>,
    found: Vec<(u64, Breach)>,
    /// What was found in the slot under way.
    told: BTreeSet<Breach>,
    told_of: Option<Slot>,
}

impl History {
    /// A walk from a chain's first record on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A walk from a slot's first record on, with what the records before it left.
    #[must_use]
    pub fn resumed(before: State, settings: &Settings, calendar: &Calendar) -> Self {
        let mut history = Self {
            replay: Replay::resumed(before),
            ..Self::default()
        };
        history.adopt(settings.hash(), settings.clone(), calendar.clone());
        history
    }

    /// The same walk, told that nothing has failed since `moment`: from then on unfinished work
    /// is a breach of I5.
    #[must_use]
    pub fn calm_since(mut self, moment: Instant) -> Self {
        self.completion = Some(Completion::since(moment));
        self
    }

    /// The configuration hash that should be given by [`History::learn`] before `entry` is taken.
    #[must_use]
    pub fn wants(&self, entry: &Entry) -> Option<Hash> {
        self.replay.wants(entry)
    }

    /// A configuration, by its text beside the chain. One whose calendar makes no sense was never
    /// traded under.
    pub fn learn(&mut self, hash: Hash, settings: Settings) {
        if let Ok(calendar) = settings.calendar() {
            self.adopt(hash, settings, calendar);
        }
    }

    fn adopt(&mut self, hash: Hash, settings: Settings, calendar: Calendar) {
        self.replay.learn(hash, settings);
        self.calendars.insert(hash, calendar);
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry) {
        if let Record::SlotOpened(opened) = &entry.record {
            self.current = Some(opened.configuration);
        }
        let mut found = Vec::new();
        found.extend(self.ownership.take(entry));
        let nyse = Calendar::nyse();
        let calendar = self.calendar().unwrap_or(&nyse).clone();
        found.extend(self.outcomes.take(entry, &calendar));
        let beyond_plan = self.under_way.take(entry);
        let delivered = self.deliveries.take(entry, self.under_way.skew());
        if self.is_comparable(entry) {
            found.extend(beyond_plan);
            found.extend(delivered);
            found.extend(self.look(entry, &calendar));
            let known = self.replay.difference().is_some();
            self.replay.take(entry);
            let difference = self.replay.difference().filter(|_| !known);
            found.extend(difference.map(recomputation::differing));
        } else {
            self.replay.follow(entry);
        }
        self.keep(entry, found);
    }

    /// What lasts for some records of a slot is told once, at the first that shows it.
    fn keep(&mut self, entry: &Entry, found: Vec<Breach>) {
        if entry.slot.is_some() && self.told_of != entry.slot {
            self.told_of = entry.slot;
            self.told.clear();
        }
        for breach in found {
            if self.told.insert(breach.clone()) {
                self.found.push((entry.seq, breach));
            }
        }
    }

    /// What is wrong so far, each behind the number of the record that shows it.
    #[must_use]
    pub fn breaches(&self) -> &[(u64, Breach)] {
        &self.found
    }

    /// What was wrong, each behind the number of the record that shows it.
    #[must_use]
    pub fn finish(self) -> Vec<(u64, Breach)> {
        self.found
    }

    pub(super) fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    pub(super) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    fn calendar(&self) -> Option<&Calendar> {
        self.calendars.get(&self.current?)
    }

    /// Whether the try of this record followed these rules under a configuration that is known.
    fn is_comparable(&self, entry: &Entry) -> bool {
        self.calendar().is_some() && self.replay.is_of_these_rules(entry)
    }

    /// What one record shows that stands against something before it.
    fn look(&mut self, entry: &Entry, calendar: &Calendar) -> Vec<Breach> {
        let Some(settings) = self
            .current
            .and_then(|hash| self.replay.configuration(&hash))
        else {
            return Vec::new();
        };
        let moment = Moment {
            entry,
            before: self.replay.state(),
            settings,
            calendar,
            observed: self.replay.observed(),
            decided: self.replay.decided(),
            under_way: &self.under_way,
        };
        let mut found = at(&moment);
        let unfinished = self.completion.as_mut().map(|calm| calm.take(&moment));
        found.extend(unfinished.into_iter().flatten());
        found
    }
}

/// What this record shows that stands against something before it.
fn at(moment: &Moment<'_>) -> Vec<Breach> {
    match &moment.entry.record {
        Record::Decided(decided) => {
            let mut found = exits::misplaced(decided);
            found.extend(completion::forgotten(moment, decided));
            found
        }
        Record::Intended(intended) => at_intent(moment, intended),
        Record::Answered(answered) => register::unasked(moment, &answered.id)
            .into_iter()
            .collect(),
        Record::Settled(settled) => register::unasked(moment, &settled.id).into_iter().collect(),
        Record::SlotClosed(closed) => exits::refused_outcome(moment, &closed.outcome)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn at_intent(moment: &Moment<'_>, intended: &Intended) -> Vec<Breach> {
    let mut found = permission::forbidden(moment, intended);
    if let Intent::Order(order) = &intended.intent {
        found.extend(at_order(moment, order));
    }
    found
}

fn at_order(moment: &Moment<'_>, order: &Order) -> Vec<Breach> {
    let single = [
        purchases::second_open(moment, order),
        cash::uncovered(moment, order),
        holdings::oversized(moment, order),
        recomputation::unplanned(moment, order),
        recomputation::misnamed(moment, order),
    ];
    let mut found: Vec<Breach> = single.into_iter().flatten().collect();
    found.extend(evidence::unfounded(moment, order));
    found
}
