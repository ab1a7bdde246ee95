//! `tqqq dashboard`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// `tqqq dashboard`.
#[derive(Debug, Args)]
#[command(after_help = "\
Pages: Now, Equity, Decisions (each slot with its whole story), Orders, Health, Research. They show \
the journal while it grows, without reload, and ask no vendor anything. A runner may be at work on \
the same journal.

Reading is free on this machine. Halting and resuming take the token: the one in \
TQQQ_DASHBOARD_TOKEN (or in a file of that name in $CREDENTIALS_DIRECTORY), else one that is made \
and printed at every start. On any other address everything takes it; put TLS in front then, for \
token and pages would cross the network readable.

Examples:
  tqqq dashboard
  tqqq dashboard --journal paper.journal --reports studies
  tqqq dashboard --listen 0.0.0.0:8701 --host desk.example.net

/metrics has figures for Prometheus, /healthz says that the process is alive.")]
pub(crate) struct DashboardArguments {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8701")]
    pub(crate) listen: SocketAddr,
    /// A name by which browsers call this desk, besides its address; as often as you like
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// Folder with reports that `backtest --report` and `study --report` wrote
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) reports: PathBuf,
}
