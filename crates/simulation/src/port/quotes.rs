//! Bid and ask, for the limit on the spread.

use async_trait::async_trait;
use cycle::port::{QuoteSource, ReadError, Reply};
use market::{Bps, Decimal, Symbol, time};
use trading::observation::SourceName;
use trading::spread::Quote;

use super::Seat;
use crate::fate::Fault;

/// Widest spread of a strike, in basis points.
const WIDE_MAX_BPS: u64 = 300;

/// The broker's data service.
pub(crate) struct Quotes(pub(crate) Seat);

impl Quotes {
    fn answer(&self, symbol: &Symbol) -> Option<Quote> {
        let mut state = self.0.state();
        let now = state.now;
        let wide = state.fate.strikes(Fault::QuoteWide);
        let apart = wide.map(|mut lot| Decimal::from(lot.below(WIDE_MAX_BPS)));
        let mut quote = state.venue.quote_at(symbol.as_str(), now)?;
        if let Some(apart) = apart.and_then(|apart| Bps::new(apart).ok()) {
            quote = venue::model::Quote::around(quote.trade, apart);
        }
        Some(Quote {
            symbol: symbol.clone(),
            bid: Some(quote.bid),
            ask: Some(quote.ask),
            at: state.venue.quote_made_at(&quote, symbol.as_str(), now),
            source: SourceName("alpaca".to_owned()),
        })
    }
}

#[async_trait]
impl QuoteSource for Quotes {
    async fn quote(&self, symbol: &Symbol) -> Result<Reply<Option<Quote>>, ReadError> {
        self.0.before("read the quote").await;
        self.0.wait(time::milliseconds(30)).await;
        let value = self.answer(symbol);
        self.0.after("read the quote").await;
        Ok(Reply {
            value,
            bodies: Vec::new(),
        })
    }
}
