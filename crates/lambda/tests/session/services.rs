//! AWS as far as it is asked: Secrets Manager and SNS of our own, and DynamoDB Local behind a door
//! that counts who passes and what they would be billed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What DynamoDB's operations begin with in `x-amz-target`.
const DYNAMO_DB: &str = "DynamoDB_20120810.";

/// What was asked, and what DynamoDB would bill.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// Calls by operation.
    pub(crate) calls: BTreeMap<String, u32>,
    /// Read request units.
    pub(crate) read_units: f64,
    /// Write request units; those of a transaction count twice.
    pub(crate) write_units: f64,
}

#[derive(Default)]
struct Kept {
    secret: Option<String>,
    /// Operations that are refused for want of a permission.
    denied: Vec<&'static str>,
    messages: Vec<String>,
    usage: Usage,
}

/// The services.
#[derive(Clone)]
pub(crate) struct Services {
    kept: Arc<Mutex<Kept>>,
    http: reqwest::Client,
    tables: Arc<str>,
}

impl Services {
    /// They, with DynamoDB Local at `tables`, and their address.
    pub(crate) async fn start(tables: &str) -> (Self, String) {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let services = Self {
            kept: Arc::default(),
            http: http.build().unwrap(),
            tables: tables.into(),
        };
        let routes = Router::new()
            .route("/", post(ask))
            .with_state(services.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (services, address)
    }

    /// Subjects of all messages so far.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.kept.lock().unwrap().messages.clone()
    }

    /// How often the secret was read.
    pub(crate) fn reads(&self) -> u32 {
        let usage = self.usage();
        usage.calls.get("GetSecretValue").copied().unwrap_or(0)
    }

    /// What was asked so far.
    pub(crate) fn usage(&self) -> Usage {
        self.kept.lock().unwrap().usage.clone()
    }

    /// What the secret holds from now on.
    pub(crate) fn keep(&self, text: Option<&str>) {
        self.kept.lock().unwrap().secret = text.map(str::to_owned);
    }

    /// Refuses these operations from now on, and no others.
    pub(crate) fn deny(&self, operations: &[&'static str]) {
        self.kept.lock().unwrap().denied = operations.to_vec();
    }

    fn secret(&self) -> (StatusCode, String) {
        match self.kept.lock().unwrap().secret.clone() {
            Some(text) => {
                let version = format!("v{}", text.len());
                let answer = json!({ "SecretString": text, "VersionId": version });
                (StatusCode::OK, answer.to_string())
            }
            None => refusal(
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
            ),
        }
    }

    /// Passes a call on to DynamoDB Local, and takes note of its price.
    async fn table(&self, headers: &HeaderMap, body: &str) -> (StatusCode, String) {
        let mut body: Value = serde_json::from_str(body).unwrap();
        body["ReturnConsumedCapacity"] = json!("TOTAL");
        let mut request = self.http.post(&*self.tables).body(body.to_string());
        for name in ["x-amz-target", "content-type", "authorization"] {
            request = request.header(name, headers[name].clone());
        }
        let answer = request.send().await.unwrap();
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
        let text = answer.text().await.unwrap();
        if let Ok(answer) = serde_json::from_str(&text) {
            let is_write = body.get("TransactItems").is_some() || body.get("Item").is_some();
            self.note(units(&answer), is_write);
        }
        (status, text)
    }

    fn note(&self, units: f64, is_write: bool) {
        let usage = &mut self.kept.lock().unwrap().usage;
        if is_write {
            usage.write_units += units;
        } else {
            usage.read_units += units;
        }
    }
}

/// Request units of an answer: of one table, or of a list of them.
fn units(answer: &Value) -> f64 {
    let of = |one: &Value| one["CapacityUnits"].as_f64().unwrap_or_default();
    match &answer["ConsumedCapacity"] {
        Value::Array(all) => all.iter().map(of).sum(),
        one => of(one),
    }
}

fn refusal(kind: &str, message: &str) -> (StatusCode, String) {
    let answer =
        json!({ "__type": format!("com.amazon.coral.service#{kind}"), "Message": message });
    (StatusCode::BAD_REQUEST, answer.to_string())
}

async fn ask(
    State(services): State<Services>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let target = headers.get("x-amz-target").map(|it| it.to_str().unwrap());
    let operation = target.map_or("Publish", |target| target.rsplit('.').next().unwrap());
    {
        let mut kept = services.kept.lock().unwrap();
        let calls = &mut kept.usage.calls;
        *calls.entry(operation.to_owned()).or_default() += 1;
        if kept.denied.contains(&operation) {
            return refusal(
                "AccessDeniedException",
                "User is not authorized to perform this",
            );
        }
    }
    match target {
        Some("secretsmanager.GetSecretValue") => services.secret(),
        Some(target) if target.starts_with(DYNAMO_DB) => services.table(&headers, &body).await,
        None if body.starts_with("Action=Publish&") => {
            let mut fields = body.split('&');
            let subject = fields.find_map(|field| field.strip_prefix("Subject="));
            let subject = subject.unwrap().replace("%20", " ").replace("%3A", ":");
            services.kept.lock().unwrap().messages.push(subject);
            (StatusCode::OK, "<PublishResponse/>".to_owned())
        }
        _ => (StatusCode::BAD_REQUEST, String::new()),
    }
}
