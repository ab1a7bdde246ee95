//! Now: whether all is well, and what the owner may have to do. The one read model of the first
//! page and of the terminal.

use std::path::Path;

use cycle::port::Journal;
use market::{Calendar, Decimal, Duration, Instant, Money, Price, Slot};
use strategy::{Margins, Signal, Target};
use trading::record::{HaltLevel, Head};
use trading::state::State;

use crate::status::MoneyKind;
use crate::switches::HaltView;
use crate::{ChronicleError, SlotRecord, StatusView, for_each_slot_from, standing, text};

/// Newest slots read.
pub const NEWEST: usize = 8;

/// The end of a chain, folded.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    /// The newest record.
    pub head: Option<Head>,
    /// Where it leaves things.
    pub state: State,
    /// The newest slots, oldest first.
    pub newest: Vec<SlotRecord>,
}

impl Tail {
    /// Reads the end of `journal` up to `head`.
    ///
    /// # Errors
    /// When the chain cannot be read or does not hold together.
    pub async fn of(
        journal: &dyn Journal,
        head: Option<Head>,
        calendar: &Calendar,
    ) -> Result<Self, ChronicleError> {
        let state = standing::state(journal, head).await?;
        let mut newest = Vec::new();
        let from = standing::tail_start(head);
        for_each_slot_from(journal, calendar, from, |record| {
            if newest.len() == NEWEST {
                newest.remove(0);
            }
            newest.push(record);
        })
        .await?;
        Ok(Self {
            head,
            state,
            newest,
        })
    }
}

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Worth a look.
    Warn,
    /// Act.
    Bad,
}

impl Tone {
    /// As pages class it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// Something to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How good it is.
    pub tone: Tone,
    /// In words.
    pub text: String,
}

/// The day's change, net of transfers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// As a ratio of what there was; below zero for a loss.
    pub change: f64,
    /// In dollars.
    pub dollars: Money,
    /// From the highest, as a ratio; zero or below.
    pub drawdown: f64,
}

/// The newest decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalNow {
    /// The slot that took it.
    pub slot: Slot,
    /// What it said.
    pub signal: Signal,
    /// What is worked for.
    pub target: Target,
    /// The price compared.
    pub price: Price,
    /// The fast average, in dollars.
    pub fast: f64,
    /// The slow average, in dollars.
    pub slow: f64,
    /// How far each comparison is from flipping.
    pub margins: Margins,
    /// Whether averages begun elsewhere may decide otherwise.
    pub fragile: bool,
}

/// The slot to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Which.
    pub slot: Slot,
    /// How long until then.
    pub left: Duration,
}

impl Next {
    /// The slot after `now`; `None` where no calendar has one.
    #[must_use]
    pub fn after(now: Instant, calendar: &Calendar) -> Option<Self> {
        let slot = calendar.next_slot(now).ok()?;
        Some(Self {
            slot,
            left: slot.at().duration_since(now),
        })
    }

    /// `in 1 h 5 min`.
    #[must_use]
    pub fn words(&self) -> String {
        let minutes = self.left.as_mins();
        match (minutes / 60, minutes % 60) {
            (0, 0) => "in less than a minute".to_owned(),
            (0, minutes) => format!("in {minutes} min"),
            (hours, minutes) => format!("in {hours} h {minutes} min"),
        }
    }
}

/// All of it.
#[derive(Debug)]
pub struct Now {
    /// One word for how things are.
    pub standing: Notice,
    /// What to look at, the loudest first.
    pub attention: Vec<Notice>,
    /// Account, holdings, switches, sources, newest slots.
    pub status: StatusView,
    /// `None` before the first slot that saw the account.
    pub day: Option<Day>,
    /// `None` where none of the newest slots has one.
    pub signal: Option<SignalNow>,
    /// `None` on an exchange that is played.
    pub next: Option<Next>,
}

