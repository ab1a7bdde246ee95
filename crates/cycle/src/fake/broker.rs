//! A broker over a small exchange, with faults on demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use market::calendar::Session;
use market::{Calendar, Date, Decimal, Duration, Instant, Money, Price, Shares, Symbol};
use trading::account::{Account, AccountBlock, AccountConfiguration, AccountId};
use trading::approve::Approved;
use trading::flow::CashFlow;
use trading::invariants::{Arrival, Arrived};
use trading::observation::{Asset, MarketClock};
use trading::order::{
    BrokerOrderId, Cancel, ClientOrderId, Instruction, Order, OrderReport, OrderStatus, Side,
};
use trading::portfolio::Position;

use super::{
    Behaviour, CancelFault, CrashPoints, Endpoint, Exchange, FakeClock, FakeMarket, Held,
    SubmitFault, lock,
};
use crate::port::broker::BrokerError;
use crate::port::{
    Broker, BrokerReader, Clock, OrderQuery, ReadError, Reply, SendFence, Submission,
};

/// A broker with one account.
pub struct FakeBroker {
    desk: Arc<Mutex<Desk>>,
    market: Arc<FakeMarket>,
    clock: Arc<FakeClock>,
    crash: Arc<CrashPoints>,
    calendar: Calendar,
}

/// What stories set and read.
pub struct Desk {
    /// The account's id.
    pub account: AccountId,
    /// Its exchange.
    pub exchange: Exchange,
    /// Whether it takes orders.
    pub block: Option<AccountBlock>,
    /// The owner's settings.
    pub configuration: AccountConfiguration,
    /// Fees owed.
    pub fees: Money,
    /// The broker's clock is so far ahead of ours.
    pub skew: Duration,
    /// What the broker's clock says of the market, if not what the calendar says.
    pub is_open: Option<bool>,
    /// Days of which the broker's calendar says something else than ours; `None` is no session.
    pub sessions: BTreeMap<Date, Option<Session>>,
    /// Symbols that the broker does not know.
    pub unlisted: BTreeSet<Symbol>,
    /// Whether the symbol may be traded in fractions.
    pub fractionable: bool,
    /// An order is not found by our id before so long after it was taken.
    pub id_lag: Duration,
    /// Listings since a moment hold the orders of that very moment too.
    pub lists_inclusively: bool,
    /// Movements of cash as the account's activities show them; cash itself is not touched.
    pub flows: Vec<CashFlow>,
    /// Every order and cancel that arrived, refused ones too.
    pub arrivals: Vec<Arrival>,
    faults: BTreeMap<Endpoint, VecDeque<Option<ReadError>>>,
    delays: BTreeMap<Endpoint, VecDeque<Duration>>,
    submits: VecDeque<SubmitFault>,
    cancels: VecDeque<CancelFault>,
}

impl Desk {
    /// The next `times` questions of this kind end in this error.
    pub fn fail(&mut self, endpoint: Endpoint, times: usize, error: &ReadError) {
        self.fail_after(endpoint, 0, times, error);
    }

    /// After so many good answers the next `times` questions of this kind end in this error.
    pub fn fail_after(&mut self, endpoint: Endpoint, good: usize, times: usize, error: &ReadError) {
        let good = std::iter::repeat_n(None, good);
        let errors = std::iter::repeat_n(Some(error.clone()), times);
        let faults = self.faults.entry(endpoint).or_default();
        faults.extend(good.chain(errors));
    }

    /// From now on questions of this kind are answered well.
    pub fn mend(&mut self, endpoint: Endpoint) {
        self.faults.remove(&endpoint);
    }

    /// The next `times` answers of this kind take so long.
    pub fn delay(&mut self, endpoint: Endpoint, times: usize, span: Duration) {
        let delays = std::iter::repeat_n(span, times);
        self.delays.entry(endpoint).or_default().extend(delays);
    }

    /// What shall go wrong at the next order without a fault of its own.
    pub fn fault_submit(&mut self, fault: SubmitFault) {
        self.submits.push_back(fault);
    }

    /// What shall go wrong at the next cancel without a fault of its own.
    pub fn fault_cancel(&mut self, fault: CancelFault) {
        self.cancels.push_back(fault);
    }

    /// Puts shares into the account, below zero as a debt.
    pub fn hold(&mut self, symbol: &Symbol, quantity: Decimal) {
        let held = Held {
            quantity,
            is_us_equity: true,
        };
        self.exchange.holdings.insert(symbol.clone(), held);
        self.exchange.begin_anew();
    }

