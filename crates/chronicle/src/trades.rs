//! What was traded, for the books: lots, fills beside the backtest's, money that moved without an
//! order. The whole chain folded, entry by entry.
//!
//! [`Trades::take`] folds; [`TradesView`] is what goes out. Splits are told by the sources' bars,
//! the owner's word, or an ex-date with a holding that changed by a usual ratio. A holding that
//! differs otherwise from what our fills make of it is believed once two slots in a row have seen
//! it: brokers show fills late.

mod view;

use std::collections::BTreeMap;

use cycle::port::Journal;
use market::time::{days_after, new_york_date};
use market::{Date, Instant, Money, Ratio, Shares, Slot, Symbol, split};
use trading::fill::FillPrices;
use trading::observation::Observation;
use trading::order::{ClientOrderId, OrderReport, OrderState, Side};
use trading::portfolio::{Direction, Portfolio};
use trading::record::{Answer, Entry, Record};

use crate::lots::{Deal, Lots};
use crate::movements::Movements;
use crate::orders::Orders;
use crate::{ChronicleError, for_each_entry};

pub use view::{ClosedRow, FillRow, MovementRow, OpenRow, Span, TradesView};

/// Days after an ex-date within which a holding is taken to change by it.
const EX_DATE_DAYS: i32 = 7;

/// Everything traded.
#[derive(Debug, Default)]
pub struct Trades {
    orders: Orders,
    lots: Lots,
    movements: Movements,
    /// Filled so far of each order, and what that was worth.
    booked: BTreeMap<ClientOrderId, (Shares, Option<Money>)>,
    /// Splits told of, by symbol.
    announced: Vec<(Symbol, Ratio)>,
    ex_date: Option<Date>,
    /// Holdings that our fills do not explain: how many, and which slot saw them first.
    odd: BTreeMap<Symbol, (Shares, Option<Slot>)>,
    looked: bool,
    through: Option<Instant>,
}

impl Trades {
    /// All that a chain tells.
    ///
    /// # Errors
    /// When the chain cannot be read or does not hold together.
    pub async fn of(journal: &dyn Journal) -> Result<Self, ChronicleError> {
        let mut trades = Self::default();
        for_each_entry(journal, 1, |entry| trades.take(entry)).await?;
        Ok(trades)
    }

    /// The trades after `entry`, which is the next of the chain.
    pub fn take(&mut self, entry: &Entry) {
        self.through = Some(entry.at);
        self.orders.take(entry);
        match &entry.record {
            Record::Observed(observation) => {
                self.movements.take(&observation.flows);
                self.announce(observation);
                self.look(&observation.portfolio, entry);
            }
            Record::SplitRuled(ruled) if ruled.accepted => {
                self.announced
                    .push((ruled.symbol.clone(), ruled.split.ratio));
            }
            Record::Answered(answered) => {
                if let Answer::Accepted(report) = &answered.answer {
                    self.book(&answered.id, Some(report), entry.at);
                }
            }
            Record::Settled(settled) => {
                self.book(&settled.id, settled.report.as_deref(), entry.at);
            }
            Record::Repaired(repaired) => {
                for found in &repaired.orders {
                    self.book(&found.order.id, Some(&found.report), entry.at);
                }
                self.look(&repaired.portfolio, entry);
            }
            Record::SlotClosed(closed) => {
                if let Some(portfolio) = &closed.portfolio {
                    self.look(portfolio, entry);
                }
            }
            _ => {}
        }
    }

    /// Orders beside their expected fills.
    #[must_use]
    pub const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Holds orders in `symbol` against the backtest's own fills.
    pub fn expect(&mut self, symbol: &Symbol, filled: impl Fn(Slot) -> Option<FillPrices>) {
        self.orders.expect(symbol, filled);
    }

    /// Who bought what when, and what became of it.
    #[must_use]
    pub const fn lots(&self) -> &Lots {
        &self.lots
    }

    /// Money that moved without an order.
    #[must_use]
    pub const fn movements(&self) -> &Movements {
        &self.movements
    }

