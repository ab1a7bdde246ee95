//! From portfolio to target: EXECUTION §4, case by case.

use market::Bps;
use strategy::Target;
use trading::order::{Instruction, Side};
use trading::outcome::Held;
use trading::plan::{Plan, Sizing, plan, plan_flatten};
use trading::portfolio::Portfolio;
use trading::settings::OrderStyle;

use crate::fixture::{Book, TQQQ, foreign_order, money, price, symbol};

/// The defaults of the configuration, at 100 a share.
pub(crate) fn sizing() -> Sizing {
    Sizing {
        symbol: symbol(TQQQ),
        price: Some(price("100")),
        style: OrderStyle::Notional,
        collar: Bps::whole(50),
        cash_buffer: Bps::whole(50),
        rebalance_band: Bps::whole(200),
        fractional: true,
        topped_up: false,
    }
}

/// A plan in one line.
pub(crate) fn told(plan: &Plan) -> String {
    let cancels = plan
        .cancels
        .iter()
        .map(|cancel| format!("cancel {}", cancel.client_order_id));
    let orders = plan.sales.iter().chain(&plan.buy);
    let orders =
        orders.map(|order| format!("{} {}: {}", order.leg, order.symbol, order.instruction));
    let idle = plan.idle.map(|why| format!("nothing: {why}"));
    cancels
        .chain(orders)
        .chain(idle)
        .collect::<Vec<_>>()
        .join("; ")
}

fn check(target: Target, cases: &[(&str, Portfolio, &str)]) {
    for (story, portfolio, expected) in cases {
        let made = plan(target, portfolio, &sizing());
        assert_eq!(told(&made), *expected, "{story}");
        assert_eq!(made.idle.is_some(), made.is_empty(), "{story}: reason");
    }
}

#[test]
fn to_flatten_is_to_take_back_every_order_and_leave_every_equity() {
    let mixed = Book::cash("1000")
        .long(TQQQ, "5", "100")
        .short("F", "2", "12")
        .long("BTC/USD", "1", "60000")
        .of_another_class();
    let cases = [
        (Book::cash("1000").build(), "nothing: already at the target"),
        (
            mixed.build(),
            "sell TQQQ: 5 shares at the market; cover F: 2 shares at the market",
        ),
        (
            Book::cash("1")
                .order(foreign_order("MSFT", Side::Buy))
                .build(),
            "cancel theirs-buy-MSFT",
        ),
        (
            Book::cash("1")
                .long(TQQQ, "5", "100")
                .available("0")
                .build(),
            "nothing: the shares to sell are not free",
        ),
    ];
    for (portfolio, expected) in cases {
        assert_eq!(told(&plan_flatten(&portfolio)), expected);
    }
}

#[test]
fn keep_touches_nothing() {
    let cases = [
        ("flat", Book::cash("1000").build()),
        ("long", Book::cash("1000").long(TQQQ, "5", "100").build()),
        (
            "foreign",
            Book::cash("-10").long("AAPL", "5", "100").build(),
        ),
        (
            "short, with an order open",
            Book::cash("1000")
                .short(TQQQ, "5", "100")
                .order(foreign_order(TQQQ, Side::Buy))
                .build(),
        ),
    ];
    for (story, portfolio) in cases {
        let made = plan(Target::Keep, &portfolio, &sizing());
        assert_eq!(told(&made), "nothing: no signal", "{story}");
    }
}

