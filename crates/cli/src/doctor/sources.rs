//! The sources: whether each takes its key, serves half-hour bars and a timed price, and has credits.

use connectors::assemble::{AssembleError, Connected, Keys, assemble, twelve_data};
use connectors::budget::Rate;
use connectors::twelve_data::api_usage::Usage;
use connectors::{alpaca, fmp};
use cycle::Ports;
use cycle::port::ReadError;
use cycle::sighting::{PriceSeen, Sighting, SourceSeen, look};
use market::Instant;
use market::time::new_york_text;
use trading::judge::{Survey, Verdict};
use trading::observation::Reading;
use trading::outcome::Reason;
use trading::settings::Settings;

use super::{Finding, Level, Subject};
use crate::command::ports;
use crate::exchange::Exchange;
use crate::fault::{Fault, Outcome};
use crate::{ledger_file, runner};

/// Credits a slot takes at Twelve Data when all goes well: one for bars, one for a price.
const CREDITS_A_SLOT: u32 = 2;
/// Credits a slot may take when prices come late: they are asked for four times.
const CREDITS_A_SLOT_MAX: u32 = 5;
const AGAIN: &str = "try again; if it lasts, see the vendor's status page";

/// Lines about every source of bars and prices.
pub(super) async fn findings(
    subject: &Subject<'_>,
    exchange: &Exchange,
    keys: &Keys,
) -> Vec<Finding> {
    let settings = &subject.configuration.settings;
    let mut findings = Vec::new();
    let unasked = settings
        .data
        .sources
        .iter()
        .filter(|name| !has_key(name, keys));
    findings.extend(unasked.map(|name| {
        let found = "not asked: its key is not at hand";
        Finding::bad(format!("{name} bars"), found, "give the key first")
    }));
    match sighted(subject, exchange, keys).await {
        Ok(Some(sighting)) => findings.extend(told(&sighting, settings)),
        Ok(None) => {}
        Err(fault) => findings.push(Finding::of_fault("bars", &fault, AGAIN)),
    }
    let is_asked = |name: &str| settings.data.sources.iter().any(|source| source == name);
    if is_asked(connectors::twelve_data::NAME) && keys.twelve_data.is_some() {
        findings.push(credits(subject, exchange, keys).await);
    }
    if is_asked(fmp::NAME) && keys.fmp.is_some() {
        let found = "fmp tells no count; a day takes about 26 calls, the free plan grants 250";
        findings.push(Finding::ok("fmp credits", found));
    }
    findings
}

fn has_key(source: &str, keys: &Keys) -> bool {
    match source {
        connectors::twelve_data::NAME => keys.twelve_data.is_some(),
        fmp::NAME => keys.fmp.is_some(),
        _ => keys.alpaca.is_some(),
    }
}

/// Looks at all sources whose keys are at hand, as `signal` does; `None` when there is none.
async fn sighted(
    subject: &Subject<'_>,
    exchange: &Exchange,
    keys: &Keys,
) -> Outcome<Option<Sighting>> {
    let settings = &subject.configuration.settings;
    let mut with_keys = settings.clone();
    with_keys.data.sources.retain(|name| has_key(name, keys));
    if with_keys.data.sources.is_empty() {
        return Ok(None);
    }
    let connected = connect(&with_keys, exchange, keys).map_err(Fault::input)?;
    // A journal that cannot be read is told of elsewhere; the sources need none.
    let existing = subject.journal.clone().filter(|path| path.exists());
    let journal = ledger_file::to_look_at(existing, &exchange.clock)
        .or_else(|_| ledger_file::to_look_at(None, &exchange.clock))?;
    let ports: Ports = ports(connected, journal, exchange.clock.clone());
    let ports = match keys.alpaca {
        Some(_) => ports,
        None => Ports {
            corporate_actions: None,
            ..ports
        },
    };
    let sighting = look(&ports, settings).await.map_err(runner::fault)?;
    Ok(Some(sighting))
}

/// The sources of `settings`; without Alpaca's keys nobody is asked with any.
fn connect(
    settings: &Settings,
    exchange: &Exchange,
    keys: &Keys,
) -> Result<Connected, AssembleError> {
    let mut stand_in = keys.clone();
    stand_in.alpaca = stand_in.alpaca.or(Keys::placeholders().alpaca);
    let mut connected = assemble(settings, exchange.own_url(), &stand_in, &exchange.clock)?;
    if keys.alpaca.is_none() {
        connected
            .price_sources
            .retain(|source| source.name().0 != alpaca::NAME);
    }
    Ok(connected)
}

