//! Decisions and plans computed again from the record: identical, or the first difference.

use std::collections::BTreeMap;

use market::calendar::Slot;

use crate::judge::{Decided, judge, replan};
use crate::observation::Observation;
use crate::record::{Entry, Hash, RULES_VERSION, Reconstructed, Record};
use crate::settings::Settings;
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
    /// Slots whose records follow other rules and are not compared.
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
    /// What differs: `decision`, `plan`, `state`, `reconstruction`, `configuration`.
    pub what: &'static str,
    /// As recorded.
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
        if self.found.difference.is_none() {
            self.compare(entry);
        }
        self.state.fold(entry);
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Replayed {
        self.found
    }

    fn compare(&mut self, entry: &Entry) {
        match &entry.record {
            Record::SlotOpened(opened) => {
                self.current = Some(opened.configuration);
                self.rules = opened.rules;
                self.found.other_rules += u64::from(opened.rules != RULES_VERSION);
                (self.observed, self.decided) = (None, None);
            }
            Record::Observed(observation) => {
                self.observed = Some((self.state.clone(), observation.clone()))
            }
            Record::Reconstructed(recorded) => self.compare_reconstruction(entry, recorded),
            Record::Decided(recorded) => self.compare_decision(entry, recorded),
            Record::Replanned(replanned) => self.compare_plan(entry, replanned),
            Record::SlotClosed(closed) => self.compare_state(entry, &closed.state),
            _ => {}
        }
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        let asked = self
            .only
            .as_ref()
            .is_none_or(|only| entry.slot.is_some_and(|slot| only.contains(&slot)));
        asked && self.rules == RULES_VERSION
    }

    fn settings(&self) -> Option<&Settings> {
        self.configurations.get(&self.current?)
    }

    fn compare_reconstruction(&mut self, entry: &Entry, recorded: &Reconstructed) {
        let Some((state, observation)) = self.observed.as_ref().filter(|_| self.is_wanted(entry))
        else {
            return;
        };
        let computed = self
            .settings()
            .and_then(|settings| judge(observation, state, settings).ok());
        let computed = computed.and_then(|judgement| judgement.reconstructed);
        self.note(entry, "reconstruction", &Some(recorded), &computed.as_ref());
    }

    fn compare_decision(&mut self, entry: &Entry, recorded: &Decided) {
        self.decided = Some(Box::new(recorded.clone()));
        let Some((state, observation)) = self.observed.as_ref().filter(|_| self.is_wanted(entry))
        else {
            return;
        };
        let Some(settings) = self.settings() else {
            self.note(
                entry,
                "configuration",
                &"kept beside the chain",
                &"not there",
            );
            return;
        };
        match judge(observation, state, settings) {
            Ok(judgement) => self.note(entry, "decision", recorded, &judgement.decided),
            Err(error) => self.note(
                entry,
                "configuration",
                &"readable",
                &error.to_string().as_str(),
            ),
        }
        self.found.decisions += 1;
        self.found.plans += 1;
    }

    fn compare_plan(&mut self, entry: &Entry, replanned: &crate::record::Replanned) {
        if !self.is_wanted(entry) {
            return;
        }
        let (Some((_, observation)), Some(decided), Some(settings)) =
            (&self.observed, &self.decided, self.settings())
        else {
            return;
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

    fn compare_state(&mut self, entry: &Entry, recorded: &State) {
        let mut computed = self.state.clone();
        computed.fold(entry);
        self.found.states += 1;
        self.note(entry, "state", recorded, &computed);
    }

    fn note<T: PartialEq + std::fmt::Debug>(
        &mut self,
        entry: &Entry,
        what: &'static str,
        recorded: &T,
        computed: &T,
    ) {
        if recorded != computed {
            self.found.difference = Some(Difference {
                seq: entry.seq,
                slot: entry.slot,
                what,
                recorded: format!("{recorded:?}"),
                computed: format!("{computed:?}"),
            });
        }
    }
}
