//! `/stream`: what becomes of orders, told as it happens.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::{SinkExt, StreamExt};
use market::time::milliseconds;
use serde_json::{Value, json};
use support::face::{Desk, assert_same_shape, sample};
use support::{config, friday, venue};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use venue::http::{AlpacaKeys, Faces, Shared};

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(desk: &Desk) -> Self {
        let (socket, _) = connect_async(desk.socket_url("/stream")).await.unwrap();
        Self(socket)
    }

    /// One that is told of every update from now on.
    async fn listening(desk: &Desk) -> Self {
        let mut client = Self::connect(desk).await;
        let authorized = client.ask(&keys("s")).await;
        assert_eq!(authorized, sample("alpaca_stream_authorized.json"));
        let listening = client.ask(&listen(&["trade_updates"])).await;
        assert_eq!(listening, sample("alpaca_stream_listening.json"));
        client
    }

    async fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message, which comes as bytes.
    async fn next(&mut self) -> Value {
        match self.0.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => serde_json::from_slice(&bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn ask(&mut self, message: &Value) -> Value {
        self.send(message).await;
        self.next().await
    }

    /// The next so many updates: event, status and shares done.
    async fn events(&mut self, count: usize) -> Vec<String> {
        let mut events = Vec::new();
        for _ in 0..count {
            let data = self.next().await["data"].clone();
            let order = &data["order"];
            let words = [&data["event"], &order["status"], &order["filled_qty"]];
            events.push(words.map(|word| word.as_str().unwrap()).join(" "));
        }
        events
    }
}

fn keys(secret: &str) -> Value {
    json!({"action": "authenticate", "data": {"key_id": "k", "secret_key": secret}})
}

fn listen(streams: &[&str]) -> Value {
    json!({"action": "listen", "data": {"streams": streams}})
}

async fn desk() -> Desk {
    Desk::open(venue(config(friday("10:00:00"))), Faces::default()).await
}

fn pass(desk: &Desk, ms: i64) {
    desk.advance(desk.shared.now() + milliseconds(ms));
}

async fn submit(desk: &Desk, fields: Value) -> String {
    let mut order = json!({"symbol": "TQQQ", "qty": "100", "side": "buy", "type": "market",
        "time_in_force": "day"});
    order
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let answer = desk.post("/v2/orders", &order.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.field("id")
}

#[tokio::test]
async fn an_order_is_told_step_by_step_with_the_recorded_shapes() {
    let desk = desk().await;
    let mut client = Client::listening(&desk).await;
    desk.post("/control/faults", r#"{"set": "stuck-order=partial*1"}"#)
        .await;
    let id = submit(&desk, json!({})).await;
    assert_eq!(client.events(1).await, ["pending_new pending_new 0"]);
    pass(&desk, 5);
    let new = client.next().await;
    assert_same_shape("alpaca_stream_new.json", &new);
    assert_eq!(new["data"]["timestamp"], "2026-11-20T15:00:00.005Z");
    pass(&desk, 45);
    let partial = client.next().await;
    assert_same_shape("alpaca_stream_partial_fill.json", &partial);
    assert_eq!(partial["data"]["qty"], "50");
    assert_eq!(partial["data"]["position_qty"], "50");
    assert_eq!(partial["data"]["price"], "106.5107");
    desk.delete(&format!("/v2/orders/{id}")).await;
    pass(&desk, 20);
    let told = client.events(1).await;
    assert_eq!(told, ["pending_cancel pending_cancel 50"]);
    let canceled = client.next().await;
    let mut whole = canceled.clone();
    whole["data"]["order"]["filled_avg_price"] = Value::Null;
    assert_same_shape("alpaca_stream_canceled.json", &whole);
    assert_eq!(
        canceled["data"]["order"],
        desk.get(&format!("/v2/orders/{id}")).await.json()
    );
}

#[tokio::test]
async fn a_fill_tells_its_own_price_and_shares_and_what_is_held_now() {
    let desk = desk().await;
    submit(&desk, json!({"qty": "40"})).await;
    pass(&desk, 50);
    let mut client = Client::listening(&desk).await;
    let id = submit(&desk, json!({"qty": "60"})).await;
    pass(&desk, 50);
    assert_eq!(
        client.events(2).await,
        ["pending_new pending_new 0", "new new 0"],
        "nothing of before"
    );
    let fill = client.next().await;
    assert_same_shape("alpaca_stream_fill.json", &fill);
    let data = &fill["data"];
    assert_eq!(
        (&data["qty"], &data["position_qty"]),
        (&json!("60"), &json!("100"))
    );
    assert_eq!(
        data["order"],
        desk.get(&format!("/v2/orders/{id}")).await.json()
    );
}

#[tokio::test]
async fn every_end_of_an_order_has_its_event() {
    let desk = desk().await;
    let mut client = Client::listening(&desk).await;
    let resting = json!({"type": "limit", "limit_price": "90"});
    let replaced = submit(&desk, resting.clone()).await;
    pass(&desk, 50);
    desk.patch(
        &format!("/v2/orders/{replaced}"),
        r#"{"limit_price": "91"}"#,
    )
    .await;
    pass(&desk, 50);
    let told = client.events(5).await;
    assert_eq!(
        told[2..],
        ["replaced replaced 0", "accepted accepted 0", "new new 0"]
    );
    desk.post("/control/faults", r#"{"set": "rejected-order*1"}"#)
        .await;
    submit(&desk, json!({"qty": "1"})).await;
    pass(&desk, 50);
    assert_eq!(client.events(3).await[2], "rejected rejected 0");
    desk.advance(friday("16:00:00"));
    assert_eq!(client.events(1).await, ["expired expired 0"]);
    submit(&desk, resting).await;
    assert_eq!(client.events(1).await, ["accepted accepted 0"]);
}

#[tokio::test]
async fn on_the_walls_time_fills_are_told_to_one_who_only_listens() {
    static MILLISECONDS: AtomicI64 = AtomicI64::new(0);
    let wall = || {
        let passed = MILLISECONDS.fetch_add(1, Ordering::Relaxed);
        friday("10:00:00") + milliseconds(passed)
    };
    let exchange = venue(config(friday("09:00:00")));
    let desk = Desk::of(Shared::new_real(exchange, Faces::default(), wall)).await;
    let mut client = Client::listening(&desk).await;
    submit(&desk, json!({})).await;
    assert_eq!(
        client.events(3).await,
        ["pending_new pending_new 0", "new new 0", "fill filled 100"]
    );
}

#[tokio::test]
async fn event_ids_rise() {
    let desk = desk().await;
    let mut client = Client::listening(&desk).await;
    submit(&desk, json!({})).await;
    pass(&desk, 50);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = client.next().await["data"]["event_id"].clone();
        ids.push(id.as_str().unwrap().to_owned());
    }
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    assert!(ids.iter().all(|id| id.len() == 26), "{ids:?}");
}

#[tokio::test]
async fn nobody_listens_without_keys_and_each_call_replaces_the_set() {
    let faces = Faces {
        alpaca_keys: Some(AlpacaKeys {
            id: "k".to_owned(),
            secret: "s".to_owned(),
        }),
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("10:00:00"))), faces).await;
    let mut client = Client::connect(&desk).await;
    let refused = json!({"stream": "authorization",
        "data": {"action": "listen", "status": "unauthorized"}});
    assert_eq!(client.ask(&listen(&["trade_updates"])).await, refused);
    let unauthorized = sample("alpaca_stream_unauthorized.json");
    assert_eq!(client.ask(&keys("wrong")).await, unauthorized);
    // The newer form of the keys is taken too, and what nobody understands is passed over.
    client.send(&json!({"action": "dance"})).await;
    let newer = json!({"action": "auth", "key": "k", "secret": "s"});
    let authorized = sample("alpaca_stream_authorized.json");
    assert_eq!(client.ask(&newer).await, authorized);
    let some = client
        .ask(&listen(&["account_updates", "trade_updates"]))
        .await;
    assert_eq!(some, sample("alpaca_stream_listening.json"));
    let none = client.ask(&listen(&[])).await;
    assert_eq!(none["data"]["streams"], json!([]));
    submit(&desk, json!({})).await;
    assert_eq!(client.ask(&listen(&[])).await, none, "and not an update");
}

#[tokio::test]
async fn a_handshake_can_be_refused_by_a_fault_and_message_pack_is() {
    let desk = desk().await;
    desk.post("/control/faults", r#"{"set": "429@/stream*1"}"#)
        .await;
    let status = async |kind: Option<&'static str>| {
        let mut request = desk.socket_url("/stream").into_client_request().unwrap();
        if let Some(kind) = kind {
            let kind = kind.parse().unwrap();
            request.headers_mut().insert("content-type", kind);
        }
        match connect_async(request).await {
            Ok(_) => 101,
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(status(None).await, 429);
    assert_eq!(status(Some("application/msgpack")).await, 415);
    assert_eq!(status(None).await, 101);
}
