//! `/stream`: what becomes of orders, over a WebSocket.
//!
//! JSON in, as text or bytes; JSON bytes out, as on paper. Keys come in the conversation. Nothing
//! is told again after a lost connection: whoever comes back asks `/v2/orders` what he missed.
//! MessagePack is refused.

mod message;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde::Serialize;
use tokio::sync::watch;

use super::refused::Refused;
use crate::http::BODY_BYTES_MAX;
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use message::{Action, Authorization, Listening, TradeUpdate};

/// Where it is.
pub(in crate::http) const PATH: &str = "/stream";
/// The one stream there is.
const TRADE_UPDATES: &str = "trade_updates";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(PATH, any(stream))
}

async fn stream(
    State(shared): State<Shared>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().ends_with(b"msgpack")) {
        let message = "msgpack is not supported by this venue; leave Content-Type out for JSON";
        return Reply::from(Refused::new(415, 41_510_000, message)).into_response();
    }
    upgrade
        .max_message_size(BODY_BYTES_MAX)
        .on_upgrade(|socket| Conversation::new(shared).hold(socket))
}

/// One client and how far it is.
struct Conversation {
    shared: Shared,
    update_count: watch::Receiver<u64>,
    is_authorized: bool,
    /// The number of the next update to tell, while the client listens.
    next: Option<u64>,
}

/// The client is gone.
struct Gone;

impl Conversation {
    fn new(shared: Shared) -> Self {
        Self {
            update_count: shared.update_count(),
            shared,
            is_authorized: false,
            next: None,
        }
    }

    /// Talks until the client goes.
    async fn hold(mut self, mut socket: WebSocket) {
        loop {
            let step = tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(message)) => self.answer(&mut socket, &message).await,
                    _ => Err(Gone),
                },
                changed = self.update_count.changed() => match changed {
                    Ok(()) => self.tell(&mut socket).await,
                    Err(_) => Err(Gone),
                },
                () = self.shared.wall_passes() => Ok(()),
            };
            if step.is_err() {
                return;
            }
        }
    }

    async fn answer(&mut self, socket: &mut WebSocket, message: &Message) -> Result<(), Gone> {
        let body = match message {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(bytes) => bytes,
            Message::Close(_) => return Err(Gone),
            // Pings are answered below us.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match Action::of(body) {
            Some(Action::Authenticate { id, secret }) => {
                self.is_authorized = self.knows(&id, &secret);
                let reply = Authorization::of("authenticate", self.is_authorized);
                send(socket, &reply).await
            }
            Some(Action::Listen(_)) if !self.is_authorized => {
                send(socket, &Authorization::of("listen", false)).await
            }
            Some(Action::Listen(wanted)) => {
                let listens = wanted.iter().any(|stream| stream == TRADE_UPDATES);
                let now = self.shared.lock().venue.update_count();
                // Each call replaces the set; who listens already misses nothing.
                self.next = listens.then(|| self.next.unwrap_or(now));
                let streams: &[&str] = if listens { &[TRADE_UPDATES] } else { &[] };
                send(socket, &Listening::of(streams)).await
            }
            None => Ok(()),
        }
    }

    fn knows(&self, id: &str, secret: &str) -> bool {
        let exchange = self.shared.lock();
        super::are_known(exchange.faces.alpaca_keys.as_ref(), id, secret)
    }

    /// Sends every update that the client has not seen.
    async fn tell(&mut self, socket: &mut WebSocket) -> Result<(), Gone> {
        let Some(next) = self.next else {
            return Ok(());
        };
        let updates: Vec<_> = {
            let exchange = self.shared.lock();
            exchange.venue.updates_from(next).cloned().collect()
        };
        for update in &updates {
            send(socket, &TradeUpdate::from(update)).await?;
            self.next = Some(update.number + 1);
        }
        Ok(())
    }
}

async fn send(socket: &mut WebSocket, message: &impl Serialize) -> Result<(), Gone> {
    let bytes = serde_json::to_vec(message).expect("texts, flags and nulls");
    let sent = socket.send(Message::Binary(bytes.into())).await;
    sent.map_err(|_| Gone)
}
