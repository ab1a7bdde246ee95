//! Orders as intended against orders as shown.

use trading::order::{Instruction, Leg, OrderEvent, OrderStatus, Side};

use crate::fixture::{TQQQ, buy, market_order, money, order, price, shares, shown, symbol};

#[test]
fn what_the_broker_shows_is_ours_only_when_symbol_side_type_and_amount_agree() {
    let limit = order(
        Leg::Buy,
        TQQQ,
        Instruction::Limit {
            quantity: shares("3"),
            limit_price: price("102.03"),
        },
    );
    for ours in [
        market_order(Leg::Sell, TQQQ, "3"),
        buy("300"),
        limit.clone(),
    ] {
        let seen = shown(&ours, OrderStatus::Working, "0", "100");
        assert!(ours.matches(&seen), "itself: {ours:?}");
        type Change = fn(&mut trading::order::OrderReport);
        let changes: [(&str, Change); 4] = [
            ("symbol", |seen| seen.symbol = symbol("SQQQ")),
            ("side", |seen| {
                seen.side = other(seen.side);
            }),
            ("quantity", |seen| seen.quantity = Some(shares("4"))),
            ("notional", |seen| seen.notional = Some(money("301"))),
        ];
        for (what, change) in changes {
            let mut changed = seen.clone();
            change(&mut changed);
            assert!(!ours.matches(&changed), "another {what}: {ours:?}");
        }
    }
    let mut at_market = shown(&limit, OrderStatus::Working, "0", "100");
    at_market.limit_price = None;
    assert!(!limit.matches(&at_market), "no limit is another type");
}

fn other(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}

#[test]
fn an_amount_the_broker_leaves_out_contradicts_nothing() {
    for ours in [market_order(Leg::Sell, TQQQ, "3"), buy("300")] {
        let mut seen = shown(&ours, OrderStatus::Working, "0", "100");
        (seen.quantity, seen.notional) = (None, None);
        assert!(ours.matches(&seen), "{ours:?}");
    }
}

#[test]
fn each_sight_is_one_event_and_fills_count_whatever_the_status() {
    use OrderEvent as E;
    use OrderStatus as S;
    let cases = [
        (S::Pending, "0", E::SeenOpen),
        (S::Working, "0", E::SeenOpen),
        (S::PartiallyFilled, "1", E::SeenOpen),
        (S::PendingCancel, "1", E::SeenOpen),
        (S::Suspended, "0", E::SeenOpen),
        (S::Unknown("calculated_twice".to_owned()), "0", E::SeenOpen),
        (S::Filled, "3", E::SeenFilled),
        (S::Canceled, "0", E::SeenEnded),
        (S::Canceled, "1", E::SeenEndedInPart),
        (S::Expired, "0", E::SeenEnded),
        (S::Expired, "1", E::SeenEndedInPart),
        (S::Replaced, "0", E::SeenEnded),
        (S::Replaced, "1", E::SeenEndedInPart),
        (S::Rejected, "0", E::SeenRejected),
    ];
    for (status, filled, expected) in cases {
        let terminal = expected != E::SeenOpen;
        let seen = shown(
            &market_order(Leg::Sell, TQQQ, "3"),
            status.clone(),
            filled,
            "99.5",
        );
        assert_eq!(seen.event(), expected, "{status:?} {filled}");
        assert_eq!(seen.status.is_terminal(), terminal, "{status:?}");
        let value = (filled != "0").then(|| price("99.5") * shares(filled));
        assert_eq!(seen.filled_value(), value, "{status:?}");
    }
}
