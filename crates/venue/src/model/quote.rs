//! What the market shows: the quote, and the day so far.

use market::bar::Interval;
use market::time::new_york_date;
use market::{Bps, Instant, Price};
use rust_decimal::{Decimal, RoundingStrategy};

use super::rows::{Row, Window};
use super::series::{Day, TRADES_PER_BAR, Trade};
use super::{Side, Venue};

/// Digits behind the point in a quote: fills have been recorded finer than a cent.
const QUOTE_DECIMALS: u32 = 4;
/// Sessions in the averages and extremes of a year.
const SESSIONS_A_YEAR: usize = 252;

/// The best prices on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The trade it stands around.
    pub trade: Trade,
    /// What a seller gets.
    pub bid: Price,
    /// What a buyer pays.
    pub ask: Price,
}

impl Quote {
    /// The price that an order of `side` takes.
    #[must_use]
    pub const fn taken_by(&self, side: Side) -> Price {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }

    /// The quote around a trade, its sides so far apart.
    #[must_use]
    pub fn around(trade: Trade, spread: Bps) -> Self {
        let half = spread.fraction() / Decimal::TWO;
        let smallest = Decimal::new(1, QUOTE_DECIMALS);
        let side = |factor: Decimal, rounding| {
            let exact = trade.price.decimal() * factor;
            let rounded = exact.round_dp_with_strategy(QUOTE_DECIMALS, rounding);
            Price::new(rounded.max(smallest)).expect("at least the smallest step")
        };
        Self {
            trade,
            bid: side(Decimal::ONE - half, RoundingStrategy::ToNegativeInfinity),
            ask: side(Decimal::ONE + half, RoundingStrategy::ToPositiveInfinity),
        }
    }
}

/// A session so far, and the year behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayQuote {
    /// The newest session that has traded.
    pub day: Row,
    /// Its open.
    pub opened: Instant,
    /// The newest trade.
    pub trade: Trade,
    /// Close of the session before; the day's own open when the series begins with it.
    pub previous_close: Price,
    /// Shares a session over the year, the newest left out unless it is the only one.
    pub average_volume: u64,
    /// Lowest price of the year.
    pub year_low: Price,
    /// Highest price of the year.
    pub year_high: Price,
}

impl Venue {
    /// The quote around the newest trade; `None` for a symbol that is not listed or has not traded.
    #[must_use]
    pub fn quote(&self, symbol: &str) -> Option<Quote> {
        self.quote_at(symbol, self.now)
    }

    /// As [`Venue::quote`], as it stood at an earlier moment.
    #[must_use]
    pub fn quote_at(&self, symbol: &str, at: Instant) -> Option<Quote> {
        let trade = self.series(symbol)?.last_trade(at.min(self.now))?;
        Some(Quote::around(trade, self.config.spread))
    }

    /// When a vendor's quote was made, looked at at `at`: while the symbol trades it is renewed every
    /// second; else it is as old as the newest trade.
    #[must_use]
    pub fn quote_made_at(&self, quote: &Quote, symbol: &str, at: Instant) -> Instant {
        let at = at.min(self.now);
        let session = self.hours.session(new_york_date(at)).ok().flatten();
        let trades = session.is_some_and(|session| session.contains(at))
            && self
                .series(symbol)
                .is_some_and(|series| series.is_heard(at));
        match Instant::from_second(at.as_second()) {
            Ok(second) if trades => second.max(quote.trade.at),
            _ => quote.trade.at,
        }
    }

    /// The newest session's row and what surrounds it.
    #[must_use]
    pub fn day_quote(&self, symbol: &str) -> Option<DayQuote> {
        self.day_quote_at(symbol, self.now)
    }

    /// As [`Venue::day_quote`], as it stood at an earlier moment.
    #[must_use]
    pub fn day_quote_at(&self, symbol: &str, at: Instant) -> Option<DayQuote> {
        let series = self.series(symbol)?;
        let now = at.min(self.now);
        let trade = series.last_trade(now)?;
        let window = Window {
            limit: 1,
            from: None,
            until: None,
        };
        let day = *series.rows(Interval::OneDay, window, now).first()?;
        let newest = series.day_index(trade.number / TRADES_PER_BAR);
        let year = &series.days[newest.saturating_sub(SESSIONS_A_YEAR)..newest];
        let today = day.date;
        let on_basis = |past: &Day, price| series.basis(past.session.date, today).price(price);
        let volumes: u64 = year.iter().filter_map(|day| day.volume).sum();
        Some(DayQuote {
            day,
            opened: series.days[newest].session.open,
            trade,
            previous_close: series.close_before(day.date).unwrap_or(day.open),
            average_volume: volumes
                .checked_div(year.len() as u64)
                .or(day.volume)
                .unwrap_or(0),
            year_low: year
                .iter()
                .map(|past| on_basis(past, past.low))
                .fold(day.low, Price::min),
            year_high: year
                .iter()
                .map(|past| on_basis(past, past.high))
                .fold(day.high, Price::max),
        })
    }
}
