//! Twelve Data: bars and a timed price.
//!
//! The key travels in a header, never in an address. Errors come as HTTP statuses or under HTTP
//! 200, so every body is looked at ([`refusal`]). Zone-less times are asked for and read as New
//! York's. Each call is one credit of the plan's minute and day.

pub mod api_usage;
pub mod quote;
pub mod refusal;
pub mod time_series;

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{BarRequest, BarSource, Clock, PriceSource, ReadError, Reply};
use market::{Instant, RawBar, Symbol};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use trading::observation::{PricePoint, SourceName};

use crate::budget::{Budget, Exhausted, Kept, Limits, Rate};
use crate::history::Span;
use crate::http::{Answer, Http, SecretHeader, Transport, Vendor};
use crate::secret::TwelveDataKey;
use crate::wire::Unreadable;
use api_usage::Usage;
use refusal::{Kind, Refusal};

/// The name of this source in configuration and records.
pub const NAME: &str = "twelve-data";
/// Where the vendor answers.
pub const HOST: &str = "https://api.twelvedata.com";
pub(crate) const SERIES: &str = "twelve-data/time_series";
pub(crate) const QUOTE: &str = "twelve-data/quote";
/// What the free plan grants.
pub const FREE_PLAN: Limits = Limits {
    per_minute: 8,
    per_day: Some(800),
};

/// Twelve Data as a source of bars and prices.
pub struct TwelveData {
    http: Http,
}

impl TwelveData {
    pub(crate) fn new(
        transport: Transport,
        clock: Arc<dyn Clock>,
        base: String,
        key: &TwelveDataKey,
    ) -> Self {
        let secret = key.0.clone();
        let vendor = Vendor {
            name: NAME,
            base,
            headers: vec![SecretHeader {
                name: AUTHORIZATION,
                prefix: "apikey ",
                secret,
            }],
            rate,
            budget: Budget::new(NAME, FREE_PLAN),
        };
        Self {
            http: Http::new(transport, clock, vendor),
        }
    }

    /// A good answer, or what the vendor refused.
    async fn ask(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Result<Answer, Refusal>, ReadError> {
        let answer = self.http.get(path, query).await?;
        let Some(refusal) = Refusal::of(&answer) else {
            self.http.saw_key_work();
            return Ok(Ok(answer));
        };
        if let Kind::Credits(window) = refusal.kind {
            self.http.refused(window);
        }
        Ok(Err(refusal))
    }

    /// When a call may be made that leaves `kept` to others on the key.
    ///
    /// # Errors
    /// [`Exhausted`] when not today.
    pub(crate) fn ready(&self, kept: Kept) -> Result<Instant, Exhausted> {
        self.http.ready(kept)
    }

    /// What the key has used by the vendor's own count, of which the budget takes note.
    ///
    /// # Errors
    /// [`ReadError`], by whether asking again can help.
    pub async fn usage(&self) -> Result<Usage, ReadError> {
        let answer = self
            .ask(api_usage::PATH, &[])
            .await?
            .map_err(|refusal| self.error(api_usage::PATH, &refusal))?;
        let usage = api_usage::read(answer.bytes()).map_err(unreadable)?;
        if let Some(day) = usage.day {
            self.http.learn_day(day);
        }
        Ok(usage)
    }

    /// The bars of whole sessions; rows beyond them may be among those.
    pub(crate) async fn window(&self, span: &Span) -> Result<Vec<RawBar>, ReadError> {
        let query = time_series::window(span);
        let query: Vec<(&str, &str)> = borrowed(&query);
        match self.ask(time_series::PATH, &query).await? {
            Ok(answer) => {
                let bars = time_series::read(answer.bytes(), &span.symbol, span.interval)
                    .map_err(unreadable)?;
                if bars.len() < time_series::ROWS_MAX {
                    return Ok(bars);
                }
                let why = format!(
                    "{NAME} {}: {} rows, as many as are given at once: some may be missing",
                    time_series::PATH,
                    bars.len()
                );
                Err(ReadError::Permanent(why))
            }
            Err(refusal) if refusal.kind == Kind::NoRows => Ok(Vec::new()),
            Err(refusal) => Err(self.error(time_series::PATH, &refusal)),
        }
    }

    fn error(&self, path: &str, refusal: &Refusal) -> ReadError {
        refusal.read_error(path, self.http.key_worked())
    }
}

fn borrowed<'a>(query: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
fn unreadable(error: Unreadable) -> ReadError {
    ReadError::Transient(format!("{NAME} {error}"))
}

/// The vendor's count of the current minute.
fn rate(headers: &HeaderMap) -> Option<Rate> {
    let used = Answer::number(headers, "api-credits-used")?;
    let left = Answer::number(headers, "api-credits-left")?;
    Some(Rate {
        used,
        limit: used.saturating_add(left),
    })
}

#[async_trait]
impl BarSource for TwelveData {
    fn name(&self) -> SourceName {
        SourceName(NAME.into())
    }

    fn may_lead(&self) -> bool {
        true
    }

    async fn bars(&self, request: &BarRequest) -> Result<Reply<Vec<RawBar>>, ReadError> {
        let query = time_series::query(request);
        let query = borrowed(&query);
        let (answer, mut bars) = match self.ask(time_series::PATH, &query).await? {
            Ok(answer) => {
                let bars = time_series::read(answer.bytes(), &request.symbol, request.interval);
                (answer, bars.map_err(unreadable)?)
            }
            Err(refusal) if refusal.kind == Kind::NoRows => (refusal.answer, Vec::new()),
            Err(refusal) => return Err(self.error(time_series::PATH, &refusal)),
        };
        bars.retain(|bar| bar.start >= request.from);
        Ok(Reply {
            value: bars,
            bodies: vec![answer.into_body(SERIES)],
        })
    }
}

#[async_trait]
impl PriceSource for TwelveData {
    fn name(&self) -> SourceName {
        SourceName(NAME.into())
    }

    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError> {
        match self
            .ask(quote::PATH, &[("symbol", symbol.as_str())])
            .await?
        {
            Ok(answer) => {
                let point = quote::read(answer.bytes(), symbol).map_err(unreadable)?;
                Ok(Reply {
                    value: Some(point),
                    bodies: vec![answer.into_body(QUOTE)],
                })
            }
            Err(refusal) if refusal.kind == Kind::NoRows => Ok(Reply {
                value: None,
                bodies: vec![refusal.answer.into_body(QUOTE)],
            }),
            Err(refusal) => Err(self.error(quote::PATH, &refusal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_what_was_used_and_what_is_left() {
        let mut headers = HeaderMap::new();
        assert_eq!(rate(&headers), None);
        headers.insert("api-credits-used", "3".parse().unwrap());
        headers.insert("api-credits-left", "5".parse().unwrap());
        assert_eq!(rate(&headers), Some(Rate { used: 3, limit: 8 }));
    }
}
