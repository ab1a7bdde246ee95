//! `GET /v1/corporate-actions` of the data host: the splits that the venue knows.
//!
//! `start` and `end` are dates, both included, today when absent, and bound the process date, which
//! here is the ex-date. The vendor's Python client still calls `/v1beta1`. A group without an
//! action is left out. Splits to come are told from the day before on.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::Date;
use market::time::new_york_date;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::refused::Refused;
use crate::fault::{Call, Kind};
use crate::http::parameters::{Parameters, list, read, text};
use crate::http::reply::Reply;
use crate::http::shared::{Exchange, Shared};
use crate::model::{Split, Uuid};

/// Actions of a page unless asked otherwise.
const PAGE_DEFAULT: usize = 100;
/// Most actions of a page.
const PAGE_MAX: usize = 1_000;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/corporate-actions", get(corporate_actions))
        .route("/v1beta1/corporate-actions", get(corporate_actions))
}

#[derive(Serialize)]
struct ActionsBody {
    corporate_actions: Groups,
    next_page_token: Option<String>,
}

#[derive(Serialize, Default)]
struct Groups {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forward_splits: Vec<ForwardSplit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reverse_splits: Vec<ReverseSplit>,
}

#[derive(Serialize)]
struct ForwardSplit {
    id: String,
    symbol: String,
    cusip: String,
    new_rate: u32,
    old_rate: u32,
    process_date: Date,
    ex_date: Date,
    record_date: Date,
    payable_date: Date,
    due_bill_redemption_date: Option<Date>,
}

#[derive(Serialize)]
struct ReverseSplit {
    id: String,
    symbol: String,
    old_cusip: String,
    new_cusip: String,
    new_rate: u32,
    old_rate: u32,
    process_date: Date,
    ex_date: Date,
    record_date: Date,
    payable_date: Date,
}

async fn corporate_actions(
    State(shared): State<Shared>,
    call: Call,
    parameters: Parameters,
) -> Reply {
    let mut exchange = shared.lock();
    let mut splits = match known(&exchange, &parameters) {
        Ok(splits) => splits,
        Err(refused) => return refused.into(),
    };
    let hidden = |kind: &Kind| (*kind == Kind::NoCorporateActions).then_some(());
    if !splits.is_empty() && exchange.venue.strike(&call, hidden).is_some() {
        splits.clear();
    }
    match page(&parameters, splits) {
        Ok(body) => Reply::json(&body),
        Err(refused) => refused.into(),
    }
}

/// The splits asked for that are announced by now, oldest first.
fn known(exchange: &Exchange, parameters: &Parameters) -> Result<Vec<Split>, Refused> {
    let today = new_york_date(exchange.venue.now());
    let date = |name| {
        let date = read::<Date>(parameters, name).map_err(|text| invalid(name, text))?;
        Ok::<Date, Refused>(date.unwrap_or(today))
    };
    let (start, end) = (date("start")?, date("end")?);
    if start > end {
        return Err(invalid("end", "it comes before start"));
    }
    let symbols = list(parameters, "symbols");
    let types = list(parameters, "types");
    let announced = today.tomorrow().unwrap_or(today);
    let wanted = |split: &&Split| {
        let symbol = symbols.is_empty() || symbols.iter().any(|s| s == split.symbol().as_str());
        let kind = types.is_empty() || types.iter().any(|t| t == word(split));
        let ex_date = split.ex_date();
        symbol && kind && start <= ex_date && ex_date <= end && ex_date <= announced
    };
    let listed = exchange.venue.config().splits.iter();
    let mut splits: Vec<Split> = listed.filter(wanted).cloned().collect();
    splits.sort_by(|a, b| (a.ex_date(), a.symbol()).cmp(&(b.ex_date(), b.symbol())));
    match text(parameters, "sort") {
        None | Some("asc") => {}
        Some("desc") => splits.reverse(),
        Some(other) => return Err(invalid("sort", other)),
    }
    Ok(splits)
}

fn page(parameters: &Parameters, splits: Vec<Split>) -> Result<ActionsBody, Refused> {
    let limit = read::<usize>(parameters, "limit").map_err(|text| invalid("limit", text))?;
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(invalid("limit", &limit.to_string()));
    }
    let first = read::<usize>(parameters, "page_token");
    let first = first
        .map_err(|text| invalid("page_token", text))?
        .unwrap_or(0);
    let next = first.saturating_add(limit);
    let more = next < splits.len();
    let mut groups = Groups::default();
    for split in splits.into_iter().skip(first).take(limit) {
        groups.add(&split);
    }
    Ok(ActionsBody {
        corporate_actions: groups,
        next_page_token: more.then(|| next.to_string()),
    })
}

impl Groups {
    fn add(&mut self, split: &Split) {
        let symbol = split.symbol().to_string();
        let ex_date = split.ex_date();
        let id = Uuid::of_name(&format!("{symbol} {ex_date}")).to_string();
        let (new_rate, old_rate) = rates(split);
        let day_before = ex_date.yesterday().unwrap_or(ex_date);
        match is_forward(split) {
            true => self.forward_splits.push(ForwardSplit {
                id,
                cusip: cusip(&symbol),
                symbol,
                new_rate,
                old_rate,
                process_date: ex_date,
                ex_date,
                record_date: day_before,
                payable_date: day_before,
                due_bill_redemption_date: None,
            }),
            false => self.reverse_splits.push(ReverseSplit {
                id,
                old_cusip: cusip(&symbol),
                new_cusip: cusip(&format!("{symbol} {ex_date}")),
                symbol,
                new_rate,
                old_rate,
                process_date: ex_date,
                ex_date,
                record_date: ex_date,
                payable_date: ex_date,
            }),
        }
    }
}

fn is_forward(split: &Split) -> bool {
    let (new, old) = split.rates();
    new > old
}

fn word(split: &Split) -> &'static str {
    match is_forward(split) {
        true => "forward_split",
        false => "reverse_split",
    }
}

fn rates(split: &Split) -> (u32, u32) {
    let (new, old) = split.rates();
    let count = |rate: market::Decimal| rate.to_u32().unwrap_or(1);
    (count(new), count(old))
}

/// Nine letters and digits, made up.
fn cusip(name: &str) -> String {
    const LENGTH: usize = 9;
    let id = Uuid::of_name(name).to_string().to_ascii_uppercase();
    id.chars().filter(|c| *c != '-').take(LENGTH).collect()
}

/// Text unconfirmed.
fn invalid(name: &str, text: &str) -> Refused {
    Refused::new(400, 40_010_001, format!("invalid {name}: {text}"))
}
