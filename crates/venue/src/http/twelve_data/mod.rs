//! Twelve Data's REST face, one endpoint a file.

mod api_usage;
mod ema;
mod market_state;
mod price;
mod quote;
mod technical_indicators;
mod time_series;
mod written;

use axum::Router;
use axum::http::{HeaderMap, header};
use serde::Serialize;

use super::parameters::{Parameters, list};
use super::reply::Reply;
use super::shared::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .merge(api_usage::routes())
        .merge(ema::routes())
        .merge(market_state::routes())
        .merge(price::routes())
        .merge(quote::routes())
        .merge(technical_indicators::routes())
        .merge(time_series::routes())
}

/// An error, the same under a real status and under HTTP 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ErrorBody {
    code: u16,
    message: String,
    status: &'static str,
}

impl ErrorBody {
    fn new(code: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            status: "error",
        }
    }

    /// A parameter that does not read; text unconfirmed.
    fn invalid(name: &str, text: &str) -> Self {
        Self::new(
            400,
            format!(
                "**{name}** parameter is invalid: {text}. Please check it at https://twelvedata.com/docs"
            ),
        )
    }

    /// Nothing lies in the window asked for.
    fn no_data() -> Self {
        Self::new(
            400,
            "No data is available on the specified dates. Try setting different start/end dates.",
        )
    }

    fn unknown_symbol() -> Self {
        Self::new(
            404,
            "**symbol** or **figi** parameter is missing or invalid. Please provide a valid symbol according to API documentation: https://twelvedata.com/docs#reference-data",
        )
    }
}

impl From<ErrorBody> for Reply {
    fn from(error: ErrorBody) -> Self {
        Self::error(error.code, &error)
    }
}

/// Checks the key, in the query or in the header `Authorization: apikey KEY`.
///
/// # Errors
/// The 401.
pub(super) fn authorise(key: Option<&str>, query: &str, headers: &HeaderMap) -> Result<(), Reply> {
    let in_header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("apikey "))
        .map(str::trim);
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
    ErrorBody::new(401, "**apikey** parameter is incorrect or not specified. You can get your free API key instantly following this link: https://twelvedata.com/pricing. If you believe that everything is correct, you can contact us at https://twelvedata.com/contact/customer").into()
}

/// A plan that is too low.
pub(super) fn plan_refused() -> Reply {
    ErrorBody::new(403, "This symbol is available starting with the Grow plan. Consider upgrading now at https://twelvedata.com/pricing").into()
}

/// Text of others than 500 unconfirmed.
pub(super) fn server_error(status: u16) -> Reply {
    ErrorBody::new(status, "Internal server error").into()
}

/// Credits of a request: one a symbol, one where there is none.
pub(super) fn cost(query: &str) -> u32 {
    let symbols = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("symbol="));
    let commas = |text: &str| {
        let encoded = text.to_ascii_lowercase().matches("%2c").count();
        text.matches(',').count() + encoded
    };
    u32::try_from(1 + symbols.map_or(0, commas)).unwrap_or(u32::MAX)
}

pub(super) fn out_of_minute_credits(used: u32, limit: u32) -> Reply {
    ErrorBody::new(429, format!("You have run out of API credits for the current minute. {used} API credits were used, with the current limit being {limit}. Wait for the next minute or consider switching to a higher tier plan at https://twelvedata.com/pricing")).into()
}

pub(super) fn out_of_day_credits(used: u32, limit: u32) -> Reply {
    ErrorBody::new(429, format!("You have run out of API credits for the day. {used} API credits were used, with the current limit being {limit}. Wait for the next day or consider switching to a paid plan that has no daily limits at https://twelvedata.com/pricing")).into()
}

/// Text unconfirmed.
pub(super) fn unknown_path() -> Reply {
    ErrorBody::new(404, "Not found").into()
}

/// The answer for one symbol, or an object of answers by symbol for a comma list.
///
/// A batch is HTTP 200 even where an entry failed, and says so in a header.
fn for_each_symbol(
    parameters: &Parameters,
    mut answer: impl FnMut(&str, &mut String) -> Result<(), ErrorBody>,
) -> Reply {
    let symbols = list(parameters, "symbol");
    let mut body = String::new();
    match symbols.as_slice() {
        [] => ErrorBody::unknown_symbol().into(),
        [symbol] => match answer(symbol, &mut body) {
            Ok(()) => Reply::text(axum::http::StatusCode::OK, body),
            Err(error) => error.into(),
        },
        many => {
            body.push('{');
            for (place, symbol) in many.iter().enumerate() {
                if place > 0 {
                    body.push(',');
                }
                written::text(&mut body, symbol);
                body.push(':');
                let entry = body.len();
                if let Err(error) = answer(symbol, &mut body) {
                    body.truncate(entry);
                    failed_entry(&mut body, symbol, &error);
                }
            }
            body.push('}');
            Reply::text(axum::http::StatusCode::OK, body).with_header("is_batch", "true")
        }
    }
}

/// A failed entry of a batch carries what was asked for.
fn failed_entry(body: &mut String, symbol: &str, error: &ErrorBody) {
    #[derive(Serialize)]
    struct Entry<'a> {
        #[serde(flatten)]
        error: &'a ErrorBody,
        meta: Meta<'a>,
    }
    #[derive(Serialize)]
    struct Meta<'a> {
        symbol: &'a str,
        interval: &'a str,
        exchange: &'a str,
    }
    let meta = Meta {
        symbol,
        interval: "",
        exchange: "",
    };
    written::json(body, &Entry { error, meta });
}

/// `TQQQ:NASDAQ` pins the exchange; the venue has one.
fn bare(symbol: &str) -> &str {
    symbol.split_once(':').map_or(symbol, |(symbol, _)| symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_costs_one_credit_a_symbol() {
        let cases = [
            ("", 1),
            ("symbol=TQQQ&interval=1h", 1),
            ("interval=1h&symbol=TQQQ,QQQ,SPY", 3),
            ("symbol=TQQQ%2CQQQ%2cSPY", 3),
        ];
        for (query, credits) in cases {
            assert_eq!(cost(query), credits, "{query}");
        }
    }
}