    /// From now on the broker's calendar has this session on its date.
    pub fn list_session(&mut self, open: Instant, close: Instant) {
        let date = market::time::new_york_date(open);
        let session = Session { date, open, close };
        self.sessions.insert(date, Some(session));
    }

    /// Another person's order, standing in the book.
    pub fn enter_foreign(
        &mut self,
        id: &str,
        symbol: &Symbol,
        side: Side,
        quantity: Shares,
        at: Instant,
    ) {
        let broker_id = BrokerOrderId(format!("order-{}", self.exchange.orders.len() + 1));
        let report = OrderReport {
            broker_id,
            client_order_id: id.to_owned(),
            symbol: symbol.clone(),
            is_us_equity: true,
            side,
            status: OrderStatus::Working,
            quantity: Some(quantity),
            notional: None,
            limit_price: Some(Price::new(Decimal::ONE).expect("a dollar is a price")),
            filled: Shares::ZERO,
            average_price: None,
            submitted_at: Some(at),
            filled_at: None,
            replaced_by: None,
        };
        self.exchange.enter(report, Behaviour::Stuck, at);
    }

    fn receive(
        &mut self,
        order: &Order,
        market: &FakeMarket,
        now: Instant,
    ) -> Submission<OrderReport> {
        let taken = self.exchange.take(order, market, now);
        self.arrivals.push(Arrival {
            at: now,
            what: Arrived::Order(order.id.to_string()),
            taken: taken.is_ok(),
        });
        match taken {
            Ok(report) => Submission::Accepted(report),
            Err((why, duplicate_id)) => Submission::Refused { why, duplicate_id },
        }
    }

    fn receive_cancel(
        &mut self,
        id: &BrokerOrderId,
        market: &FakeMarket,
        now: Instant,
    ) -> Submission<()> {
        let answer = match self.cancels.pop_front() {
            Some(CancelFault::LostBefore) => return unanswered(),
            Some(CancelFault::Ignored) => Submission::Accepted(()),
            Some(CancelFault::FillsFirst) => {
                self.exchange.fill_now(id, market, now);
                Submission::Accepted(())
            }
            None => match self.exchange.cancel(id) {
                Ok(()) => Submission::Accepted(()),
                Err(why) => Submission::Refused {
                    why,
                    duplicate_id: false,
                },
            },
        };
        self.arrivals.push(Arrival {
            at: now,
            what: Arrived::Cancel(id.clone()),
            taken: matches!(answer, Submission::Accepted(())),
        });
        answer
    }
}

/// A broker that took the order and gave no answer.
fn unanswered<T>() -> Submission<T> {
    Submission::Unknown {
        why: "connection reset".to_owned(),
    }
}

/// A broker's side that never saw it.
fn too_late<T>() -> Submission<T> {
    Submission::NotSent {
        why: "its time had passed".to_owned(),
    }
}

impl FakeBroker {
    /// A broker without faults, over an account of nothing but `cash`.
    #[must_use]
    pub fn new(
        cash: Money,
        market: Arc<FakeMarket>,
        clock: Arc<FakeClock>,
        crash: Arc<CrashPoints>,
    ) -> Self {
        let desk = Desk {
            account: AccountId::new("e6fe16f3-64a4-4921-8928-cadf02f92f98"),
            exchange: Exchange::new(cash),
            block: None,
            configuration: AccountConfiguration {
                max_margin_multiplier: Some(Decimal::ONE),
                no_shorting: Some(true),
                fractional_trading: Some(true),
                suspend_trade: Some(false),
            },
            fees: Money::ZERO,
            skew: Duration::ZERO,
            is_open: None,
            sessions: BTreeMap::new(),
            unlisted: BTreeSet::new(),
            fractionable: true,
            id_lag: Duration::ZERO,
            lists_inclusively: false,
            flows: Vec::new(),
            arrivals: Vec::new(),
            faults: BTreeMap::new(),
            delays: BTreeMap::new(),
            submits: VecDeque::new(),
            cancels: VecDeque::new(),
        };
        Self {
            desk: Arc::new(Mutex::new(desk)),
            market,
            clock,
            crash,
            calendar: Calendar::nyse(),
        }
    }

