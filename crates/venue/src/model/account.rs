//! The account's books: cash, positions and what was counted at the closes.
//!
//! Booked exactly, to the last digit of price times shares; nothing is rounded to the cent.

use std::collections::BTreeMap;

use market::time::{Duration, minutes, new_york_date};
use market::{Date, Instant, Money, Price, Shares, Symbol};
use rust_decimal::{Decimal, RoundingStrategy};

use super::config::Settings;
use super::ledger::{Activity, Entry};
use super::order::Side;
use super::split::Basis;
use super::uuid::Uuid;

/// How long the books of before a fill are kept for views that lag.
pub const LAG_MAX: Duration = minutes(24 * 60);

/// Shares of one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Holding {
    /// Below zero when sold short.
    pub(super) quantity: Decimal,
    /// Dollars paid for it; below zero when sold short.
    pub(super) cost: Decimal,
    /// As `cost`, but what was held at the open counts at the close before.
    pub(super) cost_today: Decimal,
    /// The date on whose basis the shares are counted.
    pub(super) counted: Date,
}

impl Holding {
    /// The shares without their sign.
    pub(super) fn count(&self) -> Shares {
        Shares::new(self.quantity.abs()).expect("made of share counts of at most nine decimals")
    }

    /// Books shares bought (above zero) or sold at a price; never from long to short in one step.
    fn book(&mut self, change: Decimal, price: Price) {
        let grows = self.quantity.is_zero()
            || self.quantity.is_sign_negative() == change.is_sign_negative();
        if grows {
            self.cost += change * price.decimal();
            self.cost_today += change * price.decimal();
        } else {
            let kept = (self.quantity + change) / self.quantity;
            self.cost *= kept;
            self.cost_today *= kept;
        }
        self.quantity = (self.quantity + change).normalize();
    }

    /// More or fewer shares for the same dollars, floored to nine decimals.
    fn split(&mut self, basis: Basis, counted: Date) {
        self.quantity = (self.quantity * basis.ratio())
            .round_dp_with_strategy(market::money::SHARES_DECIMALS_MAX, RoundingStrategy::ToZero)
            .normalize();
        self.counted = counted;
    }
}

/// Cash and what is held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Books {
    pub(super) cash: Money,
    pub(super) holdings: BTreeMap<Symbol, Holding>,
}

impl Books {
    /// Dollars alone, as an account begins.
    pub(super) const fn of_cash(cash: Money) -> Self {
        Self {
            cash,
            holdings: BTreeMap::new(),
        }
    }

    /// Moves dollars and shares from one to the other.
    pub(super) fn book_fill(&mut self, fill: &Filled) {
        let value = fill.price * fill.count;
        let holding = self.holdings.entry(fill.symbol.clone());
        let holding = holding.or_insert_with(|| Holding {
            counted: fill.on,
            ..Holding::default()
        });
        match fill.side {
            Side::Buy => {
                self.cash -= value;
                holding.book(fill.count.decimal(), fill.price);
            }
            Side::Sell => {
                self.cash += value;
                holding.book(-fill.count.decimal(), fill.price);
            }
        }
        if holding.quantity.is_zero() {
            self.holdings.remove(&fill.symbol);
        }
    }

    /// Books again what the ledger says.
    pub(super) fn take(&mut self, row: &Activity) {
        match &row.entry {
            Entry::Cash(cash) => self.cash += cash.amount,
            Entry::Fill(fill) => self.book_fill(&Filled {
                at: row.at,
                on: new_york_date(row.at),
                symbol: fill.symbol.clone(),
                side: fill.side,
                count: fill.quantity,
                price: fill.price,
            }),
            Entry::Split(split) => {
                if let Some(holding) = self.holdings.get_mut(&split.symbol) {
                    holding.quantity = (holding.quantity + split.quantity).normalize();
                    holding.counted = split.date;
                }
            }
        }
    }
}

/// The proceeds of a sale and the session that settles them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proceeds {
    pub(super) settles: Date,
    pub(super) amount: Money,
}

/// The account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) created: Instant,
    pub(super) books: Books,
    /// The books as they stood before each fill of the last [`LAG_MAX`], oldest first.
    before: Vec<(Instant, Books)>,
    pub(super) unsettled: Vec<Proceeds>,
    pub(super) settings: Settings,
    /// Counted at the close of its day, shown from the next open on.
    pub(super) last: Count,
    /// Counted at the newest close, not yet shown.
    pub(super) newest: Option<Count>,
    /// Every count, oldest first.
    pub(super) counts: Vec<Count>,
}

/// What was counted at a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The session.
    pub on: Date,
    /// Its close.
    pub at: Instant,
    /// Dollars in all.
    pub equity: Money,
    /// Dollars that positions tied up.
    pub maintenance_margin: Money,
}

impl Account {
    pub(super) fn opened(id: Uuid, created: Instant, cash: Money, settings: Settings) -> Self {
        Self {
            id,
            created,
            books: Books::of_cash(cash),
            before: Vec::new(),
            unsettled: Vec::new(),
            settings,
            last: Count {
                on: Date::MIN,
                at: created,
                equity: cash,
                maintenance_margin: Money::ZERO,
            },
            newest: None,
            counts: Vec::new(),
        }
    }

    /// Moves dollars and shares from one to the other.
    pub(super) fn book_fill(&mut self, fill: &Filled) {
        self.keep_books(fill.at);
        self.books.book_fill(fill);
    }

    /// Changes a position as a split does; answers the shares added.
    pub(super) fn book_split(&mut self, symbol: &Symbol, basis: Basis, on: Date) -> Decimal {
        let Some(holding) = self.books.holdings.get_mut(symbol) else {
            return Decimal::ZERO;
        };
        let before = holding.quantity;
        holding.split(basis, on);
        let added = holding.quantity - before;
        if holding.quantity.is_zero() {
            self.books.holdings.remove(symbol);
        }
        added
    }

    fn keep_books(&mut self, now: Instant) {
        self.before
            .retain(|(at, _)| now.duration_since(*at) <= LAG_MAX);
        self.before.push((now, self.books.clone()));
    }

    /// The books as they stood so long ago; at most [`LAG_MAX`].
    pub(super) fn books_before(&self, now: Instant, lag: Duration) -> &Books {
        let since = |at: Instant| now.duration_since(at) < lag;
        let before = self.before.iter().find(|(at, _)| since(*at));
        before.map_or(&self.books, |(_, books)| books)
    }

    pub(super) fn holding(&self, symbol: &Symbol) -> Holding {
        let held = self.books.holdings.get(symbol);
        held.copied().unwrap_or_default()
    }

    /// Dollars of sales that settle after `today`.
    pub(super) fn unsettled(&self, today: Date) -> Money {
        let open = self.unsettled.iter().filter(|sale| sale.settles > today);
        open.map(|sale| sale.amount).sum()
    }
}

/// A fill to book.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    pub(super) at: Instant,
    pub(super) on: Date,
    pub(super) symbol: Symbol,
    pub(super) side: Side,
    pub(super) count: Shares,
    pub(super) price: Price,
}
