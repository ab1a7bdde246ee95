//! What the chain alone shows, record by record.

use trading::invariants::Invariant;
use trading::observation::{NoTrade, Reading, SessionHours, Skew, SourceName, SuspectedSplit};
use trading::order::{Instruction, Leg, Order, OrderState};
use trading::outcome::{Outcome, Reason, Refusal};
use trading::record::{
    Answer, Entry, HaltLevel, HaltReason, Halted, Intended, Intent, Record, RunId, SplitRuled,
};
use trading::settings::{Settings, Venue};

use super::{
    accept, day, flat, intend, intended, invested, only, planned_order, replan, seen_at, settle,
    tampered, walked, walked_under,
};
use crate::fixture::{Book, Chain, Course, TQQQ, at, id, money, price, shares, slot, symbol};

const BOUGHT: &str = "2025-05-12T10:30";
const SOLD: &str = "2025-05-12T11:30";

/// The day with a record put in before the first that `is_there`.
fn inserted(record: Record, is_there: impl Fn(&mut Entry) -> bool) -> Vec<Entry> {
    let mut entries = day().entries;
    let place = entries.iter_mut().position(is_there).unwrap();
    let entry = Entry {
        slot: None,
        record,
        ..entries[place].clone()
    };
    entries.insert(place, entry);
    for (number, entry) in (1..).zip(&mut entries) {
        entry.seq = number;
    }
    entries
}

fn halted(level: HaltLevel) -> Record {
    Record::Halted(Halted {
        level,
        flatten: false,
        reason: HaltReason::Owner("vacation".to_owned()),
    })
}

fn stop(reason: Reason) -> Refusal {
    Refusal::new(reason, "a limit", "more")
}

// I1

