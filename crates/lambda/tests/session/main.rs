//! The functions as Lambda runs them: the program itself on a stand-in of its Runtime API, with an
//! exchange of ours, DynamoDB Local, and stand-ins of Secrets Manager and SNS.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bill;
mod lambda;
mod recovery;
mod services;
mod trouble;
mod world;

use std::time::Duration;

use serde_json::{Value, json};
use trading::record::Record;
use world::World;

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_whole_session_is_thirteen_slots_and_a_watchdog_that_finds_nothing_wrong() {
    let Some(world) = World::new(1).await else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    let mut warm = Vec::new();
    for slot in &world.slots[..13] {
        let before = trader.cpu();
        let answer = trader.invoke(&world.event(*slot)).await.unwrap();
        println!("{} {}", text(&answer, "slot"), text(&answer, "detail"));
        assert_eq!(answer["fresh"], true, "{answer}");
        assert!(["traded", "held", "refused"].contains(&text(&answer, "outcome")));
        warm.push(trader.cpu() - before);
        // Lambda freezes the process between events.
        trader.freeze();
        trader.thaw();
    }
    assert_eq!(world.services.reads(), 1, "keys are read once a process");
    let (start, _, peak) = trader.used();
    warm.sort_by(f64::total_cmp);
    println!(
        "figures: start to first event {start:.1} ms, CPU of a slot {:.1} ms (median), peak {peak} kB",
        warm[warm.len() / 2]
    );
    world
        .venue
        .advance(world.slots[12].at() + market::time::minutes(45));
    let day = trader.invoke(&json!({ "check": "day" })).await.unwrap();
    println!("{day}");
    assert_eq!(day["due"], 13, "{day}");
    assert_eq!(day["without_outcome"], json!([]), "{day}");
    assert_eq!(
        (&day["breaches"], &day["defect"]),
        (&json!([]), &Value::Null)
    );
    let told = world.services.messages();
    assert!(
        told.last().unwrap().starts_with("tqqq notice: day 2024-"),
        "{told:?}"
    );
    assert_eq!(world.closings().await.len(), 13);
    world.verify().await;
    assert_eq!(trader.metric("DaysChecked").await, 1.0);
    assert_eq!(trader.metric("SlotsMissed").await, 0.0);
    let outcomes = ["Traded", "Held", "Refused", "Failed", "Missed"];
    let counted: usize = outcomes.iter().map(|name| trader.values(name).len()).sum();
    assert_eq!(counted, 13, "one outcome a slot");
    bill::compare(&world.services.usage(), 13);
}

#[tokio::test]
async fn slots_for_which_nobody_called_the_trader_are_counted_after_the_close() {
    let Some(world) = World::new(10).await else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    trader.invoke(&world.event(world.slots[0])).await.unwrap();
    // The second is called by nobody; the third finds that; all others are called by nobody.
    trader.invoke(&world.event(world.slots[2])).await.unwrap();
    let evening = world.slots[12].at() + market::time::minutes(45);
    world.venue.advance(evening);
    let day = trader.invoke(&json!({ "check": "day" })).await.unwrap();
    assert_eq!(day["missed"], json!([world.slots[1].to_string()]), "{day}");
    assert_eq!(day["without_outcome"].as_array().map(Vec::len), Some(10));
    assert_eq!(trader.metric("SlotsMissed").await, 11.0);
    let told = world.services.messages();
    assert!(
        told.last().unwrap().starts_with("tqqq CRITICAL: day "),
        "{told:?}"
    );
}

