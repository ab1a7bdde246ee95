//! What every request meets before a page: who is called, who calls, and what goes with the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::desk::Desk;
use crate::door::COOKIE;

/// Nothing but our own files, no script in a page, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// Goes with every answer.
const HEADERS: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: under it a browser sends its own forms from the origin `null`.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
    ("cache-control", "no-store"),
];
/// What whoever has no session may always fetch: the login, its looks, and a sign of life.
const OPEN: [&str; 5] = [
    "/login",
    "/healthz",
    "/assets/app.css",
    "/assets/app.js",
    "/assets/icon.svg",
];

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Nobody we know.
    Guest,
    /// Whoever gave the token.
    Owner {
        /// What this session's forms send back.
        seal: String,
    },
}

impl Visitor {
    pub(crate) fn seal(&self) -> Option<&str> {
        match self {
            Self::Guest => None,
            Self::Owner { seal } => Some(seal),
        }
    }
}

/// Lets a request through, or says why not.
pub(crate) async fn guard(
    State(desk): State<Arc<Desk>>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = desk.opening.clock.monotonic();
    let mut response = match admit(&desk, &mut request) {
        Ok(()) => next.run(request).await,
        Err(barred) => barred.into_response(),
    };
    let took = desk.opening.clock.monotonic().0 - began.0;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    let timing = format!("page;dur={:.1}", took.as_secs_f64() * 1e3);
    if let Ok(timing) = HeaderValue::from_str(&timing) {
        headers.insert("server-timing", timing);
    }
    response
}

fn admit(desk: &Desk, request: &mut Request) -> Result<(), Barred> {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    if !is_ours(host, &desk.opening.hosts) {
        return Err(Barred::OtherName);
    }
    if request.method() == Method::POST && is_cross_site(headers, host) {
        return Err(Barred::OtherSite);
    }
    let visitor = visitor(desk, headers)?;
    let path = request.uri().path();
    let may_read = desk.opening.door.free_reading() || OPEN.contains(&path);
    if visitor == Visitor::Guest && !may_read {
        return Err(Barred::Stranger);
    }
    request.extensions_mut().insert(visitor);
    Ok(())
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    /// It calls by a name that is not ours.
    OtherName,
    /// It was sent from a page of somebody else.
    OtherSite,
    /// It brings a token that is not ours.
    WrongToken,
    /// It needs the token first.
    Stranger,
    /// Its form was made for another session.
    OtherSession,
}

impl IntoResponse for Barred {
    fn into_response(self) -> Response {
        match self {
            Self::OtherName => {
                let text = "this desk does not go by that name; see `tqqq dashboard --host`\n";
                (StatusCode::MISDIRECTED_REQUEST, text).into_response()
            }
            Self::OtherSite => (StatusCode::FORBIDDEN, "sent from another site\n").into_response(),
            Self::WrongToken => (StatusCode::UNAUTHORIZED, Body::empty()).into_response(),
            Self::Stranger => Redirect::to("/login").into_response(),
            Self::OtherSession => {
                let text = "this form is of another session; load the page again\n";
                (StatusCode::FORBIDDEN, text).into_response()
            }
        }
    }
}

/// A page elsewhere may point a name of its own at this address and read what it answers
/// (DNS rebinding); the browser then says that name.
fn is_ours(host: Option<&str>, ours: &[String]) -> bool {
    host.is_some_and(|host| ours.iter().any(|name| name.eq_ignore_ascii_case(host)))
}

/// A browser says where a form was sent from; one that does not say is held to the form's seal.
fn is_cross_site(headers: &HeaderMap, host: Option<&str>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let elsewhere = text(header::ORIGIN).is_some_and(|origin| {
        let named = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        named.is_none() || named != host
    });
    let site = text(HeaderName::from_static("sec-fetch-site"));
    elsewhere || site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// A browser has a cookie; a program sends the token itself.
fn visitor(desk: &Desk, headers: &HeaderMap) -> Result<Visitor, Barred> {
    let (door, now) = (&desk.opening.door, desk.opening.clock.monotonic());
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return match door.try_token(token, now) {
            // A program has no form, so no seal opens one for it.
            Ok(()) => Ok(Visitor::Owner {
                seal: desk.opening.entropy.run_id().to_string(),
            }),
            Err(_) => Err(Barred::WrongToken),
        };
    }
    let seal = cookie(headers).and_then(|cookie| door.seal(cookie, now));
    Ok(seal.map_or(Visitor::Guest, |seal| Visitor::Owner { seal }))
}

/// What the session's cookie carries.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))
}
