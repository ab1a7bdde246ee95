//! `tqqq trades`: three tables and their sums.

use chronicle::lots::Term;
use chronicle::trades::{ClosedRow, FillRow, MovementRow, OpenRow};
use chronicle::{Basis, TradesView, text};
use market::{Decimal, Money};

use super::{Paint, Sheet, Terminal, View};

impl View for TradesView {
    fn text(&self, terminal: Terminal) -> String {
        let heading = |text: &str| terminal.paint(Paint::Strong, text);
        let mut parts = vec![heading(&self.journal.display().to_string())];
        if self.fills.is_empty() && self.open.is_empty() && self.closed.is_empty() {
            parts.push("  nothing was traded".to_owned());
        }
        if !self.closed.is_empty() {
            parts.push(format!("\n{}", heading("Sold, first in first out")));
            parts.push(closed(&self.closed, terminal));
            parts.push(gains(self, terminal));
        }
        if !self.open.is_empty() {
            parts.push(format!("\n{}", heading("Held")));
            parts.push(open(&self.open, terminal));
        }
        if !self.fills.is_empty() {
            parts.push(format!("\n{}", heading("Fills beside the backtest's")));
            parts.push(fills(&self.fills, terminal));
            parts.push(slippage(self));
        }
        if !self.movements.is_empty() {
            parts.push(format!(
                "\n{}",
                heading("Money that moved without an order")
            ));
            parts.push(movements(&self.movements, terminal));
        }
        parts.push(format!("\n{}", self.notice));
        parts.join("\n")
    }
}

fn closed(rows: &[ClosedRow], terminal: Terminal) -> String {
    let mut sheet = Sheet::new(&[
        "sold",
        "symbol",
        ">shares",
        "acquired",
        ">?days",
        "?term",
        ">?cost",
        ">?proceeds",
        ">gain",
        "wash sale",
    ]);
    for row in rows {
        let wash = match &row.wash_sale_until {
            Some(until) => format!("open until {until}"),
            None => or_unknown(row.wash_sale),
        };
        sheet.row([
            row.sold.clone(),
            row.symbol.clone(),
            row.shares.to_string(),
            or_unknown(row.acquired.as_ref()),
            row.held_days
                .map(|days| days.to_string())
                .unwrap_or_default(),
            row.term.map(Term::word).unwrap_or_default().to_owned(),
            dollars(row.cost),
            dollars(row.proceeds),
            dollars(row.gain),
            wash,
        ]);
    }
    sheet.text(terminal)
}

fn open(rows: &[OpenRow], terminal: Terminal) -> String {
    let mut sheet = Sheet::new(&["acquired", "symbol", ">shares", ">cost", "?bought by"]);
    for row in rows {
        sheet.row([
            or_unknown(row.acquired.as_ref()),
            row.symbol.clone(),
            row.shares.to_string(),
            dollars(row.cost),
            row.bought_by.clone().unwrap_or("another hand".to_owned()),
        ]);
    }
    sheet.text(terminal)
}

fn fills(rows: &[FillRow], terminal: Terminal) -> String {
    let mut sheet = Sheet::new(&[
        "slot",
        "side",
        "?symbol",
        ">shares",
        ">at",
        ">expected",
        "?from",
        ">bps",
        ">cost",
        ">so far",
    ]);
    for row in rows {
        sheet.row([
            row.slot[..16].replace('T', " "),
            row.side.clone(),
            row.symbol.clone(),
            row.shares.to_string(),
            or_unknown(row.price),
            or_unknown(row.expected),
            row.expected_from
                .map(Basis::words)
                .unwrap_or_default()
                .to_owned(),
            row.slippage_bps.map(signed).unwrap_or_default(),
            row.slippage.map(text::dollars).unwrap_or_default(),
            text::dollars(row.running),
        ]);
    }
    sheet.text(terminal)
}

fn movements(rows: &[MovementRow], terminal: Terminal) -> String {
    let mut sheet = Sheet::new(&["booked", "what", ">USD"]);
    for row in rows {
        let amount = text::dollars(row.amount);
        sheet.row([row.at[..10].to_owned(), row.kind.clone(), amount]);
    }
    sheet.text(terminal)
}

fn gains(view: &TradesView, terminal: Terminal) -> String {
    let totals = &view.totals;
    let mut parts = Vec::new();
    for (kind, gain) in [
        ("short term", totals.gain_short),
        ("long term", totals.gain_long),
        ("without a date", totals.gain_undated),
    ] {
        if gain != Money::ZERO {
            parts.push(format!("{kind} {}", text::dollars(gain)));
        }
    }
    if totals.unknown > 0 {
        let rows = text::counted(totals.unknown, "row");
        parts.push(format!("{rows} of unknown cost or proceeds"));
    }
    if totals.wash_sales > 0 {
        let rows = text::counted(totals.wash_sales, "row");
        let flagged = format!("{rows} flagged by the 30-day rule");
        parts.push(terminal.paint(Paint::Warn, &flagged));
    }
    format!("gains: {}", parts.join("; "))
}

fn slippage(view: &TradesView) -> String {
    let totals = &view.totals;
    let mean = totals.slippage_bps.map_or("-".to_owned(), signed);
    format!(
        "slippage: {} USD over {}, {mean} bps of what was traded; above zero it cost",
        text::dollars(totals.slippage),
        text::counted(totals.fills, "fill"),
    )
}

fn signed(bps: Decimal) -> String {
    format!("{bps:+.2}")
}

fn dollars(amount: Option<Money>) -> String {
    amount.map_or("unknown".to_owned(), text::dollars)
}

fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or("unknown".to_owned(), |value| value.to_string())
}
