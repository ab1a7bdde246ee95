//! Courses of days worth a name: what the world does at which slot, whatever else the seed draws.
//!
//! Account, prices and configuration stay the seed's, so that a story is told in as many ways as
//! there are seeds, quietly or with every fault on top. Its days are full sessions, 13 slots each.

use std::fmt;
use std::str::FromStr;

use market::{Date, Money};
use trading::settings::{Settings, Venue};

/// Slots of a full session.
const DAY: usize = 13;
/// A week of full sessions on New York's summer time.
const PLAIN_WEEK: &str = "2025-05-12";

/// Something that happens at a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Nothing trades for so many slots.
    Halted(u32),
    /// The exchange closes at this reading of New York's clocks.
    ClosesAt(&'static str),
    /// The first source of bars is down for so many slots.
    SourceDown(u32),
    /// The broker answers no question and takes no order for so many slots.
    BrokerDown(u32),
    /// The owner pays so many dollars in.
    Deposit(i64),
    /// The owner pays half of the cash out.
    Withdrawal,
    /// The owner sells half of the holding by hand.
    ManualSale,
    /// The owner buys another share by hand.
    ManualPurchase,
    /// Shares of the traded symbol arrive that no order of ours bought.
    TransferIn,
    /// The owner arms a live account for so many slots.
    Armed(u32),
}

/// Who tells of a story's split, which opens its second day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SplitTold {
    Announced,
    Configured,
    Nowhere,
}

/// A named course of days.
#[derive(Debug)]
pub struct Story {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens.
    pub what: &'static str,
    /// Slots in which it may happen; clean ones follow.
    pub slots: usize,
    first: &'static str,
    is_live: bool,
    pub(crate) split: Option<SplitTold>,
    /// What happens at which slot, from 0.
    pub(crate) events: &'static [(usize, Event)],
}

impl Story {
    const fn new(name: &'static str, what: &'static str, days: usize) -> Self {
        Self {
            name,
            what,
            slots: days * DAY,
            first: PLAIN_WEEK,
            is_live: false,
            split: None,
            events: &[],
        }
    }

    const fn from(self, first: &'static str) -> Self {
        Self { first, ..self }
    }

    const fn splitting(self, told: SplitTold) -> Self {
        let split = Some(told);
        Self { split, ..self }
    }

    const fn with(self, events: &'static [(usize, Event)]) -> Self {
        Self { events, ..self }
    }

    const fn live(self) -> Self {
        let is_live = true;
        Self { is_live, ..self }
    }

    /// Its first session.
    pub(crate) fn first(&self) -> Date {
        self.first.parse().expect("written as dates")
    }

    /// What it asks of the configuration.
    pub(crate) fn configure(&self, settings: &mut Settings) {
        if self.is_live {
            settings.venue = Venue::AlpacaLive;
            // A live account asks for two sources that agree.
            let all = ["twelve-data", "fmp", "alpaca"];
            settings.data.sources = all.iter().map(|name| (*name).to_owned()).collect();
            settings.data.min_sources = Some(2);
            settings.limits.require_unlevered_account = true;
        }
    }

    /// Whether the account must be armed for an entry.
    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// What happens at a slot.
    pub(crate) fn at(&self, place: usize) -> impl Iterator<Item = Event> {
        let here = self.events.iter().filter(move |(at, _)| *at == place);
        here.map(|(_, event)| *event)
    }
}

/// Every story.
pub const STORIES: [Story; 14] = [
    Story::new(
        "split-announced",
        "the symbol splits overnight, and the broker's data service says so",
        2,
    )
    .splitting(SplitTold::Announced),
    Story::new(
        "split-configured",
        "the symbol splits overnight, and the configuration knows",
        2,
    )
    .splitting(SplitTold::Configured),
    Story::new(
        "split-untold",
        "the symbol splits overnight, and nobody says so until the owner rules",
        2,
    )
    .splitting(SplitTold::Nowhere),
    Story::new("halt-over-two-slots", "nothing trades for two slots", 1)
        .with(&[(4, Event::Halted(2))]),
    Story::new(
        "early-close",
        "the exchange closes at noon, and no calendar knew",
        2,
    )
    .with(&[(2, Event::ClosesAt("12:00"))]),
    Story::new(
        "clocks-go-forward",
        "Friday to Tuesday over the night that is an hour short",
        3,
    )
    .from("2025-03-07"),
    Story::new(
        "clocks-go-back",
        "Friday to Tuesday over the night that is an hour long",
        3,
    )
    .from("2025-10-31"),
    Story::new(
        "source-down-a-week",
        "the first source is down for a week",
        6,
    )
    .with(&[(1, Event::SourceDown(5 * 48))]),
    Story::new(
        "broker-down-at-the-last-slot",
        "the broker is down from 15:30 until the session is over",
        3,
    )
    .with(&[
        (DAY - 1, Event::BrokerDown(2)),
        (2 * DAY - 1, Event::BrokerDown(2)),
    ]),
    Story::new("deposit", "the owner pays 25,000 USD in", 1).with(&[(3, Event::Deposit(25_000))]),
    Story::new("withdrawal", "the owner pays half of the cash out", 1)
        .with(&[(3, Event::Withdrawal), (8, Event::Withdrawal)]),
    Story::new(
        "manual-trades",
        "the owner sells half of the holding by hand, and buys something else",
        2,
    )
    .with(&[
        (3, Event::ManualSale),
        (6, Event::ManualPurchase),
        (9, Event::ManualSale),
    ]),
    Story::new(
        "transfer-in",
        "shares arrive that no order of ours bought",
        1,
    )
    .with(&[(3, Event::TransferIn), (8, Event::TransferIn)]),
    Story::new(
        "arm-expires",
        "a live account is armed for four slots, and armed again on the second day",
        2,
    )
    .live()
    .with(&[(0, Event::Armed(4)), (DAY + 6, Event::Armed(4))]),
];

/// No story has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no story; `tqqq simulate --story help` lists them")]
pub struct UnknownStory(String);

impl FromStr for &'static Story {
    type Err = UnknownStory;

    fn from_str(text: &str) -> Result<Self, UnknownStory> {
        let mut stories = STORIES.iter();
        let found = stories.find(|story| story.name == text);
        found.ok_or_else(|| UnknownStory(text.to_owned()))
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// So many dollars.
pub(crate) fn dollars(count: i64) -> Money {
    Money::from_cents(count * 100)
}
