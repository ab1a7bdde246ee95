//! The words of the journal as they are stored.
//!
//! `records.jsonl` holds one record of each kind as version 1 of the rules writes it. It may grow;
//! a line that stands must be read for ever.

use strategy::Signal;
use trading::observation::SourceName;
use trading::order::{
    BrokerOrderId, Cancel, Instruction, Leg, Order, OrderState, OrderStatus, Side,
};
use trading::outcome::{Held, Outcome, Reason, Refusal};
use trading::record::{
    Answer, Answered, Armed, HaltLevel, HaltReason, Halted, Intended, Intent, Noted, Reconstructed,
    Record, Replanned, Resumed, Settled, SlotClosed, SlotOpened, SlotsMissed, SplitRuled,
    TryFailed,
};
use trading::record::{Entry, Hash, RunId};
use trading::repair::{FoundOrder, Repaired};
use trading::revision::{Revised, RevisedHour};
use trading::settings::{LimitSettings, Settings};
use trading::spread::{Quoted, too_wide};

use crate::fixture::{
    Book, Chain, Course, RUN, TQQQ, at, binding, buy, foreign_order, id, market_order, observation,
    order, point, price, quote, shares, shown, slot, source, symbol, this_slot, unusable, usable,
};

const GOLDEN: &str = include_str!("records.jsonl");
/// A closing record of before results were measured net of transfers.
const WITHOUT_UNITS: &str = include_str!("slot_closed_without_units.json");

/// What was seen, decided and left behind by a small slot.
fn slot_records() -> [Record; 4] {
    let mut seen = observation(
        Course::Rising,
        Book::cash("100000")
            .order(foreign_order("F", Side::Buy))
            .build(),
    );
    let params = Settings::default().strategy.params().unwrap();
    seen.sources = vec![
        source("twelve-data", usable(Course::Rising.hours(this_slot(), 2))),
        source("fmp", unusable("429")),
    ];
    assert_eq!(params.warmup_hours, 200, "two hours are too cold");
    seen.second_price = Some(point(TQQQ, price("101.01"), "2025-05-12T10:30:01"));
    seen.missed_prices = [(slot("2025-05-12T10:00"), price("100.5"))].into();
    seen.bodies = vec![trading::observation::BodyRef {
        what: "twelve-data/time_series".to_owned(),
        hash: Hash::of(b"{}"),
    }];
    let mut chain = Chain::new();
    chain.open(this_slot());
    let decided = chain.judge(seen.clone());
    chain.close(
        this_slot(),
        Outcome::Refused(decided.refused.clone().unwrap()),
        Some(seen.portfolio.clone()),
    );
    let closed = chain.entries.pop().unwrap().record;
    let replanned = Replanned {
        plan: decided.plan.clone(),
        portfolio: Book::cash("500").long(TQQQ, "995.000000001", "100").build(),
    };
    [
        Record::Observed(Box::new(seen)),
        Record::Decided(Box::new(decided)),
        Record::Replanned(Box::new(replanned)),
        closed,
    ]
}

/// A quote that stopped an entry.
fn quoted() -> Quoted {
    let look = quote("99.4", "100.6", "2025-05-12T10:31:45");
    let (at, open) = (at("2025-05-12T10:31:46"), at("2025-05-12T09:30"));
    let limits = LimitSettings::default();
    Quoted {
        symbol: symbol(TQQQ),
        at,
        looks: 31,
        refused: too_wide(&look, &symbol(TQQQ), at, open, &limits),
        look,
        bodies: vec![trading::observation::BodyRef {
            what: "alpaca/latest_quote".to_owned(),
            hash: Hash::of(b"{}"),
        }],
    }
}

