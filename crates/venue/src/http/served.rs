//! The bars and prices that a vendor serves: the series, and what went wrong with them.

use market::bar::Interval;
use market::time::{in_new_york, milliseconds};
use market::{Bps, Duration, Instant, Price};

use super::shared::Exchange;
use crate::fault::{BarAt, Call, FaultId, Kind, OddQuote, Twin};
use crate::model::{Hours, Quote, Row, Window};

/// Rows looked up beyond those asked for, so that one left out leaves room for an older one.
const SPARE_ROWS: usize = 8;
/// How far the close of a second row of one moment lies from the first.
const TWIN_BPS: u32 = 50;

/// What rows are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) interval: Interval,
    pub(super) window: Window,
    /// On today's share basis; else each on that of its day.
    pub(super) adjusted: bool,
}

impl Exchange {
    /// Rows of a symbol, newest first; `None` when it is not listed.
    pub(super) fn bars(&mut self, call: &Call, symbol: &str, asked: Asked) -> Option<Vec<Row>> {
        self.venue.series(symbol)?;
        let now = self.venue.now();
        let wide = Asked {
            window: Window {
                limit: asked.window.limit.saturating_add(SPARE_ROWS),
                ..asked.window
            },
            ..asked
        };
        let (at, wide) = self.seen(call, symbol, wide, now);
        let mut rows = self.rows(symbol, wide, at);
        for (id, kind) in self.venue.due(call, row_fault) {
            let strikes = self.venue.strikes(id);
            let scene = Scene {
                hours: self.venue.hours(),
                interval: asked.interval,
                now,
            };
            if scene.spoil(&kind, strikes, &mut rows) {
                self.venue.struck(id);
            }
        }
        rows.truncate(asked.window.limit);
        Some(rows)
    }

    /// The moment and the basis at which a vendor looks, where it is behind.
    fn seen(&mut self, call: &Call, symbol: &str, asked: Asked, now: Instant) -> (Instant, Asked) {
        let stale = self.venue.due(call, |kind| match kind {
            Kind::StaleBars(age) => Some(*age),
            _ => None,
        });
        let at = stale.first().map_or(now, |(_, age)| now - *age);
        self.strike_where(symbol, stale, (now, asked), (at, asked));
        if !asked.adjusted {
            return (at, asked);
        }
        let raw = Asked {
            adjusted: false,
            ..asked
        };
        let unadjusted = self.venue.due(call, |kind| match kind {
            Kind::Unadjusted => Some(Duration::ZERO),
            _ => None,
        });
        let served = if unadjusted.is_empty() { asked } else { raw };
        self.strike_where(symbol, unadjusted, (at, asked), (at, served));
        (at, served)
    }

    /// Counts a fault where it changes the rows.
    fn strike_where(
        &mut self,
        symbol: &str,
        due: Vec<(FaultId, Duration)>,
        (before, right): (Instant, Asked),
        (after, wrong): (Instant, Asked),
    ) {
        let Some((id, _)) = due.into_iter().next() else {
            return;
        };
        if self.rows(symbol, right, before) != self.rows(symbol, wrong, after) {
            self.venue.struck(id);
        }
    }

    fn rows(&self, symbol: &str, asked: Asked, at: Instant) -> Vec<Row> {
        let Some(series) = self.venue.series(symbol) else {
            return Vec::new();
        };
        match asked.adjusted {
            true => series.adjusted_rows(asked.interval, asked.window, at),
            false => series.rows(asked.interval, asked.window, at),
        }
    }

    /// The moment at which a vendor last looked at a symbol's price.
    pub(super) fn price_moment(&mut self, call: &Call, symbol: &str) -> Instant {
        let now = self.venue.now();
        self.venue.met_halt(symbol);
        let stale = self.venue.due(call, |kind| match kind {
            Kind::StalePrice(age) => Some(*age),
            _ => None,
        });
        let Some((id, age)) = stale.into_iter().next() else {
            return now;
        };
        let then = now - age;
        let shown = |at| self.venue.quote_at(symbol, at).map(|quote| quote.trade);
        if shown(then) != shown(now) {
            self.venue.struck(id);
        }
        then
    }
}

/// A quote as a vendor shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// When it was made.
    pub(super) at: Instant,
    /// `None` where nobody offers.
    pub(super) ask: Option<Price>,
    /// What a seller gets.
    pub(super) bid: Price,
}

impl Exchange {
    /// The quote of a symbol as a call sees it.
    pub(super) fn shown_quote(&mut self, call: &Call, symbol: &str) -> Option<Shown> {
        let at = self.price_moment(call, symbol);
        let quote = self.venue.quote_at(symbol, at)?;
        let mut shown = Shown {
            at: self.venue.quote_made_at(&quote, symbol, at),
            ask: Some(quote.ask),
            bid: quote.bid,
        };
        let wide = |kind: &Kind| match kind {
            Kind::WideQuote(apart) => Some(*apart),
            _ => None,
        };
        if let Some(apart) = self.venue.strike(call, wide) {
            let quote = Quote::around(quote.trade, apart);
            (shown.bid, shown.ask) = (quote.bid, Some(quote.ask));
        }
        let odd = |kind: &Kind| match kind {
            Kind::OddQuote(odd) => Some(*odd),
            _ => None,
        };
        match self.venue.strike(call, odd) {
            Some(OddQuote::NoAsk) => shown.ask = None,
            Some(OddQuote::Crossed) => (shown.bid, shown.ask) = (quote.ask, Some(quote.bid)),
            None => {}
        }
        Some(shown)
    }
}

