//! A small exchange: cash, holdings, orders, and what becomes of them in time.

use std::collections::BTreeMap;

use market::{Decimal, Duration, Instant, Money, Price, Shares, Symbol};
use trading::invariants::Move;
use trading::order::{BrokerOrderId, Instruction, Order, OrderReport, OrderStatus, Side};
use trading::portfolio::{Direction, Position};

use super::{Behaviour, FakeMarket};

/// A holding, owed when below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Shares, with their sign.
    pub quantity: Decimal,
    /// Whether it is a US equity.
    pub is_us_equity: bool,
}

/// An order as the exchange keeps it.
#[derive(Debug, Clone)]
pub struct FakeOrder {
    /// How it looks.
    pub report: OrderReport,
    behaviour: Behaviour,
    /// When it fills, if it does.
    due: Instant,
    taken_at: Instant,
}

/// Cash, holdings and orders. Money moves only in [`Exchange::settle`] and by the story's hand.
#[derive(Debug)]
pub struct Exchange {
    /// Dollars; all of them settled.
    pub cash: Money,
    /// What is held.
    pub holdings: BTreeMap<Symbol, Held>,
    /// Every order ever taken, oldest first.
    pub orders: Vec<FakeOrder>,
    /// Between an order and its fill.
    pub fill_delay: Duration,
    /// Dollars kept of every sale.
    pub sale_fee: Money,
    /// What answers show of cash and holdings is so old.
    pub lag: Duration,
    /// What they show of cash is so much older still.
    pub cash_lag: Duration,
    /// How the next orders behave, oldest first; then all fill.
    pub behaviours: std::collections::VecDeque<Behaviour>,
    /// How orders behave that take the place of others.
    pub replacements: Behaviour,
    /// Shares held back for reasons of the exchange's own.
    held_back: BTreeMap<Symbol, Decimal>,
    /// Every execution, oldest first.
    pub moves: Vec<Move>,
    seen: Vec<(Instant, Money, BTreeMap<Symbol, Held>)>,
}

