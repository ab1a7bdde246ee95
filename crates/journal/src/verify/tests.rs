#[path = "../../../../tests/damage/mod.rs"]
mod damage;

use cycle::port::{Draft, Journal};
use proptest::prelude::*;
use trading::outcome::Outcome;
use trading::record::{RULES_VERSION, SlotClosed, SlotsMissed};

use super::*;
use crate::Memory;
use crate::conformance::{Sample, bound, chain, draft, note};
use crate::row::Position;

const SLOTS: usize = 100;

async fn sample() -> (Memory, Head) {
    let store = Memory::new();
    let head = Sample::new(2, 100)
        .write(&chain(&store), SLOTS)
        .await
        .expect("written");
    (store, head)
}

async fn walked(store: &Memory, announced: Option<Head>) -> Report {
    verify(store, announced, |_| {})
        .await
        .expect("memory is always there")
}

fn change(text: &mut String, from: &str, to: &str) {
    let changed = text.replacen(from, to, 1);
    assert_ne!(&changed, text, "`{from}` is there to be changed");
    *text = changed;
}

/// Makes the rows from `start` on a chain again, as a forger with this program would.
fn seal_again(rows: &mut [Row], start: usize) {
    for index in start..rows.len() {
        rows[index].seq = index as u64 + 1;
        rows[index].prev = if index == 0 {
            BEFORE_FIRST.to_string()
        } else {
            rows[index - 1].hash.clone()
        };
        rows[index].hash = rows[index].digest().to_string();
    }
}

#[tokio::test]
async fn a_sound_chain_is_counted() {
    let (store, head) = sample().await;
    let mut pages = Vec::new();
    let report = verify(&store, Some(head), |entries| pages.push(entries))
        .await
        .expect("reads");
    assert!(report.is_sound(), "{:?}", report.defect);
    assert_eq!(
        (report.entries, report.slots, report.head),
        (301, SLOTS as u64, Some(head))
    );
    // Each slot cites the one configuration and a body of its own.
    assert_eq!(
        report.bodies,
        Bodies {
            present: 200,
            missing: 0,
            corrupt: 0
        }
    );
    assert_eq!(
        report.binding.map(|binding| binding.host).as_deref(),
        Some("127.0.0.1:8700")
    );
    assert_eq!(pages, [256, 301]);
}

#[tokio::test]
async fn a_sound_chain_that_tells_of_something_wrong_is_sound_and_the_breach_is_named() {
    let (store, head) = sample().await;
    let intent = serde_json::json!({
        "kind": "intended",
        "body": {
            "intent": {"order": {
                "id": "tqqq-5f35d7-20250512T1030-b-TQQQ-1", "leg": "buy", "symbol": "TQQQ",
                "side": "buy", "instruction": {"type": "notional", "notional": "100"},
            }},
            "send_before": "2025-05-12T14:31:00Z",
        },
    });
    let intended = serde_json::from_value(intent).expect("an intent reads");
    let by_another_run = Draft {
        run: crate::conformance::run(9),
        ..draft(Some(head), vec![intended])
    };
    let journal = chain(&store);
    journal.append(&by_another_run).await.expect("won");
    let report = walked(&store, None).await;
    assert!(report.is_sound(), "{:?}", report.defect);
    let told: Vec<String> = report
        .breaches
        .iter()
        .map(|(seq, breach)| format!("{seq} {}", breach.invariant))
        .collect();
    assert_eq!(told, ["302 I8"]);
}

#[tokio::test]
async fn an_empty_chain_is_sound_unless_a_head_was_announced() {
    let store = Memory::new();
    assert_eq!(walked(&store, None).await, Report::default());
    let announced = Head {
        seq: 3,
        hash: Hash::of(b"gone"),
    };
    let defect = walked(&store, Some(announced))
        .await
        .defect
        .expect("cut off");
    assert_eq!(
        (defect.seq, defect.flaw),
        (
            3,
            Flaw::CutOff {
                announced: announced.hash
            }
        )
    );
}

