//! A look at the sources outside of any slot.

use cycle::fake::{Endpoint, Trend, World, at, drive};
use cycle::port::ReadError;
use cycle::sighting::{Sighting, look};
use insta::assert_snapshot;
use market::Split;
use market::time::{new_york_text, seconds};
use strategy::{Signal, Target};
use trading::judge::{Survey, Verdict};
use trading::observation::Reading;
use trading::outcome::Reason;
use trading::record::{Record, SplitRuled};

use crate::support::symbol;

fn seen_at(world: &World, moment: &str) -> Sighting {
    let records = world.entries();
    world.clock.advance_to(at(moment));
    world.clock.forget_limits();
    let sighting = drive(look(&world.ports(), &world.settings))
        .expect("nothing crashes in this story")
        .expect("the journal can be read");
    assert_eq!(world.entries(), records, "nothing is written");
    assert_eq!(world.clock_now(), at(moment), "nothing is waited for");
    sighting
}

fn survey(world: &World, sighting: &Sighting) -> Survey {
    sighting.survey(&world.settings).unwrap()
}

fn reason(survey: &Survey) -> Reason {
    survey.verdict.clone().unwrap_err().reason
}

#[test]
fn the_moment_is_one_at_which_hours_are_final() {
    let table = [
        // In session: settle_s ago, but never before the open.
        ("2025-05-13T09:30", true, "2025-05-13T09:30:00-04:00"),
        ("2025-05-13T09:31", true, "2025-05-13T09:30:15-04:00"),
        ("2025-05-13T10:30", true, "2025-05-13T10:29:15-04:00"),
        ("2025-05-13T15:59", true, "2025-05-13T15:58:15-04:00"),
        // Outside: the close of the newest session, a half day's too.
        ("2025-05-13T16:00", false, "2025-05-13T15:59:15-04:00"),
        ("2025-05-13T16:01", false, "2025-05-13T16:00:00-04:00"),
        ("2025-05-14T09:29", false, "2025-05-13T16:00:00-04:00"),
        ("2025-05-18T12:00", false, "2025-05-16T16:00:00-04:00"),
        ("2025-11-28T14:00", false, "2025-11-28T13:00:00-05:00"),
    ];
    for (now, in_session, until) in table {
        let world = World::new(Trend::Rising);
        let sighting = seen_at(&world, now);
        let found = (sighting.in_session(), new_york_text(sighting.until.at()));
        assert_eq!(found, (in_session, until.to_owned()), "{now}");
        assert_eq!(survey(&world, &sighting).wanted, Target::AllIn, "{now}");
    }
}

#[test]
fn between_two_slots_it_says_what_the_slot_said_while_nothing_moved() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T10:00");
    let decided = world
        .entries()
        .into_iter()
        .find_map(|entry| match entry.record {
            Record::Decided(decided) => decided.decision,
            _ => None,
        });
    let sighting = seen_at(&world, "2025-05-12T10:17");
    let now = survey(&world, &sighting).verdict.unwrap();
    let then = decided.unwrap();
    assert_eq!((now.fast, now.slow), (then.fast, then.slow));
    assert_eq!(now.signal, Signal::Bullish);
}

#[test]
fn after_the_close_the_last_close_is_the_price_and_all_hours_count() {
    let world = World::new(Trend::Falling);
    let sighting = seen_at(&world, "2025-05-17T11:00");
    let price = sighting.signal_price(&world.settings).unwrap();
    assert_eq!(new_york_text(price.at), "2025-05-16T16:00:00-04:00");
    assert_eq!(price.source.to_string(), "fake-bars");
    assert_eq!(survey(&world, &sighting).wanted, Target::Out);
}

#[test]
fn a_source_that_refuses_makes_way_and_its_words_are_kept() {
    let mut world = World::new(Trend::Rising);
    let second = world.add_bars("second");
    let refused = ReadError::Permanent("402: not in this plan".to_owned());
    world.bars[0].fail(1, &refused);
    let sighting = seen_at(&world, "2025-05-12T10:17");
    assert_eq!(sighting.sources[0].error, Some(refused));
    let both = survey(&world, &sighting);
    assert_eq!(both.leader.unwrap().to_string(), "second");
    assert!(matches!(both.opinions[0].verdict, Verdict::Unusable(_)));
    second.fail(1, &ReadError::Transient("503".to_owned()));
    world.bars[0].fail(1, &ReadError::Transient("502".to_owned()));
    let sighting = seen_at(&world, "2025-05-12T10:18");
    let none = survey(&world, &sighting);
    assert_snapshot!(none.verdict.unwrap_err(), @"NoData (one usable source; seen: fake-bars: 502; second: 503)");
}

