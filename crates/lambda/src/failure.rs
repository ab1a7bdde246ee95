//! Why an event was not answered: the typed errors of the Lambda.
//!
//! The name is what alarms, the dead letter and `aws lambda invoke` show; the text says what
//! happened and, after `hint:`, what to do.

use aws::AwsError;
use aws::secret::SecretError;
use aws::table::TableError;
use connectors::assemble::{AssembleError, KeysError, TimeError};
use cycle::CycleError;
use cycle::port::JournalError;
use cycle::switching::{Stricter, ThrowError};
use lambda_runtime::Diagnostic;
use trading::settings::SettingsError;

/// An event that was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The event is none that is known.
    #[error("{why}\nhint: {hint}")]
    Event {
        /// What is wrong with it.
        why: String,
        /// What may be sent.
        hint: &'static str,
    },
    /// The environment or the configuration makes no sense.
    #[error("{0}")]
    Configuration(String),
    /// The secret could not be read, or is malformed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The secret's texts are no keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A key that is needed is not in the secret.
    #[error(transparent)]
    Assembly(#[from] AssembleError),
    /// The table cannot serve.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The journal cannot serve.
    #[error("journal: {0}")]
    Journal(#[from] JournalError),
    /// The exchange whose clock counts does not answer.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The slot was not carried through; nothing could be recorded.
    #[error(transparent)]
    Cycle(#[from] CycleError),
    /// The try was recorded as failed; the slot is open, and the retry of this event goes on.
    #[error("slot {slot}: {why}")]
    TryFailed {
        /// Which slot.
        slot: String,
        /// What went wrong.
        why: String,
    },
    /// The slot was closed as failed, just now.
    #[error("slot {slot}: failed: {why}")]
    SlotFailed {
        /// Which slot.
        slot: String,
        /// What went wrong.
        why: String,
    },
    /// The state of the journal forbids the wish.
    #[error("{0}")]
    Refused(String),
    /// The program came to where it cannot be: a defect of its own.
    #[error(
        "the program broke off: {0}\nhint: the retry goes on where this stopped; report this with the function's log"
    )]
    Panicked(String),
}

impl Failure {
    /// Its name, as Lambda reports it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Event { .. } => "EventUnknown",
            Self::Configuration(_) => "ConfigurationInvalid",
            Self::Secret(SecretError::Unread { error, .. }) => match error {
                AwsError::Missing { .. } => "SecretMissing",
                AwsError::Denied { .. } => "PermissionDenied",
                _ => "SecretUnread",
            },
            Self::Secret(SecretError::Malformed { .. }) | Self::Keys(_) => "SecretMalformed",
            Self::Assembly(AssembleError::MissingKey { .. }) => "KeyMissing",
            Self::Assembly(_) => "ConfigurationInvalid",
            Self::Table(error) => error.name(),
            Self::Journal(error) => journal(error),
            Self::Time(_) => "VenueSilent",
            Self::Cycle(error) => cycle(error),
            Self::TryFailed { .. } => "TryFailed",
            Self::SlotFailed { .. } => "SlotFailed",
            Self::Refused(_) => "Refused",
            Self::Panicked(_) => "Panicked",
        }
    }
}

const fn journal(error: &JournalError) -> &'static str {
    match error {
        JournalError::Lost { .. } => "JournalLost",
        JournalError::Unknown { .. } => "JournalUnknown",
        JournalError::Unavailable(_) => "JournalUnavailable",
        JournalError::Corrupt(_) => "JournalCorrupt",
    }
}

const fn cycle(error: &CycleError) -> &'static str {
    match error {
        CycleError::Superseded { .. } => "Superseded",
        CycleError::Transient { .. } => "BrokerSilent",
        CycleError::Permanent { .. } => "BrokerRefused",
        CycleError::Halt(_) => "Halted",
        CycleError::Journal(error) => journal(error),
        CycleError::Foreign(_) => "JournalForeign",
        CycleError::Settings(_) => "ConfigurationInvalid",
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Configuration(format!("TQQQ_CONFIG: {error}"))
    }
}

impl From<Stricter> for Failure {
    fn from(stricter: Stricter) -> Self {
        Self::Refused(format!(
            "{stricter}\nhint: it is stricter than what was asked for; resume first, then halt again"
        ))
    }
}

impl From<ThrowError<Self>> for Failure {
    fn from(error: ThrowError<Self>) -> Self {
        match error {
            ThrowError::Refused(failure) => failure,
            ThrowError::Journal(error) => error.into(),
            ThrowError::Empty => Self::Refused(
                "the journal is empty\nhint: the first slot binds it to the account".to_owned(),
            ),
            ThrowError::Overtaken => {
                let why = format!("{error}; nothing was changed, try again");
                JournalError::Unavailable(why).into()
            }
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.name().to_owned(),
            error_message: failure.to_string(),
        }
    }
}
