//! A broker behind glass.

use std::sync::Arc;

use async_trait::async_trait;
use market::calendar::Session;
use market::{Date, Instant, Symbol};
use trading::account::{Account, AccountConfiguration};
use trading::approve::Approved;
use trading::flow::CashFlow;
use trading::observation::{Asset, MarketClock};
use trading::order::{BrokerOrderId, Cancel, ClientOrderId, Order, OrderReport};
use trading::portfolio::Position;

use crate::port::{Broker, BrokerError, BrokerReader, OrderQuery, Reply, SendFence, Submission};

/// Answers every question as the broker does and sends nothing: all it holds of the broker is what
/// reads.
pub struct Muted {
    reader: Arc<dyn BrokerReader>,
}

impl Muted {
    /// The reading half of a broker.
    pub fn new(reader: Arc<dyn BrokerReader>) -> Self {
        Self { reader }
    }
}

fn not_sent<T>() -> Submission<T> {
    let why = "this is a rehearsal: nothing is sent".to_owned();
    Submission::NotSent { why }
}

#[async_trait]
impl BrokerReader for Muted {
    fn host(&self) -> String {
        self.reader.host()
    }

    async fn account(&self) -> Result<Reply<Account>, BrokerError> {
        self.reader.account().await
    }

    async fn configuration(&self) -> Result<Reply<AccountConfiguration>, BrokerError> {
        self.reader.configuration().await
    }

    async fn clock(&self) -> Result<Reply<MarketClock>, BrokerError> {
        self.reader.clock().await
    }

    async fn sessions(&self, from: Date, to: Date) -> Result<Reply<Vec<Session>>, BrokerError> {
        self.reader.sessions(from, to).await
    }

    async fn asset(&self, symbol: &Symbol) -> Result<Reply<Option<Asset>>, BrokerError> {
        self.reader.asset(symbol).await
    }

    async fn positions(&self) -> Result<Reply<Vec<Position>>, BrokerError> {
        self.reader.positions().await
    }

    async fn orders(&self, query: OrderQuery) -> Result<Reply<Vec<OrderReport>>, BrokerError> {
        self.reader.orders(query).await
    }

    async fn order(&self, id: &BrokerOrderId) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        self.reader.order(id).await
    }

    async fn order_by_client_id(
        &self,
        id: &ClientOrderId,
    ) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        self.reader.order_by_client_id(id).await
    }

    async fn flows(&self, after: Instant) -> Result<Reply<Vec<CashFlow>>, BrokerError> {
        self.reader.flows(after).await
    }
}

#[async_trait]
impl Broker for Muted {
    async fn submit(&self, _: &Approved<Order>, _: SendFence) -> Submission<OrderReport> {
        not_sent()
    }

    async fn cancel(&self, _: &Approved<Cancel>, _: SendFence) -> Submission<()> {
        not_sent()
    }
}
