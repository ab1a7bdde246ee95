//! When it is over: is everything on record, and is the portfolio right?

use std::collections::{BTreeMap, BTreeSet};

use journal::verify;
use market::bar::Interval;
use market::calendar::Slot;
use market::{Decimal, Duration, time};
use strategy::Target;
use trading::outcome::{Outcome, Reason};
use trading::record::{Entry, HaltReason, Record};
use trading::replay::Replay;
use venue::model::Window;

use crate::fate::Fault;
use crate::port::Kept;
use crate::run::at_once;
use crate::scenario::{CLEAN_SLOTS, Scenario};
use crate::world::State;

/// What may be left in cash beside a full holding: the buffer, the band and an order's rounding.
const IDLE_CASH_MAX: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// So long must a single source have gone on behind a halt before it is followed.
const GONE_ON: Duration = time::minutes(60);

/// Checks all that only the end can show.
pub(crate) fn check(state: &mut State, scenario: &Scenario) {
    let Some(entries) = chain(state) else { return };
    replayed(state, scenario, &entries);
    one_outcome_each(state, scenario, &entries);
    nothing_halted_itself(state, &entries);
    nothing_is_open(state, &entries);
    portfolio_is_right(state, scenario, &entries);
}

/// I6: the chain is whole, and its folded states are those it says.
fn chain(state: &mut State) -> Option<Vec<Entry>> {
    let report = at_once(verify(&Kept(&state.rows), None, |_| {}));
    let defect = match &report {
        Ok(report) => report.defect.as_ref().map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    };
    if let Some(defect) = defect {
        state.witness.breach("I6", format!("the chain: {defect}"));
        return None;
    }
    let mut prev = journal::row::BEFORE_FIRST;
    let mut entries = Vec::with_capacity(state.rows.len());
    for row in &state.rows {
        let entry = row.open(row.seq, prev).ok()?;
        prev = entry.hash;
        entries.push(entry);
    }
    Some(entries)
}

/// I7: computed again, every decision and plan is what the record says.
fn replayed(state: &mut State, scenario: &Scenario, entries: &[Entry]) {
    let mut replay = Replay::new(None);
    for entry in entries {
        if let Some(hash) = replay.wants(entry) {
            replay.learn(hash, scenario.settings.clone());
        }
        replay.take(entry);
    }
    if let Some(difference) = replay.finish().difference {
        state.witness.breach("I7", format!("{difference:?}"));
    }
}

/// I10: every slot since the chain began has exactly one outcome.
fn one_outcome_each(state: &mut State, scenario: &Scenario, entries: &[Entry]) {
    let mut outcomes: BTreeMap<Slot, u32> = BTreeMap::new();
    for entry in entries {
        match (&entry.record, entry.slot) {
            (Record::SlotClosed(_), Some(slot)) => *outcomes.entry(slot).or_default() += 1,
            (Record::SlotsMissed(missed), _) => {
                for slot in &scenario.slots {
                    if (missed.first..=missed.last).contains(slot) {
                        *outcomes.entry(*slot).or_default() += 1;
                    }
                }
            }
            _ => {}
        }
    }
    let Some(first) = entries.first().map(|entry| entry.at) else {
        return;
    };
    for slot in scenario.slots.iter().filter(|slot| slot.at() >= first) {
        let count = outcomes.get(slot).copied().unwrap_or(0);
        if count != 1 {
            state
                .witness
                .breach("I10", format!("slot {slot} has {count} outcomes"));
        }
    }
}

/// No halt that only a fault of ours can bring.
fn nothing_halted_itself(state: &mut State, entries: &[Entry]) {
    for entry in entries {
        if let Record::Halted(halted) = &entry.record
            && !matches!(halted.reason, HaltReason::Owner(_))
        {
            let seq = entry.seq;
            state
                .witness
                .breach("I6", format!("record {seq} halts: {}", halted.reason));
        }
        if let Record::SlotClosed(closed) = &entry.record {
            for breach in &closed.breaches {
                state
                    .witness
                    .breach("I1", format!("the cycle found: {breach}"));
            }
        }
    }
}

/// I5 and I6: no order is open at the exchange, and none is unsettled in the journal.
fn nothing_is_open(state: &mut State, entries: &[Entry]) {
    let known: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Intended(intended) => match &intended.intent {
                trading::record::Intent::Order(order) => Some(order.id.as_str()),
                trading::record::Intent::Cancel(_) => None,
            },
            _ => None,
        })
        .collect();
    let all = venue::model::OrderQuery::new(venue::model::Scope::All);
    let mut words = Vec::new();
    for order in state.venue.orders(&all) {
        let id = &order.client_order_id;
        if !id.starts_with("tqqq-") {
            continue;
        }
        if !known.contains(id.as_str()) {
            words.push((
                "I6",
                format!("{id} is at the exchange and not in the journal"),
            ));
        }
        if !order.status.is_terminal() {
            words.push(("I5", format!("{id} is still open")));
        }
    }
    let closed = entries.iter().rev().find_map(|entry| match &entry.record {
        Record::SlotClosed(closed) => Some(&closed.state),
        _ => None,
    });
    for (id, tracked) in closed.iter().flat_map(|state| &state.orders) {
        if tracked.state.is_unsettled() {
            words.push((
                "I5",
                format!("{id} is still {:?} in the journal", tracked.state),
            ));
        }
    }
    for (invariant, words) in words {
        state.witness.breach(invariant, words);
    }
}

