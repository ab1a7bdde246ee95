//! `DELETE /v2/orders/{id}`: 204 without a body.

use cycle::port::{SendFence, Submission};
use reqwest::Method;
use trading::order::Cancel;

use super::super::refusal;
use super::get;
use crate::http::{Answer, Http};

/// Asks for a cancel once. Taken is not done: the order may still fill.
pub(crate) async fn send(http: &Http, cancel: &Cancel, fence: SendFence) -> Submission<()> {
    match http
        .mutate(Method::DELETE, &get::path(&cancel.order), None, fence)
        .await
    {
        Ok(answer) => answered(&answer),
        Err(error) => refusal::unanswered(&error),
    }
}

/// What an answer says. `order is already in "filled" state` (422) and an unknown order (404) are
/// refusals in the vendor's words; the look-up after them tells the rest.
#[must_use]
pub fn answered(answer: &Answer) -> Submission<()> {
    if answer.is_success() {
        Submission::Accepted(())
    } else {
        refusal::mutation("alpaca/cancel", answer)
    }
}
