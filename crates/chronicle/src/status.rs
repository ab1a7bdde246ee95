//! Where we stand, from the journal alone; no vendor is asked.

use std::path::{Path, PathBuf};

use market::{Money, Price, Shares, Symbol};
use serde::Serialize;
use strategy::Target;
use trading::health::SourceHealth;
use trading::observation::SourceName;
use trading::record::Head;
use trading::state::State;
use trading::unit::UnitValue;

use crate::story::state_word;
use crate::switches::Switches;
use crate::{SlotRecord, SlotView};

/// Where we stand.
#[derive(Debug, Serialize)]
pub struct StatusView {
    schema: &'static str,
    /// The file.
    pub journal: PathBuf,
    /// The broker's account.
    pub account: Option<String>,
    /// Its host.
    pub host: Option<String>,
    /// Remarks of the venue.
    pub description: Option<String>,
    /// Whose money it is.
    pub money: Option<MoneyKind>,
    /// Number of the newest record.
    pub head_seq: Option<u64>,
    /// Its hash.
    pub head_hash: Option<String>,
    /// The newest slot with an outcome.
    pub last_slot: Option<String>,
    /// That outcome, by its rule.
    pub last_outcome: Option<String>,
    /// The same as people read it.
    #[serde(skip)]
    pub last_words: Option<String>,
    /// The slot under way.
    pub open_slot: Option<String>,
    /// What was worked for last.
    pub target: Option<Target>,
    /// Since when a sale is open.
    pub open_out_since: Option<String>,
    /// Why trading is restricted.
    pub halted: Option<String>,
    /// The switches.
    #[serde(flatten)]
    pub switches: Switches,
    /// Slots in a row without a decision while the fund was held.
    pub blind_slots: u32,
    /// How the sources have been.
    pub sources: Vec<HealthView>,
    /// When last seen.
    pub cash: Option<Money>,
    /// When last seen.
    pub equity: Option<Money>,
    /// Highest equity, net of transfers.
    pub high_water: Option<Money>,
    /// The newest price of the signal.
    pub price: Option<Price>,
    /// `None` for an account that was not seen yet.
    pub positions: Option<Vec<PositionView>>,
    /// Orders whose end is not known.
    pub unsettled_orders: Vec<String>,
    /// The newest slots, oldest first.
    pub newest: Vec<SlotView>,
}

/// Whose money an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyKind {
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
    /// As people read it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Play => "play money, of the local exchange",
            Self::Paper => "play money, of a paper account",
            Self::Real => "REAL money",
            Self::Unknown => "not known here: the host is neither ours nor Alpaca's",
        }
    }
}

/// How a source of bars has been.
#[derive(Debug, Serialize)]
pub struct HealthView {
    /// Which.
    pub source: String,
    /// Slots at which it was usable.
    pub usable: u64,
    /// Slots at which it was not.
    pub unusable: u64,
    /// Slots in a row, up to now, at which it could not be used.
    pub failing: u32,
    /// The newest slot at which it was.
    pub last_usable: Option<String>,
    /// Why it was not, when last it was not.
    pub last_error: Option<String>,
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
}

/// One holding.
#[derive(Debug, Serialize)]
pub struct PositionView {
    /// What is held.
    pub symbol: String,
    /// So many.
    pub quantity: Shares,
    /// Paid on average.
    pub average_entry_price: Option<Price>,
    /// Worth.
    pub market_value: Option<Money>,
}

impl StatusView {
    /// The view of a folded chain and its newest slots, oldest first.
    #[must_use]
    pub fn new(
        path: &Path,
        head: Option<Head>,
        state: &State,
        newest: &[SlotRecord],
        money: impl Fn(&str) -> MoneyKind,
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
            money: binding.map(|binding| money(&binding.host)),
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