    /// Books what of an order was filled since it was booked last.
    fn book(&mut self, id: &ClientOrderId, report: Option<&OrderReport>, at: Instant) {
        let Some(line) = self.orders.newest(id) else {
            return;
        };
        let filled_at = report.and_then(|report| report.filled_at);
        let date = new_york_date(filled_at.unwrap_or(at));
        let nothing = (Shares::ZERO, Some(Money::ZERO));
        let (shares, value) = self.booked.get(id).copied().unwrap_or(nothing);
        let worth = line.average_price.map(|price| price * line.filled);
        let Some(more) = line
            .filled
            .checked_sub(shares)
            .filter(|more| !more.is_zero())
        else {
            return;
        };
        let deal = Deal {
            order: id.as_str(),
            symbol: &line.symbol,
            date,
            shares: more,
            value: worth.zip(value).map(|(worth, value)| worth - value),
        };
        match line.side {
            Side::Buy => self.lots.buy(&deal),
            Side::Sell => self.lots.sell(&deal),
        }
        self.odd.remove(&line.symbol);
        self.booked.insert(id.clone(), (line.filled, worth));
    }

    fn announce(&mut self, observation: &Observation) {
        if observation.ex_date {
            self.ex_date = Some(observation.slot.date());
        }
        let Some(priced) = &observation.price else {
            return;
        };
        for split in observation
            .sources
            .iter()
            .flat_map(|view| &view.splits_applied)
        {
            let known = (priced.symbol.clone(), split.ratio);
            if !self.announced.contains(&known) {
                self.announced.push(known);
            }
        }
    }

    /// A look at the holdings: a split, or what somebody else did.
    fn look(&mut self, portfolio: &Portfolio, entry: &Entry) {
        let is_first = !std::mem::replace(&mut self.looked, true);
        let seen = portfolio.positions.iter().map(|held| &held.symbol);
        let known = self.lots.open().map(|lot| &lot.symbol);
        let mut symbols: Vec<Symbol> = seen.chain(known).cloned().collect();
        symbols.sort_unstable();
        symbols.dedup();
        for symbol in symbols {
            let (before, after) = (self.lots.held(&symbol), portfolio.long(&symbol));
            if before == after {
                self.odd.remove(&symbol);
            } else if let Some(ratio) = self.split_of(&symbol, before, after, entry) {
                self.lots.split(&symbol, ratio);
            } else if !self.is_at_work(&symbol) {
                let odd = (after, entry.slot);
                let first = self.odd.entry(symbol.clone()).or_insert(odd);
                if first.0 != after {
                    *first = odd;
                }
                if is_first || first.1 != entry.slot {
                    self.reconcile(&symbol, portfolio, new_york_date(entry.at));
                }
            }
        }
    }

    fn split_of(
        &self,
        symbol: &Symbol,
        before: Shares,
        after: Shares,
        entry: &Entry,
    ) -> Option<Ratio> {
        let told = self.announced.iter().filter(|(of, _)| of == symbol);
        let told = told.map(|(_, ratio)| *ratio);
        if let Some(ratio) = told
            .rev()
            .find(|ratio| ratio.is_holding_step(before, after))
        {
            return Some(ratio);
        }
        let until = days_after(self.ex_date?, EX_DATE_DAYS)?;
        let is_near = new_york_date(entry.at) <= until;
        split::usual_holding_step(before, after).filter(|_| is_near)
    }

    /// Whether an order of ours in `symbol` may still change the holding.
    fn is_at_work(&self, symbol: &Symbol) -> bool {
        const LOOKED_AT_MAX: usize = 16;
        let newest = self.orders.lines().iter().rev().take(LOOKED_AT_MAX);
        newest.into_iter().any(|line| {
            let may_fill = matches!(
                line.state,
                OrderState::Intended | OrderState::Open | OrderState::Unknown
            );
            &line.symbol == symbol && may_fill
        })
    }

    /// Follows the broker: shares that came are a lot of their own, shares that went are gone.
    fn reconcile(&mut self, symbol: &Symbol, portfolio: &Portfolio, date: Date) {
        self.odd.remove(symbol);
        let (before, after) = (self.lots.held(symbol), portfolio.long(symbol));
        if let Some(gone) = before.checked_sub(after) {
            self.lots.lose(symbol, gone, date);
            return;
        }
        let position = portfolio.position(symbol);
        let position = position.filter(|position| position.direction == Direction::Long);
        // The broker's average is of all that is held: it tells what came only where that is all.
        let price = position.and_then(|position| position.average_entry_price);
        let cost = price
            .filter(|_| before.is_zero())
            .map(|price| price * after);
        self.lots
            .find(symbol, after.saturating_sub(before), cost, date);
    }
}
