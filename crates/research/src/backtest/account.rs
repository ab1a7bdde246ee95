//! The account: cash and shares in decimals, changed by fills alone.

use market::time::{Date, Duration, Instant, new_york_date};
use market::{Bps, Decimal, Money, Price, Shares};
use trading::account::{Account, AccountId};
use trading::invariants::{Breach, Move};
use trading::order::{Instruction, Side};
use trading::plan::{Plan, PlannedOrder};
use trading::portfolio::{Direction, Portfolio, Position};

use super::fees::{DayFees, FeeSchedule};
use super::{Exit, Fees, Options, Trade, symbol};
use crate::timeline::Step;

const DAYS_PER_YEAR: Decimal = Decimal::from_parts(365, 0, 0, false, 0);
/// Dates change at midnight; two bars of one session are never this far apart.
const NIGHT: Duration = Duration::from_hours(10);

/// One price taken: what it was, and what it cost to take it.
struct Taken {
    quoted: Price,
    paid: Price,
    shares: Shares,
    fee: Money,
}

/// Portfolio and history of one run. The portfolio is the very one `trading::plan` reads.
pub(super) struct Ledger {
    portfolio: Portfolio,
    shares: Shares,
    cash_mark: f64,
    shares_mark: f64,
    trades: Vec<Trade>,
    open: Option<Trade>,
    options: Options,
    day_fees: DayFees,
    last_top_up: Option<Date>,
    accrued_until: Instant,
    pub(super) fees: Money,
    pub(super) slippage: Money,
    pub(super) interest: Money,
    pub(super) unfilled_entries: usize,
    /// The first invariant that a fill breached.
    pub(super) breach: Option<Breach>,
}

impl Ledger {
    pub(super) fn new(options: &Options, start: Instant) -> Self {
        let cash = options.cash;
        let account = Account {
            id: AccountId::new("backtest"),
            block: None,
            cash,
            equity: cash,
            buying_power: cash,
            non_marginable_buying_power: None,
            fees: Money::ZERO,
            multiplier: Some(Decimal::ONE),
            last_equity: None,
        };
        let portfolio = Portfolio {
            at: start,
            account,
            positions: Vec::new(),
            open_orders: Vec::new(),
        };
        Self {
            portfolio,
            shares: Shares::ZERO,
            cash_mark: cash.to_f64(),
            shares_mark: 0.0,
            trades: Vec::new(),
            open: None,
            options: *options,
            day_fees: DayFees::new(new_york_date(start)),
            last_top_up: None,
            accrued_until: start,
            fees: Money::ZERO,
            slippage: Money::ZERO,
            interest: Money::ZERO,
            unfilled_entries: 0,
            breach: None,
        }
    }

