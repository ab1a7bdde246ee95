//! Where we stand: the journal folded, record by record.
//!
//! The one place that says what a record means for the next decision. Every closing record
//! carries the state it leaves, so a run reads back no further than to the last one; `verify`
//! folds the whole chain and compares.

mod repairing;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};

use market::calendar::Slot;
use market::{Date, Instant, Money, Price, Shares, Symbol};
use serde::{Deserialize, Serialize};
use strategy::Target;

use crate::health::SourceHealth;
use crate::judge::Decided;
use crate::observation::{Observation, SourceName};
use crate::order::{ClientOrderId, Leg, Order, OrderReport, OrderState};
use crate::outcome::{Held, Outcome, Reason};
use crate::plan::Plan;
use crate::portfolio::Portfolio;
use crate::record::{
    Answer, Answered, Binding, Entry, Halted, Hash, Intended, Intent, Record, RunId, Settled,
    SlotOpened, SplitRuled,
};
use crate::revision::Memory;
use crate::unit::UnitValue;

pub use tracked::TrackedOrder;

/// Words on suspected splits remembered; one a symbol and date.
const SPLIT_RULINGS_MAX: usize = 32;

/// An `Out` that no verify has seen reached yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOut {
    /// The slot that decided it.
    pub since: Slot,
    /// What is to be sold.
    pub symbol: Symbol,
    /// What else is, decided while this was open: the configuration has named another symbol since.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<Symbol>,
}

impl OpenOut {
    /// An `Out` of one symbol.
    #[must_use]
    pub fn new(since: Slot, symbol: Symbol) -> Self {
        Self {
            since,
            symbol,
            also: BTreeSet::new(),
        }
    }

    /// All that is to be sold.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        std::iter::once(&self.symbol).chain(&self.also)
    }
}

/// The slot under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSlot {
    /// Which slot.
    pub slot: Slot,
    /// Whose try it is.
    pub run: RunId,
    /// Tries begun.
    pub tries: u32,
    /// The configuration of the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Hash>,
    /// Whether a decision was recorded.
    pub decided: bool,
    /// Cancels intended, by symbol: their ids must differ.
    pub cancels: BTreeMap<Symbol, u32>,
    /// Whether a share was filled.
    pub filled: bool,
    /// Why its tries have failed, each reason once: so often the owner is told, whoever tries.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failures: BTreeSet<String>,
}

/// The newest slot that has its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedSlot {
    /// Which slot.
    pub slot: Slot,
    /// Its outcome.
    pub outcome: Outcome,
}

/// What was done on one date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Day {
    /// Which date; `None` before the first slot.
    pub date: Option<Date>,
    /// Orders intended; one intended again under its id counts once.
    pub orders: u32,
    /// Reduce-only ones among them.
    pub reduce_only: u32,
    /// Buys on top of a holding that were filled, in whole or in part.
    pub top_ups: u32,
    /// Sales that followed a buy of the same symbol and date.
    pub round_trips: u32,
    /// What was bought and has not been sold since.
    pub bought_symbols: BTreeSet<Symbol>,
    /// Whether an entry was begun from nothing and has not come to its end: what it still lacks is
    /// no top-up.
    pub entering: bool,
}

/// Slots without a decision, to be decided afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// The first of them.
    pub first: Slot,
    /// The last of them.
    pub last: Slot,
    /// How many.
    pub count: u32,
}

