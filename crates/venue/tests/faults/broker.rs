//! What the broker's face tells that is not so.

use market::Instant;
use market::bar::Interval;
use market::time::new_york_date;
use serde_json::json;
use venue::Venue;
use venue::model::Split;

use super::support::face::assert_same_shape;
use super::support::{config, friday, rising_bars, tqqq};
use super::{desk, desk_of, held, pass, struck, submit};

pub(crate) const NAMES: &[&str] = &[
    "clock-skew",
    "odd-calendar",
    "lagging-positions",
    "lagging-cash",
    "no-corporate-actions",
    "pdt-fields",
];

#[tokio::test]
async fn the_brokers_clock_is_wrong_and_nothing_else_is() {
    let desk = desk("clock-skew=-7.5*1").await;
    let clock = desk.get("/v2/clock").await;
    let told: Instant = clock.field("timestamp").parse().unwrap();
    assert_eq!(told, friday("10:09:52.5"));
    assert_eq!(desk.shared.now(), friday("10:10:00"));
    let right: Instant = desk
        .get("/v2/clock")
        .await
        .field("timestamp")
        .parse()
        .unwrap();
    assert_eq!(right, friday("10:10:00"));
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn the_calendar_says_an_early_close_and_trading_goes_on() {
    let desk = desk("odd-calendar=13:00").await;
    let path = "/v2/calendar?start=2026-11-19&end=2026-11-20";
    let days = desk.get(path).await.json();
    assert_eq!(days[0]["close"], "16:00");
    assert_eq!(days[1]["close"], "13:00");
    assert_eq!(struck(&desk), 1);
    desk.advance(friday("13:30:00"));
    assert_eq!(desk.get("/v2/clock").await.json()["is_open"], true);
    desk.get("/v2/calendar?start=2026-11-23&end=2026-11-24")
        .await;
    assert_eq!(struck(&desk), 1, "today was not asked for");
}

#[tokio::test]
async fn positions_show_a_fill_late() {
    let desk = desk("lagging-positions=30").await;
    submit(&desk, "buy", "10").await;
    pass(&desk, 50);
    assert_eq!(held(&desk), "10");
    assert_eq!(desk.get("/v2/positions").await.json(), json!([]));
    assert_eq!(desk.get("/v2/positions/TQQQ").await.status, 404);
    let account = desk.get("/v2/account").await.json();
    assert_eq!(account["long_market_value"], "0");
    assert_ne!(account["cash"], "100000", "cash is right");
    assert_eq!(struck(&desk), 3);
    pass(&desk, 30_000);
    assert_eq!(desk.get("/v2/positions/TQQQ").await.field("qty"), "10");
    assert_eq!(struck(&desk), 3, "nothing is hidden any more");
}

#[tokio::test]
async fn cash_shows_a_fill_late() {
    let desk = desk("lagging-cash=30").await;
    submit(&desk, "buy", "10").await;
    pass(&desk, 50);
    assert_eq!(desk.get("/v2/account").await.field("cash"), "100000");
    assert_eq!(desk.get("/v2/positions/TQQQ").await.field("qty"), "10");
    assert_eq!(struck(&desk), 1);
    // A sale afterwards is hidden too, and nothing older comes back.
    pass(&desk, 10_000);
    submit(&desk, "sell", "10").await;
    pass(&desk, 50);
    assert_eq!(desk.get("/v2/account").await.field("cash"), "100000");
    pass(&desk, 20_000);
    let between = desk.get("/v2/account").await.field("cash");
    assert!(between.starts_with("989"), "{between}");
    pass(&desk, 10_000);
    let last = desk.get("/v2/account").await.field("cash");
    assert!(last.starts_with("99999."), "{last}");
}

#[tokio::test]
async fn a_split_can_be_unknown_to_the_corporate_actions() {
    let mut config = config(friday("10:10:00"));
    let today = new_york_date(friday("10:00:00"));
    config.splits = vec![Split::new(tqqq(), today, 2, 1).unwrap()];
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    let desk = desk_of(venue, "no-corporate-actions*1").await;
    let path = "/v1/corporate-actions?symbols=TQQQ&types=forward_split,reverse_split";
    let actions = async || desk.get(path).await.json()["corporate_actions"].clone();
    assert_eq!(actions().await, json!({}));
    assert_eq!(actions().await["forward_splits"][0]["new_rate"], 2);
    assert_eq!(struck(&desk), 1);
}

#[tokio::test]
async fn the_removed_fields_come_back() {
    let desk = desk("pdt-fields*1").await;
    let account = desk.get("/v2/account").await.json();
    assert_same_shape("alpaca_account_before_2026-07-06.json", &account);
    let account = desk.get("/v2/account").await.json();
    assert!(account.get("pattern_day_trader").is_none());
}
