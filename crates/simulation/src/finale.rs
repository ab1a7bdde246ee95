//! When it is over: is everything on record, and is the portfolio right?

use std::collections::{BTreeMap, BTreeSet};

use market::bar::Interval;
use market::calendar::Slot;
use market::{Decimal, Duration, time};
use strategy::Target;
use trading::account::AccountId;
use trading::invariants::{Counterparty, Invariant, unannounced, vanished_holdings};
use trading::order::{AccountTag, OrderReport};
use trading::outcome::{Outcome, Reason, Refusal};
use trading::record::{Answer, Entry, HaltReason, Record, RunId};
use venue::model::{OrderQuery, Scope, Window};

use crate::fate::Fault;
use crate::port::report;
use crate::scenario::{CLEAN_SLOTS, Scenario};
use crate::story::{Event, Story};
use crate::world::State;

/// What may be left in cash beside a full holding: the buffer, the band and an order's rounding.
const IDLE_CASH_MAX: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// So far may an answer of the broker be behind: fills shown 20 s late in an answer that takes 9 s.
const BEHIND_MAX: Duration = time::seconds(29);

/// So long must a single source have gone on behind a halt before it is followed.
const GONE_ON: Duration = time::minutes(60);

/// Checks all that only the end can show.
pub(crate) fn check(state: &mut State, scenario: &Scenario) {
    let entries = state.witness.entries().to_vec();
    both_sides(state, &entries);
    one_outcome_each(state, scenario, &entries);
    nothing_given_up(state, scenario, &entries);
    nothing_halted_itself(state, &entries);
    nothing_is_open(state, &entries);
    portfolio_is_right(state, scenario, &entries);
}

/// What the whole truth and the whole chain show together.
fn both_sides(state: &mut State, entries: &[Entry]) {
    let account = AccountId::new(state.venue.account().id.to_string());
    let tag = AccountTag::of(&account);
    let all = state.venue.orders(&OrderQuery::new(Scope::All));
    let mut orders: Vec<OrderReport> = all.into_iter().map(report).collect();
    orders.sort_by_key(|order| order.submitted_at);
    let skews = state.processes.iter().map(|process| process.skew.abs());
    let clock_error = skews.max().unwrap_or_default();
    let counterparty = Counterparty {
        tag: &tag,
        orders: &orders,
        arrivals: state.witness.arrivals(),
        moves: state.witness.moves(),
        clock_error,
    };
    let mut found = counterparty.breaches(entries);
    found.extend(unannounced(entries, state.witness.heads_told()));
    let (seen, behind) = (state.witness.seen(), BEHIND_MAX + state.stood_still_max);
    found.extend(vanished_holdings(entries, seen, behind, clock_error));
    for breach in found {
        state.witness.found(breach);
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
                for end in [missed.first, missed.last] {
                    outcomes.entry(end).or_insert(1);
                }
            }
            _ => {}
        }
    }
    let Some(first) = entries.first().map(|entry| entry.at) else {
        return;
    };
    for slot in outcomes.keys() {
        let session = market::Calendar::nyse().session(slot.date());
        let session = session.ok().flatten();
        if session.is_none_or(|session| !session.slots().contains(slot)) {
            let words = format!("{slot} has an outcome and is no slot of the exchange");
            state.witness.breach(Invariant::I10, words);
        }
    }
    for slot in scenario.slots.iter().filter(|slot| slot.at() >= first) {
        let count = outcomes.get(slot).copied().unwrap_or(0);
        if count != 1 {
            state
                .witness
                .breach(Invariant::I10, format!("slot {slot} has {count} outcomes"));
        }
    }
}

/// I10: a slot that could be tried again is not given up. In a simulation a try fails for good only
/// where an entry was refused.
fn nothing_given_up(state: &mut State, scenario: &Scenario, entries: &[Entry]) {
    let mut tries: BTreeMap<Slot, (RunId, u32)> = BTreeMap::new();
    let mut refused: BTreeSet<Slot> = BTreeSet::new();
    for entry in entries {
        let Some(slot) = entry.slot else { continue };
        match &entry.record {
            Record::SlotOpened(opened) => {
                tries.insert(slot, (entry.run, opened.try_number));
            }
            Record::Answered(answered) if matches!(answered.answer, Answer::Refused { .. }) => {
                refused.insert(slot);
            }
            Record::SlotClosed(closed) if matches!(closed.outcome, Outcome::Failed(_)) => {
                let own = tries.get(&slot).filter(|(run, _)| *run == entry.run);
                let again = own.map(|(_, tries)| entry.at + cycle::retry_pause(*tries));
                let youth_ends = slot.at() + scenario.settings.orders.max_slot_age();
                if again.is_some_and(|again| again < youth_ends) && !refused.contains(&slot) {
                    let words = format!("{slot} was given up while it could be tried again");
                    state.witness.breach(Invariant::I10, words);
                }
            }
            _ => {}
        }
    }
}

