//! Rows of any interval, cut from a series on the session grid.
//!
//! A row at least as long as the bars is merged from them; a shorter one exists where a trade
//! fell. The newest row may still be forming: it shows what has traded by now and no more.

use market::bar::Interval;
use market::time::new_york_date;
use market::{Date, Instant, Price};

use super::series::{Series, TRADES_PER_BAR};
use super::split::Basis;

/// Open, high, low, close and volume of one span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// First moment of the span; New York midnight for a day.
    pub start: Instant,
    /// New York's date.
    pub date: Date,
    /// Second of New York's day at `start`; 0 for a day.
    pub second: i64,
    /// First price.
    pub open: Price,
    /// Highest price so far.
    pub high: Price,
    /// Lowest price so far.
    pub low: Price,
    /// Last price so far.
    pub close: Price,
    /// Shares so far; `None` where the bars do not know.
    pub volume: Option<u64>,
}

impl Row {
    /// The row with every price and the volume of another basis.
    fn on(self, basis: Basis) -> Self {
        if basis.is_same() {
            return self;
        }
        Self {
            open: basis.price(self.open),
            high: basis.price(self.high),
            low: basis.price(self.low),
            close: basis.price(self.close),
            volume: self.volume.map(|volume| basis.volume(volume)),
            ..self
        }
    }

    /// Puts an earlier piece of the same span before this one.
    fn prepend(&mut self, earlier: &Self) {
        self.open = earlier.open;
        self.high = self.high.max(earlier.high);
        self.low = self.low.min(earlier.low);
        self.volume = self.volume.zip(earlier.volume).map(|(a, b)| a + b);
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// At most so many, the newest.
    pub limit: usize,
    /// Starting at or after this.
    pub from: Option<Instant>,
    /// Starting at or before this.
    pub until: Option<Instant>,
}

impl Series {
    /// As [`Series::rows`], on the basis of `now`'s date, as vendors serve them unless told
    /// otherwise: from an ex-date on, all that came before is rewritten.
    #[must_use]
    pub fn adjusted_rows(&self, interval: Interval, window: Window, now: Instant) -> Vec<Row> {
        let mut rows = self.rows(interval, window, now);
        if !self.splits().is_empty() {
            let today = new_york_date(now);
            for row in &mut rows {
                *row = row.on(self.basis(row.date, today));
            }
        }
        rows
    }

    /// The rows of `interval` within `window` that exist at `now`, newest first, each on the basis
    /// of its day.
    ///
    /// The work grows with the rows wanted, never with the length of the series.
    #[must_use]
    pub fn rows(&self, interval: Interval, window: Window, now: Instant) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::with_capacity(window.limit.min(self.bars().len()));
        let Some(newest) = self.newest_bar(self.last_moment(interval, window, now)) else {
            return rows;
        };
        for piece in self.pieces_backwards(interval, newest, now) {
            if window.until.is_some_and(|until| piece.start > until) {
                continue;
            }
            match rows.last_mut() {
                Some(row) if row.start == piece.start => row.prepend(&piece),
                _ => {
                    let before = window.from.is_some_and(|from| piece.start < from);
                    if before || rows.len() == window.limit {
                        break;
                    }
                    rows.push(piece);
                }
            }
        }
        rows
    }

    /// Where to begin looking backwards: a row that starts at `until` ends one interval later.
    fn last_moment(&self, interval: Interval, window: Window, now: Instant) -> Instant {
        window
            .until
            .and_then(|until| until.checked_add(interval.duration()).ok())
            .map_or(now, |end| end.min(now))
    }

    fn pieces_backwards(
        &self,
        interval: Interval,
        newest: usize,
        now: Instant,
    ) -> impl Iterator<Item = Row> {
        (0..=newest).rev().flat_map(move |index| {
            let seen = self.trades_seen(index, now);
            let whole = interval >= self.interval() && !self.is_broken(index);
            let pieces = if whole { 1 } else { seen };
            (0..pieces).rev().filter_map(move |nth| match whole {
                true => Some(self.bar_piece(interval, index, seen)),
                false => {
                    let heard = self.is_heard(self.trade(index, nth).at);
                    heard.then(|| self.trade_piece(interval, index, nth))
                }
            })
        })
    }

    /// What a bar that has traded `seen` times adds to its row.
    fn bar_piece(&self, interval: Interval, index: usize, seen: usize) -> Row {
        let bar = self.bar(index);
        let (high, low, close) = if seen == TRADES_PER_BAR {
            (bar.high, bar.low, bar.close)
        } else {
            let prices = (1..seen).map(|nth| self.trade(index, nth).price);
            let high = prices.clone().fold(bar.open, Price::max);
            let low = prices.fold(bar.open, Price::min);
            (high, low, self.trade(index, seen - 1).price)
        };
        let volume = bar.volume.map(|volume| portion(volume, seen));
        self.row_at(
            interval,
            index,
            bar.start,
            [bar.open, high, low, close],
            volume,
        )
    }

    /// What one trade adds to its row.
    fn trade_piece(&self, interval: Interval, index: usize, nth: usize) -> Row {
        let trade = self.trade(index, nth);
        let volume = self.bar(index).volume;
        let added = volume.map(|volume| portion(volume, nth + 1) - portion(volume, nth));
        self.row_at(interval, index, trade.at, [trade.price; 4], added)
    }

    fn row_at(
        &self,
        interval: Interval,
        index: usize,
        at: Instant,
        [open, high, low, close]: [Price; 4],
        volume: Option<u64>,
    ) -> Row {
        let day = &self.days[self.day_index(index)];
        let (start, second) = match interval {
            Interval::OneDay => (day.session.midnight(), 0),
            shorter => {
                let step = shorter.duration().as_secs();
                let since_open = at.duration_since(day.session.open).as_secs();
                let start = day.session.open
                    + market::time::seconds(since_open - since_open.rem_euclid(step));
                (start, day.second_of(start))
            }
        };
        Row {
            start,
            date: day.session.date,
            second,
            open,
            high,
            low,
            close,
            volume,
        }
    }
}

/// A bar's volume after so many of its trades.
fn portion(volume: u64, trades: usize) -> u64 {
    let trades = trades as u64;
    let all = TRADES_PER_BAR as u64;
    volume / all * trades + volume % all * trades / all
}
