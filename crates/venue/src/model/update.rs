//! What becomes of orders, as it happens: the source of the broker's `trade_updates`.

use std::collections::VecDeque;

use market::{Instant, Price, Shares};
use rust_decimal::Decimal;

use super::Venue;
use super::order::{Order, Status};

/// Updates kept; who falls further behind has missed some, as after a lost connection.
pub const UPDATES_KEPT: usize = 1_024;

/// Something that became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its number on this venue, from 0.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// The broker's word for it.
    pub event: &'static str,
    /// The order afterwards.
    pub order: Order,
    /// What was done, where something was.
    pub execution: Option<Execution>,
}

/// A fill seen from its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// Dollars per share.
    pub price: Price,
    /// Shares.
    pub quantity: Shares,
    /// Shares held afterwards; below zero when sold short.
    pub position: Decimal,
}

/// The newest updates, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Updates {
    kept: VecDeque<Update>,
    /// How many there ever were.
    count: u64,
}

impl Updates {
    /// An order came in.
    pub(super) fn note_arrival(&mut self, order: &Order) {
        self.note(order.status.word(), order);
    }

    /// An order changed, unless it is as it was before.
    pub(super) fn note_change(&mut self, before: (Status, Shares), order: &Order) {
        let (status, filled) = before;
        if order.status == status && order.filled == filled {
            return;
        }
        let event = match order.status {
            Status::Filled => "fill",
            // A part may be done while a cancel is on its way.
            _ if order.filled > filled => "partial_fill",
            other => other.word(),
        };
        self.note(event, order);
    }

    /// The newest update was a fill like this.
    pub(super) fn note_execution(&mut self, execution: Execution) {
        if let Some(update) = self.kept.back_mut() {
            update.execution = Some(execution);
        }
    }

    fn note(&mut self, event: &'static str, order: &Order) {
        if self.kept.len() == UPDATES_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Update {
            number: self.count,
            at: order.times.updated,
            event,
            order: order.clone(),
            execution: None,
        });
        self.count += 1;
    }
}

impl Venue {
    /// How many updates there ever were.
    #[must_use]
    pub const fn update_count(&self) -> u64 {
        self.book.updates.count
    }

    /// The updates from a number on, as far as they are kept, oldest first.
    pub fn updates_from(&self, number: u64) -> impl Iterator<Item = &Update> {
        let kept = self.book.updates.kept.iter();
        kept.skip_while(move |update| update.number < number)
    }
}
