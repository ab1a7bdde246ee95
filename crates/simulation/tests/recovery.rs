//! The page docs/recovery.md says what the next run does wherever a process dies; this holds it to
//! the code.

mod chain;

use std::collections::BTreeSet;
use std::fmt::Write;

use simulation::{Death, Fault, Options, Report, Strike, simulate};
use trading::order::Leg;
use trading::record::{Answer, Entry, Intent, Record};

use chain::{entries, slot_with};

/// The page.
const PAGE: &str = include_str!("../../../docs/recovery.md");

/// What becomes of an order whose sender dies.
const FATES: [(&str, Option<Fault>); 3] = [
    ("carried out", None),
    ("lost on its way", Some(Fault::WriteLostBefore)),
    ("carried out, answer lost", Some(Fault::WriteLostAfter)),
];

fn run(seed: u64, slot: usize, moment: u64, strike: Option<Strike>) -> Report {
    let options = Options {
        slots: slot + 1,
        plan: Some(strike.into_iter().collect::<BTreeSet<_>>()),
        death: Some(Death {
            slot,
            start: 0,
            moment,
        }),
        ..Options::default()
    };
    simulate(seed, &options)
}

/// What the runs after the one that died did in the slot, in words; it may have died `unheard`,
/// before its first record.
fn story(report: &Report, slot: usize, unheard: bool) -> String {
    let entries = entries(&report.rows);
    let mut slots = Vec::new();
    for entry in &entries {
        if matches!(entry.record, Record::SlotOpened(_)) && !slots.contains(&entry.slot) {
            slots.push(entry.slot);
        }
    }
    let of_slot: Vec<&Entry> = entries.iter().filter(|e| e.slot == slots[slot]).collect();
    let first = of_slot.first().map(|entry| entry.run).filter(|_| !unheard);
    let next = of_slot.iter().skip_while(|entry| Some(entry.run) == first);
    let words: Vec<String> = next.filter_map(|entry| word(entry, &of_slot)).collect();
    if words.is_empty() {
        let outcome = of_slot
            .iter()
            .find_map(|entry| closed(entry))
            .unwrap_or_default();
        return format!("finds the slot closed: {outcome}");
    }
    words.join(", ")
}

fn closed(entry: &Entry) -> Option<String> {
    match &entry.record {
        Record::SlotClosed(closed) => Some(closed.outcome.to_string()),
        _ => None,
    }
}

fn word(entry: &Entry, of_slot: &[&Entry]) -> Option<String> {
    Some(match &entry.record {
        Record::SlotOpened(_) if of_slot[0].seq == entry.seq => "opens the slot".to_owned(),
        Record::SlotOpened(_) => "opens it again".to_owned(),
        Record::Settled(settled) => format!("finds the order {:?}", settled.state).to_lowercase(),
        Record::Decided(_) => "decides anew".to_owned(),
        Record::Intended(intended) => match &intended.intent {
            Intent::Cancel(_) => "intends a cancel".to_owned(),
            Intent::Order(order) => {
                let earlier = of_slot.iter().any(|other| {
                    other.seq < entry.seq
                        && matches!(&other.record, Record::Intended(before)
                            if matches!(&before.intent, Intent::Order(known) if known.id == order.id))
                });
                let id = if earlier { "the same id" } else { "a first id" };
                format!("intends the order under {id}")
            }
        },
        Record::Answered(answered) => match &answered.answer {
            Answer::Accepted(_) => "sends it".to_owned(),
            other => format!("hears {other:?}"),
        },
        Record::SlotClosed(closed) => format!("closes it: {}", closed.outcome),
        _ => return None,
    })
}

/// Orders and cancels sent before a slot.
fn sent_before(report: &Report, slot: usize) -> u64 {
    let mut slots = BTreeSet::new();
    let mut sent = 0;
    for entry in entries(&report.rows) {
        slots.extend(entry.slot);
        if slots.len() > slot {
            break;
        }
        sent += u64::from(matches!(entry.record, Record::Intended(_)));
    }
    sent
}

/// One row for every stretch of moments after which the same is done.
fn table(leg: Leg) -> String {
    let (seed, slot) = slot_with(leg, 0..20);
    let whole = run(seed, slot, u64::MAX, None);
    let (names, nth) = (whole.moments.clone(), sent_before(&whole, slot));
    let heard = names
        .iter()
        .position(|name| name == "after `append slot_opened`");
    let mut rows: Vec<(String, String, String, String)> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let sends = name == "after `send an order`" || name == "before `append answered`";
        for (order, fault) in FATES.iter().take(if sends { 3 } else { 1 }) {
            let strike = fault.map(|fault| Strike { fault, nth });
            let report = run(seed, slot, place as u64 + 1, strike);
            assert_eq!(report.breaches, [], "{name}, {order}");
            let order = if sends {
                (*order).to_owned()
            } else {
                String::new()
            };
            let said = story(&report, slot, heard.is_none_or(|heard| place < heard));
            match rows.last_mut() {
                Some(last) if last.2 == order && last.3 == said => last.1.clone_from(name),
                _ => rows.push((name.clone(), name.clone(), order, said)),
            }
        }
    }
    let mut text = "| the process dies | the order | the next run |\n|---|---|---|\n".to_owned();
    for (from, to, order, said) in rows {
        let place = if from == to {
            from
        } else {
            format!("{from} … {to}")
        };
        writeln!(text, "| {place} | {order} | {said} |").expect("text takes text");
    }
    text
}

#[test]
fn the_page_of_recovery_says_what_the_code_does() {
    for leg in [Leg::Buy, Leg::Sell] {
        let table = table(leg);
        assert!(
            PAGE.contains(&table),
            "docs/recovery.md wants, for {leg}:\n\n{table}"
        );
    }
}
