//! `tqqq journal repair`: what the journal learns, and what it cannot.

use std::path::{Path, PathBuf};

use market::Shares;
use market::time::new_york_text;
use serde::Serialize;
use trading::order::{OrderState, Side};
use trading::record::Head;
use trading::repair::{FoundOrder, Known, Repaired, differing};

use super::{Paint, Terminal, View, text};

/// Orders told one by one before a person is asked; the newest matter most.
const ORDERS_SHOWN: usize = 20;

/// A repair, written or not.
#[derive(Debug, Serialize)]
pub(crate) struct RepairView {
    schema: &'static str,
    journal: PathBuf,
    /// When the newest record was written.
    newest_at: Option<String>,
    orders: Vec<OrderView>,
    holdings: Vec<HoldingView>,
    /// Whether a freeze for being behind stood.
    unfreezes: bool,
    /// The halt that stands afterwards.
    halt: Option<String>,
    repaired: bool,
    head: Option<String>,
}

/// An order that no record named.
#[derive(Debug, Serialize)]
struct OrderView {
    id: String,
    slot: String,
    side: Side,
    symbol: String,
    state: OrderState,
    filled: Shares,
    #[serde(skip)]
    line: String,
}

/// A holding that differs from what the journal last saw.
#[derive(Debug, Serialize)]
struct HoldingView {
    symbol: String,
    recorded: Shares,
    held: Shares,
}

impl RepairView {
    /// The view of a journal that is not behind.
    pub(crate) fn nothing(journal: &Path, head: Head) -> Self {
        Self {
            schema: "tqqq.journal-repair/1",
            journal: journal.to_owned(),
            newest_at: None,
            orders: Vec::new(),
            holdings: Vec::new(),
            unfreezes: false,
            halt: None,
            repaired: false,
            head: Some(head.to_string()),
        }
    }

    /// The view of what is to be written.
    pub(crate) fn new(journal: &Path, known: &Known, repaired: &Repaired) -> Self {
        let holdings = differing(&known.state, &repaired.portfolio);
        let stays = match known.is_frozen() {
            true => repaired.halt.as_ref(),
            false => known.state.halt.as_ref(),
        };
        Self {
            schema: "tqqq.journal-repair/1",
            journal: journal.to_owned(),
            newest_at: known.newest_at.map(new_york_text),
            orders: repaired.orders.iter().map(OrderView::new).collect(),
            holdings: holdings
                .into_iter()
                .map(|(symbol, recorded, held)| HoldingView {
                    symbol: symbol.to_string(),
                    recorded,
                    held,
                })
                .collect(),
            unfreezes: known.is_frozen(),
            halt: stays.map(|halt| halt.reason.to_string()),
            repaired: false,
            head: None,
        }
    }

    /// The same once it is written, at `head`.
    pub(crate) fn done(self, head: Head) -> Self {
        Self {
            repaired: true,
            head: Some(head.to_string()),
            ..self
        }
    }

    /// What is about to be written, for the owner to agree to.
    pub(crate) fn intent(&self) -> String {
        let newest = self.newest_at.as_deref().unwrap_or("never");
        let mut lines = vec![format!(
            "{}: newest record of {newest}. The broker holds {} of this program that it does not know:",
            self.journal.display(),
            text::counted(self.orders.len() as u64, "order")
        )];
        let hidden = self.orders.len().saturating_sub(ORDERS_SHOWN);
        if hidden > 0 {
            lines.push(format!("  {} older ones", text::count(hidden as u64)));
        }
        lines.extend(self.orders[hidden..].iter().map(|order| order.line.clone()));
        for HoldingView {
            symbol,
            recorded,
            held,
        } in &self.holdings
        {
            lines.push(format!(
                "  held now: {held} {symbol}; {recorded} by the journal"
            ));
        }
        lines.push(
            "One record is to be written; nothing is sent. Why they were sent is lost, and so is every switch of \
             that time: a live account is disarmed, and a halt must be said again."
                .to_owned(),
        );
        lines.join("\n")
    }
}

impl OrderView {
    fn new(found: &FoundOrder) -> Self {
        let (report, state) = (&found.report, found.state());
        let at = report
            .submitted_at
            .map_or_else(|| "at an unknown time".to_owned(), new_york_text);
        let line = format!(
            "  {at}  {} {} {}: {}, {} filled",
            found.order.leg,
            found.order.symbol,
            found.order.instruction,
            standing(state),
            report.filled
        );
        Self {
            id: found.order.id.to_string(),
            slot: found.slot.to_string(),
            side: report.side,
            symbol: report.symbol.to_string(),
            state,
            filled: report.filled,
            line,
        }
    }
}

/// Where an order stands, for people.
const fn standing(state: OrderState) -> &'static str {
    match state {
        OrderState::Filled => "filled",
        OrderState::PartlyFilled => "ended in part",
        OrderState::Canceled => "taken back",
        OrderState::Rejected => "refused",
        OrderState::Intended | OrderState::Unknown | OrderState::Unsent | OrderState::Open => {
            "OPEN, the next slot takes it back"
        }
    }
}

impl View for RepairView {
    fn text(&self, terminal: Terminal) -> String {
        let journal = self.journal.display();
        let head = self.head.as_deref().unwrap_or("-");
        if !self.repaired {
            return format!(
                "{journal}: the broker holds no order of this program that it does not know; nothing to repair\n  head     {head}"
            );
        }
        let learned = text::counted(self.orders.len() as u64, "order");
        let mut lines = vec![format!(
            "{journal}: {}, {learned} learned",
            terminal.paint(Paint::Good, "repaired")
        )];
        lines.push(match (&self.halt, self.unfreezes) {
            (Some(halt), _) => format!("  halt     stays: {halt}"),
            (None, true) => "  halt     the freeze is lifted; the next slot trades".to_owned(),
            (None, false) => "  halt     none".to_owned(),
        });
        lines.push(format!("  head     {head}"));
        lines.join("\n")
    }
}
