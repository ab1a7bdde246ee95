//! Alerts through an SNS topic, and from there to whoever subscribed.

use async_trait::async_trait;
use cycle::port::{Alert, AlertLevel, Alerts};

use crate::call::Call;
use crate::client::Client;
use crate::limits::SUBJECT_CHARACTERS_MAX;

/// A topic.
#[derive(Clone)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic of this ARN.
    #[must_use]
    pub fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }
}

#[async_trait]
impl Alerts for Topic {
    /// Twice at most: hearing something twice is better than not at all.
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        let form = form(&self.arn, alert);
        let first = self.client.post(Call::Publish, form.clone()).await;
        let sent = match first {
            Err(error) if error.may_pass() => self.client.post(Call::Publish, form).await,
            sent => sent,
        };
        sent.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// The message as SNS's form wants it.
fn form(arn: &str, alert: &Alert) -> String {
    let level = match alert.level {
        AlertLevel::Notice => "notice",
        AlertLevel::Warning => "WARNING",
        AlertLevel::Critical => "CRITICAL",
    };
    let subject = subject(&format!("tqqq {level}: {}", alert.title));
    let fields = [
        ("Action", "Publish"),
        ("Version", "2010-03-31"),
        ("TopicArn", arn),
        ("Subject", &subject),
        ("Message", &alert.text),
    ];
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    fields.join("&")
}

/// SNS's subjects are printable ASCII that begins with a letter, a digit or a mark, shorter than a
/// hundred characters.
fn subject(text: &str) -> String {
    let plain = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
    text.chars()
        .map(plain)
        .take(SUBJECT_CHARACTERS_MAX)
        .collect()
}

/// Percent-encoded as a form's value (RFC 3986's unreserved characters stand).
fn encode(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_how_loud_it_is_and_keeps_to_snss_subjects() {
        let alert = Alert {
            level: AlertLevel::Critical,
            title: format!("slot 10:00 – {}", "x".repeat(200)),
            text: "failed: é & more\nhead 7".to_owned(),
        };
        let form = form("arn:aws:sns:us-east-1:1:t", &alert);
        let fields: Vec<&str> = form.split('&').collect();
        assert_eq!(fields[2], "TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A1%3At");
        assert!(fields[3].starts_with("Subject=tqqq%20CRITICAL%3A%20slot%2010%3A00%20%3F"));
        assert_eq!(
            fields[4],
            "Message=failed%3A%20%C3%A9%20%26%20more%0Ahead%207"
        );
        assert_eq!(subject(&"é".repeat(300)).len(), SUBJECT_CHARACTERS_MAX);
    }
}
