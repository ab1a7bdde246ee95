//! `GET /v2/stocks/{symbol}/bars` on the data host: bars by their opening moment, split-adjusted.
//!
//! Feed and adjustment are always named: the defaults are the plan's best feed and raw prices. The
//! vendor includes the extended session and cannot be told not to, so bars that start outside a
//! session's hours are dropped here, where that is known; every other oddity is the reader's. Bars
//! of the single exchange IEX may confirm a signal and never lead to one.

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{BarRequest, BarSource, ReadError, Reply};
use market::time::new_york_date;
use market::{Calendar, Instant, Interval, RawBar, Symbol};
use serde::Deserialize;
use serde_json::value::RawValue;
use trading::observation::SourceName;
use trading::settings::AlpacaFeed;

use super::{Endpoint, NAME, PAGES_TOO_MANY, TOKEN_REPEATS, feed_word, incomplete};
use crate::budget::{Exhausted, Kept};
use crate::http::Http;
use crate::secret::percent_encode;
use crate::wire::{Object, Unreadable, same, verbatim};

pub(crate) const WHAT: &str = "alpaca/bars";
/// Bars on a page, the vendor's most.
pub const PAGE_SIZE: usize = 10_000;
/// Most pages of one answer.
const PAGES_MAX: usize = 10;

/// Alpaca's bars as a source.
pub struct Bars {
    http: Arc<Http>,
    feed: AlpacaFeed,
    calendar: Calendar,
}

impl Bars {
    pub(crate) fn new(http: Arc<Http>, feed: AlpacaFeed, calendar: Calendar) -> Self {
        Self {
            http,
            feed,
            calendar,
        }
    }

    /// Whose prices they are.
    pub(crate) const fn feed(&self) -> AlpacaFeed {
        self.feed
    }

    /// When a call may be made that leaves `kept` to others on the key.
    ///
    /// # Errors
    /// [`Exhausted`] when not today.
    pub(crate) fn ready(&self, kept: Kept) -> Result<Instant, Exhausted> {
        self.http.ready(kept)
    }

    async fn page(
        &self,
        request: &BarRequest,
        token: Option<&str>,
    ) -> Result<Reply<Page>, ReadError> {
        let (start, end) = (request.from.to_string(), request.until.to_string());
        let limit = PAGE_SIZE.to_string();
        let mut query = vec![
            ("timeframe", timeframe(request.interval)),
            ("start", &start),
            ("end", &end),
            ("limit", &limit),
            ("adjustment", "split"),
            ("feed", feed_word(self.feed)),
            ("sort", "asc"),
        ];
        query.extend(token.map(|token| ("page_token", token)));
        let endpoint = Endpoint {
            what: WHAT,
            path: &path(&request.symbol),
            query: &query,
        };
        endpoint
            .read(&self.http, |bytes| read(bytes, &request.symbol))
            .await
    }
}

/// What of a whole answer was asked for.
pub(crate) fn wanted(
    mut bars: Vec<RawBar>,
    request: &BarRequest,
    calendar: &Calendar,
) -> Vec<RawBar> {
    bars.retain(|bar| bar.start >= request.from && is_of_session(bar, request.interval, calendar));
    bars
}

/// Whether a bar belongs to a session. On a day without one it is kept, for the checks to name it:
/// there is no extended session on a holiday.
fn is_of_session(bar: &RawBar, interval: Interval, calendar: &Calendar) -> bool {
    match calendar.session(new_york_date(bar.start)) {
        Ok(Some(_)) if interval == Interval::OneDay => true,
        Ok(Some(session)) => session.contains(bar.start),
        Ok(None) | Err(_) => true,
    }
}

/// The endpoint of a symbol.
#[must_use]
pub fn path(symbol: &Symbol) -> String {
    format!("/v2/stocks/{}/bars", percent_encode(symbol.as_str()))
}

/// An interval in the vendor's words.
const fn timeframe(interval: Interval) -> &'static str {
    match interval {
        Interval::OneMinute => "1Min",
        Interval::FiveMinutes => "5Min",
        Interval::FifteenMinutes => "15Min",
        Interval::ThirtyMinutes => "30Min",
        Interval::OneHour => "1Hour",
        Interval::OneDay => "1Day",
    }
}

/// The bars of one page, and how to ask for the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// In the vendor's order, the extended session included.
    pub bars: Vec<RawBar>,
    /// What names the next page; `None` on the last.
    pub next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    t: Option<&'a RawValue>,
    #[serde(borrow)]
    o: Option<&'a RawValue>,
    #[serde(borrow)]
    h: Option<&'a RawValue>,
    #[serde(borrow)]
    l: Option<&'a RawValue>,
    #[serde(borrow)]
    c: Option<&'a RawValue>,
    #[serde(borrow)]
    v: Option<&'a RawValue>,
}

/// One page. `null`, an empty list and no list at all are the vendor's words for "no bars", but
/// only in its own envelope.
///
/// # Errors
/// [`Unreadable`] for anything but such a page, for a bar whose moment cannot be read, and for
/// another symbol's bars.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Page, Unreadable> {
    let page = Object::parse("bars", bytes)?;
    same(&page, "symbol", symbol.as_str())?;
    if !["bars", "next_page_token"]
        .iter()
        .any(|field| page.has(field))
    {
        return Err(page.missing("bars"));
    }
    let rows: Vec<Row> = match page.raw("bars") {
        None => Vec::new(),
        Some(raw) => serde_json::from_str(raw).map_err(|error| page.invalid("bars", error))?,
    };
    let bars = rows.iter().enumerate();
    let bars: Result<Vec<RawBar>, Unreadable> = bars.map(|(at, row)| raw_bar(at, row)).collect();
    Ok(Page {
        bars: bars?,
        next: page.text("next_page_token"),
    })
}

fn raw_bar(at: usize, row: &Row) -> Result<RawBar, Unreadable> {
    let (what, field) = (|| format!("bar {}", at + 1), || "t".to_owned());
    let moment = verbatim(row.t);
    if moment.is_empty() {
        return Err(Unreadable::Missing {
            what: what(),
            field: field(),
        });
    }
    let start: Instant = moment.parse().map_err(|error| Unreadable::Invalid {
        what: what(),
        field: field(),
        value: format!("`{moment}`"),
        why: format!("{error}"),
    })?;
    Ok(RawBar {
        start,
        open: verbatim(row.o).into_owned(),
        high: verbatim(row.h).into_owned(),
        low: verbatim(row.l).into_owned(),
        close: verbatim(row.c).into_owned(),
        volume: row.v.map(|raw| verbatim(Some(raw)).into_owned()),
    })
}

#[async_trait]
impl BarSource for Bars {
    fn name(&self) -> SourceName {
        SourceName(NAME.into())
    }

    fn may_lead(&self) -> bool {
        self.feed == AlpacaFeed::Sip
    }

    async fn bars(&self, request: &BarRequest) -> Result<Reply<Vec<RawBar>>, ReadError> {
        let (mut bars, mut bodies) = (Vec::new(), Vec::new());
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.page(request, token.as_deref()).await?;
            bodies.extend(page.bodies);
            bars.extend(page.value.bars);
            if page.value.next.is_none() {
                return Ok(Reply {
                    value: wanted(bars, request, &self.calendar),
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
