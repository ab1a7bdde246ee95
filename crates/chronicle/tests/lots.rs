//! Lots: first in, first out; shares and dollars conserved; the two flags of a tax form.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use chronicle::lots::{Closed, Deal, Lots, Term, Wash};
use market::{Date, Decimal, Money, Ratio, Shares, Symbol};
use proptest::prelude::*;

fn symbol() -> Symbol {
    Symbol::new("TQQQ").unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Deals told one a line: `2025-01-02 buy a 10 100.00`.
fn book(story: &str) -> Lots {
    let mut lots = Lots::default();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let symbol = symbol();
        match words[1] {
            "split" => lots.split(&symbol, words[2].parse().unwrap()),
            "found" => lots.find(&symbol, shares(words[2]), None, date(words[0])),
            "gone" => lots.lose(&symbol, shares(words[2]), date(words[0])),
            kind => {
                let deal = Deal {
                    order: words[2],
                    symbol: &symbol,
                    date: date(words[0]),
                    shares: shares(words[3]),
                    value: Some(money(words[4])),
                };
                if kind == "buy" {
                    lots.buy(&deal);
                } else {
                    lots.sell(&deal);
                }
            }
        }
    }
    lots
}

fn told(row: &Closed) -> String {
    let text = |value: Option<Money>| value.map_or("?".to_owned(), |value| value.to_string());
    let (cost, gain) = (text(row.cost), text(row.gain()));
    format!("lot {}: {} for {cost}, gain {gain}", row.lot, row.shares)
}

#[test]
fn the_oldest_lot_is_sold_first_and_in_part() {
    let lots = book(
        "2025-01-02 buy a 10 100
         2025-01-03 buy b 10 200
         2025-01-06 sell c 15 300",
    );
    let rows: Vec<String> = lots.closed().iter().map(told).collect();
    assert_eq!(
        rows,
        ["lot 1: 10 for 100, gain 100", "lot 2: 5 for 100, gain 0"]
    );
    let left: Vec<_> = lots.open().map(|lot| (lot.shares, lot.cost)).collect();
    assert_eq!(left, [(shares("5"), Some(money("100")))]);
}

#[test]
fn fills_of_one_order_are_one_lot_and_one_sale() {
    let lots = book(
        "2025-01-02 buy a 4 40
         2025-01-02 buy a 6 60.5
         2025-01-03 sell b 1 11
         2025-01-03 sell b 9 99",
    );
    let rows: Vec<String> = lots.closed().iter().map(told).collect();
    assert_eq!(rows, ["lot 1: 10 for 100.5, gain 9.5"]);
}

#[test]
fn a_split_changes_the_count_and_never_the_cost() {
    let lots = book(
        "2025-01-02 buy a 3 300
         2025-01-03 buy b 0.333333333 30
         2025-01-06 split 2
         2025-01-07 sell c 6 400",
    );
    let rows: Vec<String> = lots.closed().iter().map(told).collect();
    assert_eq!(rows, ["lot 1: 6 for 300, gain 100"]);
    assert_eq!(lots.held(&symbol()), shares("0.666666666"));
}

#[test]
fn what_nobody_told_of_is_unknown_and_not_zero() {
    let lots = book(
        "2025-01-02 found 5
         2025-01-03 sell a 5 100
         2025-01-06 buy b 2 20
         2025-01-07 gone 2
         2025-01-08 sell c 1 10",
    );
    let rows: Vec<String> = lots.closed().iter().map(told).collect();
    assert_eq!(
        rows,
        [
            "lot 1: 5 for ?, gain ?",
            "lot 2: 2 for 20, gain ?",
            "lot 3: 1 for ?, gain ?"
        ]
    );
    let terms: Vec<_> = lots.closed().iter().map(Closed::term).collect();
    assert_eq!(terms, [None, Some(Term::Short), None]);
    let wash = lots.wash(&lots.closed()[0], date("2025-01-09"));
    assert_eq!(wash, None, "without a gain nothing is flagged");
}

#[test]
fn a_year_to_the_day_is_short_and_a_day_more_is_long() {
    let table = [
        ("2024-01-02", "2025-01-02", Term::Short, 366),
        ("2024-01-02", "2025-01-03", Term::Long, 367),
        ("2024-02-29", "2025-02-28", Term::Short, 365),
        ("2024-02-29", "2025-03-01", Term::Long, 366),
    ];
    for (bought, sold, term, days) in table {
        let lots = book(&format!("{bought} buy a 1 1\n{sold} sell b 1 2"));
        let row = &lots.closed()[0];
        assert_eq!((row.term(), row.held_days()), (Some(term), Some(days)));
    }
}

#[test]
fn a_loss_is_flagged_when_the_symbol_is_bought_within_thirty_days() {
    let loss = "2025-01-02 buy a 10 100\n2025-06-02 sell b 10 90\n";
    let open = Wash::Open(date("2025-07-02"));
    let table = [
        ("", "2025-07-02", open, "the days are not over"),
        ("", "2025-07-03", Wash::No, "they are"),
        (
            "2025-07-02 buy c 1 9",
            "2025-07-02",
            Wash::Yes,
            "the last day",
        ),
        ("2025-07-03 buy c 1 9", "2025-07-03", Wash::No, "a day late"),
        (
            "2025-06-02 buy c 1 9",
            "2025-06-02",
            Wash::Yes,
            "the same day",
        ),
        (
            "2025-06-20 found 1",
            "2025-06-20",
            Wash::Yes,
            "by another hand",
        ),
    ];
    for (after, through, expected, why) in table {
        let lots = book(&format!("{loss}{after}"));
        let wash = lots.wash(&lots.closed()[0], date(through));
        assert_eq!(wash, Some(expected), "{why}");
    }
}

