//! The record recomputed: identical, or the first difference.

use trading::observation::Reading;
use trading::order::{Leg, OrderStatus};
use trading::outcome::{Held, Outcome, Reason, Refusal};
use trading::record::{
    Answer, Answered, Entry, Hash, Intended, Intent, Record, Replanned, Settled, SlotsMissed,
};
use trading::replay::{Replay, Replayed};
use trading::settings::Settings;
use trading::spread::Quoted;

use crate::fixture::{
    Book, Chain, Course, TQQQ, at, buy, observation, point, price, quote, shares, shown, slot,
    symbol, this_slot, usable,
};

/// A morning: 09:30 missed, bought at 10:30, nothing at 11:00.
fn morning() -> Chain {
    let mut chain = Chain::new();
    let first = slot("2025-05-12T09:30");
    chain.push(
        None,
        Record::SlotsMissed(SlotsMissed {
            first,
            last: first,
            count: 1,
        }),
    );
    chain.open(this_slot());
    let mut seen = observation(Course::Rising, Book::cash("100000").build());
    seen.missed_prices = [(first, price("101"))].into();
    let decided = chain.judge(seen.clone());
    let slot_of_now = Some(this_slot());
    let order = buy("99500");
    let intended = Intended {
        intent: Intent::Order(order.clone()),
        send_before: at("2025-05-12T10:31:05"),
    };
    let open = shown(&order, OrderStatus::Working, "0", "100");
    let filled = shown(&order, OrderStatus::Filled, "995", "100");
    chain.push(slot_of_now, Record::Intended(intended));
    chain.push(
        slot_of_now,
        Record::Answered(Answered {
            id: order.id.clone(),
            answer: Answer::Accepted(Box::new(open)),
        }),
    );
    chain.push(
        slot_of_now,
        Record::Settled(Settled {
            id: order.id,
            state: trading::order::OrderState::Filled,
            filled: shares("995"),
            average_price: Some(price("100")),
            report: Some(Box::new(filled)),
        }),
    );
    let portfolio = Book::cash("500").long(TQQQ, "995", "100").build();
    let plan = trading::judge::replan(
        &decided,
        &portfolio,
        &seen,
        &chain.state,
        &Settings::default(),
    );
    chain.push(
        slot_of_now,
        Record::Replanned(Box::new(Replanned {
            portfolio: portfolio.clone(),
            plan,
        })),
    );
    chain.close(this_slot(), Outcome::Traded, Some(portfolio.clone()));

    let next = slot("2025-05-12T11:00");
    chain.open(next);
    let mut seen = observation(Course::Flat, portfolio.clone());
    (seen.slot, seen.at) = (next, at("2025-05-12T11:00:50"));
    seen.price = Some(point(TQQQ, price("100"), "2025-05-12T11:00"));
    seen.sources[0].reading = usable(Course::Flat.hours(next, 230));
    chain.judge(seen);
    chain.close(next, Outcome::Held(Held::NoSignal), Some(portfolio));
    chain
}

fn replay_some(entries: &[Entry], only: Option<&str>) -> Replayed {
    let mut replay = Replay::new(only.map(|text| vec![slot(text)]));
    for entry in entries {
        if let Some(hash) = replay.wants(entry) {
            assert_eq!(hash, Settings::default().hash());
            replay.learn(hash, Settings::default());
        }
        replay.take(entry);
    }
    replay.finish()
}

fn replay(entries: &[Entry]) -> Replayed {
    replay_some(entries, None)
}

/// What is found after `tamper` has been at every record.
fn tampered(tamper: impl Fn(&mut Entry)) -> String {
    let mut entries = morning().entries;
    entries.iter_mut().for_each(tamper);
    let difference = replay(&entries).difference.expect("tampering shows");
    format!(
        "{} of record {} ({}): {} -> {}",
        difference.what,
        difference.seq,
        difference
            .slot
            .map(market::Slot::compact)
            .unwrap_or_default(),
        difference.recorded,
        difference.computed
    )
}

