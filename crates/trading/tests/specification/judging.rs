//! From what a slot saw to what it does: EXECUTION §1 and §2.

use strategy::{ExitRule, HoursMode, Signal, Target};
use trading::judge::{Decided, Verdict, judge, replan};
use trading::observation::Observation;
use trading::outcome::{Held, Reason};
use trading::settings::{Settings, StrategySettings, Venue};
use trading::state::{OpenOut, State};

use crate::fixture::{
    Book, Course, TQQQ, at, observation, point, price, ready, shares, slot, source, symbol,
    this_slot, unusable, usable,
};
use crate::planning::told;

fn flat(course: Course) -> Observation {
    observation(course, Book::cash("100000").build())
}

fn long(course: Course) -> Observation {
    observation(course, Book::cash("500").long(TQQQ, "995", "100").build())
}

fn decided(seen: &Observation, state: &State) -> Decided {
    judge(seen, state, &Settings::default()).unwrap().decided
}

fn out_is_open() -> State {
    let since = slot("2025-05-12T10:00");
    State {
        open_out: Some(OpenOut::new(since, symbol(TQQQ))),
        ..ready()
    }
}

/// Wanted, worked for, why not, and what is done, in one line.
fn told_decided(decided: &Decided) -> String {
    let refused = decided
        .refused
        .as_ref()
        .map(|stop| format!(" refused {}", stop.reason));
    format!(
        "{:?}->{:?}{}: {}",
        decided.wanted,
        decided.target,
        refused.unwrap_or_default(),
        told(&decided.plan)
    )
}

#[test]
fn each_signal_leads_from_each_holding_to_its_target() {
    let cases = [
        (
            flat(Course::Rising),
            "AllIn->AllIn: buy TQQQ: 99500 USD at the market",
        ),
        (
            long(Course::Rising),
            "AllIn->AllIn: nothing: already at the target",
        ),
        (
            flat(Course::Falling),
            "Out->Out: nothing: already at the target",
        ),
        (
            long(Course::Falling),
            "Out->Out: sell TQQQ: 995 shares at the market",
        ),
        (flat(Course::Flat), "Keep->Keep: nothing: no signal"),
        (long(Course::Flat), "Keep->Keep: nothing: no signal"),
    ];
    for (seen, expected) in cases {
        let decided = decided(&seen, &ready());
        assert_eq!(told_decided(&decided), expected);
        assert_eq!((decided.stops, decided.entry_stops), (vec![], vec![]));
    }
}

#[test]
fn with_the_broken_exit_all_that_is_not_bullish_sells() {
    let strategy = StrategySettings {
        exit: ExitRule::Broken,
        ..StrategySettings::default()
    };
    let settings = Settings {
        strategy,
        ..Settings::default()
    };
    let made = judge(&long(Course::Flat), &ready(), &settings)
        .unwrap()
        .decided;
    assert_eq!(
        told_decided(&made),
        "Out->Out: sell TQQQ: 995 shares at the market"
    );
}

#[test]
fn while_an_out_is_open_keep_means_out_and_only_a_bullish_signal_replaces_it() {
    let state = out_is_open();
    let sold = "sell TQQQ: 995 shares at the market";
    assert_eq!(
        told_decided(&decided(&long(Course::Flat), &state)),
        format!("Keep->Out: {sold}")
    );
    assert_eq!(
        told_decided(&decided(&long(Course::Falling), &state)),
        format!("Out->Out: {sold}")
    );
    assert_eq!(
        told_decided(&decided(&long(Course::Rising), &state)),
        "AllIn->AllIn: nothing: already at the target"
    );
}

