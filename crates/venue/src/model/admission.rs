//! The entry check: what a new order must satisfy.

use market::{Bps, Decimal, Money, Price, Shares, Symbol};

use super::book::Place;
use super::config::{ClientIds, EntryMargin, MarketCheck, Multiplier};
use super::order::{Kind, Order, OrderRequest, PositionIntent, Side, Size, check};
use super::refusal::Refusal;
use super::uuid::Uuid;
use super::{Listed, Venue};

/// What the entry check learned about an order it lets in.
pub(super) struct Admission {
    pub(super) asset_id: Uuid,
    pub(super) intent: PositionIntent,
    /// Dollars per share that the check reckoned with.
    pub(super) reference: Price,
    pub(super) shares_held: Shares,
}

impl Venue {
    pub(super) fn admit(&self, request: &OrderRequest) -> Result<Admission, Refusal> {
        check(request)?;
        self.check_client_id(request.client_order_id.as_deref())?;
        let symbol = request.symbol.as_str();
        let listed = self.listed(symbol).ok_or_else(|| Refusal::UnknownAsset {
            symbol: symbol.to_owned(),
        })?;
        self.check_permissions(request, listed)?;
        let quote = self.quote(symbol).ok_or_else(|| Refusal::NoPrice {
            symbol: request.symbol.clone(),
        })?;
        let reference = match (request.kind, request.side, self.unconfirmed.market_check) {
            (Kind::Market, Side::Buy, MarketCheck::Collar) => collared(quote.ask),
            (Kind::Market, side, _) => quote.taken_by(side),
            (Kind::Limit(limit), ..) => limit,
        };
        self.check_wash_trade(request)?;
        self.check_means(request, reference, listed)
    }

    pub(super) fn check_client_id(&self, id: Option<&str>) -> Result<(), Refusal> {
        let Some(id) = id else { return Ok(()) };
        let used =
            self.book
                .by_client_id(id)
                .is_some_and(|order| match self.unconfirmed.client_ids {
                    ClientIds::UniqueForEver => true,
                    ClientIds::UniqueAmongActive => !order.status.is_terminal(),
                });
        if used || self.burnt_ids.contains(id) {
            return Err(Refusal::DuplicateClientOrderId);
        }
        Ok(())
    }

    fn check_permissions(&self, request: &OrderRequest, listed: &Listed) -> Result<(), Refusal> {
        let settings = self.account.settings;
        if settings.suspend_trade {
            return Err(Refusal::Suspended);
        }
        if request.size.is_fractional() && !listed.listing.fractionable {
            let symbol = request.symbol.clone();
            return Err(Refusal::NotFractionable { symbol });
        }
        if request.size.is_fractional() && !settings.fractional_trading {
            return Err(Refusal::FractionalDisabled);
        }
        Ok(())
    }

    /// A market order may trade with any open order of the other side, two limits when they cross.
    fn check_wash_trade(&self, request: &OrderRequest) -> Result<(), Refusal> {
        let opposite = self.book.open().map(|(_, order)| order).find(|order| {
            order.symbol == request.symbol
                && order.side == request.side.opposite()
                && may_trade(request, order)
        });
        match opposite {
            None => Ok(()),
            Some(order) => Err(Refusal::WashTrade {
                existing: order.id,
                limit: matches!(order.kind, Kind::Limit(_)),
            }),
        }
    }

    fn check_means(
        &self,
        request: &OrderRequest,
        reference: Price,
        listed: &Listed,
    ) -> Result<Admission, Refusal> {
        let holding = self.account.holding(&request.symbol);
        let short = holding.quantity.is_sign_negative() && !holding.quantity.is_zero();
        let long = !short && !holding.quantity.is_zero();
        let intent = match request.side {
            Side::Buy if short => PositionIntent::BuyToClose,
            Side::Buy => PositionIntent::BuyToOpen,
            Side::Sell if long => PositionIntent::SellToClose,
            Side::Sell => PositionIntent::SellToOpen,
        };
        let wanted = match request.size {
            Size::Shares(count) => count,
            Size::Notional(dollars) => dollars.shares_at(reference),
        };
        if intent.opens() {
            self.check_opening(request, intent, wanted, reference, listed)?;
        } else {
            self.check_held(&request.symbol, wanted, None)?;
        }
        Ok(Admission {
            asset_id: listed.listing.id,
            intent,
            reference,
            shares_held: wanted,
        })
    }

    fn check_opening(
        &self,
        request: &OrderRequest,
        intent: PositionIntent,
        wanted: Shares,
        reference: Price,
        listed: &Listed,
    ) -> Result<(), Refusal> {
        if intent == PositionIntent::SellToOpen {
            if request.size.is_fractional() {
                return Err(Refusal::FractionalShort);
            }
            let shorting = self.shorting_enabled() && listed.listing.shortable;
            if !shorting {
                return Err(Refusal::NoShorting);
            }
        }
        let cost = match request.size {
            Size::Shares(_) => wanted * reference,
            Size::Notional(dollars) => dollars,
        };
        self.check_cost(cost, None)?;
        self.check_house_margin(cost, listed)
    }

    /// What the house asks of all positions and of this one, against equity.
    fn check_house_margin(&self, cost: Money, listed: &Listed) -> Result<(), Refusal> {
        if self.unconfirmed.entry_margin == EntryMargin::Regulation {
            return Ok(());
        }
        let rate = Decimal::new(i64::from(listed.listing.margin_long_percent), 2);
        let free = self.equity().decimal() - self.maintenance_margin().decimal();
        if cost.decimal() * rate <= free {
            return Ok(());
        }
        let buying_power = free.checked_div(rate).unwrap_or(free);
        let buying_power = Money::new(buying_power.max(Decimal::ZERO)).unwrap_or(Money::ZERO);
        Err(Refusal::InsufficientBuyingPower { buying_power, cost })
    }

    /// `except` is the order that this one takes the place of.
    pub(super) fn check_cost(&self, cost: Money, except: Option<Place>) -> Result<(), Refusal> {
        let buying_power = self.buying_power(self.multiplier(), except);
        if cost > buying_power {
            return Err(Refusal::InsufficientBuyingPower { buying_power, cost });
        }
        Ok(())
    }

    /// As [`Venue::check_cost`], for shares that a closing order needs.
    pub(super) fn check_held(
        &self,
        symbol: &Symbol,
        wanted: Shares,
        except: Option<Place>,
    ) -> Result<(), Refusal> {
        let existing = self.account.holding(symbol).count();
        let held = self.shares_held(symbol, except);
        let available = existing.saturating_sub(held);
        if wanted > available {
            return Err(Refusal::InsufficientQuantity {
                symbol: symbol.clone(),
                requested: wanted,
                available,
                existing,
                held,
            });
        }
        Ok(())
    }

    /// Whether short sales are taken: the owner wants them and has margin.
    #[must_use]
    pub fn shorting_enabled(&self) -> bool {
        !self.account.settings.no_shorting && self.multiplier() > Multiplier::One
    }
}

/// What older papers reckon a market purchase at.
fn collared(price: Price) -> Price {
    const DEAR: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
    let collar = match price.decimal() >= DEAR {
        true => Bps::whole(250),
        false => Bps::whole(400),
    };
    price.moved(collar).unwrap_or(price)
}

/// Whether a new order and an open one of the other side could trade with each other.
fn may_trade(request: &OrderRequest, open: &Order) -> bool {
    let (Kind::Limit(new), Kind::Limit(old)) = (request.kind, open.kind) else {
        return true;
    };
    match request.side {
        Side::Buy => new >= old,
        Side::Sell => new <= old,
    }
}
