//! What was really in the account, execution by execution.

use std::collections::BTreeMap;

use market::{Decimal, Money, Symbol};
use trading::invariants::{Move, Seen};
use trading::order::Side;
use venue::model::{Activity, Entry, Fill, Venue};

/// Cash and holdings, kept beside the exchange's own from what it books.
#[derive(Debug)]
pub(super) struct Books {
    read: usize,
    cash: Money,
    held: BTreeMap<Symbol, Decimal>,
    /// Every execution, oldest first.
    pub(super) moves: Vec<Move>,
    /// What was held after each change, oldest first.
    pub(super) seen: Vec<Seen>,
}

impl Books {
    pub(super) fn opened(venue: &Venue) -> Self {
        let mut held = BTreeMap::new();
        for position in venue.positions() {
            held.insert(position.listing.symbol.clone(), position.quantity);
        }
        let seen = Seen {
            at: venue.now(),
            held: held.clone(),
        };
        Self {
            read: venue.activities().len(),
            cash: venue.account().cash,
            held,
            moves: Vec::new(),
            seen: vec![seen],
        }
    }

    /// Books what the exchange has booked since; whether there was anything.
    pub(super) fn read(&mut self, venue: &Venue) -> bool {
        let news = &venue.activities()[self.read..];
        self.read += news.len();
        for row in news {
            self.book(venue, row);
        }
        !news.is_empty()
    }

    fn book(&mut self, venue: &Venue, row: &Activity) {
        match &row.entry {
            Entry::Fill(fill) => self.fill(venue, row, fill),
            Entry::Cash(cash) => self.cash += cash.amount,
            Entry::Split(split) => {
                *self.held.entry(split.symbol.clone()).or_default() += split.quantity;
            }
        }
        self.seen.push(Seen {
            at: row.at,
            held: self.held.clone(),
        });
    }

    fn fill(&mut self, venue: &Venue, row: &Activity, fill: &Fill) {
        let order = venue.order(&fill.order.to_string());
        let held = self.held.entry(fill.symbol.clone()).or_default();
        let (cash_before, held_before) = (self.cash, *held);
        let value = fill.price * fill.quantity;
        let side = match fill.side {
            venue::model::Side::Buy => Side::Buy,
            venue::model::Side::Sell => Side::Sell,
        };
        if side == Side::Buy {
            self.cash -= value;
            *held += fill.quantity.decimal();
        } else {
            self.cash += value;
            *held -= fill.quantity.decimal();
        }
        self.moves.push(Move {
            at: row.at,
            client_order_id: order
                .map_or_else(|_| String::new(), |order| order.client_order_id.clone()),
            symbol: fill.symbol.clone(),
            side,
            cash_before,
            cash_after: self.cash,
            held_before,
            held_after: *held,
        });
    }
}