#[test]
fn an_open_out_is_carried_on_when_the_data_is_refused() {
    let state = out_is_open();
    type Change = fn(&mut Observation);
    let cases: [(Reason, Change); 4] = [
        (Reason::Stale, |seen| seen.price = None),
        (Reason::Stale, |seen| {
            seen.price.as_mut().unwrap().at = at("2025-05-12T10:28:59");
        }),
        (Reason::NoData, |seen| {
            seen.sources[0].reading = unusable("429");
        }),
        (Reason::NotWarm, |seen| {
            seen.sources[0].reading = usable(Course::Rising.hours(this_slot(), 199));
        }),
    ];
    for (reason, change) in cases {
        let mut seen = long(Course::Rising);
        change(&mut seen);
        let made = decided(&seen, &state);
        assert_eq!(
            told_decided(&made),
            format!("Keep->Out refused {reason}: sell TQQQ: 995 shares at the market")
        );
        assert_eq!(made.decision, None);
        assert_eq!(
            told_decided(&decided(&seen, &ready())),
            format!("Keep->Keep refused {reason}: nothing: no signal")
        );
    }
}

#[test]
fn an_open_out_goes_on_selling_its_symbol_when_the_configuration_names_another() {
    let open = OpenOut::new(slot("2025-05-12T10:00"), symbol("UPRO"));
    let state = State {
        open_out: Some(open),
        ..ready()
    };
    let book = Book::cash("5")
        .long("UPRO", "3", "80")
        .long(TQQQ, "1", "100");
    let seen = observation(Course::Flat, book.build());
    let made = decided(&seen, &state);
    assert_eq!(
        told_decided(&made),
        "Keep->Out: sell UPRO: 3 shares at the market"
    );
    let again = replan(&made, &seen.portfolio, &seen, &state, &Settings::default());
    assert_eq!(again, made.plan);
}

#[test]
fn a_price_counts_from_a_minute_before_the_slot_and_never_from_before_the_open() {
    let cases = [
        ("2025-05-12T10:30", "2025-05-12T10:29:00", true),
        ("2025-05-12T10:30", "2025-05-12T10:28:59", false),
        ("2025-05-12T10:30", "2025-05-12T10:30:40", true),
        ("2025-05-12T09:30", "2025-05-12T09:29:59", false),
        ("2025-05-12T09:30", "2025-05-12T09:30:00", true),
    ];
    for (slot_text, made_at, fresh) in cases {
        let mut seen = flat(Course::Rising);
        seen.slot = slot(slot_text);
        seen.sources[0].reading = usable(Course::Rising.hours(seen.slot, 230));
        seen.price = Some(point(TQQQ, price("101"), made_at));
        let made = decided(&seen, &ready());
        let expected = (!fresh).then_some(Reason::Stale);
        assert_eq!(
            made.refused.map(|stop| stop.reason),
            expected,
            "{slot_text} {made_at}"
        );
    }
}

#[test]
fn refusals_for_want_of_data_say_what_was_wanted_and_what_was_there() {
    let refused = |change: fn(&mut Observation)| {
        let mut seen = flat(Course::Rising);
        change(&mut seen);
        decided(&seen, &ready()).refused.unwrap().to_string()
    };
    insta::assert_snapshot!(refused(|seen| seen.price = None), @"Stale (a trade at or after 2025-05-12T10:29:00-04:00; seen: no price)");
    insta::assert_snapshot!(refused(|seen| seen.price.as_mut().unwrap().at = at("2025-05-12T10:20")), @"Stale (a trade at or after 2025-05-12T10:29:00-04:00; seen: 101 at 2025-05-12T10:20:00-04:00)");
    insta::assert_snapshot!(refused(|seen| {
        seen.sources[0].reading = usable(Course::Rising.hours(this_slot(), 12));
    }), @"NotWarm (200 closed hours; seen: 12)");
    insta::assert_snapshot!(refused(|seen| {
        seen.sources = vec![source("twelve-data", unusable("429 until 11:00")), source("fmp", unusable("gaps"))];
    }), @"NoData (one usable source; seen: twelve-data: 429 until 11:00; fmp: gaps)");
    insta::assert_snapshot!(refused(|seen| seen.sources.clear()), @"NoData (one usable source; seen: )");
}

