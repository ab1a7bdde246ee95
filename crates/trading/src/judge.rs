//! From what a slot saw to what it does: the pure heart of the cycle.
//!
//! The cycle calls [`judge`] with what it has just observed; replay calls it with what the record
//! says was observed. The same function, so the same answer.

use std::collections::BTreeSet;

use market::calendar::Slot;
use market::hours::Hour;
use market::{Instant, Price, Symbol};
use serde::{Deserialize, Serialize};
use strategy::{Averages, Decision, Holding, NotWarm, Params, Signal, Target, decide};

use crate::gates;
use crate::observation::{Observation, PricePoint, Reading, SourceName, SourceView};
use crate::outcome::{Held, Reason, Refusal};
use crate::plan::{Plan, Sizing, plan, plan_flatten, plan_out};
use crate::portfolio::Portfolio;
use crate::record::Reconstructed;
use crate::revision::Revised;
use crate::settings::sections::{DataSettings, bps};
use crate::settings::{Settings, SettingsError};
use crate::state::{State, Undecided};

/// What one source says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// Which source.
    pub source: SourceName,
    /// Its decision, or why it has none.
    pub verdict: Verdict,
}

/// A source's decision, or why it has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It decides so.
    Decision(Decision),
    /// Its history is too short.
    NotWarm(NotWarm),
    /// It is not to be used now.
    Unusable(String),
}

/// What a slot made of what it saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// What is traded.
    pub symbol: Symbol,
    /// Whose hours and price gave the signal.
    pub signal_symbol: Symbol,
    /// What every source says.
    pub opinions: Vec<Opinion>,
    /// The decision followed: the first usable source's.
    pub decision: Option<Decision>,
    /// What is wanted after agreement among the sources.
    pub wanted: Target,
    /// What is worked for: an open `Out` turns `Keep` into `Out`, and so does the owner's wish to
    /// sell everything, whatever is wanted.
    pub target: Target,
    /// Why there is no decision, or why it is not acted on at all.
    pub refused: Option<Refusal>,
    /// Whether a source held back an entry the first one wanted.
    pub disagreed: bool,
    /// Rules that stop every order now.
    pub stops: Vec<Refusal>,
    /// Rules that stop entries now.
    pub entry_stops: Vec<Refusal>,
    /// What is to be done.
    pub plan: Plan,
}

impl Eq for Decided {}

/// A decision, and decisions made up for slots that had none.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Decisions of slots nobody decided, where there were such.
    pub reconstructed: Option<Reconstructed>,
    /// Earlier signals that would be others from the bars seen now.
    pub revised: Vec<Revised>,
    /// This slot's.
    pub decided: Decided,
}

/// Judges what was observed. `state` is the state before the observation is recorded.
///
/// # Errors
/// [`SettingsError`] when the strategy's parameters make no sense.
pub fn judge(
    observation: &Observation,
    state: &State,
    settings: &Settings,
) -> Result<Judgement, SettingsError> {
    let params = settings.strategy.params()?;
    let revised = state
        .memory
        .revised(observation, &params, state.configuration());
    let mut state = state.clone();
    state.observe(observation);
    let reconstructed = state
        .undecided
        .and_then(|undecided| reconstruct(undecided, observation, &params, settings));
    if let Some(made_up) = &reconstructed {
        state.reopen_out(made_up.opens_out(), &made_up.symbol);
    }
    let made = decide_slot(observation, &state, settings, &params);
    let decided = market::sabotage!(
        ReconstructedBuys,
        match reconstructed.as_ref().and_then(|made_up| made_up.bullish) {
            Some(_) if made.refused.is_none() && made.target == Target::Keep => {
                let (to, seen) = (Target::AllIn, observation);
                let plan = plan_for(to, to, &seen.portfolio, seen, &state, settings);
                Decided {
                    target: to,
                    plan,
                    ..made
                }
            }
            _ => made,
        },
        made
    );
    Ok(Judgement {
        reconstructed,
        revised,
        decided,
    })
}

