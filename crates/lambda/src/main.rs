//! The program `bootstrap`: what Lambda starts, for both functions of the stack.
//!
//! `trader` carries a slot through for `{"slot": "2026-11-23T14:30:00Z"}` and looks the day over for
//! `{"check": "day"}`; `operator` answers the owner and has no broker's keys. Which of them this
//! process is stands in `TQQQ_FUNCTION`; `environment.rs` is the one file that reads the
//! environment.
//!
//! Clients are built once a process, before the first event is asked for; keys are fetched with the
//! first event that needs them. A failed try is an error of the Lambda, so that its retries, dead
//! letters and alarms work: the retry of the slot recovers and goes on, and an event for a slot that
//! is over is answered with its outcome.

mod environment;
mod event;
mod failure;
mod function;
mod metrics;
mod operator;
mod trader;
mod watchdog;

use std::sync::Arc;

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use tokio::sync::Mutex;
use tracing_subscriber::EnvFilter;

use environment::Environment;
use function::Function;

/// What is logged when nobody says otherwise.
const LOG_DEFAULT: &str = "info,lambda_runtime=off";

fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::read();
    let filter = environment.log.as_deref().unwrap_or(LOG_DEFAULT);
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(environment))
}

/// Answers events, one at a time, until Lambda ends the process.
async fn serve(environment: Environment) -> Result<(), lambda_runtime::Error> {
    let function = Arc::new(Mutex::new(Function::new(environment)));
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let function = Arc::clone(&function);
        // Boxed: a whole cycle is a large future.
        Box::pin(async move {
            let deadline = event.context.deadline;
            function.lock().await.answer(&event.payload, deadline).await
        })
    });
    Runtime::new(handler).run().await
}
