//! The splits TQQQ is known to have had, replayed with the market's own moves around it: no vendor's way of
//! showing it causes a trade.
//!
//! The half hours of 2025 are real; those of earlier years are drawn through the real daily bars.

use std::path::PathBuf;

use cycle::fake::{Basis, Trend, World, at};
use market::bar::Bar;
use market::time::{in_new_york, new_york_date};
use market::{Calendar, Date, Decimal, Instant, Interval, Price, Slot, Split};
use strategy::Target;
use trading::outcome::{Outcome, Reason};
use trading::record::{Noted, Record};

use crate::support::{check_laws, decimal, symbol};

/// Ex-dates and ratios, as far as they are known; the README beside the real bars says from what.
/// The stories ask only that a split of such a date and ratio is lived through.
const SPLITS: [&str; 8] = [
    // Not verified: nothing was found that predates them. Do not take dates or ratios from here.
    "2011-02-25:2",
    "2012-05-11:2",
    "2014-01-24:2",
    "2017-01-12:2",
    "2018-05-24:3",
    // Verified: raw bars of the days around it halve.
    "2021-01-21:2",
    // Inferred: with the two others it makes the eight by which a file of 2020 differs.
    "2022-01-13:2",
    // Verified: raw bars of the days around it halve.
    "2025-11-20:2",
];
/// Sessions before and after an ex-date that are traded.
const SESSIONS_AROUND: usize = 2;
/// Sessions of bars before the first that is traded: more than the averages ask for.
const SESSIONS_OF_HISTORY: usize = 40;

/// The lines of a data file; `None`, with a line that says so, where there are no data.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
#[expect(clippy::disallowed_methods, reason = "tests have no environment port")]
fn lines(name: &str) -> Option<Vec<String>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("TQQQ_DATA")
        .map_or_else(beside, PathBuf::from)
        .join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        let path = path.display();
        eprintln!("skipped: no {path}; set TQQQ_DATA to the directory of the real bars");
        return None;
    };
    Some(text.lines().skip(1).map(str::to_owned).collect())
}

/// A row of `timestamp,open,high,low,close,volume`, its prices times `basis`.
fn bar(line: &str, basis: Decimal) -> Bar {
    let cells: Vec<&str> = line.split(',').collect();
    let price = |at: usize| {
        let value: Decimal = cells[at].parse().unwrap();
        Price::new((value * basis).round_dp(6)).unwrap()
    };
    let start: Instant = cells[0].parse().unwrap();
    Bar::new(start, price(1), price(2), price(3), price(4), None).unwrap()
}

/// Files are on the basis of today; this is what a share of right after `split` is in today's.
fn basis_after(split: Split) -> Decimal {
    let later = SPLITS.iter().map(|text| text.parse::<Split>().unwrap());
    later
        .filter(|other| other.date > split.date)
        .map(|other| other.ratio.decimal())
        .product()
}

/// The half hours of one day, drawn through its open, low, high and close: the low comes first
/// when the day closes at or above its open.
fn drawn(day: &Bar, calendar: &Calendar) -> Vec<Bar> {
    let session = calendar.session(new_york_date(day.start)).unwrap().unwrap();
    let starts = session.bar_starts(Interval::ThirtyMinutes);
    let rises = day.close >= day.open;
    let (first, second) = if rises {
        (day.low, day.high)
    } else {
        (day.high, day.low)
    };
    let corners = [day.open, first, second, day.close].map(Price::decimal);
    let count = Decimal::from(starts.len());
    let path = |step: usize| {
        let along = Decimal::from(step * 3) / count;
        let leg = usize::try_from(along.trunc()).unwrap().min(2);
        let part = along - Decimal::from(leg);
        let price = corners[leg] + (corners[leg + 1] - corners[leg]) * part;
        Price::new(price.round_dp(6)).unwrap()
    };
    let half_hour = |(step, start): (usize, &Instant)| {
        let (open, close) = (path(step), path(step + 1));
        Bar::new(*start, open, open.max(close), open.min(close), close, None).unwrap()
    };
    starts.iter().enumerate().map(half_hour).collect()
}

