//! What a session is seen to use, beside what the bill of `cargo xtask deploy` assumes.

use serde_json::Value;

use crate::services::Usage;

/// The assumptions, which the bill is made from too.
const ASSUMED: &str = include_str!("../../../../infrastructure/usage.json");

/// Compares a session of so many slots and its watchdog: nothing may cost more than is assumed, and
/// the assumption must not be out of all proportion.
#[expect(
    clippy::print_stdout,
    reason = "figures are worth a line in the test's log"
)]
pub(crate) fn compare(usage: &Usage, slots: u32) {
    const PROPORTION_MAX: f64 = 4.0;
    let assumed: Value = serde_json::from_str(ASSUMED).unwrap();
    let calls = |names: &[&str]| -> f64 {
        let of = |name: &&str| usage.calls.get(*name).copied().unwrap_or(0);
        f64::from(names.iter().map(of).sum::<u32>())
    };
    let tables = ["GetItem", "Query", "PutItem", "TransactWriteItems"];
    println!("AWS calls of the session: {:?}", usage.calls);
    for (name, seen) in [
        ("write_units_per_slot", usage.write_units / f64::from(slots)),
        ("read_units_per_slot", usage.read_units / f64::from(slots)),
        ("table_calls_per_slot", calls(&tables) / f64::from(slots)),
        ("secret_reads_per_session", calls(&["GetSecretValue"])),
        ("messages_per_session", calls(&["Publish"])),
    ] {
        let assumed = assumed[name].as_f64().unwrap();
        println!("{name}: {seen:.1}, and the bill assumes {assumed}");
        let in_proportion = seen <= assumed && assumed <= seen * PROPORTION_MAX;
        assert!(
            in_proportion,
            "{name}: {seen}, and the bill assumes {assumed}"
        );
    }
    let called: f64 = calls(&["GetSecretValue", "Publish"]) + calls(&tables);
    let all: u32 = usage.calls.values().sum();
    assert_eq!(
        called,
        f64::from(all),
        "no other call is made: {:?}",
        usage.calls
    );
}
