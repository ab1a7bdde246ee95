//! `GET /ema`: an average of the closes, the forming row included.
//!
//! How the vendor seeds it and how much history it takes is not documented. Here: the mean of the
//! first `time_period` closes of twelve such periods before the oldest row shown, where there are
//! so many.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Serialize;

use super::time_series::{Asked, Meta};
use super::{ErrorBody, bare, for_each_symbol, written};
use crate::fault::Call;
use crate::http::parameters::{Parameters, read, text};
use crate::http::reply::Reply;
use crate::http::shared::{Exchange, Shared};
use crate::model::{Row, Window};

/// Closes in the average unless asked otherwise.
const PERIOD_DEFAULT: usize = 9;
/// Most closes in the average.
const PERIOD_MAX: usize = 800;
/// Periods of history before the oldest row shown.
const HISTORY_PERIODS: usize = 12;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/ema", get(ema))
}

#[derive(Serialize)]
struct EmaMeta<'a> {
    #[serde(flatten)]
    meta: Meta<'a>,
    indicator: Indicator,
}

#[derive(Serialize)]
struct Indicator {
    name: &'static str,
    series_type: &'static str,
    time_period: usize,
}

async fn ema(State(shared): State<Shared>, call: Call, parameters: Parameters) -> Reply {
    let mut exchange = shared.lock();
    let end_included = exchange.venue.unconfirmed().end_included;
    let asked = Asked::of(&parameters, end_included);
    let (asked, period) = match (asked, period(&parameters)) {
        (Ok(asked), Ok(period)) => (asked, period),
        (Err(error), _) | (_, Err(error)) => return error.into(),
    };
    let asked = EmaAsked { asked, period };
    for_each_symbol(&parameters, |symbol, body| {
        asked.answer(&mut exchange, &call, bare(symbol), body)
    })
}

struct EmaAsked {
    asked: Asked,
    period: usize,
}

impl EmaAsked {
    fn answer(
        &self,
        exchange: &mut Exchange,
        call: &Call,
        symbol: &str,
        body: &mut String,
    ) -> Result<(), ErrorBody> {
        let mut values = self.values(exchange, call, symbol)?;
        let listing = exchange.venue.listing(symbol);
        let meta = EmaMeta {
            meta: self
                .asked
                .meta(listing.ok_or_else(ErrorBody::unknown_symbol)?),
            indicator: Indicator {
                name: "EMA - Exponential Moving Average",
                series_type: "close",
                time_period: self.period,
            },
        };
        if self.asked.oldest_first {
            values.reverse();
        }
        body.push_str("{\"meta\":");
        written::json(body, &meta);
        body.push_str(",\"values\":[");
        for (place, (row, average)) in values.iter().enumerate() {
            body.push_str(if place > 0 { "," } else { "" });
            body.push_str("{\"datetime\":\"");
            self.asked.write_moment(row, body);
            body.push_str("\",\"ema\":");
            let exact = Decimal::from_f64(*average).unwrap_or_default();
            written::number(body, exact, self.asked.decimals);
            body.push('}');
        }
        body.push_str("],\"status\":\"ok\"}");
        Ok(())
    }

    /// The rows shown and their averages, newest first.
    fn values(
        &self,
        exchange: &mut Exchange,
        call: &Call,
        symbol: &str,
    ) -> Result<Vec<(Row, f64)>, ErrorBody> {
        let shown = self.asked.window;
        let history = Window {
            limit: shown.limit + HISTORY_PERIODS * self.period,
            from: None,
            ..shown
        };
        let rows = self.asked.rows(exchange, call, symbol, history)?;
        let averages = averages(&rows, self.period);
        let wanted = |row: &Row| shown.from.is_none_or(|from| row.start >= from);
        let values: Vec<_> = rows.into_iter().zip(averages).collect();
        let values = values.into_iter().take(shown.limit);
        let values: Vec<_> = values.take_while(|(row, _)| wanted(row)).collect();
        match values.is_empty() {
            true => Err(ErrorBody::no_data()),
            false => Ok(values),
        }
    }
}

/// The averages of the newest rows, newest first: one for each row from the seed on.
#[expect(
    clippy::cast_precision_loss,
    reason = "a period has three digits at most"
)]
fn averages(rows: &[Row], period: usize) -> Vec<f64> {
    let closes: Vec<f64> = rows.iter().rev().map(|row| row.close.to_f64()).collect();
    let Some((first, rest)) = closes.split_at_checked(period) else {
        return Vec::new();
    };
    let alpha = 2.0 / (period as f64 + 1.0);
    let mut average = first.iter().sum::<f64>() / period as f64;
    let mut averages = vec![average];
    for close in rest {
        average += alpha * (close - average);
        averages.push(average);
    }
    averages.reverse();
    averages
}

fn period(parameters: &Parameters) -> Result<usize, ErrorBody> {
    if let Some(other) = text(parameters, "series_type").filter(|word| *word != "close") {
        return Err(ErrorBody::invalid("series_type", other));
    }
    let invalid = |text: &str| ErrorBody::invalid("time_period", text);
    let period = read::<usize>(parameters, "time_period").map_err(invalid)?;
    match period.unwrap_or(PERIOD_DEFAULT) {
        period @ 1..=PERIOD_MAX => Ok(period),
        other => Err(invalid(&other.to_string())),
    }
}
