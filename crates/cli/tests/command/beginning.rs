//! The first hour: a configuration, and whether word reaches the owner.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::folder::Folder;

#[test]
fn init_writes_a_configuration_for_its_owner_alone_that_every_command_reads() {
    let folder = Folder::new();
    let said = folder.ok(&[
        "init",
        "--yes",
        "--source",
        "twelve-data",
        "--source",
        "alpaca",
    ]);
    for words in ["tqqq.toml", "TQQQ_TWELVE_DATA_KEY", "tqqq doctor"] {
        assert!(said.contains(words), "{said}");
    }
    let path = folder.path("tqqq.toml");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("sources = [\"twelve-data\", \"alpaca\"]"),
        "{text}"
    );
    folder.ok(&["calendar"]);
    let refused = folder.refused(&["init", "--yes"]);
    assert!(refused.contains("there is a file already"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn without_anybody_to_ask_init_says_what_to_type() {
    let refused = Folder::new().refused(&["init"]);
    assert!(refused.contains("--yes"), "{refused}");
}

#[test]
fn alerts_test_says_whether_word_was_taken_and_never_where() {
    let folder = Folder::new();
    let refused = folder.refused(&["alerts", "test"]);
    assert!(refused.contains("TQQQ_ALERT_URL"), "{refused}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/T0PSECRET", listener.local_addr().unwrap());
    let answers = std::thread::spawn(move || {
        for answer in ["200 OK", "410 Gone"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"POST /T0PSECRET "));
            let answer =
                format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let run = |name| {
        folder
            .command(&["alerts", "test"])
            .env(name, &address)
            .output()
            .unwrap()
    };
    let taken = run("TQQQ_ALERT_URL");
    assert_eq!(taken.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&taken.stdout), "webhook  taken\n");
    let refused = run("TQQQ_PING_URL");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stdout);
    assert_eq!(said, "ping     not taken: answered with status 410\n");
    answers.join().unwrap();
}
