//! Randomness, handed in.

use trading::record::RunId;

/// Where run ids come from.
pub trait Entropy: Send + Sync {
    /// 128 fresh random bits.
    fn run_id(&self) -> RunId;
}
