//! `/v2/positions`: read and close.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use market::Shares;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde_json::Value;

use super::asset;
use super::orders::closed;
use super::refused::Refused;
use crate::fault::{Call, Kind};
use crate::http::parameters::{Parameters, flag, read};
use crate::http::reply::Reply;
use crate::http::shared::{Exchange, Shared};
use crate::model::{Lag, OrderQuery, PositionView, Refusal, Scope};

/// Digits behind the point of fractions, prices and dollars that come from a division.
const FRACTION_DECIMALS: u32 = 10;
const PRICE_DECIMALS: u32 = 6;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v2/positions", get(positions).delete(close_all))
        .route("/v2/positions/{symbol}", get(position).delete(close))
}

#[derive(Serialize)]
struct PositionBody {
    asset_id: String,
    symbol: String,
    exchange: &'static str,
    asset_class: &'static str,
    asset_marginable: bool,
    qty: Decimal,
    avg_entry_price: Decimal,
    side: &'static str,
    market_value: Decimal,
    cost_basis: Decimal,
    unrealized_pl: Decimal,
    unrealized_plpc: Decimal,
    unrealized_intraday_pl: Decimal,
    unrealized_intraday_plpc: Decimal,
    current_price: Decimal,
    lastday_price: Decimal,
    change_today: Decimal,
    qty_available: Decimal,
}

/// What became of one closing among many.
#[derive(Serialize)]
struct ClosedBody {
    symbol: String,
    status: u16,
    body: Value,
}

async fn positions(State(shared): State<Shared>, call: Call) -> Reply {
    let positions = seen(&mut shared.lock(), &call);
    Reply::json(&positions.iter().map(PositionBody::from).collect::<Vec<_>>())
}

async fn position(State(shared): State<Shared>, call: Call, Path(name): Path<String>) -> Reply {
    let mut exchange = shared.lock();
    let symbol = symbol(&exchange, name);
    let mut positions = seen(&mut exchange, &call).into_iter();
    match positions.find(|position| position.listing.symbol.as_str() == symbol) {
        Some(position) => Reply::json(&PositionBody::from(&position)),
        None => Refused::from(Refusal::PositionNotFound).into(),
    }
}

/// The positions as this call sees them; a lag strikes where it hides something.
fn seen(exchange: &mut Exchange, call: &Call) -> Vec<PositionView> {
    let due = exchange.venue.due(call, |kind| match kind {
        Kind::LaggingPositions(late) => Some(*late),
        _ => None,
    });
    let Some((id, late)) = due.into_iter().next() else {
        return exchange.venue.positions();
    };
    let lag = Lag {
        positions: late,
        ..Lag::default()
    };
    if exchange.venue.is_behind(lag) {
        exchange.venue.struck(id);
    }
    exchange.venue.positions_behind(late)
}

