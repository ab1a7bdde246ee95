//! All fakes wired together, and a runner driven through slots.

use std::sync::Arc;

use market::{Decimal, Instant, Money, Slot, Symbol, time};
use trading::record::{Entry, Record};
use trading::settings::Settings;

use super::{
    CrashPoints, FakeAlerts, FakeBars, FakeBroker, FakeClock, FakeCorporateActions, FakeEntropy,
    FakeJournal, FakeMarket, FakePrices, FakeQuotes, Trend, drive,
};
use crate::error::CycleError;
use crate::port::{Clock, Journal};
use crate::runner::{Ended, Ports, Runner, TryLimits};

/// The first moment of stories: the opening of a plain Monday.
const BEGINNING: &str = "2025-05-12T09:30";
/// Dollars in the account.
const CASH_CENTS: i64 = 10_000_000;

/// The moment of a New York text: `2025-05-12T09:30`.
///
/// # Panics
/// When the text names no moment.
#[must_use]
pub fn at(text: &str) -> Instant {
    let slot: Slot = text.parse().expect("stories name moments");
    slot.at()
}

/// A world of one account, one source of bars, one of prices; more can be added.
pub struct World {
    /// Where the program can be stopped.
    pub crash: Arc<CrashPoints>,
    /// Time.
    pub clock: Arc<FakeClock>,
    /// What things cost.
    pub market: Arc<FakeMarket>,
    /// Where orders go.
    pub broker: Arc<FakeBroker>,
    /// Sources of bars, in configured order.
    pub bars: Vec<Arc<FakeBars>>,
    /// Sources of prices, in order.
    pub prices: Vec<Arc<FakePrices>>,
    /// Where quotes come from.
    pub quotes: Arc<FakeQuotes>,
    /// Who announces splits.
    pub corporate_actions: Arc<FakeCorporateActions>,
    /// The chain.
    pub journal: Arc<FakeJournal>,
    /// Run ids.
    pub entropy: Arc<FakeEntropy>,
    /// What the owner was told.
    pub alerts: Arc<FakeAlerts>,
    /// The configuration of runners opened from now on.
    pub settings: Settings,
}

impl World {
    /// 100 000 dollars before the opening of Monday 2025-05-12, where everything costs about 100.
    #[must_use]
    pub fn new(trend: Trend) -> Self {
        Self::from(BEGINNING, trend)
    }

    /// The same before another opening.
    #[must_use]
    pub fn from(beginning: &str, trend: Trend) -> Self {
        let crash = Arc::new(CrashPoints::default());
        let clock = Arc::new(FakeClock::new(at(beginning), crash.clone()));
        let market = Arc::new(FakeMarket::new(at(beginning), trend));
        let cash = Money::from_cents(CASH_CENTS);
        let broker = FakeBroker::new(cash, market.clone(), clock.clone(), crash.clone());
        let bars = FakeBars::new("fake-bars", market.clone(), clock.clone(), crash.clone());
        let prices = FakePrices::new("fake-prices", market.clone(), clock.clone(), crash.clone());
        let quotes = FakeQuotes::new(market.clone(), clock.clone(), crash.clone());
        Self {
            broker: Arc::new(broker),
            bars: vec![Arc::new(bars)],
            prices: vec![Arc::new(prices)],
            quotes: Arc::new(quotes),
            corporate_actions: Arc::new(FakeCorporateActions::new(crash.clone())),
            journal: Arc::new(FakeJournal::new(clock.clone(), crash.clone())),
            entropy: Arc::new(FakeEntropy::default()),
            alerts: Arc::new(FakeAlerts::new(crash.clone())),
            settings: Settings::default(),
            crash,
            clock,
            market,
        }
    }

    /// A second source of bars.
    pub fn add_bars(&mut self, name: &str) -> Arc<FakeBars> {
        let parts = (self.market.clone(), self.clock.clone(), self.crash.clone());
        let source = Arc::new(FakeBars::new(name, parts.0, parts.1, parts.2));
        self.bars.push(source.clone());
        source
    }

    /// A second source of prices.
    pub fn add_prices(&mut self, name: &str) -> Arc<FakePrices> {
        let parts = (self.market.clone(), self.clock.clone(), self.crash.clone());
        let source = Arc::new(FakePrices::new(name, parts.0, parts.1, parts.2));
        self.prices.push(source.clone());
        source
    }

