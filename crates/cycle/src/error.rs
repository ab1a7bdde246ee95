//! Why a slot was not carried through, by what the caller must do.

use trading::outcome::Refusal;
use trading::record::{HaltReason, RunId};
use trading::settings::SettingsError;

use crate::port::{JournalError, ReadError};

/// The step of EXECUTION §3 at which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Opening the slot.
    Open,
    /// Settling what earlier tries left.
    Recover,
    /// Seeing data, account and holdings.
    Observe,
    /// Sending and awaiting orders.
    Act,
    /// Seeing that it is so.
    Verify,
    /// Writing the outcome.
    Close,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Recover => "recover",
            Self::Observe => "observe",
            Self::Act => "act",
            Self::Verify => "verify",
            Self::Close => "close",
        })
    }
}

/// Why a slot was not carried through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CycleError {
    /// Another run owns the slot: stop, nothing is to be written.
    #[error("run {by} has taken over")]
    Superseded {
        /// The other run.
        by: RunId,
    },
    /// A later try of the same slot may succeed.
    #[error("{step}: {why}")]
    Transient {
        /// Where.
        step: Step,
        /// What went wrong.
        why: String,
    },
    /// No try can succeed until the owner acts.
    #[error("{step}: {why}")]
    Permanent {
        /// Where.
        step: Step,
        /// What went wrong.
        why: String,
    },
    /// Something that must never be: trading stops until the owner has looked.
    #[error("halted: {0}")]
    Halt(HaltReason),
    /// The journal cannot be trusted or written: nothing more can be recorded or sent.
    #[error("journal: {0}")]
    Journal(#[from] JournalError),
    /// The chain is of another account or host.
    #[error("{0}")]
    Foreign(Refusal),
    /// The configuration makes no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl CycleError {
    /// A read that came to nothing at `step`.
    pub(crate) fn reading(step: Step, what: &str, error: &ReadError) -> Self {
        let why = format!("{what}: {error}");
        if error.is_permanent() {
            Self::Permanent { step, why }
        } else {
            Self::Transient { step, why }
        }
    }

    /// Where it happened, where that is known.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::Transient { step, .. } | Self::Permanent { step, .. } => Some(*step),
            _ => None,
        }
    }
}
