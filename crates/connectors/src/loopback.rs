//! A server and a clock for tests: replies are bytes, time is handed in, nothing sleeps.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cycle::port::{Clock, Elapsed, Monotonic, SendFence};
use market::time::seconds;
use market::{Duration, Instant};
use tokio::sync::Notify;

/// What a connection does with its next request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers, keeping the connection.
    Answer(String),
    /// Writes this and closes.
    Cut(String),
    /// Lets the clock of the caller run out.
    Starve(Arc<TestClock>),
}

/// What a server saw: the number of the connection, from 1, and the request's text.
pub(crate) type Seen = (usize, String);

/// A server that performs `acts`, one a request, over any number of connections.
pub(crate) fn serve(acts: Vec<Act>) -> (String, Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (sender, seen) = channel();
    let acts = Arc::new(Mutex::new(acts.into_iter()));
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (sender, acts) = (sender.clone(), Arc::clone(&acts));
            std::thread::spawn(move || connection(number + 1, stream.unwrap(), &sender, &acts));
        }
    });
    (base, seen)
}

fn connection(
    number: usize,
    mut stream: TcpStream,
    seen: &Sender<Seen>,
    acts: &Mutex<std::vec::IntoIter<Act>>,
) {
    loop {
        let request = request(&mut stream);
        let _ = seen.send((number, request.clone()));
        if request.is_empty() {
            return;
        }
        let act = acts.lock().unwrap().next();
        match act {
            Some(Act::Answer(reply)) => stream.write_all(reply.as_bytes()).unwrap(),
            Some(Act::Cut(reply)) => {
                stream.write_all(reply.as_bytes()).unwrap();
                return;
            }
            Some(Act::Starve(clock)) => clock.give_up.notify_one(),
            None => return,
        }
    }
}

/// One request with its body; empty when the connection was closed without one.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length
                .split_once("content-length: ")
                .map_or(0, |(_, rest)| {
                    rest.lines().next().unwrap().trim().parse().unwrap()
                });
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A whole reply.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Act {
    Act::Answer(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// A good reply in JSON.
pub(crate) fn ok(body: &str) -> Act {
    reply("200 OK", "content-type: application/json\r\n", body)
}

/// A clock that moves by `step` with every monotonic reading and gives work up when told.
pub(crate) struct TestClock {
    now: Mutex<Instant>,
    monotonic: Mutex<Duration>,
    step: Duration,
    give_up: Notify,
}

impl TestClock {
    pub(crate) fn at(now: &str, step: Duration) -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(now.parse().unwrap()),
            monotonic: Mutex::new(Duration::ZERO),
            step,
            give_up: Notify::new(),
        })
    }

    pub(crate) fn still() -> Arc<Self> {
        Self::at("2026-11-20T15:30:05Z", Duration::ZERO)
    }

    pub(crate) fn set(&self, now: &str) {
        *self.now.lock().unwrap() = now.parse().unwrap();
    }

    /// A fence five seconds from now on both clocks.
    pub(crate) fn fence(&self) -> SendFence {
        let monotonic = *self.monotonic.lock().unwrap();
        SendFence {
            send_before: self.now() + seconds(5),
            send_before_monotonic: Monotonic(monotonic + seconds(5)),
        }
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    fn monotonic(&self) -> Monotonic {
        let mut monotonic = self.monotonic.lock().unwrap();
        *monotonic += self.step;
        Monotonic(*monotonic)
    }

    async fn sleep_until(&self, moment: Instant) {
        *self.now.lock().unwrap() = moment;
    }

    async fn limit<'w>(
        &self,
        limit: Duration,
        work: Pin<Box<dyn Future<Output = ()> + Send + 'w>>,
    ) -> Result<(), Elapsed> {
        tokio::select! {
            biased;
            () = self.give_up.notified() => Err(Elapsed { limit }),
            () = work => Ok(()),
        }
    }
}