fn decide_slot(
    observation: &Observation,
    state: &State,
    settings: &Settings,
    params: &Params,
) -> Decided {
    let suspected = gates::split_suspected(&observation.suspected_splits, state);
    let (session, data) = (observation.session, &settings.data);
    let price = suspected
        .map_or_else(
            || {
                usable_price(
                    observation.price.as_ref(),
                    observation.slot,
                    session.open,
                    data,
                )
            },
            Err,
        )
        .map(|point| point.price);
    let holding = holding(&observation.portfolio, &settings.strategy.symbol);
    let Survey {
        opinions,
        verdict,
        wanted,
        disagreed,
        too_few,
        ..
    } = survey(
        &observation.sources,
        observation.slot,
        price,
        holding,
        settings,
        params,
    );
    let flattens = flattens(state);
    let target = if flattens {
        Target::Out
    } else {
        state.effective_target(wanted)
    };
    let foreign = (target == Target::AllIn)
        .then(|| gates::not_adopted(&observation.portfolio, state, settings))
        .flatten();
    let portfolio = &observation.portfolio;
    let mut plan = plan_for(target, wanted, portfolio, observation, state, settings);
    if foreign.is_some() {
        plan = Plan::idle(target, Held::NotAdopted);
    } else if disagreed && target == Target::Keep {
        plan = Plan::idle(target, Held::Disagreed);
    }
    let mut entry_stops = gates::entry_stops(observation, state, settings);
    entry_stops.extend(too_few);
    Decided {
        symbol: settings.strategy.symbol.clone(),
        signal_symbol: settings.strategy.signal_symbol().clone(),
        decision: verdict.as_ref().ok().copied(),
        refused: verdict.err().or(foreign),
        opinions,
        wanted,
        target,
        disagreed,
        stops: gates::stops(observation, state, settings),
        entry_stops,
        plan,
    }
}

/// Whether the owner wants everything sold.
fn flattens(state: &State) -> bool {
    state.halt.as_ref().is_some_and(|halt| halt.flatten)
}

/// What all sources say together of one price: whose decision is followed, and what is wanted once
/// they have been held against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// What each source says, in the configured order; empty without a price.
    pub opinions: Vec<Opinion>,
    /// The decision followed, or why there is none.
    pub verdict: Result<Decision, Refusal>,
    /// The source whose decision that is.
    pub leader: Option<SourceName>,
    /// What is wanted after agreement; `Keep` without a decision.
    pub wanted: Target,
    /// Whether a source held back an entry the first one wanted.
    pub disagreed: bool,
    /// Why too few sources are usable for an entry.
    pub too_few: Option<Refusal>,
}

/// Asks every source in turn. `price` is the price the signal is taken at, or why there is none;
/// hours that were not closed at `slot` count for nothing.
#[must_use]
pub fn survey(
    views: &[SourceView],
    slot: Slot,
    price: Result<Price, Refusal>,
    holding: Holding,
    settings: &Settings,
    params: &Params,
) -> Survey {
    let opinions = price.map(|price| opinions(views, slot, params, price, holding));
    let lead = match &opinions {
        Ok(opinions) => first_usable(opinions, views),
        Err(stale) => Err(stale.clone()),
    };
    let opinions = opinions.unwrap_or_default();
    let agreement = match &lead {
        Ok((_, decision)) => agree(*decision, &opinions, settings.min_sources()),
        Err(_) => Agreement::none(),
    };
    Survey {
        leader: lead.as_ref().ok().map(|(source, _)| source.clone()),
        verdict: lead.map(|(_, decision)| decision),
        opinions,
        wanted: agreement.target,
        disagreed: agreement.disagreed,
        too_few: agreement.too_few,
    }
}

/// The price the signal of `slot` is computed from, if it was made in the session that began at
/// `open` and close enough to the slot.
///
/// # Errors
/// The [`Refusal`] `Stale`.
pub fn usable_price<'a>(
    price: Option<&'a PricePoint>,
    slot: Slot,
    open: Instant,
    data: &DataSettings,
) -> Result<&'a PricePoint, Refusal> {
    let oldest = (slot.at() - data.max_price_age()).max(open);
    let limit = format!(
        "a trade at or after {}",
        market::time::new_york_text(oldest)
    );
    let Some(point) = price else {
        return Err(Refusal::new(Reason::Stale, limit, "no price"));
    };
    if market::sabotage!(StalePrice, false, point.at < oldest) {
        let seen = format!(
            "{} at {}",
            point.price,
            market::time::new_york_text(point.at)
        );
        return Err(Refusal::new(Reason::Stale, limit, seen));
    }
    Ok(point)
}

