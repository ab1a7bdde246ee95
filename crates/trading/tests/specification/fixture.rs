//! An ordinary day to start from: a funded account, warm bars, an open market at 10:30 on
//! 2025-05-12. Every test says only what differs.

use std::collections::BTreeMap;

use market::calendar::{Calendar, Slot};
use market::hours::Hour;
use market::{Decimal, Instant, Money, Price, Shares, Symbol, time};
use trading::account::{Account, AccountConfiguration, AccountId};
use trading::observation::{
    Asset, MarketClock, Observation, PricePoint, Reading, SessionHours, Skew, SourceName,
    SourceView,
};
use trading::order::{
    AccountTag, BrokerOrderId, ClientOrderId, Instruction, Leg, Order, OrderReport, OrderStatus,
    Side,
};
use trading::portfolio::{Direction, Portfolio, Position};
use trading::record::{Binding, Entry, Hash, Record, RunId, SlotClosed};
use trading::settings::Settings;
use trading::spread::{Look, Quote};
use trading::state::State;

/// The account everything happens in.
pub(crate) const ACCOUNT: &str = "e6fe16f3-64a4-4921-8928-cadf02f92f98";
/// What is traded.
pub(crate) const TQQQ: &str = "TQQQ";

pub(crate) fn symbol(text: &str) -> Symbol {
    Symbol::new(text).unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

/// A New York reading, `2025-05-12T10:30`.
pub(crate) fn slot(text: &str) -> Slot {
    text.parse().unwrap()
}

/// A New York reading as a moment, `2025-05-12T10:30:05`.
pub(crate) fn at(text: &str) -> Instant {
    slot(text).at()
}

/// 2025-05-12, 10:30.
pub(crate) fn this_slot() -> Slot {
    slot("2025-05-12T10:30")
}

pub(crate) fn this_session() -> SessionHours {
    SessionHours {
        open: at("2025-05-12T09:30"),
        close: at("2025-05-12T16:00"),
    }
}

pub(crate) fn tag() -> AccountTag {
    AccountTag::of(&AccountId::new(ACCOUNT))
}

/// A portfolio under construction: cash first, equity following what is added.
pub(crate) struct Book(Portfolio);

impl Book {
    /// So much cash, all of it buying power, and nothing held.
    pub(crate) fn cash(text: &str) -> Self {
        let cash = money(text);
        Self(Portfolio {
            at: at("2025-05-12T10:30:50"),
            account: Account {
                id: AccountId::new(ACCOUNT),
                block: None,
                cash,
                equity: cash,
                buying_power: cash,
                non_marginable_buying_power: None,
                fees: Money::ZERO,
                multiplier: Some(Decimal::ONE),
                last_equity: None,
            },
            positions: Vec::new(),
            open_orders: Vec::new(),
        })
    }

    pub(crate) fn account(mut self, change: impl FnOnce(&mut Account)) -> Self {
        change(&mut self.0.account);
        self
    }

    /// Shares held, all free, worth `at` each.
    pub(crate) fn long(self, name: &str, count: &str, at: &str) -> Self {
        self.position(name, count, at, Direction::Long)
    }

    /// Shares owed.
    pub(crate) fn short(self, name: &str, count: &str, at: &str) -> Self {
        self.position(name, count, at, Direction::Short)
    }

    /// The last position is reserved but for `count`.
    pub(crate) fn available(mut self, count: &str) -> Self {
        self.0.positions.last_mut().unwrap().available = shares(count);
        self
    }

    /// The last position is no US equity.
    pub(crate) fn of_another_class(mut self) -> Self {
        self.0.positions.last_mut().unwrap().is_us_equity = false;
        self
    }

    pub(crate) fn order(mut self, report: OrderReport) -> Self {
        self.0.open_orders.push(report);
        self
    }

    pub(crate) fn build(self) -> Portfolio {
        self.0
    }

    fn position(mut self, name: &str, count: &str, at: &str, direction: Direction) -> Self {
        let quantity = shares(count);
        let value = match direction {
            Direction::Long => price(at) * quantity,
            Direction::Short => -(price(at) * quantity),
        };
        self.0.account.equity += value;
        self.0.positions.push(Position {
            symbol: symbol(name),
            is_us_equity: true,
            direction,
            quantity,
            available: quantity,
            average_entry_price: Some(price(at)),
            market_value: Some(value),
        });
        self
    }
}

/// An open limit order of somebody else.
pub(crate) fn foreign_order(name: &str, side: Side) -> OrderReport {
    OrderReport {
        broker_id: BrokerOrderId(format!("broker-{side}-{name}")),
        client_order_id: format!("theirs-{side}-{name}"),
        symbol: symbol(name),
        is_us_equity: true,
        side,
        status: OrderStatus::Working,
        quantity: Some(shares("1")),
        notional: None,
        limit_price: Some(price("10")),
        filled: Shares::ZERO,
        average_price: None,
        submitted_at: Some(at("2025-05-12T10:00")),
        filled_at: None,
        replaced_by: None,
    }
}

pub(crate) fn id(leg: Leg, name: &str, attempt: u32) -> ClientOrderId {
    ClientOrderId::new(&tag(), this_slot(), leg, &symbol(name), attempt).unwrap()
}

/// The first attempt at `leg` in this slot.
pub(crate) fn order(leg: Leg, name: &str, instruction: Instruction) -> Order {
    Order {
        id: id(leg, name, 1),
        leg,
        symbol: symbol(name),
        side: leg.side().unwrap(),
        instruction,
    }
}

pub(crate) fn market_order(leg: Leg, name: &str, count: &str) -> Order {
    let quantity = shares(count);
    order(leg, name, Instruction::Market { quantity })
}

pub(crate) fn buy(amount: &str) -> Order {
    let notional = money(amount);
    order(Leg::Buy, TQQQ, Instruction::Notional { notional })
}

/// `order` as the broker shows it, with so many shares filled at `at`.
pub(crate) fn shown(
    order: &Order,
    status: OrderStatus,
    filled: &str,
    at_price: &str,
) -> OrderReport {
    let filled = shares(filled);
    let mut report = foreign_order(order.symbol.as_str(), order.side);
    report.broker_id = BrokerOrderId(format!("broker-{}", order.id));
    report.client_order_id = order.id.to_string();
    report.status = status;
    (report.quantity, report.notional, report.limit_price) = match order.instruction {
        Instruction::Market { quantity } => (Some(quantity), None, None),
        Instruction::Notional { notional } => (None, Some(notional), None),
        Instruction::Limit {
            quantity,
            limit_price,
        } => (Some(quantity), None, Some(limit_price)),
    };
    report.filled = filled;
    report.average_price = (!filled.is_zero()).then(|| price(at_price));
    report.submitted_at = Some(at("2025-05-12T10:31"));
    report
}

/// How a history of hours runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// A price above it is bullish.
    Rising,
    /// A price below it is bearish.
    Falling,
    /// Every comparison is a tie at 100.
    Flat,
}

