//! What keeps strangers out: a test for each wall around the pages.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use chronicle::status::MoneyKind;
use cycle::fake::{CrashPoints, FakeClock, FakeEntropy};
use cycle::port::{Draft, Entropy, Journal};
use dashboard::{Desk, Door, Halt, Opening, Switchboard, Unswitched};
use journal::{Chain, Memory};
use market::Calendar;
use tower::ServiceExt;
use trading::account::AccountId;
use trading::record::{Binding, HaltLevel, Record};
use trading::settings::Settings;

const TOKEN: &str = "the-token-of-this-test";
const HOST: &str = "127.0.0.1:8701";

/// What the switches were asked for.
#[derive(Default)]
struct Asked(Mutex<Vec<Halt>>);

#[async_trait]
impl Switchboard for Asked {
    async fn halt(&self, halt: Halt) -> Result<(), Unswitched> {
        self.0.lock().unwrap().push(halt);
        Ok(())
    }

    async fn resume(&self, _: String) -> Result<(), Unswitched> {
        Ok(())
    }
}

struct Stand {
    pages: Router,
    asked: Arc<Asked>,
    _reports: tempfile::TempDir,
}

/// A desk over a journal of one record; `free_reading` as on a loopback address.
async fn stand(free_reading: bool) -> Stand {
    let crash = Arc::new(CrashPoints::default());
    let at = "2025-05-12T14:00:00Z".parse().unwrap();
    let clock = Arc::new(FakeClock::new(at, crash));
    let entropy = Arc::new(FakeEntropy::default());
    let chain = Chain::new(Memory::new(), clock.clone());
    let bound = Record::Bound(Binding {
        account: AccountId::new("account<script>"),
        host: "local".to_owned(),
        description: String::new(),
    });
    let draft = Draft {
        expected: None,
        slot: None,
        run: entropy.run_id(),
        at,
        records: vec![bound],
        bodies: Vec::new(),
    };
    chain.append(&draft).await.unwrap();
    let chain: Arc<dyn Journal> = Arc::new(chain);
    let (asked, reports) = (Arc::new(Asked::default()), tempfile::tempdir().unwrap());
    let desk = Desk::open(Opening {
        journal: chain.clone(),
        name: "a.journal".into(),
        clock,
        entropy,
        settings: Settings::default(),
        calendar: Calendar::nyse(),
        money: |_| MoneyKind::Play,
        wall_time: true,
        switches: Some(asked.clone()),
        door: Door::new(TOKEN, free_reading),
        hosts: vec![HOST.to_owned()],
        reports: reports.path().to_owned(),
    });
    desk.catch_up(chain.as_ref()).await.unwrap();
    Stand {
        pages: desk.router(),
        asked,
        _reports: reports,
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    fn cookie(&self) -> String {
        let set = self.header("set-cookie");
        set.split(';').next().unwrap().to_owned()
    }
}

impl Stand {
    async fn ask(&self, request: Request<Body>) -> Answer {
        let answer = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(request("GET", path, headers, "")).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        self.ask(request("POST", path, headers, form)).await
    }

    /// A session's cookie, and the seal that its forms carry.
    async fn log_in(&self) -> (String, String) {
        let form = format!("token={TOKEN}");
        let answer = self.post("/login", &[], &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let cookie = answer.cookie();
        let page = self.get("/", &[("cookie", &cookie)]).await.text;
        let seal = page.split("name=\"seal\" value=\"").nth(1).unwrap();
        (cookie, seal.split('"').next().unwrap().to_owned())
    }

    fn halts(&self) -> usize {
        self.asked.0.lock().unwrap().len()
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], form: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    let is_named = headers.iter().any(|(name, _)| *name == "host");
    if !is_named {
        request = request.header(header::HOST, HOST);
    }
    if method == "POST" {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(form.to_owned())).unwrap()
}

const PAGES: [&str; 7] = [
    "/",
    "/equity",
    "/decisions",
    "/orders",
    "/health",
    "/research",
    "/metrics",
];

#[tokio::test]
async fn on_this_machine_reading_is_free_and_on_any_other_address_nothing_is() {
    let (free, held) = (stand(true).await, stand(false).await);
    for page in PAGES {
        assert_eq!(free.get(page, &[]).await.status, StatusCode::OK, "{page}");
        let shut = held.get(page, &[]).await;
        assert_eq!(shut.status, StatusCode::SEE_OTHER, "{page}");
        assert_eq!(shut.header("location"), "/login");
    }
    for open in ["/login", "/healthz", "/assets/app.css"] {
        assert_eq!(held.get(open, &[]).await.status, StatusCode::OK, "{open}");
    }
    let (cookie, _) = held.log_in().await;
    let inside = held.get("/", &[("cookie", &cookie)]).await;
    assert_eq!(inside.status, StatusCode::OK);
}

#[tokio::test]
async fn a_program_sends_the_token_with_every_request() {
    let held = stand(false).await;
    let right = format!("Bearer {TOKEN}");
    let asked = |token: String| {
        let held = &held;
        async move { held.get("/metrics", &[("authorization", &token)]).await }
    };
    assert_eq!(asked(right).await.status, StatusCode::OK);
    let wrong = asked("Bearer another".to_owned()).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_name_that_is_not_ours_is_answered_by_nothing() {
    let stand = stand(true).await;
    for name in ["evil.example", "evil.example:8701", "127.0.0.1", ""] {
        let answer = stand.get("/", &[("host", name)]).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{name}");
        assert!(!answer.text.contains("journal"), "{name}");
    }
}

#[tokio::test]
async fn nobody_halts_without_a_session_and_its_own_form() {
    let stand = stand(true).await;
    let (cookie, seal) = stand.log_in().await;
    let form = format!("seal={seal}&how=entries");
    let guest = stand.post("/halt", &[], &form).await;
    assert_eq!(guest.header("location"), "/login");
    for forged in ["seal=&how=entries", "seal=0123456789abcdef&how=entries"] {
        let answer = stand.post("/halt", &[("cookie", &cookie)], forged).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{forged}");
    }
    let unsealed = stand
        .post("/halt", &[("cookie", &cookie)], "how=entries")
        .await;
    assert!(unsealed.status.is_client_error());
    let bearer = format!("Bearer {TOKEN}");
    let program = stand
        .post("/halt", &[("authorization", &bearer)], &form)
        .await;
    assert_eq!(program.status, StatusCode::FORBIDDEN);
    assert_eq!(stand.halts(), 0);
    let owner = stand.post("/halt", &[("cookie", &cookie)], &form).await;
    assert_eq!(owner.status, StatusCode::SEE_OTHER);
    assert_eq!(stand.halts(), 1);
}

#[tokio::test]
async fn a_halt_that_is_not_known_is_no_mild_one() {
    let stand = stand(true).await;
    let (cookie, seal) = stand.log_in().await;
    for how in ["frezee", "FREEZE", ""] {
        let form = format!("seal={seal}&how={how}");
        let answer = stand.post("/halt", &[("cookie", &cookie)], &form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{how}");
        assert!(answer.text.contains("`entries`, `flatten` or `freeze`"));
    }
    assert_eq!(stand.halts(), 0);
}

#[tokio::test]
async fn a_form_sent_from_another_site_is_refused() {
    let stand = stand(true).await;
    let (cookie, seal) = stand.log_in().await;
    let form = format!("seal={seal}&how=freeze");
    let table = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for said in table {
        let answer = stand
            .post("/halt", &[("cookie", &cookie), said], &form)
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{said:?}");
    }
    assert_eq!(stand.halts(), 0);
    let ours = ("origin", "http://127.0.0.1:8701");
    stand
        .post("/halt", &[("cookie", &cookie), ours], &form)
        .await;
    let halts = stand.asked.0.lock().unwrap().clone();
    assert_eq!(halts[0].level, HaltLevel::Frozen);
    assert_eq!(halts[0].reason, "from the dashboard");
}

#[tokio::test]
async fn the_cookie_is_for_this_site_and_no_script() {
    let stand = stand(true).await;
    let answer = stand.post("/login", &[], &format!("token={TOKEN}")).await;
    let cookie = answer.header("set-cookie");
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(word), "{cookie}");
    }
}

#[tokio::test]
async fn a_session_that_left_opens_nothing() {
    let stand = stand(true).await;
    let (cookie, seal) = stand.log_in().await;
    let form = format!("seal={seal}");
    stand.post("/logout", &[("cookie", &cookie)], &form).await;
    let form = format!("seal={seal}&how=entries");
    let answer = stand.post("/halt", &[("cookie", &cookie)], &form).await;
    assert_eq!(answer.header("location"), "/login");
    assert_eq!(stand.halts(), 0);
}

#[tokio::test]
async fn guessing_is_stopped_after_five_wrong_tokens() {
    let stand = stand(true).await;
    for _ in 0..5 {
        let answer = stand.post("/login", &[], "token=guess").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let right = stand.post("/login", &[], &format!("token={TOKEN}")).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(right.header("set-cookie").is_empty());
    let wait: i64 = right.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_bind_a_browser() {
    let stand = stand(true).await;
    let refused = ("host", "evil.example");
    let answers = [
        stand.get("/", &[]).await,
        stand.get("/login", &[]).await,
        stand.get("/nowhere", &[]).await,
        stand.get("/", &[refused]).await,
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn no_page_has_a_script_or_a_style_of_its_own() {
    let stand = stand(true).await;
    let (cookie, _) = stand.log_in().await;
    for page in PAGES {
        let text = stand.get(page, &[("cookie", &cookie)]).await.text;
        for inline in [
            " style=",
            "<style",
            "javascript:",
            " onclick=",
            " onload=",
            "//cdn",
        ] {
            assert!(!text.contains(inline), "{page} has {inline}");
        }
        let scripts = text.matches("<script").count();
        let own = text
            .matches("<script src=\"/assets/app.js\" defer>")
            .count();
        assert_eq!(scripts, own, "{page}");
    }
}

#[tokio::test]
async fn what_the_journal_says_is_text_and_never_markup() {
    let stand = stand(true).await;
    let text = stand.get("/health", &[]).await.text;
    assert!(text.contains("account&#60;script&#62;"), "{text}");
}

#[tokio::test]
async fn no_page_holds_a_secret() {
    let stand = stand(true).await;
    let (cookie, _) = stand.log_in().await;
    let value = cookie.split_once('=').unwrap().1;
    for page in PAGES.into_iter().chain(["/login", "/assets/app.js"]) {
        let answer = stand.get(page, &[("cookie", &cookie)]).await;
        assert!(!answer.text.contains(TOKEN), "{page} holds the token");
        assert!(!answer.text.contains(value), "{page} holds the cookie");
        assert!(answer.header("set-cookie").is_empty(), "{page}");
    }
}

#[tokio::test]
async fn a_form_beyond_its_size_is_not_read() {
    let stand = stand(true).await;
    let form = format!("token={}", "x".repeat(5000));
    let answer = stand.post("/login", &[], &form).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn what_is_asked_for_and_is_not_there_is_not_found() {
    let stand = stand(true).await;
    for path in [
        "/decisions/2025-05-12T10:30",
        "/decisions/nonsense",
        "/research/..%2Fa.journal",
        "/assets/..%2FCargo.toml",
        "/assets/other.css",
    ] {
        assert_eq!(
            stand.get(path, &[]).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
