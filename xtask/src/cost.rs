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
/// DynamoDB's write units of a slot: some seven appends of three or four items, each twice its
/// kilobytes, since transactional; the observation's raw bodies are the largest.
const WRITE_UNITS_PER_SLOT: f64 = 150.0;
/// DynamoDB's read units of a slot: the chain's end, read back at its beginning and before orders.
const READ_UNITS_PER_SLOT: f64 = 250.0;
/// Gigabytes that a year of trading leaves in the table.
const TABLE_GB_PER_YEAR: f64 = 0.15;
/// Gigabytes of logs a month.
const LOG_GB: f64 = 0.01;

/// One line of the bill.
pub(crate) struct Item {
    /// What for.
    pub(crate) what: &'static str,
    /// Dollars a month.
    pub(crate) dollars: f64,
}

/// The bill of a month, after a year of trading.
pub(crate) fn month() -> Vec<Item> {
    let slots = SLOTS * SESSIONS;
    let calls = CALLS * SESSIONS;
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
            dollars: slots * WRITE_UNITS_PER_SLOT * 0.625 / 1e6,
        },
        Item {
            what: "DynamoDB: reads",
            dollars: slots * READ_UNITS_PER_SLOT * 0.125 / 1e6,
        },
        Item {
            what: "DynamoDB: storage and point-in-time recovery",
            dollars: TABLE_GB_PER_YEAR * (0.25 + 0.20),
        },
        Item {
            what: "Secrets Manager: one secret",
            dollars: 0.40 + calls * 0.05 / 1e4,
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
