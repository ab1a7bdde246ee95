//! Bars that changed after a signal was taken from them.

use market::hours::Hour;
use strategy::Signal;
use trading::judge::judge;
use trading::observation::{Observation, Reading};
use trading::outcome::{Held, Outcome};
use trading::record::{Record, SlotOpened};
use trading::revision::Revised;
use trading::settings::Settings;

use crate::fixture::{Book, Chain, Course, TQQQ, at, observation, point, price, slot, usable};

/// What is seen at `text` by hours that a hand has been at.
fn seen(text: &str, tamper: impl Fn(&mut Vec<Hour>)) -> Observation {
    let book = Book::cash("500").long(TQQQ, "995", "100");
    let mut seen = observation(Course::Rising, book.build());
    (seen.slot, seen.at) = (slot(text), at(&format!("{text}:50")));
    seen.price = Some(point(TQQQ, price("101"), &format!("{text}:02")));
    seen.trade_price.clone_from(&seen.price);
    let mut hours = Course::Rising.hours(slot("2025-05-12T15:30"), 237);
    hours.retain(|hour| hour.end <= seen.slot.at());
    tamper(&mut hours);
    seen.sources[0].reading = usable(hours);
    seen
}

fn untouched(_: &mut Vec<Hour>) {}

/// The close of the hour that ends at `end`.
fn closing(end: &'static str, at_price: &'static str) -> impl Fn(&mut Vec<Hour>) {
    move |hours| {
        let hour = hours.iter_mut().find(|hour| hour.end == at(end));
        hour.unwrap().close = price(at_price);
    }
}

/// What a hand does to the hours of one slot, named by its time.
type Tampered<'a> = (&'a str, &'a dyn Fn(&mut Vec<Hour>));

