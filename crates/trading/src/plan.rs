//! From portfolio to target: which orders, of what size, in which step.
//!
//! Steps follow each other strictly: cancel, then sell, then buy. A plan names only what can be
//! done with the portfolio as it is; once a step is done the plan is made anew from the portfolio
//! it left, so a buy is never sized from money that a sale has not brought yet.

use std::collections::BTreeSet;

use market::{Bps, Money, Price, Rounding, Shares, Symbol};
use serde::{Deserialize, Serialize};
use strategy::Target;

use crate::order::{BrokerOrderId, Instruction, Leg, OrderReport, Side};
use crate::outcome::Held;
use crate::portfolio::{Direction, Portfolio, Position};
use crate::settings::OrderStyle;

/// Least notional a broker takes, in cents.
const NOTIONAL_MIN_CENTS: i64 = 100;

/// How entries are sized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizing {
    /// What is traded.
    pub symbol: Symbol,
    /// Its price now; without one nothing is bought.
    pub price: Option<Price>,
    /// How an entry is ordered.
    pub style: OrderStyle,
    /// Distance of a limit from the price.
    pub collar: Bps,
    /// Share of equity never spent.
    pub cash_buffer: Bps,
    /// Least share of equity worth a buy.
    pub rebalance_band: Bps,
    /// Whether fractions of the symbol may be bought.
    pub fractional: bool,
    /// Whether this session's one top-up was made.
    pub topped_up: bool,
}

/// One order to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedOrder {
    /// Its step.
    pub leg: Leg,
    /// What is traded.
    pub symbol: Symbol,
    /// How much, at which price.
    pub instruction: Instruction,
}

/// One open order to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCancel {
    /// The broker's id of it.
    pub order: BrokerOrderId,
    /// The client id it carries.
    pub client_order_id: String,
    /// Its symbol.
    pub symbol: Symbol,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Where it leads.
    pub target: Target,
    /// First: orders in the way.
    pub cancels: Vec<PlannedCancel>,
    /// Then: holdings to sell and shorts to cover.
    pub sales: Vec<PlannedOrder>,
    /// Then: the buy; planned only once the steps before are empty.
    pub buy: Option<PlannedOrder>,
    /// Why there is nothing to do, when there is nothing.
    pub idle: Option<Held>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cancels.is_empty() && self.sales.is_empty() && self.buy.is_none()
    }

    pub(crate) fn idle(target: Target, why: Held) -> Self {
        Self {
            target,
            cancels: Vec::new(),
            sales: Vec::new(),
            buy: None,
            idle: Some(why),
        }
    }
}

/// What leads from `portfolio` to `target`: EXECUTION §4.
#[must_use]
pub fn plan(target: Target, portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    match target {
        Target::Keep => Plan::idle(target, Held::NoSignal),
        Target::Out => plan_out(portfolio, &BTreeSet::from([sizing.symbol.clone()])),
        Target::AllIn => plan_all_in(portfolio, sizing),
    }
}

/// What leaves every US equity there is, whatever is wanted: first all open orders in them go,
/// since a buy would bring back what a sale has left.
#[must_use]
pub fn plan_flatten(portfolio: &Portfolio) -> Plan {
    let held = || portfolio.positions.iter().filter(|held| held.is_us_equity);
    let open = portfolio.open_orders.iter();
    let cancels: Vec<_> = open
        .filter(|order| order.is_us_equity)
        .map(take_back)
        .collect();
    if held().next().is_none() && cancels.is_empty() {
        return Plan::idle(Target::Out, Held::AtTarget);
    }
    with_steps(Target::Out, cancels, held().filter_map(leave).collect())
}

/// What leaves these symbols.
pub(crate) fn plan_out(portfolio: &Portfolio, symbols: &BTreeSet<Symbol>) -> Plan {
    let is_of_them = |held: &&Position| held.is_us_equity && symbols.contains(&held.symbol);
    let held: Vec<&Position> = portfolio.positions.iter().filter(is_of_them).collect();
    let symbols: Vec<Symbol> = symbols.iter().cloned().collect();
    let cancels = orders_in(portfolio, &symbols);
    if held.is_empty() && cancels.is_empty() {
        return Plan::idle(Target::Out, Held::AtTarget);
    }
    with_steps(
        Target::Out,
        cancels,
        held.into_iter().filter_map(leave).collect(),
    )
}

