//! Orders on the model: a whole day, and each rule that refuses.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod support;

use market::time::milliseconds;
use market::{Instant, Money};
use support::{config, friday, limit, market, notional, shares, state, venue};
use venue::model::{
    ClientIds, DayEnd, Multiplier, OrderQuery, OrderRequest, Refusal, Replacement, Scope, Settings,
    Side, TimeInForce, Unconfirmed,
};
use venue::{Config, Venue};

fn at_ten() -> Venue {
    venue(config(friday("10:00:00")))
}

fn with(change: impl FnOnce(&mut Config)) -> Venue {
    let mut config = config(friday("10:00:00"));
    change(&mut config);
    venue(config)
}

fn named(mut request: OrderRequest, id: &str) -> OrderRequest {
    request.client_order_id = Some(id.to_owned());
    request
}

/// Submits and answers the id.
fn submit(venue: &mut Venue, request: OrderRequest) -> String {
    venue.submit(request).unwrap().id.to_string()
}

fn status(venue: &Venue, id: &str) -> String {
    state(venue.order(id).unwrap())
}

fn pass(venue: &mut Venue, ms: i64) {
    venue.advance(venue.now() + milliseconds(ms));
}

fn refused(venue: &mut Venue, request: OrderRequest) -> String {
    venue.submit(request).unwrap_err().to_string()
}

#[test]
fn a_whole_day() {
    let mut venue = venue(config(friday("09:00:00")));
    // Before the open an order is only accepted, and reserves what it may cost.
    let buy = submit(&mut venue, named(notional(Side::Buy, "50000"), "day-1"));
    assert_eq!(status(&venue, &buy), "accepted 0");
    assert_eq!(venue.account().buying_power.to_string(), "50000");
    assert_eq!(venue.order(&buy).unwrap().times.expires, friday("16:00:00"));
    // It runs at the open, at the first trade plus half the spread.
    venue.advance(friday("09:30:00"));
    assert_eq!(status(&venue, &buy), "new 0");
    pass(&mut venue, 50);
    let order = venue.order(&buy).unwrap();
    assert_eq!(order.average_price().unwrap().to_string(), "106.0106");
    assert_eq!(state(order), "filled 471.650948112");
    assert_eq!(order.times.filled, Some(friday("09:30:00.05")));
    let cash = venue.account().cash;
    assert!(cash >= Money::from_cents(5_000_000) && cash < Money::from_cents(5_000_001));
    // A resting limit sale holds the shares and stands in the way of a purchase.
    venue.advance(friday("10:00:00"));
    let rest = submit(&mut venue, limit(Side::Sell, "400", "115.00"));
    assert_eq!(
        venue.position("TQQQ").unwrap().available.to_string(),
        "71.650948112"
    );
    let crossing = refused(&mut venue, market(Side::Buy, "1"));
    assert_eq!(
        crossing,
        "potential wash trade detected. use complex orders"
    );
    let too_many = refused(&mut venue, market(Side::Sell, "71.650948113"));
    assert_eq!(
        too_many,
        "insufficient qty available for order (requested: 71.650948113, available: 71.650948112)"
    );
    // Withdrawn, it lets go.
    pass(&mut venue, 60);
    venue.cancel(&rest).unwrap();
    assert_eq!(status(&venue, &rest), "pending_cancel 0");
    pass(&mut venue, 20);
    assert_eq!(status(&venue, &rest), "canceled 0");
    // The exact quantity sells everything; nothing is left behind.
    let sell = submit(&mut venue, market(Side::Sell, "471.650948112"));
    pass(&mut venue, 50);
    let order = venue.order(&sell).unwrap();
    assert_eq!(order.average_price().unwrap().to_string(), "106.4893");
    assert_eq!(venue.position("TQQQ"), Err(Refusal::PositionNotFound));
    assert_eq!(venue.equity(), venue.account().cash);
    // A limit nobody meets is over at the close.
    let hopeless = submit(&mut venue, limit(Side::Buy, "10", "90.00"));
    venue.advance(friday("16:00:00"));
    assert_eq!(status(&venue, &hopeless), "expired 0");
    // After the close an order waits for Monday.
    let late = submit(&mut venue, market(Side::Buy, "10"));
    assert_eq!(status(&venue, &late), "accepted 0");
    assert_eq!(
        venue.order(&late).unwrap().times.expires.to_string(),
        "2026-11-23T21:00:00Z"
    );
    // Last equity is that of the close, from the next open on.
    let equity = venue.equity();
    assert_ne!(venue.account().last_equity, equity);
    venue.advance("2026-11-23T14:30:00.05Z".parse().unwrap());
    assert_eq!(status(&venue, &late), "filled 10");
    assert_eq!(venue.account().last_equity, equity);
    assert_eq!(venue.account().balance_as_of.to_string(), "2026-11-20");
    let listed = venue.orders(&OrderQuery::new(Scope::All));
    assert_eq!(listed.len(), 5);
    assert_eq!(listed[0].id.to_string(), late, "newest first");
}