/// The half hours around an ex-date on the basis after it; `None` without data.
fn half_hours(split: Split, calendar: &Calendar) -> Option<Vec<Bar>> {
    let basis = basis_after(split);
    if split.date >= Date::constant(2025, 6, 1) {
        let bars = lines("tqqq_30m.csv")?;
        return Some(bars.iter().map(|line| bar(line, basis)).collect());
    }
    let days: Vec<Bar> = lines("tqqq_1d.csv")?
        .iter()
        .map(|line| bar(line, basis))
        .collect();
    let first_new = days.partition_point(|day| new_york_date(day.start) < split.date);
    let from = first_new - SESSIONS_OF_HISTORY - SESSIONS_AROUND;
    let days = &days[from..=first_new + SESSIONS_AROUND];
    Some(days.iter().flat_map(|day| drawn(day, calendar)).collect())
}

/// How a vendor shows the bars of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    /// There is no split: everything has always been on the new basis.
    NoSplit,
    /// All bars on the new basis from the ex-date on.
    AdjustsAtOnce,
    /// All bars on the new basis from the day after on.
    AdjustsLate,
    /// Never.
    NeverAdjusts,
}

/// What was wanted at every slot, and whether it traded.
type Course = Vec<(Slot, Target, bool)>;

struct Replayed {
    course: Course,
    refused: Vec<(Slot, Reason)>,
}

fn replayed(split: Split, bars: &[Bar], vendor: Vendor, calendar: &Calendar) -> Replayed {
    let next = |date| calendar.next_session(date).unwrap().date;
    let dates = dates_around(split, calendar);
    let world = World::from(&format!("{}T09:30", dates[0]), Trend::Flat);
    let tqqq = symbol("TQQQ");
    let is_old = |date: Date| vendor != Vendor::NoSplit && date < split.date;
    let held = |date| {
        if is_old(date) {
            decimal("100")
        } else {
            decimal("100") * split.ratio.decimal()
        }
    };
    world.broker.desk().hold(&tqqq, held(dates[0]));
    world.throw(Record::Adopted(Noted {
        text: "by the owner".to_owned(),
    }));
    world.bars[0].serve(&tqqq, bars.to_vec());
    if vendor != Vendor::NoSplit {
        world.corporate_actions.announce(&tqqq, split);
        let adjusted_from = match vendor {
            Vendor::AdjustsAtOnce => Some(split.date),
            Vendor::AdjustsLate => Some(next(split.date)),
            Vendor::NeverAdjusts | Vendor::NoSplit => None,
        };
        world.bars[0].split(
            &tqqq,
            Basis {
                split,
                adjusted_from,
            },
        );
    }
    let mut runner = world.runner();
    let mut course = Vec::new();
    let mut refused = Vec::new();
    for date in dates {
        if date == split.date && vendor != Vendor::NoSplit {
            split_the_holding(&world, split);
        }
        for slot in calendar.session(date).unwrap().unwrap().slots() {
            let now = bars.iter().find(|bar| bar.start == slot.at()).unwrap().open;
            let spot = if is_old(date) {
                split.ratio.inverse().adjust(now)
            } else {
                now
            };
            world.market.trade_at(&tqqq, Some(spot));
            let ended = world.slot(&mut runner, &slot.to_string());
            let outcome = crate::support::outcome(&ended);
            if let Outcome::Refused(refusal) = &outcome {
                refused.push((slot, refusal.reason));
            }
            course.push((slot, wanted(&world), outcome == Outcome::Traded));
        }
    }
    check_laws(&world);
    Replayed { course, refused }
}

fn dates_around(split: Split, calendar: &Calendar) -> Vec<Date> {
    let mut dates = vec![split.date];
    for _ in 0..SESSIONS_AROUND {
        dates.insert(0, calendar.previous_session(dates[0]).unwrap().date);
        let newest = dates[dates.len() - 1];
        dates.push(calendar.next_session(newest).unwrap().date);
    }
    dates
}

