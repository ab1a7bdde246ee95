//! The clock over HTTP and in the same process, and a session traded through the faces.

mod support;

use serde_json::json;
use support::face::Desk;
use support::{at, config, friday, venue};
use venue::http::{Faces, Mode, Shared};

#[tokio::test]
async fn the_clock_is_moved_by_http_and_by_the_handle_and_never_back() {
    let desk = Desk::open(venue(config(friday("09:00:00"))), Faces::default()).await;
    let clock = desk.get_without_keys("/control/clock").await.json();
    assert_eq!(
        clock,
        json!({"now": "2026-11-20T14:00:00Z", "mode": "virtual", "next_event": "2026-11-20T14:30:00Z", "last_date": "2026-11-24"})
    );
    let moved = desk
        .post("/control/advance", r#"{"to": "2026-11-20T10:00:00-05:00"}"#)
        .await;
    assert_eq!(moved.json()["now"], "2026-11-20T15:00:00Z");
    assert_eq!(desk.shared.now(), friday("10:00:00"));
    let back = desk
        .post("/control/advance", r#"{"to": "2026-11-20T14:00:00Z"}"#)
        .await;
    assert_eq!(back.json()["now"], "2026-11-20T15:00:00Z");
    desk.advance(friday("10:30:00"));
    let clock = desk.get("/control/clock").await.json();
    assert_eq!(clock["now"], "2026-11-20T15:30:00Z");
    let later = desk.post("/control/advance", r#"{"seconds": 90}"#).await;
    assert_eq!(later.json()["now"], "2026-11-20T15:31:30Z");
    for bad in [
        r#"{"to": "noon"}"#,
        r#"{"seconds": -1}"#,
        r#"{"to": "2026-11-20T16:00:00Z", "seconds": 1}"#,
        "{}",
    ] {
        let bad = desk.post("/control/advance", bad).await;
        assert_eq!(bad.status, 400);
        assert!(bad.field("hint").contains("RFC 3339"), "{}", bad.text);
    }
    assert_eq!(desk.shared.now(), friday("10:31:30"));
}

#[tokio::test]
async fn a_venue_on_the_walls_time_is_stepped_by_whoever_asks() {
    let wall = || at("2026-11-20T15:00:00Z");
    let shared = Shared::new_real(venue(config(friday("09:00:00"))), Faces::default(), wall);
    assert_eq!(shared.mode(), Mode::Real);
    assert_eq!(shared.now(), friday("10:00:00"));
    assert_eq!(shared.advance(friday("11:00:00")), friday("10:00:00"));
    assert_eq!(shared.next_event(), Some(friday("16:00:00")));
}

#[tokio::test]
async fn money_is_paid_in_and_out() {
    let desk = Desk::open(venue(config(friday("09:00:00"))), Faces::default()).await;
    let paid = desk
        .post("/control/transfer", r#"{"amount": "-500.25"}"#)
        .await;
    assert_eq!(paid.field("cash"), "99499.75");
    assert_eq!(desk.get("/v2/account").await.field("cash"), "99499.75");
}

#[tokio::test]
async fn a_session_is_traded_slot_after_slot() {
    let desk = Desk::open(venue(config(friday("09:00:00"))), Faces::default()).await;
    let mut equities = Vec::new();
    for slot in 0..13 {
        let at = friday("09:30:00") + market::time::minutes(30 * slot);
        desk.advance(at);
        let rows = desk
            .get("/time_series?symbol=TQQQ&interval=30min&outputsize=450")
            .await;
        assert_eq!(rows.status, 200, "{}", rows.text);
        let price = desk.get("/v2/stocks/TQQQ/trades/latest").await.json()["trade"]["p"].clone();
        let newest = rows.json()["values"][0]["close"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap();
        assert_eq!(json!(newest), price);
        let side = if slot % 2 == 0 { "buy" } else { "sell" };
        let size = if side == "buy" { "notional" } else { "qty" };
        let amount = match side {
            "buy" => "50000".to_owned(),
            _ => desk.get("/v2/positions/TQQQ").await.field("qty_available"),
        };
        let body = json!({"symbol": "TQQQ", size: amount, "side": side, "type": "market",
            "time_in_force": "day", "client_order_id": format!("slot-{slot}")});
        assert_eq!(desk.post("/v2/orders", &body.to_string()).await.status, 200);
        desk.advance(at + market::time::seconds(1));
        let path = format!("/v2/orders:by_client_order_id?client_order_id=slot-{slot}");
        assert_eq!(desk.get(&path).await.field("status"), "filled");
        equities.push(desk.get("/v2/account").await.field("equity"));
    }
    let open = desk.get("/v2/positions").await.json();
    assert_eq!(
        open.as_array().unwrap().len(),
        1,
        "bought seven times, sold six"
    );
    assert_eq!(desk.shared.requests(), 13 * 5 + 6 + 1);
    assert_eq!(equities.len(), 13);
}
