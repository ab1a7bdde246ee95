//! Alpaca's face against the recorded samples: same fields, same JSON types, same errors.

mod support;

use market::time::milliseconds;
use market::{Instant, Symbol};
use serde_json::{Value, json};
use support::face::{Answer, Desk, assert_same_shape, sample, sample_text};
use support::{at, config, friday, venue};
use venue::http::{AlpacaKeys, Faces};
use venue::model::{Listing, Multiplier};
use venue::{Config, Venue};

async fn desk_of(venue: Venue) -> Desk {
    Desk::open(venue, Faces::default()).await
}

async fn desk_at(now: Instant) -> Desk {
    desk_of(venue(config(now))).await
}

/// A desk at Friday 10:00 with one thing changed.
async fn desk_with(change: impl FnOnce(&mut Config)) -> Desk {
    let mut config = config(friday("10:00:00"));
    change(&mut config);
    desk_of(venue(config)).await
}

fn pass(desk: &Desk, ms: i64) {
    desk.advance(desk.shared.now() + milliseconds(ms));
}

fn order(side: &str, qty: &str) -> String {
    json!({"symbol": "TQQQ", "qty": qty, "side": side, "type": "market", "time_in_force": "day"})
        .to_string()
}

fn limit_order(side: &str, qty: &str, limit: &str) -> String {
    json!({"symbol": "TQQQ", "qty": qty, "side": side, "type": "limit", "limit_price": limit,
        "time_in_force": "day"})
    .to_string()
}

async fn submit(desk: &Desk, body: &str) -> String {
    let answer = desk.post("/v2/orders", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.field("id")
}

async fn order_body(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("/v2/orders/{id}")).await.json()
}

#[track_caller]
fn assert_equal(answer: &Answer, status: u16, sample_name: &str) {
    assert_eq!(
        (answer.status, answer.json()),
        (status, sample(sample_name)),
        "{sample_name}"
    );
}

#[tokio::test]
async fn the_account_shows_every_recorded_field_and_no_other() {
    let desk = desk_with(|_| {}).await;
    let cash_account = desk.get("/v2/account").await.json();
    assert_same_shape("alpaca_account_multiplier_1.json", &cash_account);
    assert_eq!(cash_account["multiplier"], "1");
    assert_eq!(cash_account["buying_power"], "100000");
    assert_eq!(cash_account["balance_asof"], "2026-11-19");
    assert_eq!(cash_account["shorting_enabled"], false);

    let desk = desk_with(|config| {
        config.settings.max_margin_multiplier = Multiplier::Four;
        config.settings.no_shorting = false;
    })
    .await;
    let margin_account = desk.get("/v2/account").await.json();
    assert_same_shape("alpaca_account.json", &margin_account);
    assert_eq!(margin_account["buying_power"], "400000");
    assert_eq!(margin_account["regt_buying_power"], "200000");
}

#[tokio::test]
async fn the_account_can_still_show_what_was_removed_in_july_2026() {
    let faces = Faces {
        removed_account_fields: true,
        ..Faces::default()
    };
    let desk = Desk::open(venue(config(friday("10:00:00"))), faces).await;
    let account = desk.get("/v2/account").await.json();
    assert_same_shape("alpaca_account_before_2026-07-06.json", &account);
}