/// A chain in which these slots have been decided, one after the other.
fn decided(slots: &[Tampered<'_>]) -> Chain {
    let mut chain = Chain::new();
    for (text, tamper) in slots {
        chain.open(slot(text));
        chain.judge(seen(text, tamper));
        let held = Outcome::Held(Held::AtTarget);
        chain.close(slot(text), held, None);
    }
    chain
}

/// What a slot at `text` makes of it, in words.
fn revised(mut chain: Chain, text: &str, tamper: impl Fn(&mut Vec<Hour>)) -> String {
    chain.open(slot(text));
    told(&chain, &seen(text, tamper))
}

fn told(chain: &Chain, seen: &Observation) -> String {
    let judged = judge(seen, &chain.state, &Settings::default()).unwrap();
    let line = |revised: &Revised| {
        let hours: Vec<String> = revised
            .hours
            .iter()
            .map(|hour| {
                let text = |price: Option<market::Price>| {
                    price.map_or("none".to_owned(), |price| price.to_string())
                };
                format!("{}->{}", text(hour.was), text(hour.now))
            })
            .collect();
        let (was, is) = (revised.recorded, revised.revised);
        format!(
            "{} {was:?}->{is:?} {}",
            revised.slot.compact(),
            hours.join(" ")
        )
    };
    let lines: Vec<String> = judged.revised.iter().map(line).collect();
    lines.join("\n")
}

const FIRST: &str = "2025-05-12T10:30";
const NEXT: &str = "2025-05-12T11:00";

#[test]
fn a_signal_that_the_bars_of_now_would_not_give_is_named_with_what_changed() {
    let chain = || decided(&[(FIRST, &untouched)]);
    insta::assert_snapshot!(revised(chain(), NEXT, closing(FIRST, "120")), @"20250512T1030 Bullish->Neutral 99.75->120");
    assert_eq!(revised(chain(), NEXT, untouched), "");
    assert_eq!(
        revised(chain(), NEXT, closing(FIRST, "99.8")),
        "",
        "no other signal"
    );
}

#[test]
fn every_signal_since_the_changed_hour_is_named_and_none_before_it() {
    let slots: [Tampered<'_>; 3] = [
        ("2025-05-12T10:00", &untouched),
        (FIRST, &untouched),
        (NEXT, &untouched),
    ];
    insta::assert_snapshot!(revised(decided(&slots), "2025-05-12T11:30", closing(FIRST, "120")), @"
    20250512T1030 Bullish->Neutral 99.75->120
    20250512T1100 Bullish->Neutral 99.75->120
    ");
}

#[test]
fn an_hour_that_came_or_went_is_a_revision_too() {
    let without = |hours: &mut Vec<Hour>| hours.retain(|hour| hour.end != at(FIRST));
    let high = closing(FIRST, "120");
    let late = decided(&[(FIRST, &without)]);
    // The memory ends with the hour before: one that comes behind it is new, not revised.
    assert_eq!(revised(late, NEXT, closing(FIRST, "120")), "");
    let gone = decided(&[(FIRST, &high)]);
    insta::assert_snapshot!(revised(gone, NEXT, without), @"20250512T1030 Neutral->Bullish 120->none");
    let inner = "2025-05-09T15:30";
    let without_inner = move |hours: &mut Vec<Hour>| hours.retain(|hour| hour.end != at(inner));
    let came = decided(&[(FIRST, &without_inner)]);
    insta::assert_snapshot!(revised(came, NEXT, closing(inner, "140")), @"20250512T1030 Bullish->Neutral none->140");
}

#[test]
fn bars_that_all_changed_are_on_another_basis() {
    let halved = |hours: &mut Vec<Hour>| {
        for hour in hours {
            hour.close = price(&(hour.close.decimal() / market::Decimal::TWO).to_string());
        }
    };
    let mut chain = decided(&[(FIRST, &untouched)]);
    assert_eq!(revised(chain.clone(), NEXT, halved), "");
    // Nor is a signal of before compared with prices of after it.
    chain.open(slot(NEXT));
    chain.judge(seen(NEXT, halved));
    chain.close(slot(NEXT), Outcome::Held(Held::AtTarget), None);
    let later = |hours: &mut Vec<Hour>| {
        halved(hours);
        closing(FIRST, "90")(hours);
    };
    let found = revised(chain, "2025-05-12T11:30", later);
    assert!(!found.contains("20250512T1030"), "{found}");
}

#[test]
fn under_another_configuration_nothing_is_compared() {
    let mut chain = decided(&[(FIRST, &untouched)]);
    let opened = SlotOpened {
        try_number: 1,
        takes_over: None,
        configuration: trading::record::Hash::of(b"another"),
        rules: trading::record::RULES_VERSION,
    };
    chain.push(Some(slot(NEXT)), Record::SlotOpened(opened));
    assert_eq!(told(&chain, &seen(NEXT, closing(FIRST, "120"))), "");
}

#[test]
fn what_was_told_is_not_told_again_until_it_changes_once_more() {
    let high = closing(FIRST, "120");
    let chain = decided(&[(FIRST, &untouched), (NEXT, &high)]);
    let records = chain
        .entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Revised(revised) => Some(revised.revised),
            _ => None,
        });
    assert_eq!(records.collect::<Vec<_>>(), [Signal::Neutral]);
    assert_eq!(
        revised(chain.clone(), "2025-05-12T11:30", closing(FIRST, "120")),
        ""
    );
    insta::assert_snapshot!(revised(chain, "2025-05-12T11:30", untouched), @"
    20250512T1030 Neutral->Bullish 120->99.75
    20250512T1100 Neutral->Bullish 120->99.75
    ");
}

#[test]
fn a_source_that_is_down_meanwhile_is_compared_when_it_is_back() {
    let mut chain = decided(&[(FIRST, &untouched)]);
    let mut down = seen(NEXT, untouched);
    down.sources[0].reading = Reading::Unusable {
        why: "503".to_owned(),
    };
    chain.open(slot(NEXT));
    chain.judge(down);
    chain.close(slot(NEXT), Outcome::Failed("no data".to_owned()), None);
    let found = revised(chain, "2025-05-12T11:30", closing(FIRST, "120"));
    assert_eq!(found, "20250512T1030 Bullish->Neutral 99.75->120");
}

#[test]
fn a_session_of_signals_is_remembered_and_no_more() {
    let texts: Vec<String> = (10..16)
        .flat_map(|hour| {
            [
                format!("2025-05-12T{hour}:00"),
                format!("2025-05-12T{hour}:30"),
            ]
        })
        .chain(["09:30", "10:00"].map(|time| format!("2025-05-13T{time}")))
        .collect();
    let mut chain = Chain::new();
    for text in &texts {
        chain.open(slot(text));
        chain.judge(seen(text, untouched));
        chain.close(slot(text), Outcome::Held(Held::AtTarget), None);
    }
    let memory = &chain.state.memory;
    assert_eq!(texts.len(), 14);
    assert!(
        !memory.recalls(slot(&texts[0])),
        "the fourteenth is forgotten"
    );
    assert!(texts[1..].iter().all(|text| memory.recalls(slot(text))));
}

#[test]
fn replay_names_a_revision_that_is_not_that_of_the_record() {
    let high = closing(FIRST, "120");
    let mut chain = decided(&[(FIRST, &untouched), (NEXT, &high)]);
    for entry in &mut chain.entries {
        if let Record::Revised(revised) = &mut entry.record {
            revised.revised = Signal::Bearish;
        }
    }
    let mut replay = trading::replay::Replay::new(None);
    for entry in &chain.entries {
        if let Some(hash) = replay.wants(entry) {
            replay.learn(hash, Settings::default());
        }
        replay.take(entry);
    }
    let difference = replay.finish().difference.unwrap();
    assert_eq!(difference.what, "revision");
    insta::assert_snapshot!(difference.recorded, @r#"[0].revised = "bearish""#);
}
