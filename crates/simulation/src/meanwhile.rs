//! What befalls a slot from outside: the exchange, the broker's views, the owner.

use market::calendar::Slot;
use market::{Bps, Duration, Instant, Money, Shares, Symbol, time};
use trading::record::{Armed, HaltLevel, HaltReason, Halted, Record, Resumed};
use venue::fault::Fault as VenueFault;
use venue::model::{Kind, Lag, OrderRequest, Side, Size, TimeInForce};

use crate::fate::{Fault, Lot};
use crate::scenario::OTHER;
use crate::story::{self, Event};
use crate::world::State;

/// A slot's length.
const SLOT: Duration = time::minutes(30);

/// Faults of the exchange that last for the slot, as its own table writes them.
const OF_EXCHANGE: [(Fault, &[&str]); 6] = [
    (
        Fault::OrderDelayed,
        &["delayed-fill=3", "delayed-fill=15", "delayed-fill=40"],
    ),
    (
        Fault::OrderStuck,
        &["stuck-order=new", "stuck-order=partial"],
    ),
    (Fault::OrderRejected, &["rejected-order"]),
    (Fault::CancelStuck, &["stuck-cancel"]),
    (Fault::CancelRace, &["cancel-race=204", "cancel-race=422"]),
    (Fault::SymbolHalted, &["halted"]),
];

/// Lets fate have its way with a slot; returns what the owner writes, and how long after the slot.
pub(crate) fn befall(state: &mut State, symbol: &Symbol, slot: Slot) -> Vec<(Record, Duration)> {
    exchange(state, slot);
    views(state, slot);
    hands(state, symbol);
    switches(state)
}

/// What a story tells of a slot; returns as [`befall`] does.
pub(crate) fn tell(
    state: &mut State,
    event: Event,
    symbol: &Symbol,
    slot: Slot,
) -> Vec<(Record, Duration)> {
    let long = |slots: u32| SLOT * i32::try_from(slots).expect("stories take days");
    match event {
        Event::Halted(slots) => set(state, "halted", slot, long(slots)),
        Event::ClosesAt(close) => set(state, &format!("early-close={close}"), slot, SLOT),
        Event::SourceDown(slots) => {
            state
                .lasting
                .sources_down
                .insert(0, slot.at() + long(slots));
        }
        Event::BrokerDown(slots) => state.lasting.broker_down = Some(slot.at() + long(slots)),
        Event::Deposit(dollars) => transfer(state, story::dollars(dollars)),
        Event::Withdrawal => {
            let half = state
                .venue
                .account()
                .cash
                .part(Bps::whole(5_000))
                .floor_cents();
            transfer(state, -half);
        }
        Event::ManualSale => sell_part(state, symbol, market::Decimal::new(5, 1)),
        Event::ManualPurchase => buy_other(state),
        Event::TransferIn => {
            // What came for money that came with it is what came without.
            let worth = story::dollars(500);
            transfer(state, worth);
            by_hand(state, symbol.clone(), Side::Buy, Size::Notional(worth));
        }
        Event::Armed(slots) => return vec![(armed(slot.at() + long(slots)), Duration::ZERO)],
    }
    Vec::new()
}

/// The owner arms a live account.
pub(crate) fn armed(until: Instant) -> Record {
    Record::Armed(Armed { until })
}

fn exchange(state: &mut State, slot: Slot) {
    for (fault, texts) in OF_EXCHANGE {
        let Some(mut lot) = state.fate.strikes(fault) else {
            continue;
        };
        let text = texts[usize::try_from(lot.below(texts.len() as u64)).expect("a place in it")];
        let slots = if fault == Fault::SymbolHalted {
            1 + lot.below(3)
        } else {
            1
        };
        let span = SLOT * i32::try_from(slots).expect("three at most");
        set(state, text, slot, span);
    }
    if let Some(mut lot) = state.fate.strikes(Fault::SessionShort) {
        let close = ["11:15", "12:00", "13:00", "14:45"];
        let place = usize::try_from(lot.below(close.len() as u64)).expect("a place in it");
        let text = format!("early-close={}", close[place]);
        set(state, &text, slot, SLOT);
    }
}

