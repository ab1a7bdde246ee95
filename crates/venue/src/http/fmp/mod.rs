//! Financial Modeling Prep: bare arrays of JSON numbers, newest first.
//!
//! `/stable` serves charts and quotes; `/api/v3` the same to accounts that are old enough. Charts
//! within a day are not in the free plan.

mod chart;
mod quote;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::faces::{Faces, FmpPlan};
use super::reply::Reply;
use super::shared::Shared;
use crate::fault::PlanGate;

/// The older generation.
const LEGACY: &str = "/api/v3/";
const PRICING: &str = "https://site.financialmodelingprep.com/developer/docs/pricing";

pub(super) fn routes() -> Router<Shared> {
    Router::new().merge(chart::routes()).merge(quote::routes())
}

#[derive(Serialize)]
struct ErrorBody {
    #[serde(rename = "Error Message")]
    message: String,
}

fn error(status: u16, message: impl Into<String>) -> Reply {
    let message = message.into();
    Reply::error(status, &ErrorBody { message })
}

/// Checks the key, in the query or in the header, both named `apikey`.
///
/// # Errors
/// The 401.
pub(super) fn authorise(key: Option<&str>, query: &str, headers: &HeaderMap) -> Result<(), Reply> {
    let in_header = headers.get("apikey").and_then(|value| value.to_str().ok());
    let in_query = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("apikey="));
    let given = in_header.or(in_query).unwrap_or_default();
    let known = match key {
        Some(key) => given == key,
        None => !given.is_empty(),
    };
    if known { Ok(()) } else { Err(unauthorised()) }
}

pub(super) fn unauthorised() -> Reply {
    error(
        401,
        "Invalid API KEY. Feel free to create a Free API Key or visit https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid for more information.",
    )
}

/// Whether the plan and the account's age allow a path.
///
/// # Errors
/// The 402 or the 403.
pub(super) fn check_plan(faces: &Faces, path: &str) -> Result<(), Reply> {
    if path.starts_with(LEGACY) && !faces.fmp_legacy {
        return Err(plan_refused(PlanGate::Forbidden));
    }
    let within_a_day = path.contains("/historical-chart/");
    match faces.fmp_plan {
        FmpPlan::Free if within_a_day => Err(plan_refused(PlanGate::Endpoint)),
        FmpPlan::Free | FmpPlan::Starter => Ok(()),
    }
}

/// 402 comes as bare text.
pub(super) fn plan_refused(gate: PlanGate) -> Reply {
    let tail = "available under your current subscription please visit our subscription page to upgrade your plan at";
    let text = match gate {
        PlanGate::Endpoint => format!("Restricted Endpoint: This endpoint is not {tail} {PRICING}"),
        PlanGate::Symbol => format!(
            "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not {tail} {PRICING}'"
        ),
        PlanGate::Forbidden => return legacy(),
    };
    Reply::plain(StatusCode::PAYMENT_REQUIRED, text)
}

fn legacy() -> Reply {
    error(
        403,
        format!(
            "Legacy Endpoint : Due to Legacy endpoints being no longer supported - This endpoint is only available for legacy users who have valid subscriptions prior August 31, 2025. Please visit our subscription page to upgrade your plan or contact us at {PRICING}"
        ),
    )
}

/// The minute's limit and the day's say the same, without `Retry-After`.
pub(super) fn limit_reached() -> Reply {
    error(
        429,
        "Limit Reach . Please upgrade your plan or visit our documentation for more details at https://site.financialmodelingprep.com/",
    )
}

/// Text unconfirmed.
pub(super) fn server_error(status: u16) -> Reply {
    error(status, "Internal server error")
}

/// A wrong path has an empty list, an empty object or nothing.
pub(super) fn unknown_path() -> Reply {
    Reply::error(404, &[(); 0])
}

/// A parameter that does not read. Text unconfirmed.
fn invalid(name: &str, text: &str) -> Reply {
    error(400, format!("Invalid value for {name}: {text}"))
}
