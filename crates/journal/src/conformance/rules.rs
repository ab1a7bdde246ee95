//! The rules, each a test that panics with what went wrong.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule that does not hold panics, that is its use"
)]

use std::sync::{Arc, Barrier};

use cycle::port::journal::{Draft, Journal, JournalError};
use trading::record::{Entry, Hash, Head, Record};

use super::{Faulty, Place, PutFault, StillClock, body, bound, chain, draft, note, run};
use crate::chain::Chain;
use crate::limits::PUT_WAITS;
use crate::store::{Batch, Put, Store};

const WRITERS: u8 = 8;
const ROUNDS: u64 = 200;

/// Appends and demands success; the new head.
async fn won<S: Store>(chain: &Chain<S>, draft: &Draft) -> Head {
    head_of(&chain.append(draft).await.expect("the append is won"))
}

fn head_of(entries: &[Entry]) -> Head {
    entries
        .last()
        .map(|entry| Head {
            seq: entry.seq,
            hash: entry.hash,
        })
        .expect("an entry")
}

/// A chain of one record; its head.
async fn begun<P: Place>(place: &P) -> Head {
    won(&chain(place), &draft(None, vec![bound()])).await
}

async fn texts<P: Place>(place: &P) -> Vec<String> {
    let entries = chain(place)
        .read(1, usize::MAX)
        .await
        .expect("the chain reads");
    entries
        .into_iter()
        .map(|entry| match entry.record {
            Record::Noted(noted) => noted.text,
            other => other.kind().to_owned(),
        })
        .collect()
}

fn faulty<P: Place>(
    place: &P,
    faults: impl IntoIterator<Item = PutFault>,
) -> (Chain<Faulty<P::Store>>, Arc<StillClock>) {
    let clock = Arc::new(StillClock::default());
    (
        Chain::new(Faulty::new(place.open()).puts(faults), clock.clone()),
        clock,
    )
}

/// Rule.
pub async fn an_empty_chain_has_no_head_no_rows_and_no_bodies<P: Place>(place: &P) {
    let chain = chain(place);
    assert_eq!(chain.head().await, Ok(None));
    assert_eq!(chain.read(1, 10).await, Ok(vec![]));
    assert_eq!(chain.read(7, 10).await, Ok(vec![]));
    assert_eq!(chain.body(Hash::of(b"never written")).await, Ok(None));
}

/// Rule.
pub async fn the_first_append_begins_the_chain<P: Place>(place: &P) {
    let chain = chain(place);
    let written = chain
        .append(&draft(None, vec![bound()]))
        .await
        .expect("won");
    assert_eq!(
        (written.len(), written[0].seq, written[0].prev),
        (1, 1, Hash([0; 32]))
    );
    assert_eq!(chain.head().await, Ok(Some(head_of(&written))));
    assert_eq!(chain.read(1, 10).await, Ok(written));
}

/// Rule.
pub async fn appends_follow_each_other_without_gaps<P: Place>(place: &P) {
    let chain = chain(place);
    let mut head = begun(place).await;
    for seq in 2..=6 {
        let written = chain
            .append(&draft(Some(head), vec![note("on")]))
            .await
            .expect("won");
        assert_eq!((written[0].seq, written[0].prev), (seq, head.hash));
        head = head_of(&written);
        assert_eq!(chain.head().await, Ok(Some(head)));
    }
    let read = chain.read(1, 10).await.expect("the chain reads");
    assert_eq!(
        read.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6]
    );
}

/// Rule.
pub async fn one_append_of_many_records_stands_as_one_block<P: Place>(place: &P) {
    let head = begun(place).await;
    let records = vec![note("a"), note("b\n\"é\u{1f600}"), note("")];
    let written = chain(place)
        .append(&draft(Some(head), records.clone()))
        .await
        .expect("won");
    assert_eq!(
        written.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [2, 3, 4]
    );
    assert_eq!(
        written
            .iter()
            .map(|entry| entry.record.clone())
            .collect::<Vec<_>>(),
        records
    );
    assert_eq!(
        (written[1].prev, written[2].prev),
        (written[0].hash, written[1].hash)
    );
    assert_eq!(chain(place).read(2, 3).await, Ok(written));
}

