//! Our own face: the venue's clock, and what nobody could do at a broker.

mod faults;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use market::time::seconds;
use market::{Date, Instant, Money, Symbol};
use serde::{Deserialize, Serialize};

use super::reply::Reply;
use super::shared::{Mode, Shared};
use crate::model::CashKind;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/control/clock", get(clock))
        .route("/control/advance", post(advance))
        .route("/control/transfer", post(transfer))
        .route("/control/account", get(account))
        .route("/control/activity", post(activity))
        .merge(faults::routes())
}

#[derive(Serialize)]
struct ClockBody {
    now: Instant,
    mode: &'static str,
    /// When the venue will next do something by itself.
    next_event: Option<Instant>,
    /// New York date of the newest bar there is: nothing trades after it.
    last_date: Option<Date>,
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

/// To a moment, or by so many seconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    to: Option<Instant>,
    seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    amount: Money,
}

/// A dividend, a fee or a transfer, in the broker's word: CSD, CSW, DIV or FEE.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Booking {
    r#type: String,
    amount: Money,
    symbol: Option<Symbol>,
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
        last_date: exchange.venue.last_date(),
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
    let to = match serde_json::from_slice(&body) {
        Ok(Advance {
            to: Some(to),
            seconds: None,
        }) => Ok(to),
        Ok(Advance {
            to: None,
            seconds: Some(count),
        }) => Ok(later(shared.now(), count)),
        Ok(_) => Err("give either `to` or `seconds`".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    match to {
        Ok(to) => {
            shared.advance(to);
            clock_of(&shared)
        }
        Err(error) => refused(
            400,
            error,
            r#"send {"to": "2026-11-20T15:30:00Z"}, RFC 3339 with an offset, or {"seconds": 60}"#,
        ),
    }
}

/// A moment so many seconds on, as far as time goes.
fn later(now: Instant, count: u32) -> Instant {
    let later = now.saturating_add(seconds(i64::from(count)));
    later.unwrap_or(now)
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

/// Books dollars that came or went.
async fn activity(State(shared): State<Shared>, body: Bytes) -> Reply {
    const HINT: &str = r#"send {"type": "DIV", "amount": "98.00", "symbol": "TQQQ"}; CSD and DIV above zero, CSW and FEE below"#;
    let booking: Booking = match serde_json::from_slice(&body) {
        Ok(booking) => booking,
        Err(error) => return refused(400, error.to_string(), HINT),
    };
    let known = CashKind::ALL
        .into_iter()
        .find(|kind| kind.word() == booking.r#type);
    let Some(kind) = known else {
        return refused(400, format!("`{}` is no type", booking.r#type), HINT);
    };
    let booked = shared
        .lock()
        .venue
        .book_cash(kind, booking.amount, booking.symbol);
    match booked {
        Ok(()) => account(State(shared)).await,
        Err(error) => refused(400, error.to_string(), HINT),
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