    /// What stories set and read, everything due having happened. Let go of it before the next
    /// call of a port.
    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        let mut desk = lock(&self.desk);
        desk.exchange.settle(&self.market, self.clock.now());
        desk
    }

    /// A handle for what the world has planned.
    #[must_use]
    pub fn handle(&self) -> Arc<Mutex<Desk>> {
        self.desk.clone()
    }

    /// Answers a question with its fault, if it has one, or with what `answer` makes of the desk.
    async fn answer<T>(
        &self,
        endpoint: Endpoint,
        answer: impl FnOnce(&Desk, Instant) -> T + Send,
    ) -> Result<Reply<T>, BrokerError>
    where
        T: Send,
    {
        self.crash.moment().await;
        let delay = lock(&self.desk)
            .delays
            .get_mut(&endpoint)
            .and_then(VecDeque::pop_front);
        if let Some(delay) = delay {
            self.clock.wait_until(self.clock.now() + delay).await;
        }
        let answered = {
            let mut desk = self.desk();
            let fault = desk.faults.get_mut(&endpoint).and_then(VecDeque::pop_front);
            match fault.flatten() {
                Some(error) => Err(error),
                None => Ok(answer(&desk, self.clock.now())),
            }
        };
        self.crash.moment().await;
        answered.map(|value| Reply {
            value,
            bodies: Vec::new(),
        })
    }

    fn has_fallen(&self, fence: SendFence) -> bool {
        self.clock.now() >= fence.send_before
            || self.clock.monotonic() >= fence.send_before_monotonic
    }

    fn sessions_of(&self, desk: &Desk, from: Date, to: Date) -> Vec<Session> {
        let ours = self.calendar.sessions(from, to);
        let mut theirs: BTreeMap<Date, Option<Session>> = ours
            .expect("stories stay inside the calendar")
            .into_iter()
            .map(|session| (session.date, Some(session)))
            .collect();
        theirs.extend(desk.sessions.range(from..=to));
        theirs.into_values().flatten().collect()
    }

    /// What becomes of an order that arrived, and when its answer comes.
    fn take(&self, order: &Order) -> (Submission<OrderReport>, Duration) {
        let now = self.clock.now();
        let mut desk = self.desk();
        let Some(fault) = desk.submits.pop_front() else {
            return (desk.receive(order, &self.market, now), Duration::ZERO);
        };
        let refused = |why: &str| Submission::Refused {
            why: why.to_owned(),
            duplicate_id: false,
        };
        let answer = match fault {
            SubmitFault::LostBefore => unanswered(),
            SubmitFault::LostAfter => {
                desk.receive(order, &self.market, now);
                unanswered()
            }
            SubmitFault::Late(span) => {
                let (desk, market) = (self.desk.clone(), self.market.clone());
                let (order, then) = (order.clone(), now + span);
                let late = move || drop(lock(&desk).receive(&order, &market, then));
                self.clock.plan(then, late);
                unanswered()
            }
            SubmitFault::Refused(why) => refused(why),
            SubmitFault::RefusedButTaken(why) => {
                desk.receive(order, &self.market, now);
                refused(why)
            }
            SubmitFault::Slow(span) => {
                return (desk.receive(order, &self.market, now), span);
            }
            SubmitFault::IdTaken => {
                let other = Order {
                    instruction: twice(&order.instruction),
                    ..order.clone()
                };
                desk.exchange.behaviours.push_front(Behaviour::Stuck);
                let _ = desk.exchange.take(&other, &self.market, now);
                desk.receive(order, &self.market, now)
            }
        };
        (answer, Duration::ZERO)
    }
}

fn twice(instruction: &Instruction) -> Instruction {
    match *instruction {
        Instruction::Notional { notional } => Instruction::Market {
            quantity: notional.shares_at(Price::new(Decimal::ONE_THOUSAND).expect("a price")),
        },
        Instruction::Market { quantity } | Instruction::Limit { quantity, .. } => {
            Instruction::Market {
                quantity: Shares::new((quantity.decimal() / Decimal::TWO).round_dp(9))
                    .expect("half a count is a count"),
            }
        }
    }
}

#[async_trait]
impl BrokerReader for FakeBroker {
    fn host(&self) -> String {
        "fake.test".to_owned()
    }

    async fn account(&self) -> Result<Reply<Account>, BrokerError> {
        let price = |symbol: &Symbol| self.market.spot(symbol, self.clock.now());
        self.answer(Endpoint::Account, |desk, now| {
            let (cash, holdings) = desk.exchange.shown(now);
            let worth = |(symbol, held): (&Symbol, &Held)| price(symbol).decimal() * held.quantity;
            let value: Decimal = holdings.iter().map(worth).sum();
            let money = |value| Money::new(value).expect("stories are not that rich");
            let lagging = desk.exchange.cash - cash;
            Account {
                id: desk.account.clone(),
                block: desk.block.clone(),
                cash,
                equity: money(cash.decimal() + value.round_dp(2)),
                buying_power: desk.exchange.buying_power(price) - lagging,
                non_marginable_buying_power: None,
                fees: desk.fees,
                multiplier: Some(Decimal::ONE),
                last_equity: None,
            }
        })
        .await
    }