impl Now {
    /// What the end of a chain says.
    #[must_use]
    pub fn new(
        name: &Path,
        tail: &Tail,
        money: impl Fn(&str) -> MoneyKind,
        next: Option<Next>,
    ) -> Self {
        let Tail {
            head,
            state,
            newest,
        } = tail;
        Self {
            standing: standing_of(*head, state),
            attention: attention(*head, state),
            status: StatusView::new(name, *head, state, newest, money),
            day: Day::of(state, newest),
            signal: SignalNow::of(newest),
            next,
        }
    }
}

/// One word for how things are.
#[must_use]
pub fn standing_of(head: Option<Head>, state: &State) -> Notice {
    let (tone, text) = match &state.halt {
        Some(halt) if halt.level == HaltLevel::Frozen => (Tone::Bad, "frozen"),
        Some(halt) if halt.flatten => (Tone::Bad, "selling everything"),
        Some(_) => (Tone::Bad, "halted"),
        None if head.is_none() => (Tone::Warn, "nothing yet"),
        None if attention(head, state).is_empty() => (Tone::Good, "all is well"),
        None => (Tone::Warn, "look"),
    };
    let text = text.to_owned();
    Notice { tone, text }
}

/// What the owner should look at, the loudest first.
#[must_use]
pub fn attention(head: Option<Head>, state: &State) -> Vec<Notice> {
    let mut found = Vec::new();
    let mut say = |tone, text| found.push(Notice { tone, text });
    if let Some(halt) = &state.halt {
        say(Tone::Bad, HaltView::new(halt).text());
    }
    if let Some(text) = state.stranded() {
        say(Tone::Bad, format!("by hand: {text}"));
    }
    if state.blind_slots > 0 {
        let slots = text::counted(u64::from(state.blind_slots), "slot");
        say(Tone::Bad, format!("{slots} held without a decision"));
    }
    if let Some(out) = &state.open_out {
        say(Tone::Warn, format!("a sale is open since {}", out.since));
    }
    for (id, order) in state.unsettled() {
        let word = crate::story::state_word(order.state);
        say(Tone::Warn, format!("order {id}: {word}"));
    }
    let failing = state
        .sources
        .iter()
        .filter(|(_, health)| health.failing > 0);
    for (source, health) in failing {
        let slots = text::counted(u64::from(health.failing), "slot");
        let why = health.last_error.as_deref().unwrap_or("no reason recorded");
        say(
            Tone::Warn,
            format!("{source} not usable for {slots}: {why}"),
        );
    }
    if head.is_some() && !state.adopted {
        let text = "nothing is bought before `tqqq adopt`".to_owned();
        say(Tone::Warn, text);
    }
    let last = state.last_slot.as_ref();
    let bad = last.filter(|last| matches!(last.outcome.name(), "failed" | "missed"));
    if let Some(last) = bad {
        say(
            Tone::Warn,
            format!("{}: {}", last.slot, last.outcome.words()),
        );
    }
    found
}

impl Day {
    fn of(state: &State, newest: &[SlotRecord]) -> Option<Self> {
        let unit = state.unit.as_ref()?;
        let mut seen = newest.iter().rev();
        let seen = seen.find_map(|slot| slot.portfolio.as_ref())?;
        let loss = unit.day_loss();
        // Equity is what the loss has left of what there was.
        let left = Decimal::ONE - loss;
        let before = seen.account.equity.decimal().checked_div(left);
        let change = before.map_or(Decimal::ZERO, |before| -before * loss);
        let ratio = |value: Decimal| value.to_string().parse::<f64>().ok();
        Some(Self {
            // Not negated: zero has no sign.
            change: 0.0 - ratio(loss)?,
            dollars: Money::new(change.round_dp(2)).ok()?,
            drawdown: 0.0 - ratio(unit.drawdown())?,
        })
    }
}

impl SignalNow {
    fn of(newest: &[SlotRecord]) -> Option<Self> {
        let decided = |slot: &SlotRecord| {
            let decision = slot.decision()?;
            Some(Self {
                slot: slot.slot,
                signal: decision.signal,
                target: decision.target,
                price: decision.price,
                fast: decision.fast,
                slow: decision.slow,
                margins: decision.margins,
                fragile: decision.fragile,
            })
        };
        newest.iter().rev().find_map(decided)
    }
}
