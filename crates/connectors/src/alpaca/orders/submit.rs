//! `POST /v2/orders`.

use cycle::port::{SendFence, Submission};
use reqwest::Method;
use serde_json::json;
use trading::order::{Instruction, Order, OrderReport};

use super::super::refusal;
use crate::http::{Answer, Http};

const WHAT: &str = "alpaca/order";

/// The bytes of an order: the same order always gives the same bytes, so that a resend is the
/// same request. Amounts are texts, digit by digit as planned. Every order is good for the day:
/// notionals and fractions are accepted in no other way.
#[must_use]
pub fn encode(order: &Order) -> String {
    let quoted = |text: &str| json!(text).to_string();
    let (kind, amounts) = match &order.instruction {
        Instruction::Market { quantity } => ("market", format!(r#""qty":"{quantity}""#)),
        Instruction::Notional { notional } => ("market", format!(r#""notional":"{notional}""#)),
        Instruction::Limit {
            quantity,
            limit_price,
        } => (
            "limit",
            format!(r#""qty":"{quantity}","limit_price":"{limit_price}""#),
        ),
    };
    let (symbol, id) = (quoted(order.symbol.as_str()), quoted(order.id.as_str()));
    let side = order.side;
    format!(
        r#"{{"symbol":{symbol},{amounts},"side":"{side}","type":"{kind}","time_in_force":"day","client_order_id":{id}}}"#
    )
}

/// Sends an order once.
pub(crate) async fn send(http: &Http, order: &Order, fence: SendFence) -> Submission<OrderReport> {
    match http
        .mutate(Method::POST, super::PATH, Some(encode(order)), fence)
        .await
    {
        Ok(answer) => answered(order, &answer),
        Err(error) => refusal::unanswered(&error),
    }
}

/// What an answer says. A 2xx that cannot be read, or that is about another order, proves nothing.
#[must_use]
pub fn answered(order: &Order, answer: &Answer) -> Submission<OrderReport> {
    if !answer.is_success() {
        return refusal::mutation(WHAT, answer);
    }
    match super::read(answer.bytes()) {
        Ok(report) if report.client_order_id == order.id.as_str() => Submission::Accepted(report),
        Ok(report) => {
            let why = format!(
                "{WHAT}: answered about {} instead of {}",
                report.client_order_id, order.id
            );
            Submission::Unknown { why }
        }
        Err(error) => Submission::Unknown {
            why: format!("{WHAT}: HTTP {}, but {error}", answer.status()),
        },
    }
}
