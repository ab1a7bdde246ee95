//! One symbol's price path, made from bars.
//!
//! A bar trades four times: its open at its start; its low and high, the low first when it closes
//! at or above its open, at 1/3 and 2/3 of its span; its close one second before its end. That
//! path is the only source of prices: fills, quotes and rows of every interval come from it, and a
//! bar under way shows no more than what has traded by now. While a symbol is silent, in a halt or
//! after a session that ended early, its trades do not happen.
//!
//! Bars come on the newest share basis. Those of before an ex-date are put on the basis of their
//! day, so that the path steps as the market's did.

use std::ops::Range;

use market::bar::{Bar, Interval};
use market::calendar::{CalendarError, Session};
use market::time::{in_new_york, new_york_date, seconds};
use market::{Date, Instant, Price, Symbol};

use super::hours::Hours;
use super::split::{Basis, Split};

/// Trades a bar is made of.
pub const TRADES_PER_BAR: usize = 4;

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// When.
    pub at: Instant,
    /// Dollars per share.
    pub price: Price,
    /// Shares.
    pub size: u64,
    /// Its number in the series, from 0.
    pub number: usize,
}

/// One session of the series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) session: Session,
    /// Second of the New York day at which the session opens.
    open_second: i64,
    bars: Range<usize>,
    pub(super) high: Price,
    pub(super) low: Price,
    pub(super) volume: Option<u64>,
}

/// A symbol's bars, oldest first, and the sessions they fall into.
#[derive(Debug, Clone)]
pub struct Series {
    interval: Interval,
    bars: Vec<Bar>,
    /// The day of each bar.
    day_of: Vec<usize>,
    pub(super) days: Vec<Day>,
    /// Its splits, oldest first.
    splits: Vec<Split>,
    silences: Vec<Silence>,
}

/// A span without trades: `[from, until)`, without end when `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence {
    pub(super) from: Instant,
    pub(super) until: Option<Instant>,
}

impl Silence {
    fn holds(self, at: Instant) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    fn touches(self, from: Instant, until: Instant) -> bool {
        self.from < until && self.until.is_none_or(|end| from < end)
    }
}

