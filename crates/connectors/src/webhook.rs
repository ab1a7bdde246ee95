//! Word to the owner over HTTP: a webhook for alerts, and an address that is called after every
//! slot so that its owner is missed when it is not.
//!
//! Both addresses are secrets: whoever knows one can write to the channel behind it. Neither is
//! ever in an error. Nothing is sent again: the next slot has word of its own.

use std::sync::Arc;

use async_trait::async_trait;
use cycle::port::{Alert, AlertLevel, Alerts, Clock, clock};
use market::Duration;
use market::time::seconds;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use trading::settings::sections::AlertPreset;

use crate::http::{Transport, TransportError};
use crate::secret::{KeyError, Redactor, Secret};

/// Longest that a message may take: no slot waits for one.
const SEND_LIMIT: Duration = seconds(5);
/// Longest message, in characters; Slack cuts at 4,000, ntfy at 4,096.
const TEXT_MAX: usize = 3500;

/// An address that must not be shown.
#[derive(Debug, Clone)]
pub struct SecretAddress(Secret);

impl SecretAddress {
    /// The variable of the webhook's address.
    pub const WEBHOOK_VARIABLE: &'static str = "TQQQ_ALERT_URL";
    /// The variable of the address that is called after every slot.
    pub const PING_VARIABLE: &'static str = "TQQQ_PING_URL";

    /// An http or https address.
    ///
    /// # Errors
    /// [`KeyError`] for a text that is none; it is not shown.
    pub fn new(name: &'static str, text: &str) -> Result<Self, KeyError> {
        let secret = Secret::new(name, text)?;
        let address = secret.expose();
        if address.starts_with("https://") || address.starts_with("http://") {
            Ok(Self(secret))
        } else {
            Err(KeyError::NoAddress { name })
        }
    }
}

/// Posts alerts in the form that a preset names.
pub struct Webhook {
    line: Line,
    preset: AlertPreset,
}

/// Calls an address after every slot.
pub struct Ping(Line);

/// One secret address over a transport of its own.
struct Line {
    transport: Transport,
    address: SecretAddress,
    clock: Arc<dyn Clock>,
}

impl Line {
    fn new(address: SecretAddress, clock: Arc<dyn Clock>) -> Result<Self, TransportError> {
        let tls = address.0.expose().starts_with("https://");
        let redactor = Redactor::new([address.0.clone()]);
        Ok(Self {
            transport: Transport::new(redactor, tls)?,
            address,
            clock,
        })
    }

    async fn call(
        &self,
        method: Method,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<(), String> {
        let hidden = |text: String| self.transport.redactor().text(text);
        let mut request = self.transport.request(method, self.address.0.expose());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(body)
            .build()
            .map_err(|error| hidden(error.without_url().to_string()))?;
        let sent = self.transport.execute(request, None);
        match clock::timeout(self.clock.as_ref(), SEND_LIMIT, sent).await {
            Err(elapsed) => Err(elapsed.to_string()),
            Ok(Err(error)) => Err(hidden(error.to_string())),
            Ok(Ok(answer)) if (200..300).contains(&answer.status()) => Ok(()),
            Ok(Ok(answer)) => Err(format!("answered with status {}", answer.status())),
        }
    }
}

impl Webhook {
    /// A webhook at `address`.
    ///
    /// # Errors
    /// [`TransportError`] when the system's certificates cannot be read.
    pub fn new(
        address: SecretAddress,
        preset: AlertPreset,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TransportError> {
        Ok(Self {
            line: Line::new(address, clock)?,
            preset,
        })
    }
}

#[async_trait]
impl Alerts for Webhook {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        let (headers, body) = message(self.preset, alert);
        self.line.call(Method::POST, &headers, body).await
    }
}

impl Ping {
    /// A ping to `address`.
    ///
    /// # Errors
    /// As [`Webhook::new`].
    pub fn new(address: SecretAddress, clock: Arc<dyn Clock>) -> Result<Self, TransportError> {
        Line::new(address, clock).map(Self)
    }

