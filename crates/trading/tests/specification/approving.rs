//! Permission: EXECUTION §6.

use market::{Instant, Price, time};
use proptest::prelude::*;
use trading::approve::{CLOSE_MARGIN, Sight, Situation, approve, approve_cancel};
use trading::order::{BrokerOrderId, Cancel, Instruction, Leg, Order, OrderState, Side};
use trading::outcome::{Reason, Refusal};
use trading::portfolio::Portfolio;
use trading::record::{HaltLevel, HaltReason, Halted};
use trading::settings::LimitSettings;
use trading::spread::Look;
use trading::state::{State, TrackedOrder};

use crate::fixture::{
    Book, TQQQ, at, buy, id, market_order, money, order, price, quote, ready, shares, symbol,
    this_session, this_slot,
};

/// Everything a situation borrows, at 10:31 of an ordinary day.
struct World {
    now: Instant,
    send_until: Instant,
    state: State,
    portfolio: Portfolio,
    price: Option<Price>,
    stops: Vec<Refusal>,
    entry_stops: Vec<Refusal>,
    needs_arming: bool,
    limits: LimitSettings,
    quotes: bool,
    look: Option<Look>,
}

impl World {
    fn holding(book: Book) -> Self {
        Self {
            now: at("2025-05-12T10:31"),
            send_until: at("2025-05-12T10:40"),
            state: ready(),
            portfolio: book.build(),
            price: Some(price("100")),
            stops: Vec::new(),
            entry_stops: Vec::new(),
            needs_arming: false,
            limits: LimitSettings::default(),
            quotes: true,
            look: Some(quote("99.99", "100.01", "2025-05-12T10:30:59")),
        }
    }

    /// Changed, and its quote renewed.
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        if let Some(Look::Quote(quote)) = &mut self.look {
            quote.at = self.now;
        }
        self
    }

    fn situation(&self) -> Situation<'_> {
        Situation {
            now: self.now,
            send_until: self.send_until,
            session: this_session(),
            state: &self.state,
            portfolio: &self.portfolio,
            price: self.price,
            quote: match (&self.look, self.quotes) {
                (_, false) => Sight::Nowhere,
                (None, true) => Sight::NotLooked,
                (Some(look), true) => Sight::Looked(look),
            },
            stops: &self.stops,
            entry_stops: &self.entry_stops,
            needs_arming: self.needs_arming,
            limits: &self.limits,
        }
    }

    /// `approved`, or the refusal as the owner reads it.
    fn says(&self, order: Order) -> String {
        match approve(order.clone(), &self.situation()) {
            Ok(approved) => {
                assert_eq!(approved.get(), &order);
                "approved".to_owned()
            }
            Err(refusal) => refusal.to_string(),
        }
    }
}

fn flat() -> World {
    World::holding(Book::cash("100000"))
}

fn long() -> World {
    World::holding(Book::cash("500").long(TQQQ, "995", "100"))
}

fn sell(count: &str) -> Order {
    market_order(Leg::Sell, TQQQ, count)
}

fn halted(level: HaltLevel) -> Option<Halted> {
    let reason = HaltReason::Owner("vacation".to_owned());
    Some(Halted {
        level,
        flatten: false,
        reason,
    })
}

fn tracked(order: Order, state: OrderState) -> TrackedOrder {
    TrackedOrder {
        slot: this_slot(),
        intents: vec![order],
        state,
        send_before: at("2025-05-12T10:31:05"),
        broker_id: None,
        filled: shares("0"),
        filled_value: None,
        tops_up: false,
    }
}

#[test]
fn an_entry_within_every_limit_is_approved() {
    assert_eq!(flat().says(buy("99500")), "approved");
    let limit = Instruction::Limit {
        quantity: shares("990"),
        limit_price: price("100.5"),
    };
    assert_eq!(flat().says(order(Leg::Buy, TQQQ, limit)), "approved");
}

