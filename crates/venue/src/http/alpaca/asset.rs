//! `GET /v2/assets/{symbol_or_id}`.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde::Serialize;

use super::refused::Refused;
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{Listing, Refusal, Venue};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/v2/assets/{symbol}", get(asset))
}

#[derive(Serialize)]
struct AssetBody<'a> {
    id: String,
    class: &'static str,
    exchange: &'static str,
    symbol: &'a str,
    name: &'a str,
    status: &'static str,
    tradable: bool,
    marginable: bool,
    maintenance_margin_requirement: u32,
    margin_requirement_long: String,
    margin_requirement_short: String,
    shortable: bool,
    easy_to_borrow: bool,
    borrow_status: &'static str,
    fractionable: bool,
    attributes: &'static [&'static str],
}

async fn asset(State(shared): State<Shared>, Path(name): Path<String>) -> Reply {
    let exchange = shared.lock();
    match named(&exchange.venue, &name) {
        Some(listing) => Reply::json(&body(listing)),
        None => Refused::from(Refusal::UnknownAsset { symbol: name }).into(),
    }
}

/// What is listed under a symbol, in its exact case, or under the broker's id.
pub(super) fn named<'a>(venue: &'a Venue, name: &str) -> Option<&'a Listing> {
    let by_id = || {
        let id = name.parse().ok()?;
        venue.listings().find(|listing| listing.id == id)
    };
    venue.listing(name).or_else(by_id)
}

fn body(listing: &Listing) -> AssetBody<'_> {
    AssetBody {
        id: listing.id.to_string(),
        class: "us_equity",
        exchange: listing.exchange,
        symbol: listing.symbol.as_str(),
        name: &listing.name,
        status: "active",
        tradable: true,
        marginable: true,
        maintenance_margin_requirement: listing.margin_long_percent,
        margin_requirement_long: listing.margin_long_percent.to_string(),
        margin_requirement_short: listing.margin_short_percent.to_string(),
        shortable: listing.shortable,
        easy_to_borrow: listing.shortable,
        borrow_status: match listing.shortable {
            true => "easy_to_borrow",
            false => "not_available",
        },
        fractionable: listing.fractionable,
        attributes: &["fractional_eh_enabled", "has_options", "overnight_tradable"],
    }
}
