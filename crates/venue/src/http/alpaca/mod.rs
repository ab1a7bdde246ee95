//! Alpaca's trading and data hosts, one endpoint group a file.

mod account;
mod activities;
mod asset;
mod bars;
mod basic;
mod calendar;
mod clock;
mod configurations;
mod corporate_actions;
mod latest;
mod order_body;
mod order_request;
mod orders;
mod portfolio_history;
mod positions;
mod refused;
mod stream;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::faces::AlpacaKeys;
use super::reply::Reply;
use super::shared::Shared;
use refused::Refused;

pub(super) use stream::PATH as STREAM;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .merge(account::routes())
        .merge(activities::routes())
        .merge(asset::routes())
        .merge(bars::routes())
        .merge(calendar::routes())
        .merge(clock::routes())
        .merge(configurations::routes())
        .merge(corporate_actions::routes())
        .merge(latest::routes())
        .merge(orders::routes())
        .merge(portfolio_history::routes())
        .merge(positions::routes())
        .merge(stream::routes())
}

/// What the gateway in front of some paths answers, line ends and all.
const NGINX_UNAUTHORISED: &str = "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

/// Checks the key pair, in its two headers or as `Basic` authorisation.
///
/// # Errors
/// The 401 of that path: a page from the gateway for clock, calendar and data, JSON elsewhere.
pub(super) fn authorise(
    keys: Option<&AlpacaKeys>,
    path: &str,
    headers: &HeaderMap,
) -> Result<(), Reply> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let header = |name| text(name).unwrap_or_default().to_owned();
    let basic = text("authorization").and_then(basic::pair);
    let (id, secret) =
        basic.unwrap_or_else(|| (header("apca-api-key-id"), header("apca-api-secret-key")));
    match are_known(keys, &id, &secret) {
        true => Ok(()),
        false => Err(unauthorised(path)),
    }
}

/// Whether a pair is the one that is taken; any that is not empty where none is set.
fn are_known(keys: Option<&AlpacaKeys>, id: &str, secret: &str) -> bool {
    match keys {
        Some(keys) => keys.id == id && keys.secret == secret,
        None => !id.is_empty() && !secret.is_empty(),
    }
}

/// Keys refused: a page where a gateway stands before the path.
pub(super) fn unauthorised(path: &str) -> Reply {
    let behind_gateway = ["/v2/clock", "/v2/calendar", "/v2/stocks/", "/v1"];
    if behind_gateway.iter().any(|prefix| path.starts_with(prefix)) {
        let page = NGINX_UNAUTHORISED.to_owned();
        return Reply::html(StatusCode::UNAUTHORIZED, page);
    }
    let message = "unauthorized.";
    Reply::error(401, &Message { message })
}

/// Text unconfirmed.
pub(super) fn forbidden() -> Reply {
    let message = "forbidden.";
    Reply::error(403, &Message { message })
}

/// Bodies vary; code and text unconfirmed.
pub(super) fn server_error(status: u16) -> Reply {
    Refused::new(
        status,
        u32::from(status) * 100_000 + 10_000,
        "internal server error occurred",
    )
    .into()
}

pub(super) fn too_many_requests() -> Reply {
    let message = "too many requests.";
    Reply::error(429, &Message { message })
}

pub(super) fn unknown_path() -> Reply {
    Refused::new(404, 40_410_000, "endpoint not found").into()
}