/// The folded journal; the newer parts of an older closing record are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whose chain this is.
    pub binding: Option<Binding>,
    /// The `Out` still open.
    pub open_out: Option<OpenOut>,
    /// The newest `Out` decided, reached or not; `None` once a bullish signal has come since.
    pub standing_out: Option<OpenOut>,
    /// The slot under way.
    pub open_slot: Option<OpenSlot>,
    /// The newest slot with an outcome.
    pub last_slot: Option<ClosedSlot>,
    /// Slots to be decided afterwards.
    pub undecided: Option<Undecided>,
    /// Our orders that are unsettled, or of the two newest dates that have any.
    pub orders: BTreeMap<ClientOrderId, TrackedOrder>,
    /// What was done on the newest date.
    pub day: Day,
    /// The restriction in force.
    pub halt: Option<Halted>,
    /// Whether the holdings of the account are known to be ours or adopted.
    pub adopted: bool,
    /// Symbols that the owner has adopted.
    #[serde(default)]
    pub adopted_symbols: BTreeSet<Symbol>,
    /// Symbols held or owed when last seen.
    #[serde(default)]
    pub symbols_seen: BTreeSet<Symbol>,
    /// Shares held long when last seen.
    pub held: BTreeMap<Symbol, Shares>,
    /// When the broker received the newest order we know.
    pub newest_order_at: Option<Instant>,
    /// Results without transfers, and their high-water mark.
    pub unit: Option<UnitValue>,
    /// Entries on a live account are allowed until then.
    pub armed_until: Option<Instant>,
    /// The owner's words on suspected splits.
    pub split_rulings: Vec<SplitRuled>,
    /// Slots in a row that ended without a decision while the fund was held.
    pub blind_slots: u32,
    /// How each source has been.
    pub sources: BTreeMap<SourceName, SourceHealth>,
    /// The last price decided on, and for what.
    pub last_price: Option<(Symbol, Price)>,
    /// What later looks at the bars are compared with.
    #[serde(skip_serializing_if = "Memory::is_empty")]
    pub memory: Memory,
}

