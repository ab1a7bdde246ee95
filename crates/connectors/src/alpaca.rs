//! Alpaca: the broker, its newest trade as a price and quote, its bars and its corporate actions.
//!
//! One endpoint a file, each with a pure `read` from bytes to our words. Of a reply only what
//! money hangs on is needed; everything else may come, go or change (in July 2026 six account
//! fields went). The two keys travel in headers. Nothing is retried here.

pub mod account;
pub mod activities;
pub mod asset;
pub mod bars;
pub mod calendar;
pub mod clock;
pub mod configuration;
pub mod corporate_actions;
pub mod latest_quote;
pub mod latest_trade;
pub mod orders;
pub mod positions;
pub mod refusal;

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{
    Broker, BrokerError, BrokerReader, Clock, OrderQuery, ReadError, Reply, SendFence, Submission,
};
use market::calendar::Session;
use market::{Date, Instant, Symbol};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName};
use trading::account::{Account, AccountConfiguration};
use trading::approve::Approved;
use trading::flow::CashFlow;
use trading::observation::{Asset, MarketClock};
use trading::order::{BrokerOrderId, Cancel, ClientOrderId, Order, OrderReport};
use trading::portfolio::Position;
use trading::settings::AlpacaFeed;

use crate::budget::{Budget, Limits, Rate};
use crate::http::{Answer, Http, SecretHeader, Transport, Vendor};
use crate::secret::AlpacaKeys;
use crate::wire::Unreadable;

/// The name of its prices and bars in configuration and records.
pub const NAME: &str = "alpaca";
/// Paper trading.
pub const PAPER_HOST: &str = "https://paper-api.alpaca.markets";
/// Trading with real money.
pub const LIVE_HOST: &str = "https://api.alpaca.markets";
/// Market data, for paper and live alike.
pub const DATA_HOST: &str = "https://data.alpaca.markets";
/// What one account is granted; the data host counts for itself, as much on the free plan.
pub const LIMITS: Limits = Limits {
    per_minute: 200,
    per_day: None,
};

const KEY_ID_HEADER: HeaderName = HeaderName::from_static("apca-api-key-id");
const SECRET_HEADER: HeaderName = HeaderName::from_static("apca-api-secret-key");

/// One of Alpaca's hosts.
fn vendor(name: &'static str, base: String, keys: &AlpacaKeys) -> Vendor {
    let header = |name, secret: &crate::secret::Secret| SecretHeader {
        name,
        prefix: "",
        secret: secret.clone(),
    };
    Vendor {
        name,
        base,
        headers: vec![
            header(KEY_ID_HEADER, &keys.id),
            header(SECRET_HEADER, &keys.secret),
        ],
        rate,
        budget: Budget::new(name, LIMITS),
    }
}

/// The data host, one for all that ask it: it counts their calls together.
pub(crate) fn data_host(
    transport: Transport,
    clock: Arc<dyn Clock>,
    base: String,
    keys: &AlpacaKeys,
) -> Arc<Http> {
    let vendor = vendor("alpaca data", base, keys);
    Arc::new(Http::new(transport, clock, vendor))
}

/// A feed in the vendor's words. It is always sent: the default depends on the plan.
const fn feed_word(feed: AlpacaFeed) -> &'static str {
    match feed {
        AlpacaFeed::Iex => "iex",
        AlpacaFeed::Sip => "sip",
    }
}

/// The host's count of the current minute.
fn rate(headers: &HeaderMap) -> Option<Rate> {
    let limit = Answer::number(headers, "x-ratelimit-limit")?;
    let remaining = Answer::number(headers, "x-ratelimit-remaining")?;
    Some(Rate {
        used: limit.saturating_sub(remaining),
        limit,
    })
}

/// Alpaca's trading host as the broker.
pub struct Alpaca {
    http: Http,
    host: String,
}

impl Alpaca {
    pub(crate) fn new(
        transport: Transport,
        clock: Arc<dyn Clock>,
        base: String,
        host: String,
        keys: &AlpacaKeys,
    ) -> Self {
        Self {
            http: Http::new(transport, clock, vendor("alpaca", base, keys)),
            host,
        }
    }

    /// The account with what only its owner asks for.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn details(&self) -> Result<Reply<account::Details>, ReadError> {
        self.read(
            Endpoint::new("alpaca/account", account::PATH),
            account::read_details,
        )
        .await
    }

    /// Asks once for these settings of the account, before `fence` falls. Whatever is answered, the
    /// settings are to be read again before they are believed.
    pub async fn protect(
        &self,
        safeguards: &[configuration::Safeguard],
        fence: SendFence,
    ) -> Submission<()> {
        let body = configuration::body(safeguards);
        let path = configuration::PATH;
        match self
            .http
            .mutate(Method::PATCH, path, Some(body), fence)
            .await
        {
            Ok(answer) if answer.is_success() => Submission::Accepted(()),
            Ok(answer) => refusal::mutation("alpaca/configuration", &answer),
            Err(error) => refusal::unanswered(&error),
        }
    }

    /// Requests of this minute as the broker counts them, ours and those of others on the account.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.http.rate()
    }

    /// A read whose every refusal is an error.
    async fn read<T>(
        &self,
        endpoint: Endpoint<'_>,
        read: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
    ) -> Result<Reply<T>, ReadError> {
        endpoint.read(&self.http, read).await
    }

    /// A read that may find nothing. Only the vendor's own words for it count: a 404 of a gateway
    /// is an error, never an absence.
    async fn look_up<T>(
        &self,
        endpoint: Endpoint<'_>,
        read: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
    ) -> Result<Reply<Option<T>>, ReadError> {
        let answer = self.http.get(endpoint.path, endpoint.query).await?;
        if refusal::says_absent(&answer) {
            self.http.saw_key_work();
            return Ok(Reply {
                value: None,
                bodies: vec![answer.into_body(endpoint.what)],
            });
        }
        if !answer.is_success() {
            return Err(refusal::read_error(
                endpoint.what,
                &answer,
                self.http.key_worked(),
            ));
        }
        self.http.saw_key_work();
        let value = read(answer.bytes())
            .map_err(|error| ReadError::Transient(format!("alpaca {error}")))?;
        Ok(Reply {
            value: Some(value),
            bodies: vec![answer.into_body(endpoint.what)],
        })
    }
}

