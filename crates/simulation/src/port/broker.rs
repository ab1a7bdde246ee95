//! The broker: the model's answers in the cycle's words, and orders that travel.

use async_trait::async_trait;
use cycle::port::broker::BrokerError;
use cycle::port::{Broker, BrokerReader, OrderQuery, ReadError, Reply, SendFence, Submission};
use market::calendar::Session;
use market::{Date, Duration, Instant, Symbol, time};
use trading::account::{Account, AccountConfiguration};
use trading::approve::Approved;
use trading::flow::CashFlow;
use trading::observation::{Asset, MarketClock};
use trading::order::{BrokerOrderId, Cancel, ClientOrderId, Order, OrderReport};
use trading::portfolio::Position;

use super::Seat;
use super::seat::Ticket;
use crate::fate::{Fault, Lot};
use crate::world::State;

mod words;

pub(crate) use words::report;

/// One way to the broker, or back.
const WAY: Duration = time::milliseconds(15);

/// One process's connection to the broker.
pub(crate) struct Desk(pub(crate) Seat);

/// What becomes of something that changes the account.
struct Journey {
    /// How long it is on its way; never there when `None`.
    there: Option<Duration>,
    /// How long the answer is; never back when `None`.
    back: Option<Duration>,
    /// What the answer says instead of the truth.
    lie: Option<&'static str>,
    /// Refused at the door.
    refused: bool,
}

impl Journey {
    fn drawn(state: &mut State, is_order: bool) -> Self {
        let mut journey = Self {
            there: Some(WAY),
            back: Some(WAY),
            lie: None,
            refused: false,
        };
        if state.lasting.is_broker_down(state.now) {
            (journey.there, journey.back) = (None, None);
            return journey;
        }
        let fate = &mut state.fate;
        if fate.strikes(Fault::WriteLostBefore).is_some() {
            (journey.there, journey.back) = (None, None);
        }
        if fate.strikes(Fault::WriteLostAfter).is_some() {
            journey.back = None;
        }
        if let (Some(mut lot), Some(_)) = (fate.strikes(Fault::WriteLate), journey.there) {
            let least = if lot.coin() { 500 } else { 10_000 };
            journey.there = Some(lot.milliseconds(least, 19_000));
        }
        if let (Some(mut lot), Some(_)) = (fate.strikes(Fault::WriteSlow), journey.back) {
            journey.back = Some(lot.milliseconds(500, 12_000));
        }
        if is_order && fate.strikes(Fault::WriteRefused).is_some() {
            journey.refused = true;
        }
        if is_order && fate.strikes(Fault::WriteRefusedButDone).is_some() {
            journey.lie = Some("HTTP 403, code 40310000: not now");
        }
        journey
    }
}

impl Desk {
    /// An answer to a question, perhaps late, old or never.
    async fn read<T>(
        &self,
        what: &'static str,
        answer: impl FnOnce(&mut State) -> T + Send,
    ) -> Result<Reply<T>, BrokerError> {
        self.0.before(what).await;
        self.0.wait(WAY).await;
        let (fails, never, slow) = {
            let mut state = self.0.state();
            let now = state.now;
            let fails =
                state.fate.strikes(Fault::ReadFails).is_some() || state.lasting.is_broker_down(now);
            let never = state.fate.strikes(Fault::ReadNever).is_some();
            (fails, never, state.fate.strikes(Fault::ReadSlow))
        };
        if never {
            std::future::pending::<()>().await;
        }
        let answered = if fails {
            Err(ReadError::Transient("HTTP 500".to_owned()))
        } else {
            Ok(answer(&mut self.0.state()))
        };
        let back = slow.map_or(Duration::ZERO, |mut lot: Lot| lot.milliseconds(500, 9_000));
        if !back.is_zero() {
            self.0.wait(back).await;
        }
        self.0.after(what).await;
        answered.map(|value| Reply {
            value,
            bodies: Vec::new(),
        })
    }

    /// The fence, on both clocks, before the first byte.
    fn has_fallen(&self, fence: SendFence) -> bool {
        self.0.now() >= fence.send_before || self.0.elapsed() >= fence.send_before_monotonic.0
    }

