//! What only the counterparty knows: everything that reached it, when, and what became of cash and
//! holdings. A simulation and the fakes of tests have it; a live cycle never does.

use std::collections::BTreeMap;
use std::fmt;

use market::{Decimal, Duration, Instant, Money, Symbol};

use super::{Breach, cash, delivery, holdings, ownership, register};
use crate::order::{AccountTag, BrokerOrderId, ClientOrderId, OrderReport, Side};
use crate::record::Entry;

/// Something that reached the counterparty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// When, by the true clock.
    pub at: Instant,
    /// What.
    pub what: Arrived,
    /// Whether it changed anything; a refused order changed nothing.
    pub taken: bool,
}

/// What can reach the counterparty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// An order, by the client id it carries.
    Order(String),
    /// A cancel of the order with this id.
    Cancel(BrokerOrderId),
}

impl fmt::Display for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => f.write_str(id),
            Self::Cancel(order) => write!(f, "a cancel of {order}"),
        }
    }
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// When, by the true clock.
    pub at: Instant,
    /// The client id of the order executed.
    pub client_order_id: String,
    /// In which symbol.
    pub symbol: Symbol,
    /// Bought or sold.
    pub side: Side,
    /// Cash before it.
    pub cash_before: Money,
    /// Cash after it.
    pub cash_after: Money,
    /// Shares held before it, below zero when owed.
    pub held_before: Decimal,
    /// Shares held after it, below zero when owed.
    pub held_after: Decimal,
}

impl Move {
    /// I2 and I3: what this one execution did to cash and holdings that none may.
    pub fn breaches(&self) -> impl Iterator<Item = Breach> {
        let overdrawn = cash::overdrawing(self);
        overdrawn.into_iter().chain(holdings::shorting(self))
    }
}

/// What was really held from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// From when, by the true clock.
    pub at: Instant,
    /// Shares by symbol, below zero when owed.
    pub held: BTreeMap<Symbol, Decimal>,
}

/// The whole truth of one account, from its first order on.
#[derive(Debug, Clone, Copy)]
pub struct Counterparty<'a> {
    /// The account's tag in our ids.
    pub tag: &'a AccountTag,
    /// Every order ever taken, as it stands now, oldest first, ours and others'.
    pub orders: &'a [OrderReport],
    /// Every order and cancel that arrived, oldest first, ours and others'.
    pub arrivals: &'a [Arrival],
    /// Every execution, oldest first, ours and others'.
    pub moves: &'a [Move],
    /// How far any runner's clock has been from the true one.
    pub clock_error: Duration,
}

impl Counterparty<'_> {
    /// What this truth and the whole chain, both as they are now, show to be wrong.
    #[must_use]
    pub fn breaches(&self, entries: &[Entry]) -> Vec<Breach> {
        let arrivals: Vec<Arrival> = self
            .arrivals
            .iter()
            .filter(|arrival| self.is_ours(arrival, entries))
            .cloned()
            .collect();
        let mut found = register::mismatched(entries, self.orders, self.tag);
        found.extend(ownership::trespasses(entries, &arrivals, self.clock_error));
        found.extend(delivery::late(entries, self.orders, self.clock_error));
        for step in self
            .moves
            .iter()
            .filter(|step| self.names_us(&step.client_order_id))
        {
            found.extend(step.breaches());
        }
        found
    }

    fn names_us(&self, client_order_id: &str) -> bool {
        ClientOrderId::is_ours(client_order_id, self.tag)
    }

    /// A cancel names nobody: it is ours when it takes back an order of ours or one that we meant
    /// to take back; others take back their own.
    fn is_ours(&self, arrival: &Arrival, entries: &[Entry]) -> bool {
        match &arrival.what {
            Arrived::Order(id) => self.names_us(id),
            Arrived::Cancel(order) => {
                let is_it = |report: &&OrderReport| &report.broker_id == order;
                let report = self.orders.iter().find(is_it);
                report.is_some_and(|report| self.names_us(&report.client_order_id))
                    || ownership::cancels(entries, order)
            }
        }
    }
}
