//! `/control/faults`: what goes wrong here, set and cleared by name, and how often it did.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::get;
use market::Instant;
use serde::{Deserialize, Serialize};

use super::refused;
use crate::fault::{Fault, FaultId, FaultReport, KNOWN, known};
use crate::http::reply::Reply;
use crate::http::shared::Shared;

const HINT: &str = r#"send {"set": "NAME[=VALUE][@SCOPE][*COUNT][%PROBABILITY]", "until": MOMENT, "seed": N}, {"clear": "NAME" or its id} or {"clear": "all"}; GET /control/faults/known lists the names"#;
/// Ends and forgets every fault.
const ALL: &str = "all";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/control/faults", get(faults).post(change))
        .route("/control/faults/known", get(names))
}

#[derive(Serialize)]
struct FaultBody {
    id: u32,
    fault: String,
    name: &'static str,
    layer: &'static str,
    count: Option<u64>,
    until: Option<Instant>,
    probability: f64,
    seed: u64,
    struck: u64,
    active: bool,
}

#[derive(Serialize)]
struct KnownBody {
    name: &'static str,
    value: &'static str,
    default: Option<&'static str>,
    layer: &'static str,
    does: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    set: Option<String>,
    until: Option<Instant>,
    probability: Option<f64>,
    seed: Option<u64>,
    clear: Option<String>,
}

async fn faults(State(shared): State<Shared>) -> Reply {
    listed(&shared)
}

async fn names() -> Reply {
    let names = KNOWN.iter().map(|known| KnownBody {
        name: known.name,
        value: known.value,
        default: known.default,
        layer: known.layer.word(),
        does: known.does,
    });
    Reply::json(&names.collect::<Vec<_>>())
}

/// Sets or clears, and answers all that is set.
async fn change(State(shared): State<Shared>, body: Bytes) -> Reply {
    let change: Change = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return refused(400, error.to_string(), HINT),
    };
    let done = match (&change.set, &change.clear) {
        (Some(text), None) => set(&shared, text, &change),
        (None, Some(name)) => clear(&shared, name),
        _ => Err("give either `set` or `clear`".to_owned()),
    };
    match done {
        Ok(()) => listed(&shared),
        Err(error) => refused(400, error, HINT),
    }
}

fn set(shared: &Shared, text: &str, change: &Change) -> Result<(), String> {
    let mut fault: Fault = text.parse().map_err(|error| format!("{error}"))?;
    fault.until = change.until;
    fault.seed = change.seed.unwrap_or(fault.seed);
    if let Some(probability) = change.probability {
        if !(probability > 0.0 && probability <= 1.0) {
            return Err(format!(
                "a probability of {probability}; it lies above 0 and up to 1"
            ));
        }
        fault.probability = probability;
    }
    let set = shared.set_fault(fault);
    set.map(|_| ()).map_err(|error| error.to_string())
}

fn clear(shared: &Shared, name: &str) -> Result<(), String> {
    if name == ALL {
        shared.forget_faults();
        return Ok(());
    }
    let id = name.parse().ok().map(FaultId);
    let wanted = |number: FaultId, fault: &Fault| fault.name == name || Some(number) == id;
    match shared.lock().venue.clear_faults(wanted) {
        0 => Err(format!("no fault `{name}` is set")),
        _ => Ok(()),
    }
}

fn listed(shared: &Shared) -> Reply {
    let reports = shared.faults();
    Reply::json(&reports.iter().map(FaultBody::from).collect::<Vec<_>>())
}

impl From<&FaultReport> for FaultBody {
    fn from(report: &FaultReport) -> Self {
        let fault = &report.fault;
        Self {
            id: report.id.0,
            fault: fault.to_string(),
            name: fault.name,
            layer: known(fault.name).layer.word(),
            count: fault.count,
            until: fault.until,
            probability: fault.probability,
            seed: fault.seed,
            struck: report.struck,
            active: report.active,
        }
    }
}
