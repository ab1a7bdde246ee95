//! Every order the account ever had.
//!
//! Orders are kept for good: ids stay unique for ever and closed orders can be listed. A trading
//! quarter leaves a few hundred.

use std::collections::{BTreeSet, HashMap};

use super::order::{Order, OrderQuery};
use super::update::Updates;
use super::uuid::Uuid;

/// Where an order stands in the book, in order of arrival.
pub(super) type Place = usize;

/// The orders, in order of arrival.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    orders: Vec<Order>,
    by_id: HashMap<Uuid, Place>,
    /// The newest of each client id.
    by_client_id: HashMap<String, Place>,
    open: BTreeSet<Place>,
    pub(super) updates: Updates,
}

impl Book {
    pub(super) fn add(&mut self, order: Order) -> Place {
        let place = self.orders.len();
        self.by_id.insert(order.id, place);
        self.by_client_id
            .insert(order.client_order_id.clone(), place);
        self.open.insert(place);
        self.updates.note_arrival(&order);
        self.orders.push(order);
        place
    }

    pub(super) fn get(&self, place: Place) -> &Order {
        &self.orders[place]
    }

    /// Changes an order and drops it from the open ones when that ended it.
    pub(super) fn change<T>(&mut self, place: Place, change: impl FnOnce(&mut Order) -> T) -> T {
        let order = &mut self.orders[place];
        let before = (order.status, order.filled);
        let answer = change(order);
        self.updates.note_change(before, order);
        if order.status.is_terminal() {
            self.open.remove(&place);
        }
        answer
    }

    pub(super) fn place_of(&self, id: Uuid) -> Option<Place> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn by_client_id(&self, client_order_id: &str) -> Option<&Order> {
        let place = self.by_client_id.get(client_order_id)?;
        Some(&self.orders[*place])
    }

    pub(super) fn open_places(&self) -> Vec<Place> {
        self.open.iter().copied().collect()
    }

    pub(super) fn open(&self) -> impl Iterator<Item = (Place, &Order)> {
        self.open.iter().map(|place| (*place, &self.orders[*place]))
    }

    pub(super) fn list(&self, query: &OrderQuery) -> Vec<&Order> {
        let wanted = |order: &&Order| query.wants(order);
        let limit = query.limit.min(OrderQuery::LIMIT_MAX);
        if query.newest_first {
            self.orders
                .iter()
                .rev()
                .filter(wanted)
                .take(limit)
                .collect()
        } else {
            self.orders.iter().filter(wanted).take(limit).collect()
        }
    }
}
