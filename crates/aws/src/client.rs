//! One signed POST a call, with one total limit; nothing is repeated unless the caller says that
//! it changes nothing.

use std::error::Error;
use std::sync::Arc;

use cycle::port::{Clock, clock};
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use crate::access::Access;
use crate::call::{Call, Protocol};
use crate::error::AwsError;
use crate::limits::{CALL_LIMIT, READ_WAITS, REPLY_BYTES_MAX};
use crate::signature::{Request, sign};

/// How long an idle connection is kept: shorter than the services do.
const IDLE_KEPT: std::time::Duration = std::time::Duration::from_secs(4);

/// The client could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the HTTP client cannot start: {0}\nhint: install the system's CA certificates (package ca-certificates)"
)]
pub struct ClientError(String);

/// Connections to the services.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    access: Access,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// A client of the services of `access`; `clock` is the wall's, which signatures carry.
    ///
    /// # Errors
    /// [`ClientError`] when the system's certificates cannot be read.
    pub fn new(access: Access, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("tqqq/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .tcp_nodelay(true)
            .pool_idle_timeout(IDLE_KEPT);
        if !access.needs_tls() {
            builder = builder.tls_certs_only([]);
        }
        let http = builder
            .build()
            .map_err(|error| ClientError(causes(&error)))?;
        Ok(Self {
            http,
            access,
            clock,
        })
    }

    /// Asks for what changes nothing: again, while that may help.
    pub(crate) async fn read(&self, call: Call, body: &Value) -> Result<Value, AwsError> {
        let mut waits = READ_WAITS.iter();
        loop {
            match self.once(call, body).await {
                Err(error) if error.may_pass() => match waits.next() {
                    None => return Err(error),
                    Some(wait) => self.clock.sleep_until(self.clock.now() + *wait).await,
                },
                answer => return answer,
            }
        }
    }

    /// Asks once, in JSON.
    pub(crate) async fn once(&self, call: Call, body: &Value) -> Result<Value, AwsError> {
        let reply = self.post(call, body.to_string()).await?;
        serde_json::from_slice(&reply).map_err(|error| AwsError::Garbled {
            call,
            why: error.to_string(),
        })
    }

    /// Asks once; the body of a good answer.
    pub(crate) async fn post(&self, call: Call, body: String) -> Result<Vec<u8>, AwsError> {
        let exchange = self.exchange(call, body);
        let (status, reply) = clock::timeout(self.clock.as_ref(), CALL_LIMIT, exchange)
            .await
            .unwrap_or_else(|elapsed| {
                let why = elapsed.to_string();
                Err(AwsError::Unanswered { call, why })
            })?;
        if (200..300).contains(&status) {
            Ok(reply)
        } else {
            Err(told(call, status, &reply))
        }
    }

    async fn exchange(&self, call: Call, body: String) -> Result<(u16, Vec<u8>), AwsError> {
        let unanswered = |error: reqwest::Error| AwsError::Unanswered {
            call,
            why: causes(&error.without_url()),
        };
        let request = self.request(call, body).build().map_err(unanswered)?;
        let mut response = self.http.execute(request).await.map_err(unanswered)?;
        let mut reply = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            reply.extend_from_slice(&chunk);
            if reply.len() > REPLY_BYTES_MAX {
                let why = format!("the reply is longer than {REPLY_BYTES_MAX} bytes");
                return Err(AwsError::Garbled { call, why });
            }
        }
        Ok((response.status().as_u16(), reply))
    }

    fn request(&self, call: Call, body: String) -> reqwest::RequestBuilder {
        let service = call.service();
        let url = self.access.address(service);
        let host = authority(url);
        let mut headers = vec![("host", host.clone())];
        match service.protocol() {
            Protocol::Json { target, content } => {
                headers.push((CONTENT_TYPE_NAME, content.to_owned()));
                headers.push(("x-amz-target", format!("{target}.{}", call.name())));
            }
            Protocol::Form => headers.push((
                CONTENT_TYPE_NAME,
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            )),
        }
        let request = Request {
            region: &self.access.region,
            service: service.name(),
            headers,
            body: body.as_bytes(),
        };
        let signed = sign(request, &self.access.credentials, self.clock.now());
        let mut post = self.http.post(url.clone()).header(HOST, host);
        for (name, value) in signed {
            let name = if name == CONTENT_TYPE_NAME {
                CONTENT_TYPE
            } else {
                HeaderName::from_static(name)
            };
            if let Ok(mut value) = HeaderValue::from_str(&value) {
                value.set_sensitive(true);
                post = post.header(name, value);
            }
        }
        post.body(body)
    }
}

