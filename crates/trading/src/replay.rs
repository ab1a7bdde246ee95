//! Decisions and plans computed again from the record: identical, or the first difference.

use std::collections::{BTreeMap, BTreeSet};

use market::calendar::Slot;
use serde::Serialize;
use serde_json::Value;

use crate::judge::{Decided, judge, replan};
use crate::observation::Observation;
use crate::record::{Entry, Hash, RULES_VERSION, Reconstructed, Record, Replanned, SlotOpened};
use crate::revision::Revised;
use crate::settings::Settings;
use crate::spread::{Quoted, too_wide};
use crate::state::State;

/// What a replay found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Decisions computed again.
    pub decisions: u64,
    /// Plans computed again, first plans included.
    pub plans: u64,
    /// Closing states computed again.
    pub states: u64,
    /// Tries whose records follow other rules and are not compared.
    pub other_rules: u64,
    /// The first difference.
    pub difference: Option<Difference>,
}

/// Where record and computation part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The record's number.
    pub seq: u64,
    /// Its slot.
    pub slot: Option<Slot>,
    /// What differs: `decision`, `plan`, `spread`, `state`, `reconstruction`, `revision`,
    /// `observation`, `configuration`.
    pub what: &'static str,
    /// As recorded: the first value that differs, behind the path to it.
    pub recorded: String,
    /// As computed now.
    pub computed: String,
}

/// Folds a chain entry by entry and computes again what can be computed.
#[derive(Debug, Default)]
pub struct Replay {
    state: State,
    configurations: BTreeMap<Hash, Settings>,
    current: Option<Hash>,
    observed: Option<(State, Box<Observation>)>,
    reconstructed: Option<Reconstructed>,
    revised: Vec<Revised>,
    decided: Option<Box<Decided>>,
    rules: u32,
    only: Option<Vec<Slot>>,
    found: Replayed,
}

impl Replay {
    /// A replay of all slots, or of `only` these.
    #[must_use]
    pub fn new(only: Option<Vec<Slot>>) -> Self {
        Self {
            only,
            ..Self::default()
        }
    }

    /// A replay that begins behind the records that left `before`, at the opening of a slot.
    #[must_use]
    pub fn resumed(before: State) -> Self {
        Self {
            state: before,
            ..Self::default()
        }
    }

    /// The configuration hash that must be given by [`Replay::learn`] before `entry` is taken.
    #[must_use]
    pub fn wants(&self, entry: &Entry) -> Option<Hash> {
        match &entry.record {
            Record::SlotOpened(opened)
                if !self.configurations.contains_key(&opened.configuration) =>
            {
                Some(opened.configuration)
            }
            _ => None,
        }
    }

    /// A configuration, by its text beside the chain.
    pub fn learn(&mut self, hash: Hash, settings: Settings) {
        self.configurations.insert(hash, settings);
    }

    /// Takes the next entry; after the first difference nothing more is compared.
    pub fn take(&mut self, entry: &Entry) {
        self.compare(entry);
        self.follow(entry);
    }

    /// Takes the next entry and compares nothing.
    pub fn follow(&mut self, entry: &Entry) {
        if let Record::SlotOpened(opened) = &entry.record {
            self.open(entry, opened);
        }
        match &entry.record {
            // Under other rules the record's own state is where the next slot began.
            Record::SlotClosed(closed) if self.rules != RULES_VERSION => {
                self.state = closed.state.clone();
            }
            _ => self.state.fold(entry),
        }
    }

    /// The folded journal so far.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The first difference so far.
    #[must_use]
    pub fn difference(&self) -> Option<&Difference> {
        self.found.difference.as_ref()
    }

    /// What the try under way has seen.
    pub(crate) fn observed(&self) -> Option<&Observation> {
        self.observed.as_ref().map(|(_, seen)| &**seen)
    }

    /// What the try under way has decided.
    pub(crate) fn decided(&self) -> Option<&Decided> {
        self.decided.as_deref()
    }

    /// A configuration that was learned.
    pub(crate) fn configuration(&self, hash: &Hash) -> Option<&Settings> {
        self.configurations.get(hash)
    }