#[test]
fn out_sells_exactly_what_is_free_of_the_symbol_and_nothing_else() {
    let long = |count: &str| Book::cash("12.5").long(TQQQ, count, "100");
    let cases = [
        (
            "flat",
            Book::cash("1000").build(),
            "nothing: already at the target",
        ),
        (
            "every digit is sold",
            long("980.102341607").build(),
            "sell TQQQ: 980.102341607 shares at the market",
        ),
        (
            "a speck is sold too",
            long("0.000000001").build(),
            "sell TQQQ: 0.000000001 shares at the market",
        ),
        (
            "others stay",
            long("10")
                .long("AAPL", "5", "200")
                .short("F", "3", "12")
                .build(),
            "sell TQQQ: 10 shares at the market",
        ),
        (
            "orders in the symbol go first, others stay",
            long("10")
                .available("9")
                .order(foreign_order(TQQQ, Side::Sell))
                .order(foreign_order("AAPL", Side::Buy))
                .build(),
            "cancel theirs-sell-TQQQ; sell TQQQ: 9 shares at the market",
        ),
        (
            "all reserved: first the cancel",
            long("10")
                .available("0")
                .order(foreign_order(TQQQ, Side::Sell))
                .build(),
            "cancel theirs-sell-TQQQ",
        ),
        (
            "all reserved by nothing that shows",
            long("10").available("0").build(),
            "nothing: the shares to sell are not free",
        ),
        (
            "flat, but an open buy would end that",
            Book::cash("1000")
                .order(foreign_order(TQQQ, Side::Buy))
                .build(),
            "cancel theirs-buy-TQQQ",
        ),
        (
            "a broker that calls more free than there is",
            long("10").available("11").build(),
            "sell TQQQ: 10 shares at the market",
        ),
        (
            "what is owed is bought back",
            Book::cash("2000").short(TQQQ, "4.5", "100").build(),
            "cover TQQQ: 4.5 shares at the market",
        ),
        (
            "another class under the same name is never touched",
            Book::cash("2000")
                .long(TQQQ, "4", "100")
                .of_another_class()
                .build(),
            "nothing: already at the target",
        ),
    ];
    check(Target::Out, &cases);
}

#[test]
fn all_in_first_leaves_everything_else_and_only_then_buys() {
    let cases = [
        (
            "others are sold by exact quantity, shorts bought back, in the order held",
            Book::cash("5000")
                .long("AAPL", "5.25", "200")
                .short("F", "3", "12")
                .long(TQQQ, "1", "100")
                .build(),
            "sell AAPL: 5.25 shares at the market; cover F: 3 shares at the market",
        ),
        (
            "orders in what is sold go first, those elsewhere stay",
            Book::cash("5000")
                .long("AAPL", "5", "200")
                .available("0")
                .order(foreign_order("AAPL", Side::Sell))
                .order(foreign_order("MSFT", Side::Buy))
                .build(),
            "cancel theirs-sell-AAPL",
        ),
        (
            "no buy while a holding is stuck",
            Book::cash("5000")
                .long("AAPL", "5", "200")
                .available("0")
                .build(),
            "nothing: the shares to sell are not free",
        ),
        (
            "a short in the symbol itself is covered before the buy",
            Book::cash("5000").short(TQQQ, "2", "100").build(),
            "cover TQQQ: 2 shares at the market",
        ),
        (
            "options and crypto are no holdings to sell",
            Book::cash("5000")
                .long("BTC/USD", "0.01", "60000")
                .of_another_class()
                .build(),
            "buy TQQQ: 4972 USD at the market",
        ),
    ];
    check(Target::AllIn, &cases);
}

#[test]
fn spendable_is_the_lesser_of_cash_and_buying_power_less_fees_and_buffer_floored_to_the_cent() {
    let with = |cash: &str, power: &str, fees: &str| {
        let (power, fees) = (money(power), money(fees));
        Book::cash(cash)
            .account(|account| {
                account.buying_power = power;
                account.fees = fees;
            })
            .build()
    };
    let cases = [
        (
            "cash alone",
            with("100000", "100000", "0"),
            "buy TQQQ: 99500 USD at the market",
        ),
        (
            "buying power never raises",
            with("100000", "400000", "0"),
            "buy TQQQ: 99500 USD at the market",
        ),
        (
            "buying power lowers",
            with("100000", "60000", "0"),
            "buy TQQQ: 59500 USD at the market",
        ),
        (
            "fees are owed first",
            with("100000", "100000", "12.34"),
            "buy TQQQ: 99487.66 USD at the market",
        ),
        (
            "a part of a cent is not there",
            with("999.999", "999.999", "0"),
            "buy TQQQ: 994.99 USD at the market",
        ),
        (
            "nothing to buy with",
            with("100000", "0", "0"),
            "nothing: too little to buy",
        ),
    ];
    check(Target::AllIn, &cases);
}