#[test]
fn an_entry_that_breaks_a_limit_is_refused_by_name_value_and_sight() {
    insta::assert_snapshot!(flat().says(buy("100000.01")), @"OrderNotional (at most 100000 and the cash of 100000; seen: 100000.01)");
    insta::assert_snapshot!(
        flat().with(|world| world.limits.order_notional_max_pct = 10).says(buy("10000.01")),
        @"OrderNotional (at most 10000 and the cash of 100000; seen: 10000.01)"
    );
    insta::assert_snapshot!(
        flat().with(|world| world.portfolio.account.cash = money("500")).says(buy("500.01")),
        @"OrderNotional (at most 100000 and the cash of 500; seen: 500.01)"
    );
    let half = World::holding(Book::cash("60000").long(TQQQ, "400", "100"));
    insta::assert_snapshot!(
        half.with(|world| world.limits.exposure_max_pct = 50).says(buy("20000")),
        @"Exposure (at most 50000, 50 % of equity; seen: 60000)"
    );
    insta::assert_snapshot!(flat().with(|world| world.price = None).says(buy("100")), @"Stale (a price of TQQQ; seen: none)");
    insta::assert_snapshot!(
        flat().with(|world| world.state.day.orders = 40).says(buy("100")),
        @"OrdersPerDay (at most 40 a day; seen: 40 made)"
    );
    let full = flat().with(|world| {
        for attempt in 1..=5 {
            for name in ["AAPL", "MSFT"] {
                let order = Order {
                    id: id(Leg::Sell, name, attempt),
                    ..market_order(Leg::Sell, name, "1")
                };
                let tracked = tracked(order.clone(), OrderState::Filled);
                world.state.orders.insert(order.id, tracked);
            }
        }
    });
    insta::assert_snapshot!(full.says(buy("100")), @"OrdersPerSlot (at most 8 a slot; seen: 10 made)");
}

#[test]
fn a_halt_stops_entries_and_a_freeze_stops_everything() {
    let at_level = |level| move |world: &mut World| world.state.halt = halted(level);
    insta::assert_snapshot!(flat().with(at_level(HaltLevel::ReduceOnly)).says(buy("100")), @"Halted (no halt in force; seen: by the owner: vacation)");
    assert_eq!(
        long().with(at_level(HaltLevel::ReduceOnly)).says(sell("1")),
        "approved"
    );
    insta::assert_snapshot!(flat().with(at_level(HaltLevel::Frozen)).says(buy("100")), @"Frozen (no freeze in force; seen: by the owner: vacation)");
    insta::assert_snapshot!(long().with(at_level(HaltLevel::Frozen)).says(sell("1")), @"Frozen (no freeze in force; seen: by the owner: vacation)");
}

#[test]
fn an_arming_that_ran_out_since_the_decision_stops_the_entry_and_not_the_exit() {
    for (until, refused) in [
        (None, true),
        (Some("2025-05-12T10:31:00"), true),
        (Some("2025-05-12T10:31:01"), false),
    ] {
        let armed = |world: &mut World| {
            world.needs_arming = true;
            world.state.armed_until = until.map(at);
        };
        let entry = approve(buy("100"), &flat().with(armed).situation());
        let reason = entry.err().map(|refusal| refusal.reason);
        assert_eq!(reason, refused.then_some(Reason::NotArmed), "{until:?}");
        assert_eq!(long().with(armed).says(sell("1")), "approved");
    }
}

#[test]
fn the_first_rule_that_stops_every_order_is_named() {
    let stopped = |reason| Refusal::new(reason, "something", "something else");
    let world = || {
        long().with(|world| {
            world.stops = vec![stopped(Reason::NotTrading), stopped(Reason::AccountBlocked)];
            world.entry_stops = vec![stopped(Reason::Drawdown)];
        })
    };
    assert_eq!(
        world().says(sell("1")),
        "NotTrading (something; seen: something else)"
    );
    assert_eq!(
        world().with(|world| world.stops.clear()).says(buy("1")),
        "Drawdown (something; seen: something else)"
    );
}

