//! What may be known when: for every bar, the decision whose order fills in it.
//!
//! This is the one place that says how bars become decisions (DESIGN §5); the exact engine and the
//! sweep kernel both read it, so neither can look ahead where the other does not. Below one hour
//! a decision falls on every slot at the open of the bar that starts there, with averages over the
//! hours closed before it. With bars of an hour or a day it falls at each bar's end with its close.

use market::bar::Bar;
use market::calendar::{Calendar, CalendarError, Session, Slot};
use market::time::new_york_date;
use market::{Price, hours};
use strategy::{Params, ParamsError, WARMUP_PER_SLOW};
pub use trading::fill::Fill;

use crate::series::Series;

/// One decision: what it knows, and the prices its order would fill at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many of [`Timeline::closes`] the averages have folded.
    pub folded: usize,
    /// The price compared with the averages.
    pub price: Price,
    /// What a buy pays, before slippage.
    pub buy: Price,
    /// What a sale brings, before slippage.
    pub sell: Price,
}

/// The decisions of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// What the averages fold, oldest first: closes of hours, or of bars of an hour or a day.
    pub closes: Vec<Price>,
    /// By bar: the decision whose order fills in it. A decision at the last bar's end fills
    /// nowhere and is not here.
    pub steps: Vec<Option<Step>>,
    /// Whether decisions fall on slots.
    pub slots: bool,
}

impl Timeline {
    /// The decisions of `series` under this rule of filling.
    ///
    /// # Errors
    /// [`CalendarError`] when the bars leave the calendar.
    pub fn new(series: &Series, fill: Fill, calendar: &Calendar) -> Result<Self, CalendarError> {
        if series.has_slots() {
            return Self::of_slots(series, fill, calendar);
        }
        let bars = &series.bars;
        let step = |at: usize| match fill {
            Fill::SameClose => Some(of_bar(&bars[at], &bars[at], at + 1, fill)),
            Fill::NextOpen | Fill::Worst => {
                let decided = at.checked_sub(1)?;
                Some(of_bar(&bars[decided], &bars[at], at, fill))
            }
        };
        Ok(Self {
            closes: bars.iter().map(|bar| bar.close).collect(),
            steps: (0..bars.len()).map(step).collect(),
            slots: false,
        })
    }

    fn of_slots(series: &Series, fill: Fill, calendar: &Calendar) -> Result<Self, CalendarError> {
        let bars = &series.bars;
        let hours = hours::build(bars, series.interval, calendar, series.end)?.closed;
        let dates = (new_york_date(series.first()), new_york_date(series.last()));
        let sessions = calendar.sessions(dates.0, dates.1)?;
        let mut slots = sessions
            .iter()
            .flat_map(Session::slots)
            .map(Slot::at)
            .peekable();
        let mut folded = 0;
        let mut steps = Vec::with_capacity(bars.len());
        for bar in bars {
            while slots.next_if(|at| *at < bar.start).is_some() {}
            let decides = slots.next_if_eq(&bar.start).is_some();
            folded += hours[folded..]
                .iter()
                .take_while(|hour| hour.end <= bar.start)
                .count();
            steps.push(decides.then(|| at_open(bar, folded, fill)));
        }
        Ok(Self {
            closes: hours.iter().map(|hour| hour.close).collect(),
            steps,
            slots: true,
        })
    }

    /// `params` with this warm-up: the first `warmup` hours, or bars of an hour or a day, give no
    /// signal; without one, ten times the slow average as in live trading.
    ///
    /// At a slot the hour under way is not among those counted, so `warmup` closed hours are
    /// enough, exactly as live. With whole bars the decision falls at the end of a bar that is
    /// itself counted, and the first one after `warmup` silent bars has one more behind it.
    ///
    /// # Errors
    /// [`ParamsError::WarmupTooLong`].
    pub fn with_warmup(&self, params: Params, warmup: Option<u32>) -> Result<Params, ParamsError> {
        let warmup = warmup.unwrap_or(params.slow * WARMUP_PER_SLOW);
        params.with_warmup_hours(self.closes_needed(warmup))
    }

    /// Closes that must be folded before the first signal when `warmup` of them are silent.
    #[must_use]
    pub fn closes_needed(&self, warmup: u32) -> u32 {
        if self.slots {
            warmup
        } else {
            warmup.saturating_add(1)
        }
    }
}

fn of_bar(decided: &Bar, filled: &Bar, folded: usize, fill: Fill) -> Step {
    step(decided.close, filled, folded, fill)
}

/// At a slot the decision is taken at the open of the bar that starts there, and fills in it.
fn at_open(bar: &Bar, folded: usize, fill: Fill) -> Step {
    step(bar.open, bar, folded, fill)
}

fn step(price: Price, filled: &Bar, folded: usize, fill: Fill) -> Step {
    let prices = fill.prices(price, filled);
    Step {
        folded,
        price,
        buy: prices.buy,
        sell: prices.sell,
    }
}
