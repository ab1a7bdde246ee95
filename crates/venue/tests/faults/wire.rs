//! What is lost before a request is carried out, and what becomes of its answer.

use market::Instant;
use reqwest::Method;
use serde_json::json;

use super::support::face::{Desk, assert_same_shape, sample, sample_text};
use super::support::friday;
use super::{desk, order, orders, set, struck, unmetered};

pub(crate) const NAMES: &[&str] = &[
    "429",
    "401",
    "402",
    "403",
    "5xx",
    "html",
    "late",
    "reset-before",
    "slow",
    "reset-after",
    "lost-answer",
    "empty",
    "truncated",
    "duplicated",
    "removed-field",
    "null-field",
    "added-field",
    "errors-as-200",
    "reworded",
    "no-rate-headers",
];

/// A fault on `POST /v2/orders`: the status seen (none when the connection broke), the orders there
/// are afterwards, the venue's time, and the moment the order came.
type Story = (
    &'static str,
    Option<u16>,
    usize,
    &'static str,
    Option<&'static str>,
);

#[tokio::test]
async fn an_order_is_sent_through_every_fault_of_the_wire() {
    let (now, late) = ("10:10:00", "10:10:20");
    let stories: [Story; 17] = [
        ("429", Some(429), 0, now, None),
        ("401", Some(401), 0, now, None),
        ("402", Some(403), 0, now, None),
        ("403", Some(403), 0, now, None),
        ("5xx", Some(503), 0, now, None),
        ("5xx=500", Some(500), 0, now, None),
        ("html", Some(502), 0, now, None),
        ("reset-before", None, 0, now, None),
        ("late=20", Some(200), 1, late, Some(late)),
        ("slow=20", Some(200), 1, late, Some(now)),
        ("reset-after", None, 1, now, Some(now)),
        ("lost-answer", Some(504), 1, now, Some(now)),
        ("empty", Some(200), 1, now, Some(now)),
        ("truncated", Some(200), 1, now, Some(now)),
        ("duplicated", Some(422), 1, now, Some(now)),
        ("duplicated=first", Some(200), 1, now, Some(now)),
        ("no-rate-headers", Some(200), 1, now, Some(now)),
    ];
    for (fault, status, count, after, came) in stories {
        let desk = desk(&format!("{fault}@POST:/v2/orders*1")).await;
        let body = order("buy", "10", "one");
        let answer = desk.try_call(Method::POST, "/v2/orders", &body).await;
        assert_eq!(answer.map(|answer| answer.status), status, "{fault}");
        assert_eq!(desk.shared.now(), friday(after), "{fault}");
        let listed = orders(&desk).await;
        assert_eq!(listed.len(), count, "{fault}");
        let created = listed.first().map(|order| order["created_at"].clone());
        let created: Option<Instant> = created.map(|text| text.as_str().unwrap().parse().unwrap());
        assert_eq!(created, came.map(friday), "{fault}");
        assert_eq!(struck(&desk), 1, "{fault}");
        // Once is over: the same order again meets nobody but its twin.
        let again = desk.post("/v2/orders", &body).await;
        let expected = if count == 0 { 200 } else { 422 };
        assert_eq!(again.status, expected, "{fault}");
    }
}

#[tokio::test]
async fn a_duplicated_delivery_without_a_client_id_buys_twice() {
    let desk = desk("duplicated").await;
    let body = json!({"symbol": "TQQQ", "qty": "10", "side": "buy", "type": "market",
        "time_in_force": "day"});
    assert_eq!(desk.post("/v2/orders", &body.to_string()).await.status, 200);
    assert_eq!(orders(&desk).await.len(), 2);
    assert_eq!(struck(&desk), 1, "a GET is not delivered twice");
}

const BARS: &str = "/v2/stocks/TQQQ/bars?timeframe=30Min";
const SERIES: &str = "/time_series?symbol=TQQQ&interval=30min";
const CHART: &str = "/stable/historical-chart/30min?symbol=TQQQ";

