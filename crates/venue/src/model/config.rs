//! What a venue is told before it opens.

use market::time::{milliseconds, seconds};
use market::{Bps, Calendar, Duration, Instant, Money};

use super::split::Split;
use super::uuid::Uuid;
use crate::fault::Reading;

/// Longest delay that a venue may be told, so that an order answers within its session's minute.
pub const DELAY_MAX: Duration = seconds(60);

/// Everything the model is told; the same configuration and the same calls give the same fills.
#[derive(Debug, Clone)]
pub struct Config {
    /// Seeds every draw: identifiers, and which fills are partial.
    pub seed: u64,
    /// The account's identifier; `None` draws it from the seed. Exchanges that play other bars, or
    /// that begin again with nothing bought, are other accounts: whoever opens them names them so.
    pub account: Option<Uuid>,
    /// The first moment; bars before it are history.
    pub start: Instant,
    /// Dollars in the account at the start; Alpaca's paper accounts begin with 100,000.
    pub cash: Money,
    /// Distance from bid to ask; a market order pays half of it. Default 2.
    pub spread: Bps,
    /// How likely a look at a fillable order fills only a part of it, 0 to 1. Default 0.1, as the
    /// paper engine is documented to do.
    pub partial_probability: f64,
    /// From an order's arrival, or a partial fill, to the next look at it. Default 50 ms.
    pub fill_delay: Duration,
    /// From an order's arrival to its being `new`. Default 5 ms, as recorded on paper.
    pub acknowledge_delay: Duration,
    /// From a cancel's arrival to the order being `canceled`; it may fill meanwhile. Default 20 ms.
    pub cancel_delay: Duration,
    /// The owner's settings.
    pub settings: Settings,
    /// When the exchange trades.
    pub calendar: Calendar,
    /// Splits. Bars are listed on the newest basis; the venue trades those of before an ex-date on
    /// the basis of their day.
    pub splits: Vec<Split>,
    /// Facts the vendor's papers leave open.
    pub unconfirmed: Unconfirmed,
}

impl Config {
    /// The defaults: 100,000 dollars, a cash-like account, 2 bps of spread, one partial in ten.
    #[must_use]
    pub fn new(seed: u64, start: Instant) -> Self {
        Self {
            seed,
            account: None,
            start,
            cash: Money::from_cents(10_000_000),
            spread: Bps::whole(2),
            partial_probability: 0.1,
            fill_delay: milliseconds(50),
            acknowledge_delay: milliseconds(5),
            cancel_delay: milliseconds(20),
            settings: Settings::default(),
            calendar: Calendar::nyse(),
            splits: Vec::new(),
            unconfirmed: Unconfirmed::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let half_spread = self.spread.fraction();
        if half_spread.is_sign_negative() || half_spread >= rust_decimal::Decimal::ONE {
            return Err(ConfigError::Spread(self.spread));
        }
        if !(0.0..=1.0).contains(&self.partial_probability) {
            return Err(ConfigError::Probability(self.partial_probability));
        }
        let delays = [
            ("fill_delay", self.fill_delay),
            ("acknowledge_delay", self.acknowledge_delay),
            ("cancel_delay", self.cancel_delay),
        ];
        // Without any delay two looks at an order would fall on one moment for ever.
        let sane = milliseconds(1)..=DELAY_MAX;
        match delays.into_iter().find(|(_, delay)| !sane.contains(delay)) {
            Some((name, delay)) => Err(ConfigError::Delay { name, delay }),
            None => Ok(()),
        }
    }
}

/// Why a venue cannot be opened.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The spread would leave no bid.
    #[error("spread of {0} bps; it must lie from 0 to below 10000")]
    Spread(Bps),
    /// No probability.
    #[error("partial probability of {0}; it must lie from 0 to 1")]
    Probability(f64),
    /// An unusable delay.
    #[error("{name} of {delay:#}; it must lie from 1 ms to 60 s")]
    Delay {
        /// The field.
        name: &'static str,
        /// What was given.
        delay: Duration,
    },
    /// The start lies outside the calendar.
    #[error(transparent)]
    Calendar(#[from] market::calendar::CalendarError),
}

/// How much may be bought on margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Multiplier {
    /// Cash only.
    One,
    /// Twice the equity, Regulation T.
    Two,
    /// Four times the equity during the day.
    Four,
}