/// Before the open of the ex-date the broker shows the new count.
fn split_the_holding(world: &World, split: Split) {
    let (tqqq, held) = (symbol("TQQQ"), world.held());
    let mut desk = world.broker.desk();
    if held > Decimal::ZERO {
        desk.hold(&tqqq, held * split.ratio.decimal());
    }
}

fn wanted(world: &World) -> Target {
    let entries = world.entries();
    let mut records = entries.iter().rev().map(|entry| &entry.record);
    let found = records.find_map(|record| match record {
        Record::Decided(decided) => Some(decided.wanted),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn every_split_of_the_fund_is_lived_through_without_a_trade_of_its_own() {
    let calendar = Calendar::nyse();
    for text in SPLITS {
        let split: Split = text.parse().unwrap();
        let Some(bars) = half_hours(split, &calendar) else {
            return;
        };
        let plain = replayed(split, &bars, Vendor::NoSplit, &calendar);
        assert_eq!(plain.course.len(), 65, "{text}");
        assert_eq!(plain.refused, [], "{text}");
        for vendor in [
            Vendor::AdjustsAtOnce,
            Vendor::AdjustsLate,
            Vendor::NeverAdjusts,
        ] {
            let shown = replayed(split, &bars, vendor, &calendar);
            same_course(&plain, &shown, split, &format!("{text}, {vendor:?}"));
        }
    }
}

/// The same signals slot by slot, and no trade but where there is one without a split; only what
/// the opening of the ex-date would have traded comes half an hour later.
#[track_caller]
fn same_course(plain: &Replayed, shown: &Replayed, split: Split, name: &str) {
    let is_opening = |slot: Slot| {
        let (date, time) = in_new_york(slot.at());
        date == split.date && (time.hour(), time.minute()) == (9, 30)
    };
    let wants = |course: &Course| {
        let wants = course.iter().map(|(slot, target, _)| (*slot, *target));
        wants.collect::<Vec<_>>()
    };
    assert_eq!(wants(&plain.course), wants(&shown.course), "{name}");
    for (slot, reason) in &shown.refused {
        assert!(
            is_opening(*slot) && *reason == Reason::ExDate,
            "{name}: {slot} {reason}"
        );
    }
    let mut delayed = false;
    for ((slot, _, expected), (_, _, traded)) in plain.course.iter().zip(&shown.course) {
        if is_opening(*slot) {
            assert!(!traded, "{name}: traded at the opening of the ex-date");
            delayed = *expected;
        } else {
            assert!(*expected || !traded || delayed, "{name}: {slot} traded");
            delayed &= !traded;
        }
    }
}

#[test]
fn a_real_split_that_nobody_announced_is_never_traded() {
    let calendar = Calendar::nyse();
    let split: Split = "2025-11-20:2".parse().unwrap();
    let Some(bars) = half_hours(split, &calendar) else {
        return;
    };
    let world = World::from("2025-11-20T09:30", Trend::Flat);
    let tqqq = symbol("TQQQ");
    world.broker.desk().hold(&tqqq, decimal("200"));
    world.bars[0].serve(&tqqq, bars.clone());
    world.bars[0].split(
        &tqqq,
        Basis {
            split,
            adjusted_from: None,
        },
    );
    let mut runner = world.runner();
    for slot in calendar.session(split.date).unwrap().unwrap().slots() {
        let now = bars.iter().find(|bar| bar.start == slot.at()).unwrap().open;
        world.market.trade_at(&tqqq, Some(now));
        let ended = world.slot(&mut runner, &slot.to_string());
        assert_eq!(
            crate::support::refusal(&ended),
            Reason::SuspectedSplit,
            "{slot}"
        );
    }
    assert_eq!(world.held(), decimal("200"));
    assert_eq!(
        at("2025-11-20T09:30"),
        calendar.session(split.date).unwrap().unwrap().open
    );
    check_laws(&world);
}
