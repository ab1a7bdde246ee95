//! What is said on `/stream`.

use market::{Instant, Price, Shares};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::super::order_body::OrderBody;
use super::TRADE_UPDATES;
use crate::model::{Update, Uuid};

/// What a client asks for.
pub(super) enum Action {
    Authenticate { id: String, secret: String },
    Listen(Vec<String>),
}

impl Action {
    /// Reads either form of the keys; `None` for what nobody understands, which is passed over.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match value["action"].as_str()? {
            "authenticate" => Some(Self::Authenticate {
                id: text(&value["data"]["key_id"]),
                secret: text(&value["data"]["secret_key"]),
            }),
            "auth" => Some(Self::Authenticate {
                id: text(&value["key"]),
                secret: text(&value["secret"]),
            }),
            "listen" => {
                let streams = value["data"]["streams"].as_array()?;
                Some(Self::Listen(streams.iter().map(text).collect()))
            }
            _ => None,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Authorization {
    stream: &'static str,
    data: AuthorizationData,
}

#[derive(Serialize)]
struct AuthorizationData {
    action: &'static str,
    status: &'static str,
}

impl Authorization {
    pub(super) const fn of(action: &'static str, is_authorized: bool) -> Self {
        Self {
            stream: "authorization",
            data: AuthorizationData {
                action,
                status: match is_authorized {
                    true => "authorized",
                    false => "unauthorized",
                },
            },
        }
    }
}

#[derive(Serialize)]
pub(super) struct Listening<'a> {
    stream: &'static str,
    data: ListeningData<'a>,
}

#[derive(Serialize)]
struct ListeningData<'a> {
    streams: &'a [&'a str],
}

impl<'a> Listening<'a> {
    pub(super) const fn of(streams: &'a [&'a str]) -> Self {
        Self {
            stream: "listening",
            data: ListeningData { streams },
        }
    }
}

#[derive(Serialize)]
pub(super) struct TradeUpdate<'a> {
    stream: &'static str,
    data: TradeUpdateData<'a>,
}

/// Price and shares are those of a fill, and there for fills alone.
#[derive(Serialize)]
struct TradeUpdateData<'a> {
    at: Instant,
    event: &'static str,
    event_id: String,
    execution_id: String,
    order: OrderBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qty: Option<Shares>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position_qty: Option<Decimal>,
    timestamp: Instant,
}

impl<'a> From<&'a Update> for TradeUpdate<'a> {
    fn from(update: &'a Update) -> Self {
        let execution = update.execution;
        Self {
            stream: TRADE_UPDATES,
            data: TradeUpdateData {
                at: update.at,
                event: update.event,
                event_id: event_id(update),
                execution_id: Uuid::of_name(&format!("update {}", update.number)).to_string(),
                order: OrderBody::from(&update.order),
                price: execution.map(|done| done.price),
                qty: execution.map(|done| done.quantity),
                position_qty: execution.map(|done| done.position),
                timestamp: update.at,
            },
        }
    }
}

/// A ULID: 48 bits of milliseconds, then what makes it the only one and the next.
fn event_id(update: &Update) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const DIGITS: u32 = 26;
    let milliseconds = u128::from(update.at.as_millisecond().unsigned_abs());
    let bits = (milliseconds << 80) | u128::from(update.number);
    let digit = |place: u32| {
        let five = usize::try_from((bits >> (5 * place)) & 31).expect("five bits");
        char::from(ALPHABET[five])
    };
    (0..DIGITS).rev().map(digit).collect()
}
