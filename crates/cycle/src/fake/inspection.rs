//! A world looked over: what its chain, its broker and its alerts show to be wrong.

use market::{Duration, Instant};
use trading::invariants::{Breach, Counterparty, History, unannounced};
use trading::order::{AccountTag, OrderReport};
use trading::settings::Settings;

use super::World;

/// What stands before the head in every alert.
const HEAD_TOLD: &str = "journal head ";

impl World {
    /// Every invariant that does not hold, whatever went wrong on the way. Holds at any moment, not
    /// only once the trouble is over.
    #[must_use]
    pub fn breaches(&self) -> Vec<Breach> {
        self.look_over(History::new())
    }

    /// The same where nothing has failed since `calm`: what was begun must be finished.
    #[must_use]
    pub fn breaches_since(&self, calm: Instant) -> Vec<Breach> {
        self.look_over(History::new().calm_since(calm))
    }

    fn look_over(&self, history: History) -> Vec<Breach> {
        let mut found = self.shown_by_chain(history);
        found.extend(self.shown_by_broker());
        found.extend(unannounced(&self.entries(), &self.heads_told()));
        found
    }

    fn shown_by_chain(&self, mut history: History) -> Vec<Breach> {
        for entry in self.entries() {
            let wanted = history.wants(&entry);
            if let Some((hash, text)) = wanted.and_then(|hash| Some((hash, self.body(hash)?))) {
                let settings: Settings =
                    serde_json::from_slice(&text).expect("a configuration reads back");
                history.learn(hash, settings);
            }
            history.take(&entry);
        }
        let found = history.finish();
        found.into_iter().map(|(_, breach)| breach).collect()
    }

    fn shown_by_broker(&self) -> Vec<Breach> {
        let desk = self.broker.desk();
        let orders = desk.exchange.orders.iter();
        let orders: Vec<OrderReport> = orders.map(|order| order.report.clone()).collect();
        let counterparty = Counterparty {
            tag: &AccountTag::of(&desk.account),
            orders: &orders,
            arrivals: &desk.arrivals,
            moves: &desk.exchange.moves,
            clock_error: Duration::ZERO,
        };
        counterparty.breaches(&self.entries())
    }

    /// The heads that went out with alerts.
    fn heads_told(&self) -> Vec<String> {
        let sent = self.alerts.sent();
        let told = sent.iter().filter_map(|alert| {
            let (_, head) = alert.text.rsplit_once(HEAD_TOLD)?;
            (head != "empty").then(|| head.to_owned())
        });
        told.collect()
    }
}
