//! Trades as they go out: JSON, CSV, and rows for a table.

mod row;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use market::time::{new_york_date, new_york_text};
use market::{Date, Decimal, Money};
use serde::Serialize;

use super::Trades;
use crate::lots::{Term, Wash};
use crate::movements;
use crate::order_line::{OrderLine, Slippage};

pub use row::{ClosedRow, FillRow, OpenRow};

/// What stands beside every list of lots.
pub(super) const NOTICE: &str =
    "not tax advice: first in, first out, without fees, and only what this journal knows";

/// Digits behind the point of slippage in basis points.
const BPS_DECIMALS: u32 = 2;

/// New York dates of sale, of a fill, of a movement; both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: Option<Date>,
    /// The last.
    pub to: Option<Date>,
}

impl Span {
    fn holds(self, date: Date) -> bool {
        self.from.is_none_or(|from| date >= from) && self.to.is_none_or(|to| date <= to)
    }
}

/// All that was traded.
#[derive(Debug, Serialize)]
pub struct TradesView {
    schema: &'static str,
    /// The file.
    pub journal: PathBuf,
    /// What this is not.
    pub notice: &'static str,
    /// The newest record's moment; the 30-day rule is judged up to it.
    pub through: Option<String>,
    /// Parts of lots that were sold, in the order of sale.
    pub closed: Vec<ClosedRow>,
    /// Lots still held.
    pub open: Vec<OpenRow>,
    /// Filled orders beside the backtest's.
    pub fills: Vec<FillRow>,
    /// Money that moved without an order.
    pub movements: Vec<MovementRow>,
    /// Sums over the rows shown.
    pub totals: Totals,
}

/// Money that moved without an order.
#[derive(Debug, Serialize)]
pub struct MovementRow {
    /// When the broker booked it.
    pub at: String,
    /// `deposit`, `withdrawal`, `dividend`, `fee`, `interest`, or the broker's word.
    pub kind: String,
    /// Dollars; below zero out of the account.
    pub amount: Money,
}

/// Sums over the rows shown.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// Gains less losses of lots held a year or less, in dollars.
    pub gain_short: Money,
    /// The same of those held longer.
    pub gain_long: Money,
    /// The same where no date of purchase is known.
    pub gain_undated: Money,
    /// Rows without a gain: cost or proceeds are not known.
    pub unknown: u64,
    /// Rows that the 30-day rule flags.
    pub wash_sales: u64,
    /// Fills with an expected price.
    pub fills: u64,
    /// What slippage cost, in dollars.
    pub slippage: Money,
    /// The same over what was traded, in basis points.
    pub slippage_bps: Option<Decimal>,
    /// Dollars by kind of movement.
    pub movements: BTreeMap<String, Money>,
}

impl TradesView {
    /// What `trades` tell of `span`; lots still held whatever their date.
    #[must_use]
    pub fn new(journal: &Path, trades: &Trades, span: Span) -> Self {
        let through = trades.through.map(new_york_date);
        let wash = |row| trades.lots.wash(row, through?);
        let sold = trades.lots.closed().iter();
        let closed: Vec<ClosedRow> = sold
            .filter(|row| span.holds(row.sold))
            .map(|row| ClosedRow::new(row, wash(row)))
            .collect();
        let lines = trades.orders.lines();
        let shown = |line: &&OrderLine| span.holds(line.slot.date());
        let slippage = Slippage::of(lines.iter().filter(shown));
        let movements = movement_rows(trades, span);
        Self {
            schema: "tqqq.trades/1",
            journal: journal.to_owned(),
            notice: NOTICE,
            through: trades.through.map(new_york_text),
            totals: Totals::of(&closed, &slippage, &movements),
            closed,
            open: trades.lots.open().map(OpenRow::new).collect(),
            fills: fill_rows(lines, span),
            movements,
        }
    }

    /// Sold lots as CSV, then those still held: with no date of sale.
    #[must_use]
    pub fn lots_csv(&self) -> String {
        let closed = self.closed.iter().map(ClosedRow::csv);
        let open = self.open.iter().map(OpenRow::csv);
        lines(row::LOT_COLUMNS, closed.chain(open))
    }

    /// Fills as CSV.
    #[must_use]
    pub fn fills_csv(&self) -> String {
        lines(row::FILL_COLUMNS, self.fills.iter().map(FillRow::csv))
    }
}

fn lines(heading: &str, rows: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = std::iter::once(heading.to_owned()).chain(rows).collect();
    all.join("\n")
}

fn fill_rows(lines: &[OrderLine], span: Span) -> Vec<FillRow> {
    let mut so_far = Slippage::default();
    let mut rows = Vec::new();
    for line in lines.iter().filter(|line| !line.filled.is_zero()) {
        so_far.take(line);
        if span.holds(line.slot.date()) {
            rows.push(FillRow::new(line, so_far.cost));
        }
    }
    rows
}

fn movement_rows(trades: &Trades, span: Span) -> Vec<MovementRow> {
    let all = trades.movements.all().into_iter();
    all.filter(|flow| span.holds(new_york_date(flow.at)))
        .map(|flow| MovementRow {
            at: new_york_text(flow.at),
            kind: movements::word(flow).to_owned(),
            amount: flow.amount,
        })
        .collect()
}

impl Totals {
    fn of(closed: &[ClosedRow], slippage: &Slippage, movements: &[MovementRow]) -> Self {
        let mut totals = Self {
            fills: slippage.fills,
            slippage: slippage.cost,
            slippage_bps: slippage.mean_bps().map(|bps| bps.round_dp(BPS_DECIMALS)),
            ..Self::default()
        };
        for row in closed {
            totals.wash_sales += u64::from(row.wash_sale == Some(Wash::Yes.word()));
            let Some(gain) = row.gain else {
                totals.unknown += 1;
                continue;
            };
            match row.term {
                Some(Term::Short) => totals.gain_short += gain,
                Some(Term::Long) => totals.gain_long += gain,
                None => totals.gain_undated += gain,
            }
        }
        for row in movements {
            *totals.movements.entry(row.kind.clone()).or_default() += row.amount;
        }
        totals
    }
}
