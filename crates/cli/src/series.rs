//! A file of bars as research reads it: taken as told, or refused by row.

use std::path::Path;

use connectors::clock::SystemClock;
use cycle::port::Clock;
use market::time::new_york_date;
use market::{Calendar, Interval, Price};
use research::leverage::{Financing, Leverage, LeverageError, synthetic};
use research::{Selection, Series};

use crate::arguments::{BarsArguments, LeverageArguments};
use crate::bar_file;
use crate::fault::{Fault, Outcome};

/// The first close of a fund made from its index, in cents; returns do not depend on it.
const MADE_FIRST_CLOSE_CENTS: i64 = 10_000;

/// Bars and what they are called.
#[derive(Debug)]
pub(crate) struct Named {
    /// The file's name without its folder, or what was made of it.
    pub(crate) name: String,
    /// The bars.
    pub(crate) series: Series,
}

impl Named {
    /// The file and the part of it that `arguments` name.
    ///
    /// # Errors
    /// [`Fault`] with file, row and reason.
    pub(crate) fn load(arguments: &BarsArguments, calendar: &Calendar) -> Outcome<Self> {
        if let Some((from, to)) = arguments
            .from
            .zip(arguments.to)
            .filter(|(from, to)| from > to)
        {
            return Err(Fault::input(format!("--from {from} lies after --to {to}"))
                .hint("exchange the two dates"));
        }
        let selection = Selection {
            from: arguments.from,
            to: arguments.to,
            allow_defects: arguments.allow_defects,
            now: Some(SystemClock::new().now()),
        };
        let named = Self::read(&arguments.file, arguments, selection, calendar)?;
        named.leveraged(&arguments.leverage, calendar)
    }

    /// Another file over the dates of `bars`, taken alike.
    ///
    /// # Errors
    /// As [`Named::load`].
    pub(crate) fn beside(
        path: &Path,
        bars: &Self,
        arguments: &BarsArguments,
        calendar: &Calendar,
    ) -> Outcome<Self> {
        let selection = Selection {
            from: Some(new_york_date(bars.series.first())),
            to: Some(new_york_date(bars.series.last())),
            allow_defects: arguments.allow_defects,
            now: None,
        };
        Self::read(path, arguments, selection, calendar)
    }

    fn read(
        path: &Path,
        arguments: &BarsArguments,
        selection: Selection,
        calendar: &Calendar,
    ) -> Outcome<Self> {
        let shown = path.display();
        let read = bar_file::read(path, &arguments.reading.options(), calendar)?;
        let series = Series::new(read, selection, calendar)
            .map_err(|error| Fault::input(&error).hint(error.hint()).at(shown))?;
        let name = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        Ok(Self { name, series })
    }

    /// The fund of so many times the daily move of these bars, when one is asked for.
    fn leveraged(self, asked: &LeverageArguments, calendar: &Calendar) -> Outcome<Self> {
        let Some(multiple) = asked.leverage else {
            return Ok(self);
        };
        let leverage = asked.leverage(multiple);
        let Self { name, series } = self;
        refuse_short_bars(&name, &series)?;
        let bars = synthetic(&series.bars, &leverage).map_err(|error| leverage_fault(&error))?;
        let made = Series::of(series.interval, series.grid, bars, calendar)
            .map_err(|error| Fault::input(&error).hint(error.hint()))?;
        let mut notes = vec![format!(
            "made, not traded: {multiple} times the daily move of {name}, {} bps of expenses a year, {}",
            leverage.expenses,
            financing_text(leverage.financing)
        )];
        notes.extend(series.notes);
        Ok(Self {
            name: format!("{multiple} × {name}"),
            series: Series {
                notes,
                defects: series.defects,
                ..made
            },
        })
    }
}

/// Refuses bars that are not daily: a fund's multiple holds from close to close.
///
/// # Errors
/// For any shorter interval.
pub(crate) fn refuse_short_bars(name: &str, series: &Series) -> Outcome<()> {
    if series.interval == Interval::OneDay {
        return Ok(());
    }
    Err(Fault::input(format!(
        "{name}: bars of {}, but a leveraged fund is made from days",
        series.interval
    ))
    .hint("give daily bars: the fund's multiple holds from close to close"))
}

/// What ends a command over a leveraged fund.
pub(crate) fn leverage_fault(error: &LeverageError) -> Fault {
    let fault = Fault::input(error);
    match error {
        LeverageError::WipedOut { .. } => {
            fault.hint("a fund of this multiple would have ended there; ask for less leverage")
        }
        LeverageError::TooFewInCommon { .. } => {
            fault.hint("the two files must cover the same sessions, with daily bars")
        }
        LeverageError::NoBars
        | LeverageError::Multiple { .. }
        | LeverageError::Expenses { .. }
        | LeverageError::Financing { .. } => fault.hint("for a fund like TQQQ: --leverage 3"),
    }
}

/// What borrowed money costs, in words.
pub(crate) fn financing_text(financing: Financing) -> String {
    match financing {
        Financing::Fixed(rate) => format!("borrowing at {rate} bps a year"),
        Financing::FederalFunds => "borrowing at each year's federal funds rate".to_owned(),
    }
}

impl LeverageArguments {
    /// How a fund of this multiple is made.
    pub(crate) fn leverage(&self, multiple: f64) -> Leverage {
        let financing = self
            .financing_bps
            .map_or(Financing::FederalFunds, Financing::Fixed);
        Leverage {
            multiple,
            expenses: self.expenses_bps,
            financing,
            first_close: Price::new(market::Decimal::new(MADE_FIRST_CLOSE_CENTS, 2))
                .expect("a hundred dollars are a price"),
        }
    }
}
