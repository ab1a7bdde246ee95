//! The cycle's ports over the world.

mod actions;
mod alerts;
mod bars;
mod broker;
mod clock;
mod entropy;
mod ledger;
mod price;
mod quotes;
mod seat;

use std::sync::Arc;

use cycle::port::{BarSource, Clock, PriceSource};
use cycle::runner::Ports;
use journal::Chain;

pub(crate) use broker::report;
pub(crate) use ledger::Ledger;
pub(crate) use seat::Seat;

use crate::scenario::Scenario;

/// The ports of one process.
pub(crate) fn ports(seat: &Seat, scenario: &Scenario) -> Ports {
    let clock = Arc::new(clock::ProcessClock(seat.clone()));
    let bars = |(place, name): (usize, &String)| -> Arc<dyn BarSource> {
        Arc::new(bars::Bars::new(seat.clone(), place, name))
    };
    let prices: Arc<dyn PriceSource> = Arc::new(price::Prices(seat.clone()));
    Ports {
        broker: Arc::new(broker::Desk(seat.clone())),
        bar_sources: scenario
            .settings
            .data
            .sources
            .iter()
            .enumerate()
            .map(bars)
            .collect(),
        price_sources: vec![prices],
        quotes: Some(Arc::new(quotes::Quotes(seat.clone()))),
        corporate_actions: Some(Arc::new(actions::Actions(seat.clone()))),
        journal: Arc::new(Chain::new(Ledger(seat.clone()), clock.clone())),
        clock,
        entropy: Arc::new(entropy::Draws(seat.clone())),
        alerts: Arc::new(alerts::Word(seat.clone())),
    }
}

/// The clock of one process.
pub(crate) fn clock(seat: &Seat) -> Arc<dyn Clock> {
    Arc::new(clock::ProcessClock(seat.clone()))
}
