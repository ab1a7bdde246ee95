//! A client of the faces on loopback, and the comparison with recorded samples.

use std::path::PathBuf;

use market::Instant;
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpListener;
use venue::Venue;
use venue::http::{Faces, Shared, serve};

/// A running exchange and a client with keys.
pub(crate) struct Desk {
    pub(crate) shared: Shared,
    base: String,
    client: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// A text field of the body.
    pub(crate) fn field(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {}", self.text))
            .to_owned()
    }
}

impl Desk {
    pub(crate) async fn open(venue: Venue, faces: Faces) -> Self {
        Self::of(Shared::new_virtual(venue, faces)).await
    }

    pub(crate) async fn of(shared: Shared) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, shared.clone()));
        Self {
            shared,
            base,
            client: reqwest::Client::new(),
        }
    }

    /// Where a WebSocket of this path is.
    pub(crate) fn socket_url(&self, path: &str) -> String {
        format!("{}{path}", self.base.replace("http://", "ws://"))
    }

    pub(crate) fn advance(&self, to: Instant) {
        assert_eq!(self.shared.advance(to), to);
    }

    /// A request with every key.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &str) -> Answer {
        Self::send(self.keyed(method, path, body)).await
    }

    /// As [`Desk::call`]; `None` when the connection breaks before an answer is whole.
    pub(crate) async fn try_call(&self, method: Method, path: &str, body: &str) -> Option<Answer> {
        let response = self.keyed(method, path, body).send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?;
        Some(Answer {
            status,
            headers,
            text,
        })
    }

    fn keyed(&self, method: Method, path: &str, body: &str) -> reqwest::RequestBuilder {
        self.bare(method, path, body)
            .header("APCA-API-KEY-ID", "k")
            .header("APCA-API-SECRET-KEY", "s")
            .header("Authorization", "apikey k")
            .header("apikey", "k")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.call(Method::POST, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, "").await
    }

    pub(crate) async fn patch(&self, path: &str, body: &str) -> Answer {
        self.call(Method::PATCH, path, body).await
    }

    /// Without any key.
    pub(crate) async fn get_without_keys(&self, path: &str) -> Answer {
        Self::send(self.bare(Method::GET, path, "")).await
    }

    pub(crate) fn bare(&self, method: Method, path: &str, body: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.body(body.to_owned())
    }

    pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }
}

/// A recorded sample's text.
pub(crate) fn sample_text(name: &str) -> String {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../connectors/tests/samples");
    let path = samples.join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn sample(name: &str) -> Value {
    serde_json::from_str(&sample_text(name)).unwrap()
}

/// Every field the sample has, of the same JSON type, and no other.
#[track_caller]
pub(crate) fn assert_same_shape(sample_name: &str, actual: &Value) {
    let mut differences = Vec::new();
    compare("", &sample(sample_name), actual, &mut differences);
    assert!(
        differences.is_empty(),
        "{sample_name}: {differences:#?}\n{actual:#}"
    );
}

fn compare(place: &str, sample: &Value, actual: &Value, differences: &mut Vec<String>) {
    match (sample, actual) {
        (Value::Object(sample), Value::Object(actual)) => {
            for (name, value) in sample {
                match actual.get(name) {
                    Some(other) => compare(&format!("{place}/{name}"), value, other, differences),
                    None => differences.push(format!("{place}/{name} is missing")),
                }
            }
            let added = actual.keys().filter(|name| !sample.contains_key(*name));
            differences.extend(added.map(|name| format!("{place}/{name} is not in the sample")));
        }
        (Value::Array(sample), Value::Array(actual)) => {
            if sample.is_empty() != actual.is_empty() {
                differences.push(format!("{place}: one list is empty"));
            }
            for (nth, value) in actual.iter().enumerate() {
                let like = sample.get(nth).or_else(|| sample.first());
                if let Some(like) = like {
                    compare(&format!("{place}/{nth}"), like, value, differences);
                }
            }
        }
        _ if kind(sample) == kind(actual) => {}
        _ => differences.push(format!(
            "{place}: {} against {}",
            kind(sample),
            kind(actual)
        )),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