#[tokio::test]
async fn an_event_that_comes_twice_is_answered_with_the_outcome_and_does_nothing() {
    let Some(world) = World::new(2).await else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    let event = world.event(world.slots[0]);
    let first = trader.invoke(&event).await.unwrap();
    let records = world.entries().await.len();
    let second = trader.invoke(&event).await.unwrap();
    assert_eq!(
        (&first["fresh"], &second["fresh"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(first["detail"], second["detail"]);
    // Another process knows it too.
    let third = world
        .bootstrap("trader")
        .await
        .invoke(&event)
        .await
        .unwrap();
    assert_eq!(third["detail"], first["detail"]);
    assert_eq!(world.entries().await.len(), records);
}

#[tokio::test]
async fn two_processes_on_one_slot_close_it_once() {
    let Some(world) = World::new(3).await else {
        return;
    };
    for slot in &world.slots[..3] {
        let (mut one, mut other) = (
            world.bootstrap("trader").await,
            world.bootstrap("trader").await,
        );
        let event = world.event(*slot);
        let (one, other) = tokio::join!(one.invoke(&event), other.invoke(&event));
        let ends: Vec<String> = [one, other]
            .into_iter()
            .map(|end| match end {
                Ok(answer) => text(&answer, "outcome").to_owned(),
                Err((name, _)) => name,
            })
            .collect();
        println!("{slot}: {}", ends.join(" and "));
        assert!(ends.iter().any(|end| end != "superseded"), "{ends:?}");
        // Each moves the clock that both live by, so either may have run out of time: then Lambda
        // calls again, and the retry goes on.
        if ends.iter().any(|end| end == "TryFailed") {
            let mut retry = world.bootstrap("trader").await;
            let answer = retry.invoke(&event).await.unwrap();
            println!("{slot}: then {}", text(&answer, "outcome"));
        }
    }
    let closings = world.closings().await;
    assert_eq!(closings.len(), 3);
    assert!(closings.values().all(|times| *times == 1), "{closings:?}");
    world.verify().await;
}

#[tokio::test]
async fn a_slot_whose_process_is_killed_is_carried_on_by_the_retry() {
    let Some(world) = World::new(4).await else {
        return;
    };
    let slot = world.slots[0];
    let event = world.event(slot);
    let mut doomed = world.bootstrap("trader").await;
    doomed.send(&event, Duration::from_secs(240)).await;
    // Killed once the slot is opened, wherever that finds it.
    let opened = |records: &[trading::record::Entry]| {
        let is_open = |record: &Record| matches!(record, Record::SlotOpened(_));
        records.iter().any(|entry| is_open(&entry.record))
    };
    while !opened(&world.entries().await) {
        tokio::task::yield_now().await;
    }
    doomed.kill();
    assert!(world.closings().await.is_empty(), "it was killed in time");
    let answer = world
        .bootstrap("trader")
        .await
        .invoke(&event)
        .await
        .unwrap();
    println!("{answer}");
    assert_eq!(answer["fresh"], true);
    assert_eq!(world.closings().await.len(), 1);
    world.verify().await;
}

#[tokio::test]
async fn too_little_time_is_a_failed_try_and_the_retry_closes_the_slot() {
    let Some(world) = World::new(5).await else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    let event = world.event(world.slots[0]);
    let short = Duration::from_secs(12);
    let (name, why) = trader.invoke_within(&event, short).await.unwrap_err();
    println!("{name}: {why}");
    assert_eq!(name, "TryFailed", "{why}");
    let answer = trader.invoke(&event).await.unwrap();
    assert_eq!(answer["fresh"], true);
    world.verify().await;
}

#[tokio::test]
async fn the_operator_stops_the_trader_and_has_no_keys() {
    let Some(world) = World::new(8).await else {
        return;
    };
    let without_keys = [("TQQQ_SECRET", "")];
    let mut operator = world.bootstrap_with("operator", &without_keys).await;
    let (name, _) = operator
        .invoke(&json!({ "do": "halt", "reason": "early" }))
        .await
        .unwrap_err();
    assert_eq!(name, "Refused", "an empty journal belongs to nobody");
    let mut trader = world.bootstrap("trader").await;
    trader.invoke(&world.event(world.slots[0])).await.unwrap();

    let signal = operator.invoke(&json!({ "do": "signal" })).await.unwrap();
    assert!(signal["decision"]["fast"].is_number(), "{signal}");
    let freeze = json!({ "do": "halt", "reason": "look first", "freeze": true });
    let halted = operator.invoke(&freeze).await.unwrap();
    assert_eq!(halted["written"], true, "{halted}");
    assert_eq!(operator.invoke(&freeze).await.unwrap()["written"], false);
    let weaker = json!({ "do": "halt", "reason": "away" });
    assert_eq!(operator.invoke(&weaker).await.unwrap_err().0, "Refused");
    let refused = trader.invoke(&world.event(world.slots[1])).await.unwrap();
    println!("{refused}");
    assert_ne!(refused["outcome"], "traded");

    let resumed = operator.invoke(&json!({ "do": "resume" })).await.unwrap();
    assert_eq!(resumed["halt"], Value::Null);
    let status = operator.invoke(&json!({ "do": "status" })).await.unwrap();
    println!("{status}");
    assert!(status["account"]["equity"].is_string(), "{status}");
    let adopted = operator.invoke(&json!({ "do": "adopt" })).await.unwrap();
    assert!(adopted["hint"].is_string(), "it asks first: {adopted}");
    let armed = operator
        .invoke(&json!({ "do": "arm", "for": "5d" }))
        .await
        .unwrap();
    assert!(armed["armed_until"].is_string(), "{armed}");
    assert_eq!(world.services.reads(), 1, "the trader's alone");
    world.verify().await;
}
