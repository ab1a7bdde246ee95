//! Tables on Amazon's DynamoDB Local and on moto, for tests of this crate and others.
//!
//! `cargo xtask aws` starts both and tells their addresses in `TQQQ_DYNAMODB_LOCAL` and `TQQQ_MOTO`;
//! without them the tests that need them say so and pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cycle::port::Clock;
use serde_json::{Value, json};

use crate::access::Access;
use crate::client::Client;
use crate::table::Table;

/// Where it answers, as the tests are told.
pub const ADDRESS_VARIABLE: &str = "TQQQ_DYNAMODB_LOCAL";

/// The same of moto.
pub const MOTO_VARIABLE: &str = "TQQQ_MOTO";

/// DynamoDB Local, at work; or moto, which answers to the same calls.
#[derive(Debug, Clone)]
pub struct DynamoDbLocal {
    /// Its address.
    pub address: String,
}

impl DynamoDbLocal {
    /// The one that was started for these tests; `None`, with a line that says so, when there is
    /// none.
    #[must_use]
    pub fn find() -> Option<Self> {
        Self::told(ADDRESS_VARIABLE, "DynamoDB Local")
    }

    /// The same of moto. It loses updates that race, so only one call at a time proves anything.
    #[must_use]
    pub fn moto() -> Option<Self> {
        Self::told(MOTO_VARIABLE, "moto")
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "tests are told by their surroundings, and say why they do nothing"
    )]
    fn told(variable: &str, what: &str) -> Option<Self> {
        if let Ok(address) = std::env::var(variable) {
            return Some(Self { address });
        }
        eprintln!("skipped: no {variable}; `cargo xtask aws` starts {what}");
        None
    }

    /// A client of it, whose signatures nobody checks.
    ///
    /// # Panics
    /// When the client cannot be built.
    pub fn client(&self, clock: Arc<dyn Clock>) -> Client {
        let lookup = |name: &str| match name {
            "AWS_ENDPOINT_URL" => Some(self.address.clone()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            _ => None,
        };
        let access = Access::read(lookup).expect("these make an access");
        Client::new(access, clock).expect("a client without TLS")
    }

    /// A name that no table of this process or another has.
    #[must_use]
    pub fn fresh_name() -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        format!("journal-{}-{number}", std::process::id())
    }

    /// Makes a journal's table of this name.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn create(&self, name: &str) {
        self.create_keyed(name, &[("pk", "S", "HASH"), ("sk", "N", "RANGE")])
            .await;
    }

    /// Makes a table with these keys: name, type, role.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn create_keyed(&self, name: &str, keys: &[(&str, &str, &str)]) {
        let attributes: Vec<Value> = keys
            .iter()
            .map(|(name, kind, _)| json!({ "AttributeName": name, "AttributeType": kind }))
            .collect();
        let schema: Vec<Value> = keys
            .iter()
            .map(|(name, _, role)| json!({ "AttributeName": name, "KeyType": role }))
            .collect();
        let body = json!({
            "TableName": name,
            "AttributeDefinitions": attributes,
            "KeySchema": schema,
            "BillingMode": "PAY_PER_REQUEST",
        });
        self.ask("CreateTable", &body).await;
    }

    /// Any operation, as no program of ours may ask it.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn ask(&self, operation: &str, body: &Value) -> Value {
        let anybody = "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/dynamodb/aws4_request, \
                       SignedHeaders=host, Signature=0";
        let answer = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .expect("a client without TLS")
            .post(&self.address)
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", anybody)
            .body(body.to_string())
            .send()
            .await
            .expect("DynamoDB Local answers");
        let status = answer.status();
        let text = answer.text().await.expect("a whole answer");
        assert!(status.is_success(), "{operation}: {status} {text}");
        serde_json::from_str(&text).expect("an answer in JSON")
    }

    /// A handle on the table of this name.
    pub fn table(&self, name: &str, clock: Arc<dyn Clock>) -> Table {
        Table::new(self.client(clock), name)
    }
}
