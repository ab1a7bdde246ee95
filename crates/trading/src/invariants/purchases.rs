//! I1: what a slot buys against what its plans allowed, and one open order a symbol.

use std::collections::{BTreeMap, BTreeSet};

use market::{Bps, Money, Symbol};

use super::history::Moment;
use super::{Breach, Invariant};
use crate::order::{AccountTag, ClientOrderId, Instruction, Leg, Order, OrderReport};
use crate::plan::Plan;
use crate::record::{Answer, Intent, Record, Settled};

/// What the value of fills may exceed an order's amount by: brokers round the average price.
const AVERAGE_ROUNDING: Bps = Bps::whole(1);

/// What one slot has bought and may yet buy, by symbol, over all its tries.
#[derive(Debug, Clone, Default)]
pub(super) struct Purchases(BTreeMap<Symbol, Purchase>);

#[derive(Debug, Clone, Default)]
struct Purchase {
    /// What the newest plan allows, what was executed before it included.
    allowed: Money,
    orders: BTreeMap<ClientOrderId, Bought>,
}

#[derive(Debug, Clone, Default)]
struct Bought {
    /// The most it may cost, whichever of its intents is the one that lives.
    most: Money,
    /// What it did cost, once it is at its end.
    end: Option<Money>,
}

impl Purchases {
    /// Takes the next record of the slot; what it shows to be bought beyond the plan.
    pub(super) fn take(&mut self, record: &Record) -> Vec<Breach> {
        match record {
            Record::Decided(decided) => self.plan(&decided.plan),
            Record::Replanned(replanned) => self.plan(&replanned.plan),
            Record::Intended(intended) => {
                if let Intent::Order(order) = &intended.intent {
                    self.intend(order);
                }
            }
            Record::Answered(answered) => {
                if let Answer::Refused { .. } = answered.answer {
                    self.end(&answered.id, Money::ZERO);
                }
            }
            Record::Settled(settled) => self.settle(settled),
            _ => return Vec::new(),
        }
        self.beyond(Bought::committed)
    }

    /// The same by what the broker shows of these orders.
    pub(super) fn against(&self, orders: &[OrderReport]) -> Vec<Breach> {
        let mut seen = self.clone();
        for purchase in seen.0.values_mut() {
            for (id, bought) in &mut purchase.orders {
                let is_it = |report: &&OrderReport| report.client_order_id == id.as_str();
                if let Some(report) = orders.iter().rfind(is_it) {
                    let value = report.filled_value().unwrap_or(Money::ZERO);
                    bought.end = report.status.is_terminal().then_some(value);
                }
            }
        }
        seen.beyond(Bought::committed)
    }

    /// A new plan allows its buy on top of what was executed. An id that may still be alive keeps
    /// what it was allowed: it is used again and never replaced, so only one of the two can be.
    fn plan(&mut self, plan: &Plan) {
        let planned = plan.buy.as_ref();
        if let Some(order) = planned {
            self.0.entry(order.symbol.clone()).or_default();
        }
        for (symbol, purchase) in &mut self.0 {
            let of_symbol = planned.filter(|order| &order.symbol == symbol);
            let cost = of_symbol.and_then(|order| entry_cost(order.leg, &order.instruction));
            let executed: Money = purchase.orders.values().filter_map(|order| order.end).sum();
            let open = |order: &&Bought| order.end.is_none();
            let alive = purchase
                .orders
                .values()
                .filter(open)
                .map(|order| order.most)
                .max();
            let more = cost.max(alive).unwrap_or(Money::ZERO);
            purchase.allowed = executed + more;
        }
    }

    fn intend(&mut self, order: &Order) {
        let Some(cost) = entry_cost(order.leg, &order.instruction) else {
            return;
        };
        let purchase = self.0.entry(order.symbol.clone()).or_default();
        let bought = purchase.orders.entry(order.id.clone()).or_default();
        bought.most = bought.most.max(cost);
        bought.end = None;
    }

    fn settle(&mut self, settled: &Settled) {
        if settled.state.is_terminal() {
            let value = settled.average_price.map(|price| price * settled.filled);
            self.end(&settled.id, value.unwrap_or(Money::ZERO));
        }
    }

    fn end(&mut self, id: &ClientOrderId, value: Money) {
        let mut purchases = self.0.values_mut();
        if let Some(bought) = purchases.find_map(|purchase| purchase.orders.get_mut(id)) {
            bought.end = Some(value);
        }
    }

    fn beyond(&self, committed: fn(&Bought) -> Money) -> Vec<Breach> {
        let breach = |(symbol, purchase): (&Symbol, &Purchase)| {
            let committed: Money = purchase.orders.values().map(committed).sum();
            let allowed = purchase.allowed;
            let most = allowed + allowed.part(AVERAGE_ROUNDING);
            (committed > most).then(|| {
                let words = format!("bought {symbol} for {committed}, planned {allowed}");
                Breach::new(Invariant::I1, words)
            })
        };
        self.0.iter().filter_map(breach).collect()
    }
}

impl Bought {
    fn committed(&self) -> Money {
        self.end.unwrap_or(self.most)
    }
}

/// The most an entry may cost; nothing for an order that reduces. A cover is no buy: it is bounded
/// by what is owed.
pub(super) fn entry_cost(leg: Leg, instruction: &Instruction) -> Option<Money> {
    match *instruction {
        _ if leg.is_reduce_only() => None,
        // No plan of ours buys so many shares at any price; what that costs nobody knows.
        Instruction::Market { .. } => None,
        Instruction::Notional { notional } => Some(notional),
        Instruction::Limit {
            quantity,
            limit_price,
        } => Some(limit_price * quantity),
    }
}

/// An order intended in a symbol in which another of ours has no known end.
pub(super) fn second_open(moment: &Moment<'_>, order: &Order) -> Option<Breach> {
    let in_symbol = |symbol: &Symbol| symbol == &order.symbol;
    let (id, _) = moment
        .before
        .unsettled()
        .find(|(_, tracked)| in_symbol(&tracked.order().symbol))?;
    let words = format!("{} intended while {id} has no known end", order.id);
    Some(Breach::new(Invariant::I1, words))
}

/// Two own orders open in one symbol at the broker.
pub(super) fn open_twice(open: &[OrderReport], tag: &AccountTag) -> Vec<Breach> {
    let ours = |order: &&OrderReport| ClientOrderId::is_ours(&order.client_order_id, tag);
    let mut symbols: Vec<&Symbol> = open
        .iter()
        .filter(ours)
        .map(|order| &order.symbol)
        .collect();
    symbols.sort();
    let twice = symbols.windows(2).filter(|pair| pair[0] == pair[1]);
    let twice: BTreeSet<&Symbol> = twice.map(|pair| pair[0]).collect();
    let breach = |symbol| Breach::new(Invariant::I1, format!("two own orders open in {symbol}"));
    twice.into_iter().map(breach).collect()
}
