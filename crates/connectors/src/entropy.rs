//! Randomness of the operating system.

use cycle::port::Entropy;
use trading::record::RunId;

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the port through which entropy enters"
    )]
    fn run_id(&self) -> RunId {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).expect("a supported system always has a random source");
        RunId(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_runs_have_one_id() {
        assert_ne!(OsEntropy.run_id(), OsEntropy.run_id());
    }
}
