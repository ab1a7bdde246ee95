//! Laws of planning, over any portfolio.

use market::{Decimal, Money, Price, Shares};
use proptest::prelude::*;
use strategy::Target;
use trading::order::{Instruction, Leg, Side};
use trading::plan::{Plan, PlannedOrder, Sizing, plan};
use trading::portfolio::{Direction, Portfolio};
use trading::settings::OrderStyle;

use crate::fixture::{Book, TQQQ, foreign_order, symbol};
use crate::planning::sizing;

fn cents(value: i64) -> Money {
    Money::from_cents(value)
}

fn count(nanos: i64) -> Shares {
    Shares::new(Decimal::new(nanos, 9)).unwrap()
}

/// Any holding of a symbol: long, short or none, wholly or partly free.
fn holding() -> impl Strategy<Value = (i64, u8)> {
    let nanos = prop_oneof![Just(0_i64), -50_000_000_000_i64..500_000_000_000_i64];
    (nanos, 0_u8..=4)
}

fn portfolios() -> impl Strategy<Value = Portfolio> {
    (
        -500_000_i64..20_000_000,
        0_i64..40_000_000,
        0_i64..5_000,
        [holding(), holding(), holding()],
        0_u8..8,
    )
        .prop_map(|(cash, power, fees, holdings, orders)| {
            let mut book = Book::cash("0").account(|account| {
                account.cash = cents(cash);
                account.equity = cents(cash);
                account.buying_power = cents(power);
                account.fees = cents(fees);
            });
            for (name, (nanos, free)) in [TQQQ, "AAPL", "BTC/USD"].into_iter().zip(holdings) {
                let quantity = count(nanos.abs()).to_string();
                let available = count(nanos.abs() * i64::from(free) / 4).to_string();
                book = match nanos {
                    0 => continue,
                    1.. => book.long(name, &quantity, "100").available(&available),
                    _ => book.short(name, &quantity, "100"),
                };
                if name.contains('/') {
                    book = book.of_another_class();
                }
            }
            let open = [(TQQQ, Side::Buy), (TQQQ, Side::Sell), ("MSFT", Side::Buy)];
            for (bit, (name, side)) in open.into_iter().enumerate() {
                if orders >> bit & 1 == 1 {
                    book = book.order(foreign_order(name, side));
                }
            }
            book.build()
        })
}

fn sizings() -> impl Strategy<Value = Sizing> {
    (100_i64..50_000, any::<[bool; 3]>()).prop_map(|(price, [limit, fractional, topped_up])| {
        Sizing {
            price: Some(Price::new(Decimal::new(price, 2)).unwrap()),
            style: if limit {
                OrderStyle::Limit
            } else {
                OrderStyle::Notional
            },
            fractional,
            topped_up,
            ..sizing()
        }
    })
}

fn targets() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::AllIn), Just(Target::Out), Just(Target::Keep)]
}

/// The most an order may cost.
fn cost(order: &PlannedOrder, price: Price) -> Money {
    order.instruction.value(price)
}

/// The portfolio once everything planned has been done at `price`.
fn carried_out(mut portfolio: Portfolio, plan: &Plan, price: Price) -> Portfolio {
    let cancelled = |id: &str| {
        plan.cancels
            .iter()
            .any(|cancel| cancel.client_order_id == id)
    };
    portfolio
        .open_orders
        .retain(|order| !cancelled(&order.client_order_id));
    if !plan.cancels.is_empty() {
        for position in &mut portfolio.positions {
            position.available = position.quantity;
        }
        portfolio.account.buying_power = portfolio.account.cash.max(Money::ZERO);
        return portfolio;
    }
    for order in plan.sales.iter().chain(&plan.buy) {
        carry_out(&mut portfolio, order, price);
    }
    portfolio
        .positions
        .retain(|position| !position.quantity.is_zero());
    portfolio
}

