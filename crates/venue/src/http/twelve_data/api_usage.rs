//! `GET /api_usage`: credits used and left.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Serialize;

use crate::http::reply::Reply;
use crate::http::shared::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api_usage", get(api_usage))
}

#[derive(Serialize)]
struct UsageBody {
    timestamp: String,
    current_usage: u32,
    plan_limit: u32,
    daily_usage: u32,
    plan_daily_limit: u32,
    plan_category: &'static str,
}

async fn api_usage(State(shared): State<Shared>) -> Reply {
    let exchange = shared.lock();
    let now = exchange.venue.now();
    Reply::json(&UsageBody {
        timestamp: now.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        current_usage: exchange.twelve_data_minute.used(now),
        plan_limit: exchange.twelve_data_minute.limit,
        daily_usage: exchange.twelve_data_day.used(now),
        plan_daily_limit: exchange.twelve_data_day.limit,
        plan_category: "basic",
    })
}