#[tokio::test]
async fn every_damage_is_named_with_its_place() {
    type Damage = fn(&mut Vec<Row>);
    let cases: [(&str, u64, &str, Damage); 13] = [
        ("a changed body", 4, "its content has hash", |rows| {
            change(&mut rows[3].body, "no_signal", "at_target");
        }),
        ("a changed moment", 9, "its content has hash", |rows| {
            change(&mut rows[8].at, "2025", "2024");
        }),
        ("a changed run", 9, "its content has hash", |rows| {
            change(&mut rows[8].run, "01", "02");
        }),
        ("a slot taken off", 9, "its content has hash", |rows| {
            rows[8].slot = None;
        }),
        ("another kind", 2, "its content has hash", |rows| {
            rows[1].kind = "noted".to_owned();
        }),
        ("a changed hash", 7, "its content has hash", |rows| {
            rows[6].hash = "0".repeat(64);
        }),
        ("a changed predecessor", 7, "its content has hash", |rows| {
            rows[6].prev = "0".repeat(64);
        }),
        (
            "a removed row",
            7,
            "it is missing, the next one there is 8",
            |rows| {
                rows.remove(6);
            },
        ),
        (
            "a removed first row",
            1,
            "it is missing, the next one there is 2",
            |rows| {
                rows.remove(0);
            },
        ),
        ("two rows swapped", 5, "its content has hash", |rows| {
            let (fifth, eighth) = (rows[4].clone(), rows[7].clone());
            rows[4] = Row { seq: 5, ..eighth };
            rows[7] = Row { seq: 8, ..fifth };
        }),
        (
            "a row sealed again alone",
            5,
            "it follows a record of hash",
            |rows| {
                change(&mut rows[3].at, "2025", "2024");
                rows[3].hash = rows[3].digest().to_string();
            },
        ),
        (
            "a newer format",
            6,
            "of format 2, this program knows up to 1",
            |rows| rows[5].format = 2,
        ),
        ("a body with a tail", 6, "its body cannot be read", |rows| {
            rows[5].body.push_str(",\"format\":1");
            seal_again(rows, 5);
        }),
    ];
    let (store, _) = sample().await;
    let mut sound = Vec::new();
    store.tamper(|rows, _| sound.clone_from(rows));
    for (name, seq, words, damage) in cases {
        store.tamper(|rows, _| {
            rows.clone_from(&sound);
            damage(rows);
        });
        let report = walked(&store, None).await;
        let defect = report.defect.expect(name);
        // A row sealed again is whole in itself: its successor tells.
        assert_eq!(
            (defect.seq, report.entries),
            (seq, seq - 1),
            "{name}: {defect}"
        );
        assert!(defect.to_string().contains(words), "{name}: {defect}");
        let read = chain(&store)
            .read(1, usize::MAX)
            .await
            .expect_err(name)
            .to_string();
        assert!(read.contains(&format!("record {seq}")), "{name}: {read}");
    }
}

#[tokio::test]
async fn what_hashes_cannot_tell_the_meaning_does() {
    type Damage = fn(&mut Vec<Row>);
    let cases: [(&str, u64, &str, Damage); 6] = [
        ("a forged state", 4, "the state it stores differs", |rows| {
            change(&mut rows[3].body, "\"orders\":0", "\"orders\":7");
        }),
        ("white space", 3, "not in canonical form", |rows| {
            change(&mut rows[2].body, "{", "{ ");
        }),
        (
            "no binding",
            1,
            "the first record is `slot_opened`",
            |rows| {
                rows.remove(0);
            },
        ),
        ("two bindings", 2, "binds the chain a second time", |rows| {
            let first = rows[0].clone();
            rows.insert(1, first);
        }),
        ("an unknown kind", 3, "its body cannot be read", |rows| {
            rows[2].kind = "sworn".to_owned();
        }),
        (
            "an opening without a slot",
            2,
            "must name its slot",
            |rows| rows[1].slot = None,
        ),
    ];
    let (store, _) = sample().await;
    let mut sound = Vec::new();
    store.tamper(|rows, _| sound.clone_from(rows));
    for (name, seq, words, damage) in cases {
        store.tamper(|rows, _| {
            rows.clone_from(&sound);
            damage(rows);
            seal_again(rows, 0);
        });
        let defect = walked(&store, None).await.defect.expect(name);
        assert_eq!(defect.seq, seq, "{name}: {defect}");
        assert!(defect.to_string().contains(words), "{name}: {defect}");
    }
}