#[test]
fn an_order_is_pending_then_new_then_filled() {
    let mut venue = at_ten();
    let id = submit(&mut venue, market(Side::Buy, "10"));
    assert_eq!(status(&venue, &id), "pending_new 0");
    pass(&mut venue, 5);
    assert_eq!(status(&venue, &id), "new 0");
    assert_eq!(
        venue.order(&id).unwrap().times.submitted,
        friday("10:00:00.005")
    );
    pass(&mut venue, 44);
    assert_eq!(status(&venue, &id), "new 0");
    pass(&mut venue, 1);
    assert_eq!(status(&venue, &id), "filled 10");
}

#[test]
fn stepping_event_by_event_and_jumping_give_the_same_day() {
    let mut jump = with(|config| config.partial_probability = 0.5);
    let mut steps = jump.clone();
    for venue in [&mut jump, &mut steps] {
        submit(venue, market(Side::Buy, "400"));
        submit(venue, limit(Side::Buy, "100", "106.40"));
    }
    let end = friday("16:30:00");
    jump.advance(end);
    while let Some(next) = steps.next_event().filter(|next| *next <= end) {
        steps.advance(next);
    }
    steps.advance(end);
    let all = OrderQuery::new(Scope::All);
    assert_eq!(jump.orders(&all), steps.orders(&all));
    assert_eq!(jump.account(), steps.account());
}

#[test]
fn a_limit_order_waits_for_its_price_and_takes_the_quote() {
    let mut venue = at_ten();
    // The bar from 10:00 trades 106.50, 106.30 at 10:10, 107.10 at 10:20.
    let buy = submit(&mut venue, limit(Side::Buy, "10", "106.32"));
    venue.advance(friday("10:09:59"));
    assert_eq!(status(&venue, &buy), "new 0");
    venue.advance(friday("10:10:00"));
    assert_eq!(status(&venue, &buy), "filled 10");
    let paid = venue.order(&buy).unwrap().average_price().unwrap();
    assert_eq!(paid.to_string(), "106.3107");
    let sell = submit(&mut venue, limit(Side::Sell, "10", "107.00"));
    venue.advance(friday("10:20:00"));
    assert_eq!(status(&venue, &sell), "filled 10");
}

#[test]
fn partial_fills_grow_and_a_cancel_keeps_what_is_done() {
    let mut venue = with(|config| config.partial_probability = 1.0);
    let id = submit(&mut venue, market(Side::Buy, "900"));
    pass(&mut venue, 50);
    let first = venue.order(&id).unwrap().filled;
    assert_eq!(status(&venue, &id), format!("partially_filled {first}"));
    assert_eq!(first, first.whole());
    pass(&mut venue, 50);
    let second = venue.order(&id).unwrap().filled;
    assert!(second > first && second < shares("900"));
    venue.cancel(&id).unwrap();
    pass(&mut venue, 20);
    assert_eq!(status(&venue, &id), format!("canceled {second}"));
    assert_eq!(venue.position("TQQQ").unwrap().quantity, second.decimal());
}

#[test]
fn partial_fills_of_any_kind_end_with_everything_done() {
    for request in [
        market(Side::Buy, "900"),
        market(Side::Buy, "0.000000003"),
        notional(Side::Buy, "99000"),
    ] {
        let mut venue = with(|config| config.partial_probability = 1.0);
        let id = submit(&mut venue, request);
        venue.advance(friday("10:09:00"));
        assert!(
            status(&venue, &id).starts_with("filled"),
            "{}",
            status(&venue, &id)
        );
    }
}

#[test]
fn a_cancel_can_lose_the_race_to_a_fill() {
    let mut venue = with(|config| config.cancel_delay = milliseconds(100));
    let id = submit(&mut venue, market(Side::Buy, "10"));
    pass(&mut venue, 10);
    venue.cancel(&id).unwrap();
    pass(&mut venue, 200);
    assert_eq!(status(&venue, &id), "filled 10");
    let late = venue.cancel(&id).unwrap_err();
    assert_eq!(late.to_string(), "order is already in \"filled\" state");
}

