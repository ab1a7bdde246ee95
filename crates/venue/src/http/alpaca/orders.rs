//! `/v2/orders`: submit, list, look up, replace, cancel.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::get;
use market::Instant;
use serde::Serialize;
use serde_json::{Map, Value};

use super::order_body::OrderBody;
use super::order_request::Fields;
use super::refused::Refused;
use crate::http::parameters::{Parameters, list, read, text};
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{OrderQuery, Refusal, Scope, Side};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v2/orders", get(orders).post(submit).delete(cancel_all))
        .route("/v2/orders/{id}", get(order).patch(replace).delete(cancel))
        .route("/v2/orders:by_client_order_id", get(order_by_client_id))
}

/// What became of one cancel among many.
#[derive(Serialize)]
struct CanceledBody {
    id: String,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Map<String, Value>>,
}

async fn submit(State(shared): State<Shared>, body: Bytes) -> Reply {
    let mut exchange = shared.lock();
    let request = match Fields::of(&body).and_then(|fields| fields.order(&exchange.venue)) {
        Ok(request) => request,
        Err(refused) => return refused.into(),
    };
    match exchange.venue.submit(request) {
        Ok(order) => Reply::json(&OrderBody::from(order)),
        Err(refusal) => Refused::from(refusal).into(),
    }
}

async fn replace(State(shared): State<Shared>, Path(id): Path<String>, body: Bytes) -> Reply {
    let change = match Fields::of(&body).and_then(|fields| fields.replacement()) {
        Ok(change) => change,
        Err(refused) => return refused.into(),
    };
    match shared.lock().venue.replace(&id, &change) {
        Ok(order) => Reply::json(&OrderBody::from(order)),
        Err(refusal) => Refused::from(refusal).into(),
    }
}

async fn order(State(shared): State<Shared>, Path(id): Path<String>) -> Reply {
    match shared.lock().venue.order(&id) {
        Ok(order) => Reply::json(&OrderBody::from(order)),
        Err(refusal) => Refused::from(refusal).into(),
    }
}

async fn order_by_client_id(State(shared): State<Shared>, parameters: Parameters) -> Reply {
    let Some(id) = text(&parameters, "client_order_id") else {
        return Refused::malformed("client_order_id is required").into();
    };
    let mut exchange = shared.lock();
    if exchange.venue.hides_by_client_id(id) {
        let id = id.to_owned();
        return Refused::from(Refusal::OrderNotFound { id }).into();
    }
    match exchange.venue.order_by_client_id(id) {
        Ok(order) => Reply::json(&OrderBody::from(order)),
        Err(refusal) => Refused::from(refusal).into(),
    }
}

async fn cancel(State(shared): State<Shared>, Path(id): Path<String>) -> Reply {
    match shared.lock().venue.cancel(&id) {
        Ok(()) => Reply::nothing(),
        Err(refusal) => Refused::from(refusal).into(),
    }
}

async fn cancel_all(State(shared): State<Shared>) -> Reply {
    let mut exchange = shared.lock();
    let open = exchange.venue.orders(&OrderQuery::new(Scope::Open));
    let ids: Vec<String> = open.iter().map(|order| order.id.to_string()).collect();
    let canceled = ids.into_iter().map(|id| match exchange.venue.cancel(&id) {
        Ok(()) => CanceledBody {
            id,
            status: 200,
            body: None,
        },
        Err(refusal) => CanceledBody {
            id,
            status: 500,
            body: Some(Refused::from(refusal).body().clone()),
        },
    });
    Reply::many(&canceled.collect::<Vec<_>>())
}

async fn orders(State(shared): State<Shared>, parameters: Parameters) -> Reply {
    let query = match order_query(&parameters) {
        Ok(query) => query,
        Err(refused) => return refused.into(),
    };
    let exchange = shared.lock();
    let orders = exchange.venue.orders(&query);
    Reply::json(&orders.into_iter().map(OrderBody::from).collect::<Vec<_>>())
}

fn order_query(parameters: &Parameters) -> Result<OrderQuery, Refused> {
    let invalid = |name: &str, text: &str| Refused::malformed(format!("invalid {name} {text}"));
    let moment = |name: &str| moment(parameters, name).map_err(|text| invalid(name, text));
    let limit = read::<usize>(parameters, "limit").map_err(|text| invalid("limit", text))?;
    let scope = match text(parameters, "status") {
        None | Some("open") => Scope::Open,
        Some("closed") => Scope::Closed,
        Some("all") => Scope::All,
        Some(other) => return Err(invalid("status", other)),
    };
    Ok(OrderQuery {
        scope,
        limit: match limit.unwrap_or(OrderQuery::LIMIT_DEFAULT) {
            limit @ 1..=OrderQuery::LIMIT_MAX => limit,
            other => return Err(invalid("limit", &other.to_string())),
        },
        after: moment("after")?,
        until: moment("until")?,
        newest_first: match text(parameters, "direction") {
            None | Some("desc") => true,
            Some("asc") => false,
            Some(other) => return Err(invalid("direction", other)),
        },
        symbols: list(parameters, "symbols"),
        side: match text(parameters, "side") {
            None => None,
            Some("buy") => Some(Side::Buy),
            Some("sell") => Some(Side::Sell),
            Some(other) => return Err(invalid("side", other)),
        },
    })
}

/// RFC 3339, or a bare date taken as its first moment in UTC.
fn moment<'a>(parameters: &'a Parameters, name: &str) -> Result<Option<Instant>, &'a str> {
    match read::<Instant>(parameters, name) {
        Ok(moment) => Ok(moment),
        Err(text) => match format!("{text}T00:00:00Z").parse() {
            Ok(moment) => Ok(Some(moment)),
            Err(_) => Err(text),
        },
    }
}

/// What closing a position answers, alone or among many.
pub(super) fn closed(
    result: Result<&crate::model::Order, Refusal>,
) -> Result<OrderBody<'_>, Refused> {
    result.map(OrderBody::from).map_err(Refused::from)
}