    async fn configuration(&self) -> Result<Reply<AccountConfiguration>, BrokerError> {
        self.answer(Endpoint::Configuration, |desk, _| {
            desk.configuration.clone()
        })
        .await
    }

    async fn clock(&self) -> Result<Reply<MarketClock>, BrokerError> {
        let calendar = &self.calendar;
        self.answer(Endpoint::Clock, |desk, now| {
            let known = "stories stay inside the calendar";
            let today = calendar.session_at(now).expect(known);
            let date = market::time::new_york_date(now);
            let next = calendar.next_session(date).expect(known);
            MarketClock {
                timestamp: now + desk.skew,
                is_open: desk.is_open.unwrap_or(today.is_some()),
                next_open: next.open,
                next_close: today.unwrap_or(next).close,
            }
        })
        .await
    }

    async fn sessions(&self, from: Date, to: Date) -> Result<Reply<Vec<Session>>, BrokerError> {
        self.answer(Endpoint::Session, |desk, _| {
            self.sessions_of(desk, from, to)
        })
        .await
    }

    async fn asset(&self, symbol: &Symbol) -> Result<Reply<Option<Asset>>, BrokerError> {
        self.answer(Endpoint::Asset, |desk, _| {
            (!desk.unlisted.contains(symbol)).then(|| Asset {
                symbol: symbol.clone(),
                tradable: true,
                fractionable: desk.fractionable,
            })
        })
        .await
    }

    async fn positions(&self) -> Result<Reply<Vec<Position>>, BrokerError> {
        self.answer(Endpoint::Positions, |desk, now| {
            desk.exchange.positions(now)
        })
        .await
    }

    async fn orders(&self, query: OrderQuery) -> Result<Reply<Vec<OrderReport>>, BrokerError> {
        self.answer(Endpoint::Orders, |desk, _| {
            let wanted = |report: &&OrderReport| match query {
                OrderQuery::Open => !report.status.is_terminal(),
                OrderQuery::Since(moment) => report
                    .submitted_at
                    .is_some_and(|at| at > moment || desk.lists_inclusively && at == moment),
            };
            let orders = desk.exchange.orders.iter().map(|order| &order.report);
            orders.filter(wanted).cloned().collect()
        })
        .await
    }

    async fn order(&self, id: &BrokerOrderId) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        self.answer(Endpoint::Order, |desk, _| {
            let mut orders = desk.exchange.orders.iter().map(|order| &order.report);
            orders.find(|report| &report.broker_id == id).cloned()
        })
        .await
    }

    async fn order_by_client_id(
        &self,
        id: &ClientOrderId,
    ) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        self.answer(Endpoint::OrderByClientId, |desk, now| {
            let exchange = &desk.exchange;
            let shown = exchange
                .taken_at(id.as_str())
                .is_some_and(|taken| now >= taken + desk.id_lag);
            let order = exchange.by_client_id(id.as_str()).filter(|_| shown);
            order.map(|order| order.report.clone())
        })
        .await
    }

    async fn flows(&self, after: Instant) -> Result<Reply<Vec<CashFlow>>, BrokerError> {
        self.answer(Endpoint::Flows, |desk, now| {
            let is_due = |flow: &&CashFlow| flow.at > after && flow.at <= now;
            let mut flows: Vec<CashFlow> = desk.flows.iter().filter(is_due).cloned().collect();
            flows.sort_by_key(|flow| flow.at);
            flows
        })
        .await
    }
}

#[async_trait]
impl Broker for FakeBroker {
    async fn submit(&self, order: &Approved<Order>, fence: SendFence) -> Submission<OrderReport> {
        self.crash.moment().await;
        let answer = if self.has_fallen(fence) {
            too_late()
        } else {
            let (answer, delay) = self.take(order.get());
            if !delay.is_zero() {
                self.clock.wait_until(self.clock.now() + delay).await;
            }
            answer
        };
        self.crash.moment().await;
        answer
    }

    async fn cancel(&self, cancel: &Approved<Cancel>, fence: SendFence) -> Submission<()> {
        self.crash.moment().await;
        let answer = if self.has_fallen(fence) {
            too_late()
        } else {
            let (order, now) = (&cancel.get().order, self.clock.now());
            self.desk().receive_cancel(order, &self.market, now)
        };
        self.crash.moment().await;
        answer
    }
}