    /// The ports of this world.
    #[must_use]
    pub fn ports(&self) -> Ports {
        let bar = |source: &Arc<FakeBars>| -> Arc<dyn crate::port::BarSource> { source.clone() };
        let price =
            |source: &Arc<FakePrices>| -> Arc<dyn crate::port::PriceSource> { source.clone() };
        Ports {
            broker: self.broker.clone(),
            bar_sources: self.bars.iter().map(bar).collect(),
            price_sources: self.prices.iter().map(price).collect(),
            quotes: Some(self.quotes.clone()),
            corporate_actions: Some(self.corporate_actions.clone()),
            journal: self.journal.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            alerts: self.alerts.clone(),
        }
    }

    /// A new process on this world's journal; `None` when it died on the way.
    ///
    /// # Errors
    /// As [`Runner::open`].
    pub fn try_open(&self) -> Option<Result<Runner, CycleError>> {
        self.clock.forget_limits();
        drive(Runner::open(self.ports(), self.settings.clone(), "a story"))
    }

    /// A new process on this world's journal.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn runner(&self) -> Runner {
        self.try_open()
            .expect("nothing crashes in this story")
            .expect("the journal opens")
    }

    /// One try at a slot, as soon as it comes or right now; `None` when it died on the way.
    pub fn attempt(
        &self,
        runner: &mut Runner,
        slot: &str,
        limits: TryLimits,
    ) -> Option<Result<Ended, CycleError>> {
        self.clock.advance_to(at(slot));
        drive(runner.run_slot(at(slot), limits))
    }

    /// One try at a slot.
    ///
    /// # Panics
    /// When nothing could be recorded.
    pub fn slot(&self, runner: &mut Runner, slot: &str) -> Ended {
        self.attempt(runner, slot, TryLimits::default())
            .expect("nothing crashes in this story")
            .expect("the journal can be written")
    }

    /// A whole other process that carries out `slot`, to be run while this one is paused.
    ///
    /// # Panics
    /// The process, when it cannot open the journal or record anything.
    pub fn other_process(&self, slot: &str) -> impl FnOnce() + Send + 'static {
        let (clock, ports, settings) = (self.clock.clone(), self.ports(), self.settings.clone());
        let slot = at(slot);
        move || {
            let aside = clock.swap_limits(Vec::new());
            clock.advance_to(slot);
            let opened = drive(Runner::open(ports, settings, "another process"));
            let mut runner = opened.expect("it lives").expect("the journal opens");
            drive(runner.run_slot(slot, TryLimits::default()))
                .expect("it lives")
                .expect("the journal can be written");
            clock.swap_limits(aside);
        }
    }

    /// Shares held of the traded symbol, below zero when owed.
    #[must_use]
    pub fn held(&self) -> Decimal {
        let symbol = self.symbol();
        self.broker.desk().exchange.held(&symbol)
    }

    /// Dollars in the account.
    #[must_use]
    pub fn cash(&self) -> Money {
        self.broker.desk().exchange.cash
    }

    /// The traded symbol.
    #[must_use]
    pub fn symbol(&self) -> Symbol {
        self.settings.strategy.symbol.clone()
    }

    /// Writes a record by a hand that owns no slot, such as a switch of the owner.
    pub fn throw(&self, record: Record) {
        let now = self.clock.now();
        self.journal.write(None, FakeEntropy::id(999), now, record);
    }

    /// The same by a hand that does so later.
    pub fn throw_at(&self, moment: Instant, record: Record) {
        let journal = self.journal.clone();
        let throw = move || journal.write(None, FakeEntropy::id(999), moment, record);
        self.clock.plan(moment, throw);
    }

    /// Wall time.
    #[must_use]
    pub fn clock_now(&self) -> Instant {
        self.clock.now()
    }

    /// The time of day in New York, for what a story tells.
    #[must_use]
    pub fn time(&self) -> String {
        time::new_york_text(self.clock.now())[11..19].to_owned()
    }

    /// All records.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.journal.entries()
    }

    /// The bytes kept beside the chain under this hash.
    #[must_use]
    pub fn body(&self, hash: trading::record::Hash) -> Option<Vec<u8>> {
        drive(self.journal.body(hash))?.ok().flatten()
    }
}
