//! The program that is simulated: what ships.
//!
//! With the cargo feature `sabotage` it may make one mistake on purpose. The mistake is made while
//! a process of the program acts, and while its record is computed again, since a mistake in a
//! decision would be one in its replay too; never by the exchange, nor by who checks.

#[cfg(feature = "sabotage")]
use market::sabotage::{Sabotage, Suspended};

/// What the program does while it is at work.
#[derive(Clone, Copy, Default)]
pub(crate) struct Program {
    #[cfg(feature = "sabotage")]
    pub(crate) sabotage: Option<Sabotage>,
}

impl Program {
    /// The program does `work`.
    pub(crate) fn at<T>(self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "sabotage")]
        if let Some(sabotage) = self.sabotage {
            return sabotage.commit(work);
        }
        work()
    }
}

/// While this lives somebody else is at work: the exchange, or who checks.
pub(crate) struct Others {
    #[cfg(feature = "sabotage")]
    _honest: Suspended,
}

impl Others {
    /// From now on.
    pub(crate) fn begin() -> Self {
        Self {
            #[cfg(feature = "sabotage")]
            _honest: Suspended::begin(),
        }
    }
}