impl Exchange {
    /// An account of nothing but cash.
    #[must_use]
    pub fn new(cash: Money) -> Self {
        Self {
            cash,
            holdings: BTreeMap::new(),
            orders: Vec::new(),
            fill_delay: Duration::from_millis(50),
            sale_fee: Money::ZERO,
            lag: Duration::ZERO,
            cash_lag: Duration::ZERO,
            behaviours: std::collections::VecDeque::new(),
            replacements: Behaviour::Fills,
            held_back: BTreeMap::new(),
            moves: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Shares held of `symbol`, below zero when owed.
    #[must_use]
    pub fn held(&self, symbol: &Symbol) -> Decimal {
        self.holdings
            .get(symbol)
            .map_or(Decimal::ZERO, |held| held.quantity)
    }

    /// Takes an order, or says why not.
    ///
    /// # Errors
    /// The exchange's words, and whether it is the id that exists already.
    pub fn take(
        &mut self,
        order: &Order,
        market: &FakeMarket,
        now: Instant,
    ) -> Result<OrderReport, (String, bool)> {
        if self.by_client_id(order.id.as_str()).is_some() {
            return Err(("client_order_id must be unique".to_owned(), true));
        }
        let price = market.spot(&order.symbol, now);
        self.check_means(order, price).map_err(|why| (why, false))?;
        let report = OrderReport {
            broker_id: self.next_id(),
            client_order_id: order.id.as_str().to_owned(),
            symbol: order.symbol.clone(),
            is_us_equity: true,
            side: order.side,
            status: OrderStatus::Pending,
            quantity: order.instruction.quantity(),
            notional: match order.instruction {
                Instruction::Notional { notional } => Some(notional),
                _ => None,
            },
            limit_price: match order.instruction {
                Instruction::Limit { limit_price, .. } => Some(limit_price),
                _ => None,
            },
            filled: Shares::ZERO,
            average_price: None,
            submitted_at: Some(now),
            filled_at: None,
            replaced_by: None,
        };
        let behaviour = self.behaviours.pop_front().unwrap_or(Behaviour::Fills);
        self.enter(report.clone(), behaviour, now);
        Ok(report)
    }

    /// Enters an order as it is, as other people's are; it stands until it is cancelled.
    pub fn enter(&mut self, report: OrderReport, behaviour: Behaviour, now: Instant) {
        self.orders.push(FakeOrder {
            report,
            behaviour,
            due: now + self.fill_delay,
            taken_at: now,
        });
    }

    fn next_id(&self) -> BrokerOrderId {
        BrokerOrderId(format!("order-{}", self.orders.len() + 1))
    }

    fn check_means(&self, order: &Order, price: Price) -> Result<(), String> {
        let opposite = |open: &&FakeOrder| {
            open.report.symbol == order.symbol && open.report.side != order.side
        };
        if self.open_orders().any(|open| opposite(&open)) {
            return Err("potential wash trade detected".to_owned());
        }
        let owed = self.held(&order.symbol) < Decimal::ZERO;
        match order.side {
            Side::Buy if owed => Ok(()),
            Side::Buy if order.instruction.value(price) > self.buying_power(|_| price) => {
                Err("insufficient buying power".to_owned())
            }
            Side::Sell => {
                let wanted = order
                    .instruction
                    .quantity()
                    .map_or(Decimal::ZERO, Shares::decimal);
                let there = self.held(&order.symbol) - self.reserved(&order.symbol);
                if wanted > there {
                    Err(format!(
                        "insufficient qty available for order (requested: {wanted}, available: {there})"
                    ))
                } else {
                    Ok(())
                }
            }
            Side::Buy => Ok(()),
        }
    }

    /// Cash that no open buy has reserved.
    pub fn buying_power(&self, price: impl Fn(&Symbol) -> Price) -> Money {
        let reserved: Money = self
            .open_orders()
            .filter(|order| order.report.side == Side::Buy)
            .map(|order| {
                let report = &order.report;
                let rest = report
                    .quantity
                    .unwrap_or_default()
                    .saturating_sub(report.filled);
                let each = report.limit_price.unwrap_or_else(|| price(&report.symbol));
                report.notional.unwrap_or_else(|| each * rest)
            })
            .sum();
        self.cash - reserved
    }

    /// Holds back shares, whatever orders there are.
    pub fn reserve(&mut self, symbol: &Symbol, quantity: Decimal) {
        self.held_back.insert(symbol.clone(), quantity);
    }

    fn reserved(&self, symbol: &Symbol) -> Decimal {
        let held_back = self.held_back.get(symbol).copied().unwrap_or_default();
        let in_orders: Decimal = self
            .open_orders()
            .map(|order| &order.report)
            .filter(|report| &report.symbol == symbol && report.side == Side::Sell)
            .map(|report| {
                let rest = report
                    .quantity
                    .unwrap_or_default()
                    .saturating_sub(report.filled);
                rest.decimal()
            })
            .sum();
        held_back + in_orders
    }

    /// Orders not at their end.
    pub fn open_orders(&self) -> impl Iterator<Item = &FakeOrder> {
        self.orders
            .iter()
            .filter(|order| !order.report.status.is_terminal())
    }

    /// The order by our id.
    #[must_use]
    pub fn by_client_id(&self, id: &str) -> Option<&FakeOrder> {
        self.orders
            .iter()
            .find(|order| order.report.client_order_id == id)
    }

    /// Everything that was due by `now` happens.
    pub fn settle(&mut self, market: &FakeMarket, now: Instant) {
        if self.seen.is_empty() {
            self.remember(Instant::UNIX_EPOCH);
        }
        for at in 0..self.orders.len() {
            let order = &self.orders[at];
            let waiting = order.report.status == OrderStatus::Pending && order.due <= now;
            if waiting {
                self.work(at, market);
            }
        }
    }

    /// The order at `at` meets the market.
    fn work(&mut self, at: usize, market: &FakeMarket) {
        let (behaviour, due) = (self.orders[at].behaviour, self.orders[at].due);
        let price = market.spot(&self.orders[at].report.symbol, due);
        match behaviour {
            Behaviour::Fills => self.fill(at, 100, price, OrderStatus::Filled),
            Behaviour::FillsPart(percent) => {
                self.fill(at, percent, price, OrderStatus::PartiallyFilled);
            }
            Behaviour::Stuck => self.orders[at].report.status = OrderStatus::Working,
            Behaviour::Rejected => self.orders[at].report.status = OrderStatus::Rejected,
            Behaviour::Replaced(percent) => {
                self.fill(at, percent, price, OrderStatus::Replaced);
                self.replace(at, due);
            }
        }
    }

    /// Another order of the rest takes the place of the one at `at`.
    fn replace(&mut self, at: usize, now: Instant) {
        let old = self.orders[at].report.clone();
        let rest = old
            .quantity
            .map(|quantity| quantity.saturating_sub(old.filled));
        let id = self.next_id();
        self.orders[at].report.replaced_by = Some(id.clone());
        let report = OrderReport {
            client_order_id: format!("by-hand-{id}"),
            broker_id: id,
            status: OrderStatus::Pending,
            quantity: rest,
            filled: Shares::ZERO,
            average_price: None,
            submitted_at: Some(now),
            ..old
        };
        self.enter(report, self.replacements, now);
    }

    /// The order at `at` fills so many percent of itself and stands as `status` then.
    fn fill(&mut self, at: usize, percent: u8, price: Price, status: OrderStatus) {
        let report = &self.orders[at].report;
        let whole = report
            .quantity
            .unwrap_or_else(|| report.notional.unwrap_or_default().shares_at(price));
        let part = (whole.decimal() * Decimal::from(percent) / Decimal::ONE_HUNDRED).round_dp(9);
        let filled = Shares::new(part).expect("a part of an order is a count of shares");
        let more = filled.saturating_sub(report.filled);
        let (symbol, side, due) = (report.symbol.clone(), report.side, self.orders[at].due);
        let value = price * more;
        let (cash_before, held_before) = (self.cash, self.held(&symbol));
        let held = self.holdings.entry(symbol.clone()).or_insert(Held {
            quantity: Decimal::ZERO,
            is_us_equity: true,
        });
        match side {
            Side::Buy => {
                held.quantity += more.decimal();
                self.cash -= value;
            }
            Side::Sell => {
                held.quantity -= more.decimal();
                self.cash += value - self.sale_fee;
            }
        }
        if held.quantity.is_zero() {
            self.holdings.remove(&symbol);
        }
        let held_after = self.held(&symbol);
        self.moves.push(Move {
            at: due,
            client_order_id: self.orders[at].report.client_order_id.clone(),
            symbol,
            side,
            cash_before,
            cash_after: self.cash,
            held_before,
            held_after,
        });
        let report = &mut self.orders[at].report;
        report.filled = filled;
        report.average_price = (!filled.is_zero()).then_some(price);
        report.filled_at = Some(due);
        report.status = status;
        self.remember(due);
    }

    /// What stands now has always been so, for answers that lag.
    pub fn begin_anew(&mut self) {
        self.seen.clear();
        self.remember(Instant::UNIX_EPOCH);
    }

    fn remember(&mut self, at: Instant) {
        self.seen.push((at, self.cash, self.holdings.clone()));
    }

    /// Fills what is open of an order at once, as happens when a cancel comes too late.
    pub fn fill_now(&mut self, id: &BrokerOrderId, market: &FakeMarket, now: Instant) {
        if let Some(at) = self.position_of(id) {
            let price = market.spot(&self.orders[at].report.symbol, now);
            self.orders[at].due = now;
            self.fill(at, 100, price, OrderStatus::Filled);
        }
    }

    /// Ends an open order; what is filled stays.
    pub fn cancel(&mut self, id: &BrokerOrderId) -> Result<(), String> {
        let at = self.position_of(id).ok_or("order not found")?;
        let status = &mut self.orders[at].report.status;
        if status.is_terminal() {
            return Err(format!("order is already in \"{status:?}\" state"));
        }
        *status = OrderStatus::Canceled;
        Ok(())
    }

    fn position_of(&self, id: &BrokerOrderId) -> Option<usize> {
        self.orders
            .iter()
            .position(|order| &order.report.broker_id == id)
    }

    /// Cash and holdings as answers show them: so much later than they are.
    #[must_use]
    pub fn shown(&self, now: Instant) -> (Money, BTreeMap<Symbol, Held>) {
        let seen_by = |lag: Duration| match lag.is_zero() {
            true => None,
            false => self.seen.iter().rfind(|(at, _, _)| *at <= now - lag),
        };
        let cash = seen_by(self.lag + self.cash_lag).map_or(self.cash, |(_, cash, _)| *cash);
        let holdings = seen_by(self.lag).map_or(&self.holdings, |(_, _, holdings)| holdings);
        (cash, holdings.clone())
    }

    /// Holdings as answers show them.
    #[must_use]
    pub fn positions(&self, now: Instant) -> Vec<Position> {
        let (_, holdings) = self.shown(now);
        let position = |(symbol, held): (&Symbol, &Held)| {
            let shares = |count: Decimal| {
                Shares::new(count.max(Decimal::ZERO)).expect("holdings are counts of shares")
            };
            Position {
                symbol: symbol.clone(),
                is_us_equity: held.is_us_equity,
                direction: if held.quantity.is_sign_negative() {
                    Direction::Short
                } else {
                    Direction::Long
                },
                quantity: shares(held.quantity.abs()),
                available: shares(held.quantity.abs() - self.reserved(symbol)),
                average_entry_price: None,
                market_value: None,
            }
        };
        holdings.iter().map(position).collect()
    }

    /// When an order was taken.
    #[must_use]
    pub fn taken_at(&self, id: &str) -> Option<Instant> {
        self.by_client_id(id).map(|order| order.taken_at)
    }
}
