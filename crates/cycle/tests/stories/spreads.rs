//! The spread before an entry: waited for, then refused; an exit never waits.

use cycle::fake::{FakeQuotes, Trend, World, at};
use cycle::port::ReadError;
use insta::assert_snapshot;
use market::Bps;
use market::time::seconds;
use trading::order::Side;
use trading::outcome::{Outcome, Reason};
use trading::record::{HaltLevel, HaltReason, Halted, Noted, Record};
use trading::spread::Quoted;

use crate::support::{check_laws, decimal, our_orders, outcome, refusal, sent, symbol, tell_slot};

const SLOT: &str = "2025-05-12T10:00";

fn wide() -> World {
    let world = World::new(Trend::Rising);
    world.quotes.widen(Bps::whole(120));
    world
}

fn halted() -> Record {
    Record::Halted(Halted {
        level: HaltLevel::ReduceOnly,
        flatten: false,
        reason: HaltReason::Owner("away".to_owned()),
    })
}

fn no_plan() -> ReadError {
    ReadError::Permanent("403 no plan".to_owned())
}

/// What was recorded of the quote, oldest first.
fn quoted(world: &World) -> Vec<Quoted> {
    let entries = world.entries();
    let quoted = entries.iter().filter_map(|entry| match &entry.record {
        Record::Quoted(quoted) => Some((**quoted).clone()),
        _ => None,
    });
    quoted.collect()
}

#[test]
fn a_narrow_spread_is_looked_at_once_and_recorded_with_its_body() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    let [quoted] = quoted(&world).try_into().unwrap();
    assert_eq!((quoted.looks, &quoted.refused), (1, &None));
    assert!(world.body(quoted.bodies[0].hash).is_some());
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:00:45 quoted 1 looks, narrow enough
    10:00:45 intended 20250512T1000-b-TQQQ-1 99500 USD at the market
    10:00:45 answered 20250512T1000-b-TQQQ-1 accepted as order-1
    10:00:45 settled 20250512T1000-b-TQQQ-1 Filled 994.900509949
    10:00:45 replanned nothing, already at the target
    10:00:45 slot_closed traded
    ");
    check_laws(&world);
}

#[test]
fn a_wide_spread_is_waited_for_and_bought_at_once_it_narrows() {
    let world = wide();
    world.quotes.mend_at(at(SLOT) + seconds(60));
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(quoted(&world)[0].looks, 9);
    check_laws(&world);
}

#[test]
fn a_spread_that_stays_wide_refuses_the_slot_after_a_minute() {
    let world = wide();
    let mut runner = world.runner();
    assert_snapshot!(outcome(&world.slot(&mut runner, SLOT)), @"refused: Spread (at most 50 bps between bid and ask; seen: 120 bps, bid 99.40994, ask 100.61006 at 2025-05-12T10:01:45-04:00 from fake-quotes)");
    assert_eq!(world.time(), "10:01:45");
    assert_eq!(sent(&world), Vec::<String>::new());
    assert_snapshot!(tell_slot(&world, SLOT), @"
    10:00:00 slot_opened try 1
    10:00:45 observed price 100.01, cash 100000, holds []
    10:00:45 decided AllIn -> AllIn: buy TQQQ 99500 USD at the market
    10:01:45 quoted 31 looks, refused Spread
    10:01:45 slot_closed refused: Spread (at most 50 bps between bid and ask; seen: 120 bps, bid 99.40994, ask 100.61006 at 2025-05-12T10:01:45-04:00 from fake-quotes)
    ");
    check_laws(&world);
}

#[test]
fn the_wait_leaves_the_entry_its_whole_leg() {
    let mut world = wide();
    world.settings.orders.try_timeout_s = 100;
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Spread);
    // 100 s less the 10 kept for the end less the 25 of a leg.
    assert!(
        world.clock_now() <= at(SLOT) + seconds(65),
        "{}",
        world.time()
    );
    check_laws(&world);
}