impl State {
    /// This state after `entry`.
    pub fn fold(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Bound(binding) => self.binding = Some(binding.clone()),
            Record::SlotOpened(opened) => self.open(entry, opened),
            Record::Observed(observation) => {
                self.observe(observation);
                self.memory.see(observation, self.configuration());
            }
            Record::Decided(decided) => self.decide(decided, entry.slot),
            Record::Replanned(replanned) => {
                self.see(&replanned.portfolio);
                self.end_entry(&replanned.plan);
            }
            Record::Intended(intended) => self.intend(intended, entry.slot),
            Record::Answered(answered) => self.answer(answered),
            Record::Settled(settled) => self.settle(settled),
            Record::SlotClosed(closed) => {
                self.close(entry.slot, &closed.outcome, closed.portfolio.as_ref());
            }
            Record::SlotsMissed(missed) => {
                self.last_slot = Some(ClosedSlot {
                    slot: missed.last,
                    outcome: Outcome::Missed,
                });
                self.leave_undecided(missed.first, missed.last, missed.count);
            }
            Record::Reconstructed(reconstructed) => {
                self.undecided = None;
                self.reopen_out(reconstructed.opens_out(), &reconstructed.symbol);
            }
            Record::Revised(revised) => self.memory.note(revised),
            Record::Halted(halted) => self.halt(halted),
            Record::Resumed(_) => self.halt = None,
            Record::Adopted(_) => self.adopt(),
            Record::Armed(armed) => self.armed_until = Some(armed.until),
            Record::Disarmed(_) => self.armed_until = None,
            Record::SplitRuled(ruled) => self.rule(ruled),
            Record::Repaired(repaired) => self.repair(repaired),
            Record::TryFailed(failed) => {
                if let Some(open) = &mut self.open_slot {
                    open.failures.insert(failed.reason());
                }
            }
            Record::Quoted(_) | Record::Noted(_) => {}
        }
    }

    /// This state after its open slot is closed with `outcome`, `portfolio` being what was seen at
    /// the end: the state the closing record carries.
    #[must_use]
    pub fn closed(&self, slot: Slot, outcome: &Outcome, portfolio: Option<&Portfolio>) -> Self {
        let mut after = self.clone();
        after.close(Some(slot), outcome, portfolio);
        after
    }

    /// The target to work for: an open `Out` turns `Keep` into `Out`.
    #[must_use]
    pub fn effective_target(&self, decided: Target) -> Target {
        let remembers = market::sabotage!(KeepForgetsOut, false, self.open_out.is_some());
        if decided == Target::Keep && remembers {
            Target::Out
        } else {
            decided
        }
    }

    /// Orders whose end is not known.
    pub fn unsettled(&self) -> impl Iterator<Item = (&ClientOrderId, &TrackedOrder)> {
        self.orders
            .iter()
            .filter(|(_, order)| order.state.is_unsettled())
    }

    /// The number of the next attempt at this step: one more than the earlier ones proved at
    /// their end. An id that may be live is used again.
    #[must_use]
    pub fn next_attempt(&self, slot: Slot, leg: Leg, symbol: &Symbol) -> u32 {
        let spent = |tracked: &&TrackedOrder| {
            let order = tracked.order();
            tracked.slot == slot
                && order.leg == leg
                && &order.symbol == symbol
                && tracked.state.spends_attempt()
        };
        1 + u32::try_from(self.orders.values().filter(spent).count()).unwrap_or(u32::MAX - 1)
    }

    /// Orders intended in `slot`.
    #[must_use]
    pub fn orders_in(&self, slot: Slot) -> u32 {
        let count = self
            .orders
            .values()
            .filter(|order| order.slot == slot)
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// What is remembered of a portfolio that was seen; on first contact an account without
    /// holdings is ours.
    pub fn see(&mut self, portfolio: &Portfolio) {
        self.see_symbols(portfolio);
        self.held = portfolio
            .positions
            .iter()
            .map(|position| (position.symbol.clone(), portfolio.long(&position.symbol)))
            .filter(|(_, shares)| !shares.is_zero())
            .collect();
    }

    /// What an observation adds to what is known: holdings, results, the sources' health.
    pub fn observe(&mut self, observation: &Observation) {
        self.see(&observation.portfolio);
        let portfolio = &observation.portfolio;
        let date = observation.slot.date();
        match &mut self.unit {
            Some(unit) => unit.look(portfolio, &observation.flows, date),
            // The first look takes all movements so far as known, so it must have read them.
            None if observation.flows_unread.is_some() => {}
            None => self.unit = Some(UnitValue::first(portfolio, &observation.flows, date)),
        }
        for view in &observation.sources {
            let health = self.sources.entry(view.source.clone()).or_default();
            health.take(view, observation.slot);
        }
    }

    /// The newest word on a symbol's jump replaces an older one on the same date.
    fn rule(&mut self, ruled: &SplitRuled) {
        self.split_rulings
            .retain(|old| (&old.symbol, old.split.date) != (&ruled.symbol, ruled.split.date));
        self.split_rulings.push(ruled.clone());
        let surplus = self.split_rulings.len().saturating_sub(SPLIT_RULINGS_MAX);
        self.split_rulings.drain(..surplus);
    }

    /// A bearish decision opens an `Out`; one that is open sells this symbol as well.
    pub fn reopen_out(&mut self, since: Option<Slot>, symbol: &Symbol) {
        let Some(since) = since else { return };
        self.standing_out = Some(OpenOut::new(since, symbol.clone()));
        match &mut self.open_out {
            None => self.open_out = self.standing_out.clone(),
            Some(open) if &open.symbol != symbol => {
                open.also.insert(symbol.clone());
            }
            Some(_) => {}
        }
    }

    /// The configuration of the try under way.
    pub(crate) fn configuration(&self) -> Option<Hash> {
        self.open_slot.as_ref()?.configuration
    }

    fn open(&mut self, entry: &Entry, opened: &SlotOpened) {
        let Some(slot) = entry.slot else { return };
        self.turn_to(slot.date());
        let known = self.open_slot.take().filter(|open| open.slot == slot);
        let carried = known.unwrap_or(OpenSlot {
            slot,
            run: entry.run,
            tries: 0,
            configuration: None,
            decided: false,
            cancels: BTreeMap::new(),
            filled: false,
            failures: BTreeSet::new(),
        });
        self.open_slot = Some(OpenSlot {
            run: entry.run,
            tries: opened.try_number,
            configuration: Some(opened.configuration),
            ..carried
        });
    }

    /// A new date forgets the counts of the old one, and settled orders but for the newest that the
    /// broker has taken.
    ///
    /// Those stay known until newer ones are: a broker may list an order a little after the moment
    /// it first named, and what is listed and not known counts as a journal that is behind.
    fn turn_to(&mut self, date: Date) {
        if self.day.date == Some(date) {
            return;
        }
        self.day = Day {
            date: Some(date),
            ..Day::default()
        };
        let taken = self.orders.values();
        let taken = taken.filter(|order| order.broker_id.is_some());
        let newest = taken.map(|order| order.slot.date()).max();
        let newest = newest.or_else(|| self.orders.values().map(|order| order.slot.date()).max());
        self.orders.retain(|_, order| {
            order.state.is_unsettled() || newest.is_some_and(|newest| order.slot.date() >= newest)
        });
    }

    /// An entry has come to its end once nothing is left to buy, or all is to be sold. A slot that
    /// wants nothing neither goes on with it nor ends it.
    fn end_entry(&mut self, plan: &Plan) {
        let done = matches!(plan.idle, Some(Held::AtTarget | Held::InsideBand));
        self.day.entering &= match plan.target {
            Target::AllIn => !done,
            Target::Out => false,
            Target::Keep => true,
        };
    }

    fn decide(&mut self, decided: &Decided, slot: Option<Slot>) {
        self.end_entry(&decided.plan);
        if let Some(open) = &mut self.open_slot {
            open.decided = decided.decision.is_some();
        }
        if let Some(slot) = slot {
            self.memory.take(decided, slot);
        }
        if let (Some(decision), Some(slot)) = (&decided.decision, slot) {
            self.last_price = Some((decided.signal_symbol.clone(), decision.price));
            match decided.wanted {
                Target::AllIn => (self.open_out, self.standing_out) = (None, None),
                Target::Out => self.reopen_out(Some(slot), &decided.symbol),
                Target::Keep => {}
            }
        }
    }

    fn intend(&mut self, intended: &Intended, slot: Option<Slot>) {
        let Some(slot) = slot else { return };
        match &intended.intent {
            Intent::Cancel(cancel) => {
                if let Some(open) = &mut self.open_slot {
                    *open.cancels.entry(cancel.symbol.clone()).or_default() += 1;
                }
            }
            Intent::Order(order) => self.intend_order(order, intended.send_before, slot),
        }
    }

    fn intend_order(&mut self, order: &Order, send_before: Instant, slot: Slot) {
        if !self.orders.contains_key(&order.id) {
            self.day.orders += 1;
            self.day.reduce_only += u32::from(order.leg.is_reduce_only());
        }
        let holds = self.held.contains_key(&order.symbol);
        let tops_up = order.leg == Leg::Buy && holds && !self.day.entering;
        self.day.entering |= order.leg == Leg::Buy && !holds;
        let tracked = self
            .orders
            .entry(order.id.clone())
            .or_insert_with(|| TrackedOrder {
                slot,
                intents: Vec::new(),
                state: OrderState::Intended,
                send_before,
                broker_id: None,
                filled: Shares::ZERO,
                filled_value: None,
                tops_up,
            });
        tracked.intents.push(order.clone());
        tracked.state = OrderState::Intended;
        tracked.send_before = tracked.send_before.max(send_before);
    }

    fn answer(&mut self, answered: &Answered) {
        let Some(tracked) = self.orders.get_mut(&answered.id) else {
            return;
        };
        match &answered.answer {
            Answer::Accepted(report) => {
                tracked.state = OrderState::Open;
                tracked.broker_id = Some(report.broker_id.clone());
                self.newest_order_at = self.newest_order_at.max(report.submitted_at);
            }
            Answer::Refused { .. } => {
                tracked.state = OrderState::Rejected;
                // What never lived uses up no exit of the day: a broker that refuses for an hour
                // must not keep the rest of the day's exits from leaving.
                let of_today = self.day.date == Some(tracked.slot.date());
                if of_today && tracked.order().leg.is_reduce_only() {
                    self.day.reduce_only = self.day.reduce_only.saturating_sub(1);
                }
            }
            Answer::Unknown { .. } => tracked.state = OrderState::Unknown,
            Answer::NotSent { .. } => tracked.state = OrderState::Unsent,
            Answer::CancelTaken => {}
        }
    }

    fn settle(&mut self, settled: &Settled) {
        if let Some(report) = &settled.report {
            self.newest_order_at = self.newest_order_at.max(report.submitted_at);
        }
        let Some(tracked) = self.orders.get_mut(&settled.id) else {
            return;
        };
        let before = tracked.clone();
        tracked.state = settled.state;
        tracked.filled = settled.filled;
        tracked.filled_value = settled.average_price.map(|price| price * settled.filled);
        if let Some(report) = &settled.report {
            tracked.broker_id = Some(report.broker_id.clone());
        }
        if settled.filled > before.filled {
            let value = tracked.filled_value;
            self.book_fill(&before, settled.filled, value);
            self.leave_what_came_late(&before);
        }
    }

    /// A buy that filled although an `Out` was decided since, in its slot or later: it is sold
    /// again. A bullish signal ends what stands, so an `Out` that stands is newer than the buy.
    fn leave_what_came_late(&mut self, late: &TrackedOrder) {
        let out = self
            .standing_out
            .as_ref()
            .filter(|out| out.since >= late.slot);
        if let (Leg::Buy, Some(out)) = (late.order().leg, out) {
            let since = out.since;
            self.reopen_out(Some(since), &late.order().symbol);
        }
    }

    /// A fill counts for the slot that ordered it: one found later gives the slot under way no
    /// trade of its own.
    ///
    /// The counts of a date are of what was ordered on it.
    fn book_fill(&mut self, before: &TrackedOrder, filled: Shares, value: Option<Money>) {
        let (order, slot) = (before.order(), before.slot);
        if let Some(open) = &mut self.open_slot {
            open.filled |= open.slot == slot;
        }
        if let Some(unit) = &mut self.unit {
            let known_before = match before.filled.is_zero() {
                true => Some(Money::ZERO),
                false => before.filled_value,
            };
            let news = filled.saturating_sub(before.filled);
            let worth = value.zip(known_before).map(|(now, before)| now - before);
            unit.trade(order, news, worth);
        }
        if self.day.date != Some(slot.date()) {
            return;
        }
        self.day.top_ups += u32::from(before.filled.is_zero() && before.tops_up);
        if order.leg == Leg::Buy {
            self.day.bought_symbols.insert(order.symbol.clone());
        } else if self.day.bought_symbols.remove(&order.symbol) {
            self.day.round_trips += 1;
        }
    }

    fn close(&mut self, slot: Option<Slot>, outcome: &Outcome, portfolio: Option<&Portfolio>) {
        let Some(slot) = slot else { return };
        let undecided = self.open_slot.take().is_some_and(|open| !open.decided);
        let blind = undecided && !self.held.is_empty();
        self.blind_slots = if blind { self.blind_slots + 1 } else { 0 };
        if undecided && !is_cold(outcome) {
            self.leave_undecided(slot, slot, 1);
        }
        self.last_slot = Some(ClosedSlot {
            slot,
            outcome: outcome.clone(),
        });
        if let Some(portfolio) = portfolio {
            self.verify(portfolio);
        }
    }

    /// A portfolio seen after acting: an open `Out` is over once nothing of it is held or owed.
    fn verify(&mut self, portfolio: &Portfolio) {
        self.see(portfolio);
        let reached = |out: &OpenOut| {
            out.symbols().all(|symbol| {
                let is_of_it = |order: &OrderReport| &order.symbol == symbol;
                portfolio.position(symbol).is_none() && !portfolio.open_orders.iter().any(is_of_it)
            })
        };
        if self.open_out.as_ref().is_some_and(reached) && self.unsettled().next().is_none() {
            self.open_out = None;
        }
        if let (Some(unit), Some(date)) = (&mut self.unit, self.day.date) {
            unit.look(portfolio, &[], date);
        }
    }

    fn leave_undecided(&mut self, first: Slot, last: Slot, count: u32) {
        let earlier = self.undecided.unwrap_or(Undecided {
            first,
            last,
            count: 0,
        });
        self.undecided = Some(Undecided {
            first: earlier.first.min(first),
            last: earlier.last.max(last),
            count: earlier.count.saturating_add(count),
        });
    }

    /// A stricter halt replaces a milder one, never the other way round; the wish to sell
    /// everything stands until the owner resumes.
    fn halt(&mut self, halted: &Halted) {
        let flatten = halted.flatten || self.halt.as_ref().is_some_and(|halt| halt.flatten);
        let stands = |standing: &Halted| standing.level > halted.level;
        let mut halt = match self.halt.take() {
            Some(standing) if stands(&standing) => standing,
            _ => halted.clone(),
        };
        halt.flatten = flatten;
        self.halt = Some(halt);
    }
}

/// Whether a slot ended for want of history: no later look at its bars can decide it.
fn is_cold(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(refusal) if refusal.reason == Reason::NotWarm)
}
