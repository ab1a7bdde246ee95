//! What holds whatever is asked of the venue.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::time::seconds;
use market::{Decimal, Money, Price, Shares};
use proptest::prelude::*;
use support::{config, friday, request, venue};
use venue::model::{Entry, Kind, Order, OrderQuery, Scope, Side, Size};
use venue::{Config, Venue};

/// Something a client does.
#[derive(Debug, Clone)]
enum Step {
    Submit(Side, Size, Kind),
    /// Withdraws the nth newest order.
    Cancel(usize),
    Wait(i64),
    /// Sets a fault of the exchange, or clears all of them.
    Fault(Option<&'static str>),
}

/// Faults that strike orders and sessions, and readings that change the arithmetic.
const FAULTS: [&str; 14] = [
    "halted",
    "delayed-fill=7",
    "stuck-order*1",
    "stuck-order=partial*1",
    "stuck-cancel*1",
    "cancel-race",
    "cancel-race=422",
    "rejected-order*1",
    "early-close=12:00*1",
    "notional-fill=less-a-cent",
    "market-check=collar",
    "unsettled-in-buying-power=no",
    "day-end=canceled",
    "client-ids=active",
];

fn step() -> impl Strategy<Value = Step> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let size = prop_oneof![
        (1_i64..2_000).prop_map(|count| Size::Shares(Shares::new(count.into()).unwrap())),
        (1_i64..2_000_000_000_000).prop_map(|billionths| {
            Size::Shares(Shares::new(Decimal::new(billionths, 9)).unwrap())
        }),
        (100_i64..12_000_000).prop_map(|cents| Size::Notional(Money::from_cents(cents))),
    ];
    let kind = prop_oneof![
        3 => Just(Kind::Market),
        1 => (9_000_i64..13_000).prop_map(|cents| {
            Kind::Limit(Price::new(Decimal::new(cents, 2)).unwrap())
        }),
    ];
    let wait = prop_oneof![Just(1), 1_i64..120, 1_000_i64..30_000];
    prop_oneof![
        3 => (side, size, kind).prop_map(|(side, size, kind)| Step::Submit(side, size, kind)),
        1 => (0_usize..5).prop_map(Step::Cancel),
        4 => wait.prop_map(Step::Wait),
    ]
}

fn take(venue: &mut Venue, step: &Step) {
    match step {
        Step::Submit(side, size, kind) => {
            // A refusal is as good a move as any.
            let _ = venue.submit(request(*side, *size, *kind));
        }
        Step::Cancel(nth) => {
            let id = all(venue).get(*nth).map(|order| order.id.to_string());
            if let Some(id) = id {
                let _ = venue.cancel(&id);
            }
        }
        Step::Fault(None) => {
            venue.clear_faults(|_, _| true);
        }
        Step::Fault(Some(fault)) => {
            // A session is cut short once.
            let _ = venue.set_fault(fault.parse().unwrap());
        }
        Step::Wait(count) => venue.advance(venue.now() + seconds(*count)),
    }
}

fn all(venue: &Venue) -> Vec<Order> {
    venue
        .orders(&OrderQuery::new(Scope::All))
        .into_iter()
        .cloned()
        .collect()
}

fn seeded(seed: u64, partial_probability: f64) -> Config {
    Config {
        seed,
        partial_probability,
        ..config(friday("09:00:00"))
    }
}

/// Cash and shares are exactly what the orders say, and no order does more than was asked.
fn check_books(venue: &Venue) {
    let start = venue.config().cash;
    let (mut cash, mut held) = (start, Decimal::ZERO);
    for order in all(venue) {
        match order.size {
            Size::Shares(count) => assert!(order.filled <= count, "{order:?}"),
            Size::Notional(dollars) => assert!(order.filled_value <= dollars, "{order:?}"),
        }
        match order.side {
            Side::Buy => {
                cash -= order.filled_value;
                held += order.filled.decimal();
            }
            Side::Sell => {
                cash += order.filled_value;
                held -= order.filled.decimal();
            }
        }
        if let (Kind::Limit(limit), Some(average)) = (order.kind, order.average_price()) {
            let kept = match order.side {
                Side::Buy => average <= limit.decimal(),
                Side::Sell => average >= limit.decimal(),
            };
            assert!(kept, "{order:?}");
        }
    }
    let account = venue.account();
    assert_eq!(account.cash, cash);
    assert!(account.cash >= Money::ZERO, "{}", account.cash);
    let position = venue.position("TQQQ").ok();
    let quantity = position
        .as_ref()
        .map_or(Decimal::ZERO, |position| position.quantity);
    assert_eq!(quantity, held.normalize());
    assert!(quantity >= Decimal::ZERO);
    // The ledger alone tells the same.
    assert_eq!(venue.equities([venue.now()]), [venue.equity()]);
    let available = position.map_or(Decimal::ZERO, |position| position.available);
    assert!(available >= Decimal::ZERO && available <= quantity);
}

/// A step of a world in which things go wrong.
fn bad_step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        4 => prop::sample::select(FAULTS.to_vec()).prop_map(Some),
        1 => Just(None),
    ];
    prop_oneof![5 => step(), 1 => fault.prop_map(Step::Fault)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn books_balance_and_cash_stays_at_or_above_zero(
        seed: u64,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut venue = venue(seeded(seed, 0.5));
        for step in &steps {
            take(&mut venue, step);
            check_books(&venue);
        }
    }

    #[test]
    fn books_balance_whatever_goes_wrong(
        seed: u64,
        steps in prop::collection::vec(bad_step(), 1..60),
    ) {
        let mut venue = venue(seeded(seed, 0.5));
        for step in &steps {
            take(&mut venue, step);
            check_books(&venue);
        }
        // Every fill is in the ledger, once.
        let filled: Decimal = all(&venue).iter().map(|order| order.filled.decimal()).sum();
        let written: Decimal = venue.activities().iter().map(|activity| match &activity.entry {
            Entry::Fill(fill) => fill.quantity.decimal(),
            _ => Decimal::ZERO,
        }).sum();
        prop_assert_eq!(filled, written);
    }

    #[test]
    fn the_same_seed_and_steps_give_the_same_orders(
        seed: u64,
        steps in prop::collection::vec(bad_step(), 1..40),
    ) {
        let run = || {
            let mut venue = venue(seeded(seed, 0.5));
            steps.iter().for_each(|step| take(&mut venue, step));
            (all(&venue), venue.account())
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn trading_costs_no_more_than_the_spread(cents in 100_i64..10_000_000, seed: u64) {
        // Bought and sold around one price, a round trip loses two half spreads, each rounded to
        // four decimals, and nothing else.
        let mut venue = venue(seeded(seed, 0.3));
        venue.advance(friday("10:00:00"));
        let dollars = Money::from_cents(cents);
        venue.submit(request(Side::Buy, Size::Notional(dollars), Kind::Market)).unwrap();
        venue.advance(friday("10:03:00"));
        venue.close_position("TQQQ", None).unwrap();
        venue.advance(friday("10:06:00"));
        prop_assert!(venue.positions().is_empty());
        let lost = (venue.config().cash - venue.account().cash).decimal();
        let most = dollars.decimal() * Decimal::new(202, 6) + Decimal::new(1, 6);
        prop_assert!(lost >= Decimal::ZERO && lost <= most, "lost {} of at most {}", lost, most);
    }
}
