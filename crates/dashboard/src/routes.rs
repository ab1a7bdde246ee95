//! Which address shows what.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chronicle::slots::entries_from;
use market::Slot;
use serde::Deserialize;
use trading::record::HaltLevel;

use crate::board::{Halt, Unswitched};
use crate::desk::Desk;
use crate::door::{COOKIE, SESSION_S, Shut};
use crate::guard::{self, Barred, Visitor};
use crate::page::decisions::Decisions;
use crate::page::equity::Equity;
use crate::page::health::Health;
use crate::page::login::Login;
use crate::page::now::Now;
use crate::page::orders::Orders;
use crate::page::reports::Reports;
use crate::page::slot::SlotPage;
use crate::page::{show, show_as};
use crate::{live, metrics, research};

/// Largest form taken, in bytes.
const FORM_BYTES_MAX: usize = 4096;
/// Longest reason for a halt, in characters.
const REASON_MAX: usize = 200;
/// A report's own styles, and nothing else of it, sandboxed.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox";

type Shared = State<Arc<Desk>>;
type Caller = Extension<Visitor>;

impl Desk {
    /// The pages.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(now))
            .route("/equity", get(equity))
            .route("/decisions", get(decisions))
            .route("/decisions/{slot}", get(slot))
            .route("/orders", get(orders))
            .route("/health", get(health))
            .route("/research", get(reports))
            .route("/research/{name}", get(report))
            .route("/live", get(live::live))
            .route("/metrics", get(metrics::metrics))
            .route("/healthz", get(async || "alive\n"))
            .route("/login", get(login).post(enter))
            .route("/logout", post(leave))
            .route("/halt", post(halt))
            .route("/resume", post(resume))
            .route("/assets/{name}", get(asset))
            .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
            .layer(from_fn_with_state(self.clone(), guard::guard))
            .with_state(self.clone())
    }
}

async fn now(State(desk): Shared, Extension(visitor): Caller) -> Response {
    show(&Now::new(&desk, &visitor))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    span: String,
    day: Option<String>,
    year: Option<i16>,
    #[serde(default)]
    page: usize,
}

async fn equity(
    State(desk): Shared,
    Extension(visitor): Caller,
    Query(asked): Query<Asked>,
) -> Response {
    show(&Equity::new(&desk, &visitor, &asked.span))
}

async fn decisions(
    State(desk): Shared,
    Extension(visitor): Caller,
    Query(asked): Query<Asked>,
) -> Response {
    let wanted = asked.day.as_deref().and_then(|day| day.parse().ok());
    show(&Decisions::new(&desk, &visitor, wanted))
}

