//! The daemon under systemd: what it says on the socket that `Type=notify` listens on.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

use crate::daemon::{configure, daemon, slots, terminate};
use crate::folder::{Folder, VenueProcess};

/// Longest that a daemon may take to be ready before its test is given up.
const READY_MAX: Duration = Duration::from_secs(120);

/// What systemd was told so far, word by word.
fn heard(socket: &UnixDatagram) -> Vec<String> {
    socket.set_nonblocking(true).unwrap();
    let mut words = Vec::new();
    let mut word = [0; 256];
    while let Ok(length) = socket.recv(&mut word) {
        words.push(String::from_utf8_lossy(&word[..length]).into_owned());
    }
    words
}

#[test]
fn systemd_hears_that_the_daemon_is_ready_alive_and_stopping() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    configure(&folder, &venue.url);
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    let ran = daemon(&folder, "2024-02-20")
        .env("NOTIFY_SOCKET", folder.path("notify"))
        .env("WATCHDOG_USEC", "60000000")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{said}");
    let words = heard(&socket);
    assert_eq!(words.first().map(String::as_str), Some("READY=1"));
    assert_eq!(words.last().map(String::as_str), Some("STOPPING=1"));
    let between = &words[1..words.len() - 1];
    assert!(!between.is_empty(), "no sign of life: {words:?}");
    assert!(between.iter().all(|word| word == "WATCHDOG=1"), "{words:?}");
}

#[test]
fn a_daemon_that_systemd_ends_says_that_it_is_stopping() {
    let folder = Folder::new();
    let venue = VenueProcess::start(&folder, &[]);
    configure(&folder, &venue.url);
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    let mut child = daemon(&folder, "2024-05-17")
        .env("NOTIFY_SOCKET", folder.path("notify"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    socket.set_read_timeout(Some(READY_MAX)).unwrap();
    let mut ready = [0; 16];
    let length = socket.recv(&mut ready).unwrap();
    assert_eq!(&ready[..length], b"READY=1");
    terminate(&child);
    let mut log = String::new();
    let errors = child.stderr.as_mut().unwrap();
    std::io::Read::read_to_string(errors, &mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{log}");
    assert!(slots(&log).len() < 819, "it was told to end: {log}");
    assert_eq!(heard(&socket), ["STOPPING=1"]);
}

#[test]
fn a_daemon_that_never_begins_tells_systemd_nothing() {
    let folder = Folder::new();
    folder.write("tqqq.toml", "venue = \"alpaca-paper\"\nunheard_of = 1\n");
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    let ran = folder
        .command(&["run"])
        .env("NOTIFY_SOCKET", folder.path("notify"))
        .output()
        .unwrap();
    assert_eq!(
        ran.status.code(),
        Some(2),
        "the exit that is not started again"
    );
    assert_eq!(heard(&socket), [""; 0]);
}
