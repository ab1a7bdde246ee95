//! Timed prices.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use market::{Calendar, Duration, Instant, Price, Symbol, time};
use trading::observation::{PricePoint, SourceName};

use super::{CrashPoints, FakeClock, FakeMarket, lock};
use crate::port::{Body, Clock, PriceSource, ReadError, Reply};

/// A vendor of the newest trade of a [`FakeMarket`]: one every second of a session.
pub struct FakePrices {
    name: SourceName,
    market: Arc<FakeMarket>,
    clock: Arc<FakeClock>,
    crash: Arc<CrashPoints>,
    calendar: Calendar,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    errors: VecDeque<ReadError>,
    first_trade: Duration,
    last_trade: Option<Instant>,
    silent: bool,
    price: Option<Price>,
}

impl FakePrices {
    /// A vendor without faults.
    #[must_use]
    pub fn new(
        name: &str,
        market: Arc<FakeMarket>,
        clock: Arc<FakeClock>,
        crash: Arc<CrashPoints>,
    ) -> Self {
        Self {
            name: SourceName(name.to_owned()),
            market,
            clock,
            crash,
            calendar: Calendar::nyse(),
            script: Mutex::default(),
        }
    }

    /// The next `times` questions end in this error.
    pub fn fail(&self, times: usize, error: &ReadError) {
        let errors = std::iter::repeat_n(error.clone(), times);
        lock(&self.script).errors.extend(errors);
    }

    /// A session's first trade comes so long after its open.
    pub fn first_trade_after(&self, span: Duration) {
        lock(&self.script).first_trade = span;
    }

    /// Nothing has traded since.
    pub fn last_trade_at(&self, at: Instant) {
        lock(&self.script).last_trade = Some(at);
    }

    /// The vendor knows no price at all.
    pub fn fall_silent(&self) {
        lock(&self.script).silent = true;
    }

    /// This vendor's price is this one.
    pub fn quote(&self, price: Price) {
        lock(&self.script).price = Some(price);
    }

    /// When the newest trade was made: this session's, else the last second of the one before.
    fn newest_trade(&self, now: Instant) -> Instant {
        let script = lock(&self.script);
        let today = time::new_york_date(now);
        let known = "stories stay inside the calendar";
        let session = self.calendar.session(today).expect(known);
        let made = match session {
            Some(session) if now >= session.open + script.first_trade => {
                now.min(session.close - time::seconds(1))
            }
            _ => self.calendar.previous_session(today).expect(known).close - time::seconds(1),
        };
        script.last_trade.map_or(made, |last| last.min(made))
    }
}

#[async_trait]
impl PriceSource for FakePrices {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError> {
        self.crash.moment().await;
        let error = lock(&self.script).errors.pop_front();
        let at = self.newest_trade(self.clock.now());
        let quoted = lock(&self.script).price;
        let point = PricePoint {
            symbol: symbol.clone(),
            price: quoted.unwrap_or_else(|| self.market.spot(symbol, at)),
            at,
            source: self.name.clone(),
        };
        let value = (!lock(&self.script).silent).then_some(point);
        self.crash.moment().await;
        match error {
            Some(error) => Err(error),
            None => {
                let body = Body::new(format!("{}/price", self.name), format!("{value:?}").into());
                Ok(Reply {
                    value,
                    bodies: vec![body],
                })
            }
        }
    }
}