#[tokio::test]
async fn each_vendor_refuses_in_its_own_words() {
    let cases = [
        (
            "429",
            "/v2/account",
            429,
            "alpaca_error_rate_limit.429.json",
        ),
        ("429", BARS, 429, "alpaca_error_rate_limit.429.json"),
        ("429", CHART, 429, "fmp_error_429_limit.json"),
        (
            "401",
            "/v2/account",
            401,
            "alpaca_error_unauthorized.401.json",
        ),
        ("401", SERIES, 401, "twelvedata_error_401.json"),
        ("401", CHART, 401, "fmp_error_401_invalid_key.json"),
        ("402", SERIES, 403, "twelvedata_error_403_plan.json"),
        ("403", CHART, 403, "fmp_error_403_legacy.json"),
        ("5xx=500", SERIES, 500, "twelvedata_error_500.json"),
    ];
    for (fault, path, status, expected) in cases {
        let desk = desk(fault).await;
        let answer = desk.get(path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (status, sample(expected)),
            "{fault} {path}"
        );
    }
    for (fault, expected) in [
        ("402", "fmp_error_402_endpoint.txt"),
        ("402=symbol", "fmp_error_402_symbol.txt"),
    ] {
        let desk = desk(fault).await;
        let answer = desk.get(CHART).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (402, sample_text(expected).trim_end())
        );
        assert!(answer.header("content-type").starts_with("text/plain"));
    }
    for path in ["/v2/clock", BARS] {
        let desk = desk("401").await;
        let answer = desk.get(path).await;
        let page = sample_text("alpaca_error_401_nginx.html");
        assert_eq!((answer.status, answer.text), (401, page), "{path}");
    }
    let desk = desk("429").await;
    let minute = desk.get(SERIES).await;
    assert_same_shape("twelvedata_error_429_minute.json", &minute.json());
    assert!(minute.field("message").contains("for the current minute"));
    let desk = super::desk("429=day").await;
    let day = desk.get(SERIES).await;
    assert!(day.field("message").contains("for the day"), "{}", day.text);
    let answer = desk.get("/v2/account").await;
    assert_eq!(answer.status, 429, "whose limits are of minutes alone");
}

#[tokio::test]
async fn a_429_says_what_it_is_told_to_say_about_headers() {
    let header = async |fault: &str, path: &str, name: &str| {
        let desk = desk(fault).await;
        desk.get(path).await.header(name).to_owned()
    };
    assert_eq!(
        header("429", "/v2/account", "x-ratelimit-remaining").await,
        "0"
    );
    assert_eq!(header("429", SERIES, "api-credits-left").await, "0");
    assert_eq!(header("429", "/v2/account", "retry-after").await, "");
    assert_eq!(header("429=30", "/v2/account", "retry-after").await, "30");
    assert_eq!(
        header("429=bare", "/v2/account", "x-ratelimit-remaining").await,
        ""
    );
    assert_eq!(header("429=bare", SERIES, "api-credits-left").await, "");
    assert_eq!(
        header("no-rate-headers", "/v2/account", "x-ratelimit-limit").await,
        ""
    );
    assert_eq!(
        header("no-rate-headers", SERIES, "api-credits-used").await,
        ""
    );
}

#[tokio::test]
async fn pages_and_broken_bodies_are_no_json() {
    let desk = desk("html@twelve-data*1").await;
    let page = desk.get(SERIES).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (502, "text/html")
    );
    assert!(page.text.starts_with("<html>"), "{}", page.text);
    set(&desk, "html=200@twelve-data*1").await;
    assert_eq!(desk.get(SERIES).await.status, 200);
    let whole = desk.get(SERIES).await.text;
    set(&desk, "truncated@twelve-data*1").await;
    let half = desk.get(SERIES).await.text;
    assert!(
        whole.starts_with(&half) && half.len() == whole.len() / 2,
        "{half}"
    );
    assert!(serde_json::from_str::<serde_json::Value>(&half).is_err());
    set(&desk, "empty=502@twelve-data*1").await;
    let empty = desk.get(SERIES).await;
    assert_eq!((empty.status, empty.text.as_str()), (502, ""));
}

#[tokio::test]
async fn fields_go_become_null_and_come() {
    let desk = desk("removed-field=buying_power@/v2/account").await;
    let account = desk.get("/v2/account").await.json();
    assert!(account.get("buying_power").is_none() && account["cash"] == "100000");
    desk.get("/v2/positions").await;
    assert_eq!(struck(&desk), 1, "a field that is not there cannot go");
    set(&desk, "null-field=multiplier").await;
    assert!(desk.get("/v2/account").await.json()["multiplier"].is_null());
    set(&desk, "added-field=margin_class@fmp").await;
    let rows = desk.get(CHART).await.json();
    assert_eq!(rows[0]["margin_class"], "unheard of");
    assert!(rows[0]["close"].is_number());
    assert!(
        desk.get("/v2/account")
            .await
            .json()
            .get("margin_class")
            .is_none()
    );
}

