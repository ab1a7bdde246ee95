//! The exchange: a market made from bars, one account, and orders that live and fill.
//!
//! [`Venue`] is everything. Calls answer at [`Venue::now`]; [`Venue::advance`] moves it, doing on
//! the way all that falls due, each thing at its own moment and in one order: opens and closes,
//! orders reaching the market, cancels, looks for a fill.
//!
//! # How orders fill
//!
//! The quote is the last trade with half of `spread` on either side, to four decimals and away
//! from whoever takes it. An order is looked at `fill_delay` after it came. A market order takes
//! the quote; a limit order takes it once its limit allows, else it waits for the next trade. One
//! look in ten (`partial_probability`) fills a part of random size and looks again later. Size
//! moves no price: the paper engine never compares an order with what is on offer. While a symbol
//! has not traded in this session its orders wait, as in a halt.
//!
//! # What holds always
//!
//! No order fills more than was asked. A sale never exceeds what is held, less what other orders
//! hold. With multiplier 1 cash never goes below zero: an order that a rising price has made
//! unaffordable is rejected, or canceled when a part is done.
//!
//! # What goes wrong
//!
//! [`Venue::set_fault`] takes every fault of [`crate::fault`]. Those of the exchange strike here:
//! halts, stuck, late and rejected orders, cancels that lose, sessions cut short, readings of
//! unconfirmed facts. The others wait for a face that asks for them.
//!
//! Deliberately absent: stop, trailing and bracket orders, auctions, extended hours, interest;
//! dividends and fees come only when somebody books them.

mod account;
mod admission;
mod agenda;
mod book;
mod config;
mod desk;
mod engine;
mod fees;
mod hours;
mod ledger;
mod listing;
mod order;
mod past;
mod quote;
mod refusal;
mod replacement;
mod rows;
mod series;
mod split;
mod trouble;
mod update;
mod uuid;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use market::bar::{Bar, Interval};
use market::calendar::Session;
use market::time::new_york_date;
use market::{Instant, Symbol};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use crate::fault::Faults;
use account::Account;
pub use account::{Count, LAG_MAX};
use agenda::{Agenda, Event};
use book::Book;
pub use config::{
    ClientIds, Config, ConfigError, DELAY_MAX, DayEnd, EntryMargin, Fees, HaltShown, MarketCheck,
    Multiplier, NotionalFill, Settings, SplitBooking, Unconfirmed, Unsettled,
};
pub(crate) use engine::unit_interval;
pub use hours::Hours;
pub use ledger::{Activity, BookingError, Cash, CashKind, Entry, Fill, SplitBooked};
use listing::Listed;
pub use listing::Listing;
pub use order::{
    CLIENT_ORDER_ID_LENGTH_MAX, Happening, Kind, NOTIONAL_MIN_CENTS, Order, OrderQuery,
    OrderRequest, PositionIntent, Replacement, Scope, Side, Size, Status, TimeInForce, Times,
};
pub use quote::{DayQuote, Quote};
pub use refusal::Refusal;
pub use rows::{Row, Window};
pub use series::{Series, SeriesError, TRADES_PER_BAR, Trade};
pub use split::{Split, SplitError};
pub use trouble::TroubleError;
pub use update::{Execution, UPDATES_KEPT, Update};
pub use uuid::{Uuid, UuidError};
pub use views::{AccountView, ClockView, Lag, PositionView};

/// The exchange.
#[derive(Debug, Clone)]
pub struct Venue {
    config: Config,
    hours: Hours,
    /// The readings in force: the configured ones, then those set by name.
    unconfirmed: Unconfirmed,
    now: Instant,
    session: Option<Session>,
    listed: BTreeMap<Symbol, Listed>,
    account: Account,
    book: Book,
    agenda: Agenda,
    ids: ChaCha8Rng,
    draws: ChaCha8Rng,
    /// Client ids of refused orders, where those are used up.
    burnt_ids: BTreeSet<String>,
    /// What happened on the account, oldest first.
    ledger: Vec<Activity>,
    activity_ids: ChaCha8Rng,
    /// Splits of the configuration that the position knows, by their place there.
    booked_splits: BTreeSet<usize>,
    faults: Faults,
}

