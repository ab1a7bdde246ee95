//! What ends a command early: what happened, with which values, and what to do about it.

use std::fmt;

use connectors::assemble::TimeError;
use market::calendar::CalendarError;
use trading::settings::SettingsError;

use crate::exit::Exit;

/// What stands between an error's text and its remedy, wherever a crate joins the two.
const HINT: &str = "\nhint: ";

/// The end of a command that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

/// The command's value or what ended it.
pub(crate) type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// Input, configuration or place refused: exit 2.
    pub(crate) fn input(message: impl fmt::Display) -> Self {
        Self::new(Exit::BadInput, &message.to_string())
    }

    /// Work broke off: exit 4.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, &message.to_string())
    }

    /// The same with what to do about it; an earlier hint is replaced.
    #[must_use]
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Self {
        Self {
            hint: Some(hint.to_string()),
            ..self
        }
    }

    /// The same with what to do about it, unless who found the error knew better.
    #[must_use]
    pub(crate) fn hint_unless_there(self, hint: impl fmt::Display) -> Self {
        if self.hint.is_some() {
            self
        } else {
            self.hint(hint)
        }
    }

    /// The same, said to be in this place.
    #[must_use]
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        Self {
            message: format!("{place}: {}", self.message),
            ..self
        }
    }

    /// What happened.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, where that is known.
    pub(crate) fn remedy(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    fn new(exit: Exit, text: &str) -> Self {
        match text.split_once(HINT) {
            None => Self {
                exit,
                message: text.to_owned(),
                hint: None,
            },
            Some((message, hint)) => Self {
                exit,
                message: message.to_owned(),
                hint: Some(hint.to_owned()),
            },
        }
    }
}

impl From<CalendarError> for Fault {
    fn from(error: CalendarError) -> Self {
        Self::input(error)
            .hint("stay inside the calendar, and mind its overrides in the configuration")
    }
}

impl From<TimeError> for Fault {
    fn from(error: TimeError) -> Self {
        match error {
            TimeError::Address(error) => Self::input(error),
            TimeError::Silent(error) => Self::failed(error),
        }
    }
}

impl From<SettingsError> for Fault {
    fn from(error: SettingsError) -> Self {
        Self::input(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            None => Ok(()),
            Some(hint) => write!(f, "\nhint: {hint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_inside_a_text_becomes_the_hint_line() {
        let fault = Fault::input("fast = 30: too large\nhint: write 10").at("tqqq.toml");
        assert_eq!(
            fault.to_string(),
            "error: tqqq.toml: fast = 30: too large\nhint: write 10"
        );
        assert_eq!(fault.exit().code(), 2);
    }

    #[test]
    fn the_hint_of_who_found_the_error_is_kept() {
        let keeps = |text| {
            let fault = Fault::input(text).hint_unless_there("check keys and address");
            fault.to_string()
        };
        assert_eq!(keeps("401"), "error: 401\nhint: check keys and address");
        assert_eq!(keeps("401\nhint: check KEY"), "error: 401\nhint: check KEY");
    }

    #[test]
    fn a_fault_without_remedy_has_one_line() {
        assert_eq!(Fault::failed("gone").to_string(), "error: gone");
    }
}
