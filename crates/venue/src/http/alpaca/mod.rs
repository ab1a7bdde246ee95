//! Alpaca's trading and data hosts, one endpoint group a file.

mod account;
mod asset;
mod calendar;
mod clock;
mod configurations;
mod latest;
mod order_body;
mod order_request;
mod orders;
mod positions;
mod refused;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::faces::AlpacaKeys;
use super::reply::Reply;
use super::shared::Shared;
use refused::Refused;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .merge(account::routes())
        .merge(asset::routes())
        .merge(calendar::routes())
        .merge(clock::routes())
        .merge(configurations::routes())
        .merge(latest::routes())
        .merge(orders::routes())
        .merge(positions::routes())
}

/// What the gateway in front of some paths answers, line ends and all.
const NGINX_UNAUTHORISED: &str = "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

/// Checks the key pair.
///
/// # Errors
/// The 401 of that path: a page from the gateway for clock, calendar and data, JSON elsewhere.
pub(super) fn authorise(
    keys: Option<&AlpacaKeys>,
    path: &str,
    headers: &HeaderMap,
) -> Result<(), Reply> {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let given = [header("apca-api-key-id"), header("apca-api-secret-key")];
    let known = match keys {
        Some(AlpacaKeys { id, secret }) => given == [id.as_str(), secret.as_str()],
        None => given.iter().all(|key| !key.is_empty()),
    };
    if known {
        return Ok(());
    }
    let behind_gateway = ["/v2/clock", "/v2/calendar", "/v2/stocks/"];
    if behind_gateway.iter().any(|prefix| path.starts_with(prefix)) {
        return Err(Reply::html(
            StatusCode::UNAUTHORIZED,
            NGINX_UNAUTHORISED.to_owned(),
        ));
    }
    let message = "unauthorized.";
    Err(Reply::error(401, &Message { message }))
}

pub(super) fn too_many_requests() -> Reply {
    let message = "too many requests.";
    Reply::error(429, &Message { message })
}

pub(super) fn unknown_path() -> Reply {
    Refused::new(404, 40_410_000, "endpoint not found").into()
}
