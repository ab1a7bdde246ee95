//! What a check-up asks beyond the ports.

use cycle::port::Submission;
use market::Decimal;

use super::*;
use crate::alpaca::configuration::Safeguard;
use crate::budget::Rate;

#[tokio::test]
async fn a_safeguard_is_asked_for_once_by_name_and_within_its_fence() {
    let (base, seen) = serve(vec![ok("{}"), reply("403 Forbidden", "", "no")]);
    let paper = settings(Venue::AlpacaPaper, Some(&base));
    let time = TestClock::still();
    let clock: Arc<dyn Clock> = time.clone();
    let broker = alpaca(&paper, None, &keys(), &clock).unwrap();
    let wanted = [Safeguard::NoMargin, Safeguard::NoShorting];
    let answer = broker.protect(&wanted, time.fence()).await;
    assert_eq!(answer, Submission::Accepted(()));
    let (_, text) = seen.recv().unwrap();
    assert!(
        text.starts_with("PATCH /v2/account/configurations HTTP/1.1"),
        "{text}"
    );
    assert!(
        text.ends_with(r#"{"max_margin_multiplier":"1","no_shorting":true}"#),
        "{text}"
    );
    let refused = broker.protect(&wanted, time.fence()).await;
    assert!(matches!(refused, Submission::Unknown { .. }), "{refused:?}");
    let fence = time.fence();
    time.set("2026-11-20T15:31:00Z");
    let late = broker.protect(&wanted, fence).await;
    assert!(matches!(late, Submission::NotSent { .. }), "{late:?}");
    assert_eq!(seen.try_iter().count(), 1, "what is late never leaves");
}

#[tokio::test]
async fn the_account_is_read_with_what_its_owner_knows_it_by() {
    let body = r#"{"id":"e6fe16f3","account_number":"PA3717PJAYWN","status":"ACTIVE","cash":"1","equity":"1","buying_power":"1","multiplier":"4","transfers_blocked":false}"#;
    let headers = "x-ratelimit-limit: 200\r\nx-ratelimit-remaining: 188\r\n";
    let (base, _seen) = serve(vec![reply("200 OK", headers, body)]);
    let paper = settings(Venue::AlpacaPaper, Some(&base));
    let clock = clock();
    let broker = alpaca(&paper, None, &keys(), &clock).unwrap();
    let details = broker.details().await.unwrap().value;
    assert_eq!(details.number.as_deref(), Some("PA3717PJAYWN"));
    assert_eq!(details.status.as_deref(), Some("ACTIVE"));
    assert_eq!(details.transfers_blocked, Some(false));
    assert_eq!(details.account.multiplier, Some(Decimal::from(4)));
    assert_eq!(
        broker.rate(),
        Rate {
            used: 12,
            limit: 200
        }
    );
}

#[tokio::test]
async fn a_vendor_is_had_without_the_others_keys() {
    let only_data = Keys {
        alpaca: None,
        fmp: None,
        ..keys()
    };
    let usage = r#"{"current_usage":2,"plan_limit":8,"daily_usage":9,"plan_daily_limit":800}"#;
    let (base, seen) = serve(vec![ok(usage), reply("401 Unauthorized", "", "{}")]);
    let paper = settings(Venue::AlpacaPaper, Some(&base));
    let clock = clock();
    assert!(alpaca(&paper, None, &only_data, &clock).is_err());
    let source = twelve_data(&paper, None, &only_data, &clock).unwrap();
    let found = source.usage().await.unwrap();
    assert_eq!(found.minute, Rate { used: 2, limit: 8 });
    assert_eq!(
        found.day,
        Some(Rate {
            used: 9,
            limit: 800
        })
    );
    let (_, text) = seen.recv().unwrap();
    assert!(text.starts_with("GET /api_usage HTTP/1.1"), "{text}");
    let refused = source.usage().await.unwrap_err();
    assert!(!refused.to_string().contains(DATA_KEY), "{refused}");
}