fn carry_out(portfolio: &mut Portfolio, order: &PlannedOrder, price: Price) {
    let quantity = match order.instruction {
        Instruction::Market { quantity } | Instruction::Limit { quantity, .. } => quantity,
        Instruction::Notional { notional } => notional.shares_at(price),
    };
    let value = price * quantity;
    let account = &mut portfolio.account;
    let change = if order.leg == Leg::Sell {
        value
    } else {
        -value
    };
    account.cash += change;
    account.buying_power = account.cash.max(Money::ZERO);
    let held = portfolio
        .positions
        .iter_mut()
        .find(|position| position.symbol == order.symbol);
    match held {
        Some(position) if order.leg == Leg::Buy => {
            position.quantity += quantity;
            position.available += quantity;
        }
        Some(position) => {
            position.quantity = position.quantity.saturating_sub(quantity);
            position.available = position.available.saturating_sub(quantity);
        }
        None => {
            let text = quantity.to_string();
            let book = Book::cash("0").long(order.symbol.as_str(), &text, "100");
            portfolio.positions.extend(book.build().positions);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_buy_never_exceeds_cash_less_fees_nor_buying_power(
        portfolio in portfolios(),
        sizing in sizings(),
    ) {
        let made = plan(Target::AllIn, &portfolio, &sizing);
        if let Some(buy) = &made.buy {
            let account = &portfolio.account;
            let cost = cost(buy, sizing.price.unwrap());
            prop_assert!(cost + account.fees <= account.cash);
            prop_assert!(cost <= account.buying_power);
            prop_assert!(cost >= Money::from_cents(100) || buy.instruction.quantity().is_some());
        }
    }

    #[test]
    fn a_buy_is_planned_alone_and_never_beside_a_sale_or_cancel(
        target in targets(),
        portfolio in portfolios(),
        sizing in sizings(),
    ) {
        let made = plan(target, &portfolio, &sizing);
        if made.buy.is_some() {
            prop_assert!(made.sales.is_empty() && made.cancels.is_empty());
            prop_assert_eq!(target, Target::AllIn);
            prop_assert_eq!(portfolio.other_equities(&symbol(TQQQ)).count(), 0);
        }
        prop_assert_eq!(made.idle.is_some(), made.is_empty());
    }

    #[test]
    fn what_is_planned_to_leave_never_exceeds_what_is_there_and_is_a_us_equity(
        target in targets(),
        portfolio in portfolios(),
        sizing in sizings(),
    ) {
        let made = plan(target, &portfolio, &sizing);
        for sale in &made.sales {
            let position = portfolio.position(&sale.symbol).unwrap();
            let quantity = sale.instruction.quantity().unwrap();
            prop_assert!(position.is_us_equity);
            prop_assert!(!quantity.is_zero() && quantity <= position.quantity);
            let leg = match position.direction {
                Direction::Long => Leg::Sell,
                Direction::Short => Leg::Cover,
            };
            prop_assert_eq!(sale.leg, leg);
        }
        if target == Target::Out {
            prop_assert!(made.sales.iter().all(|sale| sale.symbol == symbol(TQQQ)));
        }
    }

    #[test]
    fn planning_again_from_where_the_plan_has_led_soon_plans_nothing(
        target in targets(),
        portfolio in portfolios(),
        sizing in sizings(),
    ) {
        let price = sizing.price.unwrap();
        let mut now = portfolio;
        for position in &mut now.positions {
            position.market_value = None;
        }
        for _ in 0..4 {
            let held: Money = now
                .positions
                .iter()
                .map(|position| price * position.quantity)
                .zip(&now.positions)
                .map(|(value, position)| match position.direction {
                    Direction::Long => value,
                    Direction::Short => -value,
                })
                .sum();
            now.account.equity = now.account.cash + held;
            let made = plan(target, &now, &sizing);
            if made.is_empty() {
                break;
            }
            now = carried_out(now, &made, price);
        }
        let last = plan(target, &now, &sizing);
        prop_assert!(last.is_empty(), "{last:?} from {now:?}");
    }

    #[test]
    fn a_portfolio_so_many_times_as_big_buys_so_many_times_as_much(
        cash in 10_000_i64..10_000_000,
        factor in 2_i64..50,
    ) {
        let notional = |cash: i64| {
            let portfolio = Book::cash(&cents(cash).to_string()).build();
            let made = plan(Target::AllIn, &portfolio, &sizing());
            made.buy.unwrap().instruction.value(sizing().price.unwrap())
        };
        let (once, times) = (notional(cash), notional(cash * factor));
        let scaled = Money::new(once.decimal() * Decimal::from(factor)).unwrap();
        // The cent floored away grows with the factor, and only that.
        prop_assert!(times >= scaled && times <= scaled + cents(factor));
    }
}