/// Streams of one seed, so that making ids up never changes which fills are partial.
const STREAM_OF_IDS: u64 = 1;
const STREAM_OF_DRAWS: u64 = 2;
const STREAM_OF_ACTIVITIES: u64 = 3;

impl Venue {
    /// Opens a venue at its configured start, with nothing listed.
    ///
    /// # Errors
    /// [`ConfigError`] for a configuration that makes no sense.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let now = config.start;
        let stream = |number| {
            let mut stream = ChaCha8Rng::seed_from_u64(config.seed);
            stream.set_stream(number);
            stream
        };
        let mut ids = stream(STREAM_OF_IDS);
        let hours = Hours::new(config.calendar.clone());
        let before = hours.previous_session(new_york_date(now))?;
        // Drawn all the same, so that naming the account changes no other identifier.
        let drawn = Uuid::next(&mut ids);
        let id = config.account.unwrap_or(drawn);
        let mut account = Account::opened(id, now, config.cash, config.settings);
        account.last.on = before.date;
        let mut venue = Self {
            now,
            session: hours.session_at(now)?,
            hours,
            unconfirmed: config.unconfirmed,
            listed: BTreeMap::new(),
            account,
            book: Book::default(),
            agenda: Agenda::default(),
            ids,
            draws: stream(STREAM_OF_DRAWS),
            burnt_ids: BTreeSet::new(),
            ledger: Vec::new(),
            activity_ids: stream(STREAM_OF_ACTIVITIES),
            booked_splits: BTreeSet::new(),
            faults: Faults::default(),
            config,
        };
        match venue.session {
            Some(session) => venue.agenda.add(session.close, Event::Close),
            None => venue.await_open(),
        }
        venue.await_splits()?;
        Ok(venue)
    }

    /// Lists a symbol with its whole price path: bars of `interval`, at most 30 minutes, oldest
    /// first, on the session grid and the newest share basis. Bars before the start are history;
    /// those before an ex-date of the configuration trade on the basis of their day.
    ///
    /// # Errors
    /// [`SeriesError`] naming the bar that does not fit.
    pub fn add_series(
        &mut self,
        symbol: &Symbol,
        interval: Interval,
        bars: Vec<Bar>,
    ) -> Result<(), SeriesError> {
        self.list(Listing::of(symbol), interval, bars)
    }

    /// As [`Venue::add_series`], with what the vendors say about the symbol.
    ///
    /// # Errors
    /// [`SeriesError`] naming the bar that does not fit.
    pub fn list(
        &mut self,
        listing: Listing,
        interval: Interval,
        bars: Vec<Bar>,
    ) -> Result<(), SeriesError> {
        let symbol = listing.symbol.clone();
        if self.listed.contains_key(&symbol) {
            return Err(SeriesError::ListedTwice { symbol });
        }
        let splits = self.config.splits.iter();
        let own = splits.filter(|split| *split.symbol() == symbol).cloned();
        let series = Series::new(&symbol, interval, bars, &self.hours, own.collect())?;
        self.listed.insert(symbol, Listed { listing, series });
        Ok(())
    }

    /// What was told at the start.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// When the exchange really trades.
    #[must_use]
    pub const fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The readings of unconfirmed facts in force.
    #[must_use]
    pub const fn unconfirmed(&self) -> &Unconfirmed {
        &self.unconfirmed
    }

    /// The moment at which the venue stands.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The moment of the next thing the venue will do by itself; `None` when the calendar is used
    /// up and nothing is under way.
    #[must_use]
    pub fn next_event(&self) -> Option<Instant> {
        self.agenda.next()
    }

    /// The symbols listed, in order.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.listed.values().map(|listed| &listed.listing)
    }

    /// What is listed under a symbol.
    #[must_use]
    pub fn listing(&self, symbol: &str) -> Option<&Listing> {
        self.listed(symbol).map(|listed| &listed.listing)
    }

    /// The prices of a symbol.
    #[must_use]
    pub fn series(&self, symbol: &str) -> Option<&Series> {
        self.listed(symbol).map(|listed| &listed.series)
    }

    fn listed(&self, symbol: &str) -> Option<&Listed> {
        self.listed.get(&Symbol::new(symbol).ok()?)
    }
}
