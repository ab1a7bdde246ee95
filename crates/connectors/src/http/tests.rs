//! The client on a real socket: what is answered, what is unknown, what was never sent.

use super::*;
use crate::loopback::{Act, TestClock, ok, reply, serve};
use crate::secret::{AlpacaKeys, Redactor};

const SECRET: &str = "s3cr3tS3CR3Ts3cr3t";
const LIMITS: crate::budget::Limits = crate::budget::Limits {
    per_minute: 8,
    per_day: None,
};

fn rate(headers: &HeaderMap) -> Option<Rate> {
    let (used, left) = (
        Answer::number(headers, "used")?,
        Answer::number(headers, "left")?,
    );
    Some(Rate {
        used,
        limit: used + left,
    })
}

fn http(base: &str, clock: &Arc<TestClock>) -> Http {
    let keys = AlpacaKeys::new("PKTESTKEYID", SECRET).unwrap();
    let redactor = Redactor::new([keys.id.clone(), keys.secret.clone()]);
    let header = SecretHeader {
        name: HeaderName::from_static("x-secret"),
        prefix: "key ",
        secret: keys.secret,
    };
    let budget = Budget::new("test", LIMITS);
    let vendor = Vendor {
        name: "test",
        base: base.to_owned(),
        headers: vec![header],
        rate,
        budget,
    };
    Http::new(
        Transport::new(redactor, false).unwrap(),
        Arc::clone(clock) as Arc<dyn Clock>,
        vendor,
    )
}

