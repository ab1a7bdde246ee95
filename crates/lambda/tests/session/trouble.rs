//! What must end in a typed error, an alert and no order.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{KEYS, World};

/// One event of a fresh process, refused with `name` and told once, as loud as can be.
async fn refused(world: &World, changed: &[(&'static str, &str)], event: &Value, name: &str) {
    let told = world.services.messages().len();
    let mut trader = world.bootstrap_with("trader", changed).await;
    let (found, why) = trader.invoke(event).await.unwrap_err();
    assert_eq!(found, name, "{changed:?} {event}: {why}");
    let messages = world.services.messages();
    let title = format!("tqqq CRITICAL: {name}");
    assert_eq!(messages[told..], [title], "{changed:?} {event}");
}

#[tokio::test]
async fn what_makes_no_sense_is_a_typed_error_an_alert_and_no_order() {
    let Some(world) = World::new(6).await else {
        return;
    };
    let slot = world.event(world.slots[0]);
    refused(
        &world,
        &[],
        &json!({ "sell": "everything" }),
        "EventUnknown",
    )
    .await;
    refused(&world, &[], &json!({ "slot": "at noon" }), "EventUnknown").await;
    let foreign = aws::local::DynamoDbLocal::fresh_name();
    world
        .local()
        .create_keyed(&foreign, &[("id", "S", "HASH")])
        .await;
    for (variable, value, name) in [
        ("TQQQ_TABLE", "no-such-table", "ResourceMissing"),
        ("TQQQ_TABLE", foreign.as_str(), "TableForeign"),
        ("TQQQ_CONFIG", "venue = \"moon\"", "ConfigurationInvalid"),
        (
            "TQQQ_CONFIG",
            "journal = \"dynamodb:other\"",
            "ConfigurationInvalid",
        ),
        ("TQQQ_CONFIG", "", "ConfigurationInvalid"),
        ("TQQQ_FUNCTION", "dancer", "ConfigurationInvalid"),
        ("TQQQ_SECRET", "", "ConfigurationInvalid"),
        (
            "AWS_ENDPOINT_URL_DYNAMODB",
            world.venue_url(),
            "RequestInvalid",
        ),
    ] {
        refused(&world, &[(variable, value)], &slot, name).await;
    }
    for (secret, name) in [
        (None, "SecretMissing"),
        (Some("not json"), "SecretMalformed"),
        (
            Some(r#"{"TQQQ_ALPACA_KEY_ID":"PKTESTTEST"}"#),
            "SecretMalformed",
        ),
        (Some("{}"), "KeyMissing"),
    ] {
        world.services.keep(secret);
        refused(&world, &[], &slot, name).await;
    }
    assert!(
        world.entries().await.is_empty(),
        "nothing was written, so nothing was sent"
    );
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_nothing_is_sent() {
    let Some(world) = World::new(11).await else {
        return;
    };
    let slot = world.event(world.slots[0]);
    for (operation, name) in [
        ("GetItem", "PermissionDenied"),
        ("GetSecretValue", "PermissionDenied"),
        // By then a slot is being opened: what the journal says is passed on.
        ("TransactWriteItems", "JournalUnavailable"),
    ] {
        world.services.deny(&[operation]);
        let mut trader = world.bootstrap("trader").await;
        let (found, why) = trader.invoke(&slot).await.unwrap_err();
        assert_eq!(found, name, "{operation}: {why}");
        assert!(why.contains("hint: the role needs "), "{why}");
        assert!(why.contains(operation), "{why}");
    }
    world.services.deny(&[]);
    assert!(world.entries().await.is_empty());
    // Alerts that may not be sent stop no slot.
    world.services.deny(&["Publish"]);
    let mut trader = world.bootstrap("trader").await;
    let answer = trader.invoke(&slot).await.unwrap();
    assert_eq!(answer["fresh"], true);
}

#[tokio::test]
async fn a_table_of_a_newer_version_is_left_alone() {
    let Some(world) = World::new(7).await else {
        return;
    };
    let item = json!({
        "pk": { "S": "head" }, "sk": { "N": "0" }, "layout": { "N": "9" },
        "seq": { "N": "1" }, "hash": { "S": "00" },
    });
    let wish = json!({ "TableName": world.table(), "Item": item });
    world.local().ask("PutItem", &wish).await;
    let asked = world.venue.requests();
    refused(&world, &[], &world.event(world.slots[0]), "TableNewer").await;
    assert_eq!(world.venue.requests(), asked, "no broker was asked");
}

#[tokio::test]
async fn a_panic_is_reported_by_name_told_and_ends_neither_slot_nor_process() {
    let Some(world) = World::new(12).await else {
        return;
    };
    let mut trader = world.unheard("trader").await;
    let event = world.event(world.slots[0]);
    let (name, why) = trader.invoke(&event).await.unwrap_err();
    assert_eq!(name, "Panicked", "{why}");
    assert!(why.contains("stdout"), "{why}");
    let told = world.services.messages();
    assert_eq!(told, ["tqqq CRITICAL: Panicked"]);
    // The slot was over by then; the same process knows, and carries the next one on.
    let again = trader.invoke(&event).await.unwrap();
    assert_eq!(again["fresh"], false, "{again}");
    trader
        .invoke(&world.event(world.slots[1]))
        .await
        .unwrap_err();
    assert_eq!(world.closings().await.len(), 2);
    world.verify().await;
}

#[tokio::test]
async fn keys_changed_while_a_process_is_warm_are_read_again_once() {
    let Some(world) = World::new(9).await else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    trader.invoke(&world.event(world.slots[0])).await.unwrap();
    assert_eq!(world.services.reads(), 1);
    // A fresh try after a failure looks whether the keys were changed.
    let event = world.event(world.slots[1]);
    let short = Duration::from_secs(12);
    trader.invoke_within(&event, short).await.unwrap_err();
    trader.invoke(&event).await.unwrap();
    assert_eq!(world.services.reads(), 2);
}

#[tokio::test]
async fn keys_refused_while_a_process_is_warm_are_read_again_and_the_slot_goes_on() {
    let Some(world) = World::new(13).await else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    trader.invoke(&world.event(world.slots[0])).await.unwrap();
    let once = || "401@GET:/v2/account*1".parse().unwrap();
    // Another pair is in the secret: read once more, and taken.
    let newer = KEYS.replace("PKTESTTEST", "PKTESTTESTNEWER");
    world.services.keep(Some(&newer));
    world.venue.set_fault(once()).unwrap();
    let answer = trader.invoke(&world.event(world.slots[1])).await.unwrap();
    assert_eq!(answer["fresh"], true, "{answer}");
    assert_eq!(world.services.reads(), 2);
    // The same pair is still there: read once more, and what the broker said is passed on.
    world.venue.set_fault(once()).unwrap();
    let (name, why) = trader
        .invoke(&world.event(world.slots[2]))
        .await
        .unwrap_err();
    assert!(
        name.starts_with("Broker") && why.contains("401"),
        "{name}: {why}"
    );
    assert_eq!(world.services.reads(), 3);
    assert_eq!(world.closings().await.len(), 2);
    nothing_but_the_first_two(&world).await;
}

/// No order belongs to any slot but the first two.
async fn nothing_but_the_first_two(world: &World) {
    let later = |slot: Option<market::Slot>| slot.is_some_and(|slot| slot > world.slots[1]);
    let entries = world.entries().await;
    let orders = entries.iter().filter(|entry| later(entry.slot));
    assert_eq!(orders.count(), 0);
}