    /// Sends something on its way and waits for what comes back.
    async fn write<T: Send + 'static>(
        &self,
        fence: SendFence,
        is_order: bool,
        act: impl FnOnce(&mut State) -> Submission<T> + Send + 'static,
    ) -> Submission<T> {
        let what = if is_order {
            "send an order"
        } else {
            "send a cancel"
        };
        self.0.before(what).await;
        self.0.turn().await;
        let submission = if self.has_fallen(fence) {
            Submission::NotSent {
                why: "its time had passed".to_owned(),
            }
        } else {
            self.travel(is_order, act).await
        };
        self.0.after(what).await;
        submission
    }

    async fn travel<T: Send + 'static>(
        &self,
        is_order: bool,
        act: impl FnOnce(&mut State) -> Submission<T> + Send + 'static,
    ) -> Submission<T> {
        let journey = Journey::drawn(&mut self.0.state(), is_order);
        let Some(there) = journey.there else {
            return std::future::pending().await;
        };
        let ticket = Ticket::new();
        let (answer, seat) = (ticket.clone(), self.0.clone());
        self.0.send(there, move |state| {
            let refused = |why: &str| Submission::Refused {
                why: why.to_owned(),
                duplicate_id: false,
            };
            let said = if journey.refused {
                refused("HTTP 403, code 40310000: refused at the door")
            } else {
                let truth = act(state);
                journey.lie.map_or(truth, refused)
            };
            let Some(back) = journey.back else { return };
            let moment = state.now + back;
            let process = seat.process;
            let arrive = Box::new(move |state: &mut State| {
                answer.put(said);
                state.processes[process].ready = true;
            });
            state.plan(moment, crate::world::Event::Arrival(arrive));
        });
        self.0.answer(&ticket).await
    }
}

#[async_trait]
impl BrokerReader for Desk {
    fn host(&self) -> String {
        "exchange.simulated".to_owned()
    }

    async fn account(&self) -> Result<Reply<Account>, BrokerError> {
        self.read("read the account", |state| words::account(state))
            .await
    }

    async fn configuration(&self) -> Result<Reply<AccountConfiguration>, BrokerError> {
        self.read("read the configuration", |state| {
            words::configuration(&state.venue)
        })
        .await
    }

    async fn clock(&self) -> Result<Reply<MarketClock>, BrokerError> {
        let reply = self
            .read("read the clock", |state| words::clock(state))
            .await?;
        let value = reply
            .value
            .ok_or_else(|| ReadError::Permanent("the broker's calendar is used up".to_owned()))?;
        Ok(Reply {
            value,
            bodies: reply.bodies,
        })
    }

    async fn sessions(&self, from: Date, to: Date) -> Result<Reply<Vec<Session>>, BrokerError> {
        self.read("read the calendar", |state| {
            words::sessions(state, from, to)
        })
        .await
    }

    async fn asset(&self, symbol: &Symbol) -> Result<Reply<Option<Asset>>, BrokerError> {
        self.read("read the asset", |state| words::asset(&state.venue, symbol))
            .await
    }

    async fn positions(&self) -> Result<Reply<Vec<Position>>, BrokerError> {
        self.read("read the positions", |state| words::positions(state))
            .await
    }

    async fn orders(&self, query: OrderQuery) -> Result<Reply<Vec<OrderReport>>, BrokerError> {
        self.read("list orders", |state| words::orders(&state.venue, query))
            .await
    }

    async fn order(&self, id: &BrokerOrderId) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        self.read("look an order up", |state| {
            state.venue.order(&id.0).ok().map(report)
        })
        .await
    }

    async fn order_by_client_id(
        &self,
        id: &ClientOrderId,
    ) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        self.read("look an order up", |state| {
            if state.venue.hides_by_client_id(id.as_str()) {
                return None;
            }
            let found = state.venue.order_by_client_id(id.as_str());
            found.ok().map(report)
        })
        .await
    }

    async fn flows(&self, after: Instant) -> Result<Reply<Vec<CashFlow>>, BrokerError> {
        self.read("read the flows", |state| words::flows(&state.venue, after))
            .await
    }
}

#[async_trait]
impl Broker for Desk {
    async fn submit(&self, order: &Approved<Order>, fence: SendFence) -> Submission<OrderReport> {
        let (order, process) = (order.get().clone(), self.0.process);
        self.write(fence, true, move |state| {
            words::take(state, &order, process)
        })
        .await
    }

    async fn cancel(&self, cancel: &Approved<Cancel>, fence: SendFence) -> Submission<()> {
        let (cancel, process) = (cancel.get().clone(), self.0.process);
        self.write(fence, false, move |state| {
            words::withdraw(state, &cancel, process)
        })
        .await
    }
}