#[test]
fn a_buy_must_be_worth_the_band_and_a_dollar() {
    let invested = |cash: &str| Book::cash(cash).long(TQQQ, "980", "100").build();
    let cases = [
        // Equity 100 000: band 2 000, buffer 500.
        (
            "at the band",
            Book::cash("2500").long(TQQQ, "975", "100").build(),
            "buy TQQQ: 2000 USD at the market",
        ),
        (
            "a cent below it",
            Book::cash("2499.99").long(TQQQ, "975.0001", "100").build(),
            "nothing: already at the target",
        ),
        (
            "a full portfolio",
            invested("500"),
            "nothing: already at the target",
        ),
        (
            "one dollar",
            Book::cash("1.02").build(),
            "buy TQQQ: 1.01 USD at the market",
        ),
        (
            "less than one dollar",
            Book::cash("1").build(),
            "nothing: too little to buy",
        ),
        (
            "an empty account",
            Book::cash("0").build(),
            "nothing: too little to buy",
        ),
    ];
    check(Target::AllIn, &cases);
}

#[test]
fn a_holding_is_topped_up_once_a_session_but_a_first_buy_is_no_top_up() {
    let topped_up = Sizing {
        topped_up: true,
        ..sizing()
    };
    let holding = Book::cash("5000").long(TQQQ, "950", "100").build();
    assert_eq!(
        told(&plan(Target::AllIn, &holding, &sizing())),
        "buy TQQQ: 4500 USD at the market"
    );
    assert_eq!(
        plan(Target::AllIn, &holding, &topped_up).idle,
        Some(Held::ToppedUp)
    );
    let flat = Book::cash("5000").build();
    assert_eq!(
        told(&plan(Target::AllIn, &flat, &topped_up)),
        "buy TQQQ: 4975 USD at the market"
    );
}

#[test]
fn cash_below_zero_is_repaid_by_a_sale_of_just_enough() {
    let owing = |cash: &str| Book::cash(cash).long(TQQQ, "100", "100");
    // Equity 9 500, buffer 47.50: 547.50 at 100 a share is 6 whole shares.
    let cases = [
        (
            "just enough to stand at the buffer",
            owing("-500").build(),
            "sell TQQQ: 6 shares at the market",
        ),
        (
            "a debt beyond any count of shares takes all",
            Book::cash("-1000000000000000000")
                .long(TQQQ, "100", "100")
                .build(),
            "sell TQQQ: 100 shares at the market",
        ),
        (
            "never more than is free",
            owing("-500").available("2.5").build(),
            "sell TQQQ: 2.5 shares at the market",
        ),
        (
            "an order that reserves shares goes first",
            owing("-500")
                .available("0")
                .order(foreign_order(TQQQ, Side::Sell))
                .build(),
            "cancel theirs-sell-TQQQ",
        ),
        (
            "nothing is free",
            owing("-500").available("0").build(),
            "nothing: the shares to sell are not free",
        ),
        (
            "others are sold before",
            owing("-500").long("AAPL", "1", "200").build(),
            "sell AAPL: 1 shares at the market",
        ),
        (
            "nothing held to repay with",
            Book::cash("-500").build(),
            "nothing: too little to buy",
        ),
    ];
    check(Target::AllIn, &cases);
}

