//! I13: an order that only reduces is stopped by no rule made for entries, however many of them
//! say no at once.

use market::hours::Gap;
use proptest::prelude::*;
use trading::account::AccountConfiguration;
use trading::approve::{Sight, Situation, approve};
use trading::judge::{Decided, judge};
use trading::observation::{Observation, Reading, SessionHours, Skew};
use trading::order::{Leg, Order, Side};
use trading::outcome::{Effect, Reason, Refusal};
use trading::record::{HaltLevel, HaltReason, Halted};
use trading::settings::{Settings, Venue};
use trading::spread::Look;
use trading::state::{State, TrackedOrder};

use crate::fixture::{
    Book, Course, TQQQ, at, buy, id, market_order, money, observation, point, price, quote, ready,
    shares, symbol, this_session, this_slot,
};
use crate::gates::{lost_before, lost_today};

/// All that a slot is judged by.
struct Day {
    seen: Observation,
    state: State,
    settings: Settings,
    /// Rules that are looked at only when something is about to be sent.
    at_the_last_moment: Vec<Refusal>,
    /// The quote an entry is held up to.
    look: Look,
}

impl Day {
    fn new(course: Course, book: Book) -> Self {
        Self {
            seen: observation(course, book.build()),
            state: ready(),
            settings: Settings::default(),
            at_the_last_moment: Vec::new(),
            look: quote("99.99", "100.01", "2025-05-12T10:31"),
        }
    }

    fn judged(&self) -> Decided {
        let judged = judge(&self.seen, &self.state, &self.settings);
        judged.expect("the settings are sound").decided
    }

    /// Why `order` is refused; `None` when it may be sent.
    fn refuses(&self, order: Order) -> Option<Refusal> {
        let decided = self.judged();
        let mut state = self.state.clone();
        state.observe(&self.seen);
        let mut entry_stops = decided.entry_stops;
        entry_stops.extend(self.at_the_last_moment.clone());
        let situation = Situation {
            now: at("2025-05-12T10:31"),
            send_until: at("2025-05-12T10:40"),
            session: self.seen.narrower_session(),
            state: &state,
            portfolio: &self.seen.portfolio,
            price: self.seen.trade_price.as_ref().map(|point| point.price),
            quote: Sight::Looked(&self.look),
            stops: &decided.stops,
            entry_stops: &entry_stops,
            needs_arming: self.settings.venue == Venue::AlpacaLive,
            limits: &self.settings.limits,
        };
        approve(order, &situation).err()
    }
}

fn entry_reasons() -> Vec<Reason> {
    let stops_entries = |reason: &Reason| reason.effect() == Effect::StopsEntries;
    Reason::ALL.iter().copied().filter(stops_entries).collect()
}

/// Brings about what `reason` is raised for. A reason that stops entries and is missing here fails
/// every test of this file.
fn upset(reason: Reason, day: &mut Day) {
    let Day {
        seen,
        state,
        settings,
        at_the_last_moment,
        look,
    } = day;
    match reason {
        Reason::MinSources => settings.data.min_sources = Some(2),
        Reason::MissingBars => {
            let Reading::Usable { gaps, .. } = &mut seen.sources[0].reading else {
                panic!("an ordinary day has bars");
            };
            let start = at("2025-05-09T11:00");
            gaps.push(Gap { start });
        }
        Reason::PriceDisagreement => {
            seen.second_price = Some(point(TQQQ, price("110"), "2025-05-12T10:30:03"));
        }
        Reason::PriceJump => settings.limits.price_jump_max_pct = 0,
        Reason::FlowsUnread => seen.flows_unread = Some("503".to_owned()),
        Reason::ConfigurationUnread => {
            seen.configuration = AccountConfiguration::UNKNOWN;
            seen.configuration_unread = Some("403".to_owned());
        }
        Reason::ForeignAsset => hold_foreign(seen, "BTC/USD", false),
        Reason::ForeignHoldings => {
            hold_foreign(seen, "AAPL", true);
            state.adopted = false;
        }
        Reason::CalendarDisagreement => {
            let close = at("2025-05-12T13:00");
            seen.broker_session = Some(SessionHours {
                close,
                ..this_session()
            });
        }
        Reason::ClockSkew => seen.skew = Skew::Unknown,
        Reason::LeveredAccount => seen.configuration.max_margin_multiplier = None,
        Reason::Halted => {
            state.halt = Some(Halted {
                level: HaltLevel::ReduceOnly,
                flatten: false,
                reason: HaltReason::Owner("vacation".to_owned()),
            });
        }
        Reason::NotArmed => settings.venue = Venue::AlpacaLive,
        Reason::OrdersPerSlot => fill_the_slot(state),
        Reason::OrdersPerDay => state.day.orders = settings.limits.orders_per_day,
        Reason::RoundTripsPerDay => state.day.round_trips = settings.limits.round_trips_per_day,
        Reason::OrderNotional => settings.limits.order_notional_max_pct = 1,
        Reason::Exposure => settings.limits.exposure_max_pct = 1,
        Reason::DailyLoss => lost_today(state, "200000"),
        Reason::Drawdown => lost_before(state, "300000"),
        Reason::Spread => *look = quote("99.4", "100.6", "2025-05-12T10:31"),
        Reason::InvariantBreached => {
            at_the_last_moment.push(Refusal::new(reason, "", ""));
        }
        other => panic!("say how {other} comes about"),
    }
}

