//! Situations: the moments at which a fault is set, by the words of docs/faults.md.

use market::time::{minutes, seconds};
use market::{Calendar, Date, Duration, Instant, Money, Shares, Slot};
use trading::settings::{OrderStyle, Settings};
use venue::Venue;
use venue::model::{Kind, Multiplier, OrderRequest, Side, Size, Split, TimeInForce};

use super::prices::{DAY, DAY_AFTER, Path};
use super::world::{Setup, World, other, tqqq};

/// A stretch of slots, with something wrong at one of them.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    pub(super) setup: Setup,
    /// All of them, oldest first; at least one follows the one with the fault.
    pub(super) slots: Vec<Slot>,
    /// Which of them has the fault.
    pub(super) at: usize,
    /// What happens before that one.
    event: Option<Event>,
    /// Whether the fault comes between the price and the orders.
    after_the_price: bool,
}

/// What happens in the account without us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// Money comes in.
    Deposit,
    /// Somebody buys something else.
    ForeignBuy,
}

/// The word of a situation, its prices, and the day and time of its first, struck and last slot.
type Row = (&'static str, Path, [(Date, &'static str); 3]);

#[rustfmt::skip]
const SITUATIONS: [Row; 12] = [
    ("entry",           Path::OneDay,    [(DAY, "10:00"),       (DAY, "10:30"),       (DAY, "11:30")]),
    ("switch",          Path::OneDay,    [(DAY, "10:00"),       (DAY, "10:30"),       (DAY, "11:30")]),
    ("idle",            Path::OneDay,    [(DAY, "10:00"),       (DAY, "11:00"),       (DAY, "11:30")]),
    ("top-up",          Path::OneDay,    [(DAY, "10:00"),       (DAY, "11:00"),       (DAY, "11:30")]),
    ("exit",            Path::OneDay,    [(DAY, "10:00"),       (DAY, "12:30"),       (DAY, "13:30")]),
    ("exit overnight",  Path::OneDay,    [(DAY, "10:00"),       (DAY, "12:30"),       (DAY_AFTER, "10:00")]),
    ("last entry",      Path::Overnight, [(DAY, "15:30"),       (DAY, "15:30"),       (DAY_AFTER, "10:00")]),
    ("opening",         Path::Overnight, [(DAY, "15:00"),       (DAY_AFTER, "09:30"), (DAY_AFTER, "10:30")]),
    ("opening entry",   Path::Overnight, [(DAY_AFTER, "09:30"), (DAY_AFTER, "09:30"), (DAY_AFTER, "10:30")]),
    ("ex-date opening", Path::Overnight, [(DAY, "15:00"),       (DAY_AFTER, "09:30"), (DAY_AFTER, "13:00")]),
    ("ex-date",         Path::Overnight, [(DAY, "15:00"),       (DAY_AFTER, "10:00"), (DAY_AFTER, "13:00")]),
    ("ex-date exit",    Path::Overnight, [(DAY, "15:00"),       (DAY_AFTER, "12:30"), (DAY_AFTER, "13:30")]),
];

/// Dollars paid in before a top-up, in cents.
const DEPOSIT_CENTS: i64 = 2_000_000;
/// Shares that somebody else buys, of 100 dollars each.
const FOREIGN_SHARES: u64 = 600;
/// From the slot to a moment at which its price is known and its orders are not yet sent.
pub(super) const AFTER_THE_PRICE: Duration = seconds(20);
/// Before the opening, so early that a split has not reached the position yet.
pub(super) const BEFORE_OPEN: Duration = minutes(65);

impl Situation {
    /// The situation of some words: its name, then what is special about it, behind commas.
    pub(super) fn named(words: &str) -> Self {
        let mut parts = words.split(", ");
        let name = parts.next().unwrap_or_default();
        let (_, path, ends) = SITUATIONS
            .into_iter()
            .find(|(known, ..)| *known == name)
            .unwrap_or_else(|| panic!("`{name}` is no situation"));
        let [first, at, last] = ends.map(|(date, time)| slot(date, time));
        let slots = slots(first, last);
        let mut situation = Self {
            setup: Setup::new(path),
            at: slots.iter().position(|slot| *slot == at).unwrap(),
            slots,
            event: match name {
                "top-up" => Some(Event::Deposit),
                "switch" => Some(Event::ForeignBuy),
                _ => None,
            },
            after_the_price: false,
        };
        if name.starts_with("exit") {
            // A second sale of whole shares would open a short, and be seen.
            situation.setup.settings.orders.order = OrderStyle::Limit;
        }
        if name.starts_with("ex-date") {
            situation.setup.splits = vec![Split::new(tqqq(), DAY_AFTER, 2, 1).unwrap()];
        }
        for special in parts {
            situation.specialize(special);
        }
        situation
    }

    fn specialize(&mut self, special: &str) {
        let Settings { data, orders, .. } = &mut self.setup.settings;
        let sources = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match special {
            "three sources" => data.sources = sources(&["twelve-data", "fmp", "alpaca"]),
            "two needed" => {
                data.sources = sources(&["twelve-data", "fmp"]);
                data.min_sources = Some(2);
            }
            "whole shares" => orders.order = OrderStyle::Limit,
            "no margin" => self.setup.margin = Multiplier::One,
            "after the price" => self.after_the_price = true,
            other => panic!("`{other}` is nothing that can be special about a situation"),
        }
    }

    fn slot(&self) -> Slot {
        self.slots[self.at]
    }

    /// What happens in the account before the slot.
    pub(super) async fn prepare(&self, world: &World) {
        match self.event {
            None => {}
            Some(Event::Deposit) => {
                let deposit = |venue: &mut Venue| venue.transfer(Money::from_cents(DEPOSIT_CENTS));
                world.venue.with_venue(deposit);
            }
            Some(Event::ForeignBuy) => {
                let buy = |venue: &mut Venue| venue.submit(foreign_buy()).map(drop);
                world.venue.with_venue(buy).unwrap();
                let filled = world.venue.now() + seconds(1);
                world.wait_until(filled).await;
            }
        }
    }

    /// When the fault is set: once the slot before is over; before an opening, an hour earlier.
    pub(super) fn sets_at(&self) -> Instant {
        let slot = self.slot();
        if self.after_the_price {
            return slot.at() + AFTER_THE_PRICE;
        }
        match self.at.checked_sub(1).map(|before| self.slots[before]) {
            Some(before) if before.date() == slot.date() => before.at(),
            _ => slot.at() - BEFORE_OPEN,
        }
    }

    /// When it is taken away: once the slot is over; the last one of a day, next morning.
    pub(super) fn clears_at(&self) -> Instant {
        let (slot, next) = (self.slot(), self.slots[self.at + 1]);
        if next.date() == slot.date() {
            slot.at()
        } else {
            next.at() - BEFORE_OPEN
        }
    }
}

fn foreign_buy() -> OrderRequest {
    OrderRequest {
        symbol: other(),
        size: Size::Shares(Shares::new(FOREIGN_SHARES.into()).unwrap()),
        side: Side::Buy,
        kind: Kind::Market,
        time_in_force: TimeInForce::Day,
        extended_hours: false,
        client_order_id: None,
    }
}

fn slot(date: Date, time: &str) -> Slot {
    format!("{date}T{time}").parse().unwrap()
}

/// The slots from one to another, both included.
fn slots(first: Slot, last: Slot) -> Vec<Slot> {
    let before = first.at() - seconds(1);
    Calendar::nyse().slots(before, last.at()).unwrap()
}
