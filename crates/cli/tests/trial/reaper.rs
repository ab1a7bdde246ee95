//! A relay between a runner and its exchange that says when the runner is to die: right before a
//! request reaches the exchange, or with the answer on its way back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// When a runner dies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doom {
    /// How the request begins; empty for any.
    pub(super) request: &'static str,
    /// How many of those pass before.
    pub(super) spared: usize,
    /// Whether the exchange hears the request, and only the answer is lost.
    pub(super) heard: bool,
}

/// Passes everything on, until a doom is met: then it says so and passes nothing of that
/// connection any more.
pub(super) struct Reaper {
    /// Where it is reached, for the runner.
    pub(super) url: String,
    /// Told when a runner is to die.
    pub(super) reached: Receiver<()>,
    waiting: Waiting,
}

type Waiting = Arc<Mutex<Option<(Doom, Sender<()>)>>>;

impl Reaper {
    /// A relay to the exchange at `url`, for one runner.
    pub(super) fn before(url: &str, doom: Doom) -> Self {
        let exchange = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, reached) = channel();
        let waiting: Waiting = Arc::new(Mutex::new(Some((doom, tell))));
        let shared = Arc::clone(&waiting);
        thread::spawn(move || {
            for runner in listener.incoming() {
                let (Ok(runner), Ok(exchange)) = (runner, TcpStream::connect(&exchange)) else {
                    return;
                };
                // Another word to nobody: the relay is over.
                if shared.lock().unwrap().is_none() {
                    return;
                }
                join(runner, exchange, &shared);
            }
        });
        Self {
            url: format!("http://{address}"),
            reached,
            waiting,
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        self.waiting.lock().unwrap().take();
        // Wakes the thread that accepts, so that it ends.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

/// Passes both ways between two streams.
fn join(mut runner: TcpStream, mut exchange: TcpStream, waiting: &Waiting) {
    let (mut answers, mut back) = (exchange.try_clone().unwrap(), runner.try_clone().unwrap());
    let lost = Arc::new(AtomicBool::new(false));
    let (loses, waiting) = (Arc::clone(&lost), Arc::clone(waiting));
    let ends = Arc::clone(&waiting);
    thread::spawn(move || {
        let mut piece = [0; 1 << 16];
        while let Ok(length @ 1..) = runner.read(&mut piece) {
            if is_doomed(&waiting, &piece[..length]) {
                if !heard(&waiting) {
                    strike(&waiting);
                    break;
                }
                loses.store(true, Ordering::SeqCst);
            }
            if exchange.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = exchange.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let mut piece = [0; 1 << 16];
        while let Ok(length @ 1..) = answers.read(&mut piece) {
            if lost.load(Ordering::SeqCst) {
                strike(&ends);
                break;
            }
            if back.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = back.shutdown(Shutdown::Both);
    });
}

/// Whether this request is the one.
fn is_doomed(waiting: &Waiting, request: &[u8]) -> bool {
    let mut waiting = waiting.lock().unwrap();
    let Some((doom, _)) = waiting.as_mut() else {
        return false;
    };
    if !request.starts_with(doom.request.as_bytes()) {
        return false;
    }
    let is_it = doom.spared == 0;
    doom.spared = doom.spared.saturating_sub(1);
    is_it
}

fn heard(waiting: &Waiting) -> bool {
    let waiting = waiting.lock().unwrap();
    waiting.as_ref().is_some_and(|(doom, _)| doom.heard)
}

fn strike(waiting: &Waiting) {
    if let Some((_, tell)) = waiting.lock().unwrap().as_ref() {
        // A test that is over waits for nothing.
        let _ = tell.send(());
    }
}
