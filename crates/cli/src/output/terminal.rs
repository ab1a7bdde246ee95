//! Whether there is somebody to colour for.

use std::io::{self, IsTerminal};

use crate::arguments::ColorChoice;
use crate::environment::Environment;

/// How text may look, decided once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    color: bool,
    color_stderr: bool,
    progress: bool,
    /// Columns that text must fit in; without somebody who looks it may be as wide as it likes.
    width: Option<usize>,
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
    /// Whether stdout takes colours.
    pub(crate) const fn has_colour(self) -> bool {
        self.color
    }

    /// No colour, no progress.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        color: false,
        color_stderr: false,
        progress: false,
        width: None,
    };

    /// The same, so many columns wide.
    #[cfg(test)]
    pub(crate) const fn narrow(width: usize) -> Self {
        Self {
            width: Some(width),
            ..Self::PLAIN
        }
    }

    /// As `choice` says; `Auto` colours a terminal unless `NO_COLOR` is set. The width is that of
    /// `COLUMNS`, else of the terminal.
    pub(crate) fn new(choice: ColorChoice, environment: &Environment) -> Self {
        let colors = |is_terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !environment.no_color && is_terminal,
        };
        let own_width = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
        Self {
            color: colors(io::stdout().is_terminal()),
            color_stderr: colors(io::stderr().is_terminal()),
            progress: io::stderr().is_terminal() && choice != ColorChoice::Never,
            width: environment.columns.or_else(own_width).map(usize::from),
        }
    }

    /// Columns that text should fit in; `None` where it may be as wide as it likes.
    pub(crate) const fn width(self) -> Option<usize> {
        self.width
    }

    /// `text` so painted, where there are colours.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        painted(self.color, paint, text)
    }

    /// The same on stderr.
    pub(crate) fn paint_stderr(self, paint: Paint, text: &str) -> String {
        painted(self.color_stderr, paint, text)
    }

    /// Whether progress may be drawn on stderr.
    pub(crate) const fn shows_progress(self) -> bool {
        self.progress
    }
}

fn painted(color: bool, paint: Paint, text: &str) -> String {
    if color && !text.is_empty() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code())
    } else {
        text.to_owned()
    }
}
