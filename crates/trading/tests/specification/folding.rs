//! What each record means for the next decision.

use market::Shares;
use strategy::Target;
use trading::order::{Instruction, Leg, Order, OrderState, OrderStatus, Side};
use trading::outcome::{Held, Outcome};
use trading::portfolio::Portfolio;
use trading::record::{
    Answer, Answered, HaltLevel, HaltReason, Halted, Intended, Intent, Noted, Record, Resumed,
    Settled, SlotsMissed,
};
use trading::state::State;
use trading::unit::UnitValue;

use crate::fixture::{
    Book, Chain, Course, RUN, TQQQ, at, buy, foreign_order, id, market_order, money, observation,
    point, price, shares, shown, slot, symbol, this_slot, usable,
};

const TRADED: Outcome = Outcome::Traded;

fn nothing_to_do() -> Outcome {
    Outcome::Held(Held::NoSignal)
}

fn flat() -> Portfolio {
    Book::cash("100000").build()
}

fn long() -> Portfolio {
    Book::cash("500").long(TQQQ, "995", "100").build()
}

fn intend(chain: &mut Chain, order: &Order) {
    let slot = chain.state.open_slot.as_ref().map(|open| open.slot);
    let intended = Intended {
        intent: Intent::Order(order.clone()),
        send_before: at("2025-05-12T10:31:05"),
    };
    chain.push(slot, Record::Intended(intended));
}

fn answer(chain: &mut Chain, order: &Order, answer: Answer) {
    let id = order.id.clone();
    chain.push(Some(this_slot()), Record::Answered(Answered { id, answer }));
}

fn settle(chain: &mut Chain, order: &Order, state: OrderState, filled: &str) {
    let settled = Settled {
        id: order.id.clone(),
        state,
        filled: shares(filled),
        average_price: None,
        report: None,
    };
    chain.push(Some(this_slot()), Record::Settled(settled));
}

/// Opens `at`, sees `portfolio` while the hours run so, decides.
fn decide(chain: &mut Chain, text: &str, course: Course, portfolio: Portfolio) -> Target {
    let at = slot(text);
    let mut seen = observation(course, portfolio);
    (seen.slot, seen.at) = (at, at.at() + market::time::seconds(50));
    seen.price = Some(point(TQQQ, course.price(), text));
    seen.sources[0].reading = usable(course.hours(at, 230));
    chain.open(at);
    chain.judge(seen).target
}

#[test]
fn an_out_stays_open_until_a_verify_has_seen_it_reached() {
    let mut chain = Chain::new();
    chain.push(
        None,
        Record::Adopted(Noted {
            text: "mine".to_owned(),
        }),
    );
    assert_eq!(
        decide(&mut chain, "2025-05-12T10:00", Course::Falling, long()),
        Target::Out
    );
    let opened = chain.state.open_out.clone().unwrap();
    assert_eq!(opened.since, slot("2025-05-12T10:00"));

    // Not seen at all, still held, held in part, an order open: none of these is reached.
    let reserved = Book::cash("100000")
        .order(foreign_order(TQQQ, Side::Buy))
        .build();
    let part = Book::cash("99000").long(TQQQ, "0.000000001", "100").build();
    let owed = Book::cash("101000").short(TQQQ, "1", "100").build();
    let ends = [None, Some(long()), Some(part), Some(owed), Some(reserved)];
    let times = ["10:00", "10:30", "11:00", "11:30", "12:00"];
    for (end, time) in ends.into_iter().zip(times) {
        let text = format!("2025-05-12T{time}");
        if time != "10:00" {
            let target = decide(&mut chain, &text, Course::Flat, long());
            assert_eq!(target, Target::Out, "keep means out at {time}");
        }
        chain.close(slot(&text), nothing_to_do(), end);
        assert_eq!(chain.state.open_out.as_ref(), Some(&opened), "after {time}");
    }
    decide(&mut chain, "2025-05-12T12:30", Course::Flat, long());
    chain.close(slot("2025-05-12T12:30"), TRADED, Some(flat()));
    assert_eq!(chain.state.open_out, None);
    assert_eq!(
        decide(&mut chain, "2025-05-12T13:00", Course::Flat, flat()),
        Target::Keep
    );
}

#[test]
fn an_out_is_not_reached_while_an_own_order_has_no_known_end() {
    let mut chain = Chain::new();
    decide(&mut chain, "2025-05-12T10:30", Course::Falling, long());
    let sale = market_order(Leg::Sell, TQQQ, "995");
    intend(&mut chain, &sale);
    answer(
        &mut chain,
        &sale,
        Answer::Unknown {
            why: "timeout".to_owned(),
        },
    );
    chain.close(this_slot(), nothing_to_do(), Some(flat()));
    assert!(chain.state.open_out.is_some());
}

