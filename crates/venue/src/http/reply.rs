//! What a face answers.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A status and a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    body: String,
    is_error: bool,
    header: Option<(&'static str, &'static str)>,
}

/// Marks a response as a vendor's error, which is not billed and may go out under HTTP 200.
#[derive(Debug, Clone, Copy)]
pub(super) struct VendorError;

const JSON: &str = "application/json; charset=utf-8";

impl Reply {
    pub(super) fn json(body: &impl Serialize) -> Self {
        Self::text(StatusCode::OK, written(body))
    }

    /// JSON that is written already.
    pub(super) const fn text(status: StatusCode, body: String) -> Self {
        Self {
            status,
            content_type: Some(JSON),
            body,
            is_error: false,
            header: None,
        }
    }

    pub(super) const fn html(status: StatusCode, body: String) -> Self {
        Self {
            status,
            content_type: Some("text/html"),
            body,
            is_error: true,
            header: None,
        }
    }

    /// Bare words, as some gateways of plans write.
    pub(super) const fn plain(status: StatusCode, body: String) -> Self {
        Self {
            status,
            content_type: Some("text/plain; charset=utf-8"),
            body,
            is_error: true,
            header: None,
        }
    }

    pub(super) const fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            content_type: None,
            body: String::new(),
            is_error: false,
            header: None,
        }
    }

    pub(super) fn many(body: &impl Serialize) -> Self {
        Self::text(StatusCode::MULTI_STATUS, written(body))
    }

    pub(super) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(super) fn error(status: u16, body: &impl Serialize) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            is_error: true,
            ..Self::text(status, written(body))
        }
    }
}

fn written(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("our own types have text keys and no failing parts")
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        match self.content_type {
            Some(kind) => {
                let kind = HeaderValue::from_static(kind);
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            None => {
                response.headers_mut().remove(header::CONTENT_TYPE);
            }
        }
        if let Some((name, value)) = self.header {
            let value = HeaderValue::from_static(value);
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
        if self.is_error {
            response.extensions_mut().insert(VendorError);
        }
        response
    }
}