/// One of each kind, and of each kind within.
fn records() -> Vec<Record> {
    let purchase = buy("99500");
    let report = Box::new(shown(&purchase, OrderStatus::Canceled, "12.5", "100.01"));
    let answered = |answer| {
        Record::Answered(Answered {
            id: purchase.id.clone(),
            answer,
        })
    };
    let intended = |intent| {
        Record::Intended(Intended {
            intent,
            send_before: at("2025-05-12T10:31:05"),
        })
    };
    let halted = |level, reason| {
        Record::Halted(Halted {
            level,
            flatten: false,
            reason,
        })
    };
    let why = || "because".to_owned();
    let limit = Instruction::Limit {
        quantity: shares("3"),
        limit_price: price("102.03"),
    };
    let cancel = Cancel {
        id: id(Leg::Cancel, TQQQ, 1),
        order: BrokerOrderId("b-1".to_owned()),
        client_order_id: "theirs".to_owned(),
        symbol: symbol(TQQQ),
    };
    let mut records = vec![
        Record::Bound(binding()),
        Record::SlotOpened(SlotOpened {
            try_number: 2,
            takes_over: Some(RunId([1; 16])),
            configuration: Hash::of(b"x"),
            rules: 1,
        }),
    ];
    records.extend(slot_records());
    let mut warm = Chain::new();
    warm.open(this_slot());
    let bullish = warm.judge(observation(Course::Rising, Book::cash("100000").build()));
    records.push(Record::Decided(Box::new(bullish)));
    records.push(Record::Quoted(Box::new(quoted())));
    records.extend([
        intended(Intent::Order(purchase.clone())),
        intended(Intent::Order(market_order(
            Leg::Sell,
            TQQQ,
            "995.000000001",
        ))),
        intended(Intent::Order(order(Leg::Buy, TQQQ, limit))),
        intended(Intent::Cancel(cancel)),
        answered(Answer::Accepted(report.clone())),
        answered(Answer::CancelTaken),
        answered(Answer::Refused { why: why() }),
        answered(Answer::Unknown { why: why() }),
        answered(Answer::NotSent { why: why() }),
        Record::Settled(Settled {
            id: purchase.id.clone(),
            state: OrderState::PartlyFilled,
            filled: shares("12.5"),
            average_price: Some(price("100.01")),
            report: Some(report),
        }),
        Record::TryFailed(TryFailed {
            error: "observe: bars: 503".to_owned(),
            step: "observe".to_owned(),
        }),
        Record::SlotsMissed(SlotsMissed {
            first: slot("2025-05-12T09:30"),
            last: this_slot(),
            count: 3,
        }),
        Record::Reconstructed(Reconstructed {
            symbol: symbol(TQQQ),
            bearish: vec![this_slot()],
            bullish: None,
            decided: 2,
            undecidable: 1,
        }),
        halted(
            HaltLevel::ReduceOnly,
            HaltReason::Owner("vacation".to_owned()),
        ),
        halted(
            HaltLevel::Frozen,
            HaltReason::IdCollision {
                id: "tqqq-1".to_owned(),
            },
        ),
        halted(
            HaltLevel::Frozen,
            HaltReason::JournalBehind {
                ids: vec!["tqqq-1".to_owned()],
            },
        ),
        halted(
            HaltLevel::ReduceOnly,
            HaltReason::InvariantBreached {
                breaches: vec!["I2".parse().unwrap()],
            },
        ),
        Record::Resumed(Resumed {
            note: "back".to_owned(),
        }),
        Record::Adopted(Noted {
            text: "mine".to_owned(),
        }),
        Record::Armed(Armed {
            until: at("2025-05-16T16:00"),
        }),
        Record::Disarmed(Noted {
            text: "away".to_owned(),
        }),
        Record::SplitRuled(SplitRuled {
            symbol: symbol(TQQQ),
            split: "2025-11-20:2".parse().unwrap(),
            accepted: true,
        }),
        Record::Halted(Halted {
            level: HaltLevel::ReduceOnly,
            flatten: true,
            reason: HaltReason::Owner("sell all".to_owned()),
        }),
        Record::Noted(Noted {
            text: "a remark".to_owned(),
        }),
        Record::Revised(Revised {
            source: SourceName("twelve-data".to_owned()),
            slot: this_slot(),
            recorded: Signal::Bullish,
            revised: Signal::Neutral,
            hours: vec![
                revised_hour("2025-05-12T10:30", Some("99.75"), Some("120")),
                revised_hour("2025-05-12T11:30", None, Some("1")),
            ],
        }),
        repaired(&purchase),
    ]);
    records
}

fn revised_hour(end: &str, was: Option<&str>, now: Option<&str>) -> RevisedHour {
    RevisedHour {
        end: at(end),
        was: was.map(price),
        now: now.map(price),
    }
}

/// A purchase found at the broker, under a halt that stands again.
fn repaired(purchase: &Order) -> Record {
    Record::Repaired(Box::new(Repaired {
        orders: vec![FoundOrder {
            slot: this_slot(),
            order: purchase.clone(),
            report: shown(purchase, OrderStatus::Filled, "995", "100.01"),
        }],
        halt: Some(Halted {
            level: HaltLevel::ReduceOnly,
            flatten: false,
            reason: HaltReason::Owner("vacation".to_owned()),
        }),
        portfolio: Book::cash("500").long(TQQQ, "995", "100").build(),
    }))
}

#[test]
fn every_kind_is_written_as_the_golden_lines_say_and_read_back_from_them() {
    let golden: Vec<&str> = GOLDEN.lines().collect();
    let records = records();
    for (record, line) in records.iter().zip(&golden) {
        assert_eq!(serde_json::to_string(record).unwrap(), *line);
        assert_eq!(&serde_json::from_str::<Record>(line).unwrap(), record);
        let both: serde_json::Value = serde_json::from_str(line).unwrap();
        let apart = Record::of_kind(record.kind(), &both["body"]).unwrap();
        assert_eq!(&apart, record);
    }
    assert_eq!(
        golden.len(),
        records.len(),
        "a record of a new kind adds a line"
    );
}

#[test]
fn a_closing_record_of_before_units_is_read_with_none() {
    let Record::SlotClosed(closed) = serde_json::from_str(WITHOUT_UNITS).unwrap() else {
        panic!("the line closes a slot");
    };
    assert_eq!((closed.state.unit, closed.state.armed_until), (None, None));
    assert!(closed.state.adopted);
}