#[test]
fn without_a_price_nothing_is_sized() {
    let unpriced = Sizing {
        price: None,
        ..sizing()
    };
    let made = |portfolio: &Portfolio, target| told(&plan(target, portfolio, &unpriced));
    let flat = Book::cash("5000").build();
    assert_eq!(
        made(&flat, Target::AllIn),
        "nothing: no price to size an order with"
    );
    let owing = Book::cash("-500").long(TQQQ, "100", "100").build();
    assert_eq!(
        made(&owing, Target::AllIn),
        "nothing: no price to size an order with"
    );
    // An exit needs none.
    assert_eq!(
        made(&owing, Target::Out),
        "sell TQQQ: 100 shares at the market"
    );
}

#[test]
fn foreign_orders_are_cancelled_only_in_the_symbol_or_where_they_reserve_the_cash_needed() {
    let reserved = |book: Book| {
        book.account(|account| account.buying_power = money("90000"))
            .build()
    };
    let elsewhere = || Book::cash("100000").order(foreign_order("MSFT", Side::Buy));
    let mut option = foreign_order("QQQ260116C00500000", Side::Buy);
    option.is_us_equity = false;
    let cases = [
        (
            "cash is free",
            elsewhere().build(),
            "buy TQQQ: 99500 USD at the market",
        ),
        (
            "it reserves cash",
            reserved(elsewhere()),
            "cancel theirs-buy-MSFT",
        ),
        (
            "a sale reserves none",
            reserved(Book::cash("100000").order(foreign_order("MSFT", Side::Sell))),
            "buy TQQQ: 89500 USD at the market",
        ),
        (
            "an option's order is never touched",
            reserved(Book::cash("100000").order(option)),
            "buy TQQQ: 89500 USD at the market",
        ),
        (
            "in the symbol, either side",
            Book::cash("100000")
                .order(foreign_order(TQQQ, Side::Buy))
                .order(foreign_order(TQQQ, Side::Sell))
                .build(),
            "cancel theirs-buy-TQQQ; cancel theirs-sell-TQQQ",
        ),
        (
            "nothing to buy, nothing to cancel",
            reserved(
                Book::cash("10")
                    .long(TQQQ, "980", "100")
                    .order(foreign_order(TQQQ, Side::Sell)),
            ),
            "nothing: already at the target",
        ),
    ];
    check(Target::AllIn, &cases);
}

#[test]
fn a_limit_entry_is_whole_shares_at_the_collar_rounded_up_to_the_cent() {
    let limit = Sizing {
        style: OrderStyle::Limit,
        price: Some(price("101.52")),
        ..sizing()
    };
    let made = |cash: &str| told(&plan(Target::AllIn, &Book::cash(cash).build(), &limit));
    // 101.52 × 1.005 = 102.0276; 99 500 / 102.03 = 975.2.
    assert_eq!(made("100000"), "buy TQQQ: 975 shares at 102.03 or better");
    assert_eq!(made("102.55"), "buy TQQQ: 1 shares at 102.03 or better");
    assert_eq!(made("102.53"), "nothing: too little to buy");
}

#[test]
fn what_cannot_be_bought_in_fractions_is_bought_whole() {
    let whole = Sizing {
        fractional: false,
        ..sizing()
    };
    let made = plan(Target::AllIn, &Book::cash("1000").build(), &whole);
    let order = made.buy.unwrap();
    let expected = Instruction::Limit {
        quantity: crate::fixture::shares("9"),
        limit_price: price("100.5"),
    };
    assert_eq!(order.instruction, expected);
}

#[test]
fn an_order_that_frees_no_whole_share_is_left_alone() {
    let whole = Sizing {
        fractional: false,
        ..sizing()
    };
    let portfolio = Book::cash("90")
        .order(foreign_order(TQQQ, Side::Buy))
        .build();
    let made = plan(Target::AllIn, &portfolio, &whole);
    assert_eq!(told(&made), "nothing: too little to buy");
}

#[test]
fn an_equity_below_zero_adds_nothing_to_what_may_be_spent() {
    let ruined = Book::cash("1000")
        .account(|account| account.equity = money("-50000"))
        .build();
    let made = plan(Target::AllIn, &ruined, &sizing());
    assert_eq!(told(&made), "buy TQQQ: 1000 USD at the market");
}
