//! `tqqq alerts`.

use clap::{Args, Subcommand};

/// `tqqq alerts`.
#[derive(Debug, Args)]
pub(crate) struct AlertsArguments {
    #[command(subcommand)]
    pub(crate) command: AlertsCommand,
}

/// What is done with alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    /// Sends one message to the webhook and one ping, and says whether they were taken
    #[command(after_help = "\
The webhook's address is a secret and comes from TQQQ_ALERT_URL, the address that is called after \
every slot from TQQQ_PING_URL: in the environment, or as files of those names in \
$CREDENTIALS_DIRECTORY. `[alerts] preset` in the configuration says which form the webhook wants: \
`json`, `slack` or `ntfy`.

A failed slot and whatever needs you is always told; a missed one and, once a reason, a failed try \
unless `leave_out = [\"missed\", \"try_failed\"]` names them. `also = [\"traded\", \"refused\", \"held\"]` \
tells more; `daily_summary = false` leaves out the summary after the close. Every message ends with \
the journal's head. Nothing waits for a message: one that is not taken \
within seconds is noted in the journal and left.

Exit codes: 0 everything given was taken; 1 something was not; 2 nothing is given, or an address is \
none.

Examples:
  TQQQ_ALERT_URL=https://ntfy.sh/a-long-name-of-your-own tqqq alerts test
  tqqq --config live.toml alerts test")]
    Test,
}
