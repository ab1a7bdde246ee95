//! A relay between a runner and its exchange, which holds one request back until told to go on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes everything on, but for one request.
pub(crate) struct Relay {
    /// Where it is reached, for the runner.
    pub(crate) url: String,
    /// Told once the request is held back.
    pub(crate) reached: Receiver<()>,
    /// Lets it pass.
    pub(crate) go_on: Sender<()>,
}

/// What is done about the request that is held back; nothing any more, once it has passed.
type Hold = Arc<Mutex<Option<(Sender<()>, Receiver<()>)>>>;

impl Relay {
    /// A relay to `url` that holds back the first request beginning with `words`.
    pub(crate) fn before(url: &str, words: &'static str) -> Self {
        let exchange = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (reaches, reached) = channel();
        let (go_on, gone_on) = channel();
        let hold: Hold = Arc::new(Mutex::new(Some((reaches, gone_on))));
        thread::spawn(move || {
            for runner in listener.incoming() {
                // The exchange may be gone before the runner is.
                let Ok(exchange) = TcpStream::connect(&exchange) else {
                    return;
                };
                join(runner.unwrap(), exchange, words, &hold);
            }
        });
        Self {
            url: format!("http://{address}"),
            reached,
            go_on,
        }
    }
}

/// Passes both ways between two streams.
fn join(runner: TcpStream, exchange: TcpStream, words: &'static str, hold: &Hold) {
    let answers = [exchange.try_clone().unwrap(), runner.try_clone().unwrap()];
    let hold = Arc::clone(hold);
    thread::spawn(move || {
        pass(runner, exchange, |request| {
            if request.starts_with(words.as_bytes()) {
                wait(&hold);
            }
        });
    });
    thread::spawn(move || {
        let [from, to] = answers;
        pass(from, to, |_| {});
    });
}

/// Passes on whatever comes, after a look at it, until one side ends.
fn pass(mut from: TcpStream, mut to: TcpStream, look: impl Fn(&[u8])) {
    let mut piece = [0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        look(&piece[..length]);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn wait(hold: &Hold) {
    let held = hold.lock().unwrap().take();
    if let Some((reaches, gone_on)) = held {
        // A test that is over waits for nothing.
        let _ = reaches.send(());
        let _ = gone_on.recv();
    }
}
