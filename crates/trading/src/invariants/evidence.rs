//! I9: what an order follows from was there to be known, and sound.

use market::calendar::Calendar;
use market::hours::{Gap, Hour};
use market::untraded::WITNESSES_MIN;
use market::{Date, Duration, Price, time};
use strategy::{Decision, HoursMode, Params, Target};

use super::history::Moment;
use super::{Breach, Invariant};
use crate::holes::{HOLES_MAX, WEIGHING_SPANS};
use crate::judge::{Decided, Verdict};
use crate::observation::{NoTrade, Observation, Reading, SourceView};
use crate::order::Order;
use crate::settings::Settings;
use crate::state::State;

/// A bar counts as final only in an answer to a question asked so long after its end.
const FINAL_AFTER: Duration = time::seconds(15);
/// What two ways of computing one average may differ by, relative.
const AVERAGE_ERROR: f64 = 1e-12;

/// Everything that this order should not have followed from.
pub(super) fn unfounded(moment: &Moment<'_>, order: &Order) -> Vec<Breach> {
    let mut words = Vec::new();
    match (moment.observed, moment.decided) {
        (Some(seen), Some(decided)) => {
            words.extend(suspected(seen, moment.before));
            words.extend(not_wanted(order, decided));
            words.extend(stale(seen, decided, moment.settings));
            words.extend(lost(seen));
            words.extend(unsound(seen, decided, moment, order));
        }
        _ => words.push("no decision of this slot".to_owned()),
    }
    let breach = |words| {
        let words = format!("{} follows from {words}", order.id);
        Breach::new(Invariant::I9, words)
    };
    words.into_iter().map(breach).collect()
}

/// A jump like a split on which nobody has ruled.
fn suspected(seen: &Observation, before: &State) -> Option<String> {
    let is_ruled = |suspect: &&crate::observation::SuspectedSplit| {
        let mut rulings = before.split_rulings.iter();
        rulings
            .any(|ruled| (&ruled.symbol, ruled.split.date) == (&suspect.symbol, suspect.split.date))
    };
    let suspect = seen.suspected_splits.iter().find(|it| !is_ruled(it))?;
    Some(format!(
        "data that looks split, {} {} in {}",
        suspect.symbol, suspect.split, suspect.seen_in
    ))
}

/// An entry needs a signal of its own; what was decided before is no reason to take risk.
fn not_wanted(order: &Order, decided: &Decided) -> Option<String> {
    let wanted = decided.decision.is_some() && decided.wanted == Target::AllIn;
    let unwanted = !order.leg.is_reduce_only() && !wanted;
    unwanted.then(|| format!("no bullish decision, {:?} was wanted", decided.wanted))
}

/// A decision at a price from before the session or from long before the slot.
fn stale(seen: &Observation, decided: &Decided, settings: &Settings) -> Option<String> {
    let decision = decided.decision.as_ref()?;
    let oldest = seen.slot.at() - settings.data.max_price_age();
    let Some(point) = &seen.price else {
        return Some(format!("a price of {} that nobody gave", decision.price));
    };
    if point.price != decision.price {
        return Some(format!("{}, and {} was seen", decision.price, point.price));
    }
    let fresh = point.at >= oldest && point.at >= seen.session.open;
    (!fresh).then(|| format!("a price of {}", time::new_york_text(point.at)))
}

/// A bar that one source alone lacks, and that was taken for one nobody traded.
fn lost(seen: &Observation) -> Option<String> {
    let alone = |bar: &&NoTrade| bar.lacking.len() < WITNESSES_MIN;
    let bar = seen.no_trade.iter().find(alone)?;
    let start = time::new_york_text(bar.start);
    Some(format!("a bar of {start} that one source lost"))
}

/// The sources that had a say, each by its bars.
fn unsound(
    seen: &Observation,
    decided: &Decided,
    moment: &Moment<'_>,
    order: &Order,
) -> Vec<String> {
    let Ok(params) = moment.settings.strategy.params() else {
        return vec!["a strategy that makes no sense".to_owned()];
    };
    let mut words = Vec::new();
    for (opinion, view) in decided.opinions.iter().zip(&seen.sources) {
        if let Verdict::Decision(decision) = &opinion.verdict {
            let why = flaw(seen, view, decision, &params, moment);
            let holes = || doubtful(seen, view, moment.settings, order);
            let why = why
                .or_else(holes)
                .map(|why| format!("{}: {why}", view.source));
            words.extend(why);
        }
    }
    words
}

