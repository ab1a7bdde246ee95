//! `/control/faults`: set, list, count, clear.

use serde_json::json;

use super::{clear, desk, set};

#[tokio::test]
async fn faults_are_listed_with_what_they_did() {
    let desk = desk("5xx=500@GET:/v2/account*3").await;
    set(&desk, "slow=1@fmp%0.5").await;
    desk.get("/v2/account").await;
    let listed = desk.get_without_keys("/control/faults").await.json();
    assert_eq!(
        listed,
        json!([
            {"id": 1, "fault": "5xx=500@GET:/v2/account*3", "name": "5xx", "layer": "request",
                "count": 3, "until": null, "probability": 1.0, "seed": 0, "struck": 1,
                "active": true},
            {"id": 2, "fault": "slow=1@fmp%0.5", "name": "slow", "layer": "answer",
                "count": null, "until": null, "probability": 0.5, "seed": 0, "struck": 0,
                "active": true},
        ])
    );
    clear(&desk, "5xx").await;
    let listed = desk.get_without_keys("/control/faults").await.json();
    assert_eq!(
        (&listed[0]["active"], &listed[0]["struck"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(desk.get("/v2/account").await.status, 200);
    clear(&desk, "2").await;
    clear(&desk, "all").await;
    assert_eq!(
        desk.get_without_keys("/control/faults").await.json(),
        json!([])
    );
    let known = desk.get_without_keys("/control/faults/known").await.json();
    assert_eq!(known.as_array().unwrap().len(), venue::fault::KNOWN.len());
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_with_a_hint() {
    let desk = desk("no-volume").await;
    let cases = [
        (
            r#"{"set": "stuck-oder"}"#,
            "`stuck-oder` is no fault; did you mean `stuck-order`?",
        ),
        (
            r#"{"set": "slow=1", "clear": "slow"}"#,
            "give either `set` or `clear`",
        ),
        (r#"{"clear": "slow"}"#, "no fault `slow` is set"),
        (
            r#"{"set": "halted=QQQ"}"#,
            "QQQ is not listed here, so it cannot be halted",
        ),
        (
            r#"{"set": "early-close=16:00"}"#,
            "2026-11-20 closes at 2026-11-20T21:00:00Z anyway; an early close comes after the open and before the close",
        ),
        (
            r#"{"set": "slow=1", "probability": 0}"#,
            "a probability of 0; it lies above 0 and up to 1",
        ),
    ];
    for (body, error) in cases {
        let answer = desk.post("/control/faults", body).await;
        assert_eq!(
            (answer.status, answer.field("error").as_str()),
            (400, error)
        );
        assert!(
            answer.field("hint").contains("NAME[=VALUE]"),
            "{}",
            answer.text
        );
    }
    assert_eq!(desk.shared.faults().len(), 1);
}
