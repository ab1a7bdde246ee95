//! Our own face: the venue's clock, and what nobody could do at a broker.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use market::{Instant, Money};
use serde::{Deserialize, Serialize};

use super::reply::Reply;
use super::shared::{Mode, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/control/clock", get(clock))
        .route("/control/advance", post(advance))
        .route("/control/transfer", post(transfer))
        .route("/control/account", get(account))
}

#[derive(Serialize)]
struct ClockBody {
    now: Instant,
    mode: &'static str,
    /// When the venue will next do something by itself.
    next_event: Option<Instant>,
}

#[derive(Serialize)]
struct AccountBody {
    account_id: String,
    cash: Money,
    equity: Money,
}

#[derive(Serialize)]
struct ErrorBody {
    error: String,
    hint: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    to: Instant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    amount: Money,
}

async fn clock(State(shared): State<Shared>) -> Reply {
    clock_of(&shared)
}

fn clock_of(shared: &Shared) -> Reply {
    let exchange = shared.lock();
    Reply::json(&ClockBody {
        now: exchange.venue.now(),
        mode: shared.mode().word(),
        next_event: exchange.venue.next_event(),
    })
}

/// Moves the clock through every event on the way and answers where it stands.
async fn advance(State(shared): State<Shared>, body: Bytes) -> Reply {
    if shared.mode() == Mode::Real {
        return refused(
            409,
            "this venue runs on the wall's time".to_owned(),
            "start it with a virtual clock to move it",
        );
    }
    match serde_json::from_slice::<Advance>(&body) {
        Ok(Advance { to }) => {
            shared.advance(to);
            clock_of(&shared)
        }
        Err(error) => refused(
            400,
            error.to_string(),
            r#"send {"to": "2026-11-20T15:30:00Z"}, RFC 3339 with an offset"#,
        ),
    }
}

/// Pays money in or out of the account.
async fn transfer(State(shared): State<Shared>, body: Bytes) -> Reply {
    match serde_json::from_slice::<Transfer>(&body) {
        Ok(Transfer { amount }) => {
            shared.lock().venue.transfer(amount);
            account(State(shared)).await
        }
        Err(error) => refused(
            400,
            error.to_string(),
            r#"send {"amount": "1000.00"}, below zero to withdraw"#,
        ),
    }
}

async fn account(State(shared): State<Shared>) -> Reply {
    let account = shared.lock().venue.account();
    Reply::json(&AccountBody {
        account_id: account.id.to_string(),
        cash: account.cash,
        equity: account.equity,
    })
}

fn refused(status: u16, error: String, hint: &'static str) -> Reply {
    Reply::error(status, &ErrorBody { error, hint })
}