#[tokio::test]
async fn configurations_read_and_change_one_by_one() {
    let desk = desk_at(friday("10:00:00")).await;
    let path = "/v2/account/configurations";
    assert_equal(
        &desk.get(path).await,
        200,
        "alpaca_account_configurations.json",
    );
    let changed = desk
        .patch(
            path,
            r#"{"no_shorting": false, "max_margin_multiplier": "4"}"#,
        )
        .await;
    assert_eq!(changed.status, 200);
    assert_same_shape("alpaca_account_configurations.json", &changed.json());
    assert_eq!(changed.json()["no_shorting"], false);
    assert_eq!(desk.get(path).await.json(), changed.json());
    assert_eq!(desk.get("/v2/account").await.json()["multiplier"], "4");
    let refused = desk.patch(path, r#"{"max_margin_multiplier": "3"}"#).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.field("message"), "invalid max_margin_multiplier 3");
}

#[tokio::test]
async fn the_clock_reads_new_york_to_the_nanosecond() {
    let open = desk_at(friday("10:30:04.451420928")).await;
    assert_equal(&open.get("/v2/clock").await, 200, "alpaca_clock_open.json");
    let thanksgiving = desk_at(at("2026-11-26T10:30:04.451420928-05:00")).await;
    assert_equal(
        &thanksgiving.get("/v2/clock").await,
        200,
        "alpaca_clock_closed.json",
    );
}

#[tokio::test]
async fn the_calendar_shows_the_half_day() {
    let desk = desk_at(friday("10:00:00")).await;
    let asked = desk
        .get("/v2/calendar?start=2026-11-25&end=2026-11-27")
        .await;
    assert_equal(&asked, 200, "alpaca_calendar.json");
    let all = desk.get("/v2/calendar").await.json();
    assert_eq!(
        all.as_array().unwrap().last().unwrap()["date"],
        "2029-12-31"
    );
    assert_eq!(desk.get("/v2/calendar?start=soon").await.status, 422);
}

#[tokio::test]
async fn an_asset_is_found_by_its_symbol_in_exact_case_or_by_id() {
    let desk = desk_at(friday("10:00:00")).await;
    let asset = desk.get("/v2/assets/TQQQ").await.json();
    assert_same_shape("alpaca_asset_tqqq.json", &asset);
    let mut expected = sample("alpaca_asset_tqqq.json");
    expected["id"] = asset["id"].clone();
    assert_eq!(asset, expected);
    let by_id = desk
        .get(&format!("/v2/assets/{}", asset["id"].as_str().unwrap()))
        .await;
    assert_eq!(by_id.json(), asset);
    assert_equal(
        &desk.get("/v2/assets/ZZZZQX").await,
        404,
        "alpaca_error_asset_not_found.404.json",
    );
    assert_eq!(desk.get("/v2/assets/tqqq").await.status, 404);
}

#[tokio::test]
async fn an_order_is_answered_pending_and_found_under_both_ids_as_it_fills() {
    let desk = desk_at(friday("10:00:00")).await;
    let body = r#"{"symbol": "TQQQ", "qty": 100, "side": "buy", "type": "market",
        "time_in_force": "day", "client_order_id": "tqqq-1", "unknown_field": [1]}"#;
    let posted = desk.post("/v2/orders", body).await;
    assert_eq!(posted.status, 200);
    assert_same_shape("alpaca_order_post_qty.200.json", &posted.json());
    assert_eq!(posted.field("status"), "pending_new");
    assert_eq!(posted.field("expires_at"), "2026-11-20T21:00:00Z");
    let id = posted.field("id");
    pass(&desk, 5);
    let new = order_body(&desk, &id).await;
    assert_same_shape("alpaca_order_new.json", &new);
    assert_eq!(new["submitted_at"], "2026-11-20T15:00:00.005Z");
    pass(&desk, 45);
    let filled = order_body(&desk, &id).await;
    assert_same_shape("alpaca_order_filled_qty.json", &filled);
    assert_eq!(filled["filled_avg_price"], "106.5107");
    let path = "/v2/orders:by_client_order_id?client_order_id=tqqq-1";
    assert_eq!(desk.get(path).await.json(), filled);
    let unknown = desk
        .get("/v2/orders:by_client_order_id?client_order_id=x")
        .await;
    assert_eq!(
        (unknown.status, unknown.json()["code"].clone()),
        (404, json!(40_410_000))
    );
}

