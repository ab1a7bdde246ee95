//! The invariants of EXECUTION §7: each catches the breach planted for it, and lets the legal case
//! next to it pass.

mod chain;
mod counterparty;
mod finishing;
mod secrets;
mod slot_end;

use market::calendar::Slot;
use trading::invariants::{Breach, BreachError, History, Invariant};
use trading::judge::Decided;
use trading::observation::Observation;
use trading::order::{Leg, Order, OrderState, OrderStatus};
use trading::outcome::{Held, Outcome};
use trading::portfolio::Portfolio;
use trading::record::{
    Answer, Answered, Entry, Intended, Intent, Record, Replanned, Settled, SlotsMissed,
};
use trading::settings::Settings;

use crate::fixture::{
    Book, Chain, Course, TQQQ, at, money, observation, point, price, shares, shown, slot, usable,
};

/// What a slot at `text` sees.
fn seen_at(text: &str, course: Course, portfolio: Portfolio) -> Observation {
    let mut seen = observation(course, portfolio);
    let moment = |seconds: &str| at(&format!("{text}:{seconds}"));
    (seen.slot, seen.at) = (slot(text), moment("50"));
    seen.price = Some(point(TQQQ, course.price(), &format!("{text}:02")));
    seen.trade_price.clone_from(&seen.price);
    seen.sources[0].asked_at = moment("45");
    seen.sources[0].reading = usable(course.hours(seen.slot, 230));
    seen.portfolio.at = moment("50");
    seen
}

/// The first planned order under its id.
fn planned_order(chain: &Chain, of: Slot, decided: &Decided) -> Order {
    let plan = &decided.plan;
    let planned = plan.sales.iter().chain(&plan.buy).next().unwrap().clone();
    let attempt = chain.state.next_attempt(of, planned.leg, &planned.symbol);
    let tag = crate::fixture::tag();
    let id = trading::order::ClientOrderId::new(&tag, of, planned.leg, &planned.symbol, attempt);
    Order {
        id: id.unwrap(),
        leg: planned.leg,
        side: planned.leg.side().unwrap(),
        symbol: planned.symbol,
        instruction: planned.instruction,
    }
}

fn intend(chain: &mut Chain, of: Slot, order: &Order) {
    let intended = Intended {
        intent: Intent::Order(order.clone()),
        send_before: of.at() + market::time::seconds(55),
    };
    chain.push(Some(of), Record::Intended(intended));
}

fn accept(chain: &mut Chain, of: Slot, order: &Order) {
    let mut open = shown(order, OrderStatus::Working, "0", "100");
    open.submitted_at = Some(of.at() + market::time::seconds(51));
    let answered = Answered {
        id: order.id.clone(),
        answer: Answer::Accepted(Box::new(open)),
    };
    chain.push(Some(of), Record::Answered(answered));
}

fn settle(chain: &mut Chain, of: Slot, order: &Order, state: OrderState, count: &str, at: &str) {
    let status = match state {
        OrderState::Filled => OrderStatus::Filled,
        _ => OrderStatus::Canceled,
    };
    let mut report = shown(order, status, count, at);
    report.submitted_at = Some(of.at() + market::time::seconds(51));
    let settled = Settled {
        id: order.id.clone(),
        state,
        filled: shares(count),
        average_price: Some(price(at)),
        report: Some(Box::new(report)),
    };
    chain.push(Some(of), Record::Settled(settled));
}

/// The plan once more from `portfolio`, recorded; whether it is empty now.
fn replan(chain: &mut Chain, seen: &Observation, decided: &Decided, portfolio: &Portfolio) -> bool {
    let settings = Settings::default();
    let plan = trading::judge::replan(decided, portfolio, seen, &chain.state, &settings);
    let is_empty = plan.is_empty();
    let record = Replanned {
        portfolio: portfolio.clone(),
        plan,
    };
    chain.push(Some(seen.slot), Record::Replanned(Box::new(record)));
    is_empty
}

