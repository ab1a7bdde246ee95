//! The account: whether it takes orders, what its settings allow, and what is in it.

use connectors::alpaca::account::Details;
use connectors::alpaca::configuration::Safeguard;
use connectors::budget::Rate;
use market::{Decimal, Money, Symbol};
use trading::account::{AccountConfiguration, AccountId};
use trading::invariants::unknown_orders;
use trading::observation::Asset;
use trading::order::{AccountTag, OrderReport};
use trading::portfolio::{Direction, Position};
use trading::settings::{OrderStyle, Settings};
use trading::state::State;

use super::{Finding, Remedy};
use crate::output::text::dollars;

const FIX: &str = "`tqqq doctor --fix` sets it, after asking";
/// Requests one slot makes at most, orders and polling included; far below any limit.
const REQUESTS_A_SLOT: u32 = 100;

/// Whether orders are taken at all.
pub(super) fn standing(details: &Details) -> Finding {
    const NAME: &str = "account";
    let account = &details.account;
    if let Some(block) = &account.block {
        let advice = "no order is taken until it is lifted: see the broker's dashboard";
        return Finding::bad(NAME, block.to_string(), advice);
    }
    let status = details.status.as_deref().unwrap_or("no status");
    let found = format!(
        "{status}, cash {}, equity {}",
        dollars(account.cash),
        dollars(account.equity)
    );
    if account.equity <= Money::ZERO {
        return Finding::warn(
            NAME,
            found,
            "there is nothing to trade with: fund the account",
        );
    }
    if details.transfers_blocked == Some(true) {
        let advice = "trading goes on; money can neither come nor go: ask the broker";
        return Finding::warn(NAME, format!("{found}; transfers are blocked"), advice);
    }
    Finding::ok(NAME, found)
}

/// The last fence: an account that cannot owe.
pub(super) fn leverage(configuration: &AccountConfiguration, settings: &Settings) -> Finding {
    let multiplier = configuration.max_margin_multiplier;
    let found = multiplier.map_or_else(
        || "max_margin_multiplier is not told".to_owned(),
        |multiplier| format!("max_margin_multiplier is {multiplier}"),
    );
    if multiplier == Some(Decimal::ONE) {
        return Finding::ok("leverage", found);
    }
    unfenced("leverage", found, "1", settings).with(Remedy::Protect(Safeguard::NoMargin))
}

/// The last fence: an account that cannot sell what it has not.
pub(super) fn shorting(configuration: &AccountConfiguration, settings: &Settings) -> Finding {
    let found = match configuration.no_shorting {
        Some(true) => return Finding::ok("shorting", "no_shorting is true"),
        Some(false) => "no_shorting is false",
        None => "no_shorting is not told",
    };
    unfenced("shorting", found.to_owned(), "true", settings)
        .with(Remedy::Protect(Safeguard::NoShorting))
}

/// Bad where entries ask for the fence, else worth a look.
fn unfenced(name: &str, found: String, wanted: &str, settings: &Settings) -> Finding {
    if settings.limits.require_unlevered_account {
        let advice = format!("until it is {wanted} every buy is refused (LeveredAccount): {FIX}");
        return Finding::bad(name, found, advice);
    }
    let advice = format!("limits.require_unlevered_account is false, so it is allowed: {FIX}");
    Finding::warn(name, found, advice)
}

/// The traded symbol: known, tradable, in fractions.
pub(super) fn symbol(
    symbol: &Symbol,
    asset: Option<&Asset>,
    configuration: Option<&AccountConfiguration>,
    settings: &Settings,
) -> Finding {
    const NAME: &str = "symbol";
    let Some(asset) = asset else {
        let advice = "check strategy.symbol; symbols are case-sensitive";
        return Finding::bad(NAME, format!("{symbol} is unknown to the broker"), advice);
    };
    if !asset.tradable {
        let advice = "no order is taken in it now; if that lasts, trade another";
        return Finding::bad(NAME, format!("{symbol} is not tradable"), advice);
    }
    let account_may = configuration.and_then(|owner| owner.fractional_trading) != Some(false);
    if settings.orders.order == OrderStyle::Limit || asset.fractionable && account_may {
        let how = if asset.fractionable {
            "in fractions"
        } else {
            "in whole shares"
        };
        return Finding::ok(NAME, format!("{symbol} is tradable, {how}"));
    }
    let effect = "entries are whole shares by limit orders instead of orders by amount";
    if account_may {
        let found = format!("{symbol} is tradable, in whole shares only");
        return Finding::warn(NAME, found, format!("{effect}; nothing to do"));
    }
    let found = format!("{symbol} is tradable; fractional_trading is false for the account");
    Finding::warn(NAME, found, format!("{effect}: {FIX}"))
        .with(Remedy::Protect(Safeguard::FractionalTrading))
}

