//! Every order of a chain beside its expected fill, folded entry by entry as the chain grows.
//!
//! Expected is what the research engine fills the slot's order at ([`Fill::NextOpen`]): the open of
//! the bar that begins at the slot. When the order is made that bar has hardly begun, and the price
//! the slot saw stands in for it. Once a later slot has seen the hour that begins there, its open
//! takes that place: the same rule, on the same bars as the backtest's.

use market::{Bar, Hour, Price, Shares, Slot, Symbol};
use trading::fill::{Fill, FillPrices};
use trading::observation::{Observation, Reading};
use trading::order::{ClientOrderId, Order, OrderReport, OrderState};
use trading::record::{Answer, Answered, Entry, Intent, Record, Settled};
use trading::repair::FoundOrder;

use crate::order_line::{Basis, Expected, OrderLine};

/// How far back an order is looked for when it is answered: more than a slot or a repair has.
const LOOKED_AT_MAX: usize = 256;

/// The rule held against.
const RULE: Fill = Fill::NextOpen;

/// The orders of a chain.
#[derive(Debug, Default)]
pub struct Orders {
    lines: Vec<OrderLine>,
    /// The traded symbol and its price as the slot under way saw it.
    seen: Option<(Symbol, Price)>,
    /// Lines whose bar no later slot has shown yet.
    awaiting: Vec<usize>,
}

impl Orders {
    /// Oldest first; one intended again under its id is one.
    #[must_use]
    pub fn lines(&self) -> &[OrderLine] {
        &self.lines
    }

    /// The orders after `entry`, which is the next of the chain.
    pub fn take(&mut self, entry: &Entry) {
        match &entry.record {
            Record::SlotOpened(_) => self.seen = None,
            Record::Observed(observation) => self.observe(observation),
            Record::Intended(intended) => {
                if let (Intent::Order(order), Some(slot)) = (&intended.intent, entry.slot) {
                    self.intend(order, slot, entry);
                }
            }
            Record::Answered(answered) => self.answer(answered),
            Record::Settled(settled) => self.settle(settled),
            Record::Repaired(repaired) => {
                for found in &repaired.orders {
                    self.find(found, entry);
                }
            }
            _ => {}
        }
    }

    /// Holds each order against the backtest's own fills, where `filled` knows those of its slot;
    /// orders in another symbol than the backtest's keep what they have.
    pub fn expect(&mut self, symbol: &Symbol, filled: impl Fn(Slot) -> Option<FillPrices>) {
        for line in self.lines.iter_mut().filter(|line| &line.symbol == symbol) {
            let Some(prices) = filled(line.slot) else {
                continue;
            };
            line.expected = Some(Expected {
                price: prices.of(line.side),
                basis: Basis::File,
            });
        }
    }

    /// The order of this id, if it is among the newest.
    #[must_use]
    pub fn newest(&self, id: &ClientOrderId) -> Option<&OrderLine> {
        let newest = self.lines.iter().rev().take(LOOKED_AT_MAX);
        newest.into_iter().find(|line| &line.id == id)
    }

    fn line(&mut self, id: &ClientOrderId) -> Option<&mut OrderLine> {
        let newest = self.lines.iter_mut().rev().take(LOOKED_AT_MAX);
        newest.into_iter().find(|line| &line.id == id)
    }

    fn observe(&mut self, observation: &Observation) {
        let traded = observation.trade_price.as_ref();
        self.seen = traded.map(|point| (point.symbol.clone(), point.price));
        let bars_of = observation.price.as_ref().map(|point| &point.symbol);
        let lines = &mut self.lines;
        self.awaiting.retain(|at| {
            let line = &mut lines[*at];
            // Bars of another symbol say nothing of what this one is filled at.
            if bars_of != Some(&line.symbol) {
                return true;
            }
            match hour_of(observation, line.slot) {
                Sight::Begins(hour) => {
                    line.expect(&hour);
                    false
                }
                Sight::NotYet => true,
                Sight::InAnHour => false,
            }
        });
    }