fn holding(portfolio: &Portfolio, symbol: &Symbol) -> Holding {
    if portfolio.long(symbol).is_zero() {
        Holding::Flat
    } else {
        Holding::Long
    }
}

/// What every source says of `price`, in the configured order.
fn opinions(
    views: &[SourceView],
    slot: Slot,
    params: &Params,
    price: Price,
    holding: Holding,
) -> Vec<Opinion> {
    let opinion = |view: &SourceView| Opinion {
        source: view.source.clone(),
        verdict: match &view.reading {
            Reading::Unusable { why } => Verdict::Unusable(why.clone()),
            Reading::Usable { closed, .. } => decide_from(closed, slot, params, price, holding)
                .map_or_else(Verdict::NotWarm, Verdict::Decision),
        },
    };
    views.iter().map(opinion).collect()
}

/// Folds the newest hours of the window that were closed at `slot` and decides at `price`. An hour
/// whose end had not passed counts for nothing, whatever a source calls it.
fn decide_from(
    hours: &[Hour],
    slot: Slot,
    params: &Params,
    price: Price,
    holding: Holding,
) -> Result<Decision, NotWarm> {
    let had_ended = |hour: &Hour| market::sabotage!(FormingBarCounts, true, hour.end <= slot.at());
    let closed = &hours[..hours.partition_point(had_ended)];
    let folded = market::sabotage!(NoWarmUp, params.slow, params.window_hours());
    let skipped = closed.len().saturating_sub(folded as usize);
    let mut averages = Averages::new(params);
    for hour in &closed[skipped..] {
        averages.push(hour.close);
    }
    decide(params, &averages, price, holding)
}

/// The decision followed and whose it is: the first source's that has one and may lead. A source
/// with too short a history gives none and makes way for the next, like one that cannot be used at
/// all; one that only confirms leads where it is the only one.
#[must_use]
pub fn leading<'a>(
    opinions: &'a [Opinion],
    views: &[SourceView],
) -> Option<(&'a SourceName, &'a Decision)> {
    let pairs = opinions.iter().zip(views);
    let mut may_lead = pairs.filter(|(_, view)| view.leads(views));
    may_lead.find_map(|(opinion, _)| match &opinion.verdict {
        Verdict::Decision(decision) => Some((&opinion.source, decision)),
        Verdict::NotWarm(_) | Verdict::Unusable(_) => None,
    })
}

/// The decision followed, or why there is none.
fn first_usable(
    opinions: &[Opinion],
    views: &[SourceView],
) -> Result<(SourceName, Decision), Refusal> {
    if let Some((source, decision)) = leading(opinions, views) {
        return Ok((source.clone(), *decision));
    }
    let mut cold = None;
    let mut unusable = Vec::new();
    for opinion in opinions {
        match &opinion.verdict {
            Verdict::Decision(_) => unusable.push(format!(
                "{}: one exchange's bars confirm, they do not lead",
                opinion.source
            )),
            Verdict::NotWarm(found) => cold = cold.or(Some(*found)),
            Verdict::Unusable(why) => unusable.push(format!("{}: {why}", opinion.source)),
        }
    }
    Err(match cold {
        Some(cold) => Refusal::new(
            Reason::NotWarm,
            format!("{} closed hours", cold.needed),
            cold.closed.to_string(),
        ),
        None => Refusal::new(Reason::NoData, "one usable source", unusable.join("; ")),
    })
}

struct Agreement {
    target: Target,
    disagreed: bool,
    too_few: Option<Refusal>,
}

impl Agreement {
    /// Nobody said anything.
    fn none() -> Self {
        Self {
            target: Target::Keep,
            disagreed: false,
            too_few: None,
        }
    }
}

