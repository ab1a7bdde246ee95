//! Orders: what we may send, and what a broker shows of what we sent.

pub mod id;
pub mod life;
mod report;

use std::fmt;

use market::{Money, Price, Shares, Symbol};
use serde::{Deserialize, Serialize};

pub use id::{AccountTag, ClientOrderId, IdError};
pub use life::{LifeError, OrderEvent, OrderState};
pub use report::{BrokerOrderId, OrderReport, OrderStatus};

/// Buy or sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Acquire shares.
    Buy,
    /// Part with shares.
    Sell,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// Which step of a plan an order belongs to; the letter stands in the client order id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// Take back an open order.
    Cancel,
    /// Sell a holding: reduce-only.
    Sell,
    /// Buy back a short: reduce-only.
    Cover,
    /// Buy the traded symbol: an entry.
    Buy,
}

impl Leg {
    /// The letter of this leg in a client order id.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Cancel => 'x',
            Self::Sell => 's',
            Self::Cover => 'c',
            Self::Buy => 'b',
        }
    }

    /// Whether this leg can only bring exposure nearer to zero.
    #[must_use]
    pub fn is_reduce_only(self) -> bool {
        self != Self::Buy
    }

    /// The side of this leg's orders; a cancel has none.
    #[must_use]
    pub fn side(self) -> Option<Side> {
        match self {
            Self::Cancel => None,
            Self::Sell => Some(Side::Sell),
            Self::Cover | Self::Buy => Some(Side::Buy),
        }
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancel => "cancel",
            Self::Sell => "sell",
            Self::Cover => "cover",
            Self::Buy => "buy",
        })
    }
}

/// How much to trade and at which price. Every order is good for the day only, the one lifetime
/// under which fractions and notionals are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Instruction {
    /// So many shares at the market.
    Market {
        /// Exact count, fractions allowed.
        quantity: Shares,
    },
    /// So many dollars at the market, in whole cents.
    Notional {
        /// Dollars, at least 1.00.
        notional: Money,
    },
    /// So many whole shares at this price or better.
    Limit {
        /// Whole count.
        quantity: Shares,
        /// Worst price accepted, in whole cents.
        limit_price: Price,
    },
}

impl Instruction {
    /// The most this can cost or bring, priced at `price` where it names no price itself.
    #[must_use]
    pub fn value(&self, price: Price) -> Money {
        match *self {
            Self::Market { quantity } => price * quantity,
            Self::Notional { notional } => notional,
            Self::Limit {
                quantity,
                limit_price,
            } => limit_price * quantity,
        }
    }

    /// The share count, where one is named.
    #[must_use]
    pub fn quantity(&self) -> Option<Shares> {
        match *self {
            Self::Market { quantity } | Self::Limit { quantity, .. } => Some(quantity),
            Self::Notional { .. } => None,
        }
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Market { quantity } => write!(f, "{quantity} shares at the market"),
            Self::Notional { notional } => write!(f, "{notional} USD at the market"),
            Self::Limit {
                quantity,
                limit_price,
            } => {
                write!(f, "{quantity} shares at {limit_price} or better")
            }
        }
    }
}

/// An order before it is sent. The bytes sent are a pure function of this value, so recording it
/// records the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Our id, unique for the life of the account.
    pub id: ClientOrderId,
    /// The step of the plan it belongs to.
    pub leg: Leg,
    /// What is traded.
    pub symbol: Symbol,
    /// Buy or sell.
    pub side: Side,
    /// How much, at which price.
    pub instruction: Instruction,
}

impl Order {
    /// Whether what the broker shows under our id is this very order: same symbol, side, type,
    /// and amount. An amount the broker leaves out contradicts nothing; a limit price, the sign of
    /// a limit order, must be there exactly when ours has one.
    #[must_use]
    pub fn matches(&self, report: &OrderReport) -> bool {
        let (quantity, notional, limit_price) = match self.instruction {
            Instruction::Market { quantity } => (Some(quantity), None, None),
            Instruction::Notional { notional } => (None, Some(notional), None),
            Instruction::Limit {
                quantity,
                limit_price,
            } => (Some(quantity), None, Some(limit_price)),
        };
        report.symbol == self.symbol
            && report.side == self.side
            && (report.quantity.is_none() || report.quantity == quantity)
            && (report.notional.is_none() || report.notional == notional)
            && report.limit_price == limit_price
    }
}

/// The wish to take back an open order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Names this wish in the journal; brokers never see it.
    pub id: ClientOrderId,
    /// The order to take back, by the broker's id.
    pub order: BrokerOrderId,
    /// The client id that order carries.
    pub client_order_id: String,
    /// Its symbol.
    pub symbol: Symbol,
}