impl Multiplier {
    /// As a number.
    #[must_use]
    pub const fn times(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// What the owner set on the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Fractional and notional orders are taken.
    pub fractional_trading: bool,
    /// The most margin the owner wants.
    pub max_margin_multiplier: Multiplier,
    /// Short sales are refused.
    pub no_shorting: bool,
    /// Every new order is refused.
    pub suspend_trade: bool,
    /// A mail for every fill; the venue sends none.
    pub trade_confirm_email: bool,
    /// Entries in partnerships without a tax exception are taken.
    pub ptp_no_exception_entry: bool,
    /// The overnight session is refused; the venue has none.
    pub disable_overnight_trading: bool,
}

impl Default for Settings {
    /// As `doctor` sets a live account: no margin, no short sales.
    fn default() -> Self {
        Self {
            fractional_trading: true,
            max_margin_multiplier: Multiplier::One,
            no_shorting: true,
            suspend_trade: false,
            trade_confirm_email: true,
            ptp_no_exception_entry: false,
            disable_overnight_trading: false,
        }
    }
}

/// Facts that the vendor's papers leave open; the code that trades must hold under each reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unconfirmed {
    /// Among which orders a client order id must be unique.
    pub client_ids: ClientIds,
    /// Whether a refused order uses up its client order id.
    pub refusal_burns_id: bool,
    /// What becomes of a day order that the close finds open.
    pub day_end: DayEnd,
    /// How long an order is not found by its client id after it was taken in.
    pub lookup_lag: Duration,
    /// When a split changes the position.
    pub split_booking: SplitBooking,
    /// What the entry check reckons a market purchase at.
    pub market_check: MarketCheck,
    /// How many shares a notional order buys.
    pub notional_fill: NotionalFill,
    /// What a purchase must be covered by.
    pub entry_margin: EntryMargin,
    /// The status of an order that a halt keeps waiting.
    pub halt_shown: HaltShown,
    /// Which balances hold the proceeds of sales that are not settled.
    pub unsettled: Unsettled,
    /// Whether the end of a window of bars belongs to it, at Twelve Data and FMP.
    pub end_included: bool,
    /// Whether Twelve Data charges its errors too.
    pub errors_charged: bool,
    /// What is charged for fills; paper accounts are known to pay nothing.
    pub fees: Fees,
}

impl Default for Unconfirmed {
    fn default() -> Self {
        Self {
            client_ids: ClientIds::default(),
            refusal_burns_id: false,
            day_end: DayEnd::default(),
            lookup_lag: Duration::ZERO,
            split_booking: SplitBooking::default(),
            market_check: MarketCheck::default(),
            notional_fill: NotionalFill::default(),
            entry_margin: EntryMargin::default(),
            halt_shown: HaltShown::default(),
            unsettled: Unsettled::default(),
            end_included: true,
            errors_charged: false,
            fees: Fees::default(),
        }
    }
}

impl Unconfirmed {
    /// Reads one fact in one way.
    pub const fn take(&mut self, reading: Reading) {
        match reading {
            Reading::ClientIds(scope) => self.client_ids = scope,
            Reading::RefusalBurnsId(burns) => self.refusal_burns_id = burns,
            Reading::DayEnd(end) => self.day_end = end,
            Reading::LookupLag(lag) => self.lookup_lag = lag,
            Reading::SplitBooking(booking) => self.split_booking = booking,
            Reading::MarketCheck(check) => self.market_check = check,
            Reading::NotionalFill(fill) => self.notional_fill = fill,
            Reading::EntryMargin(margin) => self.entry_margin = margin,
            Reading::HaltShown(shown) => self.halt_shown = shown,
            Reading::UnsettledInCash(held) => self.unsettled.in_cash = held,
            Reading::UnsettledInBuyingPower(held) => self.unsettled.in_buying_power = held,
            Reading::UnsettledInNonMarginable(held) => self.unsettled.in_non_marginable = held,
            Reading::EndIncluded(included) => self.end_included = included,
            Reading::ErrorsCharged(charged) => self.errors_charged = charged,
            Reading::Fees(fees) => self.fees = fees,
        }
    }
}

/// Among which orders a client order id must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientIds {
    /// All that the account ever had.
    #[default]
    UniqueForEver,
    /// Those not terminal.
    UniqueAmongActive,
}

/// What becomes of a day order that the close finds open; both have been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DayEnd {
    /// `expired`.
    #[default]
    Expires,
    /// `canceled`.
    Cancels,
}

/// When a split changes the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SplitBooking {
    /// One hour before the open of the ex-date.
    #[default]
    BeforeOpen,
    /// A quarter of an hour after it; until then the old count meets the new price.
    AfterOpen,
    /// It never does: the old count meets the new price for good.
    Never,
}

/// What the entry check reckons a market purchase at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarketCheck {
    /// The far side of the quote.
    #[default]
    Quote,
    /// A collar above it: 2.5 % from 50 dollars on, 4 % below, as older papers say.
    Collar,
}

/// How many shares a notional order buys, floored to nine decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotionalFill {
    /// Those of its dollars.
    #[default]
    Whole,
    /// Those of its dollars less one cent, as the one recorded fill has it.
    LessACent,
}

/// What a purchase must be covered by, where the account has margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EntryMargin {
    /// Buying power alone: half of all positions, Regulation T.
    #[default]
    Regulation,
    /// Also what the house asks of each position, three quarters of a fund with leverage.
    House,
}

/// The status of an order that a halt keeps waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HaltShown {
    /// `new`.
    #[default]
    New,
    /// `accepted`.
    Accepted,
    /// `held`.
    Held,
    /// `suspended`.
    Suspended,
}

impl HaltShown {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::New, Self::Accepted, Self::Held, Self::Suspended];

    /// The broker's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Suspended => "suspended",
        }
    }
}

/// What is charged for the fills of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fees {
    /// Nothing.
    #[default]
    None,
    /// What regulators take, summed over the day, rounded up to the cent and booked at its close.
    Regulatory,
}

/// Which balances hold the proceeds of sales from the fill on; those that do not hold them from
/// settlement on, one session later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsettled {
    /// `cash`.
    pub in_cash: bool,
    /// `buying_power` and its kin, and so the entry check.
    pub in_buying_power: bool,
    /// `non_marginable_buying_power`.
    pub in_non_marginable: bool,
}

impl Default for Unsettled {
    fn default() -> Self {
        Self {
            in_cash: true,
            in_buying_power: true,
            in_non_marginable: true,
        }
    }
}