#[test]
fn a_client_id_is_used_up_for_ever_or_while_active() {
    let second = |ids: ClientIds, burns: bool, first: OrderRequest| {
        let mut venue = with(|config| {
            config.unconfirmed = Unconfirmed {
                client_ids: ids,
                refusal_burns_id: burns,
                ..Unconfirmed::default()
            };
        });
        let taken = venue.submit(named(first, "same")).is_ok();
        pass(&mut venue, 50);
        (
            taken,
            venue.submit(named(market(Side::Buy, "1"), "same")).is_ok(),
        )
    };
    let good = || market(Side::Buy, "10");
    let bad = || market(Side::Buy, "100000");
    assert_eq!(
        second(ClientIds::UniqueForEver, false, good()),
        (true, false)
    );
    assert_eq!(
        second(ClientIds::UniqueAmongActive, false, good()),
        (true, true)
    );
    assert_eq!(
        second(ClientIds::UniqueForEver, false, bad()),
        (false, true)
    );
    assert_eq!(
        second(ClientIds::UniqueForEver, true, bad()),
        (false, false)
    );
}

#[test]
fn a_duplicate_id_is_named_before_any_other_refusal() {
    let mut venue = at_ten();
    submit(&mut venue, named(notional(Side::Buy, "99000"), "same"));
    let twice = refused(&mut venue, named(notional(Side::Buy, "99000"), "same"));
    assert_eq!(twice, "client_order_id must be unique");
}

#[test]
fn open_buys_hold_buying_power_until_they_end() {
    let mut venue = at_ten();
    let id = submit(&mut venue, limit(Side::Buy, "900", "100.00"));
    assert_eq!(venue.account().buying_power.to_string(), "10000");
    let over = refused(&mut venue, notional(Side::Buy, "10000.01"));
    assert_eq!(over, "insufficient buying power");
    pass(&mut venue, 50);
    venue.cancel(&id).unwrap();
    assert_eq!(venue.account().buying_power.to_string(), "10000");
    pass(&mut venue, 20);
    assert_eq!(venue.account().buying_power.to_string(), "100000");
}

#[test]
fn a_price_that_ran_away_rejects_the_order_rather_than_overdrawing() {
    // Let in at 106.3107 a share, it is looked at just after the trade at 107.10.
    let mut venue = venue(config(friday("10:19:59.99")));
    let id = submit(&mut venue, market(Side::Buy, "940"));
    pass(&mut venue, 50);
    let order = venue.order(&id).unwrap();
    assert_eq!(state(order), "rejected 0");
    assert_eq!(order.times.failed, Some(friday("10:20:00.04")));
    assert_eq!(venue.account().cash, Money::from_cents(10_000_000));
}

#[test]
fn what_an_order_must_look_like() {
    let mut gtc = market(Side::Buy, "1.5");
    gtc.time_in_force = TimeInForce::GoodTillCanceled;
    let mut extended = market(Side::Buy, "1");
    extended.extended_hours = true;
    let mut long_id = market(Side::Buy, "1");
    long_id.client_order_id = Some("x".repeat(129));
    let mut unknown = market(Side::Buy, "1");
    unknown.symbol = market::Symbol::new("ZZZZQX").unwrap();
    let cases = [
        (gtc, "fractional orders must be DAY orders"),
        (
            extended,
            "extended hours order must be DAY or GTC limit orders",
        ),
        (
            long_id,
            "client_order_id must be no more than 128 characters",
        ),
        (unknown, "asset not found for ZZZZQX"),
        (market(Side::Buy, "0"), "qty must be > 0"),
        (notional(Side::Buy, "0.99"), "notional must be >= 1.00"),
        (
            notional(Side::Buy, "10.001"),
            "notional value must be limited to 2 decimal places",
        ),
        (
            limit(Side::Buy, "1", "290.123"),
            "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria",
        ),
        (market(Side::Sell, "1"), "account is not allowed to short"),
        (
            market(Side::Sell, "0.5"),
            "fractional orders cannot be sold short",
        ),
    ];
    let mut venue = at_ten();
    for (request, message) in cases {
        assert_eq!(refused(&mut venue, request), message);
    }
    assert!(venue.orders(&OrderQuery::new(Scope::All)).is_empty());
}

#[test]
fn the_owners_settings_refuse() {
    let mut venue = at_ten();
    let settings = *venue.settings();
    let whole_shares = Settings {
        fractional_trading: false,
        ..settings
    };
    venue.set_settings(whole_shares);
    assert_eq!(
        refused(&mut venue, notional(Side::Buy, "10")),
        "account is not allowed to trade fractional shares"
    );
    let suspended = Settings {
        suspend_trade: true,
        ..settings
    };
    venue.set_settings(suspended);
    assert_eq!(
        refused(&mut venue, market(Side::Buy, "1")),
        "new orders are rejected by user request"
    );
}