#[test]
fn a_bullish_decision_replaces_an_open_out_and_leaves_nothing_behind_when_unfinished() {
    let mut chain = Chain::new();
    decide(&mut chain, "2025-05-12T10:00", Course::Falling, long());
    chain.close(slot("2025-05-12T10:00"), nothing_to_do(), Some(long()));
    assert_eq!(
        decide(&mut chain, "2025-05-12T10:30", Course::Rising, flat()),
        Target::AllIn
    );
    assert_eq!(chain.state.open_out, None);
    chain.close(this_slot(), Outcome::Held(Held::Unfilled), Some(flat()));
    // The buy was not filled; without a signal of its own it is not completed.
    assert_eq!(
        decide(&mut chain, "2025-05-12T11:00", Course::Flat, flat()),
        Target::Keep
    );
}

#[test]
fn only_ends_that_are_proved_spend_an_attempt() {
    for state in OrderState::ALL {
        let mut chain = Chain::new();
        chain.open(this_slot());
        let sale = market_order(Leg::Sell, TQQQ, "5");
        intend(&mut chain, &sale);
        settle(&mut chain, &sale, state, "0");
        let next = |leg, name| chain.state.next_attempt(this_slot(), leg, &symbol(name));
        let expected = 1 + u32::from(state.spends_attempt());
        assert_eq!(next(Leg::Sell, TQQQ), expected, "{state:?}");
        assert_eq!(next(Leg::Buy, TQQQ), 1, "another leg");
        assert_eq!(next(Leg::Sell, "AAPL"), 1, "another symbol");
        let later = slot("2025-05-12T11:00");
        assert_eq!(
            chain.state.next_attempt(later, Leg::Sell, &symbol(TQQQ)),
            1,
            "another slot"
        );
    }
}

#[test]
fn answers_lead_to_their_states() {
    let order = market_order(Leg::Sell, TQQQ, "5");
    let report = shown(&order, OrderStatus::Working, "0", "100");
    let why = || "because".to_owned();
    let cases = [
        (Answer::Accepted(Box::new(report.clone())), OrderState::Open),
        (Answer::Refused { why: why() }, OrderState::Rejected),
        (Answer::Unknown { why: why() }, OrderState::Unknown),
        (Answer::NotSent { why: why() }, OrderState::Unsent),
        (Answer::CancelTaken, OrderState::Intended),
    ];
    for (given, expected) in cases {
        let mut chain = Chain::new();
        chain.open(this_slot());
        intend(&mut chain, &order);
        let accepted = matches!(given, Answer::Accepted(_));
        answer(&mut chain, &order, given);
        let tracked = &chain.state.orders[&order.id];
        assert_eq!(tracked.state, expected);
        assert_eq!(tracked.broker_id.is_some(), accepted);
        assert_eq!(chain.state.newest_order_at.is_some(), accepted);
        assert_eq!(
            chain.state.unsettled().count(),
            usize::from(expected.is_unsettled())
        );
    }
}

/// A broker lists the newest order it ever took for as long as there is none after it.
#[test]
fn an_order_refused_on_a_later_day_makes_no_stranger_of_the_newest_one_taken() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let taken = market_order(Leg::Sell, TQQQ, "5");
    intend(&mut chain, &taken);
    let report = shown(&taken, OrderStatus::Working, "0", "100");
    answer(&mut chain, &taken, Answer::Accepted(Box::new(report)));
    settle(&mut chain, &taken, OrderState::Filled, "5");
    chain.open(slot("2025-05-13T10:00"));
    let refused = market_order(Leg::Buy, TQQQ, "5");
    intend(&mut chain, &refused);
    let why = "not now".to_owned();
    answer(&mut chain, &refused, Answer::Refused { why });
    chain.open(slot("2025-05-14T10:00"));
    assert!(chain.state.orders.contains_key(&taken.id));
}

#[test]
fn an_id_used_again_keeps_all_its_intents_and_counts_as_one_order() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let first = market_order(Leg::Sell, TQQQ, "5");
    intend(&mut chain, &first);
    answer(
        &mut chain,
        &first,
        Answer::NotSent {
            why: "late".to_owned(),
        },
    );
    let second = Order {
        instruction: Instruction::Market {
            quantity: shares("4"),
        },
        ..first.clone()
    };
    intend(&mut chain, &second);
    let tracked = &chain.state.orders[&first.id];
    assert_eq!(tracked.intents, [first.clone(), second.clone()]);
    assert_eq!(
        (tracked.order(), tracked.state),
        (&second, OrderState::Intended)
    );
    assert_eq!(
        (chain.state.day.orders, chain.state.day.reduce_only),
        (1, 1)
    );
    assert_eq!(chain.state.orders_in(this_slot()), 1);
}

