//! One order of ours, followed from its first intent to its end.

use market::calendar::Slot;
use market::{Instant, Money, Shares};
use serde::{Deserialize, Serialize};

use crate::order::{BrokerOrderId, Order, OrderState};

/// One of our orders: what was intended and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedOrder {
    /// The slot it was made in.
    pub slot: Slot,
    /// All that was intended under this id, oldest first: an id that may be live is used again.
    pub intents: Vec<Order>,
    /// Where it stands.
    pub state: OrderState,
    /// The first byte left before this moment or never did.
    pub send_before: Instant,
    /// The broker's id, once known.
    pub broker_id: Option<BrokerOrderId>,
    /// Shares filled.
    pub filled: Shares,
    /// What they cost or brought; `None` where the broker did not tell, or an older version noted
    /// none.
    #[serde(default)]
    pub filled_value: Option<Money>,
    /// Whether it buys on top of a holding.
    pub tops_up: bool,
}

impl TrackedOrder {
    /// What was intended last.
    #[must_use]
    pub fn order(&self) -> &Order {
        self.intents
            .last()
            .expect("an order is tracked from its first intent on")
    }
}
