//! Reading an order or its change: numbers or strings, unknown names ignored.

use std::str::FromStr;

use market::{Money, Price, Shares, Symbol};
use serde_json::{Map, Value};

use super::asset;
use super::refused::{Refused, UNPROCESSABLE};
use crate::model::{Kind, OrderRequest, Refusal, Replacement, Side, Size, TimeInForce, Venue};

/// The fields of a request body.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(body: &[u8]) -> Result<Self, Refused> {
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|_| Refused::new(400, 40_010_000, "request body format is invalid"))
    }

    /// The text of a string or number; `null` and the empty string count as absent.
    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    fn read<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refused> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Refused::malformed(format!("invalid {name} {text}"))),
        }
    }

    fn required(&self, name: &str) -> Result<String, Refused> {
        self.text(name)
            .ok_or_else(|| Refused::malformed(format!("{name} is required")))
    }

    pub(super) fn order(&self, venue: &Venue) -> Result<OrderRequest, Refused> {
        let unsupported = |what: String| {
            Refused::new(
                422,
                UNPROCESSABLE,
                format!("{what} is not supported by this venue"),
            )
        };
        let class = self.text("order_class").unwrap_or_default();
        if !matches!(class.as_str(), "" | "simple") {
            return Err(unsupported(format!("order_class {class}")));
        }
        let size = self.size()?;
        let kind = match self.required("type")?.as_str() {
            "market" => Kind::Market,
            "limit" => Kind::Limit(self.limit_price()?),
            other => return Err(unsupported(format!("order type {other}"))),
        };
        Ok(OrderRequest {
            symbol: self.symbol(venue)?,
            side: match self.required("side")?.as_str() {
                "buy" => Side::Buy,
                "sell" => Side::Sell,
                other => return Err(Refused::malformed(format!("invalid side {other}"))),
            },
            size,
            kind,
            time_in_force: match self.required("time_in_force")?.as_str() {
                "day" => TimeInForce::Day,
                "gtc" => TimeInForce::GoodTillCanceled,
                other => return Err(unsupported(format!("time_in_force {other}"))),
            },
            extended_hours: self.flag("extended_hours"),
            client_order_id: self.text("client_order_id"),
        })
    }

    pub(super) fn replacement(&self) -> Result<Replacement, Refused> {
        let time_in_force = match self.text("time_in_force").as_deref() {
            None => None,
            Some("day") => Some(TimeInForce::Day),
            Some("gtc") => Some(TimeInForce::GoodTillCanceled),
            Some(other) => {
                return Err(Refused::malformed(format!("invalid time_in_force {other}")));
            }
        };
        Ok(Replacement {
            quantity: self.read::<Shares>("qty")?,
            limit_price: self.read::<Price>("limit_price")?,
            time_in_force,
            client_order_id: self.text("client_order_id"),
        })
    }

    fn size(&self) -> Result<Size, Refused> {
        match (self.read::<Shares>("qty")?, self.read::<Money>("notional")?) {
            (Some(_), Some(_)) => Err(Refused::malformed(
                "only one of qty or notional is accepted",
            )),
            (Some(count), None) => Ok(Size::Shares(count)),
            (None, Some(dollars)) => Ok(Size::Notional(dollars)),
            (None, None) => Err(Refused::malformed("qty is required")),
        }
    }

    fn limit_price(&self) -> Result<Price, Refused> {
        let price = self.read::<Price>("limit_price")?;
        price.ok_or_else(|| Refused::malformed("limit orders require a limit price"))
    }

    fn symbol(&self, venue: &Venue) -> Result<Symbol, Refused> {
        let name = self.required("symbol")?;
        match asset::named(venue, &name) {
            Some(listing) => Ok(listing.symbol.clone()),
            None => Err(Refused::from(Refusal::UnknownAsset { symbol: name })),
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}