/// As signed.
const CONTENT_TYPE_NAME: &str = "content-type";

/// The host as its header says it: with a port that is not its scheme's own.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What a service says of a call that it refused.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(alias = "Message", default)]
    message: String,
}

/// The error in the body of a refused call: JSON, or the XML of SNS.
fn told(call: Call, status: u16, reply: &[u8]) -> AwsError {
    /// Most of a text that is shown.
    const SHOWN_MAX: usize = 600;
    let text = String::from_utf8_lossy(reply);
    let (code, message) = match serde_json::from_str::<Refusal>(&text) {
        Ok(refusal) => (refusal.kind, refusal.message),
        Err(_) => (
            between(&text, "<Code>", "</Code>").to_owned(),
            between(&text, "<Message>", "</Message>").to_owned(),
        ),
    };
    // `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`
    let code = code.rsplit('#').next().unwrap_or_default();
    let why = if code.is_empty() && message.is_empty() {
        format!("status {status}")
    } else {
        let why = format!("{code}: {message}");
        why.chars().take(SHOWN_MAX).collect()
    };
    AwsError::told(call, status, code, why)
}

/// The text between two marks; empty when either is not there.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .and_then(|(_, rest)| rest.split_once(after))
        .map_or("", |(inside, _)| inside)
}

/// The error and all its causes on one line.
fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    let texts: Vec<String> = chain.map(ToString::to_string).collect();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_known_by_what_to_do_about_it() {
        let cases = [
            (
                400,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#,
                "ResourceMissing",
            ),
            (
                400,
                r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User is not authorized"}"#,
                "PermissionDenied",
            ),
            (
                400,
                r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"expired"}"#,
                "PermissionDenied",
            ),
            (
                400,
                r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"The provided key element does not match the schema"}"#,
                "RequestInvalid",
            ),
            (
                400,
                r#"{"__type":"x#TransactionCanceledException","message":"Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]"}"#,
                "ConditionFailed",
            ),
            (
                400,
                r#"{"__type":"x#TransactionCanceledException","message":"Transaction cancelled [TransactionConflict, None]"}"#,
                "ServiceBusy",
            ),
            (
                400,
                r#"{"__type":"x#TransactionCanceledException","message":"Transaction cancelled [None, ValidationError]"}"#,
                "RequestInvalid",
            ),
            (
                400,
                r#"{"__type":"x#ProvisionedThroughputExceededException","message":"slow down"}"#,
                "ServiceBusy",
            ),
            (500, r#"{"__type":"x#InternalServerError"}"#, "ServiceBusy"),
            (503, "<html>", "ServiceBusy"),
            (
                403,
                "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>",
                "PermissionDenied",
            ),
            (
                404,
                "<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>",
                "ResourceMissing",
            ),
            (418, "", "RequestInvalid"),
        ];
        for (status, body, name) in cases {
            let error = told(Call::TransactWriteItems, status, body.as_bytes());
            assert_eq!(error.name(), name, "{status} {body}: {error}");
        }
    }

    #[test]
    fn the_host_is_signed_as_it_is_sent() {
        let told = |url: &str| authority(&Url::parse(url).unwrap());
        assert_eq!(
            told("https://sns.us-east-1.amazonaws.com/"),
            "sns.us-east-1.amazonaws.com"
        );
        assert_eq!(told("http://127.0.0.1:8000"), "127.0.0.1:8000");
        assert_eq!(told("http://127.0.0.1:80"), "127.0.0.1");
    }
}
