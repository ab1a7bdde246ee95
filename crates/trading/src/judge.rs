//! From what a slot saw to what it does: the pure heart of the cycle.
//!
//! The cycle calls [`judge`] with what it has just observed; replay calls it with what the record
//! says was observed. The same function, so the same answer.

use market::calendar::Slot;
use market::hours::Hour;
use market::{Price, Symbol};
use serde::{Deserialize, Serialize};
use strategy::{Averages, Decision, Holding, NotWarm, Params, Signal, Target, decide};

use crate::gates;
use crate::observation::{Observation, PricePoint, Reading, SourceName, SourceView};
use crate::outcome::{Held, Reason, Refusal};
use crate::plan::{Plan, Sizing, plan};
use crate::portfolio::Portfolio;
use crate::record::Reconstructed;
use crate::settings::{Settings, SettingsError, sections::bps};
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
    /// What is worked for: an open `Out` turns `Keep` into `Out`.
    pub target: Target,
    /// Why there is no decision.
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
    let mut state = state.clone();
    state.see(&observation.portfolio);
    let reconstructed = state
        .undecided
        .map(|undecided| reconstruct(undecided, observation, &params, settings));
    if let Some(made_up) = &reconstructed {
        state.reopen_out(made_up.bearish.first().copied(), &made_up.symbol);
    }
    let decided = decide_slot(observation, &state, settings, &params);
    Ok(Judgement {
        reconstructed,
        decided,
    })
}

fn decide_slot(
    observation: &Observation,
    state: &State,
    settings: &Settings,
    params: &Params,
) -> Decided {
    let symbol = &settings.strategy.symbol;
    let holding = if observation.portfolio.long(symbol).is_zero() {
        Holding::Flat
    } else {
        Holding::Long
    };
    let price = usable_price(observation, settings);
    let opinions: Vec<Opinion> = match &price {
        Ok(point) => observation
            .sources
            .iter()
            .map(|view| opinion(view, params, point.price, holding))
            .collect(),
        Err(_) => Vec::new(),
    };
    let verdict = price.and_then(|_| first_usable(&opinions));
    let agreement = verdict
        .as_ref()
        .ok()
        .map(|decision| agree(*decision, &opinions, settings.data.min_sources));
    let wanted = agreement
        .as_ref()
        .map_or(Target::Keep, |agreed| agreed.target);
    let target = state.effective_target(wanted);
    let mut plan = plan(
        target,
        &observation.portfolio,
        &sizing(observation, state, settings),
    );
    let disagreed = agreement.as_ref().is_some_and(|agreed| agreed.disagreed);
    if disagreed && plan.idle == Some(Held::NoSignal) {
        plan.idle = Some(Held::Disagreed);
    }
    let mut entry_stops = gates::entry_stops(observation, state, settings);
    entry_stops.extend(agreement.and_then(|agreed| agreed.too_few));
    Decided {
        symbol: symbol.clone(),
        signal_symbol: settings.strategy.signal_symbol().clone(),
        decision: verdict.as_ref().ok().copied(),
        refused: verdict.err(),
        opinions,
        wanted,
        target,
        disagreed,
        stops: gates::stops(observation, state, settings),
        entry_stops,
        plan,
    }
}

/// The price the signal is computed from, if there is one of now.
fn usable_price<'a>(
    observation: &'a Observation,
    settings: &Settings,
) -> Result<&'a PricePoint, Refusal> {
    let oldest = observation.slot.at() - settings.data.max_price_age();
    let limit = format!(
        "a trade at or after {}",
        market::time::new_york_text(oldest.max(observation.session.open))
    );
    let Some(point) = &observation.price else {
        return Err(Refusal::new(Reason::Stale, limit, "no price"));
    };
    if point.at < oldest || point.at < observation.session.open {
        let seen = format!(
            "{} at {}",
            point.price,
            market::time::new_york_text(point.at)
        );
        return Err(Refusal::new(Reason::Stale, limit, seen));
    }
    Ok(point)
}

fn opinion(view: &SourceView, params: &Params, price: Price, holding: Holding) -> Opinion {
    let verdict = match &view.reading {
        Reading::Unusable { why } => Verdict::Unusable(why.clone()),
        Reading::Usable { closed, .. } => match decide_from(closed, params, price, holding) {
            Ok(decision) => Verdict::Decision(decision),
            Err(cold) => Verdict::NotWarm(cold),
        },
    };
    Opinion {
        source: view.source.clone(),
        verdict,
    }
}

/// Folds the newest closed hours of the window and decides at `price`.
fn decide_from(
    closed: &[Hour],
    params: &Params,
    price: Price,
    holding: Holding,
) -> Result<Decision, NotWarm> {
    let mut averages = Averages::new(params);
    let skipped = closed.len().saturating_sub(params.window_hours() as usize);
    for hour in &closed[skipped..] {
        averages.push(hour.close);
    }
    decide(params, &averages, price, holding)
}

/// The first usable source's decision, or why there is none.
fn first_usable(opinions: &[Opinion]) -> Result<Decision, Refusal> {
    for opinion in opinions {
        match &opinion.verdict {
            Verdict::Decision(decision) => return Ok(*decision),
            Verdict::NotWarm(cold) => {
                let limit = format!("{} closed hours", cold.needed);
                return Err(Refusal::new(
                    Reason::NotWarm,
                    limit,
                    cold.closed.to_string(),
                ));
            }
            Verdict::Unusable(_) => {}
        }
    }
    let why = |opinion: &Opinion| match &opinion.verdict {
        Verdict::Unusable(why) => format!("{}: {why}", opinion.source),
        Verdict::Decision(_) | Verdict::NotWarm(_) => String::new(),
    };
    let seen: Vec<String> = opinions.iter().map(why).collect();
    Err(Refusal::new(
        Reason::NoData,
        "one usable source",
        seen.join("; "),
    ))
}

struct Agreement {
    target: Target,
    disagreed: bool,
    too_few: Option<Refusal>,
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
    plan(
        decided.target,
        portfolio,
        &sizing(observation, state, settings),
    )
}

/// Decides slots nobody decided from the bars seen now: the hours closed before each, and its
/// price. A bearish one will open an `Out`; a bullish one never buys.
fn reconstruct(
    undecided: Undecided,
    observation: &Observation,
    params: &Params,
    settings: &Settings,
) -> Reconstructed {
    let hours = observation
        .sources
        .iter()
        .find_map(|view| match &view.reading {
            Reading::Usable { closed, .. } => Some(closed.as_slice()),
            Reading::Unusable { .. } => None,
        });
    let mut made_up = Reconstructed {
        symbol: settings.strategy.symbol.clone(),
        bearish: Vec::new(),
        decided: 0,
        undecidable: 0,
    };
    let in_range = |slot: &Slot| (undecided.first..=undecided.last).contains(slot);
    for (slot, price) in observation
        .missed_prices
        .iter()
        .filter(|(slot, _)| in_range(slot))
    {
        let closed = hours.unwrap_or_default();
        let before = closed.partition_point(|hour| hour.end <= slot.at());
        match decide_from(&closed[..before], params, *price, Holding::Long) {
            Ok(decision) => {
                made_up.decided += 1;
                if decision.target == Target::Out {
                    made_up.bearish.push(*slot);
                }
            }
            Err(_) => made_up.undecidable += 1,
        }
    }
    made_up
}