fn hold_foreign(seen: &mut Observation, name: &str, is_us_equity: bool) {
    let held = Book::cash("0").long(name, "1", "100").build().positions;
    let foreign = held.into_iter().map(|mut position| {
        position.is_us_equity = is_us_equity;
        position
    });
    seen.portfolio.positions.extend(foreign);
}

fn fill_the_slot(state: &mut State) {
    for attempt in 1..=5 {
        for name in ["MSFT", "NVDA"] {
            let order = Order {
                id: id(Leg::Sell, name, attempt),
                ..market_order(Leg::Sell, name, "1")
            };
            let tracked = TrackedOrder {
                slot: this_slot(),
                intents: vec![order.clone()],
                state: trading::order::OrderState::Filled,
                send_before: at("2025-05-12T10:31:05"),
                broker_id: None,
                filled: shares("1"),
                filled_value: None,
                tops_up: false,
            };
            state.orders.insert(order.id, tracked);
        }
    }
}

#[test]
fn every_reason_that_stops_entries_can_be_brought_about_and_stops_one() {
    for reason in entry_reasons() {
        let mut day = Day::new(Course::Rising, Book::cash("100000"));
        assert_eq!(day.refuses(buy("99500")), None);
        upset(reason, &mut day);
        let refused = day.refuses(buy("99500")).map(|refusal| refusal.reason);
        let gated = day.judged().entry_stops;
        let named = refused == Some(reason) || gated.iter().any(|stop| stop.reason == reason);
        assert!(named && refused.is_some(), "{reason}: {refused:?}");
    }
}

#[test]
fn what_stops_everything_and_what_stops_entries_are_two_lists() {
    for reason in entry_reasons() {
        let mut day = Day::new(Course::Rising, Book::cash("100000"));
        upset(reason, &mut day);
        let judged = day.judged();
        assert_eq!(judged.stops, [], "{reason}");
        let of_entries = |stop: &Refusal| stop.reason.effect() == Effect::StopsEntries;
        assert!(judged.entry_stops.iter().all(of_entries), "{reason}");
    }
}

/// A book of one holding, long or short.
fn book(count: &str, is_short: bool) -> Book {
    if is_short {
        Book::cash("200000").short(TQQQ, count, "100")
    } else {
        Book::cash("500").long(TQQQ, count, "100")
    }
}

proptest! {
    #[test]
    fn no_rule_for_entries_stops_an_order_that_reduces(
        upsets in proptest::sample::subsequence(entry_reasons(), 0..=entry_reasons().len()),
        (held, wanted) in (1_i64..1_000_000, 1_i64..1_000_000),
        is_short in any::<bool>(),
        reduced in 0_u32..10,
        (cash, equity) in (-1_000_000_i64..1_000_000, -1_000_000_i64..1_000_000),
        is_priced in any::<bool>(),
    ) {
        let count = held.max(wanted).to_string();
        let mut day = Day::new(Course::Falling, book(&count, is_short));
        day.state.day.reduce_only = reduced;
        for reason in upsets {
            upset(reason, &mut day);
        }
        day.seen.portfolio.account.cash = market::Money::from_cents(cash);
        day.seen.portfolio.account.equity = market::Money::from_cents(equity);
        if !is_priced {
            day.seen.trade_price = None;
        }
        let leg = if is_short { Leg::Cover } else { Leg::Sell };
        let order = market_order(leg, TQQQ, &held.min(wanted).to_string());
        prop_assert_eq!(day.refuses(order), None);
        prop_assert_eq!(day.judged().stops, vec![]);
    }

    #[test]
    fn a_bearish_slot_plans_its_sale_and_may_send_it_whatever_forbids_to_buy(
        upsets in proptest::sample::subsequence(entry_reasons(), 0..=entry_reasons().len()),
    ) {
        let mut day = Day::new(Course::Falling, Book::cash("500").long(TQQQ, "995", "100"));
        for reason in upsets {
            upset(reason, &mut day);
        }
        let planned = day.judged().plan.sales;
        prop_assert_eq!(planned.len(), 1);
        let sale = market_order(Leg::Sell, TQQQ, "995");
        prop_assert_eq!(&planned[0].instruction, &sale.instruction);
        prop_assert_eq!((sale.side, sale.symbol.clone()), (Side::Sell, symbol(TQQQ)));
        prop_assert_eq!(day.refuses(sale), None);
    }
}

#[test]
fn money_is_no_reason_to_keep_a_holding() {
    let mut day = Day::new(Course::Falling, Book::cash("0").long(TQQQ, "3", "100"));
    day.seen.portfolio.account.cash = money("-5000");
    assert_eq!(day.refuses(market_order(Leg::Sell, TQQQ, "3")), None);
}
