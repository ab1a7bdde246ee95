//! From portfolio to target: which orders, of what size, in which step.
//!
//! Steps follow each other strictly: cancel, then sell, then buy. A plan names only what can be
//! done with the portfolio as it is; once a step is done the plan is made anew from the portfolio
//! it left, so a buy is never sized from money that a sale has not brought yet.

use market::{Bps, Decimal, Money, Price, Rounding, Shares, Symbol};
use serde::{Deserialize, Serialize};
use strategy::Target;

use crate::order::{BrokerOrderId, Instruction, Leg, OrderReport};
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

    fn idle(target: Target, why: Held) -> Self {
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
        Target::Out => plan_out(portfolio, sizing),
        Target::AllIn => plan_all_in(portfolio, sizing),
    }
}

fn plan_out(portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    let sales: Vec<_> = portfolio
        .position(&sizing.symbol)
        .and_then(leave)
        .into_iter()
        .collect();
    if sales.is_empty() && portfolio.position(&sizing.symbol).is_none() {
        return Plan::idle(Target::Out, Held::AtTarget);
    }
    let cancels = orders_in(portfolio, std::slice::from_ref(&sizing.symbol));
    with_steps(Target::Out, cancels, sales)
}

fn plan_all_in(portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    let mut leaving: Vec<&Position> = portfolio.other_equities(&sizing.symbol).collect();
    let owed = portfolio
        .position(&sizing.symbol)
        .filter(|held| held.direction == Direction::Short);
    leaving.extend(owed);
    if !leaving.is_empty() {
        let symbols: Vec<Symbol> = leaving
            .iter()
            .map(|position| position.symbol.clone())
            .collect();
        let sales = leaving.into_iter().filter_map(leave).collect();
        return with_steps(Target::AllIn, orders_in(portfolio, &symbols), sales);
    }
    if let Some(sale) = repay(portfolio, sizing) {
        let cancels = orders_in(portfolio, std::slice::from_ref(&sizing.symbol));
        return with_steps(Target::AllIn, cancels, vec![sale]);
    }
    plan_buy(portfolio, sizing)
}

fn with_steps(target: Target, cancels: Vec<PlannedCancel>, sales: Vec<PlannedOrder>) -> Plan {
    Plan {
        target,
        cancels,
        sales,
        buy: None,
        idle: None,
    }
}

/// The buy, or the cancels that must come before it, or why there is none.
fn plan_buy(portfolio: &Portfolio, sizing: &Sizing) -> Plan {
    let account = &portfolio.account;
    let once_free = spendable(account.cash, portfolio, sizing);
    let now = spendable(account.cash.min(account.buying_power), portfolio, sizing);
    if !is_worth_buying(once_free, portfolio, sizing) {
        let full = !portfolio.long(&sizing.symbol).is_zero();
        return Plan::idle(
            Target::AllIn,
            if full {
                Held::AtTarget
            } else {
                Held::InsideBand
            },
        );
    }
    if !portfolio.long(&sizing.symbol).is_zero() && sizing.topped_up {
        return Plan::idle(Target::AllIn, Held::ToppedUp);
    }
    let mut cancels = orders_in(portfolio, std::slice::from_ref(&sizing.symbol));
    if now < once_free {
        cancels.extend(buys_outside(portfolio, &sizing.symbol));
    }
    if !cancels.is_empty() {
        return with_steps(Target::AllIn, cancels, Vec::new());
    }
    match is_worth_buying(now, portfolio, sizing)
        .then(|| entry(now, sizing))
        .flatten()
    {
        None => Plan::idle(Target::AllIn, Held::InsideBand),
        Some(instruction) => {
            let buy = PlannedOrder {
                leg: Leg::Buy,
                symbol: sizing.symbol.clone(),
                instruction,
            };
            Plan {
                target: Target::AllIn,
                cancels: Vec::new(),
                sales: Vec::new(),
                buy: Some(buy),
                idle: None,
            }
        }
    }
}

/// `from` less fees owed and the cash buffer, floored to the cent.
fn spendable(from: Money, portfolio: &Portfolio, sizing: &Sizing) -> Money {
    (from - portfolio.account.fees - portfolio.account.equity.part(sizing.cash_buffer))
        .floor_cents()
}

fn is_worth_buying(spendable: Money, portfolio: &Portfolio, sizing: &Sizing) -> bool {
    let band = portfolio.account.equity.part(sizing.rebalance_band);
    spendable >= band.max(Money::from_cents(NOTIONAL_MIN_CENTS))
}

/// The order that spends `amount`; `None` when not one whole share fits where one must.
fn entry(amount: Money, sizing: &Sizing) -> Option<Instruction> {
    if sizing.style == OrderStyle::Notional && sizing.fractional {
        return Some(Instruction::Notional { notional: amount });
    }
    let limit_price = sizing.price?.moved(sizing.collar)?.to_cents(Rounding::Up);
    let quantity = amount.shares_at(limit_price).whole();
    (!quantity.is_zero()).then_some(Instruction::Limit {
        quantity,
        limit_price,
    })
}

/// The order that leaves a holding: what is free of a long, all of a short.
fn leave(position: &Position) -> Option<PlannedOrder> {
    let (leg, quantity) = match position.direction {
        Direction::Long => (Leg::Sell, position.available),
        Direction::Short => (Leg::Cover, position.quantity),
    };
    let order = || PlannedOrder {
        leg,
        symbol: position.symbol.clone(),
        instruction: Instruction::Market { quantity },
    };
    (!quantity.is_zero()).then(order)
}

/// With cash below zero, the sale of just enough to stand at the cash buffer again.
fn repay(portfolio: &Portfolio, sizing: &Sizing) -> Option<PlannedOrder> {
    let account = &portfolio.account;
    let position = portfolio.position(&sizing.symbol)?;
    if account.cash >= Money::ZERO {
        return None;
    }
    let owed = account.equity.part(sizing.cash_buffer).max(Money::ZERO) - account.cash;
    let count = (owed.decimal() / sizing.price?.decimal()).ceil();
    let quantity = Shares::new(count.max(Decimal::ONE))
        .ok()?
        .min(position.available);
    let instruction = Instruction::Market { quantity };
    (!quantity.is_zero()).then(|| PlannedOrder {
        leg: Leg::Sell,
        symbol: sizing.symbol.clone(),
        instruction,
    })
}

fn orders_in(portfolio: &Portfolio, symbols: &[Symbol]) -> Vec<PlannedCancel> {
    let in_the_way = |order: &&OrderReport| symbols.contains(&order.symbol);
    portfolio
        .open_orders
        .iter()
        .filter(in_the_way)
        .map(take_back)
        .collect()
}

fn buys_outside(portfolio: &Portfolio, symbol: &Symbol) -> Vec<PlannedCancel> {
    let reserves_cash = |order: &&OrderReport| {
        order.is_us_equity && order.side == crate::order::Side::Buy && &order.symbol != symbol
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
