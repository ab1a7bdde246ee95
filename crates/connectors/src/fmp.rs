//! Financial Modeling Prep: bars and a timed price, of its stable generation only.
//!
//! The key travels in a header, never in an address. Bars within a day need a paid plan; a free
//! key is told so by 402 and is not asked again. Errors come as JSON, as plain text and under HTTP
//! 200, so every body is looked at ([`refusal`]). All calls of one key share one budget.

pub mod historical_chart;
pub mod quote;
pub mod refusal;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{BarRequest, BarSource, Body, Clock, PriceSource, ReadError, Reply};
use market::time::new_york_date;
use market::{Date, Instant, RawBar, Symbol};
use reqwest::header::{HeaderMap, HeaderName};
use trading::observation::{PricePoint, SourceName};

use crate::budget::{Budget, Exhausted, Kept, Limits, Rate, Window};
use crate::http::{Answer, Http, SecretHeader, Transport, Vendor};
use crate::secret::FmpKey;
use crate::wire::Unreadable;
use refusal::{Kind, Refusal};

/// The name of this source in configuration and records.
pub const NAME: &str = "fmp";
/// Where the vendor answers.
pub const HOST: &str = "https://financialmodelingprep.com";
/// Calls in a minute of the least plan that serves bars within a day (unconfirmed); the limit of
/// the free plan is not known.
pub const CALLS_PER_MINUTE: u32 = 300;

const KEY_HEADER: HeaderName = HeaderName::from_static("apikey");
pub(crate) const CHART: &str = "fmp/historical_chart";
pub(crate) const QUOTE: &str = "fmp/quote";
/// Most calls for one answer; one suffices unless the vendor cuts the range short.
const PAGES_MAX: usize = 4;

/// FMP as a source of bars and prices.
pub struct Fmp {
    http: Http,
}

impl Fmp {
    pub(crate) fn new(
        transport: Transport,
        clock: Arc<dyn Clock>,
        base: String,
        key: &FmpKey,
    ) -> Self {
        let limits = Limits {
            per_minute: CALLS_PER_MINUTE,
            per_day: Some(key.calls_per_day),
        };
        let vendor = Vendor {
            name: NAME,
            base,
            headers: vec![SecretHeader {
                name: KEY_HEADER,
                prefix: "",
                secret: key.secret.clone(),
            }],
            rate,
            budget: Budget::new(NAME, limits),
        };
        Self {
            http: Http::new(transport, clock, vendor),
        }
    }

    /// When a call may be made that leaves `kept` to others on the key.
    ///
    /// # Errors
    /// [`Exhausted`] when not today.
    pub(crate) fn ready(&self, kept: Kept) -> Result<Instant, Exhausted> {
        self.http.ready(kept)
    }

    /// A good answer, or the refusal as an error.
    async fn ask(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, ReadError> {
        let answer = self.http.get(path, query).await?;
        let Some(refusal) = Refusal::of(&answer) else {
            self.http.saw_key_work();
            return Ok(answer);
        };
        if refusal.kind == Kind::Limit {
            // The words tell no minute from a day. Of a minute's limit we use a fraction, so it
            // is the day's, which does not come back while a slot lasts.
            self.http.refused(Window::Day);
        }
        Err(refusal.read_error(what, self.http.key_worked()))
    }

    /// The bars from one date to another, both included, as far as the vendor gives them.
    async fn page(
        &self,
        request: &BarRequest,
        from: Date,
        to: Date,
    ) -> Result<(Vec<RawBar>, Body), ReadError> {
        let Some(path) = historical_chart::path(request.interval) else {
            let text = format!("{CHART}: there are no bars of {}", request.interval);
            return Err(ReadError::Permanent(text));
        };
        let (from, to) = (from.to_string(), to.to_string());
        let query = [
            ("symbol", request.symbol.as_str()),
            ("from", from.as_str()),
            ("to", to.as_str()),
        ];
        let answer = self.ask(CHART, path, &query).await?;
        let bars = historical_chart::read(answer.bytes()).map_err(unreadable)?;
        Ok((bars, answer.into_body(CHART)))
    }
}

/// The vendor tells no count.
fn rate(_: &HeaderMap) -> Option<Rate> {
    None
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
fn unreadable(error: Unreadable) -> ReadError {
    ReadError::Transient(format!("{NAME} {error}"))
}

/// The day after: whether the end of a range is included is not documented, and today's bars must
/// be in it.
fn day_after(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

#[async_trait]
impl BarSource for Fmp {
    fn name(&self) -> SourceName {
        SourceName(NAME.into())
    }

    fn may_lead(&self) -> bool {
        true
    }

    /// Asks again for what an answer lacks at its old end, since the vendor cuts long ranges short
    /// without saying so. Rows of the border date come twice then and are kept once, as seen last.
    async fn bars(&self, request: &BarRequest) -> Result<Reply<Vec<RawBar>>, ReadError> {
        let mut pages = Pages::new(request);
        let mut bodies = Vec::new();
        while let Some((from, to)) = pages.wanted() {
            let (bars, body) = self.page(request, from, to).await?;
            bodies.push(body);
            pages.take(bars);
        }
        Ok(Reply {
            value: pages.rows(),
            bodies,
        })
    }
}

/// One answer, put together from its pages.
pub(crate) struct Pages {
    from: Instant,
    wanted: Option<(Date, Date)>,
    reached: Date,
    count: usize,
    known: BTreeMap<Instant, Vec<RawBar>>,
}

impl Pages {
    pub(crate) fn new(request: &BarRequest) -> Self {
        let to = day_after(new_york_date(request.until));
        Self {
            from: request.from,
            wanted: Some((new_york_date(request.from), to)),
            reached: to,
            count: 0,
            known: BTreeMap::new(),
        }
    }

    /// The dates of the next page, both included; `None` once the answer is whole.
    pub(crate) const fn wanted(&self) -> Option<(Date, Date)> {
        self.wanted
    }

    /// Takes the next page.
    pub(crate) fn take(&mut self, bars: Vec<RawBar>) {
        let first = new_york_date(self.from);
        let oldest = bars.iter().map(|bar| bar.start).min();
        let mut page: BTreeMap<Instant, Vec<RawBar>> = BTreeMap::new();
        for bar in bars {
            page.entry(bar.start).or_default().push(bar);
        }
        self.known.extend(page);
        self.count += 1;
        self.wanted = match oldest.map(new_york_date) {
            Some(date) if date > first && date < self.reached && self.count < PAGES_MAX => {
                self.reached = date;
                Some((first, day_after(date)))
            }
            _ => None,
        };
    }

    /// The bars asked for.
    pub(crate) fn rows(self) -> Vec<RawBar> {
        let mut bars: Vec<RawBar> = self.known.into_values().flatten().collect();
        bars.retain(|bar| bar.start >= self.from);
        bars
    }
}

#[async_trait]
impl PriceSource for Fmp {
    fn name(&self) -> SourceName {
        SourceName(NAME.into())
    }

    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError> {
        let query = [("symbol", symbol.as_str())];
        let answer = self.ask(QUOTE, quote::PATH, &query).await?;
        let value = quote::read(answer.bytes(), symbol).map_err(unreadable)?;
        Ok(Reply {
            value,
            bodies: vec![answer.into_body(QUOTE)],
        })
    }
}
