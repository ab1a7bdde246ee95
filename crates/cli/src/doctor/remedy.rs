//! What can be mended here, and how. Nothing is done before the owner has agreed.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use connectors::alpaca::configuration::Safeguard;
use connectors::assemble::{Keys, alpaca};
use cycle::port::{Monotonic, SendFence, Submission};
use market::Duration;
use market::time::seconds;
use trading::record::{Noted, Record};
use trading::settings::Venue;

use super::Subject;
use crate::switch::{PlayedVenue, throw};

/// A change is sent within this time or not at all.
const SEND_WITHIN: Duration = seconds(10);

/// Something that can be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// A setting of the account at the broker.
    Protect(Safeguard),
    /// Permissions of a file.
    Restrict {
        /// Which file.
        path: PathBuf,
        /// The mode it gets.
        mode: u32,
    },
    /// A folder that is wanted.
    MakeFolder(PathBuf),
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protect(safeguard) => write!(f, "set {safeguard} for the account at the broker"),
            Self::Restrict { path, mode } => write!(f, "chmod {mode:o} {}", path.display()),
            Self::MakeFolder(path) => write!(f, "make the folder {}", path.display()),
        }
    }
}

/// What became of a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// What was to be done.
    pub(crate) what: String,
    /// Why it was not; a setting counts as done only once the check-up has seen it.
    pub(crate) error: Option<String>,
}

/// Carries out `remedies`. Settings of the account go in one request, after a note in the journal.
pub(crate) async fn carry_out(remedies: &[Remedy], subject: &Subject<'_>) -> Vec<Done> {
    let mut done = Vec::new();
    let mut safeguards = Vec::new();
    for remedy in remedies {
        let result = match remedy {
            Remedy::Protect(safeguard) => {
                safeguards.push(*safeguard);
                continue;
            }
            Remedy::Restrict { path, mode } => {
                fs::set_permissions(path, fs::Permissions::from_mode(*mode))
            }
            Remedy::MakeFolder(path) => fs::create_dir_all(path),
        };
        done.push(Done {
            what: remedy.to_string(),
            error: result.err().map(|error| error.to_string()),
        });
    }
    if !safeguards.is_empty() {
        let error = protect(&safeguards, subject).await.err();
        done.extend(safeguards.iter().map(|safeguard| Done {
            what: Remedy::Protect(*safeguard).to_string(),
            error: error.clone(),
        }));
    }
    done
}

async fn protect(safeguards: &[Safeguard], subject: &Subject<'_>) -> Result<(), String> {
    let exchange = subject
        .exchange
        .as_ref()
        .map_err(|fault| fault.message().to_owned())?;
    let settings = &subject.configuration.settings;
    let keys = Keys {
        alpaca: match settings.venue {
            Venue::Local => None,
            Venue::AlpacaPaper | Venue::AlpacaLive => subject
                .environment
                .alpaca_keys()
                .map_err(|fault| fault.message().to_owned())?,
        },
        ..Keys::default()
    };
    let broker = alpaca(settings, exchange.own_url(), &keys, &exchange.clock)
        .map_err(|error| error.to_string())?;
    note(safeguards, subject).await?;
    let fence = SendFence {
        send_before: exchange.clock.now() + SEND_WITHIN,
        send_before_monotonic: Monotonic(exchange.clock.monotonic().0 + SEND_WITHIN),
    };
    match broker.protect(safeguards, fence).await {
        Submission::Accepted(()) => Ok(()),
        Submission::Refused { why, .. }
        | Submission::Unknown { why }
        | Submission::NotSent { why } => Err(why),
    }
}

/// The account's history says who changed it; without a journal there is none to say it in.
async fn note(safeguards: &[Safeguard], subject: &Subject<'_>) -> Result<(), String> {
    let Some(path) = subject.journal.clone().filter(|path| path.exists()) else {
        return Ok(());
    };
    let list: Vec<String> = safeguards.iter().map(ToString::to_string).collect();
    let text = format!("doctor --fix asks the broker for {}", list.join(", "));
    let make = |_: &_, _| Ok(Some(Record::Noted(Noted { text: text.clone() })));
    let venue = PlayedVenue::of(&subject.configuration.settings).await;
    throw(path, venue, make).await.map(drop).map_err(|fault| {
        format!(
            "nothing was asked for, since the journal takes no note: {}",
            fault.message()
        )
    })
}