/// No halt that only a fault of ours can bring.
fn nothing_halted_itself(state: &mut State, entries: &[Entry]) {
    for entry in entries {
        if let Record::Halted(halted) = &entry.record
            && !matches!(
                halted.reason,
                HaltReason::Owner(_) | HaltReason::InvariantBreached { .. }
            )
        {
            let seq = entry.seq;
            state.witness.breach(
                Invariant::I6,
                format!("record {seq} halts: {}", halted.reason),
            );
        }
        if let Record::SlotClosed(closed) = &entry.record {
            for breach in &closed.breaches {
                let words = format!("the cycle found: {}", breach.words);
                state.witness.breach(breach.invariant, words);
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
    let all = OrderQuery::new(Scope::All);
    let mut words = Vec::new();
    for order in state.venue.orders(&all) {
        let id = &order.client_order_id;
        if !id.starts_with("tqqq-") {
            continue;
        }
        if !known.contains(id.as_str()) {
            words.push((
                Invariant::I6,
                format!("{id} is at the exchange and not in the journal"),
            ));
        }
        if !order.status.is_terminal() {
            words.push((Invariant::I5, format!("{id} is still open")));
        }
    }
    let closed = entries.iter().rev().find_map(|entry| match &entry.record {
        Record::SlotClosed(closed) => Some(&closed.state),
        _ => None,
    });
    for (id, tracked) in closed.iter().flat_map(|state| &state.orders) {
        if tracked.state.is_unsettled() {
            words.push((
                Invariant::I5,
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
                    .breach(Invariant::I10, format!("clean slot {slot} failed: {why}"));
            }
            Some(Outcome::Missed) | None => {
                state
                    .witness
                    .breach(Invariant::I10, format!("clean slot {slot} was missed"));
            }
            Some(Outcome::Refused(refusal))
                if !is_expected(refusal.reason)
                    && !is_hole(state, scenario, refusal.reason)
                    && !is_unknown_early_close(state, *slot, refusal.reason)
                    && !is_half_sold(state, refusal) =>
            {
                state
                    .witness
                    .breach(Invariant::I5, format!("clean slot {slot}: {refusal}"));
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
            | Reason::ExDate
            | Reason::LeveredAccount
    )
}

/// Whether a refusal is for bars that a halt left out and that no second source can vouch for.
fn is_hole(state: &State, scenario: &Scenario, reason: Reason) -> bool {
    let mut struck = state.fate.struck().iter();
    let told = |story: &Story| {
        story
            .events
            .iter()
            .any(|(_, event)| matches!(event, Event::Halted(_)))
    };
    let halted = struck.any(|strike| strike.fault == Fault::SymbolHalted)
        || scenario.story.is_some_and(told);
    reason == Reason::MissingBars && halted && scenario.settings.data.sources.len() == 1
}

/// Whether a refusal is for a day that the exchange really ends early and no calendar of ours knew:
/// an early close that struck behind another one is of the day after.
fn is_unknown_early_close(state: &State, slot: Slot, reason: Reason) -> bool {
    let ours = market::Calendar::nyse().session(slot.date());
    let theirs = state.venue.hours().session(slot.date());
    reason == Reason::CalendarDisagreement && ours.ok() != theirs.ok()
}

/// Whether a refusal is for a holding that half was sold of by hand while nobody looked: only the
/// owner can tell that from a reverse split.
fn is_half_sold(state: &State, refusal: &Refusal) -> bool {
    let mut struck = state.fate.struck().iter();
    refusal.reason == Reason::SuspectedSplit
        && refusal.seen.contains(" in holding")
        && struck.any(|strike| strike.fault == Fault::ManualSale)
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
            .breach(Invariant::I5, format!("{held} shares held under Out"));
    }
    // Where a seed reads it so, what a sale brought cannot be spent before it has settled.
    let spendable = account.cash.min(account.buying_power);
    let idle = spendable.ratio_of(account.equity).unwrap_or_default();
    if all(Target::AllIn) && idle > IDLE_CASH_MAX {
        let words = format!("{spendable} of {} USD idle under AllIn", account.equity);
        state.witness.breach(Invariant::I5, words);
    }
}