#[tokio::test]
async fn a_notional_order_never_has_a_quantity() {
    let desk = desk_at(friday("10:00:00")).await;
    let body = r#"{"symbol": "TQQQ", "notional": "99500", "side": "buy", "type": "market",
        "time_in_force": "day", "client_order_id": null}"#;
    let posted = desk.post("/v2/orders", body).await;
    assert_same_shape("alpaca_order_post_notional.200.json", &posted.json());
    pass(&desk, 50);
    let filled = order_body(&desk, &posted.field("id")).await;
    assert_same_shape("alpaca_order_filled_notional.json", &filled);
    assert_eq!(filled["filled_qty"], "934.178444043");
}

#[tokio::test]
async fn every_way_an_order_can_go_has_the_recorded_shape() {
    let desk = desk_with(|config| config.partial_probability = 1.0).await;
    let id = submit(&desk, &order("buy", "900")).await;
    pass(&desk, 50);
    let partial = order_body(&desk, &id).await;
    assert_same_shape("alpaca_order_partially_filled.json", &partial);
    assert_eq!(desk.delete(&format!("/v2/orders/{id}")).await.status, 204);
    pass(&desk, 20);
    let canceled = order_body(&desk, &id).await;
    assert_same_shape("alpaca_order_canceled_after_partial.json", &canceled);

    let desk = desk_at(friday("10:19:59.99")).await;
    let rejected = submit(&desk, &order("buy", "940")).await;
    pass(&desk, 50);
    assert_same_shape(
        "alpaca_order_rejected.json",
        &order_body(&desk, &rejected).await,
    );
    let resting = submit(&desk, &limit_order("buy", "900", "95.5")).await;
    pass(&desk, 50);
    let patched = desk
        .patch(&format!("/v2/orders/{resting}"), r#"{"limit_price": 96}"#)
        .await;
    assert_eq!(patched.status, 200);
    assert_same_shape("alpaca_order_patch.200.json", &patched.json());
    assert_eq!(patched.field("limit_price"), "96");
    assert_same_shape(
        "alpaca_order_replaced.json",
        &order_body(&desk, &resting).await,
    );
    let successor = patched.field("id");
    pass(&desk, 50);
    assert_eq!(
        desk.delete(&format!("/v2/orders/{successor}")).await.status,
        204
    );
    pass(&desk, 20);
    let mut canceled = order_body(&desk, &successor).await;
    canceled["replaces"] = Value::Null;
    assert_same_shape("alpaca_order_canceled.json", &canceled);

    let desk = desk_at(friday("18:10:04.094153596")).await;
    let queued = desk.post("/v2/orders", &order("buy", "800")).await.json();
    assert_same_shape("alpaca_order_accepted_after_close.json", &queued);
    assert_eq!(queued["expires_at"], "2026-11-23T21:00:00Z");
}

#[tokio::test]
async fn refusals_carry_the_recorded_bodies() {
    let desk = desk_at(friday("10:00:00")).await;
    let refusal = async |body: String| desk.post("/v2/orders", &body).await;
    let cases = [
        (
            json!({"symbol": "TQQQ", "qty": "1.5", "side": "buy", "type": "market", "time_in_force": "gtc"}),
            422,
            "alpaca_error_fractional_not_day.422.json",
        ),
        (
            json!({"symbol": "TQQQ", "qty": "0.5", "side": "sell", "type": "market", "time_in_force": "day"}),
            422,
            "alpaca_error_fractional_short.422.json",
        ),
        (
            json!({"symbol": "TQQQ", "qty": 1, "side": "sell", "type": "market", "time_in_force": "day"}),
            403,
            "alpaca_error_no_short.403.json",
        ),
        (
            json!({"symbol": "TQQQ", "notional": 0.5, "side": "buy", "type": "market", "time_in_force": "day"}),
            422,
            "alpaca_error_notional_minimum.422.json",
        ),
        (
            json!({"symbol": "TQQQ", "qty": 1, "side": "buy", "type": "limit", "limit_price": 290.123, "time_in_force": "day"}),
            422,
            "alpaca_error_subpenny.422.json",
        ),
        (
            json!({"symbol": "ZZZZQX", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}),
            404,
            "alpaca_error_asset_not_found.404.json",
        ),
    ];
    for (body, status, sample_name) in cases {
        assert_equal(&refusal(body.to_string()).await, status, sample_name);
    }
    let poor = refusal(order("buy", "1000")).await;
    assert_eq!(poor.status, 403);
    assert_same_shape(
        "alpaca_error_insufficient_buying_power.403.json",
        &poor.json(),
    );
    assert_eq!(poor.field("cost_basis"), "106510.7");
    let texts = [
        (r#"{"symbol": "TQQQ"}"#, "qty is required"),
        (
            r#"{"qty": 1, "notional": 1}"#,
            "only one of qty or notional is accepted",
        ),
        (r#"{"qty": "many"}"#, "invalid qty many"),
        (
            r#"{"qty": 1, "type": "stop"}"#,
            "order type stop is not supported by this venue",
        ),
        ("[]", "request body format is invalid"),
    ];
    for (body, message) in texts {
        assert_eq!(refusal(body.to_owned()).await.field("message"), message);
    }
}

#[tokio::test]
async fn refusals_about_other_orders_carry_the_recorded_bodies() {
    let desk = desk_at(friday("10:00:00")).await;
    let body = r#"{"symbol": "TQQQ", "qty": 900, "side": "buy", "type": "market",
        "time_in_force": "day", "client_order_id": "same"}"#;
    let id = submit(&desk, body).await;
    let twice = desk.post("/v2/orders", body).await;
    assert_equal(
        &twice,
        422,
        "alpaca_error_duplicate_client_order_id.422.json",
    );
    pass(&desk, 50);
    let late = desk.delete(&format!("/v2/orders/{id}")).await;
    assert_equal(&late, 422, "alpaca_error_cancel_filled.422.json");
    let unknown = "61e69015-8549-4bfd-b9c3-01e75843f47d";
    for answer in [
        desk.get(&format!("/v2/orders/{unknown}")).await,
        desk.delete(&format!("/v2/orders/{unknown}")).await,
    ] {
        assert_equal(&answer, 404, "alpaca_error_order_not_found.404.json");
    }
    let resting = submit(&desk, &limit_order("sell", "900", "120")).await;
    let mut wash = desk.post("/v2/orders", &order("buy", "1")).await;
    assert_eq!(wash.status, 403);
    assert_eq!(wash.field("existing_order_id"), resting);
    wash.text = wash.text.replace(&resting, unknown);
    assert_equal(&wash, 403, "alpaca_error_wash_trade.403.json");
    let held = desk.post("/v2/orders", &order("sell", "900")).await;
    assert_eq!(held.status, 403);
    assert_same_shape("alpaca_error_insufficient_qty.403.json", &held.json());
    assert_eq!(held.field("held_for_orders"), "900");
    assert_eq!(held.field("available"), "0");
}

#[tokio::test]
async fn whole_shares_only_where_the_asset_says_so() {
    let mut venue = Venue::new(config(friday("10:00:00"))).unwrap();
    let whole = Listing {
        fractionable: false,
        ..Listing::of(&Symbol::new("OCGN").unwrap())
    };
    let bars = support::rising_bars(8_000);
    venue
        .list(whole, market::Interval::ThirtyMinutes, bars)
        .unwrap();
    let desk = desk_of(venue).await;
    let body = r#"{"symbol": "OCGN", "qty": "0.5", "side": "buy", "type": "market", "time_in_force": "day"}"#;
    let refused = desk.post("/v2/orders", body).await;
    assert_equal(&refused, 403, "alpaca_error_not_fractionable.403.json");
}

#[tokio::test]
async fn positions_show_every_recorded_field_and_close() {
    let desk = desk_at(friday("10:00:00")).await;
    assert_equal(
        &desk.get("/v2/positions").await,
        200,
        "alpaca_positions_empty.json",
    );
    let missing = desk.get("/v2/positions/TQQQ").await;
    assert_equal(&missing, 404, "alpaca_error_position_not_found.404.json");
    submit(&desk, &order("buy", "900")).await;
    pass(&desk, 50);
    let position = desk.get("/v2/positions/TQQQ").await.json();
    assert_same_shape("alpaca_position.json", &position);
    assert_eq!(position["avg_entry_price"], "106.5107");
    assert_eq!(position["lastday_price"], "106");
    assert_eq!(position["unrealized_pl"], "-9.63");
    let list = desk.get("/v2/positions").await.json();
    assert_same_shape("alpaca_positions.json", &list);
    assert_eq!(list[0], position);
    let part = desk.delete("/v2/positions/TQQQ?percentage=50").await;
    assert_eq!(part.field("qty"), "450");
    pass(&desk, 50);
    let rest = desk.delete("/v2/positions/TQQQ").await;
    assert_eq!(rest.status, 200);
    assert_same_shape("alpaca_position_close.200.json", &rest.json());
    pass(&desk, 50);
    assert_eq!(desk.delete("/v2/positions/TQQQ").await.status, 404);
}

#[tokio::test]
async fn closing_all_answers_one_entry_a_position_reserved_shares_too() {
    let mut two = venue(config(friday("10:00:00")));
    let aapl = Symbol::new("AAPL").unwrap();
    two.add_series(
        &aapl,
        market::Interval::ThirtyMinutes,
        support::rising_bars(20_000),
    )
    .unwrap();
    let desk = desk_of(two).await;
    submit(&desk, &order("buy", "100")).await;
    submit(&desk, &order("buy", "100").replace("TQQQ", "AAPL")).await;
    pass(&desk, 50);
    submit(
        &desk,
        &limit_order("sell", "100", "990").replace("TQQQ", "AAPL"),
    )
    .await;
    let closed = desk.delete("/v2/positions").await;
    assert_eq!(closed.status, 207);
    let mut bodies = closed.json();
    let list = bodies.as_array_mut().unwrap();
    list.reverse();
    assert_same_shape("alpaca_positions_delete.207.json", &bodies);
    assert_eq!(
        (&bodies[0]["status"], &bodies[1]["status"]),
        (&json!(200), &json!(403))
    );
}

#[tokio::test]
async fn orders_are_listed_by_scope_window_direction_and_limit() {
    let desk = desk_at(friday("10:00:00")).await;
    let first = submit(&desk, &order("buy", "10")).await;
    pass(&desk, 1_000);
    let second = submit(&desk, &order("sell", "10")).await;
    pass(&desk, 1_000);
    let third = submit(&desk, &limit_order("buy", "5", "90")).await;
    pass(&desk, 1_000);
    let ids = async |query: &str| -> Vec<String> {
        let answer = desk.get(&format!("/v2/orders{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let list = answer.json();
        let list = list.as_array().unwrap().iter();
        list.map(|order| order["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = [third.clone(), second.clone(), first.clone()];
    assert_eq!(ids("").await, all[..1], "open by default");
    assert_eq!(ids("?status=all").await, all);
    assert_eq!(
        ids("?status=closed&direction=asc").await,
        [first.clone(), second.clone()]
    );
    assert_eq!(ids("?status=all&limit=2").await, all[..2]);
    assert_eq!(ids("?status=all&side=sell").await, all[1..2]);
    assert_eq!(ids("?status=all&symbols=QQQ,SPY").await, all[..0]);
    let exclusive = "?status=all&after=2026-11-20T15:00:00.005Z&until=2026-11-20T15:00:02.005Z";
    assert_eq!(ids(exclusive).await, all[1..2]);
    for bad in [
        "limit=501",
        "limit=0",
        "status=some",
        "after=noon",
        "direction=up",
    ] {
        assert_eq!(
            desk.get(&format!("/v2/orders?{bad}")).await.status,
            422,
            "{bad}"
        );
    }
    let closed = desk
        .get("/v2/orders?status=closed&direction=asc&limit=1")
        .await
        .json();
    assert_same_shape("alpaca_order_filled_qty.json", &closed[0]);
    let canceled = desk.delete("/v2/orders").await;
    assert_eq!(
        (canceled.status, canceled.json()),
        (207, json!([{"id": third, "status": 200}]))
    );
    let again = desk.delete("/v2/orders").await.json();
    let mut expected = sample("alpaca_orders_cancel_all.207.json")[1].clone();
    expected["id"] = json!(third);
    expected["body"]["message"] = json!("order is already in \"pending_cancel\" state");
    assert_eq!(again, json!([expected]));
}

#[tokio::test]
async fn the_data_host_writes_numbers() {
    let desk = desk_at(friday("10:29:59.9")).await;
    let trade = desk
        .get("/v2/stocks/TQQQ/trades/latest?feed=sip")
        .await
        .json();
    assert_same_shape("alpaca_data_latest_trade.json", &trade);
    assert_eq!(trade["trade"]["t"], "2026-11-20T15:29:59Z");
    assert_eq!(trade["trade"]["p"], json!(107.0));
    let quote = desk.get("/v2/stocks/TQQQ/quotes/latest").await.json();
    assert_same_shape("alpaca_data_latest_quote.json", &quote);
    assert_eq!(quote["quote"]["ap"], json!(107.0107));
    assert_eq!(quote["quote"]["bp"], json!(106.9893));
    let many = desk
        .get("/v2/stocks/trades/latest?symbols=TQQQ,NOPE")
        .await
        .json();
    assert_eq!(many, json!({"trades": {"TQQQ": trade["trade"]}}));
    assert_eq!(desk.get("/v2/stocks/NOPE/trades/latest").await.status, 404);
}

#[tokio::test]
async fn without_keys_some_paths_answer_json_and_some_a_page() {
    let desk = desk_at(friday("10:00:00")).await;
    for path in ["/v2/account", "/v2/positions", "/v2/orders"] {
        let answer = desk.get_without_keys(path).await;
        assert_equal(&answer, 401, "alpaca_error_unauthorized.401.json");
    }
    for path in ["/v2/clock", "/v2/calendar", "/v2/stocks/TQQQ/trades/latest"] {
        let answer = desk.get_without_keys(path).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.header("content-type"), "text/html");
        assert_eq!(
            answer.text,
            sample_text("alpaca_error_401_nginx.html"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn configured_keys_refuse_all_others() {
    let keys = |secret: &str| Faces {
        alpaca_keys: Some(AlpacaKeys {
            id: "k".to_owned(),
            secret: secret.to_owned(),
        }),
        ..Faces::default()
    };
    for (secret, status) in [("s", 200), ("t", 401)] {
        let desk = Desk::open(venue(config(friday("10:00:00"))), keys(secret)).await;
        assert_eq!(desk.get("/v2/account").await.status, status, "{secret}");
    }
}

#[tokio::test]
async fn two_hundred_requests_a_minute_on_the_venues_clock() {
    let desk = desk_at(friday("10:00:30")).await;
    for nth in 1..=200 {
        let answer = desk.get("/v2/clock").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "200");
        assert_eq!(
            answer.header("x-ratelimit-remaining"),
            (200 - nth).to_string()
        );
        assert_eq!(answer.header("x-ratelimit-reset"), "1795186860");
    }
    assert_equal(
        &desk.get("/v2/account").await,
        429,
        "alpaca_error_rate_limit.429.json",
    );
    let data = desk.get("/v2/stocks/TQQQ/trades/latest").await;
    assert_eq!(data.status, 200, "the data host counts for itself");
    desk.advance(friday("10:01:00"));
    assert_eq!(desk.get("/v2/account").await.status, 200);
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let desk = desk_at(friday("10:00:00")).await;
    assert_eq!(desk.get("/v2/nothing").await.status, 404);
}
