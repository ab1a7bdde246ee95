//! What a month on AWS costs, from list prices and what a session is seen to use.
//!
//! Prices are those of us-east-1 in November 2026, in dollars, without tax; the always-free
//! allowances of an account (Lambda's, ten metrics, ten alarms, three dashboards) are left out where
//! the stack keeps within them, and said so. Slots wait for their bars to be final, so a slot's
//! Lambda is mostly sleep, which is billed.

/// Sessions in a month: 252 a year.
const SESSIONS: f64 = 21.0;
/// Slots of a session.
const SLOTS: f64 = 13.0;
/// Calls of a session: its slots and the watchdog.
const CALLS: f64 = SLOTS + 1.0;
/// Seconds that a slot takes: 45 until bars are final, and its work.
const SECONDS_PER_SLOT: f64 = 55.0;
/// Gigabytes of a function's memory.
const MEMORY_GB: f64 = 0.25;
/// What a session is seen to use; `crates/lambda/tests/session/bill.rs` holds it to a session that
/// is really traded.
const USAGE: &str = include_str!("../../infrastructure/usage.json");
/// Sessions in a year.
const SESSIONS_PER_YEAR: f64 = 252.0;
/// Kilobytes that one write unit of a transaction stands for: every kilobyte counts twice.
const KILOBYTES_PER_WRITE_UNIT: f64 = 0.5;
/// Kilobytes that one unit of consistent reading stands for.
const KILOBYTES_PER_READ_UNIT: f64 = 4.0;
/// The part of the table that is the chain, which the watchdog reads whole; the rest is raw bodies.
const CHAIN_PART: f64 = 0.5;
/// Gigabytes of logs a month.
const LOG_GB: f64 = 0.01;

/// One line of the bill.
pub(crate) struct Item {
    /// What for.
    pub(crate) what: &'static str,
    /// Dollars a month.
    pub(crate) dollars: f64,
}

/// What a session is assumed to use of `name`.
fn used(name: &str) -> f64 {
    let usage: serde_json::Value = serde_json::from_str(USAGE).expect("usage.json is JSON");
    usage[name].as_f64().expect("usage.json has every name")
}

/// The bill of a month, after a year of trading.
pub(crate) fn month() -> Vec<Item> {
    let slots = SLOTS * SESSIONS;
    let calls = CALLS * SESSIONS;
    let written = used("write_units_per_slot");
    let table_kilobytes = SLOTS * SESSIONS_PER_YEAR * written * KILOBYTES_PER_WRITE_UNIT;
    let checks = SESSIONS * CHAIN_PART * table_kilobytes / KILOBYTES_PER_READ_UNIT;
    vec![
        Item {
            what: "Lambda: seconds",
            dollars: slots * SECONDS_PER_SLOT * MEMORY_GB * 0.000_016_666_7,
        },
        Item {
            what: "Lambda: requests",
            dollars: calls * 0.20 / 1e6,
        },
        Item {
            what: "DynamoDB: writes",
            dollars: slots * written * 0.625 / 1e6,
        },
        Item {
            what: "DynamoDB: reads, the day's check of the whole chain among them",
            dollars: (slots * used("read_units_per_slot") + checks) * 0.125 / 1e6,
        },
        Item {
            what: "DynamoDB: storage and point-in-time recovery",
            dollars: table_kilobytes / 1e6 * (0.25 + 0.20),
        },
        Item {
            what: "Secrets Manager: one secret",
            dollars: 0.40 + SESSIONS * used("secret_reads_per_session") * 0.05 / 1e4,
        },
        Item {
            what: "CloudWatch: logs",
            dollars: LOG_GB * 0.50,
        },
        Item {
            what: "Scheduler, SNS e-mail, SQS, metrics, alarms, dashboard, budget: free",
            dollars: 0.0,
        },
    ]
}

/// The bill as text.
pub(crate) fn bill() -> String {
    let items = month();
    let mut lines: Vec<String> = items
        .iter()
        .map(|item| format!("  {:>7.4}  {}", item.dollars, item.what))
        .collect();
    let total: f64 = items.iter().map(|item| item.dollars).sum();
    lines.push(format!("  {total:>7.4}  dollars a month"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_costs_less_than_a_dollar() {
        let total: f64 = month().iter().map(|item| item.dollars).sum();
        assert!((0.40..1.0).contains(&total), "{}", bill());
    }
}