#[test]
fn what_was_bought_before_counts_only_while_it_is_held_after_the_sale() {
    let table = [
        // A top-up sold in the same breath leaves nothing in place of what was sold.
        (
            "2025-05-20 buy a 10 100\n2025-05-28 buy b 1 10\n2025-06-02 sell c 11 90",
            Wash::No,
        ),
        // Kept, it does.
        (
            "2025-05-20 buy a 10 100\n2025-05-28 buy b 1 10\n2025-06-02 sell c 10 90",
            Wash::Yes,
        ),
        // Kept, but bought too long before.
        (
            "2025-01-02 buy a 10 100\n2025-05-02 buy b 1 10\n2025-06-02 sell c 10 90",
            Wash::No,
        ),
        // The rest of the lot itself replaces nothing.
        ("2025-05-28 buy a 10 100\n2025-06-02 sell c 5 40", Wash::No),
        // A gain is never one.
        (
            "2025-05-28 buy a 10 100\n2025-06-02 sell c 10 101\n2025-06-03 buy d 1 10",
            Wash::No,
        ),
    ];
    for (story, expected) in table {
        let lots = book(story);
        let wash = lots.wash(&lots.closed()[0], date("2025-12-31"));
        assert_eq!(wash, Some(expected), "{story}");
    }
}

/// What may happen to lots.
#[derive(Debug, Clone)]
enum Step {
    Buy(u64, i64),
    Sell(u64, i64),
    Split(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let billionths = 1_u64..5_000_000_000_000;
    let cents = 1_i64..10_000_000;
    prop_oneof![
        (billionths.clone(), cents.clone()).prop_map(|(n, value)| Step::Buy(n, value)),
        (billionths, cents).prop_map(|(n, value)| Step::Sell(n, value)),
        prop_oneof![Just("2"), Just("3"), Just("3/2"), Just("1/10")].prop_map(Step::Split),
    ]
}

fn billionths(count: u64) -> Shares {
    Shares::new(Decimal::new(i64::try_from(count).unwrap(), 9)).unwrap()
}

proptest! {
    #[test]
    fn shares_and_dollars_are_conserved(steps in prop::collection::vec(step(), 1..40)) {
        let (symbol, day) = (symbol(), date("2025-01-02"));
        let mut lots = Lots::default();
        let (mut held, mut paid, mut brought) = (Shares::ZERO, Money::ZERO, Money::ZERO);
        for (number, step) in steps.iter().enumerate() {
            let order = number.to_string();
            let deal = |count: Shares, cents: i64| Deal {
                order: &order,
                symbol: &symbol,
                date: day,
                shares: count,
                value: Some(Money::from_cents(cents)),
            };
            match *step {
                Step::Buy(count, cents) => {
                    lots.buy(&deal(billionths(count), cents));
                    held += billionths(count);
                    paid += Money::from_cents(cents);
                }
                Step::Sell(count, cents) => {
                    let count = billionths(count).min(held);
                    if count.is_zero() {
                        continue;
                    }
                    lots.sell(&deal(count, cents));
                    held = held.saturating_sub(count);
                    brought += Money::from_cents(cents);
                }
                Step::Split(ratio) => {
                    let ratio: Ratio = ratio.parse().unwrap();
                    lots.split(&symbol, ratio);
                    held = ratio.adjust_shares(held).unwrap();
                }
            }
            prop_assert_eq!(lots.held(&symbol), held);
            let of_open: Money = lots.open().filter_map(|lot| lot.cost).sum();
            let of_closed: Money = lots.closed().iter().filter_map(|row| row.cost).sum();
            // Shares that a reverse split has wholly rounded away take their cost with them.
            let of_lost: Money = lots.rounded_away().sum();
            prop_assert_eq!(of_open + of_closed + of_lost, paid, "every dollar paid is in a lot");
            let proceeds: Money = lots.closed().iter().filter_map(|row| row.proceeds).sum();
            prop_assert_eq!(proceeds, brought, "every dollar brought is of a sale");
        }
    }

    #[test]
    fn sales_never_come_before_older_lots_are_gone(
        bought in prop::collection::vec(1_u64..1000, 1..8),
        sold in prop::collection::vec(1_u64..1000, 1..8),
    ) {
        let (symbol, day) = (symbol(), date("2025-01-02"));
        let mut lots = Lots::default();
        let mut number = 0;
        let mut next = |count: u64| {
            number += 1;
            (number.to_string(), Shares::new(Decimal::from(count)).unwrap())
        };
        for count in bought {
            let (order, shares) = next(count);
            let value = Some(Money::from_cents(100));
            lots.buy(&Deal { order: &order, symbol: &symbol, date: day, shares, value });
        }
        for count in sold {
            let (order, shares) = next(count);
            let shares = shares.min(lots.held(&symbol));
            let value = Some(Money::from_cents(100));
            lots.sell(&Deal { order: &order, symbol: &symbol, date: day, shares, value });
            let newest_sold = lots.closed().last().map(|row| row.lot);
            let oldest_open = lots.open().next().map(|lot| lot.number);
            if let (Some(sold), Some(open)) = (newest_sold, oldest_open) {
                prop_assert!(sold <= open, "lot {sold} was sold before {open}");
            }
        }
    }
}
