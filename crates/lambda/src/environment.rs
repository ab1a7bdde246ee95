//! The environment, read once and in this one file.
//!
//! | name | meaning |
//! |---|---|
//! | `TQQQ_FUNCTION` | `trader` or `operator` |
//! | `TQQQ_CONFIG` | the text of `tqqq.toml` |
//! | `TQQQ_TABLE` | the journal's table; a `journal` in the configuration must name the same |
//! | `TQQQ_SECRET` | name or ARN of the secret with the keys; the trader's alone |
//! | `TQQQ_TOPIC` | ARN of the topic for alerts; alerts go to the log alone when absent |
//! | `TQQQ_LOG` | log filter, for example `debug` |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID` and the like | see `aws::access` |
//!
//! `AWS_LAMBDA_*` is read by Lambda's own runtime crate.
#![expect(
    clippy::disallowed_methods,
    reason = "the one file that reads the environment"
)]

use aws::{Access, AccessError};

/// What the environment says.
pub(crate) struct Environment {
    /// Which function this is.
    pub(crate) function: Option<String>,
    /// The configuration's text.
    pub(crate) config: Option<String>,
    /// The journal's table.
    pub(crate) table: Option<String>,
    /// The secret with the keys.
    pub(crate) secret: Option<String>,
    /// The topic for alerts.
    pub(crate) topic: Option<String>,
    /// The log filter.
    pub(crate) log: Option<String>,
    /// Who asks AWS, and where.
    pub(crate) access: Result<Access, AccessError>,
}

impl Environment {
    /// Reads it.
    pub(crate) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            function: text("TQQQ_FUNCTION"),
            config: text("TQQQ_CONFIG"),
            table: text("TQQQ_TABLE"),
            secret: text("TQQQ_SECRET"),
            topic: text("TQQQ_TOPIC"),
            log: text("TQQQ_LOG"),
            access: Access::read(text),
        }
    }
}
