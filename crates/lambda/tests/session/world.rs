//! Everything around a function: an exchange of ours, a table, a secret, a topic.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::local::DynamoDbLocal;
use connectors::clock::SystemClock;
use cycle::port::Journal;
use journal::Chain;
use market::calendar::Slot;
use market::{Calendar, Date};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use trading::record::{Entry, Record};
use venue::http::{Faces, Shared, serve};
use venue::synthetic::{INTERVAL, synthetic_bars};
use venue::{Config, Venue};

use crate::lambda::{Bootstrap, Ears};
use crate::services::Services;

/// Sessions of bars before the first that is traded.
const HISTORY: usize = 33;
/// Sessions that can be traded.
const TRADED: usize = 6;
/// The four keys, of no account there is.
pub(crate) const KEYS: &str = r#"{"TQQQ_ALPACA_KEY_ID":"PKTESTTEST","TQQQ_ALPACA_SECRET_KEY":"secretsecretsecret","TQQQ_TWELVE_DATA_KEY":"twelvetwelve"}"#;

/// One account's world.
pub(crate) struct World {
    /// The exchange.
    pub(crate) venue: Shared,
    /// The other services.
    pub(crate) services: Services,
    /// The sessions that can be traded, slot by slot.
    pub(crate) slots: Vec<Slot>,
    local: DynamoDbLocal,
    table: String,
    url: String,
    services_url: String,
}

impl World {
    /// A world of its own; `None` where there is no DynamoDB Local.
    pub(crate) async fn new(seed: u64) -> Option<Self> {
        let local = DynamoDbLocal::find()?;
        let table = DynamoDbLocal::fresh_name();
        local.create(&table).await;
        let calendar = Calendar::nyse();
        let first = Date::constant(2024, 1, 2);
        let bars = synthetic_bars(seed, first, HISTORY + TRADED, &calendar).unwrap();
        let end = bars.last().unwrap().start;
        let sessions = calendar
            .sessions(first, market::time::new_york_date(end))
            .unwrap();
        let slots: Vec<Slot> = sessions[HISTORY..]
            .iter()
            .flat_map(market::calendar::Session::slots)
            .collect();
        let start = slots[0].at();
        let mut venue = Venue::new(Config::new(seed, start)).unwrap();
        let symbol = "TQQQ".parse().unwrap();
        venue.add_series(&symbol, INTERVAL, bars).unwrap();
        let venue = Shared::new_virtual(venue, Faces::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, venue.clone()));
        let (services, services_url) = Services::start(&local.address).await;
        services.keep(Some(KEYS));
        Some(Self {
            venue,
            services,
            slots,
            local,
            table,
            url,
            services_url,
        })
    }

    /// The variables of a function of this world.
    pub(crate) fn variables(&self, function: &str) -> BTreeMap<&'static str, String> {
        let config = format!("venue = \"alpaca-paper\"\nvenue_url = \"{}\"\n", self.url);
        [
            ("TQQQ_FUNCTION", function.to_owned()),
            ("TQQQ_CONFIG", config),
            ("TQQQ_TABLE", self.table.clone()),
            ("TQQQ_SECRET", "tqqq/keys".to_owned()),
            (
                "TQQQ_TOPIC",
                "arn:aws:sns:us-east-1:123456789012:tqqq".to_owned(),
            ),
            ("TQQQ_LOG", "warn".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", self.services_url.clone()),
            // As the stack sets them.
            ("MALLOC_TOP_PAD_", "2097152".to_owned()),
            ("MALLOC_TRIM_THRESHOLD_", "67108864".to_owned()),
        ]
        .into()
    }

    /// A process of a function of this world.
    pub(crate) async fn bootstrap(&self, function: &str) -> Bootstrap {
        self.bootstrap_with(function, &[]).await
    }

    /// The same with some variables changed; an empty one is not set.
    pub(crate) async fn bootstrap_with(
        &self,
        function: &str,
        changed: &[(&'static str, &str)],
    ) -> Bootstrap {
        self.start(function, changed, Ears::Open).await
    }

    /// The same, whose log nobody reads.
    pub(crate) async fn unheard(&self, function: &str) -> Bootstrap {
        self.start(function, &[], Ears::Shut).await
    }

    async fn start(
        &self,
        function: &str,
        changed: &[(&'static str, &str)],
        ears: Ears,
    ) -> Bootstrap {
        let mut variables = self.variables(function);
        for (name, value) in changed {
            variables.insert(name, (*value).to_owned());
        }
        let variables: Vec<(&str, String)> = variables.into_iter().collect();
        Bootstrap::start(&variables, ears).await
    }

    /// The tables.
    pub(crate) fn local(&self) -> &DynamoDbLocal {
        &self.local
    }

    /// The journal's table.
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// Goes on with the table of this name.
    pub(crate) fn move_to(&mut self, table: String) {
        self.table = table;
    }

    /// The event of a slot; the trader moves the exchange's clock there.
    pub(crate) fn event(&self, slot: Slot) -> Value {
        json!({ "slot": slot.at().to_string() })
    }

    /// The address of the exchange.
    pub(crate) fn venue_url(&self) -> &str {
        &self.url
    }

    /// The journal, read as a stranger would.
    pub(crate) fn chain(&self) -> Chain<aws::Table> {
        let clock = Arc::new(SystemClock::new());
        Chain::new(self.local.table(&self.table, clock.clone()), clock)
    }

    /// All records.
    pub(crate) async fn entries(&self) -> Vec<Entry> {
        self.chain().read(1, usize::MAX).await.unwrap()
    }

    /// How often each slot was closed.
    pub(crate) async fn closings(&self) -> BTreeMap<String, u32> {
        let mut closings = BTreeMap::new();
        for entry in self.entries().await {
            if let (Record::SlotClosed(_), Some(slot)) = (&entry.record, entry.slot) {
                *closings.entry(slot.to_string()).or_default() += 1;
            }
        }
        closings
    }

    /// That the whole chain is what was written and tells of nothing that must never be.
    pub(crate) async fn verify(&self) {
        let report = journal::verify(self.chain().store(), None, |_| ())
            .await
            .unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert!(report.breaches.is_empty(), "{:?}", report.breaches);
    }
}
