//! One exchange, one runner on it, and what each of them holds true.

use std::net::Ipv4Addr;
use std::sync::Arc;

use connectors::assemble::{Keys, assemble};
use cycle::port::{Clock, Journal};
use cycle::{CycleError, Ended, Ports, Runner, TRIES_MAX, TryLimits, retry_pause};
use journal::{Chain, Memory};
use market::bar::{Bar, Interval};
use market::{Instant, Slot, Symbol};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use trading::record::{Entry, Record};
use trading::settings::Settings;
use venue::fault::Fault;
use venue::http::{Faces, Shared, serve};
use venue::model::{Multiplier, Split};
use venue::{Config, Venue};

use super::clock::{Due, TrialClock};
use super::prices::Path;
use super::told::Told;

/// Seeds the ids of an exchange; nothing here hangs on them.
const SEED: u64 = 1;

/// What is traded.
pub(super) fn tqqq() -> Symbol {
    Symbol::new("TQQQ").unwrap()
}

/// What somebody else may have bought.
pub(super) fn other() -> Symbol {
    Symbol::new("SQQQ").unwrap()
}

/// What a world begins with.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) bars: Vec<Bar>,
    pub(super) settings: Settings,
    /// What the account may borrow: where it may, no broker's refusal hides an order too many.
    pub(super) margin: Multiplier,
    pub(super) splits: Vec<Split>,
    /// How likely a fill is partial.
    pub(super) partial: f64,
}

impl Setup {
    pub(super) fn new(path: Path) -> Self {
        Self::of(path.bars())
    }

    /// On these bars, from Alpaca's defaults but for the account, which may borrow.
    pub(super) fn of(bars: Vec<Bar>) -> Self {
        let mut settings = Settings::default();
        settings.limits.require_unlevered_account = false;
        Self {
            bars,
            settings,
            margin: Multiplier::Four,
            splits: Vec::new(),
            partial: 0.0,
        }
    }

    /// The exchange of this world, its clock at `start`.
    pub(super) fn venue(&self, start: Instant) -> Venue {
        let mut config = Config::new(SEED, start);
        config.partial_probability = self.partial;
        config.splits = self.splits.clone();
        config.settings.max_margin_multiplier = self.margin;
        config.settings.no_shorting = self.margin == Multiplier::One;
        let mut venue = Venue::new(config).unwrap();
        for symbol in [tqqq(), other()] {
            let bars = self.bars.clone();
            venue
                .add_series(&symbol, Interval::ThirtyMinutes, bars)
                .unwrap();
        }
        venue
    }
}

/// An exchange that answers on a socket, and a runner that trades there.
pub(super) struct World {
    pub(super) venue: Shared,
    serving: JoinHandle<std::io::Result<()>>,
    pub(super) runner: Runner,
    clock: Arc<TrialClock>,
    store: Memory,
    entries: Vec<Entry>,
}

impl World {
    /// Opens both at the moment of `first`.
    pub(super) async fn open(setup: &Setup, first: Slot) -> Self {
        let venue = Shared::new_virtual(setup.venue(first.at()), Faces::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(serve(listener, venue.clone()));
        let clock = Arc::new(TrialClock::new(venue.clone()));
        let shown: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let store = Memory::new();
        let ports = ports(&setup.settings, &url, &store, shown);
        let runner = Runner::open(ports, setup.settings.clone(), "a trial")
            .await
            .unwrap();
        Self {
            venue,
            serving,
            runner,
            clock,
            store,
            entries: Vec::new(),
        }
    }

    /// Waits for a slot and carries it through as `tqqq run` does.
    pub(super) async fn slot(&mut self, slot: Slot) -> String {
        self.clock.sleep_until(slot.at()).await;
        let ended = self.carry_through(slot).await;
        self.read_on().await;
        match ended {
            Ok(Ended::Closed { outcome, .. }) => {
                let tries = self.tries(slot);
                let word = words(&outcome);
                if tries > 1 {
                    format!("{word}, try {tries}")
                } else {
                    word
                }
            }
            other => format!("{other:?}"),
        }
    }

    /// Tries a slot again while it stays open.
    async fn carry_through(&mut self, slot: Slot) -> Result<Ended, CycleError> {
        for tries in 1..TRIES_MAX {
            let ended = self.try_once(slot).await;
            if !matches!(ended, Ok(Ended::TryFailed { .. })) {
                return ended;
            }
            self.wait_until(self.clock.now() + retry_pause(tries)).await;
        }
        self.try_once(slot).await
    }

    async fn try_once(&mut self, slot: Slot) -> Result<Ended, CycleError> {
        self.runner.run_slot(slot.at(), TryLimits::default()).await
    }

    fn tries(&self, slot: Slot) -> u32 {
        let opened = self
            .entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.record {
                Record::SlotOpened(opened) if entry.slot == Some(slot) => Some(opened.try_number),
                _ => None,
            });
        opened.unwrap_or(0)
    }

    /// The whole chain, as far as slots are over.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    async fn read_on(&mut self) {
        let from = self.entries.len() as u64 + 1;
        let more = self.chain().read(from, usize::MAX).await.unwrap();
        self.entries.extend(more);
    }

    pub(super) fn chain(&self) -> Chain<Memory> {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        Chain::new(self.store.clone(), clock)
    }

    /// Sets faults at a moment, which may lie within a slot to come; if it is past, with the next
    /// wait.
    pub(super) fn set_at(&self, at: Instant, faults: Vec<Fault>) {
        self.clock.expect(Due { at, faults });
    }

    /// How often the faults struck that are not forgotten.
    pub(super) fn strikes(&self) -> u64 {
        let reports = self.venue.faults();
        reports.iter().map(|report| report.struck).sum()
    }

    /// Ends every fault, with its count.
    pub(super) fn forget(&self) {
        self.venue.forget_faults();
    }

    /// Lets time pass up to a moment.
    pub(super) async fn wait_until(&self, at: Instant) {
        self.clock.sleep_until(at).await;
    }

    /// Ends every fault.
    pub(super) fn clear(&self) {
        let all = |venue: &mut Venue| venue.clear_faults(|_, _| true);
        self.venue.with_venue(all);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The engine's ports, wired as `tqqq run` does, but for a journal in memory.
fn ports(settings: &Settings, url: &str, store: &Memory, clock: Arc<dyn Clock>) -> Ports {
    let connected = assemble(settings, Some(url), &Keys::placeholders(), &clock).unwrap();
    let journal = Arc::new(Chain::new(store.clone(), Arc::clone(&clock)));
    connected.ports(journal, clock, Arc::new(Told))
}

/// An outcome in few words: without the numbers, which the journal has.
fn words(outcome: &trading::outcome::Outcome) -> String {
    use trading::outcome::Outcome;
    match outcome {
        Outcome::Refused(refusal) => format!("refused: {}", refusal.reason),
        Outcome::Failed(error) => {
            let step = error.split(':').next().unwrap_or_default();
            format!("failed: {step}")
        }
        other => other.to_string(),
    }
}
