//! Who announces splits.

use async_trait::async_trait;
use cycle::port::{CorporateActions, ReadError, Reply};
use market::split::Ratio;
use market::{Date, Split, Symbol, time};

use super::Seat;
use crate::fate::Fault;

/// The broker's data service.
pub(crate) struct Actions(pub(crate) Seat);

#[async_trait]
impl CorporateActions for Actions {
    async fn splits(
        &self,
        symbol: &Symbol,
        from: Date,
        to: Date,
    ) -> Result<Reply<Vec<Split>>, ReadError> {
        self.0.before("read corporate actions").await;
        self.0.wait(time::milliseconds(15)).await;
        let answer = {
            let mut state = self.0.state();
            match state.fate.strikes(Fault::ActionsFail) {
                Some(_) => Err(ReadError::Transient("HTTP 503".to_owned())),
                None if state.lasting.split_untold => Ok(Vec::new()),
                None => Ok(announced(&state.venue, symbol, from, to)),
            }
        };
        self.0.after("read corporate actions").await;
        answer.map(|value| Reply {
            value,
            bodies: Vec::new(),
        })
    }
}

fn announced(venue: &venue::model::Venue, symbol: &Symbol, from: Date, to: Date) -> Vec<Split> {
    let Some(series) = venue.series(symbol.as_str()) else {
        return Vec::new();
    };
    let splits = series.splits().iter();
    splits
        .filter(|split| (from..=to).contains(&split.ex_date()))
        .filter_map(|split| {
            let (new, old) = split.rates();
            Some(Split {
                date: split.ex_date(),
                ratio: Ratio::new(new, old).ok()?,
            })
        })
        .collect()
}
