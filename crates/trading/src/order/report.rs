//! What a broker shows of an order, in our words.

use std::fmt;

use market::{Instant, Price, Shares, Symbol, money::Money};
use serde::{Deserialize, Serialize};

use super::Side;
use super::life::OrderEvent;

/// The broker's own id of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrokerOrderId(pub String);

impl fmt::Display for BrokerOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an order stands at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Received, not yet at work in the market (also: queued for the next open).
    Pending,
    /// At work in the market.
    Working,
    /// At work, some of it filled.
    PartiallyFilled,
    /// Wholly filled: terminal.
    Filled,
    /// Taken back or ended by the broker, perhaps after part was filled: terminal.
    Canceled,
    /// Ended with the day, perhaps after part was filled: terminal.
    Expired,
    /// Refused after acceptance: terminal.
    Rejected,
    /// Replaced by another order, to be followed: terminal for this id.
    Replaced,
    /// A cancel is on its way; it may still fill.
    PendingCancel,
    /// No more today, or held by the broker; it may still change.
    Suspended,
    /// A word we do not know. The order is taken to be alive.
    Unknown(String),
}

impl OrderStatus {
    /// Whether nothing can happen to this order any more.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Canceled | Self::Expired | Self::Rejected | Self::Replaced
        )
    }
}

/// One order as the broker shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReport {
    /// The broker's id.
    pub broker_id: BrokerOrderId,
    /// The id its sender gave it, or the broker in his stead.
    pub client_order_id: String,
    /// What is traded.
    pub symbol: Symbol,
    /// Whether it is a US equity; other classes are never touched.
    pub is_us_equity: bool,
    /// Buy or sell.
    pub side: Side,
    /// Where it stands.
    pub status: OrderStatus,
    /// Shares ordered; absent for an order by amount.
    pub quantity: Option<Shares>,
    /// Dollars ordered; absent for an order by count.
    pub notional: Option<Money>,
    /// Limit, where there is one.
    pub limit_price: Option<Price>,
    /// Shares filled so far; counts whatever the status.
    pub filled: Shares,
    /// Average price of what is filled.
    pub average_price: Option<Price>,
    /// When the broker received it.
    pub submitted_at: Option<Instant>,
    /// When the last share was filled.
    pub filled_at: Option<Instant>,
    /// The order that took its place.
    pub replaced_by: Option<BrokerOrderId>,
}

impl OrderReport {
    /// What this sight of the order says about its life.
    #[must_use]
    pub fn event(&self) -> OrderEvent {
        match &self.status {
            OrderStatus::Filled => OrderEvent::SeenFilled,
            OrderStatus::Rejected => OrderEvent::SeenRejected,
            OrderStatus::Canceled | OrderStatus::Expired | OrderStatus::Replaced => {
                if self.filled.is_zero() {
                    OrderEvent::SeenEnded
                } else {
                    OrderEvent::SeenEndedInPart
                }
            }
            OrderStatus::Pending
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::PendingCancel
            | OrderStatus::Suspended
            | OrderStatus::Unknown(_) => OrderEvent::SeenOpen,
        }
    }

    /// What the fills cost or brought; `None` while nothing is filled.
    #[must_use]
    pub fn filled_value(&self) -> Option<Money> {
        self.average_price
            .filter(|_| !self.filled.is_zero())
            .map(|price| price * self.filled)
    }
}