async fn slot(
    State(desk): Shared,
    Extension(visitor): Caller,
    Path(name): Path<String>,
) -> Response {
    let not_there = || (StatusCode::NOT_FOUND, "no slot of this journal\n").into_response();
    let Ok(slot) = name.parse::<Slot>() else {
        return not_there();
    };
    let Some(from) = desk.read().book.mark(slot).map(|mark| mark.first_seq) else {
        return not_there();
    };
    match entries_from(desk.opening.journal.as_ref(), slot, from).await {
        Ok(entries) if entries.is_empty() => not_there(),
        Ok(entries) => show(&SlotPage::new(&desk, &visitor, slot, &entries)),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &chronicle::ChronicleError) -> Response {
    tracing::error!(%error, "the journal could not be read");
    let text = format!("the journal could not be read: {error}\n");
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

async fn orders(
    State(desk): Shared,
    Extension(visitor): Caller,
    Query(asked): Query<Asked>,
) -> Response {
    show(&Orders::new(&desk, &visitor, asked.page))
}

async fn health(
    State(desk): Shared,
    Extension(visitor): Caller,
    Query(asked): Query<Asked>,
) -> Response {
    show(&Health::new(&desk, &visitor, asked.year))
}

async fn reports(State(desk): Shared, Extension(visitor): Caller) -> Response {
    show(&Reports::new(&desk, &visitor))
}

async fn report(State(desk): Shared, Path(name): Path<String>) -> Response {
    let read = research::report_of(&desk.opening.reports, &name).map(std::fs::read);
    match read {
        Some(Ok(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, REPORT_POLICY),
            ];
            (headers, bytes).into_response()
        }
        _ => (StatusCode::NOT_FOUND, "no such report\n").into_response(),
    }
}

async fn login() -> Response {
    show(&Login { refused: None })
}

#[derive(Deserialize)]
struct TokenForm {
    token: String,
}

async fn enter(State(desk): Shared, Form(form): Form<TokenForm>) -> Response {
    let (clock, entropy) = (&desk.opening.clock, &desk.opening.entropy);
    let door = &desk.opening.door;
    match door.enter(form.token.trim(), clock.monotonic(), entropy.as_ref()) {
        Ok(pass) => {
            let cookie = format!(
                "{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_S}",
                pass.cookie
            );
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(Shut::Wrong) => {
            let refused = Some("That is not the token.".to_owned());
            show_as(StatusCode::FORBIDDEN, &Login { refused })
        }
        Err(Shut::TooMany { wait_s }) => {
            let refused = Some(format!("Too many wrong tokens: wait {wait_s} seconds."));
            let page = show_as(StatusCode::TOO_MANY_REQUESTS, &Login { refused });
            ([(header::RETRY_AFTER, wait_s.to_string())], page).into_response()
        }
    }
}

#[derive(Deserialize)]
struct SwitchForm {
    seal: String,
    #[serde(default)]
    how: String,
    #[serde(default)]
    reason: String,
}

impl SwitchForm {
    /// # Errors
    /// [`Barred`] for who is not the owner, or sends a form that this session was not given.
    fn check(&self, visitor: &Visitor) -> Result<(), Barred> {
        match visitor.seal() {
            None => Err(Barred::Stranger),
            Some(seal) if seal == self.seal => Ok(()),
            Some(_) => Err(Barred::OtherSession),
        }
    }

    fn reason(&self) -> String {
        let reason: String = self.reason.trim().chars().take(REASON_MAX).collect();
        if reason.is_empty() {
            "from the dashboard".to_owned()
        } else {
            reason
        }
    }
}

async fn leave(
    State(desk): Shared,
    Extension(visitor): Caller,
    headers: HeaderMap,
    Form(form): Form<SwitchForm>,
) -> Response {
    if let Err(barred) = form.check(&visitor) {
        return barred.into_response();
    }
    if let Some(cookie) = guard::cookie(&headers) {
        desk.opening.door.leave(cookie);
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    ([(header::SET_COOKIE, gone)], Redirect::to("/")).into_response()
}

async fn halt(
    State(desk): Shared,
    Extension(visitor): Caller,
    Form(form): Form<SwitchForm>,
) -> Response {
    if let Err(barred) = form.check(&visitor) {
        return barred.into_response();
    }
    let Some(switches) = &desk.opening.switches else {
        return no_switches();
    };
    let (level, flatten) = match form.how.as_str() {
        "freeze" => (HaltLevel::Frozen, false),
        "flatten" => (HaltLevel::ReduceOnly, true),
        "entries" => (HaltLevel::ReduceOnly, false),
        other => return unknown_halt(other),
    };
    let halt = Halt {
        level,
        flatten,
        reason: form.reason(),
    };
    switched(&desk, switches.halt(halt).await).await
}

async fn resume(
    State(desk): Shared,
    Extension(visitor): Caller,
    Form(form): Form<SwitchForm>,
) -> Response {
    if let Err(barred) = form.check(&visitor) {
        return barred.into_response();
    }
    match &desk.opening.switches {
        None => no_switches(),
        Some(switches) => switched(&desk, switches.resume(form.reason()).await).await,
    }
}

/// Shows what now holds: the page that follows must know of it.
async fn switched(desk: &Desk, thrown: Result<(), Unswitched>) -> Response {
    match thrown {
        Ok(()) => {
            if let Err(error) = desk.catch_up(desk.opening.journal.as_ref()).await {
                tracing::warn!(%error, "the journal could not be read after a switch");
            }
            Redirect::to("/").into_response()
        }
        Err(error) => (StatusCode::CONFLICT, format!("{error}\n")).into_response(),
    }
}

/// Never the mildest halt by default: whoever pressed something stronger would believe in it.
fn unknown_halt(how: &str) -> Response {
    let text = format!("how={how:?} is no halt; it is `entries`, `flatten` or `freeze`\n");
    (StatusCode::BAD_REQUEST, text).into_response()
}

fn no_switches() -> Response {
    let text = "this journal is only read here; use `tqqq halt` where the runner is\n";
    (StatusCode::CONFLICT, text).into_response()
}

async fn asset(Path(name): Path<String>) -> Response {
    let found = match name.as_str() {
        "app.css" => ("text/css; charset=utf-8", include_str!("../assets/app.css")),
        "app.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../assets/app.js"),
        ),
        "icon.svg" => ("image/svg+xml", include_str!("../assets/icon.svg")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let (kind, text) = found;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, text).into_response()
}