#[test]
fn quotes_that_cannot_be_believed_count_as_too_wide() {
    type Happens = fn(&FakeQuotes);
    let cases: [(&str, Happens); 8] = [
        ("crossed", |quotes| quotes.widen(-Bps::whole(1))),
        ("nobody bids", |quotes| {
            quotes.change(|quote| quote.bid = None);
        }),
        ("nobody offers", |quotes| {
            quotes.change(|quote| quote.ask = None);
        }),
        ("of two minutes ago", |quotes| quotes.lag(seconds(120))),
        ("of the future", |quotes| quotes.lag(-seconds(120))),
        ("none", FakeQuotes::fall_silent),
        ("unread", |quotes| {
            quotes.fail(&ReadError::Transient("503".to_owned()));
        }),
        ("refused", |quotes| quotes.fail(&no_plan())),
    ];
    let mut told = String::new();
    for (name, happens) in cases {
        let world = World::new(Trend::Rising);
        happens(&world.quotes);
        let mut runner = world.runner();
        let ended = outcome(&world.slot(&mut runner, SLOT));
        assert_eq!(sent(&world), Vec::<String>::new(), "{name}");
        check_laws(&world);
        let looks = quoted(&world)[0].looks;
        told.push_str(&format!("{name}: {ended}, {looks} looks\n"));
    }
    assert_snapshot!(told, @"
    crossed: refused: Spread (at most 50 bps between bid and ask; seen: the bid above the ask: bid 100.0150005, ask 100.0049995 at 2025-05-12T10:01:45-04:00 from fake-quotes), 31 looks
    nobody bids: refused: Spread (at most 50 bps between bid and ask; seen: a side is missing: bid none, ask 100.020001 at 2025-05-12T10:01:45-04:00 from fake-quotes), 31 looks
    nobody offers: refused: Spread (at most 50 bps between bid and ask; seen: a side is missing: bid 99.999999, ask none at 2025-05-12T10:01:45-04:00 from fake-quotes), 31 looks
    of two minutes ago: refused: Spread (at most 50 bps between bid and ask; seen: not of now: bid 99.999999, ask 100.020001 at 2025-05-12T09:59:45-04:00 from fake-quotes), 31 looks
    of the future: refused: Spread (at most 50 bps between bid and ask; seen: not of now: bid 99.999999, ask 100.020001 at 2025-05-12T10:03:45-04:00 from fake-quotes), 31 looks
    none: refused: Spread (at most 50 bps between bid and ask; seen: no quote), 31 looks
    unread: refused: Spread (at most 50 bps between bid and ask; seen: no quote could be read: 503), 31 looks
    refused: refused: Spread (at most 50 bps between bid and ask; seen: no quote could be read: 403 no plan), 1 looks
    ");
}

#[test]
fn an_exit_never_asks_for_a_quote() {
    let world = World::new(Trend::Falling);
    world.broker.desk().hold(&symbol("TQQQ"), decimal("100"));
    world.quotes.fail(&no_plan());
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!((world.held(), world.quotes.asked()), (decimal("0"), 0));
    check_laws(&world);
}

#[test]
fn a_slot_that_buys_nothing_asks_for_no_quote() {
    let world = World::new(Trend::Flat);
    let mut runner = world.runner();
    world.slot(&mut runner, SLOT);
    assert_eq!(world.quotes.asked(), 0);
    world.throw(halted());
    world.market.follow(Trend::Rising);
    assert_eq!(
        refusal(&world.slot(&mut runner, "2025-05-12T10:30")),
        Reason::Halted
    );
    assert_eq!(world.quotes.asked(), 0);
    check_laws(&world);
}

#[test]
fn others_orders_are_not_taken_back_for_an_entry_its_spread_stops() {
    let world = wide();
    let (side, now) = (Side::Sell, world.clock_now());
    world
        .broker
        .desk()
        .enter_foreign("theirs", &symbol("TQQQ"), side, "1".parse().unwrap(), now);
    let mut runner = world.runner();
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Spread);
    assert!(world.broker.desk().arrivals.is_empty());
    check_laws(&world);
}

#[test]
fn what_was_sold_to_make_room_counts_as_traded_though_the_spread_stops_the_buy() {
    let world = wide();
    world.broker.desk().hold(&symbol("SPY"), decimal("100"));
    world.throw(Record::Adopted(Noted {
        text: "mine".to_owned(),
    }));
    let mut runner = world.runner();
    assert_eq!(outcome(&world.slot(&mut runner, SLOT)), Outcome::Traded);
    assert_eq!(our_orders(&world).len(), 1);
    let notes = world.entries();
    let noted = notes.iter().any(
        |entry| matches!(&entry.record, Record::Noted(noted) if noted.text.contains("Spread")),
    );
    assert!(noted);
    check_laws(&world);
}

#[test]
fn a_halt_thrown_while_waiting_stops_the_entry() {
    let world = wide();
    world.quotes.mend_at(at(SLOT) + seconds(90));
    let mut runner = world.runner();
    world.throw_at(at(SLOT) + seconds(70), halted());
    assert_eq!(refusal(&world.slot(&mut runner, SLOT)), Reason::Halted);
    assert_eq!(world.time(), "10:01:31");
    check_laws(&world);
}
