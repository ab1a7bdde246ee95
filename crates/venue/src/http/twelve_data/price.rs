//! `GET /price`: the last price, without a time.

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::{ErrorBody, bare, for_each_symbol, written};
use crate::fault::Call;
use crate::http::parameters::Parameters;
use crate::http::reply::Reply;
use crate::http::shared::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/price", get(price))
}

async fn price(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let mut exchange = shared.lock();
    for_each_symbol(&parameters, |symbol, body| {
        let at = exchange.price_moment(&call, bare(symbol));
        let quote = exchange
            .venue
            .quote_at(bare(symbol), at)
            .ok_or_else(ErrorBody::unknown_symbol)?;
        body.push_str("{\"price\":");
        written::number(body, quote.trade.price.decimal(), written::DECIMALS);
        body.push('}');
        Ok(())
    })
}