impl Course {
    /// The hours that had closed by `slot`, `count` of them, ending at 100.
    pub(crate) fn hours(self, slot: Slot, count: usize) -> Vec<Hour> {
        let calendar = Calendar::nyse();
        let spans = calendar.closed_hours(slot.at(), count).unwrap();
        let close = |age: usize| {
            let cents = i64::try_from(age).unwrap() * 5;
            let step = match self {
                Self::Rising => -cents,
                Self::Falling => cents,
                Self::Flat => 0,
            };
            Price::new(Decimal::new(10_000 + step, 2)).unwrap()
        };
        let hour = |(at, span): (usize, &market::calendar::HourSpan)| {
            let close = close(count - 1 - at);
            Hour {
                start: span.start,
                end: span.end,
                open: close,
                high: close,
                low: close,
                close,
                volume: None,
            }
        };
        spans.iter().enumerate().map(hour).collect()
    }

    /// A price that confirms it.
    pub(crate) fn price(self) -> Price {
        price(match self {
            Self::Rising => "101",
            Self::Falling => "99",
            Self::Flat => "100",
        })
    }
}

pub(crate) fn source(name: &str, reading: Reading) -> SourceView {
    SourceView {
        source: SourceName(name.to_owned()),
        only_confirms: false,
        splits_applied: Vec::new(),
        asked_at: at("2025-05-12T10:30:45"),
        reading,
        rejected: Vec::new(),
        duplicates: 0,
    }
}

pub(crate) fn usable(closed: Vec<Hour>) -> Reading {
    Reading::Usable {
        closed,
        forming: None,
        gaps: Vec::new(),
    }
}

pub(crate) fn unusable(why: &str) -> Reading {
    Reading::Unusable {
        why: why.to_owned(),
    }
}

/// A quote of the traded symbol.
pub(crate) fn quote(bid: &str, ask: &str, text: &str) -> Look {
    Look::Quote(Quote {
        symbol: symbol(TQQQ),
        bid: Some(price(bid)),
        ask: Some(price(ask)),
        at: at(text),
        source: SourceName("alpaca".to_owned()),
    })
}

pub(crate) fn point(name: &str, price: Price, text: &str) -> PricePoint {
    PricePoint {
        symbol: symbol(name),
        price,
        at: at(text),
        source: SourceName("alpaca".to_owned()),
    }
}