/// Sets a fault of the exchange; one that cannot be set now (a session past its early close, say)
/// changes nothing.
fn set(state: &mut State, text: &str, slot: Slot, span: Duration) {
    let fault: VenueFault = text.parse().expect("the names are the exchange's own");
    let known = state.venue.set_fault(fault.until(slot.at() + span)).is_ok();
    state.note(|_| {
        format!(
            "exchange: {text} for {span:#}{}",
            if known { "" } else { ", in vain" }
        )
    });
}

fn views(state: &mut State, slot: Slot) {
    let lag =
        |lot: Option<Lot>| lot.map_or(Duration::ZERO, |mut lot| lot.milliseconds(200, 20_000));
    state.lasting.lag = Lag {
        positions: lag(state.fate.strikes(Fault::PositionsLag)),
        cash: lag(state.fate.strikes(Fault::CashLags)),
    };
    if state.fate.strikes(Fault::SessionOdd).is_some()
        && let Ok(Some(session)) = state.venue.hours().session(slot.date())
        && slot.at() + SLOT * 2 < session.close
    {
        state.lasting.odd_close = Some((session.close, slot.at() + SLOT));
        state.note(|_| "the broker's calendar says an early close".to_owned());
    }
}

/// Money and shares that others move.
fn hands(state: &mut State, symbol: &Symbol) {
    if let Some(mut lot) = state.fate.strikes(Fault::Deposit) {
        transfer(state, amount(&mut lot));
    }
    if let Some(mut lot) = state.fate.strikes(Fault::Withdrawal) {
        let amount = amount(&mut lot);
        if amount <= state.venue.account().cash {
            transfer(state, -amount);
        }
    }
    if let Some(mut lot) = state.fate.strikes(Fault::ManualSale) {
        let share = market::Decimal::from(1 + lot.below(4)) / market::Decimal::from(4);
        sell_part(state, symbol, share);
    }
    if state.fate.strikes(Fault::ManualPurchase).is_some() {
        buy_other(state);
    }
}

fn sell_part(state: &mut State, symbol: &Symbol, share: market::Decimal) {
    let held = state.venue.position(symbol.as_str());
    let count = held
        .ok()
        .and_then(|held| Shares::new((held.available * share).round_dp(4)).ok());
    if let Some(count) = count.filter(|count| !count.is_zero()) {
        by_hand(state, symbol.clone(), Side::Sell, Size::Shares(count));
    }
}

fn buy_other(state: &mut State) {
    let other = Symbol::new(OTHER).expect("capitals");
    let size = Size::Notional(story::dollars(500));
    by_hand(state, other, Side::Buy, size);
}

fn amount(lot: &mut Lot) -> Money {
    let cents = 100 * (1 + lot.below(20_000));
    Money::from_cents(i64::try_from(cents).expect("two million cents at most"))
}

fn transfer(state: &mut State, amount: Money) {
    state.venue.transfer(amount);
    state.note(|_| format!("the owner moves {amount} USD"));
}

fn by_hand(state: &mut State, symbol: Symbol, side: Side, size: Size) {
    let request = OrderRequest {
        symbol,
        side,
        size,
        kind: Kind::Market,
        time_in_force: TimeInForce::Day,
        extended_hours: false,
        client_order_id: None,
    };
    let words = format!("{request:?}");
    let taken = state.venue.submit(request).is_ok();
    state.note(|_| {
        format!(
            "by hand: {words}: {}",
            if taken { "taken" } else { "refused" }
        )
    });
}

/// What the owner throws, and takes back later.
fn switches(state: &mut State) -> Vec<(Record, Duration)> {
    let levels = [
        (Fault::OwnerHalts, HaltLevel::ReduceOnly, false),
        (Fault::OwnerFreezes, HaltLevel::Frozen, false),
        (Fault::OwnerFlattens, HaltLevel::ReduceOnly, true),
    ];
    let mut words = Vec::new();
    for (fault, level, flatten) in levels {
        let Some(mut lot) = state.fate.strikes(fault) else {
            continue;
        };
        let halted = Halted {
            level,
            flatten,
            reason: HaltReason::Owner("simulated".to_owned()),
        };
        let after = lot.milliseconds(0, 20_000);
        words.push((Record::Halted(halted), after));
        words.push((resumed(), after + lot.milliseconds(60_000, 5_400_000)));
    }
    words
}

/// The owner lets it go on.
pub(crate) fn resumed() -> Record {
    Record::Resumed(Resumed {
        note: "simulated".to_owned(),
    })
}