/// What is in the account, and what becomes of it.
pub(super) fn holdings(positions: &[Position], settings: &Settings, state: &State) -> Finding {
    const NAME: &str = "holdings";
    if positions.is_empty() {
        return Finding::ok(NAME, "nothing is held");
    }
    let list: Vec<String> = positions.iter().map(worded).collect();
    let found = list.join(", ");
    if let Some(foreign) = positions.iter().find(|position| !position.is_us_equity) {
        let advice = format!(
            "{} is never traded here and stops every buy (ForeignAsset): sell it yourself",
            foreign.symbol
        );
        return Finding::bad(NAME, found, advice);
    }
    if !state.adopted {
        let advice = "nothing is bought while these are not adopted (ForeignHoldings): run a cycle, then `tqqq adopt`";
        return Finding::warn(NAME, found, advice);
    }
    let is_ours = |position: &&Position| {
        position.symbol == settings.strategy.symbol && position.direction == Direction::Long
    };
    if positions.iter().any(|position| !is_ours(&position)) {
        let advice = format!(
            "the next bullish signal sells or covers all but {}: the account is for this program alone",
            settings.strategy.symbol
        );
        return Finding::warn(NAME, found, advice);
    }
    Finding::ok(NAME, found)
}

fn worded(position: &Position) -> String {
    let owed = match position.direction {
        Direction::Long => "",
        Direction::Short => " owed",
    };
    format!("{} {}{owed}", position.quantity, position.symbol)
}

/// Orders that stand at the broker.
pub(super) fn orders(open: &[OrderReport], account: &AccountId, state: &State) -> Finding {
    const NAME: &str = "orders";
    let unknown = unknown_orders(open, state, &AccountTag::of(account));
    if !unknown.is_empty() {
        let found = format!("ours, and not in this journal: {}", unknown.join(", "));
        let advice = "a cycle would halt (JournalBehind): use the journal that sent them, else `tqqq journal repair`";
        return Finding::bad(NAME, found, advice);
    }
    let is_ours = |order: &&OrderReport| {
        let known = |id: &trading::order::ClientOrderId| id.as_str() == order.client_order_id;
        state.orders.keys().any(known)
    };
    let ours = open.iter().filter(is_ours).count();
    if ours == open.len() {
        let found = match ours {
            0 => "none is open".to_owned(),
            count => format!("{count} open, ours: the next cycle settles them"),
        };
        return Finding::ok(NAME, found);
    }
    let foreign = open.iter().filter(|order| !is_ours(order));
    let list: Vec<String> = foreign
        .map(|order| format!("{} {}", order.side, order.symbol))
        .collect();
    let advice = "taken back where they stand in the way of a plan: cancel them, or leave the account to this program";
    Finding::warn(
        NAME,
        format!("open and not ours: {}", list.join(", ")),
        advice,
    )
}

/// Requests left of the minute.
pub(super) fn requests(rate: Rate) -> Finding {
    let Rate { used, limit } = rate;
    let found = format!("{used} of {limit} requests used this minute");
    if limit.saturating_sub(used) < REQUESTS_A_SLOT {
        let advice = "other programs use this account's requests; a slot may need a hundred";
        return Finding::warn("requests", found, advice);
    }
    Finding::ok("requests", found)
}

#[cfg(test)]
mod tests {
    use market::Shares;

    use super::*;
    use crate::doctor::Level;

    fn owner(multiplier: Option<u32>, no_shorting: Option<bool>) -> AccountConfiguration {
        AccountConfiguration {
            max_margin_multiplier: multiplier.map(Decimal::from),
            no_shorting,
            fractional_trading: Some(true),
            suspend_trade: None,
        }
    }