fn plan_all_in(portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    let mut leaving: Vec<&Position> = portfolio.other_equities(&sizing.symbol).collect();
    let held = traded_position(portfolio, sizing);
    leaving.extend(held.filter(|held| held.direction == Direction::Short));
    if !leaving.is_empty() {
        let symbols: Vec<Symbol> = leaving
            .iter()
            .map(|position| position.symbol.clone())
            .collect();
        market::sabotage!(BuyBeforeSold, {
            let worth = leaving
                .iter()
                .filter_map(|held| held.market_value)
                .sum::<Money>();
            let from = portfolio.account.cash + worth;
            let price = sizing.price;
            let cancels = orders_in(portfolio, &symbols);
            let sales = leaving.iter().filter_map(|held| leave(held)).collect();
            let mut plan = with_steps(Target::AllIn, cancels, sales);
            let whole = price.and_then(|price| entry(from, price, portfolio, sizing));
            plan.buy = whole.and_then(|instruction| buy(instruction, sizing).buy);
            return plan;
        });
        let sales = leaving.into_iter().filter_map(leave).collect();
        return with_steps(Target::AllIn, orders_in(portfolio, &symbols), sales);
    }
    match held {
        Some(held) if portfolio.account.cash < Money::ZERO => {
            plan_repayment(held, portfolio, sizing)
        }
        _ => plan_buy(portfolio, sizing),
    }
}

/// Cancels and sales before anything else; when neither is possible, the holding is not free.
fn with_steps(target: Target, cancels: Vec<PlannedCancel>, sales: Vec<PlannedOrder>) -> Plan {
    let stuck = cancels.is_empty() && sales.is_empty();
    Plan {
        target,
        cancels,
        sales,
        buy: None,
        idle: stuck.then_some(Held::Unavailable),
    }
}

/// With cash below zero, the sale of just enough of `held` to stand at the cash buffer again.
fn plan_repayment(held: &Position, portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    let Some(price) = sizing.price else {
        return Plan::idle(Target::AllIn, Held::NoPrice);
    };
    let owed = buffer(portfolio, sizing) - portfolio.account.cash;
    let count = (owed.decimal() / price.decimal()).ceil();
    // A count beyond every possible one is more than is held.
    let quantity = Shares::new(count).map_or(free(held), |count| count.min(free(held)));
    let sale = sale_of(held, Leg::Sell, quantity);
    let cancels = orders_in(portfolio, std::slice::from_ref(&sizing.symbol));
    with_steps(Target::AllIn, cancels, sale.into_iter().collect())
}

/// The buy, or the cancels that must come before it, or why there is none.
fn plan_buy(portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    let idle = |why| Plan::idle(Target::AllIn, why);
    let account = &portfolio.account;
    let holds = !portfolio.long(&sizing.symbol).is_zero();
    let (now, once_free) = market::sabotage!(
        SizeFromBuyingPower,
        (account.buying_power, account.buying_power),
        (account.cash.min(account.buying_power), account.cash)
    );
    if !is_worth_buying(spendable(once_free, portfolio, sizing), portfolio, sizing) {
        return idle(if holds {
            Held::AtTarget
        } else {
            Held::InsideBand
        });
    }
    if holds && sizing.topped_up {
        return idle(Held::ToppedUp);
    }
    let Some(price) = sizing.price else {
        return idle(Held::NoPrice);
    };
    if entry(once_free, price, portfolio, sizing).is_none() {
        return idle(if holds {
            Held::AtTarget
        } else {
            Held::InsideBand
        });
    }
    let mut cancels = orders_in(portfolio, std::slice::from_ref(&sizing.symbol));
    if now < once_free {
        cancels.extend(buys_outside(portfolio, &sizing.symbol));
    }
    if !cancels.is_empty() {
        return with_steps(Target::AllIn, cancels, Vec::new());
    }
    match entry(now, price, portfolio, sizing) {
        None => idle(Held::InsideBand),
        Some(instruction) => buy(instruction, sizing),
    }
}