    fn intend(&mut self, order: &Order, slot: Slot, entry: &Entry) {
        let price = self.seen.as_ref();
        let price = price.filter(|(symbol, _)| symbol == &order.symbol);
        let expected = price.map(|(_, price)| Expected {
            price: *price,
            basis: Basis::SlotPrice,
        });
        if let Some(known) = self.line(&order.id) {
            known.instruction = order.instruction.to_string();
            return;
        }
        self.awaiting.push(self.lines.len());
        self.lines.push(OrderLine {
            id: order.id.clone(),
            slot,
            at: entry.at,
            leg: order.leg,
            side: order.side,
            symbol: order.symbol.clone(),
            instruction: order.instruction.to_string(),
            state: OrderState::Intended,
            filled: Shares::ZERO,
            average_price: None,
            expected,
        });
    }

    /// An order that the journal had lost: nobody knows the price its slot saw.
    fn find(&mut self, found: &FoundOrder, entry: &Entry) {
        self.seen = None;
        self.intend(&found.order, found.slot, entry);
        self.report(&found.order.id, &found.report);
    }

    fn report(&mut self, id: &ClientOrderId, report: &OrderReport) {
        if let Some(line) = self.line(id) {
            line.state = OrderState::Open;
            line.filled = report.filled;
            line.average_price = report.average_price;
        }
    }

    fn answer(&mut self, answered: &Answered) {
        let state = match &answered.answer {
            Answer::Accepted(report) => return self.report(&answered.id, report),
            Answer::Refused { .. } => OrderState::Rejected,
            Answer::Unknown { .. } => OrderState::Unknown,
            Answer::NotSent { .. } => OrderState::Unsent,
            Answer::CancelTaken => return,
        };
        if let Some(line) = self.line(&answered.id) {
            line.state = state;
        }
    }

    fn settle(&mut self, settled: &Settled) {
        if let Some(line) = self.line(&settled.id) {
            line.state = settled.state;
            line.filled = settled.filled;
            line.average_price = settled.average_price;
        }
    }
}

impl OrderLine {
    /// What the backtest fills it at in the hour that begins at its slot: at the open, which is
    /// that of the hour's first bar as well.
    fn expect(&mut self, hour: &Hour) {
        let decided = self.expected.map_or(hour.open, |expected| expected.price);
        let Ok(bar) = Bar::new(hour.start, hour.open, hour.high, hour.low, hour.close, None) else {
            return;
        };
        let price = RULE.prices(decided, &bar).of(self.side);
        // Bars on another side of a split are of other shares than those filled.
        let seen = self.expected.map(|expected| expected.price);
        if seen.is_none_or(|seen| market::split::suspected(seen, price).is_none()) {
            let basis = Basis::Bar;
            self.expected = Some(Expected { price, basis });
        }
    }
}

/// What an observation says of the hour that begins at a slot.
enum Sight {
    /// It is seen.
    Begins(Hour),
    /// Nothing so late was seen.
    NotYet,
    /// The slot lies within an hour; the bar that begins at it is in no hour's open.
    InAnHour,
}

fn hour_of(observation: &Observation, slot: Slot) -> Sight {
    let usable = observation
        .sources
        .iter()
        .find_map(|view| match &view.reading {
            Reading::Usable {
                closed,
                forming,
                gaps,
            } => Some((closed, forming, gaps)),
            Reading::Unusable { .. } => None,
        });
    let Some((closed, forming, gaps)) = usable else {
        return Sight::NotYet;
    };
    // An hour that lacks its first bar opens with another.
    let lacking = gaps.iter().map(|gap| gap.start);
    let untraded = observation.no_trade.iter().map(|bar| bar.start);
    if lacking.chain(untraded).any(|start| start == slot.at()) {
        return Sight::InAnHour;
    }
    // An order awaits its hour for a slot or two: the newest hours are looked at first.
    for hour in forming.iter().chain(closed.iter().rev()) {
        if hour.start == slot.at() {
            return Sight::Begins(*hour);
        }
        if hour.start < slot.at() {
            let is_within = hour.end > slot.at();
            return if is_within {
                Sight::InAnHour
            } else {
                Sight::NotYet
            };
        }
    }
    Sight::NotYet
}