/// What to ask, and what its body is called in records.
#[derive(Clone, Copy)]
struct Endpoint<'a> {
    what: &'a str,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
}

impl<'a> Endpoint<'a> {
    fn new(what: &'a str, path: &'a str) -> Self {
        Self {
            what,
            path,
            query: &[],
        }
    }

    /// Asks a host of Alpaca's; every refusal is an error.
    async fn read<T>(
        self,
        http: &Http,
        read: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
    ) -> Result<Reply<T>, ReadError> {
        let answer = http.get(self.path, self.query).await?;
        if !answer.is_success() {
            return Err(refusal::read_error(self.what, &answer, http.key_worked()));
        }
        http.saw_key_work();
        let value = read(answer.bytes())
            .map_err(|error| ReadError::Transient(format!("alpaca {error}")))?;
        Ok(Reply {
            value,
            bodies: vec![answer.into_body(self.what)],
        })
    }
}

/// The error of a listing whose end is not seen.
fn incomplete(what: &str, why: &str) -> ReadError {
    ReadError::Transient(format!("{what}: the listing cannot be completed: {why}"))
}

/// Why a token for the next page that was used already is no way on.
const TOKEN_REPEATS: &str = "the token for the next page repeats";
/// Why a listing of more pages than are read is no listing.
const PAGES_TOO_MANY: &str = "there are more pages than are read";

#[async_trait]
impl BrokerReader for Alpaca {
    fn host(&self) -> String {
        self.host.clone()
    }

    async fn account(&self) -> Result<Reply<Account>, BrokerError> {
        self.read(
            Endpoint::new("alpaca/account", account::PATH),
            account::read,
        )
        .await
    }

    async fn configuration(&self) -> Result<Reply<AccountConfiguration>, BrokerError> {
        self.read(
            Endpoint::new("alpaca/configuration", configuration::PATH),
            configuration::read,
        )
        .await
    }

    async fn clock(&self) -> Result<Reply<MarketClock>, BrokerError> {
        self.read(Endpoint::new("alpaca/clock", clock::PATH), clock::read)
            .await
    }

    async fn sessions(&self, from: Date, to: Date) -> Result<Reply<Vec<Session>>, BrokerError> {
        let (start, end) = (from.to_string(), to.to_string());
        let query = [("start", start.as_str()), ("end", end.as_str())];
        let endpoint = Endpoint {
            what: "alpaca/calendar",
            path: calendar::PATH,
            query: &query,
        };
        self.read(endpoint, |bytes| calendar::read(bytes, to)).await
    }

    async fn asset(&self, symbol: &Symbol) -> Result<Reply<Option<Asset>>, BrokerError> {
        let path = asset::path(symbol);
        self.look_up(Endpoint::new("alpaca/asset", &path), |bytes| {
            asset::read(bytes, symbol)
        })
        .await
    }

    async fn positions(&self) -> Result<Reply<Vec<Position>>, BrokerError> {
        self.read(
            Endpoint::new("alpaca/positions", positions::PATH),
            positions::read,
        )
        .await
    }

    async fn orders(&self, query: OrderQuery) -> Result<Reply<Vec<OrderReport>>, BrokerError> {
        orders::list::all(self, query).await
    }

    async fn order(&self, id: &BrokerOrderId) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        let path = orders::get::path(id);
        self.look_up(Endpoint::new("alpaca/order", &path), orders::read)
            .await
    }

    async fn order_by_client_id(
        &self,
        id: &ClientOrderId,
    ) -> Result<Reply<Option<OrderReport>>, BrokerError> {
        let query = [("client_order_id", id.as_str())];
        let endpoint = Endpoint {
            what: "alpaca/order",
            path: orders::get::BY_CLIENT_ID_PATH,
            query: &query,
        };
        self.look_up(endpoint, orders::read).await
    }

    async fn flows(&self, after: Instant) -> Result<Reply<Vec<CashFlow>>, BrokerError> {
        activities::flows(self, after).await
    }
}

#[async_trait]
impl Broker for Alpaca {
    async fn submit(&self, order: &Approved<Order>, fence: SendFence) -> Submission<OrderReport> {
        orders::submit::send(&self.http, order.get(), fence).await
    }

    async fn cancel(&self, cancel: &Approved<Cancel>, fence: SendFence) -> Submission<()> {
        orders::cancel::send(&self.http, cancel.get(), fence).await
    }
}