#[tokio::test]
async fn errors_come_under_http_200() {
    let desk = desk("errors-as-200").await;
    let unknown = desk.get("/time_series?symbol=NOPE&interval=30min").await;
    assert_eq!(unknown.status, 200);
    assert_eq!(unknown.json(), sample("twelvedata_error_404.json"));
    assert_eq!(struck(&desk), 1);
    assert_eq!(desk.get(SERIES).await.status, 200);
    assert_eq!(struck(&desk), 1, "what is well is not counted");
    // Two faults on one call: the error that one makes, the other sends as success.
    set(&desk, "429@fmp").await;
    let limited = desk.get(CHART).await;
    assert_eq!(
        (limited.status, limited.json()),
        (200, sample("fmp_error_429_limit.json"))
    );
}

#[tokio::test]
async fn a_count_a_moment_and_a_probability_bound_a_fault() {
    let desk = desk("5xx@alpaca*2").await;
    let statuses = async |desk: &Desk, calls: usize| {
        let mut statuses = Vec::new();
        for _ in 0..calls {
            statuses.push(desk.get("/v2/clock").await.status);
        }
        statuses
    };
    assert_eq!(statuses(&desk, 3).await, [503, 503, 200]);
    assert_eq!(desk.get(SERIES).await.status, 200, "another vendor's call");
    let until = json!({"set": "5xx", "until": "2026-11-20T10:11:00-05:00"}).to_string();
    desk.post("/control/faults", &until).await;
    assert_eq!(statuses(&desk, 1).await, [503]);
    desk.advance(friday("10:11:00"));
    assert_eq!(statuses(&desk, 1).await, [200]);
    let half = async |seed: u64| {
        let venue = super::venue(super::config(friday("10:10:00")));
        let desk = Desk::open(venue, unmetered()).await;
        let body = json!({"set": "5xx%0.5", "seed": seed}).to_string();
        desk.post("/control/faults", &body).await;
        let seen = statuses(&desk, 64).await;
        let failed = seen.iter().filter(|status| **status == 503).count();
        assert_eq!(struck(&desk), failed as u64);
        assert!((16..48).contains(&failed), "{failed} of 64");
        seen
    };
    assert_eq!(
        half(1).await,
        half(1).await,
        "the same seed, the same draws"
    );
    assert_ne!(half(1).await, half(2).await);
}

#[tokio::test]
async fn errors_keep_their_codes_and_say_it_in_other_words() {
    let desk = desk("reworded").await;
    let words = "The request was not processed.";
    let absent = desk.get("/v2/orders/nobody").await;
    assert_eq!(absent.json(), json!({"code": 40_410_000, "message": words}));
    let empty = desk
        .get("/time_series?symbol=ZZZZ&interval=30min&outputsize=1")
        .await;
    assert_eq!(
        empty.json(),
        json!({"code": 404, "message": words, "status": "error"})
    );
    assert_eq!(struck(&desk), 2);
    set(&desk, "402@fmp").await;
    let plain = desk.get("/stable/quote?symbol=TQQQ").await;
    assert_eq!((plain.status, plain.text.as_str()), (402, words));
    assert_eq!(desk.get("/v2/account").await.status, 200);
    assert_eq!(struck(&desk), 3, "a good answer stays as it is");
}

#[tokio::test]
async fn the_time_that_one_answer_takes_is_not_anothers() {
    let desk = desk("slow=12@twelve-data").await;
    let began = desk.shared.now();
    let series = "/time_series?symbol=TQQQ&interval=30min&outputsize=1";
    let (slow, other, prompt) = tokio::join!(
        desk.get(series),
        desk.get("/price?symbol=TQQQ"),
        desk.get("/v2/clock"),
    );
    assert_eq!((slow.status, other.status), (200, 200));
    let told: Instant = prompt.field("timestamp").parse().unwrap();
    assert_eq!(
        told, began,
        "answered before the time of the slow ones passes"
    );
    let took = desk.shared.now().duration_since(began);
    assert_eq!(
        took,
        market::time::seconds(12),
        "the slow ones are slow together"
    );
}