    fn settings(text: &str) -> Settings {
        Settings::parse(text).unwrap()
    }

    fn tqqq() -> Symbol {
        Symbol::new("TQQQ").unwrap()
    }

    #[test]
    fn an_account_that_may_owe_is_bad_unless_the_owner_allowed_it() {
        let opted_out = settings("[limits]\nrequire_unlevered_account = false");
        let usual = Settings::default();
        let table = [
            (owner(Some(1), Some(true)), Level::Ok, Level::Ok),
            (owner(Some(4), Some(false)), Level::Bad, Level::Bad),
            (owner(None, None), Level::Bad, Level::Bad),
        ];
        for (owner, margin, shorts) in table {
            let found = leverage(&owner, &usual);
            assert_eq!(
                (found.level, shorting(&owner, &usual).level),
                (margin, shorts)
            );
            assert_eq!(found.remedy.is_some(), margin != Level::Ok);
            let allowed = leverage(&owner, &opted_out).level;
            assert_eq!(allowed, margin.min(Level::Warn));
        }
    }

    #[test]
    fn a_symbol_is_judged_by_what_the_configured_orders_need() {
        let asset = |tradable, fractionable| Asset {
            symbol: tqqq(),
            tradable,
            fractionable,
        };
        let mut whole_shares = owner(Some(1), Some(true));
        whole_shares.fractional_trading = Some(false);
        let usual = owner(Some(1), Some(true));
        let by_limit = settings("[orders]\norder = \"limit\"");
        let table = [
            (
                Some(asset(true, true)),
                &usual,
                Settings::default(),
                Level::Ok,
                false,
            ),
            (
                Some(asset(true, true)),
                &whole_shares,
                Settings::default(),
                Level::Warn,
                true,
            ),
            (
                Some(asset(true, false)),
                &usual,
                Settings::default(),
                Level::Warn,
                false,
            ),
            (
                Some(asset(true, false)),
                &whole_shares,
                by_limit,
                Level::Ok,
                false,
            ),
            (
                Some(asset(false, true)),
                &usual,
                Settings::default(),
                Level::Bad,
                false,
            ),
            (None, &usual, Settings::default(), Level::Bad, false),
        ];
        for (asset, owner, settings, level, can_be_mended) in table {
            let found = symbol(&tqqq(), asset.as_ref(), Some(owner), &settings);
            assert_eq!(
                (found.level, found.remedy.is_some()),
                (level, can_be_mended),
                "{found:?}"
            );
        }
    }

    #[test]
    fn holdings_are_told_with_what_becomes_of_them() {
        let held = |name: &str, is_us_equity, direction| Position {
            symbol: Symbol::new(name).unwrap(),
            is_us_equity,
            direction,
            quantity: "1.5".parse::<Shares>().unwrap(),
            available: Shares::ZERO,
            average_entry_price: None,
            market_value: None,
        };
        let adopted = State {
            adopted: true,
            ..State::default()
        };
        let table = [
            (vec![], State::default(), Level::Ok),
            (
                vec![held("TQQQ", true, Direction::Long)],
                adopted.clone(),
                Level::Ok,
            ),
            (
                vec![held("TQQQ", true, Direction::Long)],
                State::default(),
                Level::Warn,
            ),
            (
                vec![held("TQQQ", true, Direction::Short)],
                adopted.clone(),
                Level::Warn,
            ),
            (
                vec![held("SPY", true, Direction::Long)],
                adopted.clone(),
                Level::Warn,
            ),
            (
                vec![held("BTCUSD", false, Direction::Long)],
                adopted,
                Level::Bad,
            ),
        ];
        for (positions, state, level) in table {
            let found = holdings(&positions, &Settings::default(), &state);
            assert_eq!(found.level, level, "{found:?}");
        }
    }

    #[test]
    fn requests_are_enough_while_a_slot_still_fits() {
        let rate = |used| requests(Rate { used, limit: 200 }).level;
        assert_eq!((rate(100), rate(101)), (Level::Ok, Level::Warn));
    }
}