async fn post(http: &Http, fence: SendFence) -> Result<Answer, HttpError> {
    http.mutate(Method::POST, "/order", Some(r#"{"qty":"1"}"#.into()), fence)
        .await
}

#[tokio::test]
async fn a_call_says_who_we_are_and_keeps_its_connection() {
    let clock = TestClock::still();
    let (base, seen) = serve(vec![ok("{}"), ok("{}")]);
    let http = http(&base, &clock);
    http.get(
        "/clock",
        &[("after", "2026-11-20T15:30:05Z"), ("symbols", "A,B")],
    )
    .await
    .unwrap();
    post(&http, clock.fence()).await.unwrap();
    let (first, get) = seen.recv().unwrap();
    let (second, post) = seen.recv().unwrap();
    assert_eq!((first, second), (1, 1), "one connection for both");
    assert!(
        get.starts_with("GET /clock?after=2026-11-20T15%3A30%3A05Z&symbols=A%2CB HTTP/1.1\r\n"),
        "{get}"
    );
    assert!(
        get.contains(concat!("user-agent: tqqq/", env!("CARGO_PKG_VERSION"))),
        "{get}"
    );
    assert!(get.contains(&format!("x-secret: key {SECRET}")), "{get}");
    assert!(
        post.ends_with("\r\n\r\n{\"qty\":\"1\"}")
            && post.contains("content-type: application/json"),
        "{post}"
    );
    assert_eq!(http.transport.calls().get(), 2);
}

#[tokio::test]
async fn any_status_and_any_body_is_an_answer() {
    let page = "<html>502 Bad Gateway</html>";
    let (base, _seen) = serve(vec![
        reply("502 Bad Gateway", "content-type: text/html\r\n", page),
        reply(
            "302 Found",
            "location: http://127.0.0.1:1/elsewhere\r\n",
            "",
        ),
        reply("401 Unauthorized", "", "<html>401</html>"),
    ]);
    let http = http(&base, &TestClock::still());
    let answer = http.get("/clock", &[]).await.unwrap();
    assert_eq!((answer.status(), answer.bytes()), (502, page.as_bytes()));
    assert_eq!(
        http.get("/clock", &[]).await.unwrap().status(),
        302,
        "redirects are not followed"
    );
    assert_eq!(http.get("/clock", &[]).await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_incomplete_answer_is_unknown_to_a_mutation_and_passing_to_a_read() {
    let cut = [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
        "HTTP/1.1 200 O",
        "",
        "not http at all\r\n\r\n",
    ];
    for bytes in cut {
        let clock = TestClock::still();
        let (base, _seen) = serve(vec![Act::Cut(bytes.into()), Act::Cut(bytes.into())]);
        let http = http(&base, &clock);
        let error = post(&http, clock.fence()).await.unwrap_err();
        assert!(
            matches!(error, HttpError::Unknown { .. }),
            "{bytes:?}: {error}"
        );
        let error = ReadError::from(http.get("/clock", &[]).await.unwrap_err());
        assert!(
            matches!(error, ReadError::Transient(_)),
            "{bytes:?}: {error}"
        );
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let body = "x".repeat(9 << 20);
    let (base, _seen) = serve(vec![Act::Cut(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))]);
    let error = http(&base, &TestClock::still())
        .get("/clock", &[])
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "no answer: test /clock: the reply is longer than 8388608 bytes"
    );
}

#[tokio::test]
async fn silence_is_unknown_once_the_clock_says_so() {
    let clock = TestClock::still();
    let (base, seen) = serve(vec![
        Act::Starve(Arc::clone(&clock)),
        Act::Starve(Arc::clone(&clock)),
    ]);
    let http = http(&base, &clock);
    let error = post(&http, clock.fence()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no answer: test /order: nothing complete within 10s"
    );
    assert!(matches!(error, HttpError::Unknown { .. }));
    assert!(http.get("/clock", &[]).await.is_err());
    let connections: Vec<usize> = seen
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(number, _)| number)
        .take(2)
        .collect();
    assert_eq!(
        connections,
        [1, 2],
        "the connection of a call given up is not used again"
    );
}

#[tokio::test]
async fn nobody_there_means_certainly_not_sent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let clock = TestClock::still();
    let http = http(&format!("http://{free}"), &clock);
    let error = post(&http, clock.fence()).await.unwrap_err();
    assert!(matches!(error, HttpError::NotSent { .. }), "{error}");
    assert!(matches!(ReadError::from(error), ReadError::Transient(_)));
}

#[tokio::test]
async fn a_fallen_fence_opens_no_connection() {
    let cases: [(&str, Duration, &str); 2] = [
        ("2026-11-20T15:30:10Z", Duration::ZERO, "wall"),
        ("2026-11-20T15:30:05Z", seconds(5), "monotonic"),
    ];
    for (now, step, word) in cases {
        let clock = TestClock::at("2026-11-20T15:30:05Z", step);
        let fence = clock.fence();
        let (base, seen) = serve(vec![ok("{}")]);
        let http = http(&base, &clock);
        clock.set(now);
        let error = post(&http, fence).await.unwrap_err();
        let expected = format!(
            "not sent: test /order: it was to leave before 2026-11-20T10:30:10-05:00, and by the {word} clock that has passed"
        );
        assert_eq!(
            error,
            HttpError::NotSent {
                why: expected.trim_start_matches("not sent: ").into()
            }
        );
        assert_eq!(error.to_string(), expected);
        assert!(seen.try_recv().is_err());
    }
}

#[tokio::test]
async fn a_fence_that_falls_while_the_connection_opens_stops_the_first_byte() {
    // Three seconds pass with every reading: the one before dispatch is in time, the one on the
    // open connection is not.
    let clock = TestClock::at("2026-11-20T15:30:05Z", seconds(3));
    let (base, seen) = serve(vec![ok("{}")]);
    let error = post(&http(&base, &clock), clock.fence()).await.unwrap_err();
    assert!(
        matches!(&error, HttpError::NotSent { why } if why.contains("monotonic")),
        "{error}"
    );
    assert_eq!(
        seen.recv().unwrap(),
        (1, String::new()),
        "opened and closed without a byte"
    );
}

#[tokio::test]
async fn a_read_knows_no_fence() {
    let clock = TestClock::at("2026-11-20T15:30:05Z", seconds(3600));
    let (base, _seen) = serve(vec![ok("{}")]);
    assert!(http(&base, &clock).get("/clock", &[]).await.is_ok());
}

#[tokio::test]
async fn no_secret_comes_back_out() {
    let echo = format!(r#"{{"you":"sent {SECRET}","id":"PKTESTKEYID"}}"#);
    let clock = TestClock::still();
    let (base, _seen) = serve(vec![
        ok(&echo),
        Act::Cut(format!("{SECRET} is no status line\r\n\r\n")),
    ]);
    let http = http(&base, &clock);
    let answer = http.get("/clock", &[]).await.unwrap();
    assert!(!format!("{answer:?}").contains("PKTESTKEYID"));
    let body = answer.into_body("test/clock");
    assert_eq!(
        String::from_utf8(body.bytes).unwrap(),
        r#"{"you":"sent [redacted]","id":"[redacted]"}"#
    );
    let path = format!("/{SECRET}?key={SECRET}");
    let error = http.get(&path, &[]).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
}

#[tokio::test]
async fn a_body_is_cited_by_the_hash_of_its_bytes() {
    let (base, _seen) = serve(vec![ok("{}")]);
    let body = http(&base, &TestClock::still())
        .get("/clock", &[])
        .await
        .unwrap()
        .into_body("test/clock");
    assert_eq!(body.reference.what, "test/clock");
    assert_eq!(
        body.reference.hash.to_string(),
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "SHA-256 of {{}}"
    );
}

#[tokio::test]
async fn the_budget_is_asked_before_and_told_after_each_call() {
    let clock = TestClock::still();
    let (base, seen) = serve(vec![
        reply("200 OK", "used: 7\r\nleft: 1\r\n", "{}"),
        ok("{}"),
        ok("{}"),
    ]);
    let http = http(&base, &clock);
    http.get("/a", &[]).await.unwrap();
    http.get("/b", &[]).await.unwrap();
    let error = http.get("/c", &[]).await.unwrap_err();
    assert!(
        matches!(&error, HttpError::Exhausted(exhausted) if exhausted.used == 8),
        "{error}"
    );
    assert!(matches!(ReadError::from(error), ReadError::Transient(_)));
    clock.set("2026-11-20T15:31:00Z");
    http.get("/d", &[]).await.unwrap();
    let paths: Vec<String> = seen
        .iter()
        .take(3)
        .map(|(_, text)| text[4..6].to_owned())
        .collect();
    assert_eq!(
        paths,
        ["/a", "/b", "/d"],
        "what the budget forbids is not sent"
    );
}

#[tokio::test]
async fn a_429_is_remembered_for_its_minute() {
    let clock = TestClock::still();
    let (base, _seen) = serve(vec![
        reply(
            "429 Too Many Requests",
            "used: 9\r\nleft: 0\r\n",
            "slow down",
        ),
        ok("{}"),
    ]);
    let http = http(&base, &clock);
    assert_eq!(http.get("/a", &[]).await.unwrap().status(), 429);
    let error = post(&http, clock.fence()).await.unwrap_err();
    assert!(matches!(error, HttpError::Exhausted(_)), "{error}");
    clock.set("2026-11-20T15:31:01Z");
    assert!(http.get("/b", &[]).await.is_ok());
}
