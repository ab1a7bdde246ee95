//! `GET /technical_indicators`: the official Python client asks once when it starts.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::http::reply::Reply;
use crate::http::shared::Shared;

/// The least that client needs.
const BODY: &str = r##"{"data":{"ema":{"enable":true,"full_name":"Exponential Moving Average","description":"short text","type":"Overlap Studies","overlay":true,"output_values":{"ema":{"default_color":"#FF0000","display":"line"}},"parameters":{"series_type":{"default":"close","range":["open","high","low","close"],"type":"array"},"time_period":{"default":9,"max_range":800,"min_range":1,"type":"int"}}}},"status":"ok"}"##;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/technical_indicators", get(technical_indicators))
}

async fn technical_indicators() -> Reply {
    Reply::text(StatusCode::OK, BODY.to_owned())
}
