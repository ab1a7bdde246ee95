//! The order as Alpaca writes it: every field, nulls too.

use market::{Instant, Money, Price, Shares};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::model::{Kind, Order, PositionIntent, Side, Size, TimeInForce};

#[derive(Serialize)]
pub(super) struct OrderBody<'a> {
    id: String,
    client_order_id: &'a str,
    created_at: Instant,
    updated_at: Instant,
    submitted_at: Instant,
    filled_at: Option<Instant>,
    expired_at: Option<Instant>,
    expires_at: Instant,
    canceled_at: Option<Instant>,
    failed_at: Option<Instant>,
    replaced_at: Option<Instant>,
    replaced_by: Option<String>,
    replaces: Option<String>,
    asset_id: String,
    symbol: &'a str,
    asset_class: &'static str,
    notional: Option<Money>,
    qty: Option<Shares>,
    filled_qty: Shares,
    filled_avg_price: Option<Decimal>,
    order_class: &'static str,
    order_type: &'static str,
    r#type: &'static str,
    side: &'static str,
    position_intent: &'static str,
    time_in_force: &'static str,
    limit_price: Option<Price>,
    stop_price: Option<Price>,
    status: &'static str,
    extended_hours: bool,
    legs: Option<()>,
    trail_percent: Option<()>,
    trail_price: Option<()>,
    hwm: Option<()>,
    subtag: Option<()>,
    source: Option<()>,
}

impl<'a> From<&'a Order> for OrderBody<'a> {
    fn from(order: &'a Order) -> Self {
        let times = order.times;
        let (qty, notional) = match order.size {
            Size::Shares(count) => (Some(count), None),
            Size::Notional(dollars) => (None, Some(dollars)),
        };
        let (kind, limit_price) = match order.kind {
            Kind::Market => ("market", None),
            Kind::Limit(price) => ("limit", Some(price)),
        };
        Self {
            id: order.id.to_string(),
            client_order_id: &order.client_order_id,
            created_at: times.created,
            updated_at: times.updated,
            submitted_at: times.submitted,
            filled_at: times.filled,
            expired_at: times.expired,
            expires_at: times.expires,
            canceled_at: times.canceled,
            failed_at: times.failed,
            replaced_at: times.replaced,
            replaced_by: order.replaced_by.map(|id| id.to_string()),
            replaces: order.replaces.map(|id| id.to_string()),
            asset_id: order.asset_id.to_string(),
            symbol: order.symbol.as_str(),
            asset_class: "us_equity",
            notional,
            qty,
            filled_qty: order.filled,
            filled_avg_price: order.average_price(),
            order_class: "",
            order_type: kind,
            r#type: kind,
            side: match order.side {
                Side::Buy => "buy",
                Side::Sell => "sell",
            },
            position_intent: intent(order.intent),
            time_in_force: match order.time_in_force {
                TimeInForce::Day => "day",
                TimeInForce::GoodTillCanceled => "gtc",
            },
            limit_price,
            stop_price: None,
            status: order.shown(),
            extended_hours: order.extended_hours,
            legs: None,
            trail_percent: None,
            trail_price: None,
            hwm: None,
            subtag: None,
            source: None,
        }
    }
}

const fn intent(intent: PositionIntent) -> &'static str {
    match intent {
        PositionIntent::BuyToOpen => "buy_to_open",
        PositionIntent::BuyToClose => "buy_to_close",
        PositionIntent::SellToOpen => "sell_to_open",
        PositionIntent::SellToClose => "sell_to_close",
    }
}
