//! The price, with its time.

use async_trait::async_trait;
use cycle::port::{PriceSource, ReadError, Reply};
use market::{Symbol, time};
use trading::observation::{PricePoint, SourceName};

use super::Seat;
use super::bars::ago;
use crate::fate::Fault;

/// The newest trade.
pub(crate) struct Prices(pub(crate) Seat);

impl Prices {
    fn answer(&self, symbol: &Symbol) -> Result<Option<PricePoint>, ReadError> {
        let mut state = self.0.state();
        if state.fate.strikes(Fault::PriceFails).is_some() {
            return Err(ReadError::Transient("HTTP 500".to_owned()));
        }
        if state.fate.strikes(Fault::PriceAbsent).is_some() {
            return Ok(None);
        }
        let now = state.now;
        let stale = state.fate.strikes(Fault::PriceStale);
        let at = stale.map_or(now, |lot| ago(now, lot, 120, 600));
        let off = state
            .fate
            .strikes(Fault::PriceMoved)
            .map(|mut lot| lot.distance(100));
        let Some(quote) = state.venue.quote_at(symbol.as_str(), at) else {
            return Ok(None);
        };
        let price = off.map_or(Some(quote.trade.price), |bps| quote.trade.price.moved(bps));
        Ok(price.map(|price| PricePoint {
            symbol: symbol.clone(),
            price,
            at: quote.trade.at,
            source: self.name(),
        }))
    }
}

#[async_trait]
impl PriceSource for Prices {
    fn name(&self) -> SourceName {
        SourceName("alpaca".to_owned())
    }

    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError> {
        self.0.before("read the price").await;
        self.0.wait(time::milliseconds(30)).await;
        let answer = self.answer(symbol);
        self.0.after("read the price").await;
        answer.map(|value| Reply {
            value,
            bodies: Vec::new(),
        })
    }
}
