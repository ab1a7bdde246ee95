//! Word to systemd: ready, alive, stopping (sd_notify(3), Type=notify).
//!
//! Without `NOTIFY_SOCKET` all of it does nothing. A runtime that hangs sends no sign of life, and
//! the watchdog starts the runner again; the journal is made for that.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;

use cycle::port::{Clock, clock};
use market::Duration;

use crate::environment::Environment;

/// Where systemd listens, and how often it wants a sign of life.
pub(crate) struct Supervisor {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// The one that the environment names. One that cannot be reached is warned of: nothing that is
    /// traded hangs on it.
    pub(crate) fn of(environment: &Environment) -> Self {
        let socket = environment.notify_socket.as_deref().and_then(|name| {
            let connected = connect(name);
            if let Err(error) = &connected {
                tracing::warn!(%error, name, "systemd cannot be told");
            }
            connected.ok().map(Arc::new)
        });
        Self {
            socket,
            watchdog: environment.watchdog,
        }
    }

    /// The runner is at work; from now on signs of life are sent, twice as often as wanted.
    pub(crate) fn ready(&self, clock: &Arc<dyn Clock>) {
        let Some(socket) = &self.socket else { return };
        send(socket, "READY=1");
        let Some(limit) = self.watchdog else { return };
        let (socket, clock) = (socket.clone(), clock.clone());
        tokio::spawn(async move {
            loop {
                send(&socket, "WATCHDOG=1");
                clock::sleep(clock.as_ref(), limit / 2).await;
            }
        });
    }

    /// The runner ends of its own accord.
    pub(crate) fn stopping(&self) {
        if let Some(socket) = &self.socket {
            send(socket, "STOPPING=1");
        }
    }
}

/// A path, or a name in the abstract space when it begins with `@`.
fn connect(name: &str) -> std::io::Result<UnixDatagram> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn send(socket: &UnixDatagram, word: &str) {
    if let Err(error) = socket.send(word.as_bytes()) {
        tracing::debug!(%error, word, "systemd was not told");
    }
}

#[cfg(test)]
mod tests {
    use connectors::clock::SystemClock;

    use super::*;

    #[tokio::test]
    async fn systemd_hears_ready_then_a_sign_of_life_then_stopping() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let supervisor = Supervisor {
            socket: Some(Arc::new(connect(path.to_str().unwrap()).unwrap())),
            watchdog: Some(Duration::from_secs(60)),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        supervisor.ready(&clock);
        tokio::task::yield_now().await;
        supervisor.stopping();
        for expected in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
            let mut heard = [0; 32];
            let length = systemd.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], expected.as_bytes());
        }
    }
}
