//! What a repair means for the next decision.

use market::Shares;

use crate::order::Leg;
use crate::repair::{FoundOrder, Repaired, is_for_being_behind};
use crate::state::{State, TrackedOrder};

impl State {
    /// Orders found at the broker are known from now on, the open ones as unsettled: the next slot
    /// looks them up and takes them back. A freeze for being behind gives way to what had stood
    /// before it; any other halt stays. Whether the owner disarmed since is not known, so nothing is
    /// armed any more.
    pub(super) fn repair(&mut self, repaired: &Repaired) {
        for found in &repaired.orders {
            self.find(found);
        }
        self.see(&repaired.portfolio);
        if self.halt.as_ref().is_some_and(is_for_being_behind) {
            self.halt.clone_from(&repaired.halt);
        }
        self.armed_until = None;
    }

    fn find(&mut self, found: &FoundOrder) {
        let FoundOrder {
            slot,
            order,
            report,
        } = found;
        self.newest_order_at = self.newest_order_at.max(report.submitted_at);
        if self.orders.contains_key(&order.id) {
            return;
        }
        // Lost orders count for the limits of their date, which the next slot may be of.
        let date = slot.date();
        if self.day.date.is_none_or(|known| known < date) {
            self.turn_to(date);
        }
        // Whether it bought on top of a holding is lost: taken for what limits most.
        let tops_up = order.leg == Leg::Buy;
        let unfilled = TrackedOrder {
            slot: *slot,
            intents: vec![order.clone()],
            state: found.state(),
            // Long past: whether it was sent is no question.
            send_before: report.submitted_at.unwrap_or(slot.at()),
            broker_id: Some(report.broker_id.clone()),
            filled: Shares::ZERO,
            filled_value: None,
            tops_up,
        };
        let value = report.average_price.map(|price| price * report.filled);
        let tracked = TrackedOrder {
            filled: report.filled,
            filled_value: value,
            ..unfilled.clone()
        };
        self.orders.insert(order.id.clone(), tracked);
        if self.day.date == Some(date) {
            // Whether an entry was still under way is lost, too.
            self.day.entering = false;
            self.day.orders += 1;
            self.day.reduce_only += u32::from(order.leg.is_reduce_only());
        }
        if !report.filled.is_zero() {
            self.book_fill(&unfilled, report.filled, value);
        }
    }
}
