//! What an order must look like before the account is asked.

use market::{Money, Price};
use rust_decimal::Decimal;

use super::{Kind, OrderRequest, Size, TimeInForce};
use crate::model::refusal::Refusal;

/// Longest client order id, in characters; the current schema says 128.
pub const CLIENT_ORDER_ID_LENGTH_MAX: usize = 128;
/// Smallest notional order, in cents.
pub const NOTIONAL_MIN_CENTS: i64 = 100;
/// Digits behind the point in a notional: the schema says nine, the server says two.
const NOTIONAL_DECIMALS_MAX: u32 = 2;

/// Checks an order's own shape.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub(in crate::model) fn check(request: &OrderRequest) -> Result<(), Refusal> {
    if let Some(id) = &request.client_order_id
        && id.chars().count() > CLIENT_ORDER_ID_LENGTH_MAX
    {
        return Err(Refusal::ClientOrderIdTooLong);
    }
    check_size(request)?;
    match request.kind {
        Kind::Limit(price) if is_sub_penny(price) => Err(Refusal::SubPenny { price }),
        Kind::Market if request.extended_hours => Err(Refusal::ExtendedHoursNotLimit),
        Kind::Market | Kind::Limit(_) => Ok(()),
    }
}

fn check_size(request: &OrderRequest) -> Result<(), Refusal> {
    match request.size {
        Size::Shares(count) if count.is_zero() => return Err(Refusal::QuantityNotPositive),
        Size::Notional(dollars) => check_notional(dollars, request.kind)?,
        Size::Shares(_) => {}
    }
    if request.size.is_fractional() && request.time_in_force != TimeInForce::Day {
        return Err(Refusal::FractionalNotDay);
    }
    Ok(())
}

fn check_notional(dollars: Money, kind: Kind) -> Result<(), Refusal> {
    if dollars < Money::from_cents(NOTIONAL_MIN_CENTS) {
        return Err(Refusal::NotionalTooSmall);
    }
    if dollars.decimal().normalize().scale() > NOTIONAL_DECIMALS_MAX {
        return Err(Refusal::NotionalDecimals);
    }
    match kind {
        Kind::Market => Ok(()),
        Kind::Limit(_) => Err(Refusal::NotionalNotMarket),
    }
}

/// Prices have at most two decimals from one dollar on, four below.
pub(in crate::model) fn is_sub_penny(price: Price) -> bool {
    let decimals = if price.decimal() >= Decimal::ONE {
        2
    } else {
        4
    };
    price.decimal().normalize().scale() > decimals
}
