//! The slot under way, as far as its records tell.

use std::collections::BTreeSet;

use market::calendar::Slot;
use market::{Duration, Symbol};

use super::Breach;
use super::purchases::Purchases;
use crate::observation::Skew;
use crate::order::{ClientOrderId, Leg};
use crate::plan::Plan;
use crate::portfolio::Portfolio;
use crate::record::{Entry, Intended, Intent, Record};

/// One slot over all its tries.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay {
    slot: Option<Slot>,
    plan: Option<Plan>,
    portfolio: Option<Portfolio>,
    skew: Option<Duration>,
    purchases: Purchases,
    cancels: BTreeSet<ClientOrderId>,
    sold: BTreeSet<Symbol>,
    bought: bool,
}

impl UnderWay {
    /// Takes the next record; what it shows to be bought beyond the plan.
    pub(super) fn take(&mut self, entry: &Entry) -> Vec<Breach> {
        match &entry.record {
            Record::SlotOpened(_) if self.slot != entry.slot => {
                *self = Self {
                    slot: entry.slot,
                    ..Self::default()
                };
            }
            Record::Observed(seen) => {
                self.portfolio = Some(seen.portfolio.clone());
                self.skew = match seen.skew {
                    Skew::Milliseconds(apart) => Some(Duration::from_millis(apart)),
                    Skew::Unknown => None,
                };
            }
            Record::Decided(decided) => self.plan = Some(decided.plan.clone()),
            Record::Replanned(replanned) => {
                self.portfolio = Some(replanned.portfolio.clone());
                self.plan = Some(replanned.plan.clone());
            }
            Record::Intended(intended) => self.intend(intended),
            _ => {}
        }
        self.purchases.take(&entry.record)
    }

    fn intend(&mut self, intended: &Intended) {
        match &intended.intent {
            Intent::Cancel(cancel) => drop(self.cancels.insert(cancel.id.clone())),
            Intent::Order(order) if order.leg == Leg::Sell => {
                self.sold.insert(order.symbol.clone());
            }
            Intent::Order(order) => self.bought |= order.leg == Leg::Buy,
        }
    }

    /// What is to be done next, by the newest plan.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// The newest portfolio seen.
    pub(super) fn portfolio(&self) -> Option<&Portfolio> {
        self.portfolio.as_ref()
    }

    /// The broker's clock less ours, where that is known.
    pub(super) fn skew(&self) -> Option<Duration> {
        self.skew
    }

    /// What was bought against what was planned.
    pub(super) fn purchases(&self) -> &Purchases {
        &self.purchases
    }

    /// Whether a cancel of this slot has this id.
    pub(super) fn has_cancel(&self, id: &ClientOrderId) -> bool {
        self.cancels.contains(id)
    }

    /// Symbols in which a sale was intended.
    pub(super) fn sold(&self) -> &BTreeSet<Symbol> {
        &self.sold
    }

    /// Whether an entry was intended.
    pub(super) fn has_bought(&self) -> bool {
        self.bought
    }
}
