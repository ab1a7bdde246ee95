//! The summary of `tqqq run`, computed from the journal alone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chronicle::switches::HaltView;
use chronicle::{Growth, SlotRecord};
use market::{Date, Money, Price, Slot};
use serde::Serialize;
use trading::outcome::{Outcome, Reason};
use trading::state::State;

use super::{Paint, Terminal, View, text};
use crate::exit::Exit;

/// Hours of a whole session, 09:30 to 15:30 New York.
const HOURS_A_SESSION: u32 = 7;

/// The whole of `--json`, in DESIGN's words; schema in docs/json.md.
#[derive(Debug, Serialize)]
pub(crate) struct RunView {
    schema: &'static str,
    bars_kind: BarsKind,
    seed: Option<u64>,
    journal: PathBuf,
    first: Option<String>,
    last: Option<String>,
    sessions: u64,
    slots: u64,
    outcomes: Outcomes,
    orders: u64,
    start_equity: Option<Money>,
    final_equity: Option<Money>,
    moved: Option<Money>,
    total_return: Option<f64>,
    buy_and_hold_return: Option<f64>,
    exposure: Option<f64>,
    max_drawdown: Option<f64>,
    /// The halt in force at the end.
    halt: Option<HaltView>,
    /// What is held and sold by nobody at the end.
    by_hand: Option<String>,
    http_calls: u64,
    wall_s: f64,
    peak_memory_bytes: Option<u64>,
    #[serde(skip)]
    exit: Exit,
    #[serde(skip)]
    facts: RunFacts,
}

/// Where the bars came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BarsKind {
    /// Made up from a seed.
    Synthetic,
    /// Read from a file.
    File,
    /// Played by an exchange in another process.
    Venue,
}

/// Slots by how they ended.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Outcomes {
    traded: u64,
    held: u64,
    refused: BTreeMap<Reason, u64>,
    failed: u64,
    missed: u64,
}

impl Outcomes {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Traded => self.traded += 1,
            Outcome::Held(_) => self.held += 1,
            Outcome::Refused(refusal) => *self.refused.entry(refusal.reason).or_default() += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Missed => self.missed += 1,
        }
    }

    /// Whether slots were decided, and every one of them refused.
    fn all_refused(&self) -> bool {
        let refused: u64 = self.refused.values().sum();
        self.traded == 0 && self.held == 0 && refused > self.warm_up()
    }

    fn warm_up(&self) -> u64 {
        self.refused.get(&Reason::NotWarm).copied().unwrap_or(0)
    }
}

/// What the journal tells of a run, slot by slot; memory does not grow with the slots.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    first: Option<Slot>,
    last: Option<Slot>,
    newest_date: Option<Date>,
    sessions: u64,
    slots: u64,
    decided: u64,
    held: u64,
    outcomes: Outcomes,
    orders: u64,
    growth: Option<Growth>,
    first_price: Option<Price>,
    last_price: Option<Price>,
}

impl Tally {
    /// Takes the next slot.
    pub(crate) fn take(&mut self, record: &SlotRecord) {
        let Some(outcome) = &record.outcome else {
            return;
        };
        self.first.get_or_insert(record.slot);
        self.last = Some(record.slot);
        if self.newest_date.replace(record.slot.date()) != Some(record.slot.date()) {
            self.sessions += 1;
        }
        self.slots += 1;
        self.outcomes.count(outcome);
        self.orders += record.orders();
        if record.decision().is_some() {
            self.decided += 1;
            self.held += u64::from(record.held().is_some_and(|shares| !shares.is_zero()));
            self.first_price = self.first_price.or(record.price);
        }
        self.last_price = record.price.or(self.last_price);
        if let Some(portfolio) = &record.portfolio {
            let (equity, unit) = (portfolio.account.equity, record.unit);
            match &mut self.growth {
                Some(growth) => growth.take(equity, unit),
                None => self.growth = Some(Growth::from(equity, unit)),
            }
        }
    }

    /// All the cash in the symbol at the price of the first slot with a decision, valued at the
    /// price of the last: no costs, no buffer.
    fn buy_and_hold_return(&self) -> Option<f64> {
        let (first, last) = (self.first_price?, self.last_price?);
        Some(ratio(last.decimal() / first.decimal()) - 1.0)
    }

    /// The share of decided slots that ended with the symbol held.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a chain has fewer slots than 2^53"
    )]
    fn exposure(&self) -> Option<f64> {
        (self.decided > 0).then(|| self.held as f64 / self.decided as f64)
    }
}

/// A slot that failed or was missed is the loudest, and a program that has halted itself waits for
/// the owner as much; a run of refusals alone has not done what it was started for.
pub(super) fn exit(outcomes: &Outcomes, state: &State) -> Exit {
    let halted_itself = state
        .halt
        .as_ref()
        .is_some_and(|halt| !halt.reason.is_owners());
    if outcomes.failed > 0 || outcomes.missed > 0 || halted_itself {
        Exit::Failed
    } else if outcomes.all_refused() {
        Exit::SlotRefused
    } else {
        Exit::Done
    }
}

