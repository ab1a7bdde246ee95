//! `GET /v2/stocks/{symbol}/trades/latest` on the data host: the newest trade as a price.
//!
//! It may be of the extended session or of yesterday; its time says so, and the cycle judges.

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{PriceSource, ReadError, Reply};
use market::Symbol;
use trading::observation::{PricePoint, SourceName};
use trading::settings::AlpacaFeed;

use super::{Endpoint, NAME, feed_word};
use crate::http::Http;
use crate::secret::percent_encode;
use crate::wire::{Object, Unreadable, same};

pub(crate) const WHAT: &str = "alpaca/latest_trade";

/// Alpaca's newest trade as a source of prices.
pub struct LatestTrade {
    http: Arc<Http>,
    feed: AlpacaFeed,
}

impl LatestTrade {
    pub(crate) fn new(http: Arc<Http>, feed: AlpacaFeed) -> Self {
        Self { http, feed }
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

/// The trade of a reply; `None` when it holds none.
///
/// # Errors
/// [`Unreadable`] for a trade without price or time, and for another symbol's.
pub fn read(bytes: &[u8], symbol: &Symbol) -> Result<Option<PricePoint>, Unreadable> {
    let reply = Object::parse("latest trade", bytes)?;
    same(&reply, "symbol", symbol.as_str())?;
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
        let endpoint = Endpoint {
            what: WHAT,
            path: &path(symbol),
            query: &[("feed", feed_word(self.feed))],
        };
        endpoint.read(&self.http, |bytes| read(bytes, symbol)).await
    }
}
