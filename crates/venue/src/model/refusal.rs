//! What the venue refuses, in the broker's own words.
//!
//! The text of each is the broker's message; the wire face adds code, HTTP status and the extra
//! fields. Texts marked *unconfirmed* are not in the contract sheet.

use market::{Money, Price, Shares, Symbol};

use super::order::Status;
use super::uuid::Uuid;

/// Why an order, cancel or replacement was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An order of that client id exists.
    #[error("client_order_id must be unique")]
    DuplicateClientOrderId,
    /// The client id is too long. Text unconfirmed.
    #[error("client_order_id must be no more than 128 characters")]
    ClientOrderIdTooLong,
    /// Nobody trades that here.
    #[error("asset not found for {symbol}")]
    UnknownAsset {
        /// What was asked for.
        symbol: String,
    },
    /// No quantity, or none above zero. Text unconfirmed.
    #[error("qty must be > 0")]
    QuantityNotPositive,
    /// A notional below one dollar.
    #[error("notional must be >= 1.00")]
    NotionalTooSmall,
    /// A notional finer than a cent.
    #[error("notional value must be limited to 2 decimal places")]
    NotionalDecimals,
    /// A notional with a limit. Text unconfirmed.
    #[error("notional orders must be market orders")]
    NotionalNotMarket,
    /// A fraction that would live longer than a day.
    #[error("fractional orders must be DAY orders")]
    FractionalNotDay,
    /// A fraction sold short.
    #[error("fractional orders cannot be sold short")]
    FractionalShort,
    /// The asset trades in whole shares.
    #[error("asset \"{symbol}\" is not fractionable")]
    NotFractionable {
        /// The asset.
        symbol: Symbol,
    },
    /// The owner switched fractions off. Text unconfirmed.
    #[error("account is not allowed to trade fractional shares")]
    FractionalDisabled,
    /// A limit with too many decimals.
    #[error(
        "invalid limit_price {price}. sub-penny increment does not fulfill minimum pricing criteria"
    )]
    SubPenny {
        /// The limit.
        price: Price,
    },
    /// Extended hours for a market order.
    #[error("extended hours order must be DAY or GTC limit orders")]
    ExtendedHoursNotLimit,
    /// The owner suspended trading. Text unconfirmed.
    #[error("new orders are rejected by user request")]
    Suspended,
    /// The account is blocked. Text unconfirmed.
    #[error("account is not allowed to trade")]
    Blocked,
    /// Nothing has traded yet, so nothing can be reckoned. Text unconfirmed.
    #[error("no market data available for {symbol}")]
    NoPrice {
        /// The asset.
        symbol: Symbol,
    },
    /// An open order of the other side could trade with this one.
    #[error("potential wash trade detected. use complex orders")]
    WashTrade {
        /// The other order.
        existing: Uuid,
        /// Whether it has a limit; else it is a market order.
        limit: bool,
    },
    /// Not enough to pay with.
    #[error("insufficient buying power")]
    InsufficientBuyingPower {
        /// What there is.
        buying_power: Money,
        /// What it would cost.
        cost: Money,
    },
    /// Not enough shares, or other orders hold them.
    #[error(
        "insufficient qty available for order (requested: {requested}, available: {available})"
    )]
    InsufficientQuantity {
        /// The asset.
        symbol: Symbol,
        /// Asked for.
        requested: Shares,
        /// Free.
        available: Shares,
        /// Held in all.
        existing: Shares,
        /// Kept by other orders.
        held: Shares,
    },
    /// A sale of what is not held.
    #[error("account is not allowed to short")]
    NoShorting,
    /// No order of that name.
    #[error("order not found for {id}")]
    OrderNotFound {
        /// The name asked for.
        id: String,
    },
    /// Nothing is held.
    #[error("position does not exist")]
    PositionNotFound,
    /// The order is past what was asked.
    #[error("order is already in \"{}\" state", status.word())]
    AlreadyIn {
        /// Where it stands.
        status: Status,
    },
    /// The order cannot be replaced where it stands. Text unconfirmed.
    #[error("cannot replace order in {} status", status.word())]
    NotReplaceable {
        /// Where it stands.
        status: Status,
    },
    /// Notional orders and fractions are never replaced. Text unconfirmed.
    #[error("fractional and notional orders cannot be replaced")]
    FractionalReplacement,
}
