//! Half-hour bars on the real calendar.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use market::bar::{Bar, Interval, RawBar};
use market::{Calendar, Date, Duration, Instant, Price, Split, Symbol, time};
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
    closes: BTreeMap<Instant, Price>,
    bases: BTreeMap<Symbol, Basis>,
    served: BTreeMap<Symbol, Vec<Bar>>,
}

/// On which share basis a vendor shows bars of before a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The split.
    pub split: Split,
    /// From then on bars of before it are shown on the basis after it; `None` never.
    pub adjusted_from: Option<Date>,
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

    /// From now on the bar of this start closes elsewhere.
    pub fn revise(&self, start: Instant, close: Price) {
        lock(&self.script).closes.insert(start, close);
    }

    /// This vendor's bars of `symbol` are on their own share basis until it adjusts them.
    pub fn split(&self, symbol: &Symbol, basis: Basis) {
        lock(&self.script).bases.insert(symbol.clone(), basis);
    }

    /// Of `symbol` this vendor has these bars, on the basis after any split, and no others.
    pub fn serve(&self, symbol: &Symbol, bars: Vec<Bar>) {
        lock(&self.script).served.insert(symbol.clone(), bars);
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
        let row = |start: Instant| {
            let mut row = match script.served.get(&request.symbol) {
                Some(bars) => served(bars, start, self.clock.now())?,
                None => self.row(request, start, trend),
            };
            if let Some(close) = script.closes.get(&start) {
                row = row.closing_at(*close);
            }
            let basis = script.bases.get(&request.symbol);
            let basis = basis.filter(|basis| basis.is_old(start, &self.clock));
            Some(match basis {
                Some(basis) => row.before(basis.split),
                None => row,
            })
        };
        let rows = starts.into_iter().filter(given).filter_map(row);
        rows.map(Drawn::raw).collect()
    }

    fn row(&self, request: &BarRequest, start: Instant, trend: Option<Trend>) -> Drawn {
        let end = (start + request.interval.duration()).min(self.clock.now());
        let price = |at| match trend {
            Some(trend) => self.market.line(trend, at),
            None => self.market.history(&request.symbol, at),
        };
        let (open, close) = (price(start), price(end));
        Drawn {
            start,
            open,
            high: open.max(close),
            low: open.min(close),
            close,
        }
    }
}

/// A bar before it is written down.
struct Drawn {
    start: Instant,
    open: Price,
    high: Price,
    low: Price,
    close: Price,
}

impl Drawn {
    fn closing_at(self, close: Price) -> Self {
        Self {
            high: self.high.max(close),
            low: self.low.min(close),
            close,
            ..self
        }
    }

    /// The same on the share basis before a split.
    fn before(self, split: Split) -> Self {
        let old = |price| split.ratio.inverse().adjust(price);
        Self {
            open: old(self.open),
            high: old(self.high),
            low: old(self.low),
            close: old(self.close),
            ..self
        }
    }

    fn raw(self) -> RawBar {
        RawBar {
            start: self.start,
            open: self.open.to_string(),
            high: self.high.to_string(),
            low: self.low.to_string(),
            close: self.close.to_string(),
            volume: Some("1000".to_owned()),
        }
    }
}

impl Basis {
    /// Whether a bar of this start is shown on the basis before the split.
    fn is_old(self, start: Instant, clock: &FakeClock) -> bool {
        let today = time::new_york_date(clock.now());
        let adjusted = self.adjusted_from.is_some_and(|from| today >= from);
        time::new_york_date(start) < self.split.date && !adjusted
    }
}

/// The bar of this start as it is at `now`: of one under way only its first trade is known.
fn served(bars: &[Bar], start: Instant, now: Instant) -> Option<Drawn> {
    let at = bars.binary_search_by_key(&start, |bar| bar.start).ok()?;
    let bar = bars[at];
    let is_forming = now < start + Interval::ThirtyMinutes.duration();
    let whole = |price: Price| if is_forming { bar.open } else { price };
    Some(Drawn {
        start,
        open: bar.open,
        high: whole(bar.high),
        low: whole(bar.low),
        close: whole(bar.close),
    })
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