fn margin_account() -> Venue {
    with(|config| {
        config.settings.max_margin_multiplier = Multiplier::Two;
        config.settings.no_shorting = false;
    })
}

#[test]
fn margin_buys_twice_the_equity_and_short_sales_are_bought_back() {
    let mut venue = margin_account();
    assert_eq!(venue.account().buying_power.to_string(), "200000");
    let id = submit(&mut venue, market(Side::Sell, "100"));
    pass(&mut venue, 50);
    assert_eq!(status(&venue, &id), "filled 100");
    let position = venue.position("TQQQ").unwrap();
    assert_eq!(position.quantity.to_string(), "-100");
    assert_eq!(venue.account().short_market_value.to_string(), "-10650");
    let flip = refused(&mut venue, market(Side::Buy, "101"));
    assert_eq!(
        flip,
        "insufficient qty available for order (requested: 101, available: 100)"
    );
    submit(&mut venue, market(Side::Buy, "100"));
    pass(&mut venue, 50);
    assert!(venue.positions().is_empty());
}

#[test]
fn below_two_thousand_dollars_there_is_no_margin() {
    let mut venue = margin_account();
    venue.transfer("-98500".parse().unwrap());
    let account = venue.account();
    assert_eq!(account.multiplier, Multiplier::One);
    assert_eq!(account.buying_power.to_string(), "1500");
    assert!(!venue.shorting_enabled());
}

#[test]
fn a_replacement_is_a_new_order_that_names_the_old() {
    let mut venue = at_ten();
    let old = submit(&mut venue, limit(Side::Buy, "10", "95.50"));
    let change = Replacement {
        limit_price: Some("96".parse().unwrap()),
        ..Replacement::default()
    };
    let early = venue.replace(&old, &change).unwrap_err();
    assert_eq!(
        early.to_string(),
        "cannot replace order in pending_new status"
    );
    pass(&mut venue, 50);
    let new = venue.replace(&old, &change).unwrap().clone();
    assert_eq!(state(&new), "accepted 0");
    let replaced = venue.order(&old).unwrap();
    assert_eq!(replaced.status.word(), "replaced");
    assert_eq!(replaced.replaced_by, Some(new.id));
    assert_eq!(new.replaces, Some(replaced.id));
    assert_eq!(venue.account().buying_power.to_string(), "99040");
    pass(&mut venue, 5);
    assert_eq!(status(&venue, &new.id.to_string()), "new 0");
}

#[test]
fn a_day_order_can_also_be_canceled_by_the_close() {
    let mut venue = with(|config| config.unconfirmed.day_end = DayEnd::Cancels);
    let day = submit(&mut venue, limit(Side::Buy, "10", "90.00"));
    let mut kept = limit(Side::Buy, "10", "90.00");
    kept.time_in_force = TimeInForce::GoodTillCanceled;
    let kept = submit(&mut venue, kept);
    venue.advance(friday("16:00:00"));
    assert_eq!(status(&venue, &day), "canceled 0");
    assert_eq!(status(&venue, &kept), "new 0");
    let expires = venue.order(&kept).unwrap().times.expires;
    assert_eq!(expires.to_string(), "2027-02-18T21:15:00Z");
    venue.advance(expires);
    assert_eq!(status(&venue, &kept), "expired 0");
}

#[test]
fn a_symbol_that_stopped_trading_leaves_its_orders_waiting() {
    let mut venue = at_ten();
    let after_the_last_bar: Instant = "2026-11-25T15:00:00Z".parse().unwrap();
    venue.advance(after_the_last_bar);
    let id = submit(&mut venue, market(Side::Buy, "10"));
    pass(&mut venue, 60_000);
    assert_eq!(status(&venue, &id), "new 0");
    venue.cancel(&id).unwrap();
    pass(&mut venue, 20);
    assert_eq!(status(&venue, &id), "canceled 0");
}

#[test]
fn time_never_goes_back() {
    let mut venue = at_ten();
    venue.advance(friday("09:00:00"));
    assert_eq!(venue.now(), friday("10:00:00"));
}

#[test]
fn configurations_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut Config)| {
        let mut config = config(friday("10:00:00"));
        change(&mut config);
        Venue::new(config).unwrap_err().to_string()
    };
    assert_eq!(
        refused(|config| config.partial_probability = 1.5),
        "partial probability of 1.5; it must lie from 0 to 1"
    );
    assert_eq!(
        refused(|config| config.fill_delay = milliseconds(0)),
        "fill_delay of 0s; it must lie from 1 ms to 60 s"
    );
    assert_eq!(
        refused(|config| config.spread = market::Bps::whole(10_000)),
        "spread of 10000 bps; it must lie from 0 to below 10000"
    );
}