async fn close(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Reply {
    let mut exchange = shared.lock();
    let symbol = symbol(&exchange, name);
    let closed = count(&exchange, &symbol, &parameters)
        .and_then(|count| closed(exchange.venue.close_position(&symbol, count)));
    match closed {
        Ok(order) => Reply::json(&order),
        Err(refused) => refused.into(),
    }
}

async fn close_all(State(shared): State<Shared>, parameters: Parameters) -> Reply {
    let mut exchange = shared.lock();
    if flag(&parameters, "cancel_orders") {
        cancel_all(&mut exchange);
    }
    let positions = exchange.venue.positions();
    let bodies = positions.into_iter().map(|position| {
        let symbol = position.listing.symbol.to_string();
        let result = closed(exchange.venue.close_position(&symbol, None));
        let (status, body) = match result {
            Ok(order) => (200, serde_json::to_value(order)),
            Err(refused) => (refused.status, Ok(Value::Object(refused.body().clone()))),
        };
        let body = body.expect("an order is texts, flags and nulls");
        ClosedBody {
            symbol,
            status,
            body,
        }
    });
    Reply::many(&bodies.collect::<Vec<_>>())
}

fn cancel_all(exchange: &mut Exchange) {
    let open = exchange.venue.orders(&OrderQuery::new(Scope::Open));
    let ids: Vec<String> = open.iter().map(|order| order.id.to_string()).collect();
    for id in ids {
        // An order that ended meanwhile needs no cancel.
        let _ = exchange.venue.cancel(&id);
    }
}

fn symbol(exchange: &Exchange, name: String) -> String {
    let listing = asset::named(&exchange.venue, &name);
    listing.map_or(name, |listing| listing.symbol.to_string())
}

/// The shares that `qty` or `percentage` asks for; `None` for all.
fn count(
    exchange: &Exchange,
    symbol: &str,
    parameters: &Parameters,
) -> Result<Option<Shares>, Refused> {
    let invalid = |name: &str, text: &str| Refused::malformed(format!("invalid {name} {text}"));
    let qty = read::<Shares>(parameters, "qty").map_err(|text| invalid("qty", text))?;
    let percentage = read::<Decimal>(parameters, "percentage");
    let percentage = percentage.map_err(|text| invalid("percentage", text))?;
    match (qty, percentage) {
        (Some(_), Some(_)) => Err(Refused::malformed(
            "only one of qty or percentage is accepted",
        )),
        (qty, None) => Ok(qty),
        (None, Some(part)) if part <= Decimal::ZERO || part > Decimal::ONE_HUNDRED => {
            Err(invalid("percentage", &part.to_string()))
        }
        (None, Some(part)) => {
            let held = exchange.venue.position(symbol).map_err(Refused::from)?;
            let exact = held.quantity.abs() * part / Decimal::ONE_HUNDRED;
            let floored = exact.round_dp_with_strategy(
                market::money::SHARES_DECIMALS_MAX,
                RoundingStrategy::ToZero,
            );
            let refused = |_| invalid("percentage", &part.to_string());
            Shares::new(floored).map(Some).map_err(refused)
        }
    }
}

impl From<&PositionView> for PositionBody {
    fn from(view: &PositionView) -> Self {
        let value = view.market_value();
        let price = view.price.decimal();
        let before = view.previous_close.unwrap_or(view.price).decimal();
        let profit = value - view.cost;
        let profit_today = value - view.cost_today;
        Self {
            asset_id: view.listing.id.to_string(),
            symbol: view.listing.symbol.to_string(),
            exchange: view.listing.exchange,
            asset_class: "us_equity",
            asset_marginable: true,
            qty: view.quantity.normalize(),
            avg_entry_price: ratio(view.cost, view.quantity, PRICE_DECIMALS),
            side: match view.quantity.is_sign_negative() {
                false => "long",
                true => "short",
            },
            market_value: value,
            cost_basis: rounded(view.cost, PRICE_DECIMALS),
            unrealized_pl: rounded(profit, PRICE_DECIMALS),
            unrealized_plpc: ratio(profit, view.cost.abs(), FRACTION_DECIMALS),
            unrealized_intraday_pl: rounded(profit_today, PRICE_DECIMALS),
            unrealized_intraday_plpc: ratio(profit_today, view.cost_today.abs(), FRACTION_DECIMALS),
            current_price: price,
            lastday_price: before,
            change_today: ratio(price - before, before, FRACTION_DECIMALS),
            qty_available: view.available.normalize(),
        }
    }
}

/// Zero over zero is shown as zero, as the vendor does.
fn ratio(part: Decimal, whole: Decimal, decimals: u32) -> Decimal {
    rounded(part.checked_div(whole).unwrap_or_default(), decimals)
}

fn rounded(value: Decimal, decimals: u32) -> Decimal {
    let strategy = RoundingStrategy::MidpointAwayFromZero;
    value.round_dp_with_strategy(decimals, strategy).normalize()
}
