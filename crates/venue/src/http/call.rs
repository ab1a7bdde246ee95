//! The call that a request is, for handlers that ask which faults meet it.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::fault::Call;

impl<S: Sync> FromRequestParts<S> for Call {
    /// A path of ours has no vendor, and no handler of ours asks.
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let call = Self::of(parts.method.as_str(), parts.uri.path());
        call.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