/// Rule.
pub async fn an_append_on_an_old_head_is_lost_and_leaves_nothing<P: Place>(place: &P) {
    let old = begun(place).await;
    let (first, second) = (chain(place), chain(place));
    won(&first, &draft(Some(old), vec![note("winner")])).await;
    let late = Draft {
        run: run(2),
        bodies: vec![body(b"x")],
        ..draft(Some(old), vec![note("late")])
    };
    assert_eq!(
        second.append(&late).await,
        Err(JournalError::Lost { seq: 2 })
    );
    assert_eq!(
        second
            .append(&draft(None, vec![note("again from one")]))
            .await,
        Err(JournalError::Lost { seq: 1 })
    );
    assert_eq!(second.body(Hash::of(b"x")).await, Ok(None));
    assert_eq!(texts(place).await, ["bound", "winner"]);
}

/// Rule.
pub async fn an_append_on_the_right_number_with_another_hash_is_lost<P: Place>(place: &P) {
    let head = begun(place).await;
    let chain = chain(place);
    let elsewhere = Head {
        hash: Hash::of(b"another chain"),
        ..head
    };
    let answer = chain
        .append(&draft(Some(elsewhere), vec![note("stray")]))
        .await;
    // Nobody stands where the record was to be, but what it builds on is not there.
    assert!(
        matches!(&answer, Err(JournalError::Corrupt(why)) if why.contains("record 1")),
        "{answer:?}"
    );
    let beyond = Head { seq: 5, ..head };
    let answer = chain
        .append(&draft(Some(beyond), vec![note("stray")]))
        .await;
    assert!(
        matches!(&answer, Err(JournalError::Corrupt(why)) if why.contains("record 5")),
        "{answer:?}"
    );
    assert_eq!(texts(place).await, ["bound"]);
}

/// Rule.
pub async fn the_same_records_put_twice_are_recognised_as_ours<P: Place>(place: &P) {
    let head = begun(place).await;
    let same = draft(Some(head), vec![note("a"), note("b")]);
    let first = chain(place).append(&same).await.expect("won");
    assert_eq!(chain(place).append(&same).await, Ok(first.clone()));
    won(
        &chain(place),
        &draft(Some(head_of(&first)), vec![note("c")]),
    )
    .await;
    assert_eq!(chain(place).append(&same).await, Ok(first));
    let other_run = Draft {
        run: run(2),
        ..same
    };
    assert_eq!(
        chain(place).append(&other_run).await,
        Err(JournalError::Lost { seq: 2 })
    );
    assert_eq!(texts(place).await, ["bound", "a", "b", "c"]);
}

/// Rule.
pub async fn a_batch_that_cannot_stand_whole_leaves_no_part_of_it<P: Place>(place: &P) {
    let head = begun(place).await;
    let next = won(&chain(place), &draft(Some(head), vec![note("kept")])).await;
    let rows = place.open().get(1, 2).await.expect("rows");
    // The first of these is new, the second stands already: a batch no chain would make.
    let torn = [
        crate::Row {
            seq: 3,
            ..rows[1].clone()
        },
        rows[1].clone(),
    ];
    let bodies = [body(b"of a torn batch")];
    let answer = place
        .open()
        .put(Batch {
            expected: Some(next),
            rows: &torn,
            bodies: &bodies,
        })
        .await;
    assert_ne!(answer, Put::Done);
    let missing = place.open().body(Hash::of(b"of a torn batch")).await;
    assert_eq!(missing, Ok(None));
    assert_eq!(texts(place).await, ["bound", "kept"]);
}

/// Rule.
pub async fn a_body_is_kept_once_per_content_and_comes_back_whole<P: Place>(place: &P) {
    let chain = chain(place);
    let mut head = begun(place).await;
    let large: Vec<u8> = (0..300_000_u32)
        .map(|index| index.to_le_bytes()[index as usize % 3])
        .collect();
    let contents = [&b""[..], b"{\"a\": 1}\n", &[0, 255, 128], &large];
    for _ in 0..2 {
        let bodies = contents.iter().map(|bytes| body(bytes)).collect();
        let with_bodies = Draft {
            bodies,
            ..draft(Some(head), vec![note("with bodies")])
        };
        head = won(&chain, &with_bodies).await;
    }
    for bytes in contents {
        assert_eq!(
            chain.body(Hash::of(bytes)).await.expect("reads").as_deref(),
            Some(bytes)
        );
    }
    let mut forged = body(b"true");
    forged.bytes = b"false".to_vec();
    let answer = chain
        .append(&Draft {
            bodies: vec![forged],
            ..draft(Some(head), vec![note("x")])
        })
        .await;
    assert!(
        matches!(&answer, Err(JournalError::Unavailable(why)) if why.contains("test/body")),
        "{answer:?}"
    );
    assert_eq!(chain.head().await, Ok(Some(head)));
}