fn told(sighting: &Sighting, settings: &Settings) -> Vec<Finding> {
    let survey = match sighting.survey(settings) {
        Ok(survey) => survey,
        Err(error) => {
            return vec![Finding::of_error(
                "bars",
                error,
                "correct the configuration",
            )];
        }
    };
    let warmup = settings
        .strategy
        .params()
        .map_or(0, |params| params.warmup_hours);
    let mut findings: Vec<Finding> = sighting
        .sources
        .iter()
        .map(|seen| bars(seen, warmup))
        .collect();
    let prices = sighting.prices.iter();
    findings.extend(prices.map(|seen| price(seen, sighting, settings)));
    if sighting.price.is_none() {
        let advice = "a slot would be refused (Stale): mend one of the sources of prices";
        findings.push(Finding::bad("price", "nobody has one", advice));
    }
    findings.push(agreement(sighting, &survey, settings));
    findings
}

/// Half-hour bars: served, enough, whole.
fn bars(seen: &SourceSeen, warmup: u32) -> Finding {
    let view = &seen.view;
    let name = format!("{} bars", view.source);
    if let Some(error) = &seen.error {
        return passing(unread(name, error), error);
    }
    let (closed, gaps) = match &view.reading {
        Reading::Usable { closed, gaps, .. } => (closed, gaps.len()),
        Reading::Unusable { why } => {
            let advice = "a slot would not use them now; if it lasts, name another source";
            return Finding::warn(name, why.clone(), advice);
        }
    };
    let newest = closed
        .last()
        .map_or_else(|| "none".to_owned(), |hour| new_york_text(hour.start));
    let confirms = if view.only_confirms {
        ", confirm and never lead"
    } else {
        ""
    };
    let found = format!(
        "30-minute bars{confirms}: {} closed hours, the newest of {newest}, {gaps} gaps",
        closed.len()
    );
    if closed.len() < warmup as usize {
        let advice = format!("{warmup} are needed before the first signal (NotWarm)");
        return Finding::bad(name, found, advice);
    }
    match view.rejected.first() {
        None => Finding::ok(name, found),
        Some(first) => {
            let found = format!(
                "{found}; {} rows left out, the first: {first}",
                view.rejected.len()
            );
            Finding::warn(
                name,
                found,
                "the rest is used; if it lasts, tell the vendor",
            )
        }
    }
}

/// A price with its moment.
fn price(seen: &PriceSeen, sighting: &Sighting, settings: &Settings) -> Finding {
    let name = format!("{} price", seen.source);
    let point = match &seen.answer {
        // Another source's price does as well; that none has one is told apart.
        Err(error) => {
            return Finding {
                level: Level::Warn,
                ..unread(name, error)
            };
        }
        Ok(None) => {
            let advice = "check strategy.signal_symbol; slots take the price of the next source";
            return Finding::warn(name, "it knows none", advice);
        }
        Ok(Some(point)) => point,
    };
    let age = sighting.now.duration_since(point.at);
    let found = format!("{}, {} s old", point.price, age.as_secs());
    if !sighting.in_session() {
        return Finding::ok(
            name,
            format!("{}, of {}", point.price, new_york_text(point.at)),
        );
    }
    if age > settings.data.settle() + settings.data.max_price_age() {
        let advice =
            "a slot would be refused with it (Stale) unless another source has a newer one";
        return Finding::warn(name, found, advice);
    }
    Finding::ok(name, found)
}

/// Whether a buy would find as many sources as it asks for, and what they say.
fn agreement(sighting: &Sighting, survey: &Survey, settings: &Settings) -> Finding {
    const NAME: &str = "signal";
    let needed = settings.min_sources() as usize;
    let usable = |seen: &&SourceSeen| matches!(seen.view.reading, Reading::Usable { .. });
    let count = sighting.sources.iter().filter(usable).count();
    let of_all = format!(
        "{count} of {} sources usable, {needed} needed to buy",
        settings.data.sources.len()
    );
    if count < needed.max(1) {
        let advice = "nothing is bought with fewer (MinSources): mend the sources, or lower data.min_sources";
        return Finding::bad(NAME, of_all, advice);
    }
    match &survey.verdict {
        Ok(_) => {
            let said = survey
                .opinions
                .iter()
                .filter_map(|opinion| match &opinion.verdict {
                    Verdict::Decision(decision) => {
                        Some(format!("{} {:?}", opinion.source, decision.signal))
                    }
                    Verdict::NotWarm(_) | Verdict::Unusable(_) => None,
                });
            let said: Vec<String> = said.collect();
            Finding::ok(
                NAME,
                format!("{of_all}; {}", said.join(", ").to_lowercase()),
            )
        }
        // Between two trades of a quiet symbol a slot may find a newer price than we do.
        Err(refusal) if refusal.reason == Reason::Stale => Finding::warn(
            NAME,
            format!("{of_all}; {refusal}"),
            "a slot needs a newer price",
        ),
        Err(refusal) => Finding::bad(NAME, refusal.to_string(), "see `tqqq signal`"),
    }
}

