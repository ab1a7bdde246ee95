//! The one gate that every request passes: keys, rate limits, headers, and later faults.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use market::Instant;

use super::alpaca;
use super::bucket::Bucket;
use super::reply::{Reply, VendorError};
use super::shared::{Exchange, Shared};
use super::twelve_data;

/// Whose face a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Alpaca,
    AlpacaData,
    TwelveData,
    Control,
}

impl Face {
    fn of(path: &str) -> Self {
        if path.starts_with("/v2/stocks/") {
            Self::AlpacaData
        } else if path.starts_with("/v2/") {
            Self::Alpaca
        } else if path.starts_with("/control/") {
            Self::Control
        } else {
            Self::TwelveData
        }
    }
}

/// Lets a request through, or answers in the handler's place.
pub(super) async fn pass(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let face = Face::of(request.uri().path());
    let cost = match face {
        Face::TwelveData => twelve_data::cost(request.uri().query().unwrap_or_default()),
        Face::Alpaca | Face::AlpacaData | Face::Control => 1,
    };
    let admitted = {
        let mut exchange = shared.lock();
        exchange.requests += 1;
        exchange.admit(face, cost, request.uri(), request.headers())
    };
    // Faults belong here: before this match they lose the request, after it the answer.
    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(reply) => reply.into_response(),
    };
    shared.lock().settle(face, cost, &mut response);
    response
}

/// No face has that path.
pub(super) async fn not_found(uri: Uri) -> Reply {
    match Face::of(uri.path()) {
        Face::TwelveData | Face::Control => twelve_data::unknown_path(),
        Face::Alpaca | Face::AlpacaData => alpaca::unknown_path(),
    }
}

impl Exchange {
    fn admit(
        &mut self,
        face: Face,
        cost: u32,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), Reply> {
        let now = self.venue.now();
        match face {
            Face::Control => Ok(()),
            Face::Alpaca | Face::AlpacaData => {
                alpaca::authorise(self.faces.alpaca_keys.as_ref(), uri.path(), headers)?;
                let bucket = self.bucket(face);
                if bucket.left(now) == 0 {
                    return Err(alpaca::too_many_requests());
                }
                bucket.take(1, now);
                Ok(())
            }
            Face::TwelveData => {
                let query = uri.query().unwrap_or_default();
                twelve_data::authorise(self.faces.twelve_data_key.as_deref(), query, headers)?;
                self.check_credits(cost, now)
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

    const fn bucket(&mut self, face: Face) -> &mut Bucket {
        match face {
            Face::AlpacaData => &mut self.alpaca_data,
            Face::Alpaca | Face::TwelveData | Face::Control => &mut self.alpaca,
        }
    }

    /// Charges an answer and adds the headers that tell what is left.
    fn settle(&mut self, face: Face, cost: u32, response: &mut Response) {
        let now = self.venue.now();
        match face {
            Face::Control => {}
            Face::Alpaca | Face::AlpacaData => {
                let bucket = self.bucket(face);
                let (limit, left) = (bucket.limit, bucket.left(now));
                let resets = bucket.resets_at(now);
                number(response, "x-ratelimit-limit", limit);
                number(response, "x-ratelimit-remaining", left);
                number(response, "x-ratelimit-reset", resets);
            }
            Face::TwelveData => {
                let failed = response.extensions().get::<VendorError>().is_some();
                if !failed {
                    self.twelve_data_minute.take(cost, now);
                    self.twelve_data_day.take(cost, now);
                }
                if failed && self.faces.errors_as_http_200 {
                    *response.status_mut() = StatusCode::OK;
                }
                number(
                    response,
                    "api-credits-used",
                    self.twelve_data_minute.used(now),
                );
                number(
                    response,
                    "api-credits-left",
                    self.twelve_data_minute.left(now),
                );
            }
        }
    }
}

fn number(response: &mut Response, name: &'static str, value: impl Into<i64>) {
    let value = HeaderValue::from(value.into());
    response
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
}