#[test]
fn every_send_lies_between_the_open_and_a_minute_before_the_close() {
    let late = at("2025-05-12T16:10");
    let cases = [
        ("2025-05-12T09:29:59", false),
        ("2025-05-12T09:30:00", true),
        ("2025-05-12T15:59:00", true),
        ("2025-05-12T15:59:01", false),
        ("2025-05-12T16:00:00", false),
    ];
    for (now, allowed) in cases {
        let world = long().with(|world| (world.now, world.send_until) = (at(now), late));
        for order in [sell("1"), buy("1")] {
            let reason = approve(order, &world.situation())
                .err()
                .map(|stop| stop.reason);
            let expected = (!allowed).then_some(Reason::MarketClosed);
            assert_eq!(reason, expected, "{now}");
        }
        assert_eq!(
            approve_cancel(cancel(), &world.situation()).is_ok(),
            allowed,
            "{now}"
        );
    }
    assert_eq!(CLOSE_MARGIN, time::seconds(60));
    insta::assert_snapshot!(long().with(|world| world.now = at("2025-05-12T15:59:30")).says(sell("1")), @"MarketClosed (2025-05-12T09:30:00-04:00 to 2025-05-12T15:59:00-04:00; seen: 2025-05-12T15:59:30-04:00)");
}

#[test]
fn nothing_is_sent_after_the_end_of_sending() {
    let at_end = long().with(|world| world.now = world.send_until);
    insta::assert_snapshot!(at_end.says(sell("1")), @"OutOfTime (first sends before 2025-05-12T10:40:00-04:00; seen: 2025-05-12T10:40:00-04:00)");
    let before = at_end.with(|world| world.now -= time::milliseconds(1));
    assert_eq!(before.says(sell("1")), "approved");
}

fn cancel() -> Cancel {
    Cancel {
        id: id(Leg::Cancel, TQQQ, 1),
        order: BrokerOrderId("broker-1".to_owned()),
        client_order_id: "theirs".to_owned(),
        symbol: symbol(TQQQ),
    }
}

#[test]
fn a_cancel_is_stopped_only_by_a_freeze_or_the_time() {
    let stop = Refusal::new(Reason::NotTrading, "", "");
    let world = long().with(|world| {
        (world.stops, world.entry_stops) = (vec![stop.clone()], vec![stop]);
        world.state.halt = halted(HaltLevel::ReduceOnly);
        world
            .state
            .orders
            .insert(sell("1").id, tracked(sell("1"), OrderState::Open));
    });
    assert!(approve_cancel(cancel(), &world.situation()).is_ok());
    let frozen = world.with(|world| world.state.halt = halted(HaltLevel::Frozen));
    let refusal = approve_cancel(cancel(), &frozen.situation()).unwrap_err();
    assert_eq!(refusal.reason, Reason::Frozen);
}

#[test]
fn nothing_is_sent_in_a_symbol_while_an_own_order_in_it_has_no_known_end() {
    let unsettled = [OrderState::Intended, OrderState::Unknown, OrderState::Open];
    for state in OrderState::ALL {
        let world = long().with(|world| {
            let other = market_order(Leg::Sell, TQQQ, "3");
            world
                .state
                .orders
                .insert(other.id.clone(), tracked(other, state));
        });
        let expected = unsettled
            .contains(&state)
            .then_some(Reason::UnsettledIntent);
        let reason = approve(sell("1"), &world.situation())
            .err()
            .map(|stop| stop.reason);
        assert_eq!(reason, expected, "{state:?}");
        let elsewhere = World::holding(Book::cash("0").long("AAPL", "5", "200"))
            .with(|other| other.state = world.state.clone());
        assert_eq!(
            elsewhere.says(market_order(Leg::Sell, "AAPL", "5")),
            "approved"
        );
    }
    let open = long().with(|world| {
        world
            .state
            .orders
            .insert(sell("3").id, tracked(sell("3"), OrderState::Open));
    });
    insta::assert_snapshot!(open.says(sell("1")), @"UnsettledIntent (no order in TQQQ without a known end; seen: tqqq-5f35d7-20250512T1030-s-TQQQ-1 is Open)");
}