/// What this slot sees when the hours run so and the account holds `portfolio`.
pub(crate) fn observation(course: Course, portfolio: Portfolio) -> Observation {
    let seen = point(TQQQ, course.price(), "2025-05-12T10:30:02");
    Observation {
        at: at("2025-05-12T10:30:50"),
        slot: this_slot(),
        session: this_session(),
        broker_session: Some(this_session()),
        disagreements: Vec::new(),
        clock: MarketClock {
            timestamp: at("2025-05-12T10:30:49"),
            is_open: true,
            next_open: at("2025-05-13T09:30"),
            next_close: at("2025-05-12T16:00"),
        },
        skew: Skew::Milliseconds(12),
        configuration: AccountConfiguration {
            max_margin_multiplier: Some(Decimal::ONE),
            no_shorting: Some(true),
            fractional_trading: Some(true),
            suspend_trade: Some(false),
        },
        portfolio,
        asset: Asset {
            symbol: symbol(TQQQ),
            tradable: true,
            fractionable: true,
        },
        price: Some(seen.clone()),
        second_price: None,
        trade_price: Some(seen),
        sources: vec![source(
            "twelve-data",
            usable(course.hours(this_slot(), 230)),
        )],
        no_trade: Vec::new(),
        missed_prices: BTreeMap::new(),
        flows: Vec::new(),
        flows_unread: None,
        configuration_unread: None,
        suspected_splits: Vec::new(),
        ex_date: false,
        bodies: Vec::new(),
    }
}

pub(crate) fn binding() -> Binding {
    Binding {
        account: AccountId::new(ACCOUNT),
        host: "127.0.0.1".to_owned(),
        description: "the local venue".to_owned(),
    }
}

pub(crate) const RUN: RunId = RunId([7; 16]);

/// A chain under construction, folded as it grows. Hashes are numbers: whoever reads a chain has
/// verified it first.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) entries: Vec<Entry>,
    pub(crate) state: State,
}

impl Chain {
    /// Bound to the account, nothing more.
    pub(crate) fn new() -> Self {
        let mut chain = Self {
            entries: Vec::new(),
            state: State::default(),
        };
        chain.push(None, Record::Bound(binding()));
        chain
    }

    pub(crate) fn push(&mut self, slot: Option<Slot>, record: Record) -> &mut Self {
        let seq = self.entries.len() as u64 + 1;
        let hash_of = |seq: u64| Hash::of(&seq.to_be_bytes());
        let entry = Entry {
            seq,
            slot,
            run: RUN,
            at: slot.map_or(at("2025-05-12T09:00"), |slot| slot.at() + time::seconds(50)),
            record,
            prev: hash_of(seq - 1),
            hash: hash_of(seq),
        };
        self.state.fold(&entry);
        self.entries.push(entry);
        self
    }

    /// Opens `slot`.
    pub(crate) fn open(&mut self, slot: Slot) -> &mut Self {
        self.open_by(slot, 1, trading::record::RULES_VERSION)
    }

    pub(crate) fn open_by(&mut self, slot: Slot, try_number: u32, rules: u32) -> &mut Self {
        let opened = trading::record::SlotOpened {
            try_number,
            takes_over: None,
            configuration: Settings::default().hash(),
            rules,
        };
        self.push(Some(slot), Record::SlotOpened(opened))
    }

    /// Closes `slot` with the state that leaves.
    pub(crate) fn close(
        &mut self,
        slot: Slot,
        outcome: trading::outcome::Outcome,
        portfolio: Option<Portfolio>,
    ) -> &mut Self {
        let state = self.state.closed(slot, &outcome, portfolio.as_ref());
        let closed = SlotClosed {
            outcome,
            portfolio,
            breaches: Vec::new(),
            state,
        };
        self.push(Some(slot), Record::SlotClosed(Box::new(closed)))
    }

    /// Judges as the cycle does and records what was seen and decided.
    pub(crate) fn judge(&mut self, observation: Observation) -> trading::judge::Decided {
        let slot = Some(observation.slot);
        let judgement =
            trading::judge::judge(&observation, &self.state, &Settings::default()).unwrap();
        self.push(slot, Record::Observed(Box::new(observation)));
        if let Some(made_up) = judgement.reconstructed {
            self.push(slot, Record::Reconstructed(made_up));
        }
        for revised in judgement.revised {
            self.push(slot, Record::Revised(revised));
        }
        self.push(slot, Record::Decided(Box::new(judgement.decided.clone())));
        judgement.decided
    }
}

/// The folded journal of an account that is bound, adopted and in the midst of this slot.
pub(crate) fn ready() -> State {
    let mut chain = Chain::new();
    chain.open(this_slot());
    chain.state.adopted = true;
    chain.state
}