#[test]
fn a_price_that_is_old_or_absent_is_no_signal_in_session_and_is_not_needed_outside() {
    let world = World::new(Trend::Rising);
    world.prices[0].last_trade_at(at("2025-05-12T10:10"));
    let stale = seen_at(&world, "2025-05-12T10:17");
    assert_eq!(reason(&survey(&world, &stale)), Reason::Stale);
    world.prices[0].fail(1, &ReadError::Transient("503".to_owned()));
    let absent = seen_at(&world, "2025-05-12T10:18");
    assert_eq!(reason(&survey(&world, &absent)), Reason::Stale);
    assert!(absent.prices[0].answer.is_err());
    world.prices[0].fail(1, &ReadError::Transient("503".to_owned()));
    let outside = seen_at(&world, "2025-05-12T17:00");
    assert!(survey(&world, &outside).verdict.is_ok());
}

#[test]
fn an_old_price_is_told_from_a_fresh_one_by_its_age_at_the_moment_looked_at() {
    let world = World::new(Trend::Rising);
    // 45 s for bars to be final and 60 s of max_price_age_s.
    let oldest = at("2025-05-12T10:17") - seconds(105);
    world.prices[0].last_trade_at(oldest);
    let sighting = seen_at(&world, "2025-05-12T10:17");
    assert!(survey(&world, &sighting).verdict.is_ok());
    world.prices[0].last_trade_at(oldest - seconds(1));
    let sighting = seen_at(&world, "2025-05-12T10:17");
    assert_eq!(reason(&survey(&world, &sighting)), Reason::Stale);
}

#[test]
fn a_jump_nobody_announced_is_no_signal_until_the_owner_has_spoken() {
    let world = World::new(Trend::Rising);
    let mut runner = world.runner();
    world.slot(&mut runner, "2025-05-12T15:30");
    let half = "50".parse().unwrap();
    world.market.trade_at(&symbol("TQQQ"), Some(half));
    world.bars[0].lose(at("2025-05-13T09:30"));
    let jumped = seen_at(&world, "2025-05-13T09:30");
    assert_eq!(reason(&survey(&world, &jumped)), Reason::SuspectedSplit);
    world.throw(Record::SplitRuled(SplitRuled {
        symbol: symbol("TQQQ"),
        split: Split {
            date: "2025-05-13".parse().unwrap(),
            ratio: "2".parse().unwrap(),
        },
        accepted: false,
    }));
    let ruled = seen_at(&world, "2025-05-13T09:30");
    assert!(survey(&world, &ruled).verdict.is_ok());
}

#[test]
fn too_little_history_is_said_in_hours() {
    let world = World::new(Trend::Rising);
    world.bars[0].begin_at(at("2025-05-05T09:30"));
    let sighting = seen_at(&world, "2025-05-12T10:17");
    assert_eq!(reason(&survey(&world, &sighting)), Reason::NotWarm);
}

#[test]
fn a_session_that_the_broker_knows_to_have_been_cut_short_lacks_no_bar() {
    let cut = |world: &World| {
        let last = at("2025-05-12T16:00");
        let mut start = at("2025-05-12T13:00");
        while start < last {
            world.bars[0].lose(start);
            start += seconds(30 * 60);
        }
    };
    let missing = |sighting: &Sighting| match &sighting.sources[0].view.reading {
        Reading::Usable { gaps, .. } => gaps.len(),
        other => panic!("{other:?}"),
    };
    let world = World::new(Trend::Rising);
    cut(&world);
    assert_eq!(missing(&seen_at(&world, "2025-05-13T10:00")), 6);
    let (open, close) = (at("2025-05-12T09:30"), at("2025-05-12T13:00"));
    world.broker.desk().list_session(open, close);
    assert_eq!(missing(&seen_at(&world, "2025-05-13T10:00")), 0);
}

#[test]
fn a_look_goes_on_without_the_broker() {
    let world = World::new(Trend::Rising);
    let down = ReadError::Transient("HTTP 503".to_owned());
    world.broker.desk().fail(Endpoint::Session, 9, &down);
    let sighting = seen_at(&world, "2025-05-13T10:00");
    assert_eq!(survey(&world, &sighting).wanted, Target::AllIn);
}
