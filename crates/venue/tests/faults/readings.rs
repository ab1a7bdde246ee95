//! Each unconfirmed fact, read by name in the way that is not the default.

use market::bar::Interval;
use market::time::new_york_date;
use serde_json::{Value, json};
use venue::Venue;
use venue::model::{Multiplier, Split};

use super::support::face::Desk;
use super::support::{at, config, friday, rising_bars, tqqq, venue};
use super::{clear, desk, desk_of, held, order, pass, set, state, struck, submit, unmetered};

pub(crate) const NAMES: &[&str] = &[
    "client-ids",
    "refusal-burns-id",
    "day-end",
    "lookup-404",
    "split-booking",
    "market-check",
    "notional-fill",
    "entry-margin",
    "halt-shows",
    "unsettled-in-cash",
    "unsettled-in-buying-power",
    "unsettled-in-non-marginable",
    "end-included",
    "errors-charged",
    "fees",
];

#[tokio::test]
async fn a_client_id_can_be_used_again_once_its_order_is_over() {
    let desk = desk("client-ids=active").await;
    let twice = async |status: u16| {
        assert_eq!(
            desk.post("/v2/orders", &order("buy", "1", "a"))
                .await
                .status,
            status
        );
    };
    twice(200).await;
    twice(422).await;
    pass(&desk, 50);
    twice(200).await;
    clear(&desk, "client-ids").await;
    pass(&desk, 50);
    twice(422).await;
}