#[tokio::test]
async fn the_difference_of_a_forged_state_is_shown() {
    let (store, _) = sample().await;
    store.tamper(|rows, _| {
        change(&mut rows[3].body, "\"orders\":0", "\"orders\":7");
        seal_again(rows, 3);
    });
    let flaw = walked(&store, None).await.defect.expect("forged").flaw;
    let expected = Flaw::OtherState {
        at: "/day/orders".to_owned(),
        stored: "7".to_owned(),
        folded: "0".to_owned(),
    };
    assert_eq!(flaw, expected);
}

#[tokio::test]
async fn a_state_folded_under_older_rules_is_not_held_to_the_rules_of_today() {
    let (store, _) = sample().await;
    let today = format!("\"rules\":{RULES_VERSION}");
    store.tamper(|rows, _| {
        change(&mut rows[1].body, &today, "\"rules\":1");
        change(&mut rows[3].body, "\"orders\":0", "\"orders\":7");
        rows.truncate(4);
        seal_again(rows, 1);
    });
    let report = walked(&store, None).await;
    assert!(report.is_sound(), "{:?}", report.defect);
}

#[tokio::test]
async fn a_tail_cut_off_shows_only_against_an_announced_head() {
    let (store, head) = sample().await;
    store.tamper(|rows, _| rows.truncate(200));
    assert!(walked(&store, None).await.is_sound());
    let defect = walked(&store, Some(head)).await.defect.expect("cut off");
    assert_eq!(defect, Defect::cut_off(head));
    // A forger who writes on from there meets the announced hash.
    let (store, _) = sample().await;
    store.tamper(|rows, _| {
        change(&mut rows[298].at, "2025", "2026");
        seal_again(rows, 298);
    });
    let defect = walked(&store, Some(head)).await.defect.expect("replaced");
    assert_eq!(defect.seq, head.seq);
    assert!(matches!(defect.flaw, Flaw::Replaced { announced, .. } if announced == head.hash));
}

#[tokio::test]
async fn bodies_are_counted_present_missing_and_corrupt() {
    let (store, _) = sample().await;
    store.tamper(|rows, bodies| {
        let cited = |row: &Row| {
            serde_json::from_str::<Value>(&row.body).expect("JSON")["bodies"][0]["hash"].clone()
        };
        let hash =
            |index: usize| serde_json::from_value::<Hash>(cited(&rows[index])).expect("a hash");
        bodies.remove(&hash(2));
        bodies.get_mut(&hash(5)).expect("kept").push(0);
    });
    let report = walked(&store, None).await;
    assert_eq!(
        report.bodies,
        Bodies {
            present: 198,
            missing: 1,
            corrupt: 1
        }
    );
    assert_eq!(report.first_corrupt_body.map(|(seq, _)| seq), Some(6));
    assert!(report.defect.is_none() && !report.is_sound());
    let (_, hash) = report.first_corrupt_body.expect("corrupt");
    let error = chain(&store).body(hash).await.expect_err("corrupt");
    assert!(error.to_string().contains("has hash"), "{error}");
}

