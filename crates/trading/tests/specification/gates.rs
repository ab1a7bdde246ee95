//! The gates of EXECUTION §6, each shut by one thing.

use market::calendar::{Disagreement, Session};
use market::check::{Reject, Rejected};
use market::hours::Gap;
use market::{Calendar, Date, Decimal, Price, time};
use trading::account::{AccountBlock, AccountConfiguration};
use trading::gates::{NO_TRADE_MAX, entry_stops, stops};
use trading::observation::{Observation, Reading, SessionHours, Skew, SuspectedSplit};
use trading::order::{Leg, OrderState};
use trading::outcome::{Reason, Refusal};
use trading::record::{HaltLevel, HaltReason, Halted, Intended, Intent, Noted, Record, SplitRuled};
use trading::settings::{Settings, Venue};
use trading::state::State;
use trading::unit::UnitValue;

use crate::fixture::{
    ACCOUNT, Book, Chain, Course, TQQQ, at, binding, market_order, observation, point, price,
    ready, this_session, this_slot,
};

type Change = fn(&mut Observation, &mut State);

fn ordinary() -> (Observation, State) {
    (
        observation(Course::Rising, Book::cash("100000").build()),
        ready(),
    )
}

/// What shuts, all orders first, then entries.
fn shut(change: Change) -> String {
    let (mut observation, mut state) = ordinary();
    change(&mut observation, &mut state);
    let settings = Settings::default();
    let text = |kind: &str, refusals: Vec<Refusal>| {
        let lines: Vec<String> = refusals
            .iter()
            .map(|stop| format!("{kind} {stop}"))
            .collect();
        lines.join("\n")
    };
    let all = text("all:", stops(&observation, &state, &settings));
    let entries = text("entry:", entry_stops(&observation, &state, &settings));
    [all, entries]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn on_an_ordinary_day_every_gate_is_open() {
    assert_eq!(shut(|_, _| ()), "");
}

#[test]
fn gates_that_stop_every_order() {
    insta::assert_snapshot!(shut(|_, state| state.halt = Some(Halted {
        level: HaltLevel::Frozen,
        flatten: false,
        reason: HaltReason::JournalBehind { ids: vec!["tqqq-1".to_owned()] },
    })), @"
    all: Frozen (no freeze in force; seen: JournalBehind: the broker holds orders the journal does not: tqqq-1)
    entry: Halted (no halt in force; seen: JournalBehind: the broker holds orders the journal does not: tqqq-1)
    ");
    insta::assert_snapshot!(shut(|seen, _| {
        seen.portfolio.account.block = Some(AccountBlock("trading_blocked".to_owned()));
    }), @"all: AccountBlocked (an active account; seen: trading_blocked)");
    insta::assert_snapshot!(shut(|seen, _| seen.configuration.suspend_trade = Some(true)), @"all: AccountBlocked (an active account; seen: trading suspended by the owner)");
    insta::assert_snapshot!(shut(|_, state| {
        let other = trading::account::AccountId::new("another");
        state.binding = Some(trading::record::Binding { account: other, ..binding() });
    }), @"all: WrongAccount (account another; seen: e6fe16f3-64a4-4921-8928-cadf02f92f98)");
    insta::assert_snapshot!(shut(|seen, _| seen.clock.is_open = false), @"all: MarketClosed (open by the broker's clock and both calendars; seen: broker's clock false, our calendar true, broker's calendar true)");
    insta::assert_snapshot!(shut(|seen, _| seen.at = at("2025-05-12T16:00")), @"
    all: MarketClosed (open by the broker's clock and both calendars; seen: broker's clock true, our calendar false, broker's calendar false)
    all: NotTrading (a trade in the last 5 minutes; seen: the last 19798 s ago)
    ");
    insta::assert_snapshot!(shut(|seen, _| seen.asset.tradable = false), @"all: NotTradable (tradable at the broker; seen: TQQQ)");
    insta::assert_snapshot!(shut(|seen, _| {
        seen.trade_price = Some(point(TQQQ, price("101"), "2025-05-12T10:25:49"));
    }), @"all: NotTrading (a trade in the last 5 minutes; seen: the last 301 s ago)");
}

#[test]
fn the_symbol_trades_as_long_as_a_trade_is_not_older_than_five_minutes() {
    let (mut seen, state) = ordinary();
    let settings = Settings::default();
    for (age, open) in [
        (NO_TRADE_MAX, true),
        (NO_TRADE_MAX + time::seconds(1), false),
    ] {
        let point = seen.trade_price.as_mut().unwrap();
        point.at = seen.at - age;
        assert_eq!(stops(&seen, &state, &settings).is_empty(), open, "{age:#}");
    }
}

#[test]
fn the_earlier_close_and_the_later_opening_win() {
    let half_day = SessionHours {
        close: at("2025-05-12T13:00"),
        ..this_session()
    };
    let cases = [
        ("both open", "2025-05-12T12:59", Some(half_day), true),
        (
            "the broker closes earlier",
            "2025-05-12T13:00",
            Some(half_day),
            false,
        ),
        ("the broker has no session", "2025-05-12T10:30", None, false),
        (
            "before the open",
            "2025-05-12T09:29",
            Some(this_session()),
            false,
        ),
    ];
    for (story, now, theirs, open) in cases {
        let (mut seen, state) = ordinary();
        (seen.at, seen.broker_session) = (at(now), theirs);
        seen.trade_price = None;
        assert_eq!(
            stops(&seen, &state, &Settings::default()).is_empty(),
            open,
            "{story}"
        );
    }
    let (mut seen, _) = ordinary();
    seen.broker_session = Some(SessionHours {
        open: at("2025-05-12T10:00"),
        ..half_day
    });
    let narrower = seen.narrower_session();
    assert_eq!(
        (narrower.open, narrower.close),
        (at("2025-05-12T10:00"), at("2025-05-12T13:00"))
    );
}

#[test]
fn an_order_of_the_symbol_without_a_known_end_stops_every_order() {
    let mut chain = Chain::new();
    let order = market_order(Leg::Sell, TQQQ, "5");
    chain.open(this_slot()).push(
        Some(this_slot()),
        Record::Intended(Intended {
            intent: Intent::Order(order.clone()),
            send_before: at("2025-05-12T10:31"),
        }),
    );
    chain.state.adopted = true;
    let (seen, _) = ordinary();
    let found = stops(&seen, &chain.state, &Settings::default());
    insta::assert_snapshot!(found[0], @"UnsettledIntent (no order in TQQQ without a known end; seen: tqqq-5f35d7-20250512T1030-s-TQQQ-1 is Intended)");
    chain.state.orders.get_mut(&order.id).unwrap().state = OrderState::Canceled;
    assert_eq!(stops(&seen, &chain.state, &Settings::default()), []);
}

#[test]
fn on_a_live_account_holdings_that_come_later_wait_to_be_adopted_again() {
    let mut chain = Chain::new();
    chain.open(this_slot());
    let holding = |names: &[&str]| {
        let book = Book::cash("1").long(TQQQ, "3", "100");
        let book = names
            .iter()
            .fold(book, |book, name| book.long(name, "5", "200"));
        Observation {
            portfolio: book.build(),
            ..ordinary().0
        }
    };
    let foreign = |state: &State, seen: &Observation, venue| {
        let settings = Settings {
            venue,
            ..Settings::default()
        };
        entry_stops(seen, state, &settings)
            .into_iter()
            .find(|stop| stop.reason == Reason::ForeignHoldings)
            .map(|stop| stop.seen)
    };
    chain.state.see(&Book::cash("1000").build());
    let (alone, more) = (holding(&["AAPL"]), holding(&["AAPL", "MSFT"]));
    assert_eq!(foreign(&chain.state, &alone, Venue::AlpacaPaper), None);
    assert_eq!(
        foreign(&chain.state, &alone, Venue::AlpacaLive).as_deref(),
        Some("5 AAPL")
    );
    chain.state.see(&alone.portfolio);
    let by_owner = Noted {
        text: "by the owner".to_owned(),
    };
    chain.push(None, Record::Adopted(by_owner));
    assert_eq!(foreign(&chain.state, &alone, Venue::AlpacaLive), None);
    assert_eq!(
        foreign(&chain.state, &more, Venue::AlpacaLive).as_deref(),
        Some("5 MSFT")
    );
    // What was adopted, left the account and came again is somebody's anew.
    chain.state.see(&Book::cash("1000").build());
    assert_eq!(
        foreign(&chain.state, &alone, Venue::AlpacaLive).as_deref(),
        Some("5 AAPL")
    );
}

#[test]
fn gates_that_stop_entries_only() {
    insta::assert_snapshot!(shut(|_, state| state.halt = Some(Halted {
        level: HaltLevel::ReduceOnly,
        flatten: false,
        reason: HaltReason::Owner("vacation".to_owned()),
    })), @"entry: Halted (no halt in force; seen: by the owner: vacation)");
    insta::assert_snapshot!(shut(|seen, state| {
        state.adopted = false;
        seen.portfolio = Book::cash("1").long("AAPL", "5", "200").short("F", "1.5", "12").build();
    }), @"entry: ForeignHoldings (an account for this program alone; seen: 5 AAPL, 1.5 F)");
    insta::assert_snapshot!(shut(|seen, _| {
        seen.portfolio = Book::cash("1").long("BTC/USD", "1", "60000").of_another_class().build();
    }), @"entry: ForeignAsset (US equities only; seen: BTC/USD)");
    insta::assert_snapshot!(shut(|seen, _| seen.configuration.no_shorting = None), @"entry: LeveredAccount (max_margin_multiplier 1 and no_shorting true at the broker; seen: max_margin_multiplier 1, no_shorting unknown)");
    insta::assert_snapshot!(shut(|seen, _| {
        seen.configuration.max_margin_multiplier = Some(Decimal::from(4));
    }), @"entry: LeveredAccount (max_margin_multiplier 1 and no_shorting true at the broker; seen: max_margin_multiplier 4, no_shorting true)");
    insta::assert_snapshot!(shut(|seen, _| {
        seen.broker_session = Some(SessionHours { close: at("2025-05-12T13:00"), ..this_session() });
    }), @"entry: CalendarDisagreement (2025-05-12T09:30:00-04:00 to 2025-05-12T16:00:00-04:00; seen: 2025-05-12T09:30:00-04:00 to 2025-05-12T13:00:00-04:00)");
    insta::assert_snapshot!(shut(|seen, _| contest(seen, "2025-05-09T13:00")), @"entry: CalendarDisagreement (no bar at a time that only one of the two calendars calls a part of the session; `[calendar] overrides` says how it was; seen: one of 2025-05-09T13:00:00-04:00 in twelve-data)");
    insta::assert_snapshot!(shut(|seen, _| lose(seen, "2025-05-12T09:30")), @"entry: MissingBars (at most 0 bars missing in 80 hours and none in the newest session, or a second source that lacks them too; seen: 1 in twelve-data, the newest of 2025-05-12T09:30:00-04:00)");
    insta::assert_snapshot!(shut(|seen, _| lose(seen, "2025-05-01T11:30")), @"entry: MissingBars (at most 0 bars missing in 80 hours and none in the newest session, or a second source that lacks them too; seen: 1 in twelve-data, the newest of 2025-05-01T11:30:00-04:00)");
    insta::assert_snapshot!(shut(|seen, _| seen.skew = Skew::Milliseconds(-2001)), @"entry: ClockSkew (at most 2000 ms; seen: -2001 ms)");
    insta::assert_snapshot!(shut(|seen, _| seen.skew = Skew::Unknown), @"entry: ClockSkew (at most 2000 ms; seen: unknown: no request was quick enough to tell)");
    insta::assert_snapshot!(shut(|seen, _| priced(seen, "135.01")), @"entry: PriceJump (at most 35 % from the last close; seen: 135.01 after a close of 100)");
    insta::assert_snapshot!(shut(|seen, _| priced(seen, "64.99")), @"entry: PriceJump (at most 35 % from the last close; seen: 64.99 after a close of 100)");
    insta::assert_snapshot!(shut(|seen, _| {
        seen.second_price = Some(point(TQQQ, price("101.51"), "2025-05-12T10:30:03"));
    }), @"entry: PriceDisagreement (at most 50 bps apart; seen: 101 from alpaca, 101.51 from alpaca)");
    insta::assert_snapshot!(shut(|_, state| lost_today(state, "125000.01")), @"entry: DailyLoss (at most 20 % a day; seen: 20.00 %)");
    insta::assert_snapshot!(shut(|_, state| lost_before(state, "200000.01")), @"entry: Drawdown (at most 50 % from the high-water mark; seen: 50.00 %)");
    insta::assert_snapshot!(shut(|_, state| state.day.round_trips = 3), @"entry: RoundTripsPerDay (at most 3 a day; seen: 3 made)");
}

/// The broker's calendar has had an early close, and a bar of this start was shown all the same.
fn contest(seen: &mut Observation, start: &str) {
    let ours = Calendar::nyse().session(FRIDAY).unwrap();
    let close = at("2025-05-09T13:00");
    seen.disagreements = vec![Disagreement {
        date: FRIDAY,
        ours,
        theirs: ours.map(|ours| Session { close, ..ours }),
    }];
    seen.sources[0].rejected = vec![Rejected {
        start: at(start),
        reason: Reject::OutsideSession,
    }];
}

/// The only source lacks a bar.
fn lose(seen: &mut Observation, start: &str) {
    let Reading::Usable { gaps, .. } = &mut seen.sources[0].reading else {
        panic!("an ordinary day has bars");
    };
    gaps.push(Gap { start: at(start) });
}

fn priced(seen: &mut Observation, text: &str) {
    seen.price.as_mut().unwrap().price = price(text);
}

const FRIDAY: Date = Date::constant(2025, 5, 9);
const MONDAY: Date = Date::constant(2025, 5, 12);

/// An account that held something worth `before`; cash alone can be withdrawn, not lost.
fn worth(before: &str) -> UnitValue {
    let held = Book::cash("0").long("UPRO", "1", before).build();
    UnitValue::first(&held, &[], FRIDAY)
}

/// 100 000 dollars are left of `before`, which was there on Friday.
pub(crate) fn lost_today(state: &mut State, before: &str) {
    let mut unit = worth(before);
    unit.look(&Book::cash("100000").build(), &[], MONDAY);
    state.unit = Some(unit);
}

/// As much was lost, but on Friday already.
pub(crate) fn lost_before(state: &mut State, before: &str) {
    let mut unit = worth(before);
    unit.look(&Book::cash("100000").build(), &[], FRIDAY);
    unit.look(&Book::cash("100000").build(), &[], MONDAY);
    state.unit = Some(unit);
}

#[test]
fn each_entry_gate_is_still_open_at_its_limit() {
    let changes: [(&str, Change); 11] = [
        ("a bar missing eighty hours ago", |seen, _| {
            lose(seen, "2025-04-24T14:00");
        }),
        ("calendars that differ, and no bar between", |seen, _| {
            contest(seen, "2025-05-09T16:00");
        }),
        ("skew", |seen, _| seen.skew = Skew::Milliseconds(2000)),
        ("jump up", |seen, _| priced(seen, "135")),
        ("jump down", |seen, _| priced(seen, "65")),
        ("second price", |seen, _| {
            seen.second_price = Some(point(TQQQ, price("101.505"), "2025-05-12T10:30:03"));
        }),
        ("an old second price is no opinion", |seen, _| {
            seen.second_price = Some(point(TQQQ, price("150"), "2025-05-12T10:28:59"));
        }),
        ("daily loss of 20 %", |_, state| lost_today(state, "125000")),
        ("a gain", |_, state| lost_today(state, "1")),
        ("drawdown of 50 %", |_, state| {
            lost_before(state, "200000");
        }),
        ("round trips", |_, state| state.day.round_trips = 2),
    ];
    for (story, change) in changes {
        assert_eq!(shut(change), "", "{story}");
    }
}

#[test]
fn a_suspected_split_stops_every_order_until_the_owner_has_ruled() {
    let suspect = |seen: &mut Observation| {
        seen.suspected_splits = vec![SuspectedSplit {
            symbol: crate::fixture::symbol(TQQQ),
            split: "2025-05-12:2".parse().unwrap(),
            seen_in: "price".to_owned(),
        }];
    };
    let (mut seen, mut state) = ordinary();
    suspect(&mut seen);
    let found = stops(&seen, &state, &Settings::default());
    insta::assert_snapshot!(found[0], @"SuspectedSplit (no jump like a split without an announcement; seen: TQQQ 2 on 2025-05-12 in price; say `tqqq split accept` or `tqqq split deny`)");
    for accepted in [true, false] {
        state.split_rulings = vec![SplitRuled {
            symbol: crate::fixture::symbol(TQQQ),
            split: "2025-05-12:2".parse().unwrap(),
            accepted,
        }];
        assert_eq!(stops(&seen, &state, &Settings::default()), []);
    }
}

#[test]
fn an_ex_date_is_quiet_until_ten() {
    let on_ex_date = |text| {
        let (mut seen, state) = ordinary();
        (seen.ex_date, seen.at) = (true, at(text));
        for point in [&mut seen.price, &mut seen.trade_price] {
            point.as_mut().unwrap().at = at(text);
        }
        stops(&seen, &state, &Settings::default())
    };
    insta::assert_snapshot!(on_ex_date("2025-05-12T09:59:59")[0], @"ExDate (no order before 2025-05-12T10:00:00-04:00 on an ex-date; seen: 2025-05-12T09:59:59-04:00)");
    assert_eq!(on_ex_date("2025-05-12T10:00:00"), []);
}

#[test]
fn real_money_enters_only_while_armed_and_leaves_at_any_time() {
    let (seen, mut state) = ordinary();
    let mut settings = Settings {
        venue: Venue::AlpacaLive,
        ..Settings::default()
    };
    let mut found = Vec::new();
    for until in [
        None,
        Some(at("2025-05-12T10:30:50")),
        Some(at("2025-05-12T10:30:51")),
    ] {
        state.armed_until = until;
        assert_eq!(stops(&seen, &state, &settings), []);
        let stops = entry_stops(&seen, &state, &settings);
        found.push(
            stops
                .first()
                .map_or_else(|| "open".to_owned(), ToString::to_string),
        );
    }
    insta::assert_snapshot!(found.join("\n"), @"
    NotArmed (`tqqq arm --for D` in force; seen: not armed)
    NotArmed (`tqqq arm --for D` in force; seen: armed until 2025-05-12T10:30:50-04:00)
    open
    ");
    settings.venue = Venue::AlpacaPaper;
    state.armed_until = None;
    assert_eq!(entry_stops(&seen, &state, &settings), []);
}

#[test]
fn entries_wait_while_the_transfers_are_not_known() {
    insta::assert_snapshot!(shut(|seen, _| seen.flows_unread = Some("503".to_owned())), @"entry: FlowsUnread (the account's transfers, dividends and fees read; seen: 503)");
}

#[test]
fn entries_wait_while_the_settings_at_the_broker_are_not_known() {
    insta::assert_snapshot!(shut(|seen, _| {
        seen.configuration = AccountConfiguration::UNKNOWN;
        seen.configuration_unread = Some("403".to_owned());
    }), @"entry: ConfigurationUnread (the account's settings at the broker read; seen: 403)");
}

#[test]
fn a_paper_account_may_do_without_the_fence_against_leverage() {
    let (mut seen, state) = ordinary();
    seen.configuration.max_margin_multiplier = None;
    let mut settings = Settings::default();
    assert_eq!(entry_stops(&seen, &state, &settings).len(), 1);
    settings.limits.require_unlevered_account = false;
    assert_eq!(entry_stops(&seen, &state, &settings), []);
}

#[test]
fn without_a_price_or_bars_nothing_is_called_a_jump() {
    let (mut seen, state) = ordinary();
    (seen.price, seen.trade_price) = (None::<trading::observation::PricePoint>, None);
    seen.sources.clear();
    assert_eq!(seen.newest_close(), None::<Price>);
    assert_eq!(entry_stops(&seen, &state, &Settings::default()), []);
    assert_eq!(seen.portfolio.account.id.as_str(), ACCOUNT);
}
