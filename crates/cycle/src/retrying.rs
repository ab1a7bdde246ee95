//! How often a slot is tried again: at growing distances, while it is young.
//!
//! An outage costs no slot as long as it ends in time. Every try costs its sources a handful of
//! credits, so the distances grow: a slot whose every try fails at once sees eight in its ten
//! minutes, and a whole day of such slots stays within the smallest plan's daily credits.

use market::calendar::Slot;
use market::{Duration, Instant, time};
use trading::settings::OrderSettings;

/// Tries after which a slot is closed however young it is: more than fit between distances into
/// the oldest slot that may be configured, so it bounds a caller who keeps none.
pub const TRIES_MAX: u32 = 16;

/// How long after the failed try of this number, from 1, the next begins.
#[must_use]
pub const fn retry_pause(tries: u32) -> Duration {
    match tries {
        0..=2 => time::seconds(30),
        3..=4 => time::seconds(60),
        _ => time::seconds(120),
    }
}

/// When the next try begins after so many that failed, the last just `now`; `None` when the slot
/// would be too old by then, or has had its tries.
pub(crate) fn next_try(
    now: Instant,
    slot: Slot,
    tries: u32,
    orders: &OrderSettings,
) -> Option<Instant> {
    let next = now + retry_pause(tries);
    let is_young = next <= slot.at() + orders.max_slot_age();
    (tries < TRIES_MAX && is_young).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begins of all tries of a slot, in seconds after it, each failing as soon as it can.
    fn tries(orders: &OrderSettings) -> Vec<i64> {
        let slot: Slot = "2025-05-12T10:00".parse().unwrap();
        let mut now = slot.at();
        let mut begun = vec![0];
        // The first waits for bars that are final.
        now += time::seconds(45);
        while let Some(next) = next_try(now, slot, begun.len().try_into().unwrap(), orders) {
            begun.push(next.duration_since(slot.at()).as_secs());
            now = next;
        }
        begun
    }

    #[test]
    fn tries_reach_to_the_end_of_the_slots_youth() {
        let orders = OrderSettings::default();
        assert_eq!(tries(&orders), [0, 75, 105, 165, 225, 345, 465, 585]);
        let oldest = OrderSettings {
            max_slot_age_s: 1500,
            ..orders
        };
        let begun = tries(&oldest);
        assert!(begun.len() < TRIES_MAX as usize, "{begun:?}");
    }
}