    /// Calls it once, with a line of text.
    ///
    /// # Errors
    /// What kept it from being taken.
    pub async fn send(&self, text: &str) -> Result<(), String> {
        let headers = [(CONTENT_TYPE.as_str(), "text/plain".to_owned())];
        self.0.call(Method::POST, &headers, text.to_owned()).await
    }
}

/// What goes over the wire: headers and body.
fn message(preset: AlertPreset, alert: &Alert) -> (Vec<(&'static str, String)>, String) {
    let json = |value: serde_json::Value| {
        let headers = vec![(CONTENT_TYPE.as_str(), "application/json".to_owned())];
        (headers, value.to_string())
    };
    let text: String = alert.text.chars().take(TEXT_MAX).collect();
    let (level, title) = (word(alert.level), &alert.title);
    match preset {
        AlertPreset::Json => json(serde_json::json!({
            "schema": "tqqq.alert/1", "level": level, "title": title, "text": text,
        })),
        AlertPreset::Slack => {
            let sign = match alert.level {
                AlertLevel::Notice => ":information_source:",
                AlertLevel::Warning => ":warning:",
                AlertLevel::Critical => ":rotating_light:",
            };
            // The three characters that mean something to Slack.
            let plain = format!("{sign} *tqqq {title}*\n{text}")
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            json(serde_json::json!({ "text": plain }))
        }
        AlertPreset::Ntfy => {
            let priority = match alert.level {
                AlertLevel::Notice => "default",
                AlertLevel::Warning => "high",
                AlertLevel::Critical => "urgent",
            };
            let title: String = title.chars().filter(char::is_ascii).collect();
            let headers = vec![
                ("Title", format!("tqqq {title}")),
                ("Priority", priority.to_owned()),
            ];
            (headers, text)
        }
    }
}

const fn word(level: AlertLevel) -> &'static str {
    match level {
        AlertLevel::Notice => "notice",
        AlertLevel::Warning => "warning",
        AlertLevel::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::loopback::{Act, serve};

    fn alert() -> Alert {
        Alert {
            level: AlertLevel::Critical,
            title: "slot 2025-05-12T10:30-04:00".to_owned(),
            text: "failed: <nobody> answers; journal head 7:abc".to_owned(),
        }
    }

    #[test]
    fn each_preset_says_the_same_in_its_own_form() {
        let (headers, body) = message(AlertPreset::Json, &alert());
        assert_eq!(headers[0].1, "application/json");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["level"], "critical");
        assert!(body["text"].as_str().unwrap().ends_with("head 7:abc"));
        let (_, body) = message(AlertPreset::Slack, &alert());
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let text = body["text"].as_str().unwrap();
        assert!(
            text.contains("&lt;nobody&gt;") && text.contains("head 7:abc"),
            "{text}"
        );
        let (headers, body) = message(AlertPreset::Ntfy, &alert());
        assert_eq!(headers[1], ("Priority", "urgent".to_owned()));
        assert_eq!(body, alert().text);
    }

    fn webhook(base: &str) -> Webhook {
        let address = format!("{base}/hooks/T0PSECRET");
        let address = SecretAddress::new(SecretAddress::WEBHOOK_VARIABLE, &address).unwrap();
        Webhook::new(address, AlertPreset::Json, Arc::new(SystemClock::new())).unwrap()
    }

    #[tokio::test]
    async fn an_alert_is_posted_once_and_a_refusal_says_nothing_of_the_address() {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned();
        let no = "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nT0PSECRET".to_owned();
        let (base, seen) = serve(vec![Act::Answer(ok), Act::Answer(no)]);
        let webhook = webhook(&base);
        assert_eq!(webhook.send(&alert()).await, Ok(()));
        let (_, request) = seen.recv().unwrap();
        assert!(request.starts_with("POST /hooks/T0PSECRET "), "{request}");
        let refused = webhook.send(&alert()).await;
        assert_eq!(refused, Err("answered with status 404".to_owned()));
    }

    #[tokio::test]
    async fn nobody_there_is_an_error_without_the_address() {
        let error = webhook("http://127.0.0.1:9")
            .send(&alert())
            .await
            .unwrap_err();
        assert!(!error.contains("T0PSECRET"), "{error}");
    }

    #[test]
    fn what_is_no_address_is_refused_unseen() {
        let refused = SecretAddress::new(SecretAddress::PING_VARIABLE, "ftp://secret").unwrap_err();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}