fn buy(instruction: Instruction, sizing: &Sizing) -> Plan {
    let order = PlannedOrder {
        leg: Leg::Buy,
        symbol: sizing.symbol.clone(),
        instruction,
    };
    Plan {
        target: Target::AllIn,
        cancels: Vec::new(),
        sales: Vec::new(),
        buy: Some(order),
        idle: None,
    }
}

/// `from` less fees owed and the cash buffer, floored to the cent.
fn spendable(from: Money, portfolio: &Portfolio, sizing: &Sizing) -> Money {
    (from - portfolio.account.fees - buffer(portfolio, sizing)).floor_cents()
}

/// What is never spent; nothing of an equity below zero, which would add to what may be spent.
fn buffer(portfolio: &Portfolio, sizing: &Sizing) -> Money {
    portfolio
        .account
        .equity
        .max(Money::ZERO)
        .part(sizing.cash_buffer)
}

fn is_worth_buying(spendable: Money, portfolio: &Portfolio, sizing: &Sizing) -> bool {
    let band = portfolio.account.equity.part(sizing.rebalance_band);
    spendable >= band.max(Money::from_cents(NOTIONAL_MIN_CENTS))
}

/// The order that spends what is spendable of `from`; `None` when that is too little, or not one
/// whole share fits where one must.
fn entry(from: Money, price: Price, portfolio: &Portfolio, sizing: &Sizing) -> Option<Instruction> {
    let amount = spendable(from, portfolio, sizing);
    if !is_worth_buying(amount, portfolio, sizing) {
        return None;
    }
    if sizing.style == OrderStyle::Notional && sizing.fractional {
        return Some(Instruction::Notional { notional: amount });
    }
    let limit_price = price.moved(sizing.collar)?.to_cents(Rounding::Up);
    let quantity = amount.shares_at(limit_price).whole();
    (!quantity.is_zero()).then_some(Instruction::Limit {
        quantity,
        limit_price,
    })
}

/// The holding in the traded symbol, if it is of the one class this program trades.
fn traded_position<'a>(portfolio: &'a Portfolio, sizing: &Sizing) -> Option<&'a Position> {
    portfolio
        .position(&sizing.symbol)
        .filter(|position| position.is_us_equity)
}

/// The order that leaves a holding: what is free of a long, all of a short.
fn leave(position: &Position) -> Option<PlannedOrder> {
    match position.direction {
        Direction::Long => sale_of(position, Leg::Sell, free(position)),
        Direction::Short => sale_of(position, Leg::Cover, position.quantity),
    }
}

/// Shares that no open order reserves; never more than are held, whatever the broker says.
fn free(position: &Position) -> Shares {
    position.available.min(position.quantity)
}

fn sale_of(position: &Position, leg: Leg, wanted: Shares) -> Option<PlannedOrder> {
    let quantity = market::sabotage!(TruncatedQuantity, wanted.whole(), wanted);
    (!quantity.is_zero()).then(|| PlannedOrder {
        leg,
        symbol: position.symbol.clone(),
        instruction: Instruction::Market { quantity },
    })
}

fn orders_in(portfolio: &Portfolio, symbols: &[Symbol]) -> Vec<PlannedCancel> {
    let in_the_way = |order: &&OrderReport| order.is_us_equity && symbols.contains(&order.symbol);
    portfolio
        .open_orders
        .iter()
        .filter(in_the_way)
        .map(take_back)
        .collect()
}

fn buys_outside(portfolio: &Portfolio, symbol: &Symbol) -> Vec<PlannedCancel> {
    let reserves_cash = |order: &&OrderReport| {
        order.is_us_equity && order.side == Side::Buy && &order.symbol != symbol
    };
    portfolio
        .open_orders
        .iter()
        .filter(reserves_cash)
        .map(take_back)
        .collect()
}

fn take_back(order: &OrderReport) -> PlannedCancel {
    PlannedCancel {
        order: order.broker_id.clone(),
        client_order_id: order.client_order_id.clone(),
        symbol: order.symbol.clone(),
    }
}
