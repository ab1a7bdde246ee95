//! What a seed sets up before anything happens.

use market::bar::Interval;
use market::calendar::{Session, Slot};
use market::{Calendar, Date, Instant, Money, Ratio, Split, Symbol, time};
use strategy::{ExitRule, HoursMode};
use trading::record::SplitRuled;
use trading::settings::sections::KnownSplit;
use trading::settings::{OrderStyle, Settings};
use venue::fault::Reading;
use venue::model::{
    ClientIds, Config, DayEnd, EntryMargin, Fees, HaltShown, MarketCheck, Multiplier, NotionalFill,
    SplitBooking, Venue,
};

use crate::fate::{Fate, Lot};
use crate::market_path;
use crate::story::{SplitTold, Story};

/// Purposes of the seed's lots.
const OF_SETTINGS: u64 = 1;
const OF_DATES: u64 = 2;
const OF_PRICES: u64 = 3;
const OF_OTHER_PRICES: u64 = 4;
const OF_EXCHANGE: u64 = 5;
const OF_START: u64 = 6;
const OF_SPLIT: u64 = 7;
const OF_READINGS: u64 = 8;
const OF_MARGIN: u64 = 9;
/// One account in so many may borrow and sell short, as accounts are opened unless asked otherwise.
const MARGIN_ONE_IN: u64 = 8;
/// One seed in so many goes through a split.
const SPLIT_ONE_IN: u64 = 4;
/// One seed in so many trades the usual pair of averages; the others the shortest, to cross often.
const USUAL_PAIR_ONE_IN: u64 = 16;
/// Slots without faults at the end: enough for recovery and two decisions.
pub(crate) const CLEAN_SLOTS: usize = 3;
/// Slots of a full session.
const MOST_OF_A_SESSION: usize = 13;
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
    /// Which unconfirmed facts the exchange reads otherwise, by name.
    pub(crate) readings: Vec<&'static str>,
    /// The split that the seed goes through, and who tells of it.
    split: Option<Ahead>,
    /// One process carries many slots, instead of one each.
    pub(crate) daemon: bool,
    /// What the world does besides.
    pub(crate) story: Option<&'static Story>,
}

impl Scenario {
    /// The scenario of a seed with so many faulty slots, or with those of a story.
    pub(crate) fn of(fate: &Fate, faulty: usize, story: Option<&'static Story>) -> Self {
        let calendar = Calendar::nyse();
        let mut lot = fate.lot(OF_SETTINGS);
        let mut settings = settings(&mut lot);
        let faulty = story.map_or(faulty, |story| story.slots);
        // On paper the owner may let a margin account trade: its cash alone is spent even so.
        if margin(fate.lot(OF_MARGIN)) == Some(Multiplier::Four) {
            settings.limits.require_unlevered_account = false;
        }
        if let Some(story) = story {
            story.configure(&mut settings);
        }
        let params = settings.strategy.params().expect("the pairs are valid");
        let history = params.window_hours() as usize / 6 + 3;
        let first = match story {
            Some(story) => story.first(),
            None => first_date(fate.lot(OF_DATES)),
        };
        // Half of all seeds begin within a session, so that the night lies among their faults.
        let mut start = fate.lot(OF_START);
        let is_cut = start.coin() && story.is_none();
        let skipped = if is_cut { start.below(12) } else { 0 };
        let skipped = usize::try_from(skipped).expect("below twelve");
        let sessions = sessions(
            &calendar,
            first,
            history,
            skipped + faulty + MOST_OF_A_SESSION,
        );
        let slots = slots(&sessions[history..], skipped, faulty);
        let split = split(fate.lot(OF_SPLIT), &sessions[history + 1..], story);
        let readings = readings(fate.lot(OF_READINGS));
        if let Some(ahead) = split.filter(|ahead| ahead.told == SplitTold::Configured) {
            let symbol = settings.strategy.symbol.clone();
            settings.data.splits.push(configured(symbol, ahead.split));
        }
        Self {
            venue: venue(fate, &calendar, &sessions, slots[0], split, &readings),
            readings: readings.into_iter().map(|(name, _)| name).collect(),
            settings,
            split,
            slots,
            daemon: lot.coin(),
            story,
        }
    }

    /// From then on nothing goes wrong.
    pub(crate) fn calm_from(&self) -> Instant {
        self.slots[self.slots.len() - CLEAN_SLOTS].at() - time::minutes(1)
    }

    /// Whether nobody announces the seed's split.
    pub(crate) fn split_is_untold(&self) -> bool {
        self.split
            .is_some_and(|ahead| ahead.told != SplitTold::Announced)
    }

    /// What the owner says of a split that nobody announced.
    pub(crate) fn ruling(&self) -> Option<SplitRuled> {
        let untold = self
            .split
            .filter(|ahead| ahead.told == SplitTold::Nowhere)?;
        Some(SplitRuled {
            symbol: self.symbol().clone(),
            split: untold.split,
            accepted: true,
        })
    }

    /// What is traded.
    pub(crate) fn symbol(&self) -> &Symbol {
        &self.settings.strategy.symbol
    }
}

