//! `GET /v2/orders/{id}` and `GET /v2/orders:by_client_order_id`.

use trading::order::BrokerOrderId;

use crate::secret::percent_encode;

/// The endpoint of a look-up by our id. Its colon is part of the path and is not encoded.
pub const BY_CLIENT_ID_PATH: &str = "/v2/orders:by_client_order_id";

/// The endpoint of one order.
#[must_use]
pub fn path(id: &BrokerOrderId) -> String {
    format!("{}/{}", super::PATH, percent_encode(&id.0))
}
