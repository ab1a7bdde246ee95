//! The real splits of TQQQ, traded through: what is bought and sold is what would have been, had
//! there been none.

use std::collections::BTreeSet;

use market::file::Options;
use market::{Bar, Calendar, Date, Decimal, Interval, Price, Slot};
use venue::model::Split;

use super::laws;
use super::real_bars::real;
use super::world::{Setup, World, tqqq};

/// Ex-dates with new shares for one old, newest first; no bars at hand know of the earlier ones.
const REAL: [(&str, u32); 3] = [("2025-11-20", 2), ("2022-01-13", 2), ("2021-01-21", 2)];
/// Sessions of history before the first that is traded.
const HISTORY_SESSIONS: usize = 33;
/// Sessions traded before an ex-date; it and the one after are traded too.
const SESSIONS_BEFORE: usize = 2;
/// Digits behind the point of a price between two real ones.
const DECIMALS: u32 = 2;

#[tokio::test]
async fn the_real_splits_of_tqqq_are_no_reason_to_trade() {
    let Some(path) = real("tqqq_1d.csv") else {
        return;
    };
    let file = std::fs::File::open(&path).unwrap();
    let days = market::file::read(file, &path, &Calendar::nyse(), &Options::default())
        .unwrap()
        .bars;
    let mut held = 0;
    let mut basis = Decimal::ONE;
    for (date, ratio) in REAL {
        let (bars, slots) = around(&days, date.parse().unwrap(), basis);
        let mut setup = Setup::of(bars);
        let (calm, _) = Box::pin(trade(&setup, &slots)).await;
        setup.splits = vec![Split::new(tqqq(), date.parse().unwrap(), ratio, 1).unwrap()];
        let (split, booked) = Box::pin(trade(&setup, &slots)).await;
        assert_eq!(split, calm, "{date}");
        held += usize::from(booked);
        basis *= Decimal::from(ratio);
    }
    assert!(held > 0, "nothing was held through any of them");
}

/// 30-minute bars around a date, on the basis of the day itself, and the slots to trade.
fn around(days: &[Bar], date: Date, basis: Decimal) -> (Vec<Bar>, Vec<Slot>) {
    let calendar = Calendar::nyse();
    let on = |bar: &Bar| market::time::new_york_date(bar.start);
    let at = days.iter().position(|bar| on(bar) == date).unwrap();
    let first = at - SESSIONS_BEFORE;
    let days = &days[first - HISTORY_SESSIONS..=at + 1];
    let session = |bar: &Bar| calendar.session(on(bar)).unwrap().unwrap();
    let bars = days.iter().flat_map(|day| bars(day, &session(day), basis));
    let traded = days[HISTORY_SESSIONS..].iter();
    let slots = traded.flat_map(|day| session(day).slots());
    (bars.collect(), slots.collect())
}

/// A day cut into bars along a straight way from its open to one extreme, the other, and its close.
fn bars(day: &Bar, session: &market::calendar::Session, basis: Decimal) -> Vec<Bar> {
    let rises = day.close >= day.open;
    let [first, second] = if rises {
        [day.low, day.high]
    } else {
        [day.high, day.low]
    };
    let corners = [day.open, first, second, day.close].map(|p| p.decimal() * basis);
    let starts = session.bar_starts(Interval::ThirtyMinutes);
    let legs = Decimal::from(corners.len() - 1);
    let along = |place: usize| {
        let way = Decimal::from(place) * legs / Decimal::from(starts.len());
        let leg = usize::try_from(way.trunc()).unwrap().min(corners.len() - 2);
        let price = corners[leg] + (corners[leg + 1] - corners[leg]) * (way - Decimal::from(leg));
        Price::new(price.round_dp(DECIMALS)).unwrap()
    };
    let bar = |(place, start): (usize, &market::Instant)| {
        let [open, close] = [along(place), along(place + 1)];
        let [high, low] = [open.max(close), open.min(close)];
        Bar::new(*start, open, high, low, close, Some(1_000_000)).unwrap()
    };
    starts.iter().enumerate().map(bar).collect()
}

/// The slots that traded, and whether a split changed what was held.
async fn trade(setup: &Setup, slots: &[Slot]) -> (BTreeSet<Slot>, bool) {
    let mut world = World::open(setup, slots[0]).await;
    let mut traded = BTreeSet::new();
    for slot in slots {
        let outcome = world.slot(*slot).await;
        assert!(!outcome.starts_with("failed"), "{slot}: {outcome}");
        if outcome.starts_with("traded") {
            traded.insert(*slot);
        }
    }
    assert_eq!(laws::broken_at_the_end(&world).await, [""; 0]);
    let booked = world.venue.with_venue(|venue| {
        let mut activities = venue.activities().iter();
        activities.any(|activity| activity.word() == "SPLIT")
    });
    (traded, booked)
}
