//! What is sent, and how every answer to it is taken: accepted, refused, absent, passing or unknown.

mod fixture;

use connectors::alpaca::{orders, refusal};
use connectors::budget::Window;
use connectors::http::Answer;
use connectors::twelve_data::refusal::{Kind, Refusal};
use cycle::port::{ReadError, Submission};
use market::calendar::Slot;
use reqwest::header::HeaderMap;
use trading::account::AccountId;
use trading::order::{AccountTag, ClientOrderId, Instruction, Leg, Order, OrderStatus, Side};

use fixture::{sample, tqqq};

/// The sample as an answer with the status in its name, or this one.
fn answer(name: &str, status: u16) -> Answer {
    let named = name.split('.').find_map(|part| part.parse().ok());
    Answer::new(named.unwrap_or(status), HeaderMap::new(), sample(name))
}

fn order(instruction: Instruction) -> Order {
    let tag = AccountTag::of(&AccountId::new("e6fe16f3-64a4-4921-8928-cadf02f92f98"));
    let slot: Slot = "2026-11-20T10:30".parse().expect("a slot");
    let id = ClientOrderId::new(&tag, slot, Leg::Buy, &tqqq(), 1).expect("attempt 1");
    Order {
        id,
        leg: Leg::Buy,
        symbol: tqqq(),
        side: Side::Buy,
        instruction,
    }
}

#[test]
fn every_twelve_data_error_is_known_under_its_own_status_and_under_200() {
    let cases = [
        ("twelvedata_error_400_no_data.json", 400, Kind::NoRows, true),
        ("twelvedata_error_401.json", 401, Kind::Key, true),
        ("twelvedata_error_403_plan.json", 403, Kind::Plan, true),
        ("twelvedata_error_404.json", 404, Kind::Request, true),
        (
            "twelvedata_error_429_day.json",
            429,
            Kind::Credits(Window::Day),
            true,
        ),
        (
            "twelvedata_error_429_minute.json",
            429,
            Kind::Credits(Window::Minute),
            false,
        ),
        ("twelvedata_error_500.json", 500, Kind::Server, false),
    ];
    for (name, status, kind, permanent) in cases {
        for http_status in [status, 200] {
            let refusal =
                Refusal::of(&Answer::new(http_status, HeaderMap::new(), sample(name))).unwrap();
            assert_eq!(refusal.kind, kind, "{name} under {http_status}");
            assert_eq!(
                refusal.read_error("/quote", false).is_permanent(),
                permanent,
                "{name}"
            );
        }
    }
    for name in [
        "twelvedata_quote.json",
        "twelvedata_time_series_1h.json",
        "twelvedata_price.json",
    ] {
        assert!(Refusal::of(&answer(name, 200)).is_none(), "{name}");
    }
}

#[test]
fn a_key_that_worked_is_doubted_only_for_now() {
    let refusal = Refusal::of(&answer("twelvedata_error_401.json", 401)).unwrap();
    assert!(matches!(
        refusal.read_error("/quote", true),
        ReadError::Transient(_)
    ));
    let error = refusal.read_error("/quote", false).to_string();
    assert!(
        error.ends_with("hint: check TQQQ_TWELVE_DATA_KEY"),
        "{error}"
    );
}

#[test]
fn a_gateways_page_is_never_the_vendors_word() {
    for status in [403, 404, 502, 503] {
        let page = Answer::new(
            status,
            HeaderMap::new(),
            b"<html><h1>Bad Gateway</h1></html>".to_vec(),
        );
        let error = Refusal::of(&page)
            .unwrap()
            .read_error("/time_series", false);
        assert!(
            matches!(error, ReadError::Transient(_)),
            "{status}: {error}"
        );
        assert!(
            matches!(
                refusal::read_error("alpaca/clock", &page, false),
                ReadError::Transient(_)
            ),
            "{status}"
        );
        assert!(!refusal::says_absent(&page), "{status}");
        assert!(
            matches!(orders::cancel::answered(&page), Submission::Unknown { .. }),
            "{status}"
        );
    }
}