#[test]
fn two_hundred_closed_hours_are_warm_and_one_fewer_is_not() {
    for (count, warm) in [(199, false), (200, true), (230, true), (400, true)] {
        let mut seen = flat(Course::Rising);
        seen.sources[0].reading = usable(Course::Rising.hours(this_slot(), count));
        assert_eq!(decided(&seen, &ready()).decision.is_some(), warm, "{count}");
    }
}

#[test]
fn only_the_newest_window_counts_and_no_hour_that_has_not_ended() {
    let reference = decided(&flat(Course::Rising), &ready()).decision;
    let mut seen = flat(Course::Rising);
    seen.sources[0].reading = usable(Course::Rising.hours(this_slot(), 300));
    assert_eq!(
        decided(&seen, &ready()).decision.unwrap().fast,
        reference.unwrap().fast
    );
    // An hour that ends after the slot, called closed by a source that is wrong.
    let mut hours = Course::Rising.hours(this_slot(), 230);
    let mut forming = Course::Rising.hours(slot("2025-05-12T11:30"), 1);
    forming[0].close = price("1");
    forming[0].low = price("1");
    hours.append(&mut forming);
    seen.sources[0].reading = usable(hours);
    assert_eq!(decided(&seen, &ready()).decision, reference);
}

#[test]
fn in_forming_mode_the_price_is_folded_in_as_the_close_of_the_hour() {
    let strategy = StrategySettings {
        hours: HoursMode::Forming,
        ..StrategySettings::default()
    };
    let settings = Settings {
        strategy,
        ..Settings::default()
    };
    let seen = flat(Course::Rising);
    let closed = decided(&seen, &ready()).decision.unwrap();
    let forming = judge(&seen, &ready(), &settings)
        .unwrap()
        .decided
        .decision
        .unwrap();
    let alpha = 2.0 / 11.0;
    let expected = alpha * 101.0 + (1.0 - alpha) * closed.fast;
    assert!((forming.fast - expected).abs() < 1e-12);
}

#[test]
fn the_signal_symbol_gives_signal_and_price_and_the_traded_one_the_size() {
    let strategy = StrategySettings {
        signal_symbol: Some(symbol("QQQ")),
        ..StrategySettings::default()
    };
    let mut settings = Settings {
        strategy,
        ..Settings::default()
    };
    settings.orders.order = trading::settings::OrderStyle::Limit;
    let mut seen = flat(Course::Rising);
    seen.price = Some(point("QQQ", price("101"), "2025-05-12T10:30:02"));
    seen.trade_price = Some(point(TQQQ, price("50"), "2025-05-12T10:30:03"));
    let made = judge(&seen, &ready(), &settings).unwrap().decided;
    assert_eq!(
        (made.symbol.as_str(), made.signal_symbol.as_str()),
        ("TQQQ", "QQQ")
    );
    assert_eq!(made.decision.unwrap().price, price("101"));
    assert_eq!(told(&made.plan), "buy TQQQ: 1980 shares at 50.25 or better");
    seen.trade_price = None;
    let unpriced = judge(&seen, &ready(), &settings).unwrap().decided;
    assert_eq!(unpriced.plan.idle, Some(Held::NoPrice));
}

/// Sources in order: rising, falling, flat or not usable.
fn sources(courses: &[Option<Course>]) -> Observation {
    let mut seen = long(Course::Rising);
    let names = ["twelve-data", "fmp", "alpaca"];
    seen.sources = courses
        .iter()
        .zip(names)
        .map(|(course, name)| match course {
            Some(course) => source(name, usable(course.hours(this_slot(), 230))),
            None => source(name, unusable("down")),
        })
        .collect();
    seen
}

