//! Slots nobody decided are decided afterwards: a bearish one opens an `Out`, a bullish one never
//! buys.

use market::calendar::Slot;
use strategy::Target;
use trading::judge::judge;
use trading::observation::Observation;
use trading::outcome::{Outcome, Reason, Refusal};
use trading::record::{Record, SlotsMissed};
use trading::settings::Settings;

use crate::fixture::{
    Book, Chain, Course, TQQQ, observation, point, price, slot, this_slot, unusable, usable,
};

/// 09:30 and 10:00 were missed; it is 10:30.
fn missed() -> Chain {
    let mut chain = Chain::new();
    let (first, last) = (slot("2025-05-12T09:30"), slot("2025-05-12T10:00"));
    chain.push(
        None,
        Record::SlotsMissed(SlotsMissed {
            first,
            last,
            count: 2,
        }),
    );
    chain.open(this_slot());
    chain.state.adopted = true;
    chain
}

/// A flat day now, with bars that tell what was at these slots.
fn sight(prices: &[(&str, &str)]) -> Observation {
    let mut seen = observation(
        Course::Flat,
        Book::cash("500").long(TQQQ, "995", "100").build(),
    );
    seen.missed_prices = prices
        .iter()
        .map(|(at, now)| (slot(at), price(now)))
        .collect();
    seen
}

/// A history that fell for 230 hours: bearish below it, bullish nowhere.
fn falling(mut seen: Observation) -> Observation {
    seen.sources[0].reading = usable(Course::Falling.hours(this_slot(), 230));
    seen.price = Some(point(TQQQ, price("104"), "2025-05-12T10:30:02"));
    seen
}

#[test]
fn a_bearish_slot_nobody_decided_opens_an_out_that_this_slot_works_for() {
    let mut chain = missed();
    let seen = falling(sight(&[
        ("2025-05-12T09:30", "99"),
        ("2025-05-12T10:00", "104"),
    ]));
    let made = judge(&seen, &chain.state, &Settings::default()).unwrap();
    let made_up = made.reconstructed.unwrap();
    assert_eq!(made_up.bearish, [slot("2025-05-12T09:30")]);
    assert_eq!((made_up.decided, made_up.undecidable), (2, 0));
    assert_eq!(
        (made.decided.wanted, made.decided.target),
        (Target::Keep, Target::Out)
    );
    assert_eq!(made.decided.plan.sales.len(), 1);

    chain.judge(seen);
    let open = chain.state.open_out.unwrap();
    assert_eq!(
        (open.since, open.symbol.as_str()),
        (slot("2025-05-12T09:30"), TQQQ)
    );
    assert_eq!(chain.state.undecided, None);
}

#[test]
fn a_bullish_slot_nobody_decided_never_buys() {
    let mut chain = missed();
    let mut seen = sight(&[("2025-05-12T09:30", "150"), ("2025-05-12T10:00", "150")]);
    seen.portfolio = Book::cash("100000").build();
    seen.sources[0].reading = usable(Course::Rising.hours(this_slot(), 230));
    seen.price = Some(point(TQQQ, price("99"), "2025-05-12T10:30:02"));
    let decided = chain.judge(seen);
    assert_eq!(
        (decided.wanted, decided.target),
        (Target::Keep, Target::Keep)
    );
    assert!(decided.plan.is_empty());
    assert_eq!(chain.state.open_out, None);
}

#[test]
fn a_bullish_signal_of_now_replaces_what_was_made_up() {
    let mut chain = missed();
    let mut seen = falling(sight(&[("2025-05-12T09:30", "99")]));
    let mut rising = Course::Rising.hours(this_slot(), 230);
    // Bearish until the day before, bullish since: the last hour alone lifts both averages.
    let newest = rising.last_mut().unwrap();
    (newest.high, newest.close) = (price("100"), price("100"));
    seen.sources[0].reading = usable(rising);
    seen.price = Some(point(TQQQ, price("120"), "2025-05-12T10:30:02"));
    seen.missed_prices = [(slot("2025-05-12T09:30"), price("1"))].into();
    let decided = chain.judge(seen);
    assert_eq!(decided.target, Target::AllIn);
    assert_eq!(chain.state.open_out, None);
}

#[test]
fn each_slot_is_decided_from_the_hours_closed_before_it() {
    let chain = missed();
    // The newest hour ends at 10:30: it crashes, and must not tell on the slots before.
    let mut hours = Course::Rising.hours(this_slot(), 230);
    let newest = hours.last_mut().unwrap();
    (newest.low, newest.close) = (price("1"), price("1"));
    let mut seen = sight(&[("2025-05-12T09:30", "120"), ("2025-05-12T10:00", "120")]);
    seen.sources[0].reading = usable(hours);
    let made = judge(&seen, &chain.state, &Settings::default()).unwrap();
    assert_eq!(made.reconstructed.unwrap().bearish, [] as [Slot; 0]);
}

#[test]
fn slots_without_bars_are_counted_as_undecidable() {
    let chain = missed();
    let seen = sight(&[("2025-05-12T10:00", "100"), ("2025-05-09T10:00", "1")]);
    let made_up = judge(&seen, &chain.state, &Settings::default())
        .unwrap()
        .reconstructed
        .unwrap();
    assert_eq!((made_up.decided, made_up.undecidable), (1, 1));
}

#[test]
fn without_a_usable_source_the_slots_wait_for_the_next_that_has_one() {
    let mut chain = missed();
    let mut seen = falling(sight(&[("2025-05-12T09:30", "99")]));
    let bars = std::mem::replace(&mut seen.sources[0].reading, unusable("503"));
    let decided = chain.judge(seen.clone());
    let refusal = decided.refused.unwrap();
    assert_eq!(refusal.reason, Reason::NoData);
    chain.close(
        this_slot(),
        Outcome::Refused(refusal),
        Some(seen.portfolio.clone()),
    );
    let waiting = chain.state.undecided.unwrap();
    assert_eq!(
        (waiting.first, waiting.last, waiting.count),
        (slot("2025-05-12T09:30"), this_slot(), 3)
    );

    let next = slot("2025-05-12T11:00");
    chain.open(next);
    seen.sources[0].reading = bars;
    seen.slot = next;
    seen.price.as_mut().unwrap().at = next.at();
    chain.judge(seen);
    assert_eq!(
        chain.state.open_out.as_ref().unwrap().since,
        slot("2025-05-12T09:30")
    );
    assert_eq!(chain.state.undecided, None);
}

#[test]
fn a_slot_ends_undecided_when_no_decision_was_recorded_unless_it_is_too_cold_for_one() {
    let refused = |reason| Outcome::Refused(Refusal::new(reason, "", ""));
    let cases = [
        (Outcome::Failed("no answer".to_owned()), true),
        (refused(Reason::Stale), true),
        (refused(Reason::NoData), true),
        (refused(Reason::Halted), true),
        (refused(Reason::NotWarm), false),
    ];
    for (outcome, waits) in cases {
        let mut chain = Chain::new();
        chain
            .open(this_slot())
            .close(this_slot(), outcome.clone(), None);
        assert_eq!(chain.state.undecided.is_some(), waits, "{outcome}");

        let mut chain = Chain::new();
        chain.open(this_slot());
        chain.judge(sight(&[]));
        chain.close(this_slot(), outcome.clone(), None);
        assert_eq!(chain.state.undecided, None, "decided, then {outcome}");
    }
}
