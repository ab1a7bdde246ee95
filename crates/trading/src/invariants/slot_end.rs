//! What the end of a slot shows, to the cycle that is about to close it.

use market::calendar::Calendar;

use super::history::History;
use super::{Breach, cash, exits, holdings, purchases, register};
use crate::order::{AccountTag, OrderReport};
use crate::outcome::Refusal;
use crate::portfolio::Portfolio;
use crate::record::Entry;
use crate::settings::Settings;
use crate::state::State;

/// A slot before its closing record.
#[derive(Debug, Clone, Copy)]
pub struct SlotEnd<'a> {
    /// This account's tag in our ids.
    pub tag: &'a AccountTag,
    /// The configuration of the try that ends.
    pub settings: &'a Settings,
    /// Its calendar.
    pub calendar: &'a Calendar,
    /// The folded journal before the slot's first record.
    pub began: &'a State,
    /// The folded journal before its closing record.
    pub state: &'a State,
    /// The slot's records and what was written between them, from its first opening on.
    pub entries: &'a [Entry],
    /// The portfolio before acting.
    pub before: &'a Portfolio,
    /// The portfolio at the end.
    pub after: &'a Portfolio,
    /// All orders the broker shows since the newest known before the slot.
    pub orders: &'a [OrderReport],
    /// The rule that ended acting, where one did.
    pub refused: Option<&'a Refusal>,
}

impl SlotEnd<'_> {
    /// Everything that it shows to be wrong.
    #[must_use]
    pub fn breaches(&self) -> Vec<Breach> {
        let mut history = History::resumed(self.began.clone(), self.settings, self.calendar);
        for entry in self.entries {
            history.take(entry);
        }
        let mut found = self.at_the_broker(&history);
        let recorded = history.finish();
        found.extend(recorded.into_iter().map(|(_, breach)| breach));
        // One thing may show in several ways; it is told once.
        found.sort();
        found.dedup();
        found
    }

    fn at_the_broker(&self, history: &History) -> Vec<Breach> {
        let slot = history.under_way();
        let mut found = purchases::open_twice(&self.after.open_orders, self.tag);
        found.extend(slot.purchases().against(self.orders));
        found.extend(cash::overdrawn(self.before, self.after, slot.has_bought()));
        found.extend(holdings::owed(self.before, self.after, slot.sold()));
        found.extend(register::unintended(self.orders, self.state, self.tag));
        let deliveries = history.deliveries();
        found.extend(
            self.orders
                .iter()
                .filter_map(|order| deliveries.out_of_time(order)),
        );
        let refused = self.refused.zip(slot.plan());
        found.extend(refused.and_then(|(refusal, plan)| exits::refused(refusal, plan, self.state)));
        found
    }
}