fn flaw(
    seen: &Observation,
    view: &SourceView,
    decision: &Decision,
    params: &Params,
    moment: &Moment<'_>,
) -> Option<String> {
    let Reading::Usable { closed, .. } = &view.reading else {
        return Some("bars that are not usable".to_owned());
    };
    let had_closed = closed.partition_point(|hour| hour.end <= seen.slot.at());
    let hours = &closed[..had_closed];
    if let Some(newest) = hours
        .last()
        .filter(|hour| view.asked_at < hour.end + FINAL_AFTER)
    {
        let [asked, end] = [view.asked_at, newest.end].map(time::new_york_text);
        return Some(format!("asked at {asked} for a bar that ended at {end}"));
    }
    let calendar = moment.calendar.narrowed(&seen.disagreements);
    misplaced(hours, &calendar).or_else(|| other_averages(hours, decision, params))
}

/// Bars missing that may have been lost: for an exit no more than a session's; for an entry no more
/// than the configuration says among those that weigh, and none in the newest session.
fn doubtful(
    seen: &Observation,
    view: &SourceView,
    settings: &Settings,
    order: &Order,
) -> Option<String> {
    let Reading::Usable { closed, gaps, .. } = &view.reading else {
        return None;
    };
    let allowed = settings.data.max_gaps as usize;
    if order.leg.is_reduce_only() {
        let most = allowed.max(HOLES_MAX);
        let count = gaps.len();
        return (count > most).then(|| format!("{count} bars missing, at most {most} may be"));
    }
    // Of today nothing has ended yet at the opening slot.
    let opening = seen.slot.at() <= seen.session.open;
    let last = closed.last().filter(|_| opening).map(|hour| hour.start);
    let newest_session = time::new_york_date(last.unwrap_or(seen.session.open));
    let closed_since = |gap: &Gap| closed.iter().filter(|hour| hour.start > gap.start).count();
    let weighs = |gap: &&Gap| closed_since(gap) < WEIGHING_SPANS * settings.strategy.slow as usize;
    let weighing: Vec<&Gap> = gaps.iter().filter(weighs).collect();
    let fresh = |gap: &&&Gap| time::new_york_date(gap.start) >= newest_session;
    if let Some(gap) = weighing.iter().find(fresh) {
        let start = time::new_york_text(gap.start);
        return Some(format!("the bar of {start} missing in the newest session"));
    }
    let count = weighing.len();
    (count > allowed).then(|| format!("{count} bars missing, at most {allowed} may be"))
}

/// An hour that is none of the calendars', or out of its order.
fn misplaced(hours: &[Hour], calendar: &Calendar) -> Option<String> {
    let disorder = hours.windows(2).find(|pair| pair[0].end > pair[1].start);
    if let Some(pair) = disorder {
        let start = time::new_york_text(pair[1].start);
        return Some(format!("the hour of {start} out of its order"));
    }
    let mut known: Option<(Date, Vec<market::calendar::HourSpan>)> = None;
    for hour in hours {
        let date = time::new_york_date(hour.start);
        let same_day = known.take().filter(|(of, _)| *of == date);
        let (_, spans) = known.insert(same_day.unwrap_or_else(|| {
            let session = calendar.session(date).ok().flatten();
            let spans = session.map_or_else(Vec::new, |session| session.hours());
            (date, spans)
        }));
        let is_it =
            |span: &market::calendar::HourSpan| (span.start, span.end) == (hour.start, hour.end);
        if !spans.iter().any(is_it) {
            let start = time::new_york_text(hour.start);
            return Some(format!("{start}, which is no hour of a session"));
        }
    }
    None
}

/// Averages that are not those of the hours that had ended.
fn other_averages(hours: &[Hour], decision: &Decision, params: &Params) -> Option<String> {
    let skipped = hours.len().saturating_sub(params.window_hours() as usize);
    let window = &hours[skipped..];
    if window.len() < params.warmup_hours as usize {
        return Some(format!(
            "{} closed hours of {} needed",
            window.len(),
            params.warmup_hours
        ));
    }
    let pairs = [
        ("fast", params.fast, decision.fast),
        ("slow", params.slow, decision.slow),
    ];
    pairs.into_iter().find_map(|(name, span, recorded)| {
        let expected = average(window, span, decision.price, params.hours)?;
        let is_equal = (recorded - expected).abs() <= AVERAGE_ERROR * expected.abs();
        (!is_equal).then(|| {
            format!("a {name} average of {recorded}, and the closed hours give {expected}")
        })
    })
}

/// The exponential average of the closes, seeded with the first; the price as a further close
/// where the hour under way counts.
fn average(hours: &[Hour], span: u32, price: Price, mode: HoursMode) -> Option<f64> {
    let alpha = 2.0 / (f64::from(span) + 1.0);
    let forming = (mode == HoursMode::Forming).then_some(price);
    let closes = hours.iter().map(|hour| hour.close).chain(forming);
    closes
        .map(Price::to_f64)
        .reduce(|average, close| average + alpha * (close - average))
}
