//! Tables that are not what they should be: each answer names the trouble and what to do.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use aws::Table;
use aws::local::DynamoDbLocal;
use connectors::clock::SystemClock;
use journal::conformance::{StillClock, bound, draft, note};
use journal::{Chain, Store, StoreError};
use serde_json::json;
use trading::record::Head;

fn table(local: &DynamoDbLocal, name: &str) -> Table {
    local.table(name, Arc::new(SystemClock::new()))
}

/// A table with a chain of two appends; its head.
async fn begun(local: &DynamoDbLocal) -> (String, Head) {
    use cycle::port::Journal;
    let name = DynamoDbLocal::fresh_name();
    local.create(&name).await;
    let chain = Chain::new(table(local, &name), Arc::new(StillClock::default()));
    let first = chain.append(&draft(None, vec![bound()])).await.unwrap();
    let head = Head {
        seq: first[0].seq,
        hash: first[0].hash,
    };
    let records = vec![note("a"), note("b")];
    let second = chain.append(&draft(Some(head), records)).await.unwrap();
    let head = Head {
        seq: second[1].seq,
        hash: second[1].hash,
    };
    (name, head)
}

/// Name and words of what is wrong.
async fn trouble(local: &DynamoDbLocal, name: &str) -> (&'static str, String) {
    let error = table(local, name).newest().await.unwrap_err();
    (error.name(), error.to_string())
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named_with_what_to_do() {
    let Some(local) = DynamoDbLocal::find() else {
        return;
    };
    let (name, words) = trouble(&local, "no-such-table").await;
    assert_eq!(name, "ResourceMissing");
    assert!(words.contains("no-such-table"), "{words}");
    assert!(words.contains("hint: "), "{words}");
}

#[tokio::test]
async fn another_programs_table_is_no_journal() {
    let Some(local) = DynamoDbLocal::find() else {
        return;
    };
    let name = DynamoDbLocal::fresh_name();
    local.create_keyed(&name, &[("id", "S", "HASH")]).await;
    let (kind, words) = trouble(&local, &name).await;
    assert_eq!(kind, "TableForeign", "{words}");
    let read = table(&local, &name).get(1, 1).await.unwrap_err();
    assert!(matches!(read, StoreError::Corrupt(_)), "{read}");
}

#[tokio::test]
async fn a_table_of_a_later_version_is_left_alone() {
    let Some(local) = DynamoDbLocal::find() else {
        return;
    };
    let (name, head) = begun(&local).await;
    let item = json!({
        "pk": { "S": "head" }, "sk": { "N": "0" }, "layout": { "N": "2" },
        "seq": { "N": head.seq.to_string() }, "hash": { "S": head.hash.to_string() },
    });
    local
        .ask("PutItem", &json!({ "TableName": name, "Item": item }))
        .await;
    let (kind, words) = trouble(&local, &name).await;
    assert_eq!(kind, "TableNewer");
    insta::assert_snapshot!(words, @"
    the table is of layout 2, and this version knows 1
    hint: deploy the newest version; nothing was read or written
    ");
}

#[tokio::test]
async fn records_removed_at_the_end_by_hand_show() {
    let Some(local) = DynamoDbLocal::find() else {
        return;
    };
    let (name, head) = begun(&local).await;
    let key = json!({ "pk": { "S": "chain" }, "sk": { "N": head.seq.to_string() } });
    local
        .ask("DeleteItem", &json!({ "TableName": name, "Key": key }))
        .await;
    let (kind, words) = trouble(&local, &name).await;
    assert_eq!(kind, "JournalCorrupt");
    assert!(words.contains("records were removed or altered"), "{words}");
    let report = journal::verify(&table(&local, &name), None, |_| ())
        .await
        .unwrap();
    assert!(!report.is_sound());
}

#[tokio::test]
async fn a_record_altered_by_hand_breaks_the_chain() {
    let Some(local) = DynamoDbLocal::find() else {
        return;
    };
    let (name, _) = begun(&local).await;
    let sound = journal::check_links(&table(&local, &name)).await.unwrap();
    assert_eq!(sound, None);
    // The bytes of the second append in the place of the first.
    let find = |seq: &str| json!({ "TableName": name, "Key": { "pk": { "S": "chain" }, "sk": { "N": seq } } });
    let second = local.ask("GetItem", &find("3")).await;
    let first = local.ask("GetItem", &find("1")).await;
    let mut item = first["Item"].clone();
    item["data"] = second["Item"]["data"].clone();
    local
        .ask("PutItem", &json!({ "TableName": name, "Item": item }))
        .await;
    let defect = journal::check_links(&table(&local, &name)).await.unwrap();
    assert!(defect.is_some());
}