#[test]
fn the_day_counts_orders_and_turns_with_the_date() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    for order in [
        market_order(Leg::Sell, "AAPL", "5"),
        market_order(Leg::Cover, "F", "1"),
        buy("99500"),
    ] {
        intend(&mut chain, &order);
        settle(&mut chain, &order, OrderState::Filled, "1");
    }
    let day = &chain.state.day;
    assert_eq!((day.orders, day.reduce_only, day.round_trips), (3, 2, 0));
    assert_eq!(day.bought_symbols, [symbol(TQQQ)].into());
    assert!(chain.state.open_slot.as_ref().unwrap().filled);
    chain.close(this_slot(), TRADED, Some(long()));
    chain.open(slot("2025-05-12T11:00"));
    assert_eq!(chain.state.day.orders, 3, "the same date goes on");
    chain.close(slot("2025-05-12T11:00"), nothing_to_do(), Some(long()));
    chain.open(slot("2025-05-13T09:30"));
    let day = &chain.state.day;
    assert_eq!((day.orders, day.reduce_only), (0, 0));
    assert_eq!(day.bought_symbols, [].into());
    assert_eq!(day.date, Some(slot("2025-05-13T09:30").date()));
}

#[test]
fn orders_of_the_last_trading_date_stay_known_until_newer_ones_are() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let (sale, purchase) = (market_order(Leg::Sell, "AAPL", "5"), buy("99500"));
    intend(&mut chain, &sale);
    settle(&mut chain, &sale, OrderState::Filled, "5");
    chain.close(this_slot(), TRADED, Some(flat()));
    // Days without an order of ours: a broker may still list the last one.
    for text in ["2025-05-13T09:30", "2025-05-14T09:30"] {
        chain
            .open(slot(text))
            .close(slot(text), nothing_to_do(), Some(flat()));
        assert!(chain.state.orders.contains_key(&sale.id), "{text}");
    }
    chain.open(slot("2025-05-15T09:30"));
    let later = Order {
        id: trading::order::ClientOrderId::new(
            &crate::fixture::tag(),
            slot("2025-05-15T09:30"),
            Leg::Buy,
            &symbol(TQQQ),
            1,
        )
        .unwrap(),
        ..purchase
    };
    intend(&mut chain, &later);
    settle(&mut chain, &later, OrderState::Filled, "1");
    chain.close(slot("2025-05-15T09:30"), TRADED, Some(long()));
    chain.open(slot("2025-05-16T09:30"));
    let known: Vec<_> = chain.state.orders.keys().collect();
    assert_eq!(known, [&later.id]);
}

#[test]
fn an_unsettled_order_is_known_for_ever() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let order = buy("100");
    intend(&mut chain, &order);
    for text in ["2025-05-13T09:30", "2025-05-14T09:30", "2025-06-14T09:30"] {
        chain.open(slot(text));
    }
    assert!(chain.state.orders.contains_key(&order.id));
}

#[test]
fn a_top_up_is_a_filled_buy_on_top_of_a_holding() {
    let cases = [
        ("a first buy is none", flat(), OrderState::Filled, "995", 0),
        ("filled", long(), OrderState::Filled, "5", 1),
        ("filled in part", long(), OrderState::PartlyFilled, "1", 1),
        ("not filled", long(), OrderState::Canceled, "0", 0),
        ("never sent", long(), OrderState::Unsent, "0", 0),
    ];
    for (story, held, state, filled, expected) in cases {
        let mut chain = Chain::new();
        decide(&mut chain, "2025-05-12T10:30", Course::Rising, held);
        let order = buy("500");
        intend(&mut chain, &order);
        if filled != "0" {
            settle(&mut chain, &order, OrderState::Open, "0.5");
        }
        settle(&mut chain, &order, state, filled);
        settle(&mut chain, &order, state, filled);
        assert_eq!(chain.state.day.top_ups, expected, "{story}");
    }
}

#[test]
fn a_sale_after_a_buy_of_the_same_date_is_a_round_trip() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let trade = |chain: &mut Chain, order: &Order, attempt: u32| {
        let order = Order {
            id: id(order.leg, TQQQ, attempt),
            ..order.clone()
        };
        intend(chain, &order);
        settle(chain, &order, OrderState::Open, "0");
        settle(chain, &order, OrderState::Open, "1");
        settle(chain, &order, OrderState::Filled, "2");
    };
    let (purchase, sale) = (buy("100"), market_order(Leg::Sell, TQQQ, "2"));
    trade(&mut chain, &sale, 1);
    assert_eq!(
        chain.state.day.round_trips, 0,
        "sold what the day before had bought"
    );
    trade(&mut chain, &purchase, 1);
    trade(&mut chain, &sale, 2);
    trade(&mut chain, &sale, 3);
    assert_eq!(chain.state.day.round_trips, 1, "one buy, one round trip");
    trade(&mut chain, &purchase, 2);
    trade(&mut chain, &sale, 4);
    assert_eq!(chain.state.day.round_trips, 2);
}

