//! Connections, and one exchange over them.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Client, Method, RequestBuilder};

use super::fence::{FenceFallen, Gate, GateLayer};
use super::{Answer, HttpError};
use crate::secret::Redactor;

/// Largest reply read, in bytes: 500 orders are under a megabyte.
const REPLY_BYTES_MAX: usize = 8 << 20;
/// How long an idle connection is kept: shorter than servers do, so that a mutation seldom meets
/// one that is being closed at the other end.
const IDLE_KEPT: std::time::Duration = std::time::Duration::from_secs(20);
/// Idle connections kept for each host.
const IDLE_CONNECTIONS: usize = 1;

/// HTTP requests made so far, for summaries.
#[derive(Debug, Clone, Default)]
pub struct CallCount(Arc<AtomicU64>);

impl CallCount {
    /// How many.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The HTTP client could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the HTTP client cannot start: {0}\nhint: install the system's CA certificates (package ca-certificates)"
)]
pub struct TransportError(String);

/// Connections to any number of hosts.
#[derive(Clone)]
pub struct Transport {
    client: Client,
    redactor: Redactor,
    calls: CallCount,
}

impl Transport {
    /// A transport that keeps what `redactor` knows out of everything it returns. Without `tls`
    /// the system's certificates are not loaded, and https addresses fail.
    ///
    /// # Errors
    /// [`TransportError`] when the system's certificates cannot be read.
    pub fn new(redactor: Redactor, tls: bool) -> Result<Self, TransportError> {
        let mut builder = Client::builder()
            .user_agent(concat!("tqqq/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .tcp_nodelay(true)
            .pool_idle_timeout(IDLE_KEPT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .connector_layer(GateLayer);
        if !tls {
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .build()
            .map_err(|error| TransportError(causes(&error)))?;
        Ok(Self {
            client,
            redactor,
            calls: CallCount::default(),
        })
    }

    /// How many requests were made.
    #[must_use]
    pub fn calls(&self) -> CallCount {
        self.calls.clone()
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    pub(crate) fn request(&self, method: Method, address: &str) -> RequestBuilder {
        self.client.request(method, address)
    }

    /// One exchange. The caller limits its time; dropped half-way, it takes its connection along.
    pub(crate) async fn execute(
        &self,
        request: reqwest::Request,
        gate: Option<Gate>,
    ) -> Result<Answer, HttpError> {
        let exchange = self.exchange(request);
        match gate {
            None => exchange.await,
            Some(gate) => {
                gate.check().map_err(|fallen| HttpError::NotSent {
                    why: fallen.to_string(),
                })?;
                gate.guard(exchange).await
            }
        }
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Answer, HttpError> {
        self.calls.add_one();
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| self.unanswered(error))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unanswered(error))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > REPLY_BYTES_MAX {
                return Err(HttpError::Unknown {
                    why: format!("the reply is longer than {REPLY_BYTES_MAX} bytes"),
                });
            }
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Answer::new(
            response.status().as_u16(),
            headers,
            self.redactor.bytes(bytes),
        ))
    }

    /// Only an error of opening the connection proves that nothing was sent.
    fn unanswered(&self, error: reqwest::Error) -> HttpError {
        let error = error.without_url();
        if let Some(fallen) = cause::<FenceFallen>(&error) {
            return HttpError::NotSent {
                why: fallen.to_string(),
            };
        }
        let why = self.redactor.text(causes(&error));
        if error.is_connect() {
            HttpError::NotSent { why }
        } else {
            HttpError::Unknown { why }
        }
    }
}

/// The error of type `E` among the causes of `error`.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The error and all its causes on one line.
fn causes(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = chain(error).map(ToString::to_string).collect();
    texts.join(": ")
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
