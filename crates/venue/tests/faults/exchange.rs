//! What goes wrong in the exchange itself, and what an order meets there.

use serde_json::{Value, json};

use super::support::friday;
use super::{clear, desk, desk_with, held, order, pass, set, state, struck, submit};

pub(crate) const NAMES: &[&str] = &[
    "halted",
    "delayed-fill",
    "stuck-order",
    "stuck-cancel",
    "cancel-race",
    "rejected-order",
    "blocked",
    "early-close",
    "closed-day",
];

#[tokio::test]
async fn a_halted_symbol_trades_no_more_and_its_orders_stay_new() {
    let desk = desk("halted=TQQQ").await;
    let before = desk.get("/v2/stocks/TQQQ/trades/latest").await.json();
    let id = submit(&desk, "buy", "10").await;
    pass(&desk, 50);
    assert_eq!(state(&desk, &id).await, "new 0");
    assert_eq!(struck(&desk), 1);
    desk.advance(friday("11:10:00"));
    assert_eq!(state(&desk, &id).await, "new 0");
    assert_eq!(
        desk.get("/v2/stocks/TQQQ/trades/latest").await.json(),
        before
    );
    let path = "/time_series?symbol=TQQQ&interval=30min&outputsize=1";
    let newest = desk.get(path).await.json()["values"][0].clone();
    assert_eq!(
        newest["datetime"], "2026-11-20 10:00:00",
        "no bar during a halt"
    );
    assert_eq!(
        newest["volume"], "500",
        "and the one it cut stays as it was"
    );
    assert_eq!(desk.get("/v2/clock").await.json()["is_open"], true);
    // Trading again, the order takes the quote.
    clear(&desk, "halted").await;
    pass(&desk, 50);
    assert_eq!(state(&desk, &id).await, "filled 10");
}

#[tokio::test]
async fn a_halt_with_an_end_waits_for_the_first_trade_after_it() {
    let desk = desk("no-volume").await;
    let body = json!({"set": "halted", "until": friday("10:45:00").to_string()}).to_string();
    desk.post("/control/faults", &body).await;
    let id = submit(&desk, "buy", "10").await;
    desk.advance(friday("10:49:59"));
    assert_eq!(state(&desk, &id).await, "new 0");
    desk.advance(friday("10:50:00"));
    assert_eq!(state(&desk, &id).await, "filled 10");
    let path =
        "/v2/stocks/TQQQ/bars?timeframe=30Min&start=2026-11-20T15:30:00Z&end=2026-11-20T15:30:00Z";
    let bar = desk.get(path).await.json()["bars"][0].clone();
    assert_eq!(
        (&bar["o"], &bar["l"]),
        (&json!(107.6), &json!(107.6)),
        "it opens after the halt"
    );
}

