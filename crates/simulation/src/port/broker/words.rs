//! The model's answers in the cycle's words, as the real adapter reads them off the wire.

use cycle::port::{OrderQuery, Submission};
use market::calendar::Session;
use market::time::new_york_date;
use market::{Date, Decimal, Instant, Money, Price, Shares, Symbol};
use trading::account::{Account, AccountBlock, AccountConfiguration, AccountId};
use trading::flow::{CashFlow, FlowKind};
use trading::observation::{Asset, MarketClock};
use trading::order::{
    BrokerOrderId, Cancel, Instruction, Order, OrderReport, OrderStatus, Side as OurSide,
};
use trading::portfolio::{Direction, Position};
use venue::fault::BlockedBy;
use venue::model::{
    CashKind, Entry, Kind, OrderRequest, PositionView, Refusal, Scope, Side, Size, Status,
    TimeInForce, Venue,
};

use crate::world::{ProcessId, State};

pub(super) fn account(state: &State) -> Account {
    let view = state.venue.account_behind(state.lasting.lag);
    let block = state.venue.blocked().map(|by| {
        AccountBlock(match by {
            BlockedBy::Account => "account_blocked".to_owned(),
            BlockedBy::Trading => "trading_blocked".to_owned(),
            BlockedBy::Status(word) => format!("status {word}"),
        })
    });
    Account {
        id: AccountId::new(view.id.to_string()),
        block,
        cash: view.cash,
        equity: view.equity,
        buying_power: view.buying_power,
        non_marginable_buying_power: Some(view.non_marginable_buying_power),
        fees: Money::ZERO,
        multiplier: Some(Decimal::from(view.multiplier.times())),
        last_equity: Some(view.last_equity),
    }
}

pub(super) fn configuration(venue: &Venue) -> AccountConfiguration {
    let settings = venue.settings();
    AccountConfiguration {
        max_margin_multiplier: Some(Decimal::from(settings.max_margin_multiplier.times())),
        no_shorting: Some(settings.no_shorting),
        fractional_trading: Some(settings.fractional_trading),
        suspend_trade: Some(settings.suspend_trade),
    }
}

pub(super) fn clock(state: &State) -> Option<MarketClock> {
    let view = state.venue.clock()?;
    Some(MarketClock {
        timestamp: view.now,
        is_open: view.is_open,
        next_open: view.next_open,
        next_close: view.next_close,
    })
}

pub(super) fn sessions(state: &State, from: Date, to: Date) -> Vec<Session> {
    let mut sessions = state.venue.hours().sessions(from, to).unwrap_or_default();
    for session in &mut sessions {
        let odd = state.lasting.odd_close;
        let told = odd.filter(|(close, _)| new_york_date(*close) == session.date);
        session.close = told.map_or(session.close, |(_, told)| told);
    }
    sessions
}

pub(super) fn asset(venue: &Venue, symbol: &Symbol) -> Option<Asset> {
    let listing = venue.listing(symbol.as_str())?;
    Some(Asset {
        symbol: symbol.clone(),
        tradable: true,
        fractionable: listing.fractionable,
    })
}

pub(super) fn positions(state: &State) -> Vec<Position> {
    let views = state.venue.positions_behind(state.lasting.lag.positions);
    views.iter().map(position).collect()
}

fn position(view: &PositionView) -> Position {
    let count = |quantity: Decimal| Shares::new(quantity.abs()).unwrap_or(Shares::ZERO);
    Position {
        symbol: view.listing.symbol.clone(),
        is_us_equity: true,
        direction: if view.quantity.is_sign_negative() {
            Direction::Short
        } else {
            Direction::Long
        },
        quantity: count(view.quantity),
        available: count(view.available),
        average_entry_price: view
            .cost
            .checked_div(view.quantity)
            .and_then(|price| Price::new(price.round_dp(6)).ok()),
        market_value: Money::new(view.market_value()).ok(),
    }
}

pub(super) fn orders(venue: &Venue, query: OrderQuery) -> Vec<OrderReport> {
    let asked = match query {
        OrderQuery::Open => venue::model::OrderQuery::new(Scope::Open),
        OrderQuery::Since(moment) => venue::model::OrderQuery {
            after: Some(moment),
            ..venue::model::OrderQuery::new(Scope::All)
        },
    };
    // The model's listing is newest first and the cycle's oldest first.
    venue.orders(&asked).into_iter().rev().map(report).collect()
}

