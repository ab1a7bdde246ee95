//! News, as an event source: the browser fetches its page again.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::desk::Desk;

/// Says `news` whenever the chain has grown, with the number of its newest record.
pub(crate) async fn live(State(desk): State<Arc<Desk>>) -> Response {
    let Ok(place) = desk.listeners.clone().try_acquire_owned() else {
        let text = "too many pages wait for news already\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let heard = desk.hear();
    let news = stream::unfold(
        (desk, heard, place),
        |(desk, mut heard, place)| async move {
            heard.changed().await.ok()?;
            let seq = desk.read().tail.head.map_or(0, |head| head.seq);
            let event = Event::default().event("news").data(seq.to_string());
            Some((Ok::<_, Infallible>(event), (desk, heard, place)))
        },
    );
    Sse::new(news)
        .keep_alive(KeepAlive::default())
        .into_response()
}
