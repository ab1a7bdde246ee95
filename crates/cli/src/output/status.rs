//! `tqqq status`: where we stand, from the journal alone; no vendor is asked.

use chronicle::row::target_word;
use chronicle::status::{HealthView, MoneyKind, PositionView};
use chronicle::{StatusView, text};
use connectors::alpaca::{LIVE_HOST, PAPER_HOST};
use connectors::assemble::LOCAL_HOST;
use market::Money;

use super::history::table;
use super::switch::lines_of;
use super::{Paint, Terminal, View};

/// Whose money an account at this host holds.
pub(crate) fn money_at(host: &str) -> MoneyKind {
    let is = |address: &str| address.trim_start_matches("https://") == host;
    match host {
        LOCAL_HOST => MoneyKind::Play,
        _ if is(PAPER_HOST) => MoneyKind::Paper,
        _ if is(LIVE_HOST) => MoneyKind::Real,
        _ => MoneyKind::Unknown,
    }
}

fn money_text(money: MoneyKind, terminal: Terminal) -> String {
    match money {
        MoneyKind::Real => terminal.paint(Paint::Strong, money.words()),
        _ => money.words().to_owned(),
    }
}

fn health_text(health: &HealthView, terminal: Terminal) -> String {
    let total = health.usable + health.unusable;
    let text = format!(
        "{}: usable at {} of {}",
        health.source,
        health.usable,
        text::counted(total, "slot")
    );
    if health.failing == 0 {
        return text;
    }
    let why = health.last_error.as_deref().unwrap_or("no reason recorded");
    let failing = format!("failing for {}: {why}", health.failing);
    format!("{text}, {}", terminal.paint(Paint::Warn, &failing))
}

impl View for StatusView {
    fn text(&self, terminal: Terminal) -> String {
        let none = || "-".to_owned();
        let money = |value: Option<Money>| value.map_or_else(none, text::dollars);
        let head = match (self.head_seq, &self.head_hash) {
            (Some(seq), Some(hash)) => format!("{seq}:{hash}"),
            _ => none(),
        };
        let mut lines = vec![
            terminal.paint(Paint::Strong, &self.journal.display().to_string()),
            row(
                "account",
                &format!(
                    "{} at {}",
                    self.account.clone().unwrap_or_else(none),
                    self.host.clone().unwrap_or_else(none)
                ),
            ),
            row("about", &self.description.clone().unwrap_or_else(none)),
            row(
                "money",
                &self
                    .money
                    .map_or_else(none, |money| money_text(money, terminal)),
            ),
            row("head", &head),
            row(
                "last slot",
                &match (&self.last_slot, &self.last_words) {
                    (Some(slot), Some(outcome)) => format!("{slot}: {outcome}"),
                    _ => none(),
                },
            ),
            row("target", self.target.map_or("-", target_word)),
            row("cash", &money(self.cash)),
            row(
                "equity",
                &format!(
                    "{} (highest {})",
                    money(self.equity),
                    money(self.high_water)
                ),
            ),
            row("holding", &holding(self.positions.as_deref())),
        ];
        lines.extend(self.open_slot.iter().map(|slot| row("open slot", slot)));
        lines.extend(
            self.open_out_since
                .iter()
                .map(|slot| row("selling", &format!("since {slot}, not yet reached"))),
        );
        lines.extend(
            self.unsettled_orders
                .iter()
                .map(|order| row("unsettled", order)),
        );
        lines.extend(
            lines_of(&self.switches, terminal)
                .into_iter()
                .map(|(label, text)| row(label, &text)),
        );
        if self.blind_slots > 0 {
            let slots = text::counted(u64::from(self.blind_slots), "slot");
            let blind = format!("{slots} held without a decision");
            lines.push(row("BLIND", &terminal.paint(Paint::Bad, &blind)));
        }
        lines.extend(
            self.sources
                .iter()
                .map(|health| row("source", &health_text(health, terminal))),
        );
        if !self.newest.is_empty() {
            lines.extend([String::new(), table(&self.newest, terminal)]);
        }
        lines.join("\n")
    }
}

fn holding(positions: Option<&[PositionView]>) -> String {
    let one = |position: &PositionView| {
        let paid = position
            .average_entry_price
            .map(|price| format!(" at {price}"))
            .unwrap_or_default();
        let worth = position
            .market_value
            .map(|value| format!(", worth {}", text::dollars(value)))
            .unwrap_or_default();
        format!("{} {}{paid}{worth}", position.quantity, position.symbol)
    };
    match positions {
        None => "not seen yet".to_owned(),
        Some([]) => "nothing".to_owned(),
        Some(held) => held.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

fn row(label: &str, value: &str) -> String {
    format!("  {label:<10} {value}")
}