#[tokio::test]
async fn a_refused_order_uses_up_its_id() {
    let desk = desk("refusal-burns-id=yes").await;
    let refused = desk.post("/v2/orders", &order("buy", "9999", "a")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        desk.post("/v2/orders", &order("buy", "1", "a"))
            .await
            .status,
        422
    );
    assert_eq!(
        desk.post("/v2/orders", &order("buy", "1", "b"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_close_cancels_what_is_open() {
    let desk = desk("day-end=canceled").await;
    set(&desk, "stuck-order").await;
    let id = submit(&desk, "buy", "1").await;
    desk.advance(friday("16:00:00"));
    assert_eq!(state(&desk, &id).await, "canceled 0");
}

#[tokio::test]
async fn an_order_is_unknown_by_its_client_id_for_a_while() {
    let desk = desk("lookup-404=3").await;
    let posted = desk.post("/v2/orders", &order("buy", "1", "mine")).await;
    let path = "/v2/orders:by_client_order_id?client_order_id=mine";
    let missing = desk.get(path).await;
    assert_eq!(
        (missing.status, missing.json()["code"].clone()),
        (404, json!(40_410_000))
    );
    assert_eq!(struck(&desk), 1);
    let by_id = desk
        .get(&format!("/v2/orders/{}", posted.field("id")))
        .await;
    assert_eq!(by_id.status, 200, "by the broker's own id it is there");
    assert_eq!(
        desk.post("/v2/orders", &order("buy", "1", "mine"))
            .await
            .status,
        422
    );
    pass(&desk, 3_000);
    assert_eq!(desk.get(path).await.status, 200);
}

/// A desk on Thursday noon with 100 shares, and a 2:1 split on Friday.
async fn before_a_split(booking: &str) -> Desk {
    let mut config = config(at("2026-11-19T12:00:00-05:00"));
    let friday = new_york_date(friday("10:00:00"));
    config.splits = vec![Split::new(tqqq(), friday, 2, 1).unwrap()];
    let mut venue = Venue::new(config).unwrap();
    venue
        .add_series(&tqqq(), Interval::ThirtyMinutes, rising_bars(8_000))
        .unwrap();
    let desk = desk_of(venue, booking).await;
    submit(&desk, "buy", "100").await;
    pass(&desk, 50);
    desk
}

#[tokio::test]
async fn a_split_reaches_the_position_before_the_open_or_after_it() {
    let position = async |desk: &Desk| {
        let position = desk.get("/v2/positions/TQQQ").await.json();
        let text = |name: &str| position[name].as_str().unwrap().to_owned();
        (text("qty"), text("current_price"))
    };
    let texts = |qty: &str, price: &str| (qty.to_owned(), price.to_owned());
    let desk = before_a_split("split-booking=before-open").await;
    let equity = async |desk: &Desk| -> f64 {
        desk.get("/v2/account")
            .await
            .field("equity")
            .parse()
            .unwrap()
    };
    desk.advance(friday("08:29:59"));
    assert_eq!(position(&desk).await, texts("100", "212"));
    let evening = equity(&desk).await;
    desk.advance(friday("08:30:00"));
    assert_eq!(
        position(&desk).await,
        texts("200", "106"),
        "the price follows the count"
    );
    assert_eq!(equity(&desk).await, evening);
    desk.advance(friday("09:30:00"));
    assert_eq!(position(&desk).await, texts("200", "106"));
    assert_eq!(equity(&desk).await, evening);

    let desk = before_a_split("split-booking=after-open").await;
    desk.advance(friday("09:30:00"));
    assert_eq!(
        position(&desk).await,
        texts("100", "106"),
        "old count, new price"
    );
    assert!(equity(&desk).await < evening - 10_000.0);
    desk.advance(friday("09:45:00"));
    assert_eq!(held(&desk), "200");

    let desk = before_a_split("split-booking=never").await;
    desk.advance(friday("15:00:00"));
    assert_eq!(held(&desk), "100");
    assert_eq!(struck(&desk), 2, "both moments went by");
}

#[tokio::test]
async fn a_market_purchase_is_reckoned_with_a_collar() {
    // 930 shares at 106.31 cost 98,868 dollars; 2.5 % more is beyond the account.
    let desk = desk("market-check=collar").await;
    let refused = desk.post("/v2/orders", &order("buy", "930", "a")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.field("message"), "insufficient buying power");
    clear(&desk, "market-check").await;
    assert_eq!(
        desk.post("/v2/orders", &order("buy", "930", "a"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_house_asks_for_more_cover_than_the_regulation() {
    let mut levered = config(friday("10:10:00"));
    levered.settings.max_margin_multiplier = Multiplier::Two;
    // 1,800 shares at 106.31 cost 191,358 dollars: within 2 times the equity, beyond 4/3 of it.
    let desk = desk_of(venue(levered), "entry-margin=house").await;
    let refused = desk.post("/v2/orders", &order("buy", "1800", "a")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.field("message"), "insufficient buying power");
    let taken = desk.post("/v2/orders", &order("buy", "1200", "b")).await;
    assert_eq!(taken.status, 200);
    clear(&desk, "entry-margin").await;
    let taken = desk.post("/v2/orders", &order("buy", "600", "c")).await;
    assert_eq!(taken.status, 200);
    assert_eq!(struck(&desk), 2);
}

#[tokio::test]
async fn an_order_in_a_halt_shows_itself_in_the_word_chosen() {
    for word in ["new", "accepted", "held", "suspended"] {
        let desk = desk(&format!("halt-shows={word}")).await;
        set(&desk, "halted").await;
        let id = submit(&desk, "buy", "10").await;
        pass(&desk, 50);
        assert_eq!(state(&desk, &id).await, format!("{word} 0"));
        assert_eq!(struck(&desk), 1);
        clear(&desk, "halted").await;
        pass(&desk, 50);
        assert_eq!(state(&desk, &id).await, "filled 10");
    }
}

#[tokio::test]
async fn errors_can_cost_credits_too() {
    let left = async |reading: &str| {
        let desk = desk(reading).await;
        desk.get("/quote?symbol=ZZZZ").await;
        let price = desk.get("/price?symbol=TQQQ").await;
        format!("{} {}", struck(&desk), price.header("api-credits-used"))
    };
    assert_eq!(left("errors-charged=no").await, "1 1");
    assert_eq!(left("errors-charged=yes").await, "1 2");
}

#[tokio::test]
async fn the_close_charges_what_regulators_take() {
    let charged = async |reading: &str| {
        let desk = desk(reading).await;
        submit(&desk, "buy", "100").await;
        pass(&desk, 50);
        submit(&desk, "sell", "100").await;
        desk.advance(friday("15:59:59"));
        assert_eq!(struck(&desk), 0, "nothing before the close");
        desk.advance(friday("16:00:00"));
        assert_eq!(struck(&desk), 1);
        let booked = desk.get("/v2/account/activities/FEE").await.json();
        let amounts = booked.as_array().unwrap().iter();
        let amounts: Vec<Value> = amounts.map(|fee| fee["net_amount"].clone()).collect();
        json!(amounts)
    };
    assert_eq!(charged("fees=none").await, json!([]));
    // 10,000 dollars and some sold: 0.21 and some; 100 shares sold: 0.0195; 200 moved: 0.0006.
    assert_eq!(charged("fees=regulatory").await, json!(["-0.24"]));
}

#[tokio::test]
async fn a_notional_order_keeps_a_cent_back() {
    let spent = async |reading: &str| {
        let desk = desk(reading).await;
        let body = json!({"symbol": "TQQQ", "notional": "5", "side": "buy", "type": "market",
            "time_in_force": "day"});
        let id = desk.post("/v2/orders", &body.to_string()).await.field("id");
        pass(&desk, 50);
        assert!(state(&desk, &id).await.starts_with("filled "));
        let cash: f64 = desk.get("/v2/account").await.field("cash").parse().unwrap();
        ((100_000.0 - cash) * 100.0).round()
    };
    assert_eq!(spent("notional-fill=whole").await, 500.0);
    assert_eq!(spent("notional-fill=less-a-cent").await, 499.0);
}

#[tokio::test]
async fn proceeds_stay_out_of_a_balance_until_the_next_session() {
    let cases = [
        ("unsettled-in-cash=no", "cash"),
        ("unsettled-in-buying-power=no", "buying_power"),
        (
            "unsettled-in-non-marginable=no",
            "non_marginable_buying_power",
        ),
    ];
    for (reading, field) in cases {
        let desk = Desk::open(venue(config(friday("10:10:00"))), unmetered()).await;
        submit(&desk, "buy", "900").await;
        pass(&desk, 50);
        let before = desk.get("/v2/account").await.field(field);
        submit(&desk, "sell", "900").await;
        pass(&desk, 50);
        let with = desk.get("/v2/account").await.field(field);
        assert_ne!(with, before);
        set(&desk, reading).await;
        let account = desk.get("/v2/account").await;
        assert_eq!(account.field(field), before, "{reading}");
        let equity: f64 = account.field("equity").parse().unwrap();
        assert!(
            equity > 99_000.0,
            "{reading}: equity holds them all the same"
        );
        let buy = desk.post("/v2/orders", &order("buy", "900", "again")).await;
        let expected = if field == "buying_power" { 403 } else { 200 };
        assert_eq!(buy.status, expected, "{reading}");
        desk.delete("/v2/orders").await;
        desk.advance(at("2026-11-23T05:00:00Z"));
        assert_eq!(
            desk.get("/v2/account").await.field(field),
            with,
            "{reading}"
        );
    }
}

#[tokio::test]
async fn the_end_of_a_window_can_be_left_out() {
    let desk = desk("end-included=no").await;
    let series = "/time_series?symbol=TQQQ&interval=30min&start_date=2026-11-19%2015:30:00&end_date=2026-11-20%2009:30:00";
    let rows = desk.get(series).await.json();
    assert_eq!(rows["values"].as_array().unwrap().len(), 1);
    let chart = "/stable/historical-chart/30min?symbol=TQQQ&from=2026-11-19&to=2026-11-20";
    assert_eq!(
        desk.get(chart).await.json()[0]["date"],
        "2026-11-19 15:30:00"
    );
    clear(&desk, "end-included").await;
    let rows = desk.get(series).await.json();
    assert_eq!(rows["values"].as_array().unwrap().len(), 2);
    assert_eq!(
        desk.get(chart).await.json()[0]["date"],
        "2026-11-20 10:00:00"
    );
}