#[test]
fn the_golden_lines_hold_every_kind_under_its_word() {
    let kinds: Vec<&str> = records().iter().map(Record::kind).collect();
    let words = [
        "bound",
        "slot_opened",
        "observed",
        "decided",
        "replanned",
        "slot_closed",
        "quoted",
        "intended",
        "answered",
        "settled",
        "try_failed",
        "slots_missed",
        "reconstructed",
        "halted",
        "resumed",
        "adopted",
        "armed",
        "disarmed",
        "split_ruled",
        "repaired",
        "noted",
        "revised",
    ];
    for word in words {
        assert!(kinds.contains(&word), "{word}");
    }
    for (kind, line) in kinds.iter().zip(GOLDEN.lines()) {
        assert!(words.contains(kind), "{kind}");
        assert!(
            line.starts_with(&format!("{{\"kind\":\"{kind}\"")),
            "{line}"
        );
    }
}

#[test]
fn an_entry_reads_back_and_its_amounts_stay_text() {
    let entry = Entry {
        seq: 7,
        slot: Some(this_slot()),
        run: RUN,
        at: at("2025-05-12T10:30:50.123456789"),
        record: records().swap_remove(9),
        prev: Hash::ZERO,
        hash: Hash::of(b"7"),
    };
    let text = serde_json::to_string(&entry).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
    assert!(text.contains(r#""quantity":"995.000000001""#), "{text}");
    assert!(
        text.contains(r#""at":"2025-05-12T14:30:50.123456789Z""#),
        "{text}"
    );
}

#[test]
fn hashes_and_runs_are_hex_and_anything_else_is_refused_by_its_text() {
    let hash = Hash::of(b"");
    insta::assert_snapshot!(hash, @"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
    insta::assert_snapshot!("beef".parse::<Hash>().unwrap_err(), @"`beef` is not 64 hex digits");
    let foreign = "ü".repeat(32);
    assert!(foreign.parse::<Hash>().is_err());
    assert!(
        format!("{}x", &hash.to_string()[1..])
            .parse::<Hash>()
            .is_err()
    );
    assert!(RunId::try_from("0g".repeat(16)).is_err());
    insta::assert_snapshot!(trading::record::Head { seq: 12, hash }, @"12:e3b0c44298fc");
}

#[test]
fn outcomes_read_as_sentences() {
    let refusal = Refusal::new(Reason::Stale, "a trade at or after 10:29", "no price");
    let outcomes = [
        Outcome::Traded,
        Outcome::Held(Held::NoSignal),
        Outcome::Held(Held::AtTarget),
        Outcome::Held(Held::InsideBand),
        Outcome::Held(Held::ToppedUp),
        Outcome::Held(Held::Disagreed),
        Outcome::Held(Held::Unfilled),
        Outcome::Held(Held::Unavailable),
        Outcome::Held(Held::NoPrice),
        Outcome::Held(Held::NotAdopted),
        Outcome::Refused(refusal),
        Outcome::Failed("observe: bars: 503".to_owned()),
        Outcome::Missed,
    ];
    let told: Vec<String> = outcomes
        .iter()
        .map(|outcome| format!("{}: {outcome}", outcome.name()))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    traded: traded
    held: held: no signal
    held: held: already at the target
    held: held: too little to buy
    held: held: topped up once this session
    held: held: sources disagree
    held: held: nothing filled in time
    held: held: the shares to sell are not free
    held: held: no price to size an order with
    held: held: the account's holdings are not adopted
    refused: refused: Stale (a trade at or after 10:29; seen: no price)
    failed: failed: observe: bars: 503
    missed: missed
    ");
}

#[test]
fn halts_say_what_has_happened() {
    let told: Vec<String> = records()
        .iter()
        .filter_map(|record| match record {
            Record::Halted(halted) => Some(halted.reason.to_string()),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    by the owner: vacation
    IdCollision: the order under tqqq-1 is not ours
    JournalBehind: the broker holds orders the journal does not: tqqq-1
    InvariantBreached: I2
    by the owner: sell all
    ");
}

#[test]
fn a_halt_names_three_orders_and_counts_the_rest() {
    let told = |count: usize| {
        let ids = (1..=count).map(|number| format!("tqqq-{number}")).collect();
        HaltReason::JournalBehind { ids }.to_string()
    };
    insta::assert_snapshot!(told(3), @"JournalBehind: the broker holds orders the journal does not: tqqq-1, tqqq-2, tqqq-3");
    insta::assert_snapshot!(told(47), @"JournalBehind: the broker holds orders the journal does not: tqqq-1, tqqq-2, tqqq-3 and 44 more");
}

#[test]
fn a_closing_record_holds_the_state_it_leaves() {
    let [.., Record::SlotClosed(closed)] = slot_records() else {
        panic!("the last record closes the slot");
    };
    let SlotClosed { outcome, state, .. } = *closed;
    assert_eq!(state.last_slot.unwrap().outcome, outcome);
    assert_eq!(state.open_slot, None);
}