/// A split that a seed goes through.
#[derive(Debug, Clone, Copy)]
struct Ahead {
    split: Split,
    /// New shares for old ones.
    rates: (u32, u32),
    told: SplitTold,
}

/// The split of a seed or story that has one, at the opening of the first of these sessions.
fn split(mut lot: Lot, later: &[Session], story: Option<&Story>) -> Option<Ahead> {
    let is_drawn = lot.below(SPLIT_ONE_IN) == 0;
    let told = story.map(|story| story.split);
    if told.map_or(!is_drawn, |told| told.is_none()) {
        return None;
    }
    const RATES: [(u32, u32); 6] = [(2, 1), (3, 1), (3, 2), (4, 1), (1, 2), (1, 10)];
    let rates = RATES[usize::try_from(lot.below(6)).expect("one of six")];
    let ratio = Ratio::new(rates.0.into(), rates.1.into()).expect("usual ratios are ratios");
    let drawn = match lot.below(8) {
        0..=3 => SplitTold::Announced,
        4 | 5 => SplitTold::Configured,
        _ => SplitTold::Nowhere,
    };
    let told = told.flatten().unwrap_or(drawn);
    let date = later.first()?.date;
    let split = Split { date, ratio };
    Some(Ahead { split, rates, told })
}

fn configured(symbol: Symbol, split: Split) -> KnownSplit {
    KnownSplit {
        symbol,
        date: split.date,
        ratio: split.ratio,
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

/// So many slots with trouble, and those without: the first of the session after, so that what
/// lasts a day is over too.
fn slots(sessions: &[Session], skipped: usize, faulty: usize) -> Vec<Slot> {
    let all: Vec<Slot> = sessions.iter().flat_map(Session::slots).collect();
    let mut slots = all[skipped..skipped + faulty].to_vec();
    let last = slots.last().map(|slot| slot.date());
    let later = all.iter().filter(|slot| Some(slot.date()) > last);
    slots.extend(later.take(CLEAN_SLOTS));
    slots
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

fn venue(
    fate: &Fate,
    calendar: &Calendar,
    sessions: &[Session],
    first: Slot,
    split: Option<Ahead>,
    readings: &[(&'static str, Reading)],
) -> Venue {
    let mut lot = fate.lot(OF_EXCHANGE);
    let start = first.at() - time::minutes(30);
    let mut config = Config::new(lot.below(u64::MAX), start);
    config.cash =
        Money::from_cents(1_000_000 + i64::try_from(lot.below(10_000_000)).expect("small"));
    config.calendar = calendar.clone();
    config.partial_probability = if lot.coin() { 0.1 } else { 0.5 };
    for (_, reading) in readings {
        config.unconfirmed.take(*reading);
    }
    if let Some(multiplier) = margin(fate.lot(OF_MARGIN)) {
        config.settings.no_shorting = false;
        config.settings.max_margin_multiplier = multiplier;
    }
    if let Some(Ahead { split, rates, .. }) = split {
        let symbol = Symbol::new("TQQQ").expect("capitals");
        let split = venue::model::Split::new(symbol, split.date, rates.0, rates.1);
        config.splits.push(split.expect("usual ratios are ratios"));
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

/// How much an account may borrow that may.
fn margin(mut lot: Lot) -> Option<Multiplier> {
    if lot.below(MARGIN_ONE_IN) != 0 {
        return None;
    }
    Some(match lot.coin() {
        true => Multiplier::Two,
        false => Multiplier::Four,
    })
}

/// Every fact that the vendors' papers leave open: how it may be read otherwise, by name.
fn other_readings(lot: &mut Lot) -> [(&'static str, Reading); 13] {
    [
        (
            "ids-unique-among-active",
            Reading::ClientIds(ClientIds::UniqueAmongActive),
        ),
        ("refusal-burns-id", Reading::RefusalBurnsId(true)),
        ("day-end-cancels", Reading::DayEnd(DayEnd::Cancels)),
        (
            "lookup-lags",
            Reading::LookupLag(lot.milliseconds(100, 3_000)),
        ),
        (
            "market-check-at-collar",
            Reading::MarketCheck(MarketCheck::Collar),
        ),
        (
            "amount-less-a-cent",
            Reading::NotionalFill(NotionalFill::LessACent),
        ),
        (
            "split-after-open",
            Reading::SplitBooking(SplitBooking::AfterOpen),
        ),
        ("house-margin", Reading::EntryMargin(EntryMargin::House)),
        ("regulatory-fees", Reading::Fees(Fees::Regulatory)),
        ("unsettled-not-in-cash", Reading::UnsettledInCash(false)),
        (
            "unsettled-not-in-buying-power",
            Reading::UnsettledInBuyingPower(false),
        ),
        (
            "unsettled-not-in-non-marginable",
            Reading::UnsettledInNonMarginable(false),
        ),
        ("halt-holds-orders", Reading::HaltShown(HaltShown::Held)),
    ]
}

/// Those that a seed draws: each with even chances.
fn readings(mut lot: Lot) -> Vec<(&'static str, Reading)> {
    let others = other_readings(&mut lot);
    others.into_iter().filter(|_| lot.coin()).collect()
}
