//! `GET /v2/account/activities[/{type}]`: fills, transfers, dividends, fees and splits.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use market::time::{in_new_york, new_york_date};
use market::{Date, Instant, Money, Price, Shares};
use rust_decimal::Decimal;
use serde::Serialize;

use super::refused::Refused;
use crate::http::parameters::{Parameters, list, read, text};
use crate::http::reply::Reply;
use crate::http::shared::Shared;
use crate::model::{Activity, Cash, CashKind, Entry, Fill, Side, SplitBooked, Status};

/// Rows of a page, by default and at most.
const PAGE_MAX: usize = 100;
/// Digits behind the point of a dividend a share.
const PER_SHARE_DECIMALS: u32 = 6;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v2/account/activities", get(activities))
        .route("/v2/account/activities/{type}", get(activities_of_type))
}

#[derive(Serialize)]
#[serde(untagged)]
enum RowBody {
    Fill(FillBody),
    Other(OtherBody),
}

#[derive(Serialize)]
struct FillBody {
    id: String,
    activity_type: &'static str,
    transaction_time: Instant,
    r#type: &'static str,
    price: Price,
    qty: Shares,
    side: &'static str,
    symbol: String,
    leaves_qty: Shares,
    order_id: String,
    cum_qty: Shares,
    order_status: &'static str,
}

/// Fields that a row does not have are left out.
#[derive(Serialize)]
struct OtherBody {
    activity_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity_sub_type: Option<&'static str>,
    id: String,
    date: Date,
    created_at: Instant,
    net_amount: Money,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qty: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_share_amount: Option<Decimal>,
    status: &'static str,
}

async fn activities(State(shared): State<Shared>, parameters: Parameters) -> Reply {
    let types = list(&parameters, "activity_types");
    answer(&shared, &parameters, &types)
}

async fn activities_of_type(
    State(shared): State<Shared>,
    Path(word): Path<String>,
    parameters: Parameters,
) -> Reply {
    answer(&shared, &parameters, &[word])
}

fn answer(shared: &Shared, parameters: &Parameters, types: &[String]) -> Reply {
    let query = match Query::of(parameters, types) {
        Ok(query) => query,
        Err(refused) => return refused.into(),
    };
    let exchange = shared.lock();
    let rows = query.page(exchange.venue.activities());
    Reply::json(&rows.into_iter().map(body).collect::<Vec<_>>())
}

struct Query<'a> {
    types: &'a [String],
    /// Trades alone, or all but trades.
    trades: Option<bool>,
    order: Option<&'a str>,
    date: Option<Date>,
    after: Option<Instant>,
    until: Option<Instant>,
    oldest_first: bool,
    page_size: usize,
    page_token: Option<&'a str>,
}

impl<'a> Query<'a> {
    fn of(parameters: &'a Parameters, types: &'a [String]) -> Result<Self, Refused> {
        let invalid = |name: &str, text: &str| Refused::malformed(format!("invalid {name} {text}"));
        let date = read::<Date>(parameters, "date").map_err(|text| invalid("date", text))?;
        let size = read::<usize>(parameters, "page_size");
        let size = size.map_err(|text| invalid("page_size", text))?;
        let moment = |name| moment(parameters, name).map_err(|text| invalid(name, text));
        Ok(Self {
            types,
            trades: match text(parameters, "category") {
                None => None,
                Some("trade_activity") => Some(true),
                Some("non_trade_activity") => Some(false),
                Some(other) => return Err(invalid("category", other)),
            },
            order: text(parameters, "order_id"),
            date,
            after: moment("after")?,
            until: moment("until")?,
            oldest_first: match text(parameters, "direction") {
                None | Some("desc") => false,
                Some("asc") => true,
                Some(other) => return Err(invalid("direction", other)),
            },
            page_size: match size.unwrap_or(PAGE_MAX) {
                size @ 1..=PAGE_MAX => size,
                other => return Err(invalid("page_size", &other.to_string())),
            },
            page_token: text(parameters, "page_token"),
        })
    }