async fn credits(subject: &Subject<'_>, exchange: &Exchange, keys: &Keys) -> Finding {
    const NAME: &str = "twelve-data credits";
    let settings = &subject.configuration.settings;
    let asked = twelve_data(settings, exchange.own_url(), keys, &exchange.clock);
    let source = match asked {
        Ok(source) => source,
        Err(error) => return Finding::of_error(NAME, error, AGAIN),
    };
    let usage = match source.usage().await {
        Ok(usage) => usage,
        Err(error) => return passing(unread(NAME.to_owned(), &error), &error),
    };
    let now = exchange.clock.now();
    let left = slots_left(subject, now);
    judge_credits(NAME, &usage, left)
}

/// Slots still to come today.
fn slots_left(subject: &Subject<'_>, now: Instant) -> u32 {
    let calendar = &subject.configuration.calendar;
    let end = calendar
        .session(market::time::new_york_date(now))
        .ok()
        .flatten()
        .map(|session| session.close)
        .filter(|close| *close > now);
    let slots = end.and_then(|end| calendar.slots(now, end).ok());
    u32::try_from(slots.map_or(0, |slots| slots.len())).unwrap_or(u32::MAX)
}

fn judge_credits(name: &str, usage: &Usage, slots_left: u32) -> Finding {
    let Rate { used, limit } = usage.minute;
    let minute = format!("{used} of {limit} used this minute");
    if limit < CREDITS_A_SLOT_MAX {
        let advice =
            format!("a slot may take {CREDITS_A_SLOT_MAX} in a minute: a larger plan is needed");
        return Finding::bad(name, minute, advice);
    }
    let Some(Rate { used, limit }) = usage.day else {
        return Finding::ok(name, format!("{minute}, days are not counted"));
    };
    let found = format!("{minute}, {used} of {limit} today");
    let left = limit.saturating_sub(used);
    if left < slots_left.saturating_mul(CREDITS_A_SLOT) {
        let advice = format!(
            "today's {slots_left} slots still take {CREDITS_A_SLOT} each: who else uses this key?"
        );
        return Finding::bad(name, found, advice);
    }
    if left < slots_left.saturating_mul(CREDITS_A_SLOT_MAX) {
        let advice = format!("today's {slots_left} slots may take up to {CREDITS_A_SLOT_MAX} each");
        return Finding::warn(name, found, advice);
    }
    Finding::ok(name, found)
}

/// What may pass by itself is worth a look; whether enough is left is told apart.
fn passing(finding: Finding, error: &ReadError) -> Finding {
    let level = if error.is_permanent() {
        Level::Bad
    } else {
        Level::Warn
    };
    Finding { level, ..finding }
}

fn unread(name: String, error: &ReadError) -> Finding {
    let advice = if error.is_permanent() {
        "asking again will not help until this is mended"
    } else {
        AGAIN
    };
    Finding::of_error(name, error, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_judged_by_the_slots_that_still_need_them() {
        let usage = |limit, day: Option<(u32, u32)>| Usage {
            minute: Rate { used: 1, limit },
            day: day.map(|(used, limit)| Rate { used, limit }),
        };
        let table = [
            (usage(8, Some((26, 800))), 13, Level::Ok),
            (usage(8, Some((735, 800))), 13, Level::Ok),
            (usage(8, Some((736, 800))), 13, Level::Warn),
            (usage(8, Some((775, 800))), 13, Level::Bad),
            (usage(8, Some((900, 800))), 1, Level::Bad),
            (usage(8, Some((800, 800))), 0, Level::Ok),
            (usage(610, None), 13, Level::Ok),
            (usage(4, None), 13, Level::Bad),
        ];
        for (usage, slots, level) in table {
            let found = judge_credits("credits", &usage, slots);
            assert_eq!(found.level, level, "{usage:?} {slots}");
        }
    }
}