fn ratio(value: market::Decimal) -> f64 {
    value
        .to_string()
        .parse()
        .expect("a decimal's text is always a float's text")
}

/// What the journal does not know.
#[derive(Debug)]
pub(crate) struct RunFacts {
    /// Where the bars came from.
    pub(crate) bars_kind: BarsKind,
    /// For people: `synthetic bars, seed 1`.
    pub(crate) bars_text: String,
    /// Seed of synthetic bars.
    pub(crate) seed: Option<u64>,
    /// The chain.
    pub(crate) journal: PathBuf,
    /// The newest record.
    pub(crate) head: String,
    /// What an append survives.
    pub(crate) durability: String,
    /// HTTP calls made.
    pub(crate) http_calls: u64,
    /// Seconds by the wall.
    pub(crate) wall_s: f64,
    /// Most memory ever resident, where the system tells.
    pub(crate) peak_memory_bytes: Option<u64>,
    /// Closed hours that a decision needs.
    pub(crate) warmup_hours: u32,
}

impl RunView {
    /// The view of a run that left `state`.
    pub(crate) fn new(tally: &Tally, state: &State, facts: RunFacts) -> Self {
        let growth = tally.growth.as_ref();
        Self {
            schema: "tqqq.run/1",
            bars_kind: facts.bars_kind,
            seed: facts.seed,
            journal: facts.journal.clone(),
            first: tally.first.map(|slot| slot.to_string()),
            last: tally.last.map(|slot| slot.to_string()),
            sessions: tally.sessions,
            slots: tally.slots,
            outcomes: tally.outcomes.clone(),
            orders: tally.orders,
            start_equity: growth.map(Growth::start),
            final_equity: growth.map(Growth::last),
            moved: growth.map(Growth::moved),
            total_return: growth.and_then(Growth::total_return).map(ratio),
            buy_and_hold_return: tally.buy_and_hold_return(),
            exposure: tally.exposure(),
            max_drawdown: growth.map(Growth::max_drawdown).map(ratio),
            halt: state.halt.as_ref().map(HaltView::new),
            by_hand: state.stranded(),
            http_calls: facts.http_calls,
            wall_s: facts.wall_s,
            peak_memory_bytes: facts.peak_memory_bytes,
            exit: exit(&tally.outcomes, state),
            facts,
        }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    fn span(&self) -> String {
        match (&self.first, &self.last) {
            (Some(first), Some(last)) => {
                format!(
                    "{}, {} to {}",
                    text::count(self.sessions),
                    &first[..10],
                    &last[..10]
                )
            }
            _ => none(),
        }
    }

    fn endings(&self, terminal: Terminal) -> String {
        let outcomes = &self.outcomes;
        let count = |number: u64, word: &str, paint: Paint| {
            let text = format!("{} {word}", text::count(number));
            if number == 0 {
                terminal.paint(Paint::Faint, &text)
            } else {
                terminal.paint(paint, &text)
            }
        };
        let decided = self.slots - outcomes.warm_up();
        let mut parts = vec![
            count(outcomes.traded, "traded", Paint::Good),
            count(outcomes.held, "held", Paint::Good),
        ];
        let refused = outcomes
            .refused
            .iter()
            .filter(|(reason, _)| **reason != Reason::NotWarm);
        parts.extend(refused.map(|(reason, number)| {
            let why = reason.words();
            count(*number, &format!("refused ({why})"), Paint::Warn)
        }));
        parts.push(count(outcomes.failed, "failed", Paint::Bad));
        parts.push(count(outcomes.missed, "missed", Paint::Bad));
        format!("{}: {}", text::count(decided), parts.join(", "))
    }

    /// `-` stands for no line at all.
    fn warm_up(&self) -> String {
        let hours = self.facts.warmup_hours;
        match self.outcomes.warm_up() {
            0 => "-".to_owned(),
            slots if self.slots == slots => line(
                "warm-up",
                &format!(
                    "all of them: a decision needs {hours} closed hours, about {} of bars",
                    text::counted(u64::from(hours.div_ceil(HOURS_A_SESSION)), "session")
                ),
            ),
            slots => line(
                "warm-up",
                &format!(
                    "{} more, before {hours} hours were known",
                    text::counted(slots, "slot")
                ),
            ),
        }
    }

    /// What the owner must see before the figures: why nothing more is traded, and what that
    /// leaves in the account.
    fn warnings(&self, terminal: Terminal) -> Vec<String> {
        let bad = |label: &str, text: &str| line(label, &terminal.paint(Paint::Bad, text));
        let halt = self.halt.as_ref().map(|halt| bad("HALTED", &halt.text()));
        let refused = self.outcomes.all_refused().then(|| {
            bad(
                "NOT TRADED",
                "every slot was refused; `tqqq history` says why",
            )
        });
        let by_hand = self.by_hand.as_ref().map(|text| bad("BY HAND", text));
        [halt, refused, by_hand].into_iter().flatten().collect()
    }

    fn equity(&self) -> String {
        match (self.start_equity, self.final_equity) {
            (Some(start), Some(end)) => {
                let span = format!("{} to {} USD", text::dollars(start), text::dollars(end));
                match self.moved.filter(|moved| *moved != Money::ZERO) {
                    None => span,
                    Some(moved) => {
                        format!("{span}, {} of it paid in or out", text::dollars(moved))
                    }
                }
            }
            _ => none(),
        }
    }

    fn returns(&self, terminal: Terminal) -> String {
        let ours = self.total_return.map_or_else(none, |ratio| {
            let paint = if ratio < 0.0 { Paint::Bad } else { Paint::Good };
            terminal.paint(paint, &text::signed_percent(ratio))
        });
        let held = self
            .buy_and_hold_return
            .map_or_else(none, text::signed_percent);
        format!("{ours}   (buy and hold {held})")
    }

    fn exposure_text(&self) -> String {
        self.exposure.map_or_else(none, |ratio| {
            format!("{} of decided slots", text::percent(ratio))
        })
    }

    fn costs(&self) -> String {
        let calls = format!(
            "{:.1} s, {} HTTP calls",
            self.wall_s,
            text::count(self.http_calls)
        );
        match self.peak_memory_bytes {
            None => calls,
            Some(bytes) => format!(
                "{calls}, {} MB of memory at most",
                bytes.div_ceil(1_000_000)
            ),
        }
    }
}

impl View for RunView {
    fn text(&self, terminal: Terminal) -> String {
        let facts = &self.facts;
        let title = match self.bars_kind {
            BarsKind::Synthetic => terminal.paint(Paint::Warn, &facts.bars_text),
            _ => facts.bars_text.clone(),
        };
        let mut lines = vec![
            terminal.paint(Paint::Strong, "Run on the local exchange") + ", " + &title,
            String::new(),
        ];
        let warnings = self.warnings(terminal);
        if !warnings.is_empty() {
            lines.extend(warnings);
            lines.push(String::new());
        }
        lines.extend([
            line("sessions", &self.span()),
            line("slots", &self.endings(terminal)),
            self.warm_up(),
            line("orders", &text::count(self.orders)),
            String::new(),
            line("equity", &self.equity()),
            line("return", &self.returns(terminal)),
            line("exposure", &self.exposure_text()),
            line(
                "drawdown",
                &self.max_drawdown.map(text::percent).unwrap_or_else(none),
            ),
            String::new(),
            line("took", &self.costs()),
            line("journal", &facts.journal.display().to_string()),
            line("head", &facts.head),
            line("durability", &facts.durability),
        ]);
        lines
            .into_iter()
            .filter(|line| line != "-")
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn line(label: &str, value: &str) -> String {
    format!("  {label:<11} {value}")
}

fn none() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use trading::record::{HaltLevel, HaltReason, Halted};

    use super::*;

    fn outcomes(held: u64, reason: Reason, refused: u64) -> Outcomes {
        Outcomes {
            held,
            refused: [(reason, refused)].into(),
            ..Outcomes::default()
        }
    }

    fn halted(reason: HaltReason) -> State {
        State {
            halt: Some(Halted {
                level: HaltLevel::Frozen,
                flatten: false,
                reason,
            }),
            ..State::default()
        }
    }

    #[test]
    fn a_run_ends_as_its_worst_slots_did_and_never_well_when_nothing_was_traded() {
        let calm = State::default();
        let failed = Outcomes {
            failed: 1,
            ..outcomes(25, Reason::Frozen, 0)
        };
        let by_owner = || halted(HaltReason::Owner("away".to_owned()));
        let by_itself = || halted(HaltReason::JournalBehind { ids: Vec::new() });
        let table = [
            (
                "some held",
                outcomes(25, Reason::Drawdown, 1),
                calm.clone(),
                Exit::Done,
            ),
            (
                "only warm-up",
                outcomes(0, Reason::NotWarm, 26),
                calm.clone(),
                Exit::Done,
            ),
            ("nothing run", Outcomes::default(), calm.clone(), Exit::Done),
            (
                "all refused",
                outcomes(0, Reason::Frozen, 26),
                by_owner(),
                Exit::SlotRefused,
            ),
            (
                "owner's freeze, nothing to do",
                outcomes(26, Reason::Frozen, 0),
                by_owner(),
                Exit::Done,
            ),
            (
                "froze itself",
                outcomes(25, Reason::Halted, 1),
                by_itself(),
                Exit::Failed,
            ),
            ("one failed", failed, calm, Exit::Failed),
        ];
        for (name, outcomes, state, expected) in table {
            assert_eq!(exit(&outcomes, &state), expected, "{name}");
        }
    }
}
