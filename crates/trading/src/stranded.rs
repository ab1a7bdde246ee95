//! What is held while no order of ours will sell it: the owner's to sell by hand.
//!
//! A freeze, a damaged journal, an order without a known end: each stops sales too, and whoever
//! reads of it must learn in the same breath what that leaves in the account.

use market::{Shares, Symbol};

use crate::outcome::Outcome;
use crate::record::HaltLevel;
use crate::state::State;

impl State {
    /// What the owner must know when something is held that no order of ours will sell as things
    /// stand: a freeze, a refusal that stops sales, or a sale decided and not carried through.
    /// `None` when sales are free, and when nothing is held.
    #[must_use]
    pub fn stranded(&self) -> Option<String> {
        let is_frozen = self
            .halt
            .as_ref()
            .is_some_and(|halt| halt.level == HaltLevel::Frozen);
        let is_stopped = self
            .last_slot
            .as_ref()
            .is_some_and(|last| match &last.outcome {
                Outcome::Refused(refusal) => refusal.reason.strands(),
                Outcome::Failed(_) | Outcome::Missed => self.open_out.is_some(),
                Outcome::Traded | Outcome::Held(_) => false,
            });
        (is_frozen || is_stopped).then(|| self.by_hand())?
    }

    /// The same where every order is stopped whatever the state says, as on a damaged journal;
    /// `None` when nothing was held when last seen.
    #[must_use]
    pub fn by_hand(&self) -> Option<String> {
        let none_sells = "no order of this program sells it now";
        if !self.held.is_empty() {
            let held: Vec<String> = self.held.iter().map(holding).collect();
            return Some(format!(
                "{} is held and {none_sells}: sell it by hand at the broker if it must go",
                held.join(" and ")
            ));
        }
        // The first look at the account that could be judged begins its results.
        self.unit.is_none().then(|| {
            format!(
                "what the account holds was never seen here, and {none_sells}: look at the broker"
            )
        })
    }
}

fn holding((symbol, shares): (&Symbol, &Shares)) -> String {
    format!("{shares} {symbol}")
}
