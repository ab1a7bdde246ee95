//! The folded chain: where a journal stands, for commands that do not trade.

use cycle::port::Journal;
use trading::record::Head;
use trading::state::State;

use crate::ChronicleError;

/// Entries read back before the whole chain is: no slot has as many.
pub const ENTRIES_BACK: u64 = 512;

/// The first record worth reading for what is newest.
pub fn tail_start(head: Option<Head>) -> u64 {
    head.map_or(1, |head| head.seq.saturating_sub(ENTRIES_BACK) + 1)
}

/// The state after the newest record: from the newest closing record, which carries a state, else
/// from the chain's beginning.
///
/// # Errors
/// When the chain cannot be read or does not hold together.
pub async fn state(journal: &dyn Journal, head: Option<Head>) -> Result<State, ChronicleError> {
    Ok(cycle::switching::standing(journal, head).await?)
}