/// Why bars make no series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// Too coarse: four trades would be hours apart.
    #[error(
        "{symbol}: bars of {interval} are too coarse for the venue; give bars of 30 minutes or less"
    )]
    TooCoarse {
        /// The symbol.
        symbol: Symbol,
        /// What was given.
        interval: Interval,
    },
    /// No bars.
    #[error("{symbol}: no bars, so nothing could ever trade")]
    Empty {
        /// The symbol.
        symbol: Symbol,
    },
    /// A bar at or before the one before it.
    #[error(
        "{symbol}: the bar at {start} does not come after the one before it; sort the bars and drop twins"
    )]
    OutOfOrder {
        /// The symbol.
        symbol: Symbol,
        /// The bar.
        start: Instant,
    },
    /// A bar outside the sessions or between two steps.
    #[error("{symbol}: {start} is no start of a {interval} bar of an NYSE session")]
    OffGrid {
        /// The symbol.
        symbol: Symbol,
        /// The bar.
        start: Instant,
        /// The interval of the series.
        interval: Interval,
    },
    /// Two series for one symbol.
    #[error("{symbol} is listed twice; give each symbol one series")]
    ListedTwice {
        /// The symbol.
        symbol: Symbol,
    },
    /// A bar outside the calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl Series {
    pub(super) fn new(
        symbol: &Symbol,
        interval: Interval,
        bars: Vec<Bar>,
        hours: &Hours,
        splits: Vec<Split>,
    ) -> Result<Self, SeriesError> {
        if interval > Interval::ThirtyMinutes {
            let symbol = symbol.clone();
            return Err(SeriesError::TooCoarse { symbol, interval });
        }
        let mut series = Self {
            interval,
            day_of: Vec::with_capacity(bars.len()),
            days: Vec::new(),
            bars,
            splits,
            silences: Vec::new(),
        };
        series.undo_splits();
        series.cut_days(symbol, hours)?;
        if series.bars.is_empty() {
            let symbol = symbol.clone();
            return Err(SeriesError::Empty { symbol });
        }
        Ok(series)
    }

    /// Puts bars of before an ex-date on the basis of their day.
    fn undo_splits(&mut self) {
        self.splits.sort_by_key(Split::ex_date);
        if self.splits.is_empty() {
            return;
        }
        for bar in &mut self.bars {
            let later = basis(&self.splits, new_york_date(bar.start), Date::MAX);
            *bar = later.undo(bar);
        }
    }

    fn cut_days(&mut self, symbol: &Symbol, hours: &Hours) -> Result<(), SeriesError> {
        for index in 0..self.bars.len() {
            let bar = self.bars[index];
            let symbol = || symbol.clone();
            if index > 0 && self.bars[index - 1].start >= bar.start {
                let (symbol, start) = (symbol(), bar.start);
                return Err(SeriesError::OutOfOrder { symbol, start });
            }
            let off_grid = || SeriesError::OffGrid {
                symbol: symbol(),
                start: bar.start,
                interval: self.interval,
            };
            let date = new_york_date(bar.start);
            if self.days.last().is_none_or(|day| day.session.date != date) {
                let session = hours.session(date)?.ok_or_else(off_grid)?;
                self.days.push(Day::of(session, index, &bar));
            }
            let day = self
                .days
                .last_mut()
                .expect("one was pushed for the first bar");
            if !day.session.is_bar_start(self.interval, bar.start) {
                return Err(off_grid());
            }
            day.take(index, &bar);
            self.day_of.push(self.days.len() - 1);
        }
        Ok(())
    }

    /// The length of the bars it was made from.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    /// The bars it was made from, oldest first.
    #[must_use]
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// The newest trade at or before `now`; `None` before the first one.
    #[must_use]
    pub fn last_trade(&self, now: Instant) -> Option<Trade> {
        let newest = self.newest_bar(now)?;
        let seen = self.trades_seen(newest, now);
        let trades = (0..=newest).rev().flat_map(|index| {
            let count = if index == newest {
                seen
            } else {
                TRADES_PER_BAR
            };
            (0..count).rev().map(move |nth| self.trade(index, nth))
        });
        trades.into_iter().find(|trade| self.is_heard(trade.at))
    }

    /// The first trade strictly after `now`; `None` once the bars are used up.
    #[must_use]
    pub fn next_trade(&self, now: Instant) -> Option<Trade> {
        let (first, seen) = match self.newest_bar(now) {
            None => (0, 0),
            Some(index) => (index, self.trades_seen(index, now)),
        };
        let mut trades = (first..self.bars.len()).flat_map(|index| {
            let from = if index == first { seen } else { 0 };
            (from..TRADES_PER_BAR).map(move |nth| self.trade(index, nth))
        });
        trades.find(|trade| self.is_heard(trade.at))
    }

    /// The last price before `date`'s session, on that session's basis; `None` when the series
    /// begins later.
    #[must_use]
    pub fn close_before(&self, date: Date) -> Option<Price> {
        let later = self.days.partition_point(|day| day.session.date < date);
        let day = self.days.get(later.checked_sub(1)?)?;
        let close = self.last_trade(day.session.close)?;
        Some(self.basis(day.session.date, date).price(close.price))
    }

    /// How shares of one day count on another.
    pub(super) fn basis(&self, from: Date, to: Date) -> Basis {
        basis(&self.splits, from, to)
    }

    /// The splits, oldest first.
    #[must_use]
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// No trades from a moment on, until another or for good.
    pub(super) fn silence(&mut self, silence: Silence) {
        self.silences.push(silence);
    }

    /// Ends the silences that have no end.
    pub(super) fn resume(&mut self, at: Instant) {
        for silence in &mut self.silences {
            silence.until.get_or_insert(at);
        }
    }

    /// Whether a trade at this moment happens.
    pub(super) fn is_heard(&self, at: Instant) -> bool {
        !self.silences.iter().any(|silence| silence.holds(at))
    }

    /// Whether some trade of a bar does not happen.
    pub(super) fn is_broken(&self, index: usize) -> bool {
        let touched = |silence: &Silence| silence.touches(self.bars[index].start, self.end(index));
        self.silences.iter().any(touched)
    }

    /// The bar under way or the last one before `now`.
    pub(super) fn newest_bar(&self, now: Instant) -> Option<usize> {
        self.bars
            .partition_point(|bar| bar.start <= now)
            .checked_sub(1)
    }

    pub(super) fn bar(&self, index: usize) -> &Bar {
        &self.bars[index]
    }

    pub(super) fn day_index(&self, bar: usize) -> usize {
        self.day_of[bar]
    }

    pub(super) fn end(&self, index: usize) -> Instant {
        let session = &self.days[self.day_of[index]].session;
        session.bar_end(self.interval, self.bars[index].start)
    }

    /// How many of a begun bar's trades have happened by `now`, 1 to 4.
    pub(super) fn trades_seen(&self, index: usize, now: Instant) -> usize {
        (1..TRADES_PER_BAR)
            .find(|nth| self.trade_time(index, *nth) > now)
            .unwrap_or(TRADES_PER_BAR)
    }

    /// The `nth` trade of a bar, from 0.
    pub(super) fn trade(&self, index: usize, nth: usize) -> Trade {
        let bar = &self.bars[index];
        let (first, second) = match bar.close >= bar.open {
            true => (bar.low, bar.high),
            false => (bar.high, bar.low),
        };
        let price = [bar.open, first, second, bar.close][nth];
        Trade {
            at: self.trade_time(index, nth),
            price,
            size: (bar.volume.unwrap_or(0) / TRADES_PER_BAR as u64).max(1),
            number: index * TRADES_PER_BAR + nth,
        }
    }

    fn trade_time(&self, index: usize, nth: usize) -> Instant {
        let start = self.bars[index].start;
        let end = self.end(index);
        let third = end.duration_since(start) / 3;
        match nth {
            0 => start,
            1 => start + third,
            2 => start + third * 2,
            _ => end - seconds(1),
        }
    }
}

fn basis(splits: &[Split], from: Date, to: Date) -> Basis {
    let between = |split: &&Split| from < split.ex_date() && split.ex_date() <= to;
    let passed = splits.iter().filter(between);
    passed.fold(Basis::SAME, |basis, split| basis.then(split.basis()))
}

impl Day {
    fn of(session: Session, first: usize, bar: &Bar) -> Self {
        let opens = in_new_york(session.open).1;
        Self {
            session,
            open_second: i64::from(opens.hour()) * 3600
                + i64::from(opens.minute()) * 60
                + i64::from(opens.second()),
            bars: first..first,
            high: bar.high,
            low: bar.low,
            volume: Some(0),
        }
    }

    fn take(&mut self, index: usize, bar: &Bar) {
        self.bars.end = index + 1;
        self.high = self.high.max(bar.high);
        self.low = self.low.min(bar.low);
        self.volume = self.volume.zip(bar.volume).map(|(day, bar)| day + bar);
    }

    /// Second of the New York day at `at`; clocks never change during a session.
    pub(super) fn second_of(&self, at: Instant) -> i64 {
        self.open_second + at.duration_since(self.session.open).as_secs()
    }
}
