//! The send fence: nothing of a mutation leaves after its moment has passed.
//!
//! Both clocks are read twice on our side of the socket: immediately before the request is handed
//! to the connection pool, and, when the pool has no open connection, once more after the new one
//! is open (TCP and TLS), which may have taken seconds. So the last reading always happens *on an
//! open connection*.
//!
//! **Guaranteed**: a mutation whose fence had fallen at that reading is not written, not even in
//! part, and is reported as [`HttpError::NotSent`](super::HttpError::NotSent). So is one whose
//! connection could not be opened. A pooled connection found dead before the request was taken up
//! leads to a new connection, and through the second reading. A mutation given up at its time-out
//! is cut off with its connection; the part of it that was never written never will be.
//!
//! **Not guaranteed**: what happens between the reading and the wire. The connection's own task
//! writes the bytes at its next turn, microseconds later unless the process is stopped just there,
//! and a packet may be held by the network for as long as it likes. No local rule can close that
//! gap; the broker's unique ids and an unlevered account are the fence behind this one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cycle::port::{Clock, SendFence};
use market::time::new_york_text;
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    /// The fence of the mutation under way in this task, seen by the connector below.
    static GATE: Gate;
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A fence and the clock to hold against it.
#[derive(Clone)]
pub(crate) struct Gate {
    clock: Arc<dyn Clock>,
    fence: SendFence,
}

/// The fence's moment has passed; nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it was to leave before {before}, and by the {clock} clock that has passed")]
pub(crate) struct FenceFallen {
    before: String,
    clock: &'static str,
}

impl Gate {
    pub(crate) fn new(clock: Arc<dyn Clock>, fence: SendFence) -> Self {
        Self { clock, fence }
    }

    /// Whether the mutation may still leave.
    pub(crate) fn check(&self) -> Result<(), FenceFallen> {
        let fallen = |clock| FenceFallen {
            before: new_york_text(self.fence.send_before),
            clock,
        };
        if self.clock.now() >= self.fence.send_before {
            return Err(fallen("wall"));
        }
        if self.clock.monotonic() >= self.fence.send_before_monotonic {
            return Err(fallen("monotonic"));
        }
        Ok(())
    }

    /// Runs `work` with this gate before every connection it opens.
    pub(crate) async fn guard<T>(self, work: impl Future<Output = T>) -> T {
        GATE.scope(self, work).await
    }
}

/// Puts the second reading behind the opening of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GateLayer;

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { inner }
    }
}

/// A connector whose connections are refused once the fence has fallen.
#[derive(Debug, Clone)]
pub(crate) struct Gated<S> {
    inner: S,
}

impl<S, R> Service<R> for Gated<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, destination: R) -> Self::Future {
        // The pool calls this inside the task that asks, so the gate is that of its own request;
        // a read has none.
        let gate = GATE.try_with(Gate::clone).ok();
        let opening = self.inner.call(destination);
        Box::pin(async move {
            let connection = opening.await?;
            if let Some(gate) = gate {
                gate.check()?;
            }
            Ok(connection)
        })
    }
}
