//! Run ids from the seed.

use cycle::port::Entropy;
use trading::record::RunId;

use super::Seat;

/// The lot that run ids are drawn from.
const PURPOSE: u64 = 0x1d;

/// Draws of one process.
pub(crate) struct Draws(pub(crate) Seat);

impl Entropy for Draws {
    fn run_id(&self) -> RunId {
        let mut lot = self
            .0
            .state()
            .fate
            .lot(PURPOSE + ((self.0.process as u64) << 8));
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = u8::try_from(lot.below(256)).expect("below 256 is a byte");
        }
        RunId(bytes)
    }
}
