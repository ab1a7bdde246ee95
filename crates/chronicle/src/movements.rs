//! Money that moved without an order: deposits, withdrawals, dividends, fees, interest.

use std::collections::BTreeMap;

use market::Money;
use trading::flow::{CashFlow, FlowKind};

/// Movements by the broker's id: one that is listed again is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Movements(BTreeMap<String, CashFlow>);

impl Movements {
    /// With those that a look listed.
    pub fn take(&mut self, flows: &[CashFlow]) {
        for flow in flows {
            self.0
                .entry(flow.id.clone())
                .or_insert_with(|| flow.clone());
        }
    }

    /// Oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<&CashFlow> {
        let mut all: Vec<&CashFlow> = self.0.values().collect();
        all.sort_by_key(|flow| flow.at);
        all
    }
}

/// What a movement is, as the owner calls it: a transfer has a direction.
#[must_use]
pub fn word(flow: &CashFlow) -> &str {
    match &flow.kind {
        FlowKind::Transfer if flow.amount < Money::ZERO => "withdrawal",
        FlowKind::Transfer => "deposit",
        FlowKind::Dividend => "dividend",
        FlowKind::Fee => "fee",
        FlowKind::Interest => "interest",
        FlowKind::Other(word) => word,
    }
}
