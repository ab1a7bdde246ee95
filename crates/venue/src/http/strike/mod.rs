//! Faults on the wire: what is lost before a request is carried out, and what becomes of its answer.

mod edit;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use market::Duration;

use super::reply::{Reply, VendorError};
use super::shared::{Exchange, Mode, Shared};
use super::{alpaca, fmp, gate, twelve_data};
use crate::fault::{Call, Delivery, Kind, Limited, PlanGate, Vendor};

/// Largest answer that is changed on its way; the largest history is below two.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a request meets before anybody looks at it.
pub(super) enum Met {
    /// Nothing.
    Nobody,
    /// The connection breaks.
    Reset,
    /// An answer that nobody gave.
    Answer(Box<Response>),
}

/// What happens before a request is carried out; a late one waits here.
pub(super) async fn before(shared: &Shared, call: &Call) -> Met {
    let late = shared.lock().venue.strike(call, |kind| match kind {
        Kind::Late(delay) => Some(*delay),
        _ => None,
    });
    if let Some(delay) = late {
        pass_time(shared, delay).await;
    }
    let mut exchange = shared.lock();
    let lost = |kind: &Kind| (*kind == Kind::ResetBefore).then_some(());
    if exchange.venue.strike(call, lost).is_some() {
        return Met::Reset;
    }
    match exchange.venue.strike(call, refusal) {
        Some(kind) => Met::Answer(Box::new(exchange.refuse(call, &kind))),
        None => Met::Nobody,
    }
}

fn refusal(kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::RateLimited(_)
        | Kind::Unauthorized
        | Kind::PlanRefused(_)
        | Kind::ServerError(_)
        | Kind::Html(_) => Some(kind.clone()),
        _ => None,
    }
}

/// Whose answer counts where a request is carried out twice.
pub(super) fn duplicated(shared: &Shared, call: &Call) -> Option<Delivery> {
    if call.method == "GET" {
        return None;
    }
    shared.lock().venue.strike(call, |kind| match kind {
        Kind::Duplicated(delivery) => Some(*delivery),
        _ => None,
    })
}

/// What becomes of an answer; a slow one waits here.
pub(super) async fn after(shared: &Shared, call: &Call, response: Response) -> Response {
    let due = shared.lock().venue.due(call, answer_fault);
    let mut response = response;
    for (id, kind) in due {
        let (changed, struck) = apply(shared, call, &kind, response).await;
        response = changed;
        if struck {
            shared.lock().venue.struck(id);
        }
    }
    response
}

fn answer_fault(kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::Slow(_)
        | Kind::ResetAfter
        | Kind::LostAnswer(_)
        | Kind::Empty(_)
        | Kind::Truncated
        | Kind::RemovedField(_)
        | Kind::NullField(_)
        | Kind::AddedField(_)
        | Kind::ErrorsAsOk
        | Kind::Reworded
        | Kind::NoRateHeaders => Some(kind.clone()),
        _ => None,
    }
}

/// The changed answer and whether it was changed.
async fn apply(shared: &Shared, call: &Call, kind: &Kind, response: Response) -> (Response, bool) {
    match kind {
        Kind::Slow(delay) => {
            pass_time(shared, *delay).await;
            (response, true)
        }
        Kind::ResetAfter => (reset(), true),
        Kind::LostAnswer(status) => (server_error(call.vendor, *status).into_response(), true),
        Kind::Empty(status) => (empty(*status), true),
        Kind::ErrorsAsOk => as_ok(response),
        Kind::Reworded => reworded(response).await,
        Kind::NoRateHeaders => without_rate_headers(response),
        Kind::Truncated => {
            let half = |body: &[u8]| (body.len() > 1).then(|| body[..body.len() / 2].to_vec());
            rewritten(response, half).await
        }
        Kind::RemovedField(name) => rewritten(response, |body| edit::remove(body, name)).await,
        Kind::NullField(name) => rewritten(response, |body| edit::nullify(body, name)).await,
        Kind::AddedField(name) => rewritten(response, |body| edit::add(body, name)).await,
        _ => (response, false),
    }
}

/// Time passes: at once on a virtual clock, really on the wall's. On a virtual clock whoever asked
/// at the same moment is answered first: the time that one answer takes is not another's.
async fn pass_time(shared: &Shared, delay: Duration) {
    match shared.mode() {
        Mode::Virtual => {
            let until = shared.now() + delay;
            shared.others_are_answered().await;
            shared.advance(until);
        }
        Mode::Real => {
            #[expect(
                clippy::disallowed_methods,
                reason = "a venue on the wall's time really is slow, and has no other clock to wait on"
            )]
            tokio::time::sleep(delay.unsigned_abs()).await;
        }
    }
}

