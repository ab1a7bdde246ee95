//! The decision function: what is bullish, what sells, what is close.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use market::{Decimal, Price};
use proptest::prelude::*;
use strategy::{
    Averages, Decision, ExitRule, Holding, HoursMode, NotWarm, Params, Signal, Target, decide,
};

/// Spans 1 and 3: the fast average is the last close, the slow one halves the way to it.
fn params() -> Params {
    Params::new(1, 3).unwrap().with_warmup_hours(2).unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn folded(params: &Params, closes: &[&str]) -> Averages {
    let mut averages = Averages::new(params);
    closes.iter().for_each(|close| averages.push(price(close)));
    averages
}

fn decided(params: &Params, closes: &[&str], at: &str) -> Decision {
    decide(params, &folded(params, closes), price(at), Holding::Flat).unwrap()
}

#[test]
fn the_order_of_price_fast_and_slow_makes_the_signal_and_ties_are_neutral() {
    // (closes, price, fast, slow, signal)
    let cases = [
        (["10", "12"], "12.01", 12.0, 11.0, Signal::Bullish),
        (["10", "12"], "12", 12.0, 11.0, Signal::Neutral),
        (["10", "12"], "11.5", 12.0, 11.0, Signal::Neutral),
        (["10", "12"], "9", 12.0, 11.0, Signal::Neutral),
        (["12", "10"], "9.99", 10.0, 11.0, Signal::Bearish),
        (["12", "10"], "10", 10.0, 11.0, Signal::Neutral),
        (["12", "10"], "12", 10.0, 11.0, Signal::Neutral),
        (["10", "10"], "11", 10.0, 10.0, Signal::Neutral),
        (["10", "10"], "9", 10.0, 10.0, Signal::Neutral),
    ];
    for (closes, at, fast, slow, signal) in cases {
        let decision = decided(&params(), &closes, at);
        assert_eq!((decision.fast, decision.slow), (fast, slow), "{closes:?}");
        assert_eq!(decision.signal, signal, "{closes:?} at {at}");
        assert_eq!(decision.price, price(at));
    }
}

#[test]
fn confirmed_exits_wait_for_a_bearish_signal_and_broken_ones_do_not() {
    let cases = [
        (
            Signal::Bullish,
            ["10", "12"],
            "13",
            Target::AllIn,
            Target::AllIn,
        ),
        (
            Signal::Neutral,
            ["10", "12"],
            "11",
            Target::Keep,
            Target::Out,
        ),
        (Signal::Bearish, ["12", "10"], "9", Target::Out, Target::Out),
    ];
    for (signal, closes, at, confirmed, broken) in cases {
        for (exit, target) in [(ExitRule::Confirmed, confirmed), (ExitRule::Broken, broken)] {
            let decision = decided(&params().with_exit(exit), &closes, at);
            assert_eq!(
                (decision.signal, decision.target),
                (signal, target),
                "{exit:?}"
            );
        }
    }
}

#[test]
fn too_few_hours_refuse_with_both_counts() {
    let averages = folded(&params(), &["10"]);
    let refused = decide(&params(), &averages, price("10"), Holding::Flat).unwrap_err();
    assert_eq!(
        refused,
        NotWarm {
            closed: 1,
            needed: 2
        }
    );
    assert_eq!(
        refused.to_string(),
        "1 closed hours of 2 needed before the first signal"
    );
    // The hour under way is no closed hour.
    let forming = params().with_hours(HoursMode::Forming);
    assert!(decide(&forming, &averages, price("10"), Holding::Flat).is_err());
}

#[test]
fn forming_hours_fold_the_price_in_and_leave_the_averages_alone() {
    let forming = Params::new(3, 7).unwrap().with_warmup_hours(2).unwrap();
    let forming = forming.with_hours(HoursMode::Forming);
    let averages = folded(&forming, &["10", "12"]);
    let before = averages;
    let decision = decide(&forming, &averages, price("14"), Holding::Flat).unwrap();
    assert_eq!(averages, before);
    let mut pushed = averages;
    pushed.push(price("14"));
    assert_eq!(
        (Some(decision.fast), Some(decision.slow)),
        (pushed.fast(), pushed.slow())
    );
    assert_eq!((decision.fast, decision.slow), (12.5, 11.375));
    let closed = decide(
        &forming.with_hours(HoursMode::Closed),
        &averages,
        price("14"),
        Holding::Flat,
    );
    assert_eq!((closed.unwrap().fast, closed.unwrap().slow), (11.0, 10.5));
}

#[test]
fn margins_say_how_far_each_comparison_was_from_flipping() {
    let margins = decided(&params(), &["10", "12"], "15").margins;
    assert_eq!(
        (margins.price_to_fast.distance, margins.price_to_fast.bps),
        (3.0, 2500.0)
    );
    assert_eq!(margins.fast_to_slow.distance, 1.0);
    assert!((margins.fast_to_slow.bps - 10_000.0 / 11.0).abs() < 1e-9);
    let below = decided(&params(), &["12", "10"], "9").margins;
    assert_eq!(
        (below.price_to_fast.distance, below.price_to_fast.bps),
        (-1.0, -1000.0)
    );
}

#[test]
fn a_margin_below_three_billionths_of_the_spread_is_fragile() {
    // The spread is 110 - 100, so the bound is 3e-8 dollars.
    let cases = [
        (["100", "110"], "110.00000002", true),
        (["100", "110"], "110.00000004", false),
        (["100", "110"], "109.99999998", true),
        (["100", "110"], "110", true),
        (["100", "110"], "104", false),
        // The averages themselves may be the close pair: 110 against 110 - 1e-8 / 2.
        (["109.99999999", "110"], "100", true),
    ];
    for (closes, at, fragile) in cases {
        assert_eq!(
            decided(&params(), &closes, at).fragile,
            fragile,
            "{closes:?} at {at}"
        );
    }
}

#[test]
fn a_decision_survives_json_to_the_last_bit() {
    let decision = decided(
        &Params::default().with_warmup_hours(3).unwrap(),
        &["10.1", "12.37", "11.9"],
        "12.003",
    );
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    assert!(
        json.starts_with(r#"{"signal":"bullish","target":"all_in","price":"12.003","fast":10."#),
        "{json}"
    );
}

fn cents(cents: i64) -> Price {
    Price::new(Decimal::new(cents, 2)).unwrap()
}

fn any_params() -> impl Strategy<Value = Params> {
    let hours = prop_oneof![Just(HoursMode::Closed), Just(HoursMode::Forming)];
    let exit = prop_oneof![Just(ExitRule::Confirmed), Just(ExitRule::Broken)];
    (1_u32..30, 1_u32..40, hours, exit).prop_map(|(fast, more, hours, exit)| {
        let params = Params::new(fast, fast + more)
            .unwrap()
            .with_hours(hours)
            .with_exit(exit);
        params.with_warmup_hours(5).unwrap()
    })
}

/// Closes in whole cents that walk by up to 3 % a step, as hours do.
fn walk() -> impl Strategy<Value = Vec<i64>> {
    (
        1_000_i64..20_000,
        proptest::collection::vec(-300_i64..=300, 5..80),
    )
        .prop_map(|(first, steps)| {
            let next = |close: &mut i64, step: i64| {
                *close = (*close + *close * step / 10_000).max(1);
                Some(*close)
            };
            steps
                .into_iter()
                .scan(first, |close, step| next(close, step))
                .collect()
        })
}

fn decide_on(params: &Params, closes: &[i64], at: i64) -> Decision {
    let mut averages = Averages::new(params);
    closes.iter().for_each(|close| averages.push(cents(*close)));
    decide(params, &averages, cents(at), Holding::Long).unwrap()
}

proptest! {
    #[test]
    fn the_signal_and_target_say_what_the_numbers_say(
        params in any_params(),
        closes in walk(),
        at in 1_000_i64..20_000,
    ) {
        let decision = decide_on(&params, &closes, at);
        let (price, fast, slow) = (decision.price.to_f64(), decision.fast, decision.slow);
        prop_assert_eq!(decision.signal == Signal::Bullish, price > fast && fast > slow);
        prop_assert_eq!(decision.signal == Signal::Bearish, price < fast && fast < slow);
        prop_assert_eq!(decision.target == Target::AllIn, decision.signal == Signal::Bullish);
        prop_assert!(decision.signal != Signal::Bearish || decision.target == Target::Out);
        prop_assert!(decision.target != Target::Keep || params.exit == ExitRule::Confirmed);
        prop_assert_eq!(decision.margins.price_to_fast.distance, price - fast);
        prop_assert_eq!(decision.margins.fast_to_slow.distance, fast - slow);
        let json = serde_json::to_string(&decision).unwrap();
        prop_assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    }

    #[test]
    fn the_holding_changes_nothing(params in any_params(), closes in walk(), at in 1_000_i64..20_000) {
        let mut averages = Averages::new(&params);
        closes.iter().for_each(|close| averages.push(cents(*close)));
        let flat = decide(&params, &averages, cents(at), Holding::Flat);
        prop_assert_eq!(flat, decide(&params, &averages, cents(at), Holding::Long));
    }

    #[test]
    fn a_split_of_every_price_keeps_the_decision(
        params in any_params(),
        closes in walk(),
        at in 1_000_i64..20_000,
    ) {
        let halved = decide_on(&params, &closes, at);
        let doubled: Vec<i64> = closes.iter().map(|close| close * 2).collect();
        let whole = decide_on(&params, &doubled, at * 2);
        prop_assert_eq!((whole.signal, whole.target), (halved.signal, halved.target));
        prop_assert_eq!(whole.fragile, halved.fragile);
        prop_assert_eq!(whole.margins.price_to_fast.bps, halved.margins.price_to_fast.bps);
    }

    #[test]
    fn the_mirror_image_of_a_bullish_market_is_bearish(closes in walk(), at in 1_000_i64..20_000) {
        // Mirrored around a level above every close; the averages are linear, so signals flip.
        let top = closes.iter().copied().max().unwrap().max(at) * 2;
        let params = Params::new(3, 8).unwrap().with_warmup_hours(5).unwrap();
        let one = decide_on(&params, &closes, at);
        let mirrored: Vec<i64> = closes.iter().map(|close| top - close).collect();
        let other = decide_on(&params, &mirrored, top - at);
        if !one.fragile && !other.fragile {
            let flipped = match one.signal {
                Signal::Bullish => Signal::Bearish,
                Signal::Bearish => Signal::Bullish,
                Signal::Neutral => Signal::Neutral,
            };
            prop_assert_eq!(other.signal, flipped);
        }
    }

    #[test]
    fn averages_started_at_the_window_decide_as_those_of_the_whole_history(
        first in 1_000_i64..20_000,
        steps in proptest::collection::vec(-200_i64..=200, 400),
    ) {
        let params = Params::default();
        let closes: Vec<i64> = steps
            .iter()
            .scan(first, |close, step| {
                *close = (*close + *close * step / 10_000).max(1);
                Some(*close)
            })
            .collect();
        let window = params.window_hours() as usize;
        let whole = decide_on(&params, &closes, closes[399]);
        let live = decide_on(&params, &closes[400 - window..], closes[399]);
        if !whole.fragile {
            prop_assert_eq!((live.signal, live.target), (whole.signal, whole.target));
        }
    }
}