#[test]
fn a_sale_of_more_than_is_held_and_a_cover_of_more_than_is_owed_are_refused() {
    insta::assert_snapshot!(long().says(sell("995.000000001")), @"NotReducing (at most the 995 TQQQ there are; seen: 995.000000001)");
    assert_eq!(long().says(sell("995")), "approved");
    insta::assert_snapshot!(flat().says(sell("1")), @"NotReducing (at most the 0 TQQQ there are; seen: 1)");
    let short = || World::holding(Book::cash("5000").short(TQQQ, "2", "100"));
    assert_eq!(
        short().says(market_order(Leg::Cover, TQQQ, "2")),
        "approved"
    );
    insta::assert_snapshot!(short().says(market_order(Leg::Cover, TQQQ, "2.1")), @"NotReducing (at most the 2 TQQQ there are; seen: 2.1)");
    insta::assert_snapshot!(short().says(sell("1")), @"NotReducing (at most the 0 TQQQ there are; seen: 1)");
    let amount = Instruction::Notional {
        notional: money("5"),
    };
    insta::assert_snapshot!(long().says(order(Leg::Sell, TQQQ, amount)), @"NotReducing (at most the 995 TQQQ there are; seen: an order by amount)");
}

#[test]
fn a_leg_on_the_wrong_side_and_another_class_are_refused() {
    let reversed = Order {
        side: Side::Buy,
        ..sell("1")
    };
    insta::assert_snapshot!(long().says(reversed), @"WrongSide (the side of a sell; seen: buy)");
    let disguised = Order {
        side: Side::Sell,
        ..buy("1")
    };
    insta::assert_snapshot!(long().says(disguised), @"WrongSide (the side of a buy; seen: sell)");
    let coins = World::holding(
        Book::cash("1")
            .long("BTC/USD", "1", "60000")
            .of_another_class(),
    );
    insta::assert_snapshot!(coins.says(market_order(Leg::Sell, "BTC/USD", "1")), @"NotTradable (US equities only; seen: BTC/USD)");
}

#[test]
fn reduce_only_orders_have_one_count_limit_of_their_own() {
    let made = |count| move |world: &mut World| world.state.day.reduce_only = count;
    assert_eq!(long().with(made(9)).says(sell("1")), "approved");
    insta::assert_snapshot!(long().with(made(10)).says(sell("1")), @"ReduceOnlyPerDay (at most 10 a day; seen: 10 made)");
}

fn wide() -> Look {
    quote("99.4", "100.6", "2025-05-12T10:31")
}

#[test]
fn an_entry_needs_a_narrow_quote_where_quotes_are_told_and_an_exit_needs_none() {
    let cases: [fn(&mut World); 5] = [
        |world| world.quotes = false,
        |_| {},
        |world| world.look = None,
        |world| world.look = Some(Look::NoQuote),
        |world| world.look = Some(wide()),
    ];
    let told: Vec<String> = cases
        .into_iter()
        .map(|case| {
            let world = flat().with(case);
            assert_eq!(long().with(case).says(sell("1")), "approved");
            world.says(buy("99500"))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    approved
    approved
    Spread (at most 50 bps between bid and ask; seen: no quote)
    Spread (at most 50 bps between bid and ask; seen: no quote)
    Spread (at most 50 bps between bid and ask; seen: 120 bps, bid 99.4, ask 100.6 at 2025-05-12T10:31:00-04:00 from alpaca)
    ");
}

#[test]
fn a_quote_seen_too_long_before_the_send_is_none() {
    let mut world = flat();
    world.now = at("2025-05-12T10:32:01");
    insta::assert_snapshot!(world.says(buy("99500")), @"Spread (at most 50 bps between bid and ask; seen: not of now: bid 99.99, ask 100.01 at 2025-05-12T10:30:59-04:00 from alpaca)");
}

proptest! {
    #[test]
    fn no_approved_entry_costs_more_than_cash_or_leads_beyond_the_exposure_allowed(
        amount in 1_i64..20_000_000,
        cash in 0_i64..20_000_000,
        held in 0_i64..1000,
        most in 1_u32..=100,
    ) {
        let amount = market::Money::from_cents(amount);
        let mut book = Book::cash(&market::Money::from_cents(cash).to_string());
        if held > 0 {
            book = book.long(TQQQ, &held.to_string(), "100");
        }
        let world = World::holding(book).with(|world| world.limits.exposure_max_pct = most);
        if world.says(buy(&amount.to_string())) == "approved" {
            let account = &world.portfolio.account;
            prop_assert!(amount <= account.cash);
            let exposure = price("100") * world.portfolio.long(&symbol(TQQQ)) + amount;
            let allowed = account.equity.decimal() * market::Decimal::from(most);
            prop_assert!(exposure.decimal() * market::Decimal::ONE_HUNDRED <= allowed);
        }
    }
}
