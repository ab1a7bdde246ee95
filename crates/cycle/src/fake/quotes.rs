//! Bid and ask.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use market::{Bps, Duration, Instant, Symbol};
use trading::observation::SourceName;
use trading::spread::Quote;

use super::{CrashPoints, FakeClock, FakeMarket, lock};
use crate::port::{Body, Clock, QuoteSource, ReadError, Reply};

/// Spread of an ordinary quote, in basis points.
const SPREAD: Bps = Bps::whole(2);

/// A vendor of quotes around the price of a [`FakeMarket`], made the moment they are asked for.
pub struct FakeQuotes {
    market: Arc<FakeMarket>,
    clock: Arc<FakeClock>,
    crash: Arc<CrashPoints>,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    error: Option<ReadError>,
    silent: bool,
    spread: Option<Bps>,
    until: Option<Instant>,
    change: Option<fn(&mut Quote)>,
    age: Duration,
    asked: u32,
}

impl FakeQuotes {
    /// A vendor without faults.
    #[must_use]
    pub fn new(market: Arc<FakeMarket>, clock: Arc<FakeClock>, crash: Arc<CrashPoints>) -> Self {
        Self {
            market,
            clock,
            crash,
            script: Mutex::default(),
        }
    }

    /// From now on bid and ask lie so far apart, below zero when crossed.
    pub fn widen(&self, spread: Bps) {
        lock(&self.script).spread = Some(spread);
    }

    /// Whatever is odd about quotes ends at this moment.
    pub fn mend_at(&self, moment: Instant) {
        lock(&self.script).until = Some(moment);
    }

    /// Every question ends in this error.
    pub fn fail(&self, error: &ReadError) {
        lock(&self.script).error = Some(error.clone());
    }

    /// The vendor has no quote.
    pub fn fall_silent(&self) {
        lock(&self.script).silent = true;
    }

    /// Quotes are so old.
    pub fn lag(&self, age: Duration) {
        lock(&self.script).age = age;
    }

    /// Every quote is changed like this.
    pub fn change(&self, change: fn(&mut Quote)) {
        lock(&self.script).change = Some(change);
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> u32 {
        lock(&self.script).asked
    }

    fn answer(&self, symbol: &Symbol) -> Result<Option<Quote>, ReadError> {
        let now = self.clock.now();
        let mut script = lock(&self.script);
        script.asked += 1;
        if script.until.is_some_and(|until| now >= until) {
            *script = Script {
                asked: script.asked,
                ..Script::default()
            };
        }
        if let Some(error) = &script.error {
            return Err(error.clone());
        }
        let half = script.spread.unwrap_or(SPREAD);
        let half = Bps::new(half.decimal() / market::Decimal::TWO).expect("half of a distance");
        let middle = self.market.spot(symbol, now);
        let mut quote = Quote {
            symbol: symbol.clone(),
            bid: middle.moved(-half),
            ask: middle.moved(half),
            at: now - script.age,
            source: SourceName("fake-quotes".to_owned()),
        };
        if let Some(change) = script.change {
            change(&mut quote);
        }
        Ok((!script.silent).then_some(quote))
    }
}

#[async_trait]
impl QuoteSource for FakeQuotes {
    async fn quote(&self, symbol: &Symbol) -> Result<Reply<Option<Quote>>, ReadError> {
        self.crash.moment().await;
        let answer = self.answer(symbol);
        self.crash.moment().await;
        answer.map(|value| {
            let body = Body::new("fake-quotes/quote", format!("{value:?}").into());
            Reply {
                value,
                bodies: vec![body],
            }
        })
    }
}