/// I5: after the clean slots the holding is what the last decision asks for.
fn portfolio_is_right(state: &mut State, scenario: &Scenario, entries: &[Entry]) {
    let clean = &scenario.slots[scenario.slots.len() - CLEAN_SLOTS..];
    let mut targets = Vec::new();
    for slot in clean {
        let of_slot = entries.iter().filter(|entry| entry.slot == Some(*slot));
        let mut decided = None;
        let mut outcome = None;
        for entry in of_slot {
            match &entry.record {
                Record::Decided(found) => decided = Some(found),
                Record::SlotClosed(closed) => outcome = Some(&closed.outcome),
                _ => {}
            }
        }
        let tradable = state
            .venue
            .hours()
            .session_at(slot.at())
            .ok()
            .flatten()
            .is_some();
        if !tradable || is_in_doubt(state, scenario, *slot) {
            return;
        }
        match outcome {
            Some(Outcome::Failed(why)) => {
                state
                    .witness
                    .breach("I10", format!("clean slot {slot} failed: {why}"));
            }
            Some(Outcome::Missed) | None => {
                state
                    .witness
                    .breach("I10", format!("clean slot {slot} was missed"));
            }
            Some(Outcome::Refused(refusal))
                if !is_expected(refusal.reason) && !is_hole(state, scenario, refusal.reason) =>
            {
                state
                    .witness
                    .breach("I5", format!("clean slot {slot}: {refusal}"));
            }
            Some(_) => {}
        }
        let free = decided.map(|decided| {
            decided.stops.is_empty() && decided.entry_stops.is_empty() && decided.refused.is_none()
        });
        targets.push((decided.map(|decided| decided.target), free == Some(true)));
    }
    holding_fits(state, scenario, &targets);
}

/// What may still be refused when nothing goes wrong: limits that a turbulent day has used up.
fn is_expected(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::RoundTripsPerDay
            | Reason::OrdersPerDay
            | Reason::ReduceOnlyPerDay
            | Reason::DailyLoss
            | Reason::Drawdown
            | Reason::ForeignHoldings
    )
}

/// Whether a refusal is for bars that a halt left out and that no second source can vouch for.
fn is_hole(state: &State, scenario: &Scenario, reason: Reason) -> bool {
    let mut struck = state.fate.struck().iter();
    let halted = struck.any(|strike| strike.fault == Fault::SymbolHalted);
    reason == Reason::MissingBars && halted && scenario.settings.data.sources.len() == 1
}

/// Whether a halt has left out one of the session's two newest bars: for a single source it is not
/// over before these have come.
fn is_in_doubt(state: &State, scenario: &Scenario, slot: Slot) -> bool {
    let session = state.venue.hours().session(slot.date()).ok().flatten();
    let Some(session) = session.filter(|_| scenario.settings.data.sources.len() == 1) else {
        return false;
    };
    let symbol = scenario.settings.strategy.signal_symbol().as_str();
    let Some(series) = state.venue.series(symbol) else {
        return false;
    };
    let step = Interval::ThirtyMinutes;
    let starts = session.bar_starts(step).into_iter();
    let mut newest = starts.filter(|start| *start < slot.at() && *start + GONE_ON >= slot.at());
    let window = |start| Window {
        limit: 1,
        from: Some(start),
        until: Some(start),
    };
    newest.any(|start| series.rows(step, window(start), slot.at()).is_empty())
}

fn holding_fits(state: &mut State, scenario: &Scenario, targets: &[(Option<Target>, bool)]) {
    let held = state.venue.position(scenario.symbol().as_str());
    let held = held.map_or(Decimal::ZERO, |held| held.quantity);
    let account = state.venue.account();
    let all = |wanted: Target| {
        targets[1..]
            .iter()
            .all(|(target, free)| *target == Some(wanted) && *free)
    };
    if all(Target::Out) && !held.is_zero() {
        state
            .witness
            .breach("I5", format!("{held} shares held under Out"));
    }
    // Where a seed reads it so, what a sale brought cannot be spent before it has settled.
    let spendable = account.cash.min(account.buying_power);
    let idle = spendable.ratio_of(account.equity).unwrap_or_default();
    if all(Target::AllIn) && idle > IDLE_CASH_MAX {
        let words = format!("{spendable} of {} USD idle under AllIn", account.equity);
        state.witness.breach("I5", words);
    }
}
