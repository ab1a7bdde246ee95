//! One line of a check-up.

use super::Remedy;
use crate::fault::Fault;

/// How good what was found is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// Works, and is worth a look.
    Warn,
    /// Slots will be refused or fail, or money is at risk.
    Bad,
}

impl Level {
    /// Its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// What was looked at, how it was found, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) name: String,
    /// How good it is.
    pub(crate) level: Level,
    /// How it was found.
    pub(crate) found: String,
    /// What to do about it.
    pub(crate) advice: Option<String>,
    /// What `doctor --fix` can do about it.
    pub(crate) remedy: Option<Remedy>,
}

impl Finding {
    /// As it should be.
    pub(crate) fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            level: Level::Ok,
            found: found.into(),
            advice: None,
            remedy: None,
        }
    }

    /// Worth a look.
    pub(crate) fn warn(
        name: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warn,
            advice: Some(advice.into()),
            ..Self::ok(name, found)
        }
    }

    /// To be mended first.
    pub(crate) fn bad(
        name: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Bad,
            ..Self::warn(name, found, advice)
        }
    }

    /// Bad by an error, whose own hint is the advice, else this one.
    pub(crate) fn of_error(
        name: impl Into<String>,
        error: impl std::fmt::Display,
        advice: &str,
    ) -> Self {
        Self::of_fault(name, &Fault::failed(error), advice)
    }

    /// The same of a fault.
    pub(crate) fn of_fault(name: impl Into<String>, fault: &Fault, advice: &str) -> Self {
        let advice = fault.remedy().unwrap_or(advice).replace('\n', "; ");
        Self::bad(name, fault.message().replace('\n', "; "), advice)
    }

    /// The same, with what can be done about it here.
    #[must_use]
    pub(crate) fn with(self, remedy: Remedy) -> Self {
        Self {
            remedy: Some(remedy),
            ..self
        }
    }
}
