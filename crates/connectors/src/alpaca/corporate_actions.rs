//! `GET /v1/corporate-actions` on the data host: splits by their ex-date.
//!
//! The vendor's reference describes the path, the parameters (dates included on both ends, today
//! when absent) and the fields; its own Python client still calls `/v1beta1`. Unconfirmed, and not
//! relied upon: which of an action's dates `start` and `end` bound, so more is asked for and the
//! ex-date decides; whether announced splits are listed before their ex-date; how rows of
//! cancelled splits look. A split is only ever applied where bars show it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{CorporateActions, ReadError, Reply};
use market::{Date, Decimal, Duration, Ratio, Split, Symbol};

use super::{Endpoint, PAGES_TOO_MANY, TOKEN_REPEATS, incomplete};
use crate::http::Http;
use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v1/corporate-actions";
const WHAT: &str = "alpaca/corporate_actions";
/// Actions on a page, the vendor's most.
pub const PAGE_SIZE: usize = 1000;
/// Most pages of one answer.
const PAGES_MAX: usize = 10;
/// How much earlier and later than the ex-dates wanted is asked: an action's other dates lie
/// within days of it.
const MARGIN: Duration = Duration::from_hours(14 * 24);

/// Alpaca's announcements of splits.
pub struct Announcements {
    http: Arc<Http>,
}

impl Announcements {
    pub(crate) fn new(http: Arc<Http>) -> Self {
        Self { http }
    }

    async fn page(
        &self,
        symbol: &Symbol,
        dates: (&str, &str),
        token: Option<&str>,
    ) -> Result<Reply<Page>, ReadError> {
        let limit = PAGE_SIZE.to_string();
        let mut query = vec![
            ("symbols", symbol.as_str()),
            ("types", "forward_split,reverse_split"),
            ("start", dates.0),
            ("end", dates.1),
            ("limit", &limit),
            ("sort", "asc"),
        ];
        query.extend(token.map(|token| ("page_token", token)));
        let endpoint = Endpoint {
            what: WHAT,
            path: PATH,
            query: &query,
        };
        endpoint.read(&self.http, |bytes| read(bytes, symbol)).await
    }
}

/// The splits of one page, and how to ask for the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// In the vendor's order.
    pub splits: Vec<Split>,
    /// What names the next page; `None` on the last.
    pub next: Option<String>,
}

/// Which way a list of splits goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Reverse,
}

impl Direction {
    /// Both, with the lists they come in.
    const LISTS: [(Self, &'static str); 2] = [
        (Self::Forward, "forward_splits"),
        (Self::Reverse, "reverse_splits"),
    ];

    fn is_of(self, ratio: Ratio) -> bool {
        let grows = ratio > ratio.inverse();
        ratio.is_one() || grows == (self == Self::Forward)
    }
}

/// The splits of `symbol` on one page; rows of other symbols are left out.
///
/// # Errors
/// [`Unreadable`] when there is no `corporate_actions`, and for a split without an ex-date or
/// rates, or with rates that contradict its list: half a split is worse than none.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Page, Unreadable> {
    let reply = Object::parse("corporate actions", bytes)?;
    let actions = reply
        .raw("corporate_actions")
        .ok_or_else(|| reply.missing("corporate_actions"))?;
    let actions = Object::parse("corporate actions", actions.as_bytes())?;
    let mut splits = Vec::new();
    for (direction, list) in Direction::LISTS {
        let Some(rows) = actions.raw(list) else {
            continue;
        };
        for row in Object::parse_list(list, rows.as_bytes())? {
            // One symbol was asked for: a row that names none is its.
            let named = row.text("symbol");
            if named.is_none_or(|named| named == symbol.as_str()) {
                splits.push(split(&row, direction)?);
            }
        }
    }
    Ok(Page {
        splits,
        next: reply.text("next_page_token"),
    })
}

fn split(row: &Object, direction: Direction) -> Result<Split, Unreadable> {
    let (new, old): (Decimal, Decimal) = (row.needed("new_rate")?, row.needed("old_rate")?);
    let ratio = Ratio::new(new, old).map_err(|error| row.invalid("new_rate", error))?;
    if !direction.is_of(ratio) {
        return Err(row.invalid("new_rate", format!("{ratio} goes the other way")));
    }
    Ok(Split {
        date: row.needed("ex_date")?,
        ratio,
    })
}

#[async_trait]
impl CorporateActions for Announcements {
    async fn splits(
        &self,
        symbol: &Symbol,
        from: Date,
        to: Date,
    ) -> Result<Reply<Vec<Split>>, ReadError> {
        let start = from.saturating_sub(MARGIN).to_string();
        let end = to.saturating_add(MARGIN).to_string();
        let (mut splits, mut bodies) = (BTreeSet::new(), Vec::new());
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.page(symbol, (&start, &end), token.as_deref()).await?;
            bodies.extend(page.bodies);
            splits.extend(page.value.splits);
            if page.value.next.is_none() {
                splits.retain(|split| (from..=to).contains(&split.date));
                return Ok(Reply {
                    value: splits.into_iter().collect(),
                    bodies,
                });
            }
            if page.value.next == token {
                return Err(incomplete(WHAT, TOKEN_REPEATS));
            }
            token = page.value.next;
        }
        Err(incomplete(WHAT, PAGES_TOO_MANY))
    }
}