#[tokio::test]
async fn a_fill_is_delayed() {
    let desk = desk("delayed-fill=20*1").await;
    let id = submit(&desk, "buy", "10").await;
    pass(&desk, 19_999);
    assert_eq!(state(&desk, &id).await, "new 0");
    pass(&desk, 51);
    assert_eq!(state(&desk, &id).await, "filled 10");
    let next = submit(&desk, "buy", "10").await;
    pass(&desk, 50);
    assert_eq!(state(&desk, &next).await, "filled 10");
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn an_order_stays_new_or_half_done_until_it_is_canceled_or_the_day_ends() {
    let desk = desk("stuck-order*1").await;
    let stuck = submit(&desk, "buy", "10").await;
    let well = submit(&desk, "buy", "5").await;
    desk.advance(friday("15:59:00"));
    assert_eq!(state(&desk, &stuck).await, "new 0");
    assert_eq!(state(&desk, &well).await, "filled 5");
    desk.advance(friday("16:00:00"));
    assert_eq!(state(&desk, &stuck).await, "expired 0");

    let desk = super::desk("stuck-order=partial*1").await;
    let half = submit(&desk, "buy", "11").await;
    desk.advance(friday("11:00:00"));
    assert_eq!(state(&desk, &half).await, "partially_filled 5");
    assert_eq!(desk.delete(&format!("/v2/orders/{half}")).await.status, 204);
    pass(&desk, 20);
    assert_eq!(state(&desk, &half).await, "canceled 5");
    assert_eq!(held(&desk), "5");
}

#[tokio::test]
async fn a_cancel_is_taken_and_never_takes_effect() {
    let desk = desk("stuck-cancel").await;
    set(&desk, "stuck-order").await;
    let id = submit(&desk, "buy", "10").await;
    assert_eq!(desk.delete(&format!("/v2/orders/{id}")).await.status, 204);
    desk.advance(friday("11:00:00"));
    assert_eq!(state(&desk, &id).await, "pending_cancel 0");
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn a_cancel_loses_its_race() {
    let desk = desk("cancel-race").await;
    set(&desk, "stuck-order").await;
    let id = submit(&desk, "buy", "10").await;
    pass(&desk, 1_000);
    assert_eq!(desk.delete(&format!("/v2/orders/{id}")).await.status, 204);
    assert_eq!(state(&desk, &id).await, "pending_cancel 0");
    pass(&desk, 20);
    assert_eq!(state(&desk, &id).await, "filled 10");
    assert_eq!((struck(&desk), held(&desk).as_str()), (1, "10"));

    let desk = super::desk("cancel-race=422").await;
    set(&desk, "stuck-order").await;
    let id = submit(&desk, "buy", "10").await;
    let refused = desk.delete(&format!("/v2/orders/{id}")).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.field("message"),
        "order is already in \"filled\" state"
    );
    assert_eq!(state(&desk, &id).await, "filled 10");
    assert_eq!((struck(&desk), held(&desk).as_str()), (1, "10"));
    // An order that is over, or that nobody would fill, has no race to lose.
    assert_eq!(desk.delete(&format!("/v2/orders/{id}")).await.status, 422);
    let far = json!({"symbol": "TQQQ", "qty": "1", "side": "buy", "type": "limit",
        "limit_price": "50", "time_in_force": "day"});
    let far = desk.post("/v2/orders", &far.to_string()).await.field("id");
    assert_eq!(desk.delete(&format!("/v2/orders/{far}")).await.status, 204);
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn an_order_is_taken_in_and_rejected() {
    let desk = desk("rejected-order*1").await;
    let id = submit(&desk, "buy", "10").await;
    pass(&desk, 5);
    assert_eq!(state(&desk, &id).await, "rejected 0");
    assert_eq!(
        desk.get("/v2/account").await.field("buying_power"),
        "100000"
    );
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn a_blocked_account_says_so_and_refuses_orders() {
    let cases = [
        ("blocked", "account_blocked", json!(true)),
        ("blocked=trading", "trading_blocked", json!(true)),
        ("blocked=ACCOUNT_CLOSED", "status", json!("ACCOUNT_CLOSED")),
    ];
    for (fault, field, value) in cases {
        let desk = desk(fault).await;
        let account = desk.get("/v2/account").await.json();
        assert_eq!(account[field], value, "{fault}");
        let refused = desk.post("/v2/orders", &order("buy", "1", "a")).await;
        assert_eq!(
            (refused.status, refused.json()["code"].clone()),
            (403, json!(40_310_000))
        );
        assert_eq!(struck(&desk), 2, "once shown and once met");
        clear(&desk, "blocked").await;
        assert_eq!(desk.get("/v2/account").await.field("status"), "ACTIVE");
        assert_eq!(
            desk.post("/v2/orders", &order("buy", "1", "a"))
                .await
                .status,
            200
        );
    }
}

async fn calendar_of_friday(desk: &super::support::face::Desk) -> Value {
    let days = desk
        .get("/v2/calendar?start=2026-11-20&end=2026-11-20")
        .await;
    days.json()
}

#[tokio::test]
async fn a_session_that_closes_early_ends_orders_and_trades() {
    let desk = desk("early-close=13:00").await;
    let clock = desk.get("/v2/clock").await.json();
    assert_eq!(clock["next_close"], "2026-11-20T13:00:00-05:00");
    assert_eq!(calendar_of_friday(&desk).await[0]["close"], "13:00");
    set(&desk, "stuck-order").await;
    let id = submit(&desk, "buy", "10").await;
    let expires = desk
        .get(&format!("/v2/orders/{id}"))
        .await
        .field("expires_at");
    assert_eq!(expires, "2026-11-20T18:00:00Z");
    desk.advance(friday("13:00:00"));
    assert_eq!(state(&desk, &id).await, "expired 0");
    let clock = desk.get("/v2/clock").await.json();
    assert_eq!(
        (&clock["is_open"], &clock["next_open"]),
        (&json!(false), &json!("2026-11-23T09:30:00-05:00"))
    );
    desk.advance(friday("16:30:00"));
    let newest = desk
        .get("/time_series?symbol=TQQQ&interval=30min&outputsize=1")
        .await
        .json();
    assert_eq!(newest["values"][0]["datetime"], "2026-11-20 12:30:00");
    // The next day is as any other.
    desk.advance(friday("16:30:00") + market::Duration::from_hours(66));
    assert_eq!(desk.get("/v2/clock").await.json()["is_open"], true);
    let next = submit(&desk, "buy", "1").await;
    assert_eq!(state(&desk, &next).await, "pending_new 0");
}

#[tokio::test]
async fn an_early_close_moves_the_orders_that_are_under_way() {
    let desk = desk("stuck-order").await;
    let id = submit(&desk, "buy", "10").await;
    set(&desk, "early-close=10:30").await;
    desk.advance(friday("10:30:00"));
    assert_eq!(state(&desk, &id).await, "expired 0");
    desk.advance(friday("16:00:00"));
    assert_eq!(
        desk.shared.with_venue(|venue| venue.counts().len()),
        1,
        "one close, once"
    );
}

#[tokio::test]
async fn a_day_that_is_called_off_has_no_session() {
    let desk = desk_with(|config| config.start = friday("08:00:00"), "closed-day").await;
    let id = submit(&desk, "buy", "10").await;
    assert_eq!(calendar_of_friday(&desk).await, json!([]));
    let clock = desk.get("/v2/clock").await.json();
    assert_eq!(clock["next_open"], "2026-11-23T09:30:00-05:00");
    desk.advance(friday("12:00:00"));
    assert_eq!(desk.get("/v2/clock").await.json()["is_open"], false);
    assert_eq!(state(&desk, &id).await, "accepted 0");
    desk.advance("2026-11-23T14:30:00.05Z".parse().unwrap());
    assert_eq!(state(&desk, &id).await, "filled 10");

    let desk = super::desk("closed-day").await;
    let clock = desk.get("/v2/clock").await.json();
    assert_eq!(clock["is_open"], false, "a session under way ends at once");
    assert_eq!(clock["next_open"], "2026-11-23T09:30:00-05:00");
}