#[test]
fn an_honest_chain_is_identical() {
    let found = replay(&morning().entries);
    let expected = Replayed {
        decisions: 2,
        plans: 3,
        states: 2,
        other_rules: 0,
        difference: None,
    };
    assert_eq!(found, expected);
}

#[test]
fn a_chain_read_back_from_its_text_is_identical() {
    let text = serde_json::to_string(&morning().entries).unwrap();
    let entries: Vec<Entry> = serde_json::from_str(&text).unwrap();
    assert_eq!(entries, morning().entries);
    assert_eq!(replay(&entries).difference, None);
}

#[test]
fn a_changed_price_shows_in_the_decision() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Observed(seen) = &mut entry.record {
            seen.price.as_mut().unwrap().price = price("99.5");
        }
    }), @"decision of record 6 (20250512T1030): decision.margins.price_to_fast.bps = 122.77624655475192 -> decision.margins.price_to_fast.bps = -27.562014532694878");
}

#[test]
fn a_changed_hour_shows_in_the_decision() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Observed(seen) = &mut entry.record
            && let Reading::Usable { closed, .. } = &mut seen.sources[0].reading
        {
            closed[0].close = price("3");
        }
    }), @"decision of record 6 (20250512T1030): decision.margins.fast_to_slow.bps = 25.119316749256413 -> decision.margins.fast_to_slow.bps = 25.119317708069005");
}

#[test]
fn a_changed_decision_shows() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Decided(decided) = &mut entry.record {
            decided.wanted = strategy::Target::Out;
        }
    }), @r#"decision of record 6 (20250512T1030): wanted = "out" -> wanted = "all_in""#);
}

#[test]
fn a_changed_plan_shows() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Decided(decided) = &mut entry.record
            && let Some(buy) = &mut decided.plan.buy
        {
            buy.leg = Leg::Cover;
        }
    }), @r#"plan of record 6 (20250512T1030): plan.buy.leg = "cover" -> plan.buy.leg = "buy""#);
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Replanned(replanned) = &mut entry.record {
            replanned.plan.idle = Some(Held::Unfilled);
        }
    }), @r#"plan of record 10 (20250512T1030): idle = "unfilled" -> idle = "at_target""#);
}

#[test]
fn a_changed_portfolio_shows_in_the_plan() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Replanned(replanned) = &mut entry.record {
            replanned.portfolio = Book::cash("100000").build();
        }
    }), @r#"plan of record 10 (20250512T1030): buy = null -> buy = {"instruction":{"notional":"99500","type":"notional"},"leg":"buy","symbol":"TQQQ"}"#);
}

#[test]
fn a_changed_state_shows() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::SlotClosed(closed) = &mut entry.record {
            closed.state.adopted = false;
        }
    }), @"state of record 11 (20250512T1030): adopted = false -> adopted = true");
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Settled(settled) = &mut entry.record {
            settled.filled = shares("994");
        }
    }), @r#"state of record 11 (20250512T1030): orders.tqqq-5f35d7-20250512T1030-b-TQQQ-1.filled = "995" -> orders.tqqq-5f35d7-20250512T1030-b-TQQQ-1.filled = "994""#);
}

