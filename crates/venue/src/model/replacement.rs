//! Replacing an order by another.

use market::{Money, Price, Shares};

use super::Venue;
use super::order::{Happening, Kind, Order, Replacement, Size, Status, Times, is_sub_penny};
use super::refusal::Refusal;
use super::uuid::Uuid;

impl Venue {
    /// Puts a new order in the place of one that is at the market.
    ///
    /// The new order's quantity is what was asked, else what the old one had left. Until it is
    /// checked the old one reserves nothing, so that the larger of both is what is needed.
    ///
    /// # Errors
    /// [`Refusal`]: the order is unknown, is not at the market, is fractional, or the new one
    /// cannot be paid for.
    pub fn replace(&mut self, id: &str, change: &Replacement) -> Result<&Order, Refusal> {
        let place = self.place(id)?;
        let old = self.book.get(place).clone();
        if old.status.after(Happening::Superseded).is_none() {
            let status = old.status;
            return Err(Refusal::NotReplaceable { status });
        }
        let left = quantity(&old, change)?;
        let kind = kind(&old, change)?;
        let reference = match kind {
            Kind::Limit(limit) => limit,
            Kind::Market => old.reference,
        };
        self.check_client_id(change.client_order_id.as_deref())?;
        if old.intent.opens() {
            self.check_cost(left * reference, Some(place))?;
        } else {
            self.check_held(&old.symbol, left, Some(place))?;
        }
        let successor = self.successor(old, change, left, kind, reference);
        let (now, successor_id) = (self.now, successor.id);
        self.book.change(place, |order| {
            order.apply(Happening::Superseded, now);
            order.replaced_by = Some(successor_id);
        });
        let place = self.enter(successor);
        Ok(self.book.get(place))
    }

    fn successor(
        &mut self,
        old: Order,
        change: &Replacement,
        left: Shares,
        kind: Kind,
        reference: Price,
    ) -> Order {
        let time_in_force = change.time_in_force.unwrap_or(old.time_in_force);
        let made_up = Uuid::next(&mut self.ids).to_string();
        Order {
            id: Uuid::next(&mut self.ids),
            client_order_id: change.client_order_id.clone().unwrap_or(made_up),
            size: Size::Shares(left),
            kind,
            time_in_force,
            status: Status::Accepted,
            filled: Shares::ZERO,
            filled_value: Money::ZERO,
            times: Times::of_arrival(self.now, self.expiry(time_in_force)),
            replaces: Some(old.id),
            replaced_by: None,
            reference,
            shares_held: left,
            next_look: None,
            stuck: None,
            halted: None,
            races: false,
            ..old
        }
    }
}

/// The new order's quantity; only whole shares are ever replaced.
fn quantity(old: &Order, change: &Replacement) -> Result<Shares, Refusal> {
    let Size::Shares(count) = old.size else {
        return Err(Refusal::FractionalReplacement);
    };
    let kept = count.saturating_sub(old.filled);
    let left = change.quantity.unwrap_or(kept);
    if count.whole() != count || left.whole() != left {
        return Err(Refusal::FractionalReplacement);
    }
    if left.is_zero() {
        return Err(Refusal::QuantityNotPositive);
    }
    Ok(left)
}

/// The new order's kind; a market order stays one whatever limit is given.
fn kind(old: &Order, change: &Replacement) -> Result<Kind, Refusal> {
    match (old.kind, change.limit_price) {
        (Kind::Limit(_), Some(price)) if is_sub_penny(price) => Err(Refusal::SubPenny { price }),
        (Kind::Limit(_), Some(price)) => Ok(Kind::Limit(price)),
        (kind, _) => Ok(kind),
    }
}