/// An entry needs every usable source bullish and enough of them; an exit follows the first.
fn agree(primary: Decision, opinions: &[Opinion], min_sources: u32) -> Agreement {
    let others: Vec<Signal> = opinions
        .iter()
        .filter_map(|opinion| match &opinion.verdict {
            Verdict::Decision(decision) => Some(decision.signal),
            Verdict::NotWarm(_) | Verdict::Unusable(_) => None,
        })
        .collect();
    let disagreed =
        primary.target == Target::AllIn && others.iter().any(|signal| *signal != Signal::Bullish);
    let too_few = others.len() < min_sources as usize;
    Agreement {
        target: if disagreed {
            Target::Keep
        } else {
            primary.target
        },
        disagreed,
        too_few: too_few.then(|| {
            Refusal::new(
                Reason::MinSources,
                format!("{min_sources} usable sources"),
                others.len().to_string(),
            )
        }),
    }
}

/// How entries are sized, from the observed facts and the state.
#[must_use]
pub fn sizing(observation: &Observation, state: &State, settings: &Settings) -> Sizing {
    let orders = &settings.orders;
    Sizing {
        symbol: settings.strategy.symbol.clone(),
        price: observation.trade_price.as_ref().map(|point| point.price),
        style: orders.order,
        collar: bps(orders.collar_bps),
        cash_buffer: bps(orders.cash_buffer_bps),
        rebalance_band: bps(orders.rebalance_band_bps),
        fractional: observation.asset.fractionable
            && observation.configuration.fractional_trading != Some(false),
        topped_up: state.day.top_ups > 0,
    }
}

/// The plan once more, from the portfolio a leg left behind.
#[must_use]
pub fn replan(
    decided: &Decided,
    portfolio: &Portfolio,
    observation: &Observation,
    state: &State,
    settings: &Settings,
) -> Plan {
    let (target, wanted) = (decided.target, decided.wanted);
    // What came while an order was on its way is no less somebody's.
    let is_foreign = gates::not_adopted(portfolio, state, settings).is_some();
    if target == Target::AllIn && is_foreign && !flattens(state) {
        return Plan::idle(target, Held::NotAdopted);
    }
    plan_for(target, wanted, portfolio, observation, state, settings)
}

/// The plan towards `target`. An `Out` that is open goes on selling what it was opened for, also
/// when the configuration has named another symbol since; what is `wanted` sold now is sold with
/// it. While the owner wants everything sold nothing else is planned.
fn plan_for(
    target: Target,
    wanted: Target,
    portfolio: &Portfolio,
    observation: &Observation,
    state: &State,
    settings: &Settings,
) -> Plan {
    if flattens(state) {
        return plan_flatten(portfolio);
    }
    if let (Target::Out, Some(open)) = (target, &state.open_out) {
        let named = (wanted == Target::Out).then_some(&settings.strategy.symbol);
        let symbols: BTreeSet<Symbol> = open.symbols().chain(named).cloned().collect();
        return plan_out(portfolio, &symbols);
    }
    plan(target, portfolio, &sizing(observation, state, settings))
}

/// Decides slots nobody decided from the bars seen now: the hours closed before each, and its
/// price. A bearish one will open an `Out`; a bullish one never buys. `None` while no source that
/// may lead has bars: the slots wait for the next that has.
fn reconstruct(
    undecided: Undecided,
    observation: &Observation,
    params: &Params,
    settings: &Settings,
) -> Option<Reconstructed> {
    let views = &observation.sources;
    if !observation.suspected_splits.is_empty() || !views.iter().any(|view| view.leads(views)) {
        return None;
    }
    let (mut bearish, mut bullish, mut decided) = (Vec::new(), None, 0);
    let slots = undecided.first..=undecided.last;
    for (slot, price) in observation.missed_prices.range(slots) {
        let said = survey(views, *slot, Ok(*price), Holding::Long, settings, params);
        decided += u32::from(said.verdict.is_ok());
        match said.wanted {
            Target::Out => bearish.push(*slot),
            Target::AllIn if said.too_few.is_none() => bullish = Some(*slot),
            Target::AllIn | Target::Keep => {}
        }
    }
    Some(Reconstructed {
        symbol: settings.strategy.symbol.clone(),
        bearish,
        bullish,
        decided,
        undecidable: undecided.count.saturating_sub(decided),
    })
}
