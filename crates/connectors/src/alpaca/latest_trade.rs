//! `GET /v2/stocks/{symbol}/trades/latest` on the data host: the newest trade as a price.
//!
//! It may be of the extended session or of yesterday; its time says so, and the cycle judges.

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{Clock, PriceSource, ReadError, Reply};
use market::Symbol;
use trading::observation::{PricePoint, SourceName};
use trading::settings::AlpacaFeed;

use super::refusal;
use crate::http::{Http, Transport};
use crate::secret::{AlpacaKeys, percent_encode};
use crate::wire::{Object, Unreadable};

/// The name of this source in configuration and records.
pub const NAME: &str = "alpaca";
const WHAT: &str = "alpaca/latest_trade";

/// Alpaca's newest trade as a source of prices.
pub struct LatestTrade {
    http: Http,
    feed: AlpacaFeed,
}

impl LatestTrade {
    pub(crate) fn new(
        transport: Transport,
        clock: Arc<dyn Clock>,
        base: String,
        feed: AlpacaFeed,
        keys: &AlpacaKeys,
    ) -> Self {
        Self {
            http: Http::new(transport, clock, super::vendor("alpaca data", base, keys)),
            feed,
        }
    }
}

/// The endpoint of a symbol.
#[must_use]
pub fn path(symbol: &Symbol) -> String {
    format!(
        "/v2/stocks/{}/trades/latest",
        percent_encode(symbol.as_str())
    )
}

/// A feed in the vendor's words. It is always sent: the default depends on the plan.
const fn feed_word(feed: AlpacaFeed) -> &'static str {
    match feed {
        AlpacaFeed::Iex => "iex",
        AlpacaFeed::Sip => "sip",
    }
}

/// The trade of a reply; `None` when it holds none.
///
/// # Errors
/// [`Unreadable`] for a trade without price or time, and for another symbol's.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Option<PricePoint>, Unreadable> {
    let reply = Object::parse("latest trade", bytes)?;
    match reply.text("symbol") {
        Some(answered) if answered != symbol.as_str() => {
            return Err(reply.invalid("symbol", format!("`{symbol}` was asked for")));
        }
        _ => {}
    }
    let Some(trade) = reply.raw("trade") else {
        return Ok(None);
    };
    let trade = Object::parse("latest trade", trade.as_bytes())?;
    let source = SourceName(NAME.into());
    Ok(Some(PricePoint {
        symbol: symbol.clone(),
        price: trade.needed("p")?,
        at: trade.needed("t")?,
        source,
    }))
}

#[async_trait]
impl PriceSource for LatestTrade {
    fn name(&self) -> SourceName {
        SourceName(NAME.into())
    }

    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError> {
        let answer = self
            .http
            .get(&path(symbol), &[("feed", feed_word(self.feed))])
            .await?;
        if !answer.is_success() {
            return Err(refusal::read_error(WHAT, &answer));
        }
        let value = read(answer.bytes(), symbol)
            .map_err(|error| ReadError::Transient(format!("alpaca {error}")))?;
        Ok(Reply {
            value,
            bodies: vec![answer.into_body(WHAT)],
        })
    }
}