/// A chain of the records of these closings, each with the state it should carry.
fn closings(outcomes: &[Closing]) -> Memory {
    let store = Memory::new();
    let mut state = State::default();
    let (mut prev, mut rows) = (BEFORE_FIRST, Vec::new());
    let slot = |index: &i64| {
        Slot::new(Instant::from_second(1_747_056_600 + 1800 * index).expect("in range"))
    };
    let mut add = |slot: Option<Slot>, record: &Record, state: &mut State| {
        let template = draft(None, vec![note("template")]);
        let position = Position {
            seq: rows.len() as u64 + 1,
            slot,
            run: template.run,
            at: template.at,
            prev,
        };
        let (row, entry) = Row::seal(position, record).expect("writable");
        prev = entry.hash;
        state.fold(&entry);
        rows.push(row);
    };
    add(None, &bound(), &mut state);
    for closing in outcomes {
        match closing {
            Closing::One(index) => {
                let outcome = Outcome::Missed;
                let after = state.closed(slot(index), &outcome, None);
                let closed = SlotClosed {
                    outcome,
                    portfolio: None,
                    breaches: vec![],
                    state: after,
                };
                add(
                    Some(slot(index)),
                    &Record::SlotClosed(Box::new(closed)),
                    &mut state,
                );
            }
            Closing::Range(first, last) => {
                let count = u32::try_from(last - first + 1).expect("small");
                let missed = SlotsMissed {
                    first: slot(first),
                    last: slot(last),
                    count,
                };
                add(None, &Record::SlotsMissed(missed), &mut state);
            }
        }
    }
    store.tamper(|kept, _| *kept = rows);
    store
}

enum Closing {
    One(i64),
    Range(i64, i64),
}

#[tokio::test]
async fn a_slot_has_at_most_one_outcome() {
    use Closing::{One, Range};
    /// The closings, and record and first record of the second outcome among them.
    type Case = (&'static [Closing], Option<(u64, u64)>);
    let cases: [Case; 8] = [
        (&[One(1), One(2), Range(3, 9), One(10)], None),
        (&[One(2), One(1)], None),
        (&[One(1), One(2), One(1)], Some((4, 2))),
        (&[Range(1, 5), One(5)], Some((3, 2))),
        (&[Range(1, 5), One(3)], Some((3, 2))),
        (&[One(3), Range(1, 5)], Some((3, 2))),
        (&[Range(1, 5), Range(5, 9)], Some((3, 2))),
        (&[Range(1, 9), Range(3, 4)], Some((3, 2))),
    ];
    for (number, (outcomes, second)) in cases.into_iter().enumerate() {
        let defect = walked(&closings(outcomes), None).await.defect;
        let found = defect.map(|defect| match defect.flaw {
            Flaw::SecondOutcome { first, .. } => (defect.seq, first),
            other => panic!("case {number}: {other}"),
        });
        assert_eq!(found, second, "case {number}");
    }
}

/// A field of a row, as it is stored.
fn field(row: &mut Row, which: usize) -> &mut String {
    match which {
        0 => row.slot.get_or_insert_default(),
        1 => &mut row.run,
        2 => &mut row.at,
        3 => &mut row.kind,
        4 => &mut row.prev,
        5 => &mut row.hash,
        _ => &mut row.body,
    }
}

/// A short sound chain.
fn short() -> Vec<Row> {
    let store = Memory::new();
    now(Sample::new(2, 10).write(&chain(&store), 3)).expect("written");
    let mut rows = Vec::new();
    store.tamper(|sound, _| rows.clone_from(sound));
    rows
}

/// The memory store never makes anybody wait.
fn now<T>(work: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(work).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("memory answers at once"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn no_damage_to_a_row_goes_unseen_and_none_makes_a_reader_panic(
        which in any::<prop::sample::Index>(),
        part in 0..12_usize,
        damages in damage::damages(),
        forged in any::<bool>(),
    ) {
        let sound = short();
        let mut rows = sound.clone();
        let at = which.index(rows.len());
        let text = field(&mut rows[at], part);
        *text = damage::damaged(text, &damages);
        if forged {
            seal_again(&mut rows, at);
        }
        let store = Memory::new();
        store.tamper(|kept, _| kept.clone_from(&rows));
        let report = now(walked(&store, None));
        let read = now(chain(&store).read(1, usize::MAX));
        if rows == sound {
            prop_assert_eq!((report.defect, read.is_ok()), (None, true));
        } else if !forged {
            let defect = report.defect.expect("a changed row is a defect");
            // The field that names the one before may be found out at its own row alone.
            prop_assert_eq!(defect.seq, at as u64 + 1);
            prop_assert!(read.is_err());
        }
    }
}
