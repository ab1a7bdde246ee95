//! The environment, read once and in this one file.
//!
//! | name | meaning |
//! |---|---|
//! | `NO_COLOR` | set and not empty: no colours |
//! | `COLUMNS` | how wide tables may be; the terminal's width when absent |
//! | `TQQQ_LOG` | log filter, for example `debug` or `cycle=trace`; `warn,tqqq=info` when absent |
//! | `TQQQ_LOG_FORMAT` | `text` or `json`, where `--log-format` is not typed |
//! | `TQQQ_TWELVE_DATA_KEY` | key of the Twelve Data plan |
//! | `TQQQ_FMP_KEY` | key of the FMP plan |
//! | `TQQQ_ALPACA_KEY_ID`, `TQQQ_ALPACA_SECRET_KEY` | keys of the Alpaca account |
//! | `TQQQ_ALERT_URL` | address of the webhook that alerts go to |
//! | `TQQQ_PING_URL` | address that is called after every slot |
//! | `TQQQ_DASHBOARD_TOKEN` | what opens the dashboard's switches; made at every start when absent |
//! | `NOTIFY_SOCKET`, `WATCHDOG_USEC` | where systemd hears that a runner is ready, and how often that it is alive |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID` and the like | with the feature `aws`: see `aws::access` |
//! | `CREDENTIALS_DIRECTORY` | folder with files of those names, as systemd makes it |
//!
//! A key in the environment wins over a file of its name. Keys have no place in the configuration.
#![expect(
    clippy::disallowed_methods,
    reason = "the one file that reads the environment"
)]

use std::fs;
use std::path::PathBuf;

use connectors::assemble::Keys;
use connectors::secret::{AlpacaKeys, FmpKey, KeyError, TwelveDataKey};
use connectors::webhook::SecretAddress;
use market::Duration;

use crate::fault::{Fault, Outcome};

/// Largest file taken for a key, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 4096;

/// Shortest token of a dashboard, in characters: fewer could be guessed.
const DASHBOARD_TOKEN_MIN: usize = 16;

/// What the environment says.
pub(crate) struct Environment {
    /// `NO_COLOR` is set.
    pub(crate) no_color: bool,
    /// `COLUMNS`, where it is a number.
    pub(crate) columns: Option<u16>,
    /// The log filter.
    pub(crate) log: Option<String>,
    /// The log's form.
    pub(crate) log_format: Option<String>,
    /// Where systemd listens.
    pub(crate) notify_socket: Option<String>,
    /// How often systemd wants a sign of life.
    pub(crate) watchdog: Option<Duration>,
    credentials: Option<PathBuf>,
}

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A variable of the environment.
    Variable,
    /// A file in `$CREDENTIALS_DIRECTORY`.
    File(PathBuf),
}

