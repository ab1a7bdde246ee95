//! `GET /v2/stocks/{symbol}/quotes/latest` on the data host: bid and ask of the named feed.
//!
//! IEX is one exchange: its quote is never narrower than the whole market's, so a limit on the
//! spread kept on it errs on the side that buys nothing. The whole market's needs the paid feed.

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{QuoteSource, ReadError, Reply};
use market::{Decimal, Price, Symbol};
use trading::observation::SourceName;
use trading::settings::AlpacaFeed;
use trading::spread::Quote;

use super::{Endpoint, NAME, feed_word};
use crate::http::Http;
use crate::secret::percent_encode;
use crate::wire::{Object, Unreadable, same};

pub(crate) const WHAT: &str = "alpaca/latest_quote";

/// Alpaca's newest quote as a source of quotes.
pub struct LatestQuote {
    http: Arc<Http>,
    feed: AlpacaFeed,
}

impl LatestQuote {
    pub(crate) fn new(http: Arc<Http>, feed: AlpacaFeed) -> Self {
        Self { http, feed }
    }
}

/// The endpoint of a symbol.
#[must_use]
pub fn path(symbol: &Symbol) -> String {
    format!(
        "/v2/stocks/{}/quotes/latest",
        percent_encode(symbol.as_str())
    )
}

/// The quote of a reply; `None` when it holds none. A price of zero is the vendor's word for a
/// side where nobody is.
///
/// # Errors
/// [`Unreadable`] for a quote without a time, a price that makes no sense, and another symbol's.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Option<Quote>, Unreadable> {
    let reply = Object::parse("latest quote", bytes)?;
    same(&reply, "symbol", symbol.as_str())?;
    let Some(quote) = reply.raw("quote") else {
        return Ok(None);
    };
    let quote = Object::parse("latest quote", quote.as_bytes())?;
    Ok(Some(Quote {
        symbol: symbol.clone(),
        bid: side(&quote, "bp")?,
        ask: side(&quote, "ap")?,
        at: quote.needed("t")?,
        source: SourceName(NAME.into()),
    }))
}

fn side(quote: &Object, field: &str) -> Result<Option<Price>, Unreadable> {
    match quote.optional::<Decimal>(field)? {
        None => Ok(None),
        Some(price) if price.is_zero() => Ok(None),
        Some(price) => Price::new(price)
            .map(Some)
            .map_err(|error| quote.invalid(field, error)),
    }
}

#[async_trait]
impl QuoteSource for LatestQuote {
    async fn quote(&self, symbol: &Symbol) -> Result<Reply<Option<Quote>>, ReadError> {
        let endpoint = Endpoint {
            what: WHAT,
            path: &path(symbol),
            query: &[("feed", feed_word(self.feed))],
        };
        endpoint.read(&self.http, |bytes| read(bytes, symbol)).await
    }
}
