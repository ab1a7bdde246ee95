//! Every fault by its name: what the client sees, and what is true afterwards.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod broker;
mod data;
mod exchange;
mod readings;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod wire;

use market::time::milliseconds;
use serde_json::{Value, json};
use support::face::Desk;
use support::{config, friday, venue};
use venue::http::Faces;
use venue::{Config, Venue};

/// Limits that no test meets.
fn unmetered() -> Faces {
    Faces {
        twelve_data_credits_a_minute: 1_000,
        alpaca_requests_a_minute: 10_000,
        alpaca_data_requests_a_minute: 10_000,
        ..Faces::default()
    }
}

/// A desk at Friday 10:10 with one fault.
async fn desk(fault: &str) -> Desk {
    desk_of(venue(config(friday("10:10:00"))), fault).await
}

async fn desk_with(change: impl FnOnce(&mut Config), fault: &str) -> Desk {
    let mut config = config(friday("10:10:00"));
    change(&mut config);
    desk_of(venue(config), fault).await
}

async fn desk_of(venue: Venue, fault: &str) -> Desk {
    let desk = Desk::open(venue, unmetered()).await;
    set(&desk, fault).await;
    desk
}

async fn set(desk: &Desk, fault: &str) {
    let body = json!({"set": fault}).to_string();
    let answer = desk.post("/control/faults", &body).await;
    assert_eq!(answer.status, 200, "{fault}: {}", answer.text);
}

async fn clear(desk: &Desk, name: &str) {
    let body = json!({"clear": name}).to_string();
    let answer = desk.post("/control/faults", &body).await;
    assert_eq!(answer.status, 200, "{name}: {}", answer.text);
}

/// How often the first fault struck.
fn struck(desk: &Desk) -> u64 {
    desk.shared.faults()[0].struck
}

fn pass(desk: &Desk, ms: i64) {
    desk.advance(desk.shared.now() + milliseconds(ms));
}

fn order(side: &str, qty: &str, id: &str) -> String {
    json!({"symbol": "TQQQ", "qty": qty, "side": side, "type": "market", "time_in_force": "day",
        "client_order_id": id})
    .to_string()
}

/// Submits a market order and answers its id.
async fn submit(desk: &Desk, side: &str, qty: &str) -> String {
    let id = format!("{side}-{}", desk.shared.requests());
    let answer = desk.post("/v2/orders", &order(side, qty, &id)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.field("id")
}

/// The order's status and shares done.
async fn state(desk: &Desk, id: &str) -> String {
    let body = desk.get(&format!("/v2/orders/{id}")).await;
    format!("{} {}", body.field("status"), body.field("filled_qty"))
}

async fn orders(desk: &Desk) -> Vec<Value> {
    let listed = desk.get("/v2/orders?status=all&limit=500").await.json();
    listed.as_array().unwrap().clone()
}

/// Shares held, by the books themselves.
fn held(desk: &Desk) -> String {
    let quantity = |venue: &mut Venue| venue.position("TQQQ").map(|p| p.quantity.to_string());
    desk.shared.with_venue(quantity).unwrap_or_default()
}

#[test]
fn every_name_has_a_story() {
    let mut told: Vec<&str> = [
        wire::NAMES,
        data::NAMES,
        broker::NAMES,
        exchange::NAMES,
        readings::NAMES,
    ]
    .concat();
    let mut known: Vec<&str> = venue::fault::KNOWN.iter().map(|known| known.name).collect();
    told.sort_unstable();
    known.sort_unstable();
    assert_eq!(told, known);
}
