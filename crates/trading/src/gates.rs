//! The gates of EXECUTION §6: which rules stop every order, and which stop entries only.
//!
//! An exit is never stopped by an entry rule: the two lists are made apart and the second is
//! never asked about a reduce-only order.

use market::{Decimal, Duration, Instant, Symbol, time};

use crate::holes;
use crate::observation::{Observation, SessionHours, Skew, SuspectedSplit};
use crate::outcome::{Reason, Refusal};
use crate::portfolio::Portfolio;
use crate::record::{HaltLevel, Halted};
use crate::settings::{
    Settings, Venue,
    sections::{bps, percent},
};
use crate::state::State;

/// No trade for so long in session means that the symbol does not trade.
pub const NO_TRADE_MAX: Duration = time::minutes(5);

/// On an ex-date nothing is ordered for so long after the opening.
pub const EX_DATE_CALM: Duration = time::minutes(30);

/// Rules that stop every order.
#[must_use]
pub fn stops(observation: &Observation, state: &State, settings: &Settings) -> Vec<Refusal> {
    [
        frozen(state.halt.as_ref()),
        account_blocked(observation),
        wrong_account(observation, state),
        market_closed(observation),
        not_trading(observation),
        split_suspected(&observation.suspected_splits, state),
        ex_date_opening(observation),
        not_tradable(observation),
        unsettled(state, settings),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Rules that stop entries only.
#[must_use]
pub fn entry_stops(observation: &Observation, state: &State, settings: &Settings) -> Vec<Refusal> {
    [
        halted(state.halt.as_ref()),
        not_armed(observation, state, settings),
        not_adopted(&observation.portfolio, state, settings),
        foreign_assets(observation),
        configuration_unread(observation),
        levered(observation, settings),
        calendar_disagrees(observation),
        holes::contested(observation),
        holes::missing_bars(observation, settings),
        clock_skewed(observation, settings),
        price_jumped(observation, settings),
        prices_disagree(observation, settings),
        flows_unread(observation),
        daily_loss(state, settings),
        drawdown(state, settings),
        round_trips(state, settings),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A freeze stops everything.
#[must_use]
pub fn frozen(halt: Option<&Halted>) -> Option<Refusal> {
    halt.filter(|halt| market::sabotage!(FreezeLetsExits, false, halt.level == HaltLevel::Frozen))
        .map(|halt| {
            Refusal::new(
                Reason::Frozen,
                "no freeze in force",
                halt.reason.to_string(),
            )
        })
}

/// A halt stops entries.
#[must_use]
pub fn halted(halt: Option<&Halted>) -> Option<Refusal> {
    halt.map(|halt| Refusal::new(Reason::Halted, "no halt in force", halt.reason.to_string()))
}

fn account_blocked(observation: &Observation) -> Option<Refusal> {
    let suspended = (observation.configuration.suspend_trade == Some(true))
        .then(|| "trading suspended by the owner".to_owned());
    let blocked = observation
        .portfolio
        .account
        .block
        .as_ref()
        .map(ToString::to_string);
    blocked
        .or(suspended)
        .map(|seen| Refusal::new(Reason::AccountBlocked, "an active account", seen))
}

fn wrong_account(observation: &Observation, state: &State) -> Option<Refusal> {
    let bound = &state.binding.as_ref()?.account;
    let seen = &observation.portfolio.account.id;
    (bound != seen).then(|| {
        Refusal::new(
            Reason::WrongAccount,
            format!("account {bound}"),
            seen.to_string(),
        )
    })
}

/// Closed by the broker's clock or by either calendar; the earlier close wins.
fn market_closed(observation: &Observation) -> Option<Refusal> {
    let open = |hours: SessionHours| (hours.open..hours.close).contains(&observation.at);
    let by_clock = observation.clock.is_open;
    let by_ours = open(observation.session);
    let by_broker = observation.broker_session.is_some_and(open);
    (!(by_clock && by_ours && by_broker)).then(|| {
        let seen = format!(
            "broker's clock {by_clock}, our calendar {by_ours}, broker's calendar {by_broker}"
        );
        Refusal::new(
            Reason::MarketClosed,
            "open by the broker's clock and both calendars",
            seen,
        )
    })
}

fn not_trading(observation: &Observation) -> Option<Refusal> {
    let point = observation.trade_price.as_ref()?;
    let age = observation.at.duration_since(point.at);
    let too_old = market::sabotage!(StalePrice, false, age > NO_TRADE_MAX);
    too_old.then(|| {
        Refusal::new(
            Reason::NotTrading,
            "a trade in the last 5 minutes",
            format!("the last {} s ago", age.as_secs()),
        )
    })
}

fn not_tradable(observation: &Observation) -> Option<Refusal> {
    (!observation.asset.tradable).then(|| {
        Refusal::new(
            Reason::NotTradable,
            "tradable at the broker",
            observation.asset.symbol.to_string(),
        )
    })
}

fn unsettled(state: &State, settings: &Settings) -> Option<Refusal> {
    let symbol = &settings.strategy.symbol;
    let (id, tracked) = state
        .unsettled()
        .find(|(_, tracked)| &tracked.order().symbol == symbol)?;
    let seen = format!("{id} is {:?}", tracked.state);
    Some(Refusal::new(
        Reason::UnsettledIntent,
        format!("no order in {symbol} without a known end"),
        seen,
    ))
}

/// Holdings of others stop entries, and the sales that would make room for one: those at first
/// contact until they are adopted, where the money is real each that comes later too.
pub(crate) fn not_adopted(
    portfolio: &Portfolio,
    state: &State,
    settings: &Settings,
) -> Option<Refusal> {
    let positions = &portfolio.positions;
    let symbols = || positions.iter().map(|position| &position.symbol);
    let strangers = state.strangers(symbols(), &settings.strategy.symbol);
    let is_real = settings.venue == Venue::AlpacaLive;
    let counts = |symbol: &Symbol| !state.adopted || (is_real && strangers.contains(symbol));
    let held: Vec<String> = positions
        .iter()
        .filter(|position| counts(&position.symbol))
        .map(|position| format!("{} {}", position.quantity, position.symbol))
        .collect();
    (!state.adopted || !held.is_empty()).then(|| {
        Refusal::new(
            Reason::ForeignHoldings,
            "an account for this program alone",
            held.join(", "),
        )
    })
}

fn foreign_assets(observation: &Observation) -> Option<Refusal> {
    let foreign = observation.portfolio.foreign_assets().next()?;
    Some(Refusal::new(
        Reason::ForeignAsset,
        "US equities only",
        foreign.symbol.to_string(),
    ))
}

/// Unread settings are neither right nor wrong; whether the last fence stands is not known.
fn configuration_unread(observation: &Observation) -> Option<Refusal> {
    let why = observation.configuration_unread.as_ref()?;
    let limit = "the account's settings at the broker read";
    Some(Refusal::new(
        Reason::ConfigurationUnread,
        limit,
        why.clone(),
    ))
}

fn levered(observation: &Observation, settings: &Settings) -> Option<Refusal> {
    if observation.configuration_unread.is_some() {
        return None;
    }
    let configuration = &observation.configuration;
    (settings.limits.require_unlevered_account && !configuration.is_unlevered()).then(|| {
        let multiplier = configuration
            .max_margin_multiplier
            .map_or_else(|| "unknown".to_owned(), |m| m.to_string());
        let shorts = configuration
            .no_shorting
            .map_or("unknown", |no| if no { "true" } else { "false" });
        let seen = format!("max_margin_multiplier {multiplier}, no_shorting {shorts}");
        Refusal::new(
            Reason::LeveredAccount,
            "max_margin_multiplier 1 and no_shorting true at the broker",
            seen,
        )
    })
}

fn calendar_disagrees(observation: &Observation) -> Option<Refusal> {
    (observation.broker_session != Some(observation.session)).then(|| {
        let text = |hours: SessionHours| {
            format!(
                "{} to {}",
                time::new_york_text(hours.open),
                time::new_york_text(hours.close)
            )
        };
        let seen = observation
            .broker_session
            .map_or_else(|| "no session".to_owned(), text);
        Refusal::new(
            Reason::CalendarDisagreement,
            text(observation.session),
            seen,
        )
    })
}

fn clock_skewed(observation: &Observation, settings: &Settings) -> Option<Refusal> {
    let limit = settings.limits.clock_skew_max_ms;
    let refusal = |seen: String| {
        Some(Refusal::new(
            Reason::ClockSkew,
            format!("at most {limit} ms"),
            seen,
        ))
    };
    match observation.skew {
        Skew::Milliseconds(skew) if skew.unsigned_abs() <= u64::from(limit) => None,
        Skew::Milliseconds(skew) => refusal(format!("{skew} ms")),
        Skew::Unknown => refusal("unknown: no request was quick enough to tell".to_owned()),
    }
}

/// The signal price against the newest closed hour of the first usable source.
fn price_jumped(observation: &Observation, settings: &Settings) -> Option<Refusal> {
    let price = observation.price.as_ref()?.price;
    let close = observation.newest_close()?;
    let jump = (price.decimal() / close.decimal() - Decimal::ONE).abs();
    let limit = settings.limits.price_jump_max_pct;
    (jump > percent(limit)).then(|| {
        let seen = format!("{price} after a close of {close}");
        Refusal::new(
            Reason::PriceJump,
            format!("at most {limit} % from the last close"),
            seen,
        )
    })
}

/// Two sources' prices of the signal symbol, both of now.
fn prices_disagree(observation: &Observation, settings: &Settings) -> Option<Refusal> {
    let (first, second) = (
        observation.price.as_ref()?,
        observation.second_price.as_ref()?,
    );
    let oldest = observation.slot.at() - settings.data.max_price_age();
    let apart = second.price.distance_from(first.price).abs();
    let limit = settings.limits.price_disagreement_max_bps;
    (second.at >= oldest && apart > bps(limit)).then(|| {
        let seen = format!(
            "{} from {}, {} from {}",
            first.price, first.source, second.price, second.source
        );
        Refusal::new(
            Reason::PriceDisagreement,
            format!("at most {limit} bps apart"),
            seen,
        )
    })
}

/// Without the transfers a loss cannot be told from a withdrawal, nor a gain from a deposit.
fn flows_unread(observation: &Observation) -> Option<Refusal> {
    let why = observation.flows_unread.as_ref()?;
    let limit = "the account's transfers, dividends and fees read";
    Some(Refusal::new(Reason::FlowsUnread, limit, why.clone()))
}

/// Loss since yesterday, net of transfers, dividends and fees.
fn daily_loss(state: &State, settings: &Settings) -> Option<Refusal> {
    let limit = settings.limits.daily_loss_max_pct;
    loss_beyond(state.unit.as_ref()?.day_loss(), limit)
        .map(|seen| Refusal::new(Reason::DailyLoss, format!("at most {limit} % a day"), seen))
}

/// Loss from the high-water mark, net of transfers, dividends and fees.
fn drawdown(state: &State, settings: &Settings) -> Option<Refusal> {
    let limit = settings.limits.drawdown_max_pct;
    loss_beyond(state.unit.as_ref()?.drawdown(), limit).map(|seen| {
        let limit = format!("at most {limit} % from the high-water mark");
        Refusal::new(Reason::Drawdown, limit, seen)
    })
}

/// A loss in words, when it is beyond `limit` percent.
fn loss_beyond(loss: Decimal, limit: u32) -> Option<String> {
    (loss > percent(limit)).then(|| format!("{} %", (loss * Decimal::ONE_HUNDRED).round_dp(2)))
}

/// On a live account entries need the owner's unexpired word.
fn not_armed(observation: &Observation, state: &State, settings: &Settings) -> Option<Refusal> {
    if settings.venue != Venue::AlpacaLive {
        return None;
    }
    unarmed(state, observation.at)
}

/// No unexpired word of the owner at this moment.
pub(crate) fn unarmed(state: &State, now: Instant) -> Option<Refusal> {
    let limit = "`tqqq arm --for D` in force";
    match state.armed_until {
        Some(until) if now < until => None,
        Some(until) => {
            let seen = format!("armed until {}", time::new_york_text(until));
            Some(Refusal::new(Reason::NotArmed, limit, seen))
        }
        None => Some(Refusal::new(Reason::NotArmed, limit, "not armed")),
    }
}

/// A jump like a split that nobody announced and the owner has not ruled on.
#[must_use]
pub fn split_suspected(suspects: &[SuspectedSplit], state: &State) -> Option<Refusal> {
    market::sabotage!(SuspectedTraded, {
        return None;
    });
    let ruled = |suspect: &&SuspectedSplit| {
        state
            .split_rulings
            .iter()
            .any(|ruled| ruled.symbol == suspect.symbol && ruled.split.date == suspect.split.date)
    };
    let suspect = suspects.iter().find(|suspect| !ruled(suspect))?;
    let seen = format!(
        "{} {} on {} in {}; say `tqqq split accept` or `tqqq split deny`",
        suspect.symbol, suspect.split.ratio, suspect.split.date, suspect.seen_in
    );
    Some(Refusal::new(
        Reason::SuspectedSplit,
        "no jump like a split without an announcement",
        seen,
    ))
}

/// On an ex-date the first half hour is left to the vendors' and the broker's books.
fn ex_date_opening(observation: &Observation) -> Option<Refusal> {
    let calm = observation.session.open + EX_DATE_CALM;
    (observation.ex_date && observation.at < calm).then(|| {
        let limit = format!(
            "no order before {} on an ex-date",
            time::new_york_text(calm)
        );
        Refusal::new(Reason::ExDate, limit, time::new_york_text(observation.at))
    })
}

fn round_trips(state: &State, settings: &Settings) -> Option<Refusal> {
    let limit = settings.limits.round_trips_per_day;
    let seen = state.day.round_trips;
    (seen >= limit).then(|| {
        Refusal::new(
            Reason::RoundTripsPerDay,
            format!("at most {limit} a day"),
            format!("{seen} made"),
        )
    })
}
