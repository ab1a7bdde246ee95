//! `GET /v2/clock`: New York's offset, up to nine digits of a second.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::time::new_york_offset;
use market::{Duration, Instant};
use serde::Serialize;

use super::refused::Refused;
use crate::fault::{Call, Kind};
use crate::http::reply::Reply;
use crate::http::shared::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/v2/clock", get(clock))
}

#[derive(Serialize)]
struct ClockBody {
    timestamp: String,
    is_open: bool,
    next_open: String,
    next_close: String,
}

async fn clock(State(shared): State<Shared>, call: Call) -> Reply {
    let mut exchange = shared.lock();
    let skew = exchange.venue.strike(&call, |kind| match kind {
        Kind::ClockSkew(skew) => Some(*skew),
        _ => None,
    });
    let Some(clock) = exchange.venue.clock() else {
        return Refused::new(500, 50_010_000, "the venue's calendar is used up").into();
    };
    Reply::json(&ClockBody {
        timestamp: new_york(clock.now + skew.unwrap_or(Duration::ZERO)),
        is_open: clock.is_open,
        next_open: new_york(clock.next_open),
        next_close: new_york(clock.next_close),
    })
}

fn new_york(at: Instant) -> String {
    at.display_with_offset(new_york_offset(at)).to_string()
}