impl Environment {
    /// Reads what is not secret.
    pub(crate) fn read() -> Self {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            no_color: text("NO_COLOR").is_some(),
            columns: text("COLUMNS").and_then(|text| text.parse().ok()),
            log: text("TQQQ_LOG"),
            log_format: text("TQQQ_LOG_FORMAT"),
            notify_socket: text("NOTIFY_SOCKET"),
            watchdog: text("WATCHDOG_USEC")
                .and_then(|text| text.parse().ok())
                .map(Duration::from_micros),
            credentials: text("CREDENTIALS_DIRECTORY").map(PathBuf::from),
        }
    }

    /// All keys that are given.
    ///
    /// # Errors
    /// As [`Environment::alpaca_keys`].
    pub(crate) fn keys(&self) -> Outcome<Keys> {
        Ok(Keys {
            alpaca: self.alpaca_keys()?,
            twelve_data: self.twelve_data_key()?,
            fmp: self.fmp_key()?,
        })
    }

    /// The keys of the Alpaca account; `None` when neither is given.
    ///
    /// # Errors
    /// One without the other, a file that cannot be read, a text that cannot be a key.
    pub(crate) fn alpaca_keys(&self) -> Outcome<Option<AlpacaKeys>> {
        let id = self.secret(AlpacaKeys::ID_VARIABLE)?;
        let secret = self.secret(AlpacaKeys::SECRET_VARIABLE)?;
        match (id, secret) {
            (None, None) => Ok(None),
            (Some(id), Some(secret)) => AlpacaKeys::new(&id, &secret).map(Some).map_err(unusable),
            (Some(_), None) => Err(half(AlpacaKeys::ID_VARIABLE, AlpacaKeys::SECRET_VARIABLE)),
            (None, Some(_)) => Err(half(AlpacaKeys::SECRET_VARIABLE, AlpacaKeys::ID_VARIABLE)),
        }
    }

    /// The key of the Twelve Data plan; `None` when none is given.
    ///
    /// # Errors
    /// As [`Environment::alpaca_keys`].
    pub(crate) fn twelve_data_key(&self) -> Outcome<Option<TwelveDataKey>> {
        let key = self.secret(TwelveDataKey::VARIABLE)?;
        key.map(|key| TwelveDataKey::new(&key).map_err(unusable))
            .transpose()
    }

    /// The key of the FMP plan; `None` when none is given.
    ///
    /// # Errors
    /// As [`Environment::alpaca_keys`].
    pub(crate) fn fmp_key(&self) -> Outcome<Option<FmpKey>> {
        let key = self.secret(FmpKey::VARIABLE)?;
        key.map(|key| FmpKey::new(&key).map_err(unusable))
            .transpose()
    }

    /// Where alerts go; `None` when they go to the log alone.
    ///
    /// # Errors
    /// A file that cannot be read, or a text that is no address.
    pub(crate) fn alert_address(&self) -> Outcome<Option<SecretAddress>> {
        self.address(SecretAddress::WEBHOOK_VARIABLE)
    }

    /// What is called after every slot; `None` when nothing is.
    ///
    /// # Errors
    /// As [`Environment::alert_address`].
    pub(crate) fn ping_address(&self) -> Outcome<Option<SecretAddress>> {
        self.address(SecretAddress::PING_VARIABLE)
    }

    fn address(&self, name: &'static str) -> Outcome<Option<SecretAddress>> {
        let text = self.secret(name)?;
        text.map(|text| SecretAddress::new(name, &text).map_err(unusable))
            .transpose()
    }

    /// What opens the dashboard's switches; `None` when none is given.
    ///
    /// # Errors
    /// A file that cannot be read, and a token that could be guessed.
    pub(crate) fn dashboard_token(&self) -> Outcome<Option<String>> {
        const TOKEN: &str = "TQQQ_DASHBOARD_TOKEN";
        let token = self.secret(TOKEN)?.map(|token| token.trim().to_owned());
        match token {
            Some(token) if token.len() < DASHBOARD_TOKEN_MIN => {
                let length = token.len();
                Err(Fault::input(format!(
                    "{TOKEN} has {length} characters, fewer than {DASHBOARD_TOKEN_MIN}"
                ))
                .hint(
                    "make one with `openssl rand -hex 16`, or leave it out: each start makes one",
                ))
            }
            token => Ok(token),
        }
    }

    /// Where the key of this name comes from; `None` when it is not given. It is not looked at.
    pub(crate) fn origin(&self, name: &str) -> Option<Origin> {
        if std::env::var_os(name).is_some() {
            return Some(Origin::Variable);
        }
        let path = self.credentials.as_ref()?.join(name);
        path.exists().then_some(Origin::File(path))
    }

    fn secret(&self, name: &str) -> Outcome<Option<String>> {
        match std::env::var(name) {
            Ok(value) => return Ok(Some(value)),
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(
                    Fault::input(format!("{name} is not text")).hint("copy the key again, whole")
                );
            }
            Err(std::env::VarError::NotPresent) => {}
        }
        let Some(path) = self.credentials.as_ref().map(|folder| folder.join(name)) else {
            return Ok(None);
        };
        let unreadable = |error| {
            Fault::input(format!("{}: {error}", path.display()))
                .hint("each key is one small text file")
        };
        match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(error)),
            Ok(facts) if facts.len() > KEY_FILE_BYTES_MAX => Err(unreadable(
                std::io::Error::other(format!("{} bytes are no key", facts.len())),
            )),
            Ok(_) => fs::read_to_string(&path).map(Some).map_err(unreadable),
        }
    }
}

/// Who asks AWS, and where.
///
/// # Errors
/// What is missing or makes no sense, by its name.
#[cfg(feature = "aws")]
pub(crate) fn aws_access() -> Result<aws::Access, aws::AccessError> {
    aws::Access::read(|name| std::env::var(name).ok())
}

fn half(given: &str, missing: &str) -> Fault {
    Fault::input(format!("{given} is given, {missing} is not"))
        .hint("an Alpaca account has both; set both")
}

fn unusable(error: KeyError) -> Fault {
    Fault::input(error)
}
