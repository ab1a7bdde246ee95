//! Keys: there, whole, and seen by nobody else. They are never shown.

use connectors::assemble::Keys;
use connectors::secret::{AlpacaKeys, FmpKey, TwelveDataKey};
use connectors::{fmp, twelve_data};
use trading::settings::Venue;

use super::{Finding, Subject, files};
use crate::environment::Origin;
use crate::fault::Outcome;

const MISSING: &str =
    "set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY";

/// A line a vendor, and the keys at hand.
pub(super) fn findings(subject: &Subject<'_>) -> (Vec<Finding>, Keys) {
    let settings = &subject.configuration.settings;
    if settings.venue == Venue::Local {
        let found = "none needed: the local exchange takes any";
        return (vec![Finding::ok("keys", found)], Keys::placeholders());
    }
    let environment = subject.environment;
    let (mut findings, mut keys) = (Vec::new(), Keys::default());
    let (id, secret) = (AlpacaKeys::ID_VARIABLE, AlpacaKeys::SECRET_VARIABLE);
    let pair = environment.alpaca_keys();
    keys.alpaca = note(&mut findings, subject, "alpaca", &[id, secret], pair);
    for name in &settings.data.sources {
        match name.as_str() {
            twelve_data::NAME => {
                let (variable, key) = (TwelveDataKey::VARIABLE, environment.twelve_data_key());
                keys.twelve_data = note(&mut findings, subject, name, &[variable], key);
            }
            fmp::NAME => {
                let (variable, key) = (FmpKey::VARIABLE, environment.fmp_key());
                keys.fmp = note(&mut findings, subject, name, &[variable], key);
            }
            // Its bars are asked for with the account's pair.
            _ => {}
        }
    }
    (findings, keys)
}

/// The key, if it is one, and the line about it.
fn note<T>(
    findings: &mut Vec<Finding>,
    subject: &Subject<'_>,
    vendor: &str,
    variables: &[&str],
    key: Outcome<Option<T>>,
) -> Option<T> {
    let name = format!("{vendor} key");
    match key {
        Ok(Some(key)) => {
            findings.push(present(name, subject, variables));
            Some(key)
        }
        Ok(None) => {
            let found = format!("{} not set", variables.join(" and "));
            findings.push(Finding::bad(name, found, MISSING));
            None
        }
        Err(fault) => {
            findings.push(Finding::of_fault(name, &fault, MISSING));
            None
        }
    }
}

fn present(name: String, subject: &Subject<'_>, variables: &[&str]) -> Finding {
    let origins = variables
        .iter()
        .filter_map(|variable| Some((variable, subject.environment.origin(variable)?)));
    let mut told = Vec::new();
    for (variable, origin) in origins {
        match origin {
            Origin::Variable => told.push(format!("{variable} from the environment")),
            Origin::File(path) => {
                told.push(path.display().to_string());
                if let Some(remedy) = files::secret_is_open(&path) {
                    let found = format!("{}: others on this machine may read it", path.display());
                    let advice = format!("a key is its owner's alone: {remedy}");
                    return Finding::warn(name, found, advice).with(remedy);
                }
            }
        }
    }
    Finding::ok(name, told.join(", "))
}