#[test]
fn i1_an_intent_beyond_the_plan_and_a_second_one_while_the_first_has_no_end() {
    insta::assert_snapshot!(tampered(Invariant::I1, |entry| {
        if let Some(order) = intended(entry, Leg::Buy) {
            order.instruction = Instruction::Notional { notional: money("99600") };
        }
    }), @"I1: bought TQQQ for 99600, planned 99500");
    let second = Record::Intended(Intended {
        intent: Intent::Order(Order {
            id: id(Leg::Buy, TQQQ, 2),
            ..crate::fixture::buy("100")
        }),
        send_before: at("2025-05-12T10:31"),
    });
    let entries = inserted(second, |entry| matches!(entry.record, Record::Answered(_)));
    insta::assert_snapshot!(only(Invariant::I1, walked(&entries)), @"
    I1: bought TQQQ for 99600, planned 99500
    I1: tqqq-5f35d7-20250512T1030-b-TQQQ-2 intended while tqqq-5f35d7-20250512T1030-b-TQQQ-1 has no known end
    ");
}

/// A buy that is taken back with `count` filled, and what the plan then makes of `then`.
fn bought_in_part(count: &str, then: Book) -> (Chain, bool) {
    let (mut chain, of) = (Chain::new(), slot(BOUGHT));
    let seen = seen_at(BOUGHT, Course::Rising, flat());
    chain.open(of);
    let decided = chain.judge(seen.clone());
    let first = planned_order(&chain, of, &decided);
    intend(&mut chain, of, &first);
    accept(&mut chain, of, &first);
    settle(
        &mut chain,
        of,
        &first,
        OrderState::PartlyFilled,
        count,
        "100",
    );
    let is_done = replan(&mut chain, &seen, &decided, &then.build());
    if !is_done {
        let second = chain.entries.last().unwrap().record.clone();
        let Record::Replanned(second) = second else {
            panic!("a plan was made");
        };
        let decided = trading::judge::Decided {
            plan: second.plan,
            ..decided
        };
        let second = planned_order(&chain, of, &decided);
        intend(&mut chain, of, &second);
    }
    (chain, is_done)
}

#[test]
fn i1_the_rest_of_a_buy_and_money_that_came_meanwhile_are_bought_by_a_plan_of_their_own() {
    for then in [
        Book::cash("60000").long(TQQQ, "400", "100"),
        Book::cash("75000").long(TQQQ, "400", "100"),
    ] {
        let (chain, is_done) = bought_in_part("400", then);
        assert!(!is_done);
        assert_eq!(walked(&chain.entries), []);
    }
}

#[test]
fn i1_an_id_that_may_be_alive_keeps_what_it_was_allowed_when_it_is_used_again() {
    let (mut chain, of) = (Chain::new(), slot(BOUGHT));
    chain.open(of);
    let decided = chain.judge(seen_at(BOUGHT, Course::Rising, flat()));
    let first = planned_order(&chain, of, &decided);
    intend(&mut chain, of, &first);
    let unsent = trading::record::Settled {
        id: first.id.clone(),
        state: OrderState::Unsent,
        filled: shares("0"),
        average_price: None,
        report: None,
    };
    chain.push(Some(of), Record::Settled(unsent));
    let poorer = seen_at(BOUGHT, Course::Rising, Book::cash("90000").build());
    let decided = chain.judge(poorer);
    let second = planned_order(&chain, of, &decided);
    assert_eq!(second.id, first.id);
    assert_ne!(second.instruction, first.instruction);
    intend(&mut chain, of, &second);
    assert_eq!(walked(&chain.entries), []);
}

// I2 and I3

#[test]
fn i2_an_entry_may_cost_all_the_cash_that_was_seen_and_no_cent_more() {
    let with_cash = |cash: &str| {
        tampered(Invariant::I2, |entry| {
            if let Record::Observed(seen) = &mut entry.record {
                seen.portfolio.account.cash = money(cash);
            }
        })
    };
    insta::assert_snapshot!(with_cash("99499.99"), @"I2: tqqq-5f35d7-20250512T1030-b-TQQQ-1 may cost 99500, and there is cash of 99499.99");
    assert_eq!(with_cash("99500"), "");
}

#[test]
fn i3_a_sale_may_be_of_all_that_is_held_and_no_share_more() {
    let of = |instruction: Instruction| {
        tampered(Invariant::I3, |entry| {
            if let Some(order) = intended(entry, Leg::Sell) {
                order.instruction = instruction.clone();
            }
        })
    };
    let so_many = |count: &str| Instruction::Market {
        quantity: shares(count),
    };
    insta::assert_snapshot!(of(so_many("995.000000001")), @"I3: tqqq-5f35d7-20250512T1130-s-TQQQ-1 is of 995.000000001 shares at the market, and there are 995");
    let by_amount = Instruction::Notional {
        notional: money("1"),
    };
    insta::assert_snapshot!(of(by_amount), @"I3: tqqq-5f35d7-20250512T1130-s-TQQQ-1 is of 1 USD at the market, and there are 995");
    assert_eq!(of(so_many("995")), "");
}

// I4

#[test]
fn i4_a_halt_forbids_entries_and_a_freeze_everything() {
    let before = |leg| move |entry: &mut Entry| intended(entry, leg).is_some();
    let shows = |level, leg| only(Invariant::I4, walked(&inserted(halted(level), before(leg))));
    insta::assert_snapshot!(shows(HaltLevel::ReduceOnly, Leg::Buy), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended while halted by the owner: vacation");
    insta::assert_snapshot!(shows(HaltLevel::Frozen, Leg::Sell), @"I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended while frozen by the owner: vacation");
    assert_eq!(shows(HaltLevel::ReduceOnly, Leg::Sell), "");
}

#[test]
fn i4_rules_of_the_decision_stop_what_they_say_they_stop() {
    let stopped = |at_slot: &str, of_all: bool| {
        tampered(Invariant::I4, |entry| {
            if let (Record::Decided(decided), Some(of)) = (&mut entry.record, entry.slot)
                && of == slot(at_slot)
            {
                if of_all {
                    decided.stops.push(stop(Reason::NotTrading));
                } else {
                    decided.entry_stops.push(stop(Reason::Drawdown));
                }
            }
        })
    };
    insta::assert_snapshot!(stopped(BOUGHT, false), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended against Drawdown (a limit; seen: more)");
    insta::assert_snapshot!(stopped(SOLD, true), @"I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended against NotTrading (a limit; seen: more)");
    assert_eq!(stopped(SOLD, false), "");
}

#[test]
fn i4_counts_shares_of_equity_and_arming_bind_entries_alone() {
    let under = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        only(Invariant::I4, walked_under(&day().entries, &settings))
    };
    insta::assert_snapshot!(under(|it| it.limits.orders_per_day = 0), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended past 0 orders a day");
    insta::assert_snapshot!(under(|it| it.limits.orders_per_slot = 0), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended past 0 orders a slot");
    insta::assert_snapshot!(under(|it| it.limits.round_trips_per_day = 0), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended past 0 round trips a day");
    insta::assert_snapshot!(under(|it| it.limits.order_notional_max_pct = 99), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended for 99500, more than 99000");
    insta::assert_snapshot!(under(|it| it.limits.exposure_max_pct = 99), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended to hold 99500 at 101, more than 99000");
    insta::assert_snapshot!(under(|it| it.venue = Venue::AlpacaLive), @"I4: tqqq-5f35d7-20250512T1030-b-TQQQ-1 intended while not armed");
    assert_eq!(under(|it| it.limits.orders_per_day = 1), "");
    assert_eq!(under(|it| it.limits.reduce_only_per_day = 1), "");
}

#[test]
fn i4_an_intent_lies_in_the_session_of_both_calendars_and_in_the_time_of_its_slot() {
    let sent = |from: &str, until: &str| {
        tampered(Invariant::I4, |entry| {
            let of_sale = intended(entry, Leg::Sell).is_some();
            if let Record::Intended(intended) = &mut entry.record
                && of_sale
            {
                intended.send_before = at(until);
                entry.at = at(from);
            }
        })
    };
    insta::assert_snapshot!(sent("2025-05-12T09:29:59", "2025-05-12T11:30:55"), @"I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended at 2025-05-12T09:29:59-04:00 to be sent until 2025-05-12T11:30:55-04:00, outside 2025-05-12T09:30:00-04:00 to 2025-05-12T15:59:00-04:00");
    insta::assert_snapshot!(sent("2025-05-12T11:30:50", "2025-05-12T15:59:01"), @"I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended at 2025-05-12T11:30:50-04:00 to be sent until 2025-05-12T15:59:01-04:00, outside 2025-05-12T09:30:00-04:00 to 2025-05-12T15:59:00-04:00");
    insta::assert_snapshot!(sent("2025-05-12T11:39:59", "2025-05-12T11:40:01"), @"I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended to be sent until 2025-05-12T11:40:01-04:00, later than 2025-05-12T11:40:00-04:00");
    assert_eq!(sent("2025-05-12T11:39:59", "2025-05-12T11:40:00"), "");
    let closes_at = |close: &str| {
        tampered(Invariant::I4, |entry| {
            if let Record::Observed(seen) = &mut entry.record {
                let (open, close) = (seen.session.open, at(close));
                seen.broker_session = Some(SessionHours { open, close });
            }
        })
    };
    insta::assert_snapshot!(closes_at("2025-05-12T11:31:54"), @"I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended at 2025-05-12T11:30:50-04:00 to be sent until 2025-05-12T11:30:55-04:00, outside 2025-05-12T09:30:00-04:00 to 2025-05-12T11:30:54-04:00");
    assert_eq!(closes_at("2025-05-12T11:31:55"), "");
}

#[test]
fn i4_nothing_is_intended_once_its_slot_is_closed() {
    let mut entries = day().entries;
    let last = entries.last().unwrap().clone();
    let late = entries
        .iter_mut()
        .rfind(|entry| matches!(entry.record, Record::Intended(_)));
    let late = Entry {
        seq: last.seq + 1,
        ..late.unwrap().clone()
    };
    entries.push(late);
    let found = only(Invariant::I4, walked(&entries));
    assert_eq!(
        found,
        "I4: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended while its slot was not open"
    );
}

// I6, I7 and I8

#[test]
fn i6_an_answer_belongs_to_an_intent() {
    let found = tampered(Invariant::I6, |entry| {
        if let Record::Answered(answered) = &mut entry.record {
            answered.id = id(Leg::Buy, TQQQ, 4);
        }
    });
    insta::assert_snapshot!(found, @"
    I6: tqqq-5f35d7-20250512T1030-b-TQQQ-4 is answered and was never intended
    I6: tqqq-5f35d7-20250512T1030-b-TQQQ-4 is answered and was never intended
    ");
}

#[test]
fn i7_what_is_recorded_is_what_is_computed_and_intents_are_those_of_the_plan() {
    insta::assert_snapshot!(tampered(Invariant::I7, |entry| {
        if let Record::Decided(decided) = &mut entry.record {
            decided.disagreed = true;
        }
    }), @"I7: decision: recorded disagreed = true, computed disagreed = false");
    insta::assert_snapshot!(tampered(Invariant::I7, |entry| {
        if let Some(order) = intended(entry, Leg::Sell) {
            order.instruction = Instruction::Market { quantity: shares("994") };
        }
    }), @"
    I7: tqqq-5f35d7-20250512T1130-s-TQQQ-1 of TQQQ 994 shares at the market is none of the plan
    I7: state: recorded orders.tqqq-5f35d7-20250512T1130-s-TQQQ-1.intents[0].instruction.quantity = \"995\", computed orders.tqqq-5f35d7-20250512T1130-s-TQQQ-1.intents[0].instruction.quantity = \"994\"
    ");
    let renamed = tampered(Invariant::I7, |entry| {
        if let Some(order) = intended(entry, Leg::Buy) {
            order.id = id(Leg::Buy, TQQQ, 3);
        }
    });
    let first = renamed.lines().next().unwrap();
    insta::assert_snapshot!(first, @"I7: tqqq-5f35d7-20250512T1030-b-TQQQ-3 should be tqqq-5f35d7-20250512T1030-b-TQQQ-1");
    let under_other_rules = tampered(Invariant::I7, |entry| match &mut entry.record {
        Record::SlotOpened(opened) => opened.rules = 99,
        Record::Decided(decided) => decided.disagreed = true,
        _ => {}
    });
    assert_eq!(under_other_rules, "", "it differs by version");
}

#[test]
fn i8_only_the_run_that_opened_the_slot_intends_anything() {
    let other = RunId([9; 16]);
    let of_the_sale = |entry: &mut Entry| intended(entry, Leg::Sell).is_some();
    let found = tampered(Invariant::I8, |entry| {
        if of_the_sale(entry) {
            entry.run = other;
        }
    });
    insta::assert_snapshot!(found, @"I8: tqqq-5f35d7-20250512T1130-s-TQQQ-1 intended by run 09090909090909090909090909090909, and the slot belongs to run 07070707070707070707070707070707");
    let taken_over = tampered(Invariant::I8, |entry| {
        if entry.slot == Some(slot(SOLD)) {
            entry.run = other;
        }
    });
    assert_eq!(taken_over, "", "the other had opened it");
}

// I9

fn seen(tamper: impl Fn(&mut trading::observation::Observation)) -> String {
    let found = tampered(Invariant::I9, |entry| {
        if let (Record::Observed(seen), Some(of)) = (&mut entry.record, entry.slot)
            && of == slot(SOLD)
        {
            tamper(seen);
        }
    });
    found.replace("I9: tqqq-5f35d7-20250512T1130-s-TQQQ-1 follows from ", "")
}

fn hours(
    seen: &mut trading::observation::Observation,
) -> (&mut Vec<market::hours::Hour>, &mut Vec<market::hours::Gap>) {
    match &mut seen.sources[0].reading {
        Reading::Usable { closed, gaps, .. } => (closed, gaps),
        Reading::Unusable { why } => panic!("{why}"),
    }
}

#[test]
fn i9_averages_are_those_of_the_hours_that_had_ended() {
    insta::assert_snapshot!(seen(|it| hours(it).0[229].close = price("99.9")), @"twelve-data: a fast average of 100.22499999999997, and the closed hours give 100.20681818181819");
    insta::assert_snapshot!(seen(|it| drop(hours(it).0.drain(..31))), @"twelve-data: 199 closed hours of 200 needed");
    insta::assert_snapshot!(seen(|it| hours(it).0.swap(3, 4)), @"twelve-data: the hour of 2025-03-25T15:30:00-04:00 out of its order");
    insta::assert_snapshot!(seen(|it| {
        let hour = &mut hours(it).0[5];
        hour.start += market::time::minutes(5);
    }), @"twelve-data: 2025-03-26T10:35:00-04:00, which is no hour of a session");
    let forming = seen(|it| {
        let (closed, _) = hours(it);
        let mut next = Course::Falling.hours(slot("2025-05-12T12:30"), 1);
        next[0].close = price("1");
        closed.append(&mut next);
    });
    assert_eq!(forming, "", "an hour that had not ended counts for nothing");
}

#[test]
fn i9_data_is_final_whole_fresh_and_on_one_share_basis() {
    insta::assert_snapshot!(seen(|it| it.sources[0].asked_at = at("2025-05-12T11:30:14")), @"twelve-data: asked at 2025-05-12T11:30:14-04:00 for a bar that ended at 2025-05-12T11:30:00-04:00");
    let holes = |count: i32| {
        seen(|it| {
            let start = |nth| at("2025-05-01T09:30") + market::time::minutes(30) * nth;
            hours(it).1.extend(
                (0..count)
                    .map(start)
                    .map(|start| market::hours::Gap { start }),
            );
        })
    };
    assert_eq!(
        holes(13),
        "",
        "an exit is not held back by bars that perhaps never were"
    );
    insta::assert_snapshot!(holes(14), @"twelve-data: 14 bars missing, at most 13 may be");
    insta::assert_snapshot!(seen(|it| it.price.as_mut().unwrap().at = at("2025-05-12T11:28:59")), @"a price of 2025-05-12T11:28:59-04:00");
    insta::assert_snapshot!(seen(|it| it.price = None), @"a price of 99 that nobody gave");
    insta::assert_snapshot!(seen(|it| it.price.as_mut().unwrap().price = price("98")), @"99, and 98 was seen");
    let suspicious = |it: &mut trading::observation::Observation| {
        it.suspected_splits = vec![SuspectedSplit {
            symbol: symbol(TQQQ),
            split: "2025-05-12:2".parse().unwrap(),
            seen_in: "price".to_owned(),
        }];
    };
    insta::assert_snapshot!(seen(suspicious), @"data that looks split, TQQQ 2025-05-12:2 in price");
    insta::assert_snapshot!(seen(|it| it.no_trade = vec![NoTrade {
        start: at("2025-05-12T10:00"),
        lacking: vec![SourceName("twelve-data".to_owned())],
    }]), @"a bar of 2025-05-12T10:00:00-04:00 that one source lost");
    let final_now = seen(|it| it.sources[0].asked_at = at("2025-05-12T11:30:15"));
    let fresh = seen(|it| it.price.as_mut().unwrap().at = at("2025-05-12T11:29:00"));
    assert_eq!((final_now.as_str(), fresh.as_str()), ("", ""));
    let ruled = Record::SplitRuled(SplitRuled {
        symbol: symbol(TQQQ),
        split: "2025-05-12:2".parse().unwrap(),
        accepted: false,
    });
    let mut entries = inserted(ruled, |entry| entry.slot == Some(slot(SOLD)));
    for entry in &mut entries {
        if let Record::Observed(seen) = &mut entry.record {
            suspicious(seen);
        }
    }
    let of_the_sale = |line: &&str| line.contains("-s-TQQQ");
    let found = only(Invariant::I9, walked(&entries));
    assert_eq!(found.lines().filter(of_the_sale).count(), 0, "{found}");
}

#[test]
fn i9_an_entry_follows_from_no_bars_that_may_have_been_lost() {
    let bought = |start: &str| {
        tampered(Invariant::I9, |entry| {
            if let (Record::Observed(seen), Some(of)) = (&mut entry.record, entry.slot)
                && of == slot(BOUGHT)
            {
                let start = at(start);
                hours(seen).1.push(market::hours::Gap { start });
            }
        })
    };
    insta::assert_snapshot!(bought("2025-05-12T09:30"), @"I9: tqqq-5f35d7-20250512T1030-b-TQQQ-1 follows from twelve-data: the bar of 2025-05-12T09:30:00-04:00 missing in the newest session");
    insta::assert_snapshot!(bought("2025-05-01T11:30"), @"I9: tqqq-5f35d7-20250512T1030-b-TQQQ-1 follows from twelve-data: 1 bars missing, at most 0 may be");
    assert_eq!(bought("2025-04-24T14:00"), "", "eighty hours ago");
}

#[test]
fn i9_an_entry_needs_a_bullish_decision_of_its_own_slot() {
    let found = tampered(Invariant::I9, |entry| {
        if let Record::Decided(decided) = &mut entry.record {
            decided.wanted = strategy::Target::Keep;
        }
    });
    insta::assert_snapshot!(found, @"I9: tqqq-5f35d7-20250512T1030-b-TQQQ-1 follows from no bullish decision, Keep was wanted");
    let undecided = tampered(Invariant::I9, |entry| {
        if matches!(entry.record, Record::Decided(_)) {
            let text = "nothing".to_owned();
            entry.record = Record::Noted(trading::record::Noted { text });
        }
    });
    insta::assert_snapshot!(undecided, @"
    I9: tqqq-5f35d7-20250512T1030-b-TQQQ-1 follows from no decision of this slot
    I9: tqqq-5f35d7-20250512T1130-s-TQQQ-1 follows from no decision of this slot
    ");
}

// I10

#[test]
fn i10_every_slot_has_one_outcome() {
    let closes = |entry: &Entry| matches!(entry.record, Record::SlotClosed(_));
    let mut twice = day().entries;
    let again = twice.iter().rfind(|entry| closes(entry)).unwrap().clone();
    twice.push(again);
    insta::assert_snapshot!(only(Invariant::I10, walked(&twice)), @"I10: 2025-05-12T11:30-04:00 has a second outcome");
    let passed_over: Vec<Entry> = day()
        .entries
        .into_iter()
        .filter(|entry| entry.slot != Some(slot("2025-05-12T11:00")))
        .collect();
    insta::assert_snapshot!(only(Invariant::I10, walked(&passed_over)), @"I10: 2025-05-12T11:00-04:00 has no outcome");
    let never_closed: Vec<Entry> = day()
        .entries
        .into_iter()
        .filter(|entry| entry.slot != Some(slot(BOUGHT)) || !closes(entry))
        .collect();
    insta::assert_snapshot!(only(Invariant::I10, walked(&never_closed)), @"I10: 2025-05-12T10:30-04:00 has no outcome");
    let miscounted = |count: u32, last: &str| {
        let missed = Record::SlotsMissed(trading::record::SlotsMissed {
            first: slot("2025-05-12T12:00"),
            last: slot(last),
            count,
        });
        let mut chain = day();
        chain.push(None, missed).open(slot("2025-05-14T10:00"));
        only(Invariant::I10, walked(&chain.entries))
    };
    insta::assert_snapshot!(miscounted(20, "2025-05-14T09:30"), @"I10: 20 slots from 2025-05-12T12:00-04:00 are told of, and there are 22");
    insta::assert_snapshot!(miscounted(21, "2025-05-13T15:30"), @"I10: 2025-05-14T09:30-04:00 has no outcome");
    assert_eq!(miscounted(22, "2025-05-14T09:30"), "", "days of absence");
}

// I12

#[test]
fn i12_an_order_is_accepted_within_thirty_seconds_of_its_intent() {
    let accepted = |text: &str, skew: Skew| {
        tampered(Invariant::I12, |entry| match &mut entry.record {
            Record::Observed(seen) => seen.skew = skew,
            Record::Answered(answered) if answered.id.as_str().contains("-b-") => {
                if let Answer::Accepted(report) = &mut answered.answer {
                    report.submitted_at = Some(at(text));
                }
            }
            _ => {}
        })
    };
    let agreed = Skew::Milliseconds(40);
    // Intended at 10:30:50; the clocks may be three seconds apart.
    insta::assert_snapshot!(accepted("2025-05-12T10:31:24", agreed), @"I12: tqqq-5f35d7-20250512T1030-b-TQQQ-1 was accepted 34s after its intent");
    insta::assert_snapshot!(accepted("2025-05-12T10:30:46", agreed), @"I12: tqqq-5f35d7-20250512T1030-b-TQQQ-1 was accepted before it was intended");
    for text in ["2025-05-12T10:31:23", "2025-05-12T10:30:47"] {
        assert_eq!(accepted(text, agreed), "", "{text}");
    }
    for unknown in [Skew::Unknown, Skew::Milliseconds(2001)] {
        assert_eq!(accepted("2025-05-12T10:40", unknown), "", "no telling");
    }
}

#[test]
fn i12_an_order_is_not_accepted_after_a_newer_decision() {
    let (mut chain, of) = (Chain::new(), slot(BOUGHT));
    chain.open(of);
    let decided = chain.judge(seen_at(BOUGHT, Course::Rising, flat()));
    let order = planned_order(&chain, of, &decided);
    intend(&mut chain, of, &order);
    chain.judge(seen_at(BOUGHT, Course::Rising, flat()));
    chain.entries.last_mut().unwrap().at = at("2025-05-12T10:31:10");
    accept(&mut chain, of, &order);
    let accepted = |text: &str| {
        let mut entries = chain.entries.clone();
        if let Record::Answered(answered) = &mut entries.last_mut().unwrap().record
            && let Answer::Accepted(report) = &mut answered.answer
        {
            report.submitted_at = Some(at(text));
        }
        only(Invariant::I12, walked(&entries))
    };
    insta::assert_snapshot!(accepted("2025-05-12T10:31:14"), @"I12: tqqq-5f35d7-20250512T1030-b-TQQQ-1 was accepted after a newer decision");
    assert_eq!(accepted("2025-05-12T10:31:13"), "");
}

// I13

#[test]
fn i13_what_reduces_is_refused_only_by_what_stops_everything_or_by_its_own_limits() {
    let ended = |reason: Reason, at_slot: &str| {
        tampered(Invariant::I13, |entry| {
            let is_late = matches!(
                entry.record,
                Record::Intended(_)
                    | Record::Answered(_)
                    | Record::Settled(_)
                    | Record::Replanned(_)
            );
            if entry.slot != Some(slot(at_slot)) {
                return;
            }
            if is_late {
                let text = "refused before it was sent".to_owned();
                entry.record = Record::Noted(trading::record::Noted { text });
            }
            if let Record::SlotClosed(closed) = &mut entry.record {
                closed.outcome = Outcome::Refused(stop(reason));
            }
        })
    };
    insta::assert_snapshot!(ended(Reason::Drawdown, SOLD), @"I13: what reduces was refused by Drawdown (a limit; seen: more)");
    insta::assert_snapshot!(ended(Reason::Stale, SOLD), @"I13: what reduces was refused by Stale (a limit; seen: more)");
    for reason in [
        Reason::NotTrading,
        Reason::ReduceOnlyPerDay,
        Reason::OutOfTime,
    ] {
        assert_eq!(ended(reason, SOLD), "", "{reason}");
    }
    assert_eq!(ended(Reason::Drawdown, BOUGHT), "", "an entry");
    let misplaced = |reason: Reason| {
        tampered(Invariant::I13, |entry| {
            if let Record::Decided(decided) = &mut entry.record {
                decided.stops = vec![stop(reason)];
            }
        })
    };
    let found = misplaced(Reason::Spread);
    insta::assert_snapshot!(found.lines().next().unwrap(), @"I13: Spread (a limit; seen: more) is named to stop every order");
    assert_eq!(misplaced(Reason::MarketClosed), "");
    assert_ne!(invested(), flat());
}
