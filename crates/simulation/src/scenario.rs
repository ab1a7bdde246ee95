//! What a seed sets up before anything happens.

use market::bar::Interval;
use market::calendar::{Session, Slot};
use market::{Calendar, Date, Money, Symbol};
use strategy::{ExitRule, HoursMode};
use trading::settings::{OrderStyle, Settings};
use venue::fault::Reading;
use venue::model::{ClientIds, Config, DayEnd, MarketCheck, NotionalFill, Venue};

use crate::fate::{Fate, Lot};
use crate::market_path;

/// Purposes of the seed's lots.
const OF_SETTINGS: u64 = 1;
const OF_DATES: u64 = 2;
const OF_PRICES: u64 = 3;
const OF_OTHER_PRICES: u64 = 4;
const OF_EXCHANGE: u64 = 5;
/// One seed in so many trades the usual pair of averages; the others the shortest, to cross often.
const USUAL_PAIR_ONE_IN: u64 = 16;
/// Slots without faults at the end: enough for recovery and two decisions.
pub(crate) const CLEAN_SLOTS: usize = 3;
/// A holding that is not ours.
pub(crate) const OTHER: &str = "QQQ";

/// Weeks in which the clocks change, half days and what surrounds them: the first session.
const ODD_DATES: [&str; 8] = [
    "2024-03-08",
    "2024-11-01",
    "2024-11-27",
    "2024-07-02",
    "2025-03-07",
    "2025-10-31",
    "2025-12-23",
    "2026-03-06",
];

/// What a seed sets up.
pub(crate) struct Scenario {
    /// The configuration of every runner.
    pub(crate) settings: Settings,
    /// The slots, the clean ones last.
    pub(crate) slots: Vec<Slot>,
    /// The exchange, before the first slot.
    pub(crate) venue: Venue,
    /// One process carries many slots, instead of one each.
    pub(crate) daemon: bool,
}

impl Scenario {
    /// The scenario of a seed with so many faulty slots.
    pub(crate) fn of(fate: &Fate, faulty: usize) -> Self {
        let calendar = Calendar::nyse();
        let mut lot = fate.lot(OF_SETTINGS);
        let settings = settings(&mut lot);
        let params = settings.strategy.params().expect("the pairs are valid");
        let history = params.window_hours() as usize / 6 + 3;
        let first = first_date(fate.lot(OF_DATES));
        let sessions = sessions(&calendar, first, history, faulty + CLEAN_SLOTS);
        let slots: Vec<Slot> = sessions[history..]
            .iter()
            .flat_map(Session::slots)
            .collect();
        let slots = slots[..faulty + CLEAN_SLOTS].to_vec();
        Self {
            venue: venue(fate, &calendar, &sessions, slots[0]),
            settings,
            slots,
            daemon: lot.coin(),
        }
    }

    /// What is traded.
    pub(crate) fn symbol(&self) -> &Symbol {
        &self.settings.strategy.symbol
    }
}

fn settings(lot: &mut Lot) -> Settings {
    let mut settings = Settings::default();
    if lot.below(USUAL_PAIR_ONE_IN) != 0 {
        (settings.strategy.fast, settings.strategy.slow) = (2, 3);
    }
    if lot.below(8) == 0 {
        settings.strategy.hours = HoursMode::Forming;
    }
    if lot.below(4) == 0 {
        settings.strategy.exit = ExitRule::Broken;
    }
    if lot.below(4) == 0 {
        settings.orders.order = OrderStyle::Limit;
    }
    let sources = ["twelve-data", "fmp", "alpaca"];
    let count = 1 + usize::try_from(lot.below(3)).expect("below three");
    settings.data.sources = sources[..count]
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    if count > 1 && lot.below(4) == 0 {
        settings.data.min_sources = Some(2);
    }
    if lot.coin() {
        settings.data.max_gaps = 3;
    }
    if lot.coin() {
        settings.limits.round_trips_per_day = 12;
    }
    settings
}

fn first_date(mut lot: Lot) -> Date {
    if lot.below(4) == 0 {
        let odd = usize::try_from(lot.below(ODD_DATES.len() as u64)).expect("a place in it");
        return ODD_DATES[odd].parse().expect("written as dates");
    }
    let day = i64::try_from(lot.below(3_600)).expect("ten years");
    let base: Date = "2017-01-03".parse().expect("a date");
    base.checked_add(market::Duration::from_hours(24 * day))
        .expect("within the calendar")
}

/// So many sessions before `first`, and as many from there on as hold the slots.
fn sessions(calendar: &Calendar, first: Date, history: usize, slots: usize) -> Vec<Session> {
    let known = "the dates lie well inside the calendar";
    let mut sessions = Vec::new();
    let mut date = first;
    for _ in 0..history {
        let session = calendar.previous_session(date).expect(known);
        date = session.date;
        sessions.push(session);
    }
    sessions.reverse();
    let mut last = sessions.last().map_or(first, |session| session.date);
    let mut held = 0;
    // One more, so that whatever is still open at the end has a session to trade in.
    while held < slots + 1 {
        let session = calendar.next_session(last).expect(known);
        last = session.date;
        held += session.slots().len();
        sessions.push(session);
    }
    sessions
}

fn venue(fate: &Fate, calendar: &Calendar, sessions: &[Session], first: Slot) -> Venue {
    let mut lot = fate.lot(OF_EXCHANGE);
    let start = first.at() - market::time::minutes(30);
    let mut config = Config::new(lot.below(u64::MAX), start);
    config.cash =
        Money::from_cents(1_000_000 + i64::try_from(lot.below(10_000_000)).expect("small"));
    config.calendar = calendar.clone();
    config.partial_probability = if lot.coin() { 0.1 } else { 0.5 };
    for reading in readings(&mut lot) {
        config.unconfirmed.take(reading);
    }
    let mut venue = Venue::new(config).expect("the configuration is sane");
    let listed = [("TQQQ", OF_PRICES), (OTHER, OF_OTHER_PRICES)];
    for (symbol, purpose) in listed {
        let symbol = Symbol::new(symbol).expect("capitals");
        let bars = market_path::bars(fate.lot(purpose), sessions);
        venue
            .add_series(&symbol, Interval::ThirtyMinutes, bars)
            .expect("the bars stand on the grid");
    }
    venue
}

/// Every fact that the vendors' papers leave open, read one way or the other.
fn readings(lot: &mut Lot) -> Vec<Reading> {
    let mut readings = Vec::new();
    if lot.coin() {
        readings.push(Reading::ClientIds(ClientIds::UniqueAmongActive));
    }
    if lot.coin() {
        readings.push(Reading::RefusalBurnsId(true));
    }
    if lot.coin() {
        readings.push(Reading::DayEnd(DayEnd::Cancels));
    }
    if lot.coin() {
        readings.push(Reading::LookupLag(lot.milliseconds(100, 3_000)));
    }
    if lot.coin() {
        readings.push(Reading::MarketCheck(MarketCheck::Collar));
    }
    if lot.coin() {
        readings.push(Reading::NotionalFill(NotionalFill::LessACent));
    }
    readings.push(Reading::UnsettledInCash(lot.coin()));
    readings.push(Reading::UnsettledInBuyingPower(lot.coin()));
    readings.push(Reading::UnsettledInNonMarginable(lot.coin()));
    readings
}
