//! *Orders*: every order beside the fill that a backtest gives it.

use askama::Template;
use chronicle::{Basis, OrderLine, Slippage, text};

use super::Frame;
use super::slot::Fill;
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
    /// How many of them are held against a bar, and not against the price the slot saw.
    pub(crate) on_bars: String,
    /// Slippage over what was traded, in basis points.
    pub(crate) mean_bps: String,
    /// What slippage came to so far, in dollars.
    pub(crate) cost: String,
    /// The class of that: a loss or a gain.
    pub(crate) class: &'static str,
}

impl Totals {
    pub(crate) fn of(orders: &[OrderLine]) -> Self {
        let total = Slippage::of(orders);
        let is_on_bar = |order: &&OrderLine| {
            let basis = order.expected.map(|expected| expected.basis);
            order.slippage().is_some() && basis != Some(Basis::SlotPrice)
        };
        let mean = total.mean_bps();
        Self {
            orders: text::count(orders.len() as u64),
            fills: text::count(total.fills),
            on_bars: text::count(orders.iter().filter(is_on_bar).count() as u64),
            mean_bps: mean.map_or("–".to_owned(), |mean| format!("{:+.2}", mean.round_dp(2))),
            cost: text::dollars(total.cost),
            class: super::gain(-total.cost.to_f64()),
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
            rows: rows(orders, past),
            newer: page.checked_sub(1).map(path),
            older: (past + ORDERS_SHOWN < orders.len()).then(|| path(page + 1)),
        }
    }
}

/// One page of orders, the newest first, each with what slippage came to up to it.
fn rows(orders: &[OrderLine], past: usize) -> Vec<Fill> {
    let end = orders.len().saturating_sub(past);
    let begin = end.saturating_sub(ORDERS_SHOWN);
    let mut so_far = Slippage::of(&orders[..begin]);
    let mut rows: Vec<Fill> = orders[begin..end]
        .iter()
        .map(|order| {
            so_far.take(order);
            Fill::new(order).with_running(so_far.cost)
        })
        .collect();
    rows.reverse();
    rows
}
