//! `GET /market_state`: an array, times as `HH:MM:SS`.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::Duration;
use serde::Serialize;

use super::ErrorBody;
use crate::http::parameters::{Parameters, text};
use crate::http::reply::Reply;
use crate::http::shared::Shared;

/// The exchanges the venue stands for: name and code.
const EXCHANGES: [(&str, &str); 2] = [("NASDAQ", "XNAS"), ("NYSE", "XNYS")];

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/market_state", get(market_state))
}

#[derive(Serialize)]
struct StateBody {
    name: &'static str,
    code: &'static str,
    country: &'static str,
    is_market_open: bool,
    time_after_open: String,
    time_to_open: String,
    time_to_close: String,
}

async fn market_state(State(shared): State<Shared>, parameters: Parameters) -> Reply {
    let asked = text(&parameters, "exchange");
    let exchange = shared.lock();
    let session = exchange.venue.session();
    let Some(clock) = exchange.venue.clock() else {
        return ErrorBody::new(500, "Internal server error").into();
    };
    let states = EXCHANGES
        .into_iter()
        .filter(|(name, code)| asked.is_none_or(|asked| asked == *name || asked == *code))
        .map(|(name, code)| StateBody {
            name,
            code,
            country: "United States",
            is_market_open: clock.is_open,
            time_after_open: hms(session.map(|s| clock.now.duration_since(s.open))),
            time_to_open: hms((!clock.is_open).then(|| clock.next_open.duration_since(clock.now))),
            time_to_close: hms(session.map(|s| s.close.duration_since(clock.now))),
        });
    Reply::json(&states.collect::<Vec<_>>())
}

/// All zeros where it does not apply.
fn hms(span: Option<Duration>) -> String {
    let seconds = span.map_or(0, |span| span.as_secs());
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