    pub(super) fn holds(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn cash(&self) -> Money {
        self.portfolio.account.cash
    }

    /// Cash and shares at `price`, exact.
    pub(super) fn equity(&self, price: Price) -> Money {
        self.cash() + price * self.shares
    }

    /// Cash and shares at `price`, as a statistic.
    pub(super) fn mark(&self, price: f64) -> f64 {
        self.cash_mark + self.shares_mark * price
    }

    /// Whether this session's one top-up was made; a first purchase is none.
    pub(super) fn topped_up(&self, at: Instant) -> bool {
        self.last_top_up
            .is_some_and(|date| date == new_york_date(at))
    }

    /// Everything held, valued at `price`.
    pub(super) fn portfolio(&mut self, price: Price) -> &Portfolio {
        self.portfolio.account.equity = self.equity(price);
        self.portfolio.account.buying_power = self.cash().max(Money::ZERO);
        &self.portfolio
    }

    /// Credits interest on cash for the days gone by.
    pub(super) fn accrue(&mut self, at: Instant) {
        let gone = at.duration_since(self.accrued_until);
        if self.options.cash_rate == Bps::default() || gone < NIGHT {
            return;
        }
        let dates = new_york_date(self.accrued_until).until(new_york_date(at));
        let days = dates.map_or(0, |span| span.get_days());
        self.accrued_until = at;
        let part = self.cash().max(Money::ZERO).part(self.options.cash_rate);
        let earned = part.decimal() * Decimal::from(days) / DAYS_PER_YEAR;
        let earned = Money::new(earned).map_or(Money::ZERO, Money::floor_cents);
        self.interest += earned;
        self.book(earned);
    }

    /// Fills what `plan` orders in bar `at`. A plan orders sales or a purchase, never both.
    pub(super) fn fill(
        &mut self,
        plan: &Plan,
        at: usize,
        start: Instant,
        step: &Step,
        options: &Options,
    ) {
        for PlannedOrder { instruction, .. } in &plan.sales {
            let wanted = instruction
                .quantity()
                .unwrap_or(self.shares)
                .min(self.shares);
            let paid = step.sell.moved(-options.slippage).unwrap_or(step.sell);
            let fee = self.fee_of_sale(start, paid, wanted);
            self.sell(
                at,
                start,
                &Taken {
                    quoted: step.sell,
                    paid,
                    shares: wanted,
                    fee,
                },
            );
        }
        let Some(PlannedOrder { instruction, .. }) = &plan.buy else {
            return;
        };
        match self.purchase(instruction, start, step, options) {
            Some(taken) => self.buy(at, start, &taken),
            None => self.unfilled_entries += 1,
        }
    }

    /// What an entry gets; `None` when its limit is out of reach.
    fn purchase(
        &mut self,
        order: &Instruction,
        start: Instant,
        step: &Step,
        options: &Options,
    ) -> Option<Taken> {
        let quoted = step.buy;
        let slipped = quoted.moved(options.slippage)?;
        let (paid, shares) = match *order {
            Instruction::Notional { notional } => (slipped, notional.shares_at(slipped)),
            Instruction::Limit {
                quantity,
                limit_price,
            } if quoted <= limit_price => (slipped.min(limit_price), quantity),
            Instruction::Limit { .. } => return None,
            Instruction::Market { quantity } => (slipped, quantity),
        };
        if self.options.fees == Fees::None {
            return Some(Taken {
                quoted,
                paid,
                shares,
                fee: Money::ZERO,
            });
        }
        let date = new_york_date(start);
        let fee = self
            .day_fees
            .charge(date, FeeSchedule::on(date).of_buy(shares));
        // The fee comes out of the order's dollars, so that no purchase overdraws the account.
        let affordable = (self.cash() - fee).shares_at(paid);
        Some(Taken {
            quoted,
            paid,
            shares: shares.min(affordable),
            fee,
        })
    }

    fn fee_of_sale(&mut self, start: Instant, price: Price, shares: Shares) -> Money {
        if self.options.fees == Fees::None {
            return Money::ZERO;
        }
        let date = new_york_date(start);
        self.day_fees
            .charge(date, FeeSchedule::on(date).of_sale(price, shares))
    }

    fn buy(&mut self, at: usize, start: Instant, taken: &Taken) {
        let value = taken.quoted * taken.shares;
        let paid = taken.paid * taken.shares;
        let cost = paid + taken.fee;
        self.slippage += paid - value;
        self.fees += taken.fee;
        if self.holds() {
            self.last_top_up = Some(new_york_date(start));
        }
        let trade = self.open.get_or_insert(Trade {
            entry_bar: at,
            shares: Shares::ZERO,
            entry_value: Money::ZERO,
            cost: Money::ZERO,
            proceeds: Money::ZERO,
            exit_value: Money::ZERO,
            exit: None,
        });
        trade.shares += taken.shares;
        trade.entry_value += value;
        trade.cost += cost;
        let bought = taken.shares.decimal();
        self.check(start, Side::Buy, -cost, bought);
        self.hold(self.shares + taken.shares);
        self.book(-cost);
    }

    /// I2 and I3, for a fill about to be booked.
    fn check(&mut self, at: Instant, side: Side, paid: Money, shares: Decimal) {
        let (cash, held) = (self.cash(), self.shares.decimal());
        let step = Move {
            at,
            client_order_id: String::new(),
            symbol: symbol(),
            side,
            cash_before: cash,
            cash_after: cash + paid,
            held_before: held,
            held_after: held + shares,
        };
        self.breach = self.breach.take().or_else(|| step.breaches().next());
    }

    fn sell(&mut self, at: usize, start: Instant, taken: &Taken) {
        let value = taken.quoted * taken.shares;
        let paid = taken.paid * taken.shares;
        let proceeds = paid - taken.fee;
        self.slippage += value - paid;
        self.fees += taken.fee;
        let sold = taken.shares.decimal();
        self.check(start, Side::Sell, proceeds, -sold);
        self.hold(self.shares.saturating_sub(taken.shares));
        self.book(proceeds);
        let Some(trade) = &mut self.open else {
            return;
        };
        trade.proceeds += proceeds;
        trade.exit_value += value;
        if self.shares.is_zero() {
            let pnl = trade.proceeds - trade.cost;
            trade.exit = Some(Exit { bar: at, pnl });
            self.trades.extend(self.open.take());
        }
    }

    fn book(&mut self, amount: Money) {
        self.portfolio.account.cash += amount;
        self.cash_mark = self.cash().to_f64();
    }

    /// So many shares are held now.
    fn hold(&mut self, shares: Shares) {
        self.shares = shares;
        self.shares_mark = shares.to_f64();
        let position = Position {
            symbol: symbol(),
            is_us_equity: true,
            direction: Direction::Long,
            quantity: shares,
            available: shares,
            average_entry_price: None,
            market_value: None,
        };
        self.portfolio.positions.clear();
        if !shares.is_zero() {
            self.portfolio.positions.push(position);
        }
    }

    /// Every trade, the open one last.
    pub(super) fn into_trades(self) -> Vec<Trade> {
        let mut trades = self.trades;
        trades.extend(self.open);
        trades
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(&Options::default(), Instant::UNIX_EPOCH)
    }

    fn taken(price: &str, shares: &str) -> Taken {
        let price = price.parse().unwrap();
        Taken {
            quoted: price,
            paid: price,
            shares: shares.parse().unwrap(),
            fee: Money::ZERO,
        }
    }

    #[test]
    fn a_fill_that_overdraws_or_sells_what_is_not_there_is_kept_as_a_breach() {
        let mut overdrawn = ledger();
        let much = taken("1000000", "1000000");
        overdrawn.buy(0, Instant::UNIX_EPOCH, &much);
        let breach = overdrawn.breach.map(|breach| breach.invariant.to_string());
        assert_eq!(breach.as_deref(), Some("I2"));

        let mut short = ledger();
        short.sell(0, Instant::UNIX_EPOCH, &taken("10", "1"));
        let breach = short.breach.map(|breach| breach.invariant.to_string());
        assert_eq!(breach.as_deref(), Some("I3"));

        let mut sound = ledger();
        sound.buy(0, Instant::UNIX_EPOCH, &taken("10", "1"));
        sound.sell(1, Instant::UNIX_EPOCH, &taken("11", "1"));
        assert_eq!(sound.breach, None);
    }
}
