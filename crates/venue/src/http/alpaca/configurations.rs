//! `GET` and `PATCH /v2/account/configurations`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::get;
use serde::Serialize;
use serde_json::{Map, Value};

use super::refused::Refused;
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{Multiplier, Settings};

pub(super) fn routes() -> Router<Shared> {
    let path = "/v2/account/configurations";
    Router::new().route(path, get(configurations).patch(change))
}

#[derive(Serialize)]
struct ConfigurationsBody {
    disable_overnight_trading: bool,
    fractional_trading: bool,
    max_margin_multiplier: String,
    max_options_trading_level: Option<u32>,
    no_shorting: bool,
    ptp_no_exception_entry: bool,
    suspend_trade: bool,
    trade_confirm_email: &'static str,
}

async fn configurations(State(shared): State<Shared>) -> Reply {
    body(shared.lock().venue.settings())
}

/// Changes what the body names and leaves the rest.
async fn change(State(shared): State<Shared>, body_bytes: Bytes) -> Reply {
    let mut exchange = shared.lock();
    let mut settings = *exchange.venue.settings();
    let Ok(changes) = serde_json::from_slice::<Map<String, Value>>(&body_bytes) else {
        return Refused::malformed("request body format is invalid").into();
    };
    for (name, value) in &changes {
        if let Err(refused) = set(&mut settings, name, value) {
            return refused.into();
        }
    }
    exchange.venue.set_settings(settings);
    body(&settings)
}

fn set(settings: &mut Settings, name: &str, value: &Value) -> Result<(), Refused> {
    let text = || {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let invalid = || Refused::malformed(format!("invalid {name} {}", text()));
    let flag = || {
        text()
            .to_ascii_lowercase()
            .parse::<bool>()
            .map_err(|_| invalid())
    };
    match name {
        "fractional_trading" => settings.fractional_trading = flag()?,
        "no_shorting" => settings.no_shorting = flag()?,
        "suspend_trade" => settings.suspend_trade = flag()?,
        "ptp_no_exception_entry" => settings.ptp_no_exception_entry = flag()?,
        "disable_overnight_trading" => settings.disable_overnight_trading = flag()?,
        "max_margin_multiplier" => {
            settings.max_margin_multiplier = multiplier(&text()).ok_or_else(invalid)?;
        }
        "trade_confirm_email" => {
            settings.trade_confirm_email = match text().as_str() {
                "all" => true,
                "none" => false,
                _ => return Err(invalid()),
            };
        }
        // New settings are declared non-breaking; one we do not know changes nothing.
        _ => {}
    }
    Ok(())
}

fn multiplier(text: &str) -> Option<Multiplier> {
    [Multiplier::One, Multiplier::Two, Multiplier::Four]
        .into_iter()
        .find(|multiplier| multiplier.times().to_string() == text)
}

fn body(settings: &Settings) -> Reply {
    Reply::json(&ConfigurationsBody {
        disable_overnight_trading: settings.disable_overnight_trading,
        fractional_trading: settings.fractional_trading,
        max_margin_multiplier: settings.max_margin_multiplier.times().to_string(),
        max_options_trading_level: None,
        no_shorting: settings.no_shorting,
        ptp_no_exception_entry: settings.ptp_no_exception_entry,
        suspend_trade: settings.suspend_trade,
        trade_confirm_email: match settings.trade_confirm_email {
            true => "all",
            false => "none",
        },
    })
}
