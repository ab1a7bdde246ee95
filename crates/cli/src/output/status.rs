//! `tqqq status`: where we stand, from the journal alone; no vendor is asked.

use std::path::{Path, PathBuf};

use connectors::alpaca::{LIVE_HOST, PAPER_HOST};
use connectors::assemble::LOCAL_HOST;
use market::{Money, Price, Shares, Symbol};
use serde::Serialize;
use strategy::Target;
use trading::health::SourceHealth;
use trading::observation::SourceName;
use trading::record::Head;
use trading::state::State;
use trading::unit::UnitValue;

use super::history::{SlotView, table, target_word};
use super::switch::Switches;
use super::why::state_word;
use super::{Paint, Terminal, View, text};
use crate::chronicle::SlotRecord;

/// Where we stand.
#[derive(Debug, Serialize)]
pub(crate) struct StatusView {
    schema: &'static str,
    journal: PathBuf,
    account: Option<String>,
    host: Option<String>,
    description: Option<String>,
    /// Whose money it is.
    money: Option<MoneyKind>,
    head_seq: Option<u64>,
    head_hash: Option<String>,
    last_slot: Option<String>,
    last_outcome: Option<String>,
    #[serde(skip)]
    last_words: Option<String>,
    open_slot: Option<String>,
    target: Option<Target>,
    open_out_since: Option<String>,
    halted: Option<String>,
    #[serde(flatten)]
    switches: Switches,
    /// Slots in a row without a decision while the fund was held.
    blind_slots: u32,
    sources: Vec<HealthView>,
    cash: Option<Money>,
    equity: Option<Money>,
    high_water: Option<Money>,
    price: Option<Price>,
    /// `None` for an account that was not seen yet.
    positions: Option<Vec<PositionView>>,
    unsettled_orders: Vec<String>,
    newest: Vec<SlotView>,
}

/// Whose money an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum MoneyKind {
    /// The local exchange's.
    Play,
    /// A broker's paper account's.
    Paper,
    /// The owner's.
    Real,
    /// Of an address that is nobody's we know: a gateway, or an exchange under a broker's settings.
    Unknown,
}

impl MoneyKind {
    fn at(host: &str) -> Self {
        let is = |address: &str| address.trim_start_matches("https://") == host;
        match host {
            LOCAL_HOST => Self::Play,
            _ if is(PAPER_HOST) => Self::Paper,
            _ if is(LIVE_HOST) => Self::Real,
            _ => Self::Unknown,
        }
    }

    fn text(self, terminal: Terminal) -> String {
        match self {
            Self::Play => "play money, of the local exchange".to_owned(),
            Self::Paper => "play money, of a paper account".to_owned(),
            Self::Real => terminal.paint(Paint::Strong, "REAL money"),
            Self::Unknown => "not known here: the host is neither ours nor Alpaca's".to_owned(),
        }
    }
}

/// How a source of bars has been.
#[derive(Debug, Serialize)]
struct HealthView {
    source: String,
    usable: u64,
    unusable: u64,
    /// Slots in a row, up to now, at which it could not be used.
    failing: u32,
    last_usable: Option<String>,
    last_error: Option<String>,
}

impl HealthView {
    fn new((source, health): (&SourceName, &SourceHealth)) -> Self {
        Self {
            source: source.to_string(),
            usable: health.usable,
            unusable: health.unusable,
            failing: health.failing,
            last_usable: health.last_usable.map(|slot| slot.to_string()),
            last_error: health.last_error.clone(),
        }
    }

    fn text(&self, terminal: Terminal) -> String {
        let total = self.usable + self.unusable;
        let text = format!(
            "{}: usable at {} of {}",
            self.source,
            self.usable,
            text::counted(total, "slot")
        );
        if self.failing == 0 {
            return text;
        }
        let why = self.last_error.as_deref().unwrap_or("no reason recorded");
        let failing = format!("failing for {}: {why}", self.failing);
        format!("{text}, {}", terminal.paint(Paint::Warn, &failing))
    }
}

