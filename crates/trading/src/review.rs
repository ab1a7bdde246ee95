//! Every limit beside what was seen, kept or not: what a rehearsal shows.
//!
//! Nothing is judged here. Whether a limit stops something is said by the refusals that the gates
//! and the approval gave; [`LimitSeen::reason`] is what theirs would carry.

use market::{Decimal, Price};

use crate::judge::{Decided, Verdict};
use crate::observation::{Observation, Skew};
use crate::outcome::Reason;
use crate::settings::Settings;
use crate::state::State;

const BPS_PER_ONE: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// One limit of the configuration, its value, and the value seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSeen {
    /// Its key: `limits.orders_per_slot`.
    pub key: &'static str,
    /// The reason of a refusal by it.
    pub reason: Reason,
    /// Its value with unit.
    pub limit: String,
    /// The value seen with unit; `None` where there was nothing to hold against it.
    pub seen: Option<String>,
}

/// Every limit beside what this slot has seen. `state` is the state with the observation folded in.
#[must_use]
pub fn review(
    observation: &Observation,
    decided: &Decided,
    state: &State,
    settings: &Settings,
) -> Vec<LimitSeen> {
    let mut seen = counts(observation, state, settings);
    seen.extend(amounts(observation, decided, settings));
    seen.extend(losses(state, settings));
    seen.extend(facts(observation, decided, settings));
    seen
}

fn row(key: &'static str, reason: Reason, limit: String, seen: Option<String>) -> LimitSeen {
    LimitSeen {
        key,
        reason,
        limit,
        seen,
    }
}

fn counts(observation: &Observation, state: &State, settings: &Settings) -> Vec<LimitSeen> {
    let limits = &settings.limits;
    let count = |key, reason, limit: u32, made: u32| {
        row(key, reason, limit.to_string(), Some(made.to_string()))
    };
    vec![
        count(
            "limits.orders_per_slot",
            Reason::OrdersPerSlot,
            limits.orders_per_slot,
            state.orders_in(observation.slot),
        ),
        count(
            "limits.orders_per_day",
            Reason::OrdersPerDay,
            limits.orders_per_day,
            state.day.orders,
        ),
        count(
            "limits.reduce_only_per_day",
            Reason::ReduceOnlyPerDay,
            limits.reduce_only_per_day,
            state.day.reduce_only,
        ),
        count(
            "limits.round_trips_per_day",
            Reason::RoundTripsPerDay,
            limits.round_trips_per_day,
            state.day.round_trips,
        ),
    ]
}

/// The planned buy, and what would be held after it, against equity.
fn amounts(observation: &Observation, decided: &Decided, settings: &Settings) -> Vec<LimitSeen> {
    let limits = &settings.limits;
    let equity = observation.portfolio.account.equity;
    let point = observation.trade_price.as_ref();
    let value = |price: Price| {
        decided
            .plan
            .buy
            .as_ref()
            .map(|buy| buy.instruction.value(price))
    };
    let bought = point.and_then(|point| value(point.price));
    let held = point.map(|point| point.price * observation.portfolio.long(&decided.symbol));
    let after = held.map(|held| bought.map_or(held, |bought| held + bought));
    let of_equity = |amount: market::Money| amount.ratio_of(equity).map(percent);
    vec![
        row(
            "limits.order_notional_max_pct",
            Reason::OrderNotional,
            whole_percent(limits.order_notional_max_pct),
            bought.and_then(of_equity),
        ),
        row(
            "limits.exposure_max_pct",
            Reason::Exposure,
            whole_percent(limits.exposure_max_pct),
            after.and_then(of_equity),
        ),
    ]
}

fn losses(state: &State, settings: &Settings) -> Vec<LimitSeen> {
    let limits = &settings.limits;
    let unit = state.unit.as_ref();
    vec![
        row(
            "limits.daily_loss_max_pct",
            Reason::DailyLoss,
            whole_percent(limits.daily_loss_max_pct),
            unit.map(|unit| percent(unit.day_loss().max(Decimal::ZERO))),
        ),
        row(
            "limits.drawdown_max_pct",
            Reason::Drawdown,
            whole_percent(limits.drawdown_max_pct),
            unit.map(|unit| percent(unit.drawdown())),
        ),
    ]
}

fn facts(observation: &Observation, decided: &Decided, settings: &Settings) -> Vec<LimitSeen> {
    let limits = &settings.limits;
    let point = observation.price.as_ref();
    let jump = point.zip(observation.newest_close()).map(|(point, close)| {
        percent((point.price.decimal() / close.decimal() - Decimal::ONE).abs())
    });
    let apart = point
        .zip(observation.second_price.as_ref())
        .map(|(first, second)| {
            let apart = second.price.distance_from(first.price).abs().fraction();
            format!("{:.1} bps", apart * BPS_PER_ONE)
        });
    let skew = match observation.skew {
        Skew::Milliseconds(skew) => format!("{skew} ms"),
        Skew::Unknown => "unknown".to_owned(),
    };
    let age = point.map(|point| {
        let age = observation.slot.at().duration_since(point.at).as_secs();
        format!("{} s", age.max(0))
    });
    let usable = decided.opinions.iter();
    let usable = usable.filter(|opinion| matches!(opinion.verdict, Verdict::Decision(_)));
    let unlevered = observation.configuration.is_unlevered();
    vec![
        row(
            "limits.price_jump_max_pct",
            Reason::PriceJump,
            whole_percent(limits.price_jump_max_pct),
            jump,
        ),
        row(
            "limits.price_disagreement_max_bps",
            Reason::PriceDisagreement,
            format!("{} bps", limits.price_disagreement_max_bps),
            apart,
        ),
        // A quote is asked for only when an entry is about to be sent, so a review has none.
        row(
            "limits.spread_max_bps",
            Reason::Spread,
            format!("{} bps", limits.spread_max_bps),
            None,
        ),
        row(
            "limits.clock_skew_max_ms",
            Reason::ClockSkew,
            format!("{} ms", limits.clock_skew_max_ms),
            Some(skew),
        ),
        row(
            "limits.require_unlevered_account",
            Reason::LeveredAccount,
            limits.require_unlevered_account.to_string(),
            Some(if unlevered { "unlevered" } else { "levered" }.to_owned()),
        ),
        row(
            "data.max_price_age_s",
            Reason::Stale,
            format!("{} s", settings.data.max_price_age_s),
            age,
        ),
        row(
            "data.min_sources",
            Reason::MinSources,
            settings.min_sources().to_string(),
            Some(usable.count().to_string()),
        ),
    ]
}

fn whole_percent(value: u32) -> String {
    format!("{value} %")
}

/// `12.3 %`: one digit behind the point.
fn percent(ratio: Decimal) -> String {
    format!("{:.1} %", ratio * Decimal::ONE_HUNDRED)
}