    /// The rows after the one that the token names; none when nobody has that name.
    fn page(&self, all: &'a [Activity]) -> Vec<&'a Activity> {
        let mut rows: Vec<&Activity> = all.iter().filter(|row| self.wants(row)).collect();
        if !self.oldest_first {
            rows.reverse();
        }
        let first = match self.page_token {
            None => 0,
            Some(token) => {
                let named = rows.iter().position(|row| id(row) == token);
                named.map_or(rows.len(), |place| place + 1)
            }
        };
        rows.into_iter().skip(first).take(self.page_size).collect()
    }

    fn wants(&self, row: &Activity) -> bool {
        let is_fill = matches!(row.entry, Entry::Fill(_));
        let of_order = |order: &str| match &row.entry {
            Entry::Fill(fill) => fill.order.to_string() == order,
            _ => false,
        };
        (self.types.is_empty() || self.types.iter().any(|word| word == row.word()))
            && self.trades.is_none_or(|trades| trades == is_fill)
            && self.order.is_none_or(of_order)
            && self.date.is_none_or(|date| date == new_york_date(row.at))
            && self.after.is_none_or(|after| row.at > after)
            && self.until.is_none_or(|until| row.at < until)
    }
}

/// RFC 3339, or a date taken as its first moment in UTC.
fn moment<'a>(parameters: &'a Parameters, name: &str) -> Result<Option<Instant>, &'a str> {
    match read::<Instant>(parameters, name) {
        Ok(moment) => Ok(moment),
        Err(text) => match format!("{text}T00:00:00Z").parse() {
            Ok(moment) => Ok(Some(moment)),
            Err(_) => Err(text),
        },
    }
}

/// New York's wall time to the millisecond, then a name; the day alone where no trade is.
fn id(row: &Activity) -> String {
    let (date, time) = in_new_york(row.at);
    let day = date.strftime("%Y%m%d");
    match row.entry {
        Entry::Fill(_) => {
            let (clock, ms) = (time.strftime("%H%M%S"), time.millisecond());
            format!("{day}{clock}{ms:03}::{}", row.id)
        }
        Entry::Cash(_) | Entry::Split(_) => format!("{day}000000000::{}", row.id),
    }
}

fn body(row: &Activity) -> RowBody {
    match &row.entry {
        Entry::Fill(fill) => RowBody::Fill(fill_body(row, fill)),
        Entry::Cash(cash) => RowBody::Other(cash_body(row, cash)),
        Entry::Split(split) => RowBody::Other(split_body(row, split)),
    }
}

fn fill_body(row: &Activity, fill: &Fill) -> FillBody {
    FillBody {
        id: id(row),
        activity_type: row.word(),
        transaction_time: row.at,
        r#type: match fill.status {
            Status::Filled => "fill",
            _ => "partial_fill",
        },
        price: fill.price,
        qty: fill.quantity,
        side: match fill.side {
            Side::Buy => "buy",
            Side::Sell => "sell",
        },
        symbol: fill.symbol.to_string(),
        leaves_qty: fill.left,
        order_id: fill.order.to_string(),
        cum_qty: fill.cumulative,
        order_status: fill.status.word(),
    }
}

fn cash_body(row: &Activity, cash: &Cash) -> OtherBody {
    let per_share = cash.shares.as_ref().and_then(|(_, held)| {
        let exact = cash.amount.decimal().checked_div(*held)?;
        Some(exact.round_dp(PER_SHARE_DECIMALS).normalize())
    });
    let shares = cash.shares.clone();
    let (symbol, qty) = shares
        .map(|(symbol, held)| (symbol.to_string(), held))
        .unzip();
    OtherBody {
        activity_type: row.word(),
        activity_sub_type: (cash.kind == CashKind::Dividend).then_some("CDIV"),
        id: id(row),
        date: cash.date,
        created_at: row.at,
        net_amount: cash.amount,
        currency: "USD",
        symbol,
        qty,
        per_share_amount: per_share,
        status: "executed",
    }
}

fn split_body(row: &Activity, split: &SplitBooked) -> OtherBody {
    OtherBody {
        activity_type: row.word(),
        activity_sub_type: None,
        id: id(row),
        date: split.date,
        created_at: row.at,
        net_amount: Money::ZERO,
        currency: "USD",
        symbol: Some(split.symbol.to_string()),
        qty: Some(split.quantity),
        per_share_amount: None,
        status: "executed",
    }
}