#[test]
fn an_entry_needs_every_usable_source_and_an_exit_only_the_first() {
    use Course::{Falling, Flat, Rising};
    let cases: [(&[Option<Course>], &str, Target, bool); 8] = [
        (&[Some(Rising), Some(Rising)], "101", Target::AllIn, false),
        (&[Some(Rising), None], "101", Target::AllIn, false),
        (&[None, Some(Rising)], "101", Target::AllIn, false),
        (
            &[Some(Rising), Some(Flat), Some(Rising)],
            "100.5",
            Target::Keep,
            true,
        ),
        (&[Some(Rising), Some(Falling)], "101", Target::Keep, true),
        (&[Some(Falling), Some(Rising)], "99", Target::Out, false),
        (&[Some(Flat), Some(Rising)], "101", Target::Keep, false),
        (&[None, None, Some(Falling)], "99", Target::Out, false),
    ];
    for (courses, now, wanted, disagreed) in cases {
        let mut seen = sources(courses);
        seen.price.as_mut().unwrap().price = price(now);
        let made = decided(&seen, &ready());
        assert_eq!(
            (made.wanted, made.disagreed),
            (wanted, disagreed),
            "{courses:?}"
        );
        if disagreed {
            assert_eq!(made.plan.idle, Some(Held::Disagreed), "{courses:?}");
        }
        assert_eq!(made.opinions.len(), courses.len());
    }
}

#[test]
fn a_disagreement_while_an_out_is_open_goes_on_selling() {
    let seen = sources(&[Some(Course::Rising), Some(Course::Falling)]);
    let made = decided(&seen, &out_is_open());
    assert_eq!(
        told_decided(&made),
        "Keep->Out: sell TQQQ: 995 shares at the market"
    );
    assert!(made.disagreed);
}

#[test]
fn a_source_with_too_short_a_history_makes_way_for_the_next() {
    let mut seen = sources(&[None, Some(Course::Falling)]);
    seen.sources[0].reading = usable(Course::Rising.hours(this_slot(), 150));
    seen.price.as_mut().unwrap().price = price("99");
    let made = decided(&seen, &ready());
    assert_eq!(made.decision.unwrap().signal, Signal::Bearish);
    assert!(matches!(made.opinions[0].verdict, Verdict::NotWarm(_)));
    assert_eq!(made.wanted, Target::Out);
}

#[test]
fn too_few_usable_sources_stop_an_entry_and_no_exit() {
    let mut settings = Settings::default();
    settings.data.min_sources = Some(2);
    let mut seen = sources(&[Some(Course::Rising), None]);
    let made = judge(&seen, &ready(), &settings).unwrap().decided;
    assert_eq!(made.wanted, Target::AllIn);
    insta::assert_snapshot!(made.entry_stops[0], @"MinSources (2 usable sources; seen: 1)");
    seen.sources[0].reading = usable(Course::Falling.hours(this_slot(), 230));
    seen.price.as_mut().unwrap().price = price("99");
    let made = judge(&seen, &ready(), &settings).unwrap().decided;
    assert_eq!(
        told_decided(&made),
        "Out->Out: sell TQQQ: 995 shares at the market"
    );
    assert_eq!(made.stops, []);
}

#[test]
fn holdings_nobody_adopted_are_not_sold_by_a_bullish_signal() {
    let mut state = ready();
    state.adopted = false;
    let book = || {
        Book::cash("5000")
            .long("AAPL", "5", "200")
            .long(TQQQ, "1", "100")
    };
    let made = decided(&observation(Course::Rising, book().build()), &state);
    assert_eq!(
        told_decided(&made),
        "AllIn->AllIn refused ForeignHoldings: nothing: the account's holdings are not adopted"
    );
    assert!(made.decision.is_some(), "the decision itself stands");
    // An exit of the traded symbol is never stopped by it.
    let made = decided(&observation(Course::Falling, book().build()), &state);
    assert_eq!(
        told_decided(&made),
        "Out->Out: sell TQQQ: 1 shares at the market"
    );
    state.adopted = true;
    let made = decided(&observation(Course::Rising, book().build()), &state);
    assert_eq!(
        told_decided(&made),
        "AllIn->AllIn: sell AAPL: 5 shares at the market"
    );
}

