//! `GET /v2/account/activities`: fills, and the movements of cash that no order made.
//!
//! Fills are asked for by nobody yet, but a listing of movements may hold them, and they must
//! never be taken for money that came from outside. Unconfirmed: whether `after` includes its own
//! moment, and how a correction refers to what it corrects; a row that says `canceled` moved
//! nothing, every other one did.

use std::collections::BTreeSet;

use cycle::port::{ReadError, Reply};
use market::time::{Time, new_york};
use market::{Date, Instant, Money, Price, Shares, Symbol};
use trading::flow::{CashFlow, FlowKind};
use trading::order::{BrokerOrderId, Side};

use super::{Alpaca, Endpoint, PAGES_TOO_MANY, incomplete, orders};
use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/account/activities";
pub(crate) const WHAT: &str = "alpaca/activities";
/// Activities on a page, the vendor's most.
pub const PAGE_SIZE: usize = 100;
/// Most pages of one listing.
const PAGES_MAX: usize = 100;

/// The type of a fill.
const FILL: &str = "FILL";
/// The status of a row that was taken back.
const CANCELED: &str = "canceled";

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its id, by which the next page is asked for.
    pub id: String,
    /// What happened.
    pub event: Event,
}

/// What a row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An order of ours traded.
    Filled(Fill),
    /// Cash moved without an order.
    Moved(CashFlow),
    /// Nothing that moves cash: shares by split, merger or transfer, a new name, a row taken back.
    Still,
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// Of which order; the vendor does not tell our own id here.
    pub order: BrokerOrderId,
    /// Of which symbol.
    pub symbol: Symbol,
    /// Bought or sold.
    pub side: Side,
    /// How many shares, in this execution alone.
    pub quantity: Shares,
    /// At which price.
    pub price: Price,
    /// When.
    pub at: Instant,
}

/// The rows of one page, in the vendor's order.
///
/// # Errors
/// [`Unreadable`]; an unreadable list is never an empty one, and an amount that cannot be read is
/// never none.
pub fn read(bytes: &[u8]) -> Result<Vec<Activity>, Unreadable> {
    Object::parse_list("activity", bytes)?
        .iter()
        .map(activity)
        .collect()
}

fn activity(row: &Object) -> Result<Activity, Unreadable> {
    let id = row.needed_text("id")?;
    let word = row.needed_text("activity_type")?;
    let event = if word == FILL {
        Event::Filled(fill(row)?)
    } else {
        moved(row, &id, &word)?.map_or(Event::Still, Event::Moved)
    };
    Ok(Activity { id, event })
}

fn fill(row: &Object) -> Result<Fill, Unreadable> {
    Ok(Fill {
        order: BrokerOrderId(row.needed_text("order_id")?),
        symbol: row.needed("symbol")?,
        side: orders::side(row)?,
        quantity: row.needed("qty")?,
        price: row.needed("price")?,
        at: row.needed("transaction_time")?,
    })
}

/// The movement of cash in a row that is no fill; `None` when it moved none.
fn moved(row: &Object, id: &str, word: &str) -> Result<Option<CashFlow>, Unreadable> {
    let is_void = row.text("status").as_deref() == Some(CANCELED);
    let amount: Option<Money> = row.optional("net_amount")?;
    let Some(amount) = amount.filter(|amount| *amount != Money::ZERO && !is_void) else {
        return Ok(None);
    };
    Ok(Some(CashFlow {
        id: id.to_owned(),
        kind: kind(word),
        amount,
        at: booked_at(row)?,
    }))
}

/// When it was booked; rows from before the field existed tell only their day.
fn booked_at(row: &Object) -> Result<Instant, Unreadable> {
    if let Some(at) = row.optional("created_at")? {
        return Ok(at);
    }
    let date: Date = row.needed("date")?;
    Ok(new_york(date, Time::midnight()))
}

/// A type in our words: deposits and withdrawals, journals between accounts and incoming transfers
/// of cash; all kinds of dividends and of interest; all kinds of fees.
fn kind(word: &str) -> FlowKind {
    match word {
        "CSD" | "CSW" | "CSR" | "JNL" | "JNLC" | "ACATC" => FlowKind::Transfer,
        "FEE" | "CFEE" | "DIVFEE" | "PTC" => FlowKind::Fee,
        _ if word.starts_with("DIV") => FlowKind::Dividend,
        "INT" | "INTNRA" | "INTTW" => FlowKind::Interest,
        other => FlowKind::Other(other.to_owned()),
    }
}

/// All movements of cash since `after`, oldest first.
pub(super) async fn flows(
    alpaca: &Alpaca,
    after: Instant,
) -> Result<Reply<Vec<CashFlow>>, ReadError> {
    // The vendor reads whole seconds; the one that holds the moment is asked for too.
    let after = Instant::from_second(after.as_second()).unwrap_or(after);
    let (mut movements, mut bodies) = (Movements::default(), Vec::new());
    let mut token: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = page(alpaca, after, token.as_deref()).await?;
        bodies.extend(page.bodies);
        let (rows, last) = (
            page.value.len(),
            page.value.last().map(|row| row.id.clone()),
        );
        let has_news = movements.take(page.value);
        if rows < PAGE_SIZE {
            return Ok(Reply {
                value: movements.oldest_first(),
                bodies,
            });
        }
        if !has_news {
            return Err(incomplete(WHAT, "a full page leads to no further one"));
        }
        token = last;
    }
    Err(incomplete(WHAT, PAGES_TOO_MANY))
}

/// One listing, put together from its pages.
#[derive(Default)]
pub(crate) struct Movements {
    known: BTreeSet<String>,
    flows: Vec<CashFlow>,
}

impl Movements {
    /// Takes the rows of the next page; whether any of them is new.
    pub(crate) fn take(&mut self, rows: Vec<Activity>) -> bool {
        let before = self.known.len();
        for row in rows {
            if self.known.insert(row.id)
                && let Event::Moved(flow) = row.event
            {
                self.flows.push(flow);
            }
        }
        self.known.len() > before
    }

    /// Every movement of cash, once.
    pub(crate) fn oldest_first(mut self) -> Vec<CashFlow> {
        self.flows.sort_by_key(|flow| flow.at);
        self.flows
    }
}

async fn page(
    alpaca: &Alpaca,
    after: Instant,
    token: Option<&str>,
) -> Result<Reply<Vec<Activity>>, ReadError> {
    let (after, size) = (after.to_string(), PAGE_SIZE.to_string());
    let mut query = vec![
        ("category", "non_trade_activity"),
        ("after", &after),
        ("direction", "asc"),
        ("page_size", &size),
    ];
    query.extend(token.map(|token| ("page_token", token)));
    let endpoint = Endpoint {
        what: WHAT,
        path: PATH,
        query: &query,
    };
    alpaca.read(endpoint, read).await
}
