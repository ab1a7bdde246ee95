//! Word to the owner, held against the runbook: docs/alerts.md has a row for whatever is sent.

use async_trait::async_trait;
use cycle::port::{Alert, Alerts};

const PAGE: &str = include_str!("../../../../docs/alerts.md");
/// What ends every message.
const HEAD: &str = "; journal head ";
/// What stands in a row for anything.
const ANYTHING: char = '…';

/// Takes every alert, and refuses to go on over one that the runbook does not explain.
pub(super) struct Told;

#[async_trait]
impl Alerts for Told {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        let (text, _) = alert.text.rsplit_once(HEAD).expect("a head ends it");
        assert!(
            messages().any(|message| is_like(text, message)),
            "docs/alerts.md has no row for: {text}"
        );
        Ok(())
    }
}

/// The messages of the runbook, one a row.
fn messages() -> impl Iterator<Item = &'static str> {
    let table = PAGE
        .split("## ")
        .find(|part| part.starts_with("What a message"));
    let rows = table.expect("the table is there").lines();
    let cells = rows.filter_map(|row| row.strip_prefix("| `")?.split_once('`'));
    cells.map(|(message, _)| message)
}

/// Whether `text` begins as `message` says; what follows it are remarks.
fn is_like(text: &str, message: &str) -> bool {
    let mut pieces = message.split(ANYTHING);
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    pieces.all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

#[test]
fn a_row_stands_for_what_it_begins_and_for_nothing_else() {
    assert!(
        messages().count() > 12,
        "{:?}",
        messages().collect::<Vec<_>>()
    );
    for (text, message, expected) in [
        ("missed", "missed", true),
        ("failed: observe: 500", "failed: …", true),
        (
            "TQQQ was to be sold since 10:30 and is not yet; 5 TQQQ is held",
            "… was to be sold since … and is not yet",
            true,
        ),
        (
            "TQQQ was to be sold since 10:30",
            "… was to be sold since … and is not yet",
            false,
        ),
        ("halted", "missed", false),
    ] {
        assert_eq!(is_like(text, message), expected, "{text}");
    }
}
