//! The one gate that every request passes: faults, keys, rate limits and headers.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use market::Instant;

use super::bucket::Bucket;
use super::reply::{Reply, VendorError};
use super::shared::{Exchange, Shared};
use super::strike::{self, Met};
use super::{BODY_BYTES_MAX, alpaca, fmp, twelve_data};
use crate::fault::{Call, Delivery, Reading, Vendor};
use crate::model::Uuid;

/// Every header that tells what is left of a limit.
pub(super) const RATE_HEADERS: [&str; 6] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "api-credits-used",
    "api-credits-left",
    "retry-after",
];

/// Lets a request through, or answers in the handler's place.
pub(super) async fn pass(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    shared.lock().requests += 1;
    let Some(call) = Call::of(request.method().as_str(), request.uri().path()) else {
        return next.run(request).await;
    };
    let _at_work = shared.begin();
    let cost = match call.vendor {
        Vendor::TwelveData => twelve_data::cost(request.uri().query().unwrap_or_default()),
        _ => 1,
    };
    let mut response = match strike::before(&shared, &call).await {
        Met::Reset => return strike::reset(),
        Met::Answer(response) => *response,
        Met::Nobody => {
            let admitted = shared
                .lock()
                .admit(call.vendor, cost, request.uri(), request.headers());
            match admitted {
                Ok(()) => carry_out(&shared, &call, request, next).await,
                Err(reply) => reply.into_response(),
            }
        }
    };
    shared.lock().settle(call.vendor, cost, &mut response);
    strike::dress(&mut response);
    strike::after(&shared, &call, response).await
}

/// Once, or twice where a fault says so.
async fn carry_out(shared: &Shared, call: &Call, request: Request, next: Next) -> Response {
    let Some(delivery) = strike::duplicated(shared, call) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let again = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let first = next
        .clone()
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    let second = next.run(again).await;
    match delivery {
        Delivery::AnswersFirst => first,
        Delivery::AnswersSecond => second,
    }
}

/// No face has that path.
pub(super) async fn not_found(uri: Uri) -> Reply {
    match Vendor::of(uri.path()) {
        Some(Vendor::TwelveData) | None => twelve_data::unknown_path(),
        Some(Vendor::Alpaca | Vendor::AlpacaData) => alpaca::unknown_path(),
        Some(Vendor::Fmp) => fmp::unknown_path(),
    }
}

impl Exchange {
    fn admit(
        &mut self,
        vendor: Vendor,
        cost: u32,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Reply> {
        let now = self.venue.now();
        let query = uri.query().unwrap_or_default();
        match vendor {
            // Its keys come in the conversation, and connections have a limit of their own.
            Vendor::Alpaca if uri.path() == alpaca::STREAM => Ok(()),
            Vendor::Alpaca | Vendor::AlpacaData => {
                alpaca::authorise(self.faces.alpaca_keys.as_ref(), uri.path(), headers)?;
                let bucket = self.bucket(vendor);
                if bucket.left(now) == 0 {
                    return Err(alpaca::too_many_requests());
                }
                bucket.take(1, now);
                Ok(())
            }
            Vendor::TwelveData => {
                twelve_data::authorise(self.faces.twelve_data_key.as_deref(), query, headers)?;
                self.check_credits(cost, now)
            }
            Vendor::Fmp => {
                fmp::authorise(self.faces.fmp_key.as_deref(), query, headers)?;
                fmp::check_plan(&self.faces, uri.path())?;
                self.take_fmp_call(now)
            }
        }
    }

    /// Both limits are checked before either is charged; the day's is the one to report.
    fn check_credits(&self, cost: u32, now: Instant) -> Result<(), Reply> {
        let exceeds = |bucket: &Bucket| bucket.left(now) < cost;
        if exceeds(&self.twelve_data_day) {
            let used = self.twelve_data_day.used(now) + cost;
            return Err(twelve_data::out_of_day_credits(
                used,
                self.twelve_data_day.limit,
            ));
        }
        if exceeds(&self.twelve_data_minute) {
            let used = self.twelve_data_minute.used(now) + cost;
            let limit = self.twelve_data_minute.limit;
            return Err(twelve_data::out_of_minute_credits(used, limit));
        }
        Ok(())
    }

    /// One answer for either limit; a call that is refused costs nothing.
    fn take_fmp_call(&mut self, now: Instant) -> Result<(), Reply> {
        let buckets = [&mut self.fmp_minute, &mut self.fmp_day];
        if buckets.iter().any(|bucket| bucket.left(now) == 0) {
            return Err(fmp::limit_reached());
        }
        for bucket in buckets {
            bucket.take(1, now);
        }
        Ok(())
    }

    const fn bucket(&mut self, vendor: Vendor) -> &mut Bucket {
        match vendor {
            Vendor::AlpacaData => &mut self.alpaca_data,
            Vendor::Alpaca | Vendor::TwelveData | Vendor::Fmp => &mut self.alpaca,
        }
    }

    /// Charges an answer and adds the headers that tell what is left.
    fn settle(&mut self, vendor: Vendor, cost: u32, response: &mut Response) {
        let now = self.venue.now();
        let failed = response.extensions().get::<VendorError>().is_some();
        let under_ok = matches!(vendor, Vendor::TwelveData | Vendor::Fmp);
        if failed && under_ok && self.faces.errors_as_http_200 {
            *response.status_mut() = StatusCode::OK;
        }
        match vendor {
            Vendor::Fmp => {}
            Vendor::Alpaca | Vendor::AlpacaData => {
                let bucket = self.bucket(vendor);
                let (limit, left) = (bucket.limit, bucket.left(now));
                let resets = bucket.resets_at(now);
                number(response, "x-ratelimit-limit", limit);
                number(response, "x-ratelimit-remaining", left);
                number(response, "x-ratelimit-reset", resets);
                name_request(response, self.requests);
            }
            Vendor::TwelveData => {
                if failed {
                    let charged = |reading: &Reading| matches!(reading, Reading::ErrorsCharged(_));
                    self.venue.met(charged);
                }
                if !failed || self.venue.unconfirmed().errors_charged {
                    self.twelve_data_minute.take(cost, now);
                    self.twelve_data_day.take(cost, now);
                }
                let (used, left) = (
                    self.twelve_data_minute.used(now),
                    self.twelve_data_minute.left(now),
                );
                number(response, "api-credits-used", used);
                number(response, "api-credits-left", left);
            }
        }
    }
}

/// `X-Request-ID`, the number to quote to support; the same run gives the same ones.
fn name_request(response: &mut Response, nth: u64) {
    let id = Uuid::of_name(&format!("request {nth}")).to_string();
    if let Ok(value) = HeaderValue::from_str(&id) {
        let name = HeaderName::from_static("x-request-id");
        response.headers_mut().insert(name, value);
    }
}

fn number(response: &mut Response, name: &'static str, value: impl Into<i64>) {
    let value = HeaderValue::from(value.into());
    response
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
}