/// A slot that sends its one planned order, sees it filled at 100 and ends with `after`.
fn trade(chain: &mut Chain, seen: Observation, count: &str, after: Portfolio) {
    let of = seen.slot;
    chain.open(of);
    let decided = chain.judge(seen.clone());
    let order = planned_order(chain, of, &decided);
    intend(chain, of, &order);
    accept(chain, of, &order);
    settle(chain, of, &order, OrderState::Filled, count, "100");
    assert!(replan(chain, &seen, &decided, &after));
    chain.close(of, Outcome::Traded, Some(after));
}

fn flat() -> Portfolio {
    Book::cash("100000").build()
}

fn invested() -> Portfolio {
    Book::cash("500").long(TQQQ, "995", "100").build()
}

/// 09:30 and 10:00 missed, bought at 10:30, kept at 11:00, sold at 11:30.
fn day() -> Chain {
    let mut chain = Chain::new();
    let missed = SlotsMissed {
        first: slot("2025-05-12T09:30"),
        last: slot("2025-05-12T10:00"),
        count: 2,
    };
    chain.push(None, Record::SlotsMissed(missed));
    let rising = seen_at("2025-05-12T10:30", Course::Rising, flat());
    trade(&mut chain, rising, "995", invested());
    let next = slot("2025-05-12T11:00");
    chain.open(next);
    chain.judge(seen_at("2025-05-12T11:00", Course::Flat, invested()));
    chain.close(next, Outcome::Held(Held::NoSignal), Some(invested()));
    let falling = seen_at("2025-05-12T11:30", Course::Falling, invested());
    trade(&mut chain, falling, "995", flat());
    chain
}

/// Everything that a walk finds, traded under `settings`.
fn walked_under(entries: &[Entry], settings: &Settings) -> Vec<Breach> {
    let mut history = History::new();
    for entry in entries {
        if let Some(hash) = history.wants(entry) {
            history.learn(hash, settings.clone());
        }
        history.take(entry);
    }
    let found = history.finish().into_iter();
    found.map(|(_, breach)| breach).collect()
}

fn walked(entries: &[Entry]) -> Vec<Breach> {
    walked_under(entries, &Settings::default())
}

/// What of it concerns one invariant, a line each.
fn only(invariant: Invariant, found: Vec<Breach>) -> String {
    let lines = found.into_iter().filter(|it| it.invariant == invariant);
    let lines: Vec<String> = lines.map(|breach| breach.to_string()).collect();
    lines.join("\n")
}

/// What a walk over the day finds after `tamper` has been at every record.
fn tampered(invariant: Invariant, tamper: impl Fn(&mut Entry)) -> String {
    let mut entries = day().entries;
    entries.iter_mut().for_each(tamper);
    only(invariant, walked(&entries))
}

/// The order that this record intends, if its leg is this one.
fn intended(entry: &mut Entry, leg: Leg) -> Option<&mut Order> {
    match &mut entry.record {
        Record::Intended(Intended {
            intent: Intent::Order(order),
            ..
        }) if order.leg == leg => Some(order),
        _ => None,
    }
}

#[test]
fn an_ordinary_day_breaches_nothing() {
    assert_eq!(walked(&day().entries), []);
}

#[test]
fn every_invariant_has_its_number_and_one_sentence() {
    assert_eq!(Invariant::ALL.len(), 13);
    for (number, invariant) in (1..).zip(Invariant::ALL) {
        assert_eq!(invariant.to_string(), format!("I{number}"));
        let sentence = invariant.sentence();
        assert!(sentence.ends_with('.'), "{invariant}: {sentence}");
    }
}

#[test]
fn a_breach_is_kept_as_its_text() {
    let breach = Breach::new(Invariant::I12, "late: by a minute");
    let text = serde_json::to_string(&breach).unwrap();
    assert_eq!(text, "\"I12: late: by a minute\"");
    assert_eq!(serde_json::from_str::<Breach>(&text).unwrap(), breach);
    for text in ["", "I", "I14: x", "cash: x"] {
        let refused: Result<Breach, BreachError> = text.parse();
        assert!(refused.is_err(), "{text}");
    }
    assert_eq!(money("1").to_string(), "1");
}
