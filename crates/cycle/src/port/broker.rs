//! The broker: reads in our words, and two mutations that take only what was approved.

use async_trait::async_trait;
use market::calendar::Session;
use market::{Date, Instant, Symbol};
use trading::account::{Account, AccountConfiguration};
use trading::approve::Approved;
use trading::flow::CashFlow;
use trading::observation::{Asset, MarketClock};
use trading::order::{BrokerOrderId, Cancel, ClientOrderId, Order, OrderReport};
use trading::portfolio::Position;

use super::clock::Monotonic;
use super::{ReadError, Reply};

/// A broker's error on a read; mutations answer with a [`Submission`].
pub type BrokerError = ReadError;

/// Which orders to list. Listings are complete or an error: a reader that meets its page limit
/// goes on paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderQuery {
    /// Those not at their end.
    Open,
    /// All, of every state, received after this moment.
    Since(Instant),
}

/// The conditions that must hold before the first byte leaves, checked on an open connection by
/// the one who writes to it, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendFence {
    /// Wall clock.
    pub send_before: Instant,
    /// Monotonic clock.
    pub send_before_monotonic: Monotonic,
}

/// How a mutation was answered, by what the caller must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission<T> {
    /// The broker took it and this is its answer.
    Accepted(T),
    /// The broker said no (its words; whether it says the id exists already). To be confirmed by
    /// look-up before it is believed.
    Refused {
        /// The broker's words.
        why: String,
        /// It says an order of this id exists: fetch and compare.
        duplicate_id: bool,
    },
    /// It may or may not have happened: look it up, never send again blindly.
    Unknown {
        /// What went wrong.
        why: String,
    },
    /// The fence had fallen before the first byte: certainly not sent.
    NotSent {
        /// Which condition did not hold.
        why: String,
    },
}

/// A broker that is only asked: nothing here changes anything. Who holds no more than this cannot
/// trade.
#[async_trait]
pub trait BrokerReader: Send + Sync {
    /// Where orders go, as the journal is bound to it.
    fn host(&self) -> String;

    /// Balances and state.
    ///
    /// # Errors
    /// [`ReadError`]; a reply without what sizing needs is an error, never zeros.
    async fn account(&self) -> Result<Reply<Account>, BrokerError>;

    /// The owner's settings.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn configuration(&self) -> Result<Reply<AccountConfiguration>, BrokerError>;

    /// The market's clock.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn clock(&self) -> Result<Reply<MarketClock>, BrokerError>;

    /// All sessions of the broker's calendar from `from` to `to`, both included, oldest first: the
    /// past ones as they were held, where the broker knows that.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn sessions(&self, from: Date, to: Date) -> Result<Reply<Vec<Session>>, BrokerError>;

    /// What may be done with `symbol`; `None` when the broker does not know it.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn asset(&self, symbol: &Symbol) -> Result<Reply<Option<Asset>>, BrokerError>;

    /// All holdings. An error is never an empty list.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn positions(&self) -> Result<Reply<Vec<Position>>, BrokerError>;

    /// All orders that `query` asks for, oldest first.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn orders(&self, query: OrderQuery) -> Result<Reply<Vec<OrderReport>>, BrokerError>;

    /// The order by the broker's id; `None` when the broker says there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn order(&self, id: &BrokerOrderId) -> Result<Reply<Option<OrderReport>>, BrokerError>;

    /// The order by our id; `None` when the broker says there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn order_by_client_id(
        &self,
        id: &ClientOrderId,
    ) -> Result<Reply<Option<OrderReport>>, BrokerError>;

    /// All movements of cash without an order of ours that were booked after this moment, oldest
    /// first. Those of the moment itself may be among them: their ids tell which are known.
    ///
    /// # Errors
    /// [`ReadError`]; an incomplete listing is an error.
    async fn flows(&self, after: Instant) -> Result<Reply<Vec<CashFlow>>, BrokerError>;
}

/// A broker.
#[async_trait]
pub trait Broker: BrokerReader {
    /// Sends an order once, if `fence` still stands when the connection is open; never retries.
    async fn submit(&self, order: &Approved<Order>, fence: SendFence) -> Submission<OrderReport>;

    /// Asks for a cancel once, under the same fence; never retries. `Accepted` means only that
    /// the wish was taken: the order may still fill.
    async fn cancel(&self, cancel: &Approved<Cancel>, fence: SendFence) -> Submission<()>;
}