/// Rule.
pub async fn reads_come_in_pages_that_join_without_a_seam<P: Place>(place: &P) {
    let chain = chain(place);
    let mut head = begun(place).await;
    for block in 0..10 {
        let records = (0..60)
            .map(|index| note(format!("{block}/{index}")))
            .collect();
        head = won(&chain, &draft(Some(head), records)).await;
    }
    let all = chain.read(1, usize::MAX).await.expect("the chain reads");
    assert_eq!((all.len(), head_of(&all)), (601, head));
    let mut paged = Vec::new();
    while let page @ [_, ..] = &chain
        .read(paged.len() as u64 + 1, 100)
        .await
        .expect("reads")[..]
    {
        paged.extend_from_slice(page);
    }
    assert_eq!(paged, all);
    assert_eq!(chain.read(0, 2).await.as_deref(), Ok(&all[..2]));
    assert_eq!(chain.read(601, 5).await.as_deref(), Ok(&all[600..]));
    assert_eq!(chain.read(602, 5).await, Ok(vec![]));
    assert_eq!(chain.read(5, 0).await, Ok(vec![]));
}

/// Rule.
pub async fn an_answer_lost_before_the_effect_is_put_again<P: Place>(place: &P) {
    let head = begun(place).await;
    let (chain, clock) = faulty(place, [PutFault::LostBefore, PutFault::Conflict]);
    won(&chain, &draft(Some(head), vec![note("a"), note("b")])).await;
    assert_eq!(
        (chain.store().puts_seen(), clock.waited()),
        (3, PUT_WAITS[0] + PUT_WAITS[1])
    );
    assert_eq!(texts(place).await, ["bound", "a", "b"]);
}

/// Rule.
pub async fn an_answer_lost_after_the_effect_is_won_and_stands_once<P: Place>(place: &P) {
    let head = begun(place).await;
    let (chain, _) = faulty(place, [PutFault::LostAfter]);
    let next = won(&chain, &draft(Some(head), vec![note("a"), note("b")])).await;
    assert_eq!(
        (chain.store().puts_seen(), chain.head().await),
        (1, Ok(Some(next)))
    );
    assert_eq!(texts(place).await, ["bound", "a", "b"]);
}

/// Rule.
pub async fn a_put_that_lands_late_is_won_and_stands_once<P: Place>(place: &P) {
    let head = begun(place).await;
    let (chain, _) = faulty(place, [PutFault::LandsLate]);
    won(&chain, &draft(Some(head), vec![note("a"), note("b")])).await;
    assert_eq!(chain.store().puts_seen(), 2);
    assert_eq!(texts(place).await, ["bound", "a", "b"]);
}

/// Rule.
pub async fn a_rival_that_lands_during_doubt_is_a_loss<P: Place>(place: &P) {
    let head = begun(place).await;
    let rival = Draft {
        run: run(2),
        ..draft(Some(head), vec![note("rival")])
    };
    let faults = [PutFault::LostBefore; PUT_WAITS.len()];
    let script = Faulty::new(place.open())
        .puts(faults)
        .puts([PutFault::LandsLate]);
    let rivals = Chain::new(script.clone(), Arc::new(StillClock::default()));
    let answer = rivals.append(&rival).await;
    assert!(
        matches!(answer, Err(JournalError::Unknown { seq: 2, .. })),
        "{answer:?}"
    );
    // The rival has given up, but its last put is still under way and arrives before ours.
    let ours = Chain::new(script, Arc::new(StillClock::default()));
    let answer = ours.append(&draft(Some(head), vec![note("ours")])).await;
    assert_eq!(answer, Err(JournalError::Lost { seq: 2 }));
    assert_eq!(texts(place).await, ["bound", "rival"]);
}

/// Rule.
pub async fn doubt_that_never_ends_is_unknown_after_bounded_attempts<P: Place>(place: &P) {
    let head = begun(place).await;
    let (chain, clock) = faulty(place, [PutFault::LostBefore; 100]);
    let answer = chain.append(&draft(Some(head), vec![note("a")])).await;
    let why = "scripted: no answer came".to_owned();
    assert_eq!(answer, Err(JournalError::Unknown { seq: 2, why }));
    assert_eq!(chain.store().puts_seen(), PUT_WAITS.len() + 1);
    assert_eq!(clock.waited(), PUT_WAITS.iter().sum());
    assert_eq!(texts(place).await, ["bound"]);
}