/// One holding.
#[derive(Debug, Serialize)]
struct PositionView {
    symbol: String,
    quantity: Shares,
    average_entry_price: Option<Price>,
    market_value: Option<Money>,
}

impl StatusView {
    /// The view of a folded chain and its newest slots, oldest first.
    pub(crate) fn new(
        path: &Path,
        head: Option<Head>,
        state: &State,
        newest: &[SlotRecord],
    ) -> Self {
        let binding = state.binding.as_ref();
        let seen = newest.iter().rev().find_map(|slot| slot.portfolio.as_ref());
        let decided = newest.iter().rev().find_map(|slot| slot.decided.as_ref());
        Self {
            schema: "tqqq.status/1",
            journal: path.to_owned(),
            account: binding.map(|binding| binding.account.to_string()),
            host: binding.map(|binding| binding.host.clone()),
            description: binding.map(|binding| binding.description.clone()),
            money: binding.map(|binding| MoneyKind::at(&binding.host)),
            head_seq: head.map(|head| head.seq),
            head_hash: head.map(|head| head.hash.to_string()),
            last_slot: state.last_slot.as_ref().map(|last| last.slot.to_string()),
            last_outcome: state
                .last_slot
                .as_ref()
                .map(|last| last.outcome.to_string()),
            last_words: state.last_slot.as_ref().map(|last| last.outcome.words()),
            open_slot: state.open_slot.as_ref().map(|open| open.slot.to_string()),
            target: decided
                .filter(|decided| decided.decision.is_some())
                .map(|decided| decided.target),
            open_out_since: state.open_out.as_ref().map(|out| out.since.to_string()),
            halted: state.halt.as_ref().map(|halt| halt.reason.to_string()),
            switches: Switches::new(state, None),
            blind_slots: state.blind_slots,
            sources: state.sources.iter().map(HealthView::new).collect(),
            cash: seen.map(|portfolio| portfolio.account.cash),
            equity: seen.map(|portfolio| portfolio.account.equity),
            high_water: state.unit.as_ref().map(UnitValue::high_water),
            price: newest.iter().rev().find_map(|slot| slot.price),
            positions: seen
                .map(|portfolio| portfolio.positions.iter().map(PositionView::new).collect())
                .or_else(|| seen_before(state)),
            unsettled_orders: state
                .unsettled()
                .map(|(id, order)| format!("{id}: {}", state_word(order.state)))
                .collect(),
            newest: newest.iter().map(SlotView::new).collect(),
        }
    }

    fn holding(&self) -> String {
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
        match self.positions.as_deref() {
            None => "not seen yet".to_owned(),
            Some([]) => "nothing".to_owned(),
            Some(held) => held.iter().map(one).collect::<Vec<_>>().join("; "),
        }
    }
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
                &self.money.map_or_else(none, |money| money.text(terminal)),
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
            row("holding", &self.holding()),
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
            self.switches
                .lines(terminal)
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
                .map(|health| row("source", &health.text(terminal))),
        );
        if !self.newest.is_empty() {
            lines.extend([String::new(), table(&self.newest, terminal)]);
        }
        lines.join("\n")
    }
}

/// The holdings of an account that was seen in no slot shown here but before them; `None` when it
/// never was.
fn seen_before(state: &State) -> Option<Vec<PositionView>> {
    let seen = state.adopted || state.unit.is_some() || !state.held.is_empty();
    let one = |(symbol, quantity): (&Symbol, &Shares)| PositionView {
        symbol: symbol.to_string(),
        quantity: *quantity,
        average_entry_price: None,
        market_value: None,
    };
    seen.then(|| state.held.iter().map(one).collect())
}

impl PositionView {
    fn new(position: &trading::portfolio::Position) -> Self {
        Self {
            symbol: position.symbol.to_string(),
            quantity: position.quantity,
            average_entry_price: position.average_entry_price,
            market_value: position.market_value,
        }
    }
}

fn row(label: &str, value: &str) -> String {
    format!("  {label:<10} {value}")
}
