//! `GET /v2/account`.

use market::Money;
use trading::account::{Account, AccountBlock, AccountId};

use crate::wire::{Object, Unreadable};

/// The endpoint.
pub const PATH: &str = "/v2/account";

/// The one state in which orders are taken.
const ACTIVE: &str = "ACTIVE";
/// Each of these, when true, keeps orders out. (`transfers_blocked` does not.)
const BLOCKS: [&str; 3] = [
    "trading_blocked",
    "account_blocked",
    "trade_suspended_by_user",
];
/// Fees owed and not yet booked, in two parts.
const FEES: [&str; 2] = ["accrued_fees", "pending_reg_taf_fees"];

/// The account of a reply. Id, cash, equity and buying power must be there: sizing needs them and
/// a guess would be money.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<Account, Unreadable> {
    let account = Object::parse("account", bytes)?;
    Ok(Account {
        id: AccountId::new(account.needed_text("id")?),
        block: block(&account),
        cash: account.needed("cash")?,
        equity: account.needed("equity")?,
        buying_power: account.needed("buying_power")?,
        non_marginable_buying_power: account.lenient("non_marginable_buying_power"),
        fees: fees(&account)?,
        multiplier: account.lenient("multiplier"),
        last_equity: account.lenient("last_equity"),
    })
}

/// What the owner's account is, beyond what trading needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// What trading needs.
    pub account: Account,
    /// The number the owner knows it by; those of paper accounts begin with `PA`.
    pub number: Option<String>,
    /// Its state in the broker's word.
    pub status: Option<String>,
    /// Whether money can neither come nor go.
    pub transfers_blocked: Option<bool>,
}

/// The account of a reply with its details; those may be gone.
///
/// # Errors
/// As [`read`].
pub fn read_details(bytes: &[u8]) -> Result<Details, Unreadable> {
    let fields = Object::parse("account", bytes)?;
    Ok(Details {
        account: read(bytes)?,
        number: fields.text("account_number"),
        status: fields.text("status"),
        transfers_blocked: fields.flag("transfers_blocked"),
    })
}

/// Every reason why no orders are taken; a field that is gone is no reason.
fn block(account: &Object) -> Option<AccountBlock> {
    let status = account
        .text("status")
        .filter(|status| status != ACTIVE)
        .map(|status| format!("status {status}"));
    let flags = BLOCKS
        .into_iter()
        .filter(|field| account.flag(field) == Some(true))
        .map(str::to_owned);
    let reasons: Vec<String> = status.into_iter().chain(flags).collect();
    (!reasons.is_empty()).then(|| AccountBlock(reasons.join(", ")))
}

/// Fees lower what may be spent: absent is none, but nonsense is an error.
fn fees(account: &Object) -> Result<Money, Unreadable> {
    FEES.into_iter()
        .map(|field| Ok(account.optional::<Money>(field)?.unwrap_or_default()))
        .sum()
}
