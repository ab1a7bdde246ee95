//! `GET /v2/orders`: listings, complete or an error.
//!
//! The vendor shows 50 orders by default and 500 at most, so every listing is paged: oldest first,
//! each page beginning a little before the end of the last. Orders of one moment may fall on both
//! sides of a page's border, and the time of an order can move by milliseconds just after its
//! acceptance; the overlap catches both, and orders met twice are kept once, as seen last.

use std::collections::BTreeMap;

use cycle::port::{OrderQuery, ReadError, Reply};
use market::time::milliseconds;
use market::{Duration, Instant};
use trading::order::{BrokerOrderId, OrderReport};

use super::super::{Alpaca, Endpoint, PAGES_TOO_MANY, incomplete};
use crate::wire::{Object, Unreadable};

const WHAT: &str = "alpaca/orders";
/// Orders on a page, the vendor's most.
pub const PAGE_SIZE: usize = 500;
/// Most pages of one listing.
const PAGES_MAX: usize = 100;
/// How far a page reaches back into the one before.
const OVERLAP: Duration = milliseconds(10);

/// The orders of one page.
///
/// # Errors
/// [`Unreadable`]; an unreadable list is never an empty one.
pub fn read(bytes: &[u8]) -> Result<Vec<OrderReport>, Unreadable> {
    Object::parse_list("order", bytes)?
        .iter()
        .map(super::report)
        .collect()
}

/// All orders that `query` asks for, oldest first.
pub(crate) async fn all(
    alpaca: &Alpaca,
    query: OrderQuery,
) -> Result<Reply<Vec<OrderReport>>, ReadError> {
    let (status, mut after) = match query {
        OrderQuery::Open => ("open", None),
        OrderQuery::Since(moment) => ("all", Some(moment)),
    };
    let mut orders: BTreeMap<BrokerOrderId, OrderReport> = BTreeMap::new();
    let mut bodies = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = page(alpaca, status, after).await?;
        bodies.extend(page.bodies);
        let (rows, known) = (page.value.len(), orders.len());
        let newest = page
            .value
            .iter()
            .filter_map(|order| order.submitted_at)
            .max();
        orders.extend(
            page.value
                .into_iter()
                .map(|order| (order.broker_id.clone(), order)),
        );
        if rows < PAGE_SIZE {
            return Ok(Reply {
                value: oldest_first(orders),
                bodies,
            });
        }
        let next = newest.map(|newest| newest - OVERLAP);
        if next.is_none() || next <= after || orders.len() == known {
            return Err(incomplete(WHAT, "a full page leads to no further one"));
        }
        after = next;
    }
    Err(incomplete(WHAT, PAGES_TOO_MANY))
}

async fn page(
    alpaca: &Alpaca,
    status: &str,
    after: Option<Instant>,
) -> Result<Reply<Vec<OrderReport>>, ReadError> {
    let (limit, moment) = (PAGE_SIZE.to_string(), after.map(|after| after.to_string()));
    let mut query = vec![
        ("status", status),
        ("limit", &limit),
        ("direction", "asc"),
        ("nested", "false"),
    ];
    query.extend(moment.as_deref().map(|moment| ("after", moment)));
    alpaca
        .read(
            Endpoint {
                what: WHAT,
                path: super::PATH,
                query: &query,
            },
            read,
        )
        .await
}

fn oldest_first(orders: BTreeMap<BrokerOrderId, OrderReport>) -> Vec<OrderReport> {
    let mut orders: Vec<OrderReport> = orders.into_values().collect();
    orders.sort_by_key(|order| order.submitted_at);
    orders
}