/// Faults of single rows, whatever they hold.
fn row_fault(kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::MissingBar(_)
        | Kind::RevisedBar(_)
        | Kind::DuplicatedRow(_)
        | Kind::FormingAbsent
        | Kind::ClosingRow
        | Kind::NoRows
        | Kind::MovedPrices(_)
        | Kind::NoVolume => Some(kind.clone()),
        _ => None,
    }
}

/// What is needed to tell a closed row from one under way.
struct Scene<'a> {
    hours: &'a Hours,
    interval: Interval,
    now: Instant,
}

impl Scene<'_> {
    /// Spoils rows, newest first; answers whether anything changed.
    fn spoil(&self, kind: &Kind, strikes: u64, rows: &mut Vec<Row>) -> bool {
        let before = rows.len();
        match kind {
            Kind::NoRows => rows.clear(),
            Kind::FormingAbsent => rows.retain(|row| self.is_closed(row)),
            Kind::MissingBar(which) => {
                if let Some(place) = self.find(*which, rows) {
                    rows.remove(place);
                }
            }
            Kind::DuplicatedRow(twin) => self.duplicate(*twin, rows),
            Kind::ClosingRow => self.add_closing_row(rows),
            Kind::RevisedBar(bps) => return self.revise(*bps, strikes, rows),
            Kind::MovedPrices(bps) => {
                for row in rows.iter_mut() {
                    move_row(row, *bps);
                }
                return before > 0;
            }
            Kind::NoVolume => {
                let had = rows.iter().any(|row| row.volume.is_some());
                for row in rows.iter_mut() {
                    row.volume = None;
                }
                return had;
            }
            _ => return false,
        }
        rows.len() != before
    }

    fn end(&self, row: &Row) -> Instant {
        let close = self.hours.session(row.date).ok().flatten();
        let close = close.map_or(row.start, |session| session.close);
        match self.interval {
            Interval::OneDay => close,
            shorter => close.min(row.start + shorter.duration()),
        }
    }

    fn is_closed(&self, row: &Row) -> bool {
        self.end(row) <= self.now
    }

    fn find(&self, which: BarAt, rows: &[Row]) -> Option<usize> {
        let holds = |row: &Row, at| row.start <= at && at < self.end(row);
        match which {
            BarAt::Holding(at) => rows.iter().position(|row| holds(row, at)),
            BarAt::NthNewest(nth) => {
                let closed = rows
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| self.is_closed(row));
                let mut places = closed.map(|(place, _)| place);
                places.nth(nth - 1)
            }
        }
    }

    fn newest_closed(&self, rows: &[Row]) -> Option<usize> {
        self.find(BarAt::NthNewest(1), rows)
    }

    fn duplicate(&self, twin: Twin, rows: &mut Vec<Row>) {
        let Some(place) = self.newest_closed(rows) else {
            return;
        };
        let mut second = rows[place];
        if twin == Twin::Other {
            close_elsewhere(&mut second, Bps::whole(TWIN_BPS));
        }
        rows.insert(place, second);
    }

    /// Both readings count as strikes, since the next answer depends on this one.
    fn revise(&self, bps: Bps, strikes: u64, rows: &mut [Row]) -> bool {
        let Some(place) = self.newest_closed(rows) else {
            return false;
        };
        if strikes.is_multiple_of(2) {
            close_elsewhere(&mut rows[place], bps);
        }
        true
    }

    fn add_closing_row(&self, rows: &mut Vec<Row>) {
        let last = |row: &Row| {
            let session = self.hours.session(row.date).ok().flatten()?;
            let is_last = self.end(row) == session.close && session.close <= self.now;
            is_last.then_some(session.close)
        };
        let Some((place, close)) =
            (0..rows.len()).find_map(|place| Some((place, last(&rows[place])?)))
        else {
            return;
        };
        let row = rows[place];
        let reading = in_new_york(close).1;
        rows.insert(
            place,
            Row {
                start: close,
                second: i64::from(reading.hour()) * 3600 + i64::from(reading.minute()) * 60,
                open: row.close,
                high: row.close,
                low: row.close,
                volume: row.volume.map(|_| 0),
                ..row
            },
        );
    }
}

fn moved(price: Price, bps: Bps) -> Price {
    price.moved(bps).unwrap_or(price)
}

fn move_row(row: &mut Row, bps: Bps) {
    row.open = moved(row.open, bps);
    row.high = moved(row.high, bps);
    row.low = moved(row.low, bps);
    row.close = moved(row.close, bps);
}

fn close_elsewhere(row: &mut Row, bps: Bps) {
    row.close = moved(row.close, bps);
    row.high = row.high.max(row.close);
    row.low = row.low.min(row.close);
}

/// The last moment of a window that includes its end, or the moment before it where it does not.
pub(super) fn window_end(end: Instant, included: bool) -> Instant {
    match included {
        true => end,
        false => end - milliseconds(1),
    }
}
