//! Metrics as CloudWatch takes them from a log: one JSON object on a line (embedded metric
//! format), so that no call is made for them.
//!
//! The names are those of `infrastructure/metrics.json`, which the stack's alarms and dashboard are
//! made from; a test holds the two together.

use market::Instant;
use serde_json::{Map, Value, json};
use trading::outcome::Outcome;

/// The namespace.
const NAMESPACE: &str = "tqqq";
/// What metrics are told apart by.
const DIMENSION: &str = "Venue";

/// What is counted, besides outcomes.
pub(crate) const TRY_FAILED: &str = "TryFailed";
/// The account's dollars at the slot's end.
pub(crate) const EQUITY: &str = "Equity";
/// Slots of the day that nobody carried through, whether or not that is on record: also where the
/// trader was never called.
pub(crate) const SLOTS_MISSED: &str = "SlotsMissed";
/// Whether links or invariants of the day are broken.
pub(crate) const UNSOUND: &str = "Unsound";
/// The watchdog was here.
pub(crate) const DAYS_CHECKED: &str = "DaysChecked";

/// The metric of an outcome.
pub(crate) const fn of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Traded => "Traded",
        Outcome::Held(_) => "Held",
        Outcome::Refused(_) => "Refused",
        Outcome::Failed(_) => "Failed",
        Outcome::Missed => "Missed",
    }
}

/// Writes `values` to stdout, where Lambda's log is.
#[expect(clippy::print_stdout, reason = "a Lambda's log is its stdout")]
pub(crate) fn emit(venue: &str, now: Instant, values: &[(&str, f64)]) {
    println!("{}", line(venue, now, values));
}

/// One line of the embedded metric format:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
fn line(venue: &str, now: Instant, values: &[(&str, f64)]) -> String {
    let metrics: Vec<Value> = values
        .iter()
        .map(|(name, _)| json!({ "Name": name }))
        .collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": metrics,
            }],
        }),
    );
    line.insert(DIMENSION.to_owned(), json!(venue));
    for (name, value) in values {
        line.insert((*name).to_owned(), json!(value));
    }
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use trading::outcome::{Held, Reason, Refusal};

    use super::*;

    #[test]
    fn the_names_are_those_the_stack_is_made_from() {
        let outcomes = [
            Outcome::Traded,
            Outcome::Held(Held::NoSignal),
            Outcome::Refused(Refusal::new(Reason::Stale, "", "")),
            Outcome::Failed(String::new()),
            Outcome::Missed,
        ];
        let outcomes: Vec<&str> = outcomes.iter().map(of).collect();
        let shared: Value =
            serde_json::from_str(include_str!("../../../infrastructure/metrics.json")).unwrap();
        assert_eq!(shared["namespace"], NAMESPACE);
        assert_eq!(shared["dimension"], DIMENSION);
        assert_eq!(shared["outcomes"], json!(outcomes));
        let others = [TRY_FAILED, EQUITY, SLOTS_MISSED, UNSOUND, DAYS_CHECKED];
        assert_eq!(shared["others"], json!(others));
    }

    #[test]
    fn a_line_is_one_object_with_every_value_under_its_declared_name() {
        let now = Instant::from_second(1_700_000_000).unwrap();
        let line = line("alpaca-paper", now, &[("Held", 1.0), ("Equity", 10_123.45)]);
        insta::assert_snapshot!(line, @r#"{"Equity":10123.45,"Held":1.0,"Venue":"alpaca-paper","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Venue"]],"Metrics":[{"Name":"Held"},{"Name":"Equity"}],"Namespace":"tqqq"}],"Timestamp":1700000000000}}"#);
    }
}