/// How each refused sample is taken by a read, a look-up, a submission and a cancel.
#[test]
fn every_alpaca_error_is_classified() {
    let names = [
        "alpaca_error_401_nginx.html",
        "alpaca_error_unauthorized.401.json",
        "alpaca_data_error_recent_sip.403.json",
        "alpaca_error_insufficient_buying_power.403.json",
        "alpaca_error_insufficient_qty.403.json",
        "alpaca_error_no_short.403.json",
        "alpaca_error_not_fractionable.403.json",
        "alpaca_error_pdt_legacy.403.json",
        "alpaca_error_wash_trade.403.json",
        "alpaca_error_asset_not_found.404.json",
        "alpaca_error_order_not_found.404.json",
        "alpaca_error_position_not_found.404.json",
        "alpaca_error_cancel_filled.422.json",
        "alpaca_error_duplicate_client_order_id.422.json",
        "alpaca_error_fractional_not_day.422.json",
        "alpaca_error_fractional_short.422.json",
        "alpaca_error_notional_minimum.422.json",
        "alpaca_error_subpenny.422.json",
        "alpaca_error_rate_limit.429.json",
    ];
    let order = order(Instruction::Market {
        quantity: "1".parse().unwrap(),
    });
    let lines: Vec<String> = names
        .into_iter()
        .map(|name| {
            let answer = answer(name, 401);
            let permanent =
                |key_worked| refusal::read_error("", &answer, key_worked).is_permanent();
            let read = match (permanent(false), permanent(true)) {
                (true, true) => "permanent",
                (true, false) => "permanent until the keys have worked",
                (false, _) => "transient",
            };
            let absent = if refusal::says_absent(&answer) {
                ", absent"
            } else {
                ""
            };
            let post = match orders::submit::answered(&order, &answer) {
                Submission::Refused {
                    duplicate_id: true, ..
                } => "refused, the id exists",
                Submission::Refused { .. } => "refused",
                Submission::Unknown { .. } => "unknown",
                other => panic!("{name}: {other:?}"),
            };
            format!("{name}: read {read}{absent}; post {post}")
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    alpaca_error_401_nginx.html: read permanent until the keys have worked; post unknown
    alpaca_error_unauthorized.401.json: read permanent until the keys have worked; post refused
    alpaca_data_error_recent_sip.403.json: read permanent; post refused
    alpaca_error_insufficient_buying_power.403.json: read permanent; post refused
    alpaca_error_insufficient_qty.403.json: read permanent; post refused
    alpaca_error_no_short.403.json: read permanent; post refused
    alpaca_error_not_fractionable.403.json: read permanent; post refused
    alpaca_error_pdt_legacy.403.json: read permanent; post refused
    alpaca_error_wash_trade.403.json: read permanent; post refused
    alpaca_error_asset_not_found.404.json: read permanent, absent; post refused
    alpaca_error_order_not_found.404.json: read permanent, absent; post refused
    alpaca_error_position_not_found.404.json: read permanent, absent; post refused
    alpaca_error_cancel_filled.422.json: read permanent; post refused
    alpaca_error_duplicate_client_order_id.422.json: read permanent; post refused, the id exists
    alpaca_error_fractional_not_day.422.json: read permanent; post refused
    alpaca_error_fractional_short.422.json: read permanent; post refused
    alpaca_error_notional_minimum.422.json: read permanent; post refused
    alpaca_error_subpenny.422.json: read permanent; post refused
    alpaca_error_rate_limit.429.json: read transient; post unknown
    ");
}

#[test]
fn a_refusal_keeps_the_vendors_words() {
    let answer = answer("alpaca_error_cancel_filled.422.json", 422);
    let Submission::Refused { why, duplicate_id } = orders::cancel::answered(&answer) else {
        panic!("refused")
    };
    assert_eq!(
        why,
        r#"alpaca/cancel: HTTP 422, code 42210000: order is already in "filled" state"#
    );
    assert!(!duplicate_id);
}

#[test]
fn an_accepted_order_is_our_order_or_unknown() {
    let order = order(Instruction::Market {
        quantity: "980".parse().unwrap(),
    });
    let ours = String::from_utf8(sample("alpaca_order_post_qty.200.json")).unwrap();
    let ours = ours.replace("tqqq-20261120-1530Z-buy-1", order.id.as_str());
    let answered = |status, body: &str| {
        orders::submit::answered(
            &order,
            &Answer::new(status, HeaderMap::new(), body.as_bytes().to_vec()),
        )
    };
    let Submission::Accepted(report) = answered(200, &ours) else {
        panic!("accepted")
    };
    assert_eq!(report.status, OrderStatus::Pending);
    assert!(order.matches(&report));
    let foreign = String::from_utf8(sample("alpaca_order_post_qty.200.json")).unwrap();
    for body in [
        &foreign,
        "",
        "{}",
        "<html>OK</html>",
        &ours[..ours.len() / 2],
    ] {
        assert!(
            matches!(answered(200, body), Submission::Unknown { .. }),
            "{body}"
        );
    }
    for status in [302, 408, 429, 500, 502, 504] {
        let body = r#"{"code":1,"message":"client_order_id must be unique"}"#;
        assert!(
            matches!(answered(status, body), Submission::Unknown { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_cancel_is_taken_with_204_and_no_body() {
    let answer = Answer::new(204, HeaderMap::new(), Vec::new());
    assert_eq!(orders::cancel::answered(&answer), Submission::Accepted(()));
}

#[test]
fn an_order_is_written_as_texts_and_always_alike() {
    let written: Vec<String> = [
        Instruction::Market {
            quantity: "980.102341607".parse().unwrap(),
        },
        Instruction::Notional {
            notional: "99500.10".parse().unwrap(),
        },
        Instruction::Limit {
            quantity: "12".parse().unwrap(),
            limit_price: "101.50".parse().unwrap(),
        },
    ]
    .into_iter()
    .map(|instruction| {
        let order = order(instruction);
        assert_eq!(
            orders::submit::encode(&order),
            orders::submit::encode(&order.clone())
        );
        orders::submit::encode(&order)
    })
    .collect();
    insta::assert_snapshot!(written.join("\n"), @r#"
    {"symbol":"TQQQ","qty":"980.102341607","side":"buy","type":"market","time_in_force":"day","client_order_id":"tqqq-5f35d7-20261120T1030-b-TQQQ-1"}
    {"symbol":"TQQQ","notional":"99500.1","side":"buy","type":"market","time_in_force":"day","client_order_id":"tqqq-5f35d7-20261120T1030-b-TQQQ-1"}
    {"symbol":"TQQQ","qty":"12","limit_price":"101.5","side":"buy","type":"limit","time_in_force":"day","client_order_id":"tqqq-5f35d7-20261120T1030-b-TQQQ-1"}
    "#);
    for line in written {
        let body: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(
            body.as_object()
                .unwrap()
                .values()
                .all(serde_json::Value::is_string),
            "{line}"
        );
    }
}
