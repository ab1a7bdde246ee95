//! *Orders*: every order beside the fill that a backtest gives it.

use askama::Template;
use chronicle::text;
use market::{Decimal, Money};

use super::Frame;
use super::slot::Fill;
use crate::book::OrderLine;
use crate::desk::Desk;
use crate::guard::Visitor;

/// Orders on a page.
const ORDERS_SHOWN: usize = 50;

/// The page.
#[derive(Template)]
#[template(path = "orders.html")]
pub(crate) struct Orders {
    frame: Frame,
    totals: Totals,
    rows: Vec<Fill>,
    newer: Option<String>,
    older: Option<String>,
}

/// Live against expected, over all fills.
pub(crate) struct Totals {
    pub(crate) orders: String,
    pub(crate) fills: String,
    /// Mean slippage of a fill, in basis points.
    pub(crate) mean_bps: String,
    /// What slippage came to so far, in dollars.
    pub(crate) cost: String,
}

impl Totals {
    pub(crate) fn of(orders: &[OrderLine]) -> Self {
        let all: Vec<Decimal> = orders.iter().filter_map(OrderLine::slippage_bps).collect();
        let cost: Money = orders
            .iter()
            .filter_map(OrderLine::slippage)
            .fold(Money::ZERO, |sum, one| sum + one);
        let mean = all
            .iter()
            .sum::<Decimal>()
            .checked_div(Decimal::from(all.len()));
        Self {
            orders: text::count(orders.len() as u64),
            fills: text::count(all.len() as u64),
            mean_bps: mean.map_or("–".to_owned(), |mean| format!("{:+.2}", mean.round_dp(2))),
            cost: text::dollars(cost),
        }
    }
}

impl Orders {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor, page: usize) -> Self {
        let read = desk.read();
        let orders = read.book.orders();
        let past = page.saturating_mul(ORDERS_SHOWN);
        let path = |page: usize| format!("/orders?page={page}");
        Self {
            frame: Frame::new("Orders", "/orders", desk, &read, visitor),
            totals: Totals::of(orders),
            rows: orders
                .iter()
                .rev()
                .skip(past)
                .take(ORDERS_SHOWN)
                .map(Fill::new)
                .collect(),
            newer: page.checked_sub(1).map(path),
            older: (past + ORDERS_SHOWN < orders.len()).then(|| path(page + 1)),
        }
    }
}
