//! Alpaca's error bodies.

use serde_json::{Map, Value};

use crate::http::reply::Reply;
use crate::model::Refusal;

/// Forbidden: the account may not, or has not enough.
const FORBIDDEN: u32 = 40_310_000;
/// There is no such thing.
const NOT_FOUND: u32 = 40_410_000;
/// The request is malformed.
pub(super) const MALFORMED: u32 = 40_010_001;
/// The request is well formed and cannot be done.
pub(super) const UNPROCESSABLE: u32 = 42_210_000;

/// An error reply: HTTP status, code, message and what some carry beside.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) status: u16,
    body: Map<String, Value>,
}

impl Refused {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        let mut body = Map::new();
        body.insert("code".to_owned(), code.into());
        body.insert("message".to_owned(), message.into().into());
        Self { status, body }
    }

    /// A request that does not read.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(422, MALFORMED, message)
    }

    fn with(mut self, name: &str, value: &impl ToString) -> Self {
        self.body.insert(name.to_owned(), value.to_string().into());
        self
    }

    pub(super) const fn body(&self) -> &Map<String, Value> {
        &self.body
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        Self::error(refused.status, &refused.body)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = status_and_code(&refusal);
        let refused = Self::new(status, code, refusal.to_string());
        match refusal {
            Refusal::InsufficientBuyingPower { buying_power, cost } => {
                let refused = refused.with("buying_power", &buying_power);
                refused.with("cost_basis", &cost)
            }
            Refusal::InsufficientQuantity {
                symbol,
                available,
                existing,
                held,
                ..
            } => refused
                .with("available", &available)
                .with("existing_qty", &existing)
                .with("held_for_orders", &held)
                .with("symbol", &symbol),
            Refusal::WashTrade { existing, limit } => {
                let kind = if limit { "limit" } else { "market/stop" };
                let reason = format!("opposite side {kind} order exists");
                let refused = refused.with("existing_order_id", &existing);
                refused.with("reject_reason", &reason)
            }
            _ => refused,
        }
    }
}

const fn status_and_code(refusal: &Refusal) -> (u16, u32) {
    match refusal {
        Refusal::OrderNotFound { .. }
        | Refusal::PositionNotFound
        | Refusal::UnknownAsset { .. } => (404, NOT_FOUND),
        Refusal::InsufficientBuyingPower { .. }
        | Refusal::InsufficientQuantity { .. }
        | Refusal::NoShorting
        | Refusal::NotFractionable { .. }
        | Refusal::FractionalDisabled
        | Refusal::Suspended
        | Refusal::Blocked
        | Refusal::NoPrice { .. }
        | Refusal::WashTrade { .. } => (403, FORBIDDEN),
        Refusal::DuplicateClientOrderId
        | Refusal::ClientOrderIdTooLong
        | Refusal::QuantityNotPositive
        | Refusal::NotionalTooSmall => (422, MALFORMED),
        Refusal::NotionalDecimals
        | Refusal::NotionalNotMarket
        | Refusal::FractionalNotDay
        | Refusal::FractionalShort
        | Refusal::SubPenny { .. }
        | Refusal::ExtendedHoursNotLimit
        | Refusal::AlreadyIn { .. }
        | Refusal::NotReplaceable { .. }
        | Refusal::FractionalReplacement => (422, UNPROCESSABLE),
    }
}