/// Rule.
pub async fn a_store_that_wrote_nothing_for_certain_is_unavailable_at_once<P: Place>(place: &P) {
    let head = begun(place).await;
    let (chain, clock) = faulty(place, [PutFault::Unavailable]);
    let answer = chain.append(&draft(Some(head), vec![note("a")])).await;
    assert_eq!(
        answer,
        Err(JournalError::Unavailable("scripted: no room".to_owned()))
    );
    assert_eq!(
        (chain.store().puts_seen(), clock.waited().is_zero()),
        (1, true)
    );
}

/// Rule.
pub async fn certain_refusal_after_doubt_is_no_certainty<P: Place>(place: &P) {
    let head = begun(place).await;
    let refusals = [PutFault::Unavailable; 100];
    let (chain, _) = faulty(place, [PutFault::LostBefore]);
    let chain = Chain::new(
        chain.store().clone().puts(refusals),
        Arc::new(StillClock::default()),
    );
    let answer = chain.append(&draft(Some(head), vec![note("a")])).await;
    assert!(
        matches!(answer, Err(JournalError::Unknown { seq: 2, .. })),
        "{answer:?}"
    );
    // And where the doubted put did land, the refusal after it changes nothing.
    let (chain, _) = faulty(place, [PutFault::LandsLate, PutFault::Unavailable]);
    won(&chain, &draft(Some(head), vec![note("landed")])).await;
    assert_eq!(texts(place).await, ["bound", "landed"]);
}

/// Rule.
pub async fn reads_that_fail_during_doubt_are_tried_again<P: Place>(place: &P) {
    let head = begun(place).await;
    let store = Faulty::new(place.open())
        .puts([PutFault::LostAfter])
        .failing_reads(2);
    let chain = Chain::new(store.clone(), Arc::new(StillClock::default()));
    won(&chain, &draft(Some(head), vec![note("a")])).await;
    assert_eq!(texts(place).await, ["bound", "a"]);
    let silent = store.puts([PutFault::LostAfter]).failing_reads(100);
    let chain = Chain::new(silent, Arc::new(StillClock::default()));
    let head = self::chain(place).head().await.expect("reads");
    let answer = chain.append(&draft(head, vec![note("b")])).await;
    assert!(
        matches!(answer, Err(JournalError::Unknown { seq: 3, .. })),
        "{answer:?}"
    );
    assert_eq!(texts(place).await, ["bound", "a", "b"]);
}

/// Rule.
pub async fn eight_writers_race_two_hundred_rounds_and_each_has_one_winner<P: Place>(place: &P) {
    eight_writers_race(place, ROUNDS).await;
}

/// The rule, for as many rounds as a store can bear.
pub async fn eight_writers_race<P: Place>(place: &P, rounds: u64) {
    begun(place).await;
    let start = Barrier::new(usize::from(WRITERS));
    let wins: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=WRITERS)
            .map(|writer| {
                scope.spawn({
                    let start = &start;
                    move || race(place, writer, rounds, start)
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().expect("no writer panics"))
            .collect()
    });
    for round in 0..usize::try_from(rounds).expect("small") {
        let winners = wins.iter().filter(|won| won[round]).count();
        assert_eq!(winners, 1, "in round {round}");
    }
    let entries = chain(place)
        .read(1, usize::MAX)
        .await
        .expect("the chain reads");
    assert_eq!(entries.len() as u64, rounds + 1);
}

/// One writer: on every round's head once, each beginning when all stand ready.
fn race<P: Place>(place: &P, writer: u8, rounds: u64, start: &Barrier) -> Vec<bool> {
    let chain = chain(place);
    let round = |_| {
        start.wait();
        let head = place.drive(chain.head()).expect("the head reads");
        start.wait();
        let attempt = Draft {
            run: run(writer),
            ..draft(head, vec![note("race")])
        };
        match place.drive(chain.append(&attempt)) {
            Ok(_) => true,
            Err(JournalError::Lost { .. }) => false,
            Err(other) => panic!("writer {writer}: {other}"),
        }
    };
    (0..rounds).map(round).collect()
}
