//! Half-hour bars on the real calendar.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use market::bar::RawBar;
use market::{Calendar, Duration, Instant, Symbol};
use trading::observation::SourceName;

use super::{CrashPoints, FakeClock, FakeMarket, Trend, lock};
use crate::port::{BarRequest, BarSource, Body, Clock, ReadError, Reply};

/// A vendor of the bars of a [`FakeMarket`], the forming one included.
pub struct FakeBars {
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
    delays: VecDeque<Duration>,
    missing: BTreeSet<Instant>,
    oldest: Option<Instant>,
    asked: Vec<Symbol>,
    trend: Option<Trend>,
    only_confirms: bool,
}

impl FakeBars {
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

    /// The next answer takes so long.
    pub fn delay(&self, span: Duration) {
        lock(&self.script).delays.push_back(span);
    }

    /// The bar of this start is not to be had.
    pub fn lose(&self, start: Instant) {
        lock(&self.script).missing.insert(start);
    }

    /// The bar of this start is there after all.
    pub fn find(&self, start: Instant) {
        lock(&self.script).missing.remove(&start);
    }

    /// History begins here.
    pub fn begin_at(&self, oldest: Instant) {
        lock(&self.script).oldest = Some(oldest);
    }

    /// This vendor alone shows such a history.
    pub fn follow(&self, trend: Trend) {
        lock(&self.script).trend = Some(trend);
    }

    /// This vendor knows one exchange only.
    pub fn only_confirm(&self) {
        lock(&self.script).only_confirms = true;
    }

    /// Whose bars were asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Symbol> {
        lock(&self.script).asked.clone()
    }

    fn rows(&self, request: &BarRequest) -> Vec<RawBar> {
        let starts = self
            .calendar
            .bar_starts(request.interval, request.from, request.until)
            .expect("stories stay inside the calendar");
        let script = lock(&self.script);
        let trend = script.trend;
        let given = |start: &Instant| {
            !script.missing.contains(start) && script.oldest.is_none_or(|oldest| *start >= oldest)
        };
        starts
            .into_iter()
            .filter(given)
            .map(|start| self.row(request, start, trend))
            .collect()
    }

    fn row(&self, request: &BarRequest, start: Instant, trend: Option<Trend>) -> RawBar {
        let end = (start + request.interval.duration()).min(self.clock.now());
        let price = |at| match trend {
            Some(trend) => self.market.line(trend, at),
            None => self.market.history(&request.symbol, at),
        };
        let (open, close) = (price(start), price(end));
        RawBar {
            start,
            open: open.to_string(),
            high: open.max(close).to_string(),
            low: open.min(close).to_string(),
            close: close.to_string(),
            volume: Some("1000".to_owned()),
        }
    }
}

#[async_trait]
impl BarSource for FakeBars {
    fn name(&self) -> SourceName {
        self.name.clone()
    }

    fn may_lead(&self) -> bool {
        !lock(&self.script).only_confirms
    }

    async fn bars(&self, request: &BarRequest) -> Result<Reply<Vec<RawBar>>, ReadError> {
        self.crash.moment().await;
        let (error, delay) = {
            let mut script = lock(&self.script);
            script.asked.push(request.symbol.clone());
            (script.errors.pop_front(), script.delays.pop_front())
        };
        if let Some(delay) = delay {
            self.clock.wait_until(self.clock.now() + delay).await;
        }
        let rows = self.rows(request);
        self.crash.moment().await;
        match error {
            Some(error) => Err(error),
            None => {
                let body = Body::new(format!("{}/bars", self.name), format!("{rows:?}").into());
                Ok(Reply {
                    value: rows,
                    bodies: vec![body],
                })
            }
        }
    }
}
