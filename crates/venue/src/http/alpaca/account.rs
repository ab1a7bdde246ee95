//! `GET /v2/account`.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use market::{Date, Duration, Instant, Money};
use serde::Serialize;

use crate::fault::{BlockedBy, Call, Kind};
use crate::http::reply::Reply;
use crate::http::shared::{Exchange, Shared};
use crate::model::{AccountView, Lag};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/v2/account", get(account))
}

/// Field names and order are the recorded reply's.
#[derive(Serialize)]
struct AccountBody {
    account_blocked: bool,
    account_number: String,
    accrued_fees: &'static str,
    admin_configurations: Empty,
    balance_asof: Date,
    buying_power: Money,
    cash: Money,
    created_at: Instant,
    crypto_status: &'static str,
    crypto_tier: u32,
    currency: &'static str,
    effective_buying_power: Money,
    equity: Money,
    id: String,
    initial_margin: Money,
    intraday_adjustments: &'static str,
    last_equity: Money,
    last_maintenance_margin: Money,
    long_market_value: Money,
    maintenance_margin: Money,
    multiplier: String,
    non_marginable_buying_power: Money,
    options_approved_level: u32,
    options_buying_power: Money,
    options_trading_level: u32,
    pending_reg_taf_fees: &'static str,
    portfolio_value: Money,
    position_market_value: Money,
    regt_buying_power: Money,
    short_market_value: Money,
    shorting_enabled: bool,
    sma: &'static str,
    status: String,
    trade_suspended_by_user: bool,
    trading_blocked: bool,
    transfers_blocked: bool,
    user_configurations: Option<Empty>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    removed: Option<Removed>,
}

#[derive(Serialize)]
struct Empty {}

/// What Alpaca removed on 2026-07-06.
#[derive(Serialize)]
struct Removed {
    daytrade_count: u32,
    daytrading_buying_power: Money,
    pattern_day_trader: bool,
    bod_dtbp: Money,
    pending_transfer_in: &'static str,
}

async fn account(State(shared): State<Shared>, call: Call) -> Reply {
    let mut exchange = shared.lock();
    let lag = lag(&mut exchange, &call);
    let view = exchange.venue.account_behind(lag);
    exchange.venue.met_unsettled();
    let shorting = exchange.venue.shorting_enabled();
    let blocked = exchange.venue.blocked();
    exchange.venue.is_blocked_now();
    let removed = shows_removed(&mut exchange, &call).then_some(Removed {
        daytrade_count: 0,
        daytrading_buying_power: view.buying_power,
        pattern_day_trader: false,
        bod_dtbp: view.buying_power,
        pending_transfer_in: "0",
    });
    Reply::json(&body(&view, blocked.as_ref(), shorting, removed))
}

/// How late this account is shown; a lag strikes where it hides something.
fn lag(exchange: &mut Exchange, call: &Call) -> Lag {
    let due = exchange.venue.due(call, |kind| match kind {
        Kind::LaggingCash(late) => Some((*late, Duration::ZERO)),
        Kind::LaggingPositions(late) => Some((Duration::ZERO, *late)),
        _ => None,
    });
    let mut lag = Lag::default();
    for (id, (cash, positions)) in due {
        if exchange.venue.is_behind(Lag { cash, positions }) {
            exchange.venue.struck(id);
        }
        lag.cash = lag.cash.max(cash);
        lag.positions = lag.positions.max(positions);
    }
    lag
}

fn shows_removed(exchange: &mut Exchange, call: &Call) -> bool {
    let set = |kind: &Kind| (*kind == Kind::PdtFields).then_some(());
    exchange.faces.removed_account_fields || exchange.venue.strike(call, set).is_some()
}

fn body(
    view: &AccountView,
    blocked: Option<&BlockedBy>,
    shorting_enabled: bool,
    removed: Option<Removed>,
) -> AccountBody {
    AccountBody {
        account_blocked: blocked == Some(&BlockedBy::Account),
        account_number: account_number(view),
        accrued_fees: "0",
        admin_configurations: Empty {},
        balance_asof: view.balance_as_of,
        buying_power: view.buying_power,
        cash: view.cash,
        created_at: view.created,
        crypto_status: "ACTIVE",
        crypto_tier: 1,
        currency: "USD",
        effective_buying_power: view.buying_power,
        equity: view.equity,
        id: view.id.to_string(),
        initial_margin: view.initial_margin,
        intraday_adjustments: "0",
        last_equity: view.last_equity,
        last_maintenance_margin: view.last_maintenance_margin,
        long_market_value: view.long_market_value,
        maintenance_margin: view.maintenance_margin,
        multiplier: view.multiplier.times().to_string(),
        non_marginable_buying_power: view.non_marginable_buying_power,
        options_approved_level: 0,
        options_buying_power: view.non_marginable_buying_power,
        options_trading_level: 0,
        pending_reg_taf_fees: "0",
        portfolio_value: view.equity,
        position_market_value: view.long_market_value + view.short_market_value,
        regt_buying_power: view.regt_buying_power,
        short_market_value: view.short_market_value,
        shorting_enabled,
        sma: "0",
        status: match blocked {
            Some(BlockedBy::Status(status)) => status.clone(),
            _ => "ACTIVE".to_owned(),
        },
        trade_suspended_by_user: view.settings.suspend_trade,
        trading_blocked: blocked == Some(&BlockedBy::Trading),
        transfers_blocked: false,
        user_configurations: None,
        removed,
    }
}

/// Paper account numbers start with `PA`, then ten letters or digits.
fn account_number(view: &AccountView) -> String {
    const LENGTH: usize = 10;
    let id = view.id.to_string().to_ascii_uppercase();
    let digits: String = id.chars().filter(|c| *c != '-').take(LENGTH).collect();
    format!("PA{digits}")
}