#[test]
fn a_changed_or_missing_reconstruction_shows() {
    insta::assert_snapshot!(tampered(|entry| {
        if let Record::Reconstructed(made_up) = &mut entry.record {
            made_up.bearish.push(slot("2025-05-12T09:30"));
        }
    }), @r#"reconstruction of record 6 (20250512T1030): bearish[0] = "2025-05-12T13:30:00Z" -> bearish[0] = nothing"#);
    insta::assert_snapshot!(tampered(|entry| {
        if matches!(entry.record, Record::Reconstructed(_)) {
            let text = "nothing was missed".to_owned();
            entry.record = Record::Noted(trading::record::Noted { text });
        }
    }), @r#"reconstruction of record 6 (20250512T1030): null -> {"bearish":[],"bullish":"2025-05-12T13:30:00Z","decided":1,"symbol":"TQQQ","undecidable":0}"#);
}

#[test]
fn a_decision_without_what_it_saw_or_how_it_was_configured_is_a_difference() {
    insta::assert_snapshot!(tampered(|entry| {
        if matches!(entry.record, Record::Observed(_)) {
            let text = "lost".to_owned();
            entry.record = Record::Noted(trading::record::Noted { text });
        }
    }), @r#"observation of record 6 (20250512T1030): "kept with the record" -> "not there""#);
    let mut unconfigured = Replay::new(None);
    morning()
        .entries
        .iter()
        .for_each(|entry| unconfigured.take(entry));
    let difference = unconfigured.finish().difference.unwrap();
    assert_eq!(
        (difference.what, difference.computed.as_str()),
        ("configuration", "\"not there\"")
    );
}

#[test]
fn another_version_of_the_rules_is_reported_and_not_compared() {
    let mut entries = morning().entries;
    for entry in &mut entries {
        match &mut entry.record {
            Record::SlotOpened(opened) if entry.slot == Some(this_slot()) => opened.rules = 99,
            // What other rules would have made of it.
            Record::Decided(decided) if entry.slot == Some(this_slot()) => {
                decided.wanted = strategy::Target::Keep;
            }
            Record::SlotClosed(closed) => {
                closed.state.armed_until = Some(at("2025-05-16T16:00"));
            }
            _ => {}
        }
    }
    let found = replay(&entries);
    assert_eq!(
        (found.other_rules, found.decisions, found.states),
        (1, 1, 1)
    );
    assert_eq!(
        found.difference, None,
        "the next slot begins at the state they left"
    );
}

#[test]
fn only_the_slots_asked_for_are_compared() {
    let mut entries = morning().entries;
    for entry in &mut entries {
        match &mut entry.record {
            Record::Decided(decided) if entry.slot == Some(this_slot()) => decided.disagreed = true,
            Record::SlotClosed(closed) if entry.slot == Some(this_slot()) => {
                closed.state.day.orders = 17;
            }
            _ => {}
        }
    }
    let next = replay_some(&entries, Some("2025-05-12T11:00"));
    assert_eq!(
        (next.decisions, next.plans, next.states, next.difference),
        (1, 1, 1, None)
    );
    let this = replay_some(&entries, Some("2025-05-12T10:30"));
    assert_eq!(this.difference.unwrap().what, "decision");
    let none = replay_some(&entries, Some("2025-05-12T15:30"));
    assert_eq!(none, Replayed::default());
}

#[test]
fn each_configuration_is_asked_for_once() {
    let entries = morning().entries;
    let mut fresh = Replay::new(None);
    let wanted: Vec<Hash> = entries
        .iter()
        .filter_map(|entry| {
            let wanted = fresh.wants(entry);
            wanted.inspect(|hash| fresh.learn(*hash, Settings::default()))
        })
        .collect();
    assert_eq!(wanted, [Settings::default().hash()]);
}

#[test]
fn a_quote_is_judged_again_and_a_judgement_that_differs_is_shown() {
    let judged = |refused: Option<Refusal>| {
        let mut chain = morning();
        let decided = |entry: &Entry| matches!(entry.record, Record::Decided(_));
        let place = chain.entries.iter().position(decided).unwrap() + 1;
        let quoted = Record::Quoted(Box::new(Quoted {
            symbol: symbol(TQQQ),
            at: at("2025-05-12T10:31"),
            looks: 1,
            look: quote("99.4", "100.6", "2025-05-12T10:31"),
            refused,
            bodies: Vec::new(),
        }));
        let like = chain.entries[place].clone();
        chain.entries.insert(
            place,
            Entry {
                record: quoted,
                ..like
            },
        );
        replay(&chain.entries).difference
    };
    let seen = "120 bps, bid 99.4, ask 100.6 at 2025-05-12T10:31:00-04:00 from alpaca";
    let limit = "at most 50 bps between bid and ask";
    assert_eq!(
        judged(Some(Refusal::new(Reason::Spread, limit, seen))),
        None
    );
    let difference = judged(None).unwrap();
    assert_eq!(
        (difference.what, difference.recorded.as_str()),
        ("spread", "null")
    );
    assert!(
        difference.computed.contains("120 bps"),
        "{}",
        difference.computed
    );
}