pub(crate) fn report(order: &venue::model::Order) -> OrderReport {
    let (quantity, notional) = match order.size {
        Size::Shares(count) => (Some(count), None),
        Size::Notional(dollars) => (None, Some(dollars)),
    };
    OrderReport {
        broker_id: BrokerOrderId(order.id.to_string()),
        client_order_id: order.client_order_id.clone(),
        symbol: order.symbol.clone(),
        is_us_equity: true,
        side: match order.side {
            Side::Buy => OurSide::Buy,
            Side::Sell => OurSide::Sell,
        },
        status: match order.status {
            Status::PendingNew | Status::Accepted => OrderStatus::Pending,
            Status::New => OrderStatus::Working,
            Status::PartiallyFilled => OrderStatus::PartiallyFilled,
            Status::PendingCancel => OrderStatus::PendingCancel,
            Status::Filled => OrderStatus::Filled,
            Status::Canceled => OrderStatus::Canceled,
            Status::Expired => OrderStatus::Expired,
            Status::Replaced => OrderStatus::Replaced,
            Status::Rejected => OrderStatus::Rejected,
        },
        quantity,
        notional,
        limit_price: match order.kind {
            Kind::Market => None,
            Kind::Limit(price) => Some(price),
        },
        filled: order.filled,
        average_price: order
            .average_price()
            .and_then(|price| Price::new(price).ok()),
        submitted_at: Some(order.times.created),
        filled_at: order.times.filled,
        replaced_by: order.replaced_by.map(|id| BrokerOrderId(id.to_string())),
    }
}

pub(super) fn flows(venue: &Venue, after: Instant) -> Vec<CashFlow> {
    let booked = venue.activities().iter().filter(|row| row.at > after);
    booked
        .filter_map(|row| match &row.entry {
            Entry::Cash(cash) => Some(CashFlow {
                id: row.id.to_string(),
                kind: match cash.kind {
                    CashKind::Deposit | CashKind::Withdrawal => FlowKind::Transfer,
                    CashKind::Dividend => FlowKind::Dividend,
                    CashKind::Fee => FlowKind::Fee,
                },
                amount: cash.amount,
                at: row.at,
            }),
            Entry::Fill(_) | Entry::Split(_) => None,
        })
        .collect()
}

/// An order arrives.
pub(super) fn take(
    state: &mut State,
    order: &Order,
    process: ProcessId,
) -> Submission<OrderReport> {
    let answer = match state.venue.submit(request(order)) {
        Ok(taken) => Submission::Accepted(report(taken)),
        Err(refusal) => Submission::Refused {
            duplicate_id: refusal == Refusal::DuplicateClientOrderId,
            why: refusal.to_string(),
        },
    };
    state.note(|_| {
        let how = match &answer {
            Submission::Accepted(_) => "taken".to_owned(),
            Submission::Refused { why, .. } => format!("refused: {why}"),
            _ => unreachable!("the exchange answers"),
        };
        format!(
            "order {} of process {process}, {}: {how}",
            order.id, order.instruction
        )
    });
    let taken = matches!(answer, Submission::Accepted(_));
    let State { witness, venue, .. } = state;
    witness.arrived(venue, order, taken);
    answer
}

fn request(order: &Order) -> OrderRequest {
    let (size, kind) = match order.instruction {
        Instruction::Market { quantity } => (Size::Shares(quantity), Kind::Market),
        Instruction::Notional { notional } => (Size::Notional(notional), Kind::Market),
        Instruction::Limit {
            quantity,
            limit_price,
        } => (Size::Shares(quantity), Kind::Limit(limit_price)),
    };
    OrderRequest {
        symbol: order.symbol.clone(),
        side: match order.side {
            OurSide::Buy => Side::Buy,
            OurSide::Sell => Side::Sell,
        },
        size,
        kind,
        time_in_force: TimeInForce::Day,
        extended_hours: false,
        client_order_id: Some(order.id.as_str().to_owned()),
    }
}

/// A cancel arrives.
pub(super) fn withdraw(state: &mut State, cancel: &Cancel, process: ProcessId) -> Submission<()> {
    let answer = match state.venue.cancel(&cancel.order.0) {
        Ok(()) => Submission::Accepted(()),
        Err(refusal) => Submission::Refused {
            why: refusal.to_string(),
            duplicate_id: false,
        },
    };
    state.note(|_| {
        let how = match &answer {
            Submission::Refused { why, .. } => format!("refused: {why}"),
            _ => "taken".to_owned(),
        };
        format!(
            "cancel of {} by process {process}: {how}",
            cancel.client_order_id
        )
    });
    let taken = matches!(answer, Submission::Accepted(()));
    state.witness.withdrawn(state.now, cancel, taken);
    answer
}