    /// Whether `entry` was written under the rules of this program.
    pub(crate) fn is_of_these_rules(&self, entry: &Entry) -> bool {
        match &entry.record {
            Record::SlotOpened(opened) => opened.rules == RULES_VERSION,
            _ => self.rules == RULES_VERSION,
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Replayed {
        self.found
    }

    fn compare(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Observed(observation) => {
                self.observed = Some((self.state.clone(), observation.clone()));
                self.revised.clear();
            }
            Record::Reconstructed(recorded) => self.reconstructed = Some(recorded.clone()),
            Record::Revised(recorded) => self.revised.push(recorded.clone()),
            Record::Decided(recorded) => {
                if self.is_wanted(entry) {
                    self.compare_decision(entry, recorded);
                }
                self.decided = Some(recorded.clone());
            }
            Record::Replanned(replanned) if self.is_wanted(entry) => {
                self.compare_plan(entry, replanned);
            }
            Record::Quoted(quoted) if self.is_wanted(entry) => self.compare_spread(entry, quoted),
            Record::SlotClosed(closed) if self.is_wanted(entry) => {
                self.compare_state(entry, &closed.state);
            }
            _ => {}
        }
    }

    fn open(&mut self, entry: &Entry, opened: &SlotOpened) {
        self.current = Some(opened.configuration);
        self.rules = opened.rules;
        self.found.other_rules +=
            u64::from(opened.rules != RULES_VERSION && self.is_asked_for(entry));
        (self.observed, self.reconstructed, self.decided) = (None, None, None);
    }

    fn is_asked_for(&self, entry: &Entry) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| entry.slot.is_some_and(|slot| only.contains(&slot)))
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        self.is_asked_for(entry) && self.rules == RULES_VERSION
    }

    fn settings(&self) -> Option<&Settings> {
        self.configurations.get(&self.current?)
    }

    fn compare_decision(&mut self, entry: &Entry, recorded: &Decided) {
        if self.found.difference.is_some() {
            return;
        }
        let Some((state, observation)) = &self.observed else {
            return self.note(entry, "observation", THERE, NOT_THERE);
        };
        let Some(settings) = self.settings() else {
            return self.note(entry, "configuration", THERE, NOT_THERE);
        };
        let judgement = match judge(observation, state, settings) {
            Ok(judgement) => judgement,
            Err(error) => {
                let computed = error.to_string();
                return self.note(entry, "configuration", THERE, computed.as_str());
            }
        };
        self.found.decisions += 1;
        self.found.plans += 1;
        let made_up = self.reconstructed.take();
        self.note(entry, "reconstruction", &made_up, &judgement.reconstructed);
        let revised = std::mem::take(&mut self.revised);
        self.note(entry, "revision", &revised, &judgement.revised);
        let computed = judgement.decided;
        let plan = computed.plan.clone();
        let only_plan = Decided {
            plan,
            ..recorded.clone()
        } == computed;
        let what = if only_plan { "plan" } else { "decision" };
        self.note(entry, what, recorded, &computed);
    }

    fn compare_plan(&mut self, entry: &Entry, replanned: &Replanned) {
        if self.found.difference.is_some() {
            return;
        }
        let (Some((_, observation)), Some(decided)) = (&self.observed, &self.decided) else {
            return self.note(entry, "observation", THERE, NOT_THERE);
        };
        let Some(settings) = self.settings() else {
            return self.note(entry, "configuration", THERE, NOT_THERE);
        };
        let computed = replan(
            decided,
            &replanned.portfolio,
            observation,
            &self.state,
            settings,
        );
        self.found.plans += 1;
        self.note(entry, "plan", &replanned.plan, &computed);
    }

    fn compare_spread(&mut self, entry: &Entry, quoted: &Quoted) {
        let Some((_, observation)) = &self.observed else {
            return self.note(entry, "observation", &THERE, &NOT_THERE);
        };
        let Some(settings) = self.settings() else {
            return self.note(entry, "configuration", &THERE, &NOT_THERE);
        };
        let open = observation.narrower_session().open;
        let (symbol, at) = (&quoted.symbol, quoted.at);
        let computed = too_wide(&quoted.look, symbol, at, open, &settings.limits);
        self.note(entry, "spread", &quoted.refused, &computed);
    }

    fn compare_state(&mut self, entry: &Entry, recorded: &State) {
        if self.found.difference.is_some() {
            return;
        }
        let mut computed = self.state.clone();
        computed.fold(entry);
        self.found.states += 1;
        self.note(entry, "state", recorded, &computed);
    }

    /// Keeps the first difference found.
    fn note<T: Serialize + PartialEq + ?Sized>(
        &mut self,
        entry: &Entry,
        what: &'static str,
        recorded: &T,
        computed: &T,
    ) {
        if self.found.difference.is_some() || recorded == computed {
            return;
        }
        if let Some((recorded, computed)) = difference(recorded, computed) {
            self.found.difference = Some(Difference {
                seq: entry.seq,
                slot: entry.slot,
                what,
                recorded,
                computed,
            });
        }
    }
}

/// What stands for something that is in the record, or is not, and cannot be computed from.
const THERE: &str = "kept with the record";
const NOT_THERE: &str = "not there";

/// Where two values of a record part, each behind the path to it; `None` when they are equal.
#[must_use]
pub fn difference<T: Serialize + ?Sized>(recorded: &T, computed: &T) -> Option<(String, String)> {
    first_difference(&json(recorded), &json(computed))
}

fn json<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).expect("whatever a record holds is written as JSON")
}

/// The first pair of values that differ, each behind its path; `None` when all are equal.
fn first_difference(recorded: &Value, computed: &Value) -> Option<(String, String)> {
    let (path, recorded, computed) = diverging(String::new(), recorded, computed)?;
    let text = |value: Option<&Value>| {
        let value = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
        if path.is_empty() {
            value
        } else {
            format!("{path} = {value}")
        }
    };
    Some((text(recorded), text(computed)))
}

type Divergence<'a> = (String, Option<&'a Value>, Option<&'a Value>);

fn diverging<'a>(path: String, recorded: &'a Value, computed: &'a Value) -> Option<Divergence<'a>> {
    let within = |name: String, one: Option<&'a Value>, other: Option<&'a Value>| match (one, other)
    {
        (Some(one), Some(other)) => diverging(name, one, other),
        (None, None) => None,
        _ => Some((name, one, other)),
    };
    match (recorded, computed) {
        _ if recorded == computed => None,
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let dot = if path.is_empty() { "" } else { "." };
            names.into_iter().find_map(|name| {
                within(format!("{path}{dot}{name}"), one.get(name), other.get(name))
            })
        }
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len()))
            .find_map(|at| within(format!("{path}[{at}]"), one.get(at), other.get(at))),
        _ => Some((path, Some(recorded), Some(computed))),
    }
}
