//! Whose the holdings are: this program's, the owner's who left them to it, or a stranger's.
//!
//! EXECUTION §6: on first contact holdings stop entries until the owner adopts them. Later ones are
//! sold to make room and the owner is told; where the money is real they are not touched before
//! the owner has adopted them as well.

use std::collections::BTreeSet;

use market::Symbol;

use crate::order::Leg;
use crate::portfolio::Portfolio;
use crate::state::{State, TrackedOrder};

impl State {
    /// The owner leaves to this program what the account was last seen to hold.
    pub(crate) fn adopt(&mut self) {
        self.adopted = true;
        self.adopted_symbols.clone_from(&self.symbols_seen);
    }

    /// Remembers what is there; an account without holdings is ours. What was adopted and is gone
    /// is no longer: should it come again, it is somebody's anew.
    pub(crate) fn see_symbols(&mut self, portfolio: &Portfolio) {
        let symbols = portfolio.positions.iter().map(|held| held.symbol.clone());
        self.symbols_seen = symbols.collect();
        let seen = &self.symbols_seen;
        self.adopted_symbols.retain(|symbol| seen.contains(symbol));
        self.adopted |= seen.is_empty();
    }

    /// Of `symbols` those that are not `traded`, were not bought by an order still known, and were
    /// never adopted.
    #[must_use]
    pub fn strangers<'a>(
        &self,
        symbols: impl IntoIterator<Item = &'a Symbol>,
        traded: &Symbol,
    ) -> BTreeSet<Symbol> {
        let orders = || self.orders.values().map(TrackedOrder::order);
        let bought = |symbol: &Symbol| {
            orders().any(|order| order.leg == Leg::Buy && &order.symbol == symbol)
        };
        symbols
            .into_iter()
            .filter(|symbol| *symbol != traded && !self.adopted_symbols.contains(symbol))
            .filter(|symbol| !bought(symbol))
            .cloned()
            .collect()
    }
}
