//! A check-up: everything a slot will need, asked beforehand and told line by line.
//!
//! Each file looks at one part and answers with [`Finding`]s; pure functions judge, thin ones ask.
//! Nothing is changed by looking. What can be mended carries its [`Remedy`], which is carried out
//! elsewhere and only after the owner has agreed.

mod account;
mod books;
mod broker;
mod disk;
mod files;
mod finding;
mod keys;
mod market;
mod remedy;
mod sources;

use std::path::PathBuf;

use ::market::Instant;

pub(crate) use finding::{Finding, Level};
pub(crate) use remedy::{Done, Remedy, carry_out};

use crate::environment::Environment;
use crate::exchange::Exchange;
use crate::fault::Outcome;
use crate::places::Configuration;

/// What is examined.
pub(crate) struct Subject<'a> {
    /// The configuration in force.
    pub(crate) configuration: &'a Configuration,
    /// Where keys come from.
    pub(crate) environment: &'a Environment,
    /// The exchange, or why it cannot be reached.
    pub(crate) exchange: &'a Outcome<Exchange>,
    /// The journal a runner here would use; `None` where each run begins one of its own.
    pub(crate) journal: Option<PathBuf>,
    /// Now, by the machine's clock: ages of files.
    pub(crate) wall: Instant,
}

impl Subject<'_> {
    /// Now, as the account counts time: by the exchange's clock, where it answers.
    fn now(&self) -> Instant {
        let exchange = self.exchange.as_ref().ok();
        exchange.map_or(self.wall, |exchange| exchange.clock.now())
    }
}

/// Looks at everything and tells it in order.
pub(crate) async fn examine(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = vec![files::configuration(subject.configuration, subject.wall)];
    let (of_keys, keys) = keys::findings(subject);
    findings.extend(of_keys);
    let books = books::open(subject).await;
    let exchange = match subject.exchange {
        Ok(exchange) => exchange,
        Err(fault) => {
            findings.push(Finding::of_fault(
                "venue",
                fault,
                "is it running and reachable?",
            ));
            findings.extend(books.findings(subject, None).await);
            findings.push(disk::finding(subject));
            return findings;
        }
    };
    let seen = broker::ask(subject, exchange, &keys, &books).await;
    findings.extend(seen.findings);
    findings.extend(sources::findings(subject, exchange, &keys).await);
    findings.extend(books.findings(subject, seen.binding.as_ref()).await);
    findings.push(disk::finding(subject));
    let now = exchange.clock.now();
    findings.push(market::next_slots(&subject.configuration.calendar, now));
    findings
}