#[test]
fn what_comes_to_a_live_account_while_an_order_is_on_its_way_is_left_alone() {
    let settings = Settings {
        venue: Venue::AlpacaLive,
        ..Settings::default()
    };
    let seen = flat(Course::Rising);
    let made = judge(&seen, &ready(), &settings).unwrap().decided;
    let now = Book::cash("500")
        .long(TQQQ, "995", "100")
        .long("AAPL", "5", "200")
        .build();
    let plan = replan(&made, &now, &seen, &ready(), &settings);
    assert_eq!((plan.is_empty(), plan.idle), (true, Some(Held::NotAdopted)));
    let on_paper = replan(&made, &now, &seen, &ready(), &Settings::default());
    assert_eq!(on_paper.sales.len(), 1, "there it makes room");
}

#[test]
fn an_account_first_seen_empty_is_ours() {
    let mut state = ready();
    state.adopted = false;
    let made = decided(&flat(Course::Rising), &state);
    assert_eq!(
        told_decided(&made),
        "AllIn->AllIn: buy TQQQ: 99500 USD at the market"
    );
    assert_eq!(made.entry_stops, []);
}

#[test]
fn the_same_sight_is_judged_the_same_and_the_reached_portfolio_plans_nothing() {
    let (seen, state) = (flat(Course::Rising), ready());
    let first = judge(&seen, &state, &Settings::default()).unwrap();
    assert_eq!(first, judge(&seen, &state, &Settings::default()).unwrap());
    let bought = Book::cash("500").long(TQQQ, "995", "100").build();
    let again = replan(&first.decided, &bought, &seen, &state, &Settings::default());
    assert_eq!(again.idle, Some(Held::AtTarget));
}

#[test]
fn no_future_hour_changes_a_past_decision() {
    let seen = flat(Course::Falling);
    let before = decided(&seen, &ready());
    let mut later = seen.clone();
    let mut hours = Course::Falling.hours(this_slot(), 230);
    hours.extend(Course::Rising.hours(slot("2025-05-13T15:30"), 7));
    later.sources[0].reading = usable(hours);
    assert_eq!(decided(&later, &ready()).decision, before.decision);
}

#[test]
fn fractions_are_bought_only_where_asset_and_account_allow_them() {
    let cases = [
        (true, Some(true), true),
        (true, None, true),
        (true, Some(false), false),
        (false, Some(true), false),
    ];
    for (asset, account, fractional) in cases {
        let mut seen = flat(Course::Rising);
        seen.asset.fractionable = asset;
        seen.configuration.fractional_trading = account;
        let order = decided(&seen, &ready()).plan.buy.unwrap();
        let whole = order.instruction.quantity();
        assert_eq!(whole.is_none(), fractional, "{asset} {account:?}");
        if let Some(quantity) = whole {
            assert_eq!(quantity, shares("980"));
        }
    }
}

#[test]
fn once_everything_is_to_be_sold_no_signal_agreement_or_foreign_holding_keeps_anything() {
    let halt = trading::record::Halted {
        level: trading::record::HaltLevel::ReduceOnly,
        flatten: true,
        reason: trading::record::HaltReason::Owner("out".to_owned()),
    };
    let state = State {
        halt: Some(halt),
        ..ready()
    };
    for course in [Course::Rising, Course::Flat, Course::Falling] {
        let book = Book::cash("5")
            .long("AAPL", "3", "80")
            .long(TQQQ, "1", "100");
        let mut seen = observation(course, book.build());
        let confirming = source("second", usable(Course::Flat.hours(this_slot(), 230)));
        seen.sources.push(confirming);
        let stranger = State {
            adopted: false,
            ..state.clone()
        };
        for state in [&state, &stranger] {
            let made = decided(&seen, state);
            assert_eq!(made.target, Target::Out);
            let expected = "sell AAPL: 3 shares at the market; sell TQQQ: 1 shares at the market";
            assert_eq!(told(&made.plan), expected);
            assert!(
                made.entry_stops
                    .iter()
                    .any(|stop| stop.reason == Reason::Halted)
            );
            let again = replan(&made, &seen.portfolio, &seen, state, &Settings::default());
            assert_eq!(again, made.plan);
        }
    }
}