#[test]
fn a_stricter_halt_replaces_a_milder_one_and_only_resume_lifts_it() {
    let mut chain = Chain::new();
    let halt = |level, text: &str| {
        Record::Halted(Halted {
            level,
            flatten: false,
            reason: HaltReason::Owner(text.to_owned()),
        })
    };
    chain.push(None, halt(HaltLevel::ReduceOnly, "vacation"));
    chain.push(None, halt(HaltLevel::Frozen, "fire"));
    chain.push(None, halt(HaltLevel::ReduceOnly, "calm"));
    let standing = chain.state.halt.clone().unwrap();
    assert!(!standing.flatten);
    assert_eq!(standing.reason, HaltReason::Owner("fire".to_owned()));
    chain.push(
        None,
        Record::Resumed(Resumed {
            note: "back".to_owned(),
        }),
    );
    assert_eq!(chain.state.halt, None);
}

#[test]
fn the_high_water_mark_is_the_highest_equity_seen_at_a_close() {
    let mut chain = Chain::new();
    let closes = [
        ("10:00", "100000", "100000"),
        ("10:30", "90000", "100000"),
        ("11:00", "120000", "120000"),
    ];
    for (time, equity, mark) in closes {
        let at = slot(&format!("2025-05-12T{time}"));
        let book = Book::cash("0").long(TQQQ, "1", equity).build();
        let seen = observation(Course::Flat, book.clone());
        chain
            .open(at)
            .push(Some(at), Record::Observed(Box::new(seen)));
        chain.close(at, nothing_to_do(), Some(book));
        let high = chain.state.unit.as_ref().map(UnitValue::high_water);
        assert_eq!(high, Some(money(mark)), "{time}");
    }
}

#[test]
fn missed_slots_are_the_newest_outcome_and_wait_to_be_decided() {
    let mut chain = Chain::new();
    let (first, last) = (slot("2025-05-09T15:30"), slot("2025-05-12T10:00"));
    chain.push(
        None,
        Record::SlotsMissed(SlotsMissed {
            first,
            last,
            count: 3,
        }),
    );
    let state = &chain.state;
    assert_eq!(
        state
            .last_slot
            .as_ref()
            .map(|closed| (closed.slot, &closed.outcome)),
        Some((last, &Outcome::Missed))
    );
    let waiting = state.undecided.unwrap();
    assert_eq!(
        (waiting.first, waiting.last, waiting.count),
        (first, last, 3)
    );
}

#[test]
fn a_second_try_goes_on_where_the_first_has_stopped() {
    let mut chain = Chain::new();
    decide(&mut chain, "2025-05-12T10:30", Course::Rising, flat());
    let order = buy("99500");
    intend(&mut chain, &order);
    settle(&mut chain, &order, OrderState::PartlyFilled, "10");
    chain.open_by(this_slot(), 2, 1);
    let open = chain.state.open_slot.as_ref().unwrap();
    assert_eq!(
        (open.tries, open.run, open.filled, open.decided),
        (2, RUN, true, true)
    );
    assert_eq!(
        chain
            .state
            .next_attempt(this_slot(), Leg::Buy, &symbol(TQQQ)),
        2
    );
}

#[test]
fn folding_a_closing_record_leaves_the_very_state_it_carries() {
    let mut chain = Chain::new();
    for (text, course, portfolio) in [
        ("2025-05-12T10:00", Course::Rising, flat()),
        ("2025-05-12T10:30", Course::Flat, long()),
        ("2025-05-12T11:00", Course::Falling, long()),
        ("2025-05-13T09:30", Course::Rising, flat()),
    ] {
        decide(&mut chain, text, course, portfolio.clone());
        chain.close(slot(text), nothing_to_do(), Some(portfolio));
    }
    let mut folded = State::default();
    let mut checkpoints = 0;
    for entry in &chain.entries {
        folded.fold(entry);
        if let Record::SlotClosed(closed) = &entry.record {
            assert_eq!(folded, closed.state, "record {}", entry.seq);
            let text = serde_json::to_string(&closed.state).unwrap();
            assert_eq!(serde_json::from_str::<State>(&text).unwrap(), folded);
            checkpoints += 1;
        }
    }
    assert_eq!(checkpoints, 4);
    assert_eq!(
        folded
            .held
            .get(&symbol(TQQQ))
            .copied()
            .unwrap_or(Shares::ZERO),
        shares("0")
    );
    assert_eq!(folded.last_price, Some((symbol(TQQQ), price("101"))));
}
