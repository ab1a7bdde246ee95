//! How the program ends: its exit codes.

use std::process::ExitCode;

/// What the exit code says; `tqqq --help` lists the same six.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and nothing was wrong.
    Done,
    /// A check ran and said no: `replay`, `journal verify`.
    SaidNo,
    /// Usage, configuration or input was refused; nothing was started.
    BadInput,
    /// The slot ended `Refused`.
    SlotRefused,
    /// The slot, or one of many, ended `Failed`; or the work broke off.
    Failed,
    /// The slot ended `Missed`.
    SlotMissed,
}

impl Exit {
    /// The number the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SaidNo => 1,
            Self::BadInput => 2,
            Self::SlotRefused => 3,
            Self::Failed => 4,
            Self::SlotMissed => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