/// A body that fails at its first byte: the server closes the connection without an answer.
pub(super) fn reset() -> Response {
    let broken = std::io::Error::other("broken on purpose");
    let body = stream::once(std::future::ready(Err::<Bytes, _>(broken)));
    Response::new(Body::from_stream(body))
}

impl Exchange {
    /// An error that the vendor would give by itself.
    fn refuse(&self, call: &Call, kind: &Kind) -> Response {
        let vendor = call.vendor;
        let reply = match kind {
            Kind::RateLimited(limited) => match vendor {
                Vendor::Alpaca | Vendor::AlpacaData => alpaca::too_many_requests(),
                Vendor::TwelveData => self.out_of_credits(*limited),
                Vendor::Fmp => fmp::limit_reached(),
            },
            Kind::Unauthorized => match vendor {
                Vendor::Alpaca | Vendor::AlpacaData => alpaca::unauthorised(&call.path),
                Vendor::TwelveData => twelve_data::unauthorised(),
                Vendor::Fmp => fmp::unauthorised(),
            },
            Kind::PlanRefused(gate) => plan_refused(vendor, *gate),
            Kind::Html(status) => page(*status),
            Kind::ServerError(status) => server_error(vendor, *status),
            _ => Reply::nothing(),
        };
        let mut response = reply.into_response();
        if let Kind::RateLimited(limited) = kind {
            response.extensions_mut().insert(*limited);
        }
        response
    }

    fn out_of_credits(&self, limited: Limited) -> Reply {
        if limited == Limited::OfTheDay {
            let limit = self.twelve_data_day.limit;
            return twelve_data::out_of_day_credits(limit + 1, limit);
        }
        let limit = self.twelve_data_minute.limit;
        twelve_data::out_of_minute_credits(limit + 1, limit)
    }
}

/// Puts on a 429 that a fault made what it says about headers.
pub(super) fn dress(response: &mut Response) {
    let Some(limited) = response.extensions().get::<Limited>().copied() else {
        return;
    };
    let headers = response.headers_mut();
    let number = |name| headers.get(name)?.to_str().ok()?.parse::<u32>().ok();
    let credits = number("api-credits-used").zip(number("api-credits-left"));
    if let Some((used, left)) = credits {
        headers.insert("api-credits-used", HeaderValue::from(used + left));
    }
    for left in ["x-ratelimit-remaining", "api-credits-left"] {
        if let Some(value) = headers.get_mut(left) {
            *value = HeaderValue::from_static("0");
        }
    }
    match limited {
        Limited::WithHeaders | Limited::OfTheDay => {}
        Limited::RetryAfter(seconds) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Limited::Bare => remove_rate_headers(headers),
    }
}

fn plan_refused(vendor: Vendor, gate: PlanGate) -> Reply {
    match vendor {
        Vendor::Fmp => fmp::plan_refused(gate),
        Vendor::TwelveData => twelve_data::plan_refused(),
        Vendor::Alpaca | Vendor::AlpacaData => alpaca::forbidden(),
    }
}

fn server_error(vendor: Vendor, status: u16) -> Reply {
    match vendor {
        Vendor::Alpaca | Vendor::AlpacaData => alpaca::server_error(status),
        Vendor::TwelveData => twelve_data::server_error(status),
        Vendor::Fmp => fmp::server_error(status),
    }
}

/// What a gateway says by itself.
fn page(status: u16) -> Reply {
    let code = status_code(status);
    let title = code.canonical_reason().unwrap_or("Error");
    let text = format!(
        "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n<center><h1>{status} {title}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    );
    Reply::html(code, text)
}

fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status_code(status);
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn as_ok(mut response: Response) -> (Response, bool) {
    let failed = response.extensions().get::<VendorError>().is_some();
    let struck = failed && response.status() != StatusCode::OK;
    if struck {
        *response.status_mut() = StatusCode::OK;
    }
    (response, struck)
}

/// An error of a vendor's with other words in their places; plain text is other text.
async fn reworded(response: Response) -> (Response, bool) {
    if response.extensions().get::<VendorError>().is_none() {
        return (response, false);
    }
    rewritten(response, |body| Some(edit::reword(body))).await
}

fn without_rate_headers(mut response: Response) -> (Response, bool) {
    let before = response.headers().len();
    remove_rate_headers(response.headers_mut());
    let struck = response.headers().len() != before;
    (response, struck)
}

fn remove_rate_headers(headers: &mut HeaderMap) {
    for name in gate::RATE_HEADERS {
        headers.remove(name);
    }
}

/// The same answer with another body, where `change` gives one.
async fn rewritten(
    response: Response,
    change: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> (Response, bool) {
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        return (reset(), false);
    };
    match change(&bytes) {
        Some(changed) => (Response::from_parts(parts, Body::from(changed)), true),
        None => (Response::from_parts(parts, Body::from(bytes)), false),
    }
}
