//! `tqqq dashboard`: the operator's desk over a journal.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chronicle::standing;
use connectors::assemble::LOCAL_HOST;
use connectors::clock::SystemClock;
use connectors::entropy::OsEntropy;
use cycle::port::{Entropy, Journal};
use dashboard::{Desk, Door, Halt, Opening, Switchboard, Unswitched};
use tokio::net::TcpListener;
use trading::record::{HaltReason, Halted};
use trading::settings::Settings;

use super::Context;
use crate::arguments::DashboardArguments;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::{ReadOnly, unreadable};
use crate::output::status::money_at;
use crate::output::{Paint, print};
use crate::switch::{PlayedVenue, halting, resuming, throw};

pub(super) async fn run(arguments: &DashboardArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    let own = ReadOnly::open(file.path.clone())?;
    let listener = listen(arguments).await?;
    let address = listener.local_addr().map_err(Fault::failed)?;
    let (token, is_made) = token(context)?;
    let path = file.path.clone();
    let opening = Opening {
        name: path.clone(),
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(OsEntropy),
        settings: configuration.settings.clone(),
        calendar: configuration.calendar.clone(),
        money: money_at,
        wall_time: is_on_the_wall(&file, &configuration.settings).await?,
        switches: Some(Arc::new(Board {
            path: path.clone(),
            settings: configuration.settings.clone(),
        })),
        // Another name means that something stands in front, and whoever comes through that is
        // no longer somebody at this machine.
        door: Door::new(
            &token,
            address.ip().is_loopback() && arguments.hosts.is_empty(),
        ),
        hosts: hosts(address, &arguments.hosts),
        reports: arguments.reports.clone(),
        journal: Arc::new(file.chain),
    };
    let desk = Desk::open(opening);
    follow(desk.clone(), own)?;
    let title = context.terminal.paint(Paint::Strong, "Dashboard");
    print(&format!("{title} on http://{address}"))?;
    print(&what_next(&path, is_made.then_some(token.as_str())))?;
    tokio::select! {
        ended = axum::serve(listener, desk.router()) => {
            Err(Fault::failed(format!("the dashboard ended: {ended:?}")))
        }
        interrupt = tokio::signal::ctrl_c() => {
            interrupt.map_err(|error| Fault::failed(format!("Ctrl-C cannot be heard: {error}")))?;
            Ok(Exit::Done)
        }
    }
}

async fn listen(arguments: &DashboardArguments) -> Outcome<TcpListener> {
    let address = arguments.listen;
    if address.ip().is_unspecified() && arguments.hosts.is_empty() {
        return Err(Fault::input(format!(
            "--listen {address}: every address of this machine, and no name to be called by"
        ))
        .hint("add --host NAME as browsers will type it, or listen on 127.0.0.1"));
    }
    TcpListener::bind(address).await.map_err(|error| {
        Fault::input(format!("--listen {address}: {error}"))
            .hint("is another dashboard running there? --listen 127.0.0.1:0 takes any free port")
    })
}

/// The token, and whether it was made here.
fn token(context: &Context) -> Outcome<(String, bool)> {
    let given = context.environment.dashboard_token()?;
    Ok(match given {
        Some(token) => (token, false),
        None => (OsEntropy.run_id().to_string(), true),
    })
}

/// Names by which a browser may call: an address that is left out lets no page elsewhere reach us
/// by a name of its own.
fn hosts(address: SocketAddr, named: &[String]) -> Vec<String> {
    let port = address.port();
    let own = ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}"));
    let named = named
        .iter()
        .flat_map(|name| [name.clone(), format!("{name}:{port}")]);
    own.into_iter()
        .chain([address.to_string()])
        .chain(named)
        .collect()
}

/// Whether the journal's account lives by the wall's time, and not by an exchange that is played.
pub(super) async fn is_on_the_wall(file: &ReadOnly, settings: &Settings) -> Outcome<bool> {
    let head = file.chain.head().await.map_err(unreadable)?;
    let state = standing::state(&file.chain, head).await?;
    let is_local = state.binding.is_some_and(|bound| bound.host == LOCAL_HOST);
    Ok(!is_local && PlayedVenue::of(settings).await.is_none())
}

/// Reads the journal in a thread of its own, so that no page waits for it.
fn follow(desk: Arc<Desk>, own: ReadOnly) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| Fault::failed(format!("the runtime cannot start: {error}")))?;
    std::thread::Builder::new()
        .name("follower".to_owned())
        .spawn(move || runtime.block_on(desk.follow(&own.chain)))
        .map(drop)
        .map_err(|error| Fault::failed(format!("no thread to read the journal in: {error}")))
}

fn what_next(path: &std::path::Path, made: Option<&str>) -> String {
    let token = made.map_or_else(
        || "the one in TQQQ_DASHBOARD_TOKEN".to_owned(),
        str::to_owned,
    );
    [
        format!("  journal  {}", path.display()),
        format!("  token    {token}   (to halt and resume)"),
        "  end      Ctrl-C".to_owned(),
    ]
    .join("\n")
}

/// The switches of a journal's file.
struct Board {
    path: PathBuf,
    settings: Settings,
}

#[async_trait]
impl Switchboard for Board {
    async fn halt(&self, halt: Halt) -> Result<(), Unswitched> {
        let halted = Halted {
            level: halt.level,
            flatten: halt.flatten,
            reason: HaltReason::Owner(halt.reason),
        };
        let venue = PlayedVenue::of(&self.settings).await;
        let thrown = throw(self.path.clone(), venue, halting(halted)).await;
        thrown.map(drop).map_err(unswitched)
    }

    async fn resume(&self, note: String) -> Result<(), Unswitched> {
        let venue = PlayedVenue::of(&self.settings).await;
        let thrown = throw(self.path.clone(), venue, resuming(note)).await;
        thrown.map(drop).map_err(unswitched)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn unswitched(fault: Fault) -> Unswitched {
    Unswitched(fault.to_string())
}
