//! Whether there is somebody to colour for.

use std::io::{self, IsTerminal};

use crate::arguments::ColorChoice;
use crate::environment::Environment;

/// How text may look, decided once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    color: bool,
    progress: bool,
}

/// A colour with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// A heading.
    Strong,
    /// Worth less attention.
    Faint,
    /// Gains, things done.
    Good,
    /// Losses, failures.
    Bad,
    /// Worth a look.
    Warn,
}

impl Paint {
    const fn code(self) -> &'static str {
        match self {
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Warn => "33",
        }
    }
}

impl Terminal {
    /// No colour, no progress.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        color: false,
        progress: false,
    };

    /// As `choice` says; `Auto` colours a terminal unless `NO_COLOR` is set.
    pub(crate) fn new(choice: ColorChoice, environment: &Environment) -> Self {
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !environment.no_color && io::stdout().is_terminal(),
        };
        Self {
            color,
            progress: io::stderr().is_terminal() && choice != ColorChoice::Never,
        }
    }

    /// `text` so painted, where there are colours.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code())
        } else {
            text.to_owned()
        }
    }

    /// Whether progress may be drawn on stderr.
    pub(crate) const fn shows_progress(self) -> bool {
        self.progress
    }
}
