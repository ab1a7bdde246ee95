//! A word to a venue, as anybody may speak it.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends one request with any keys and returns the body of the answer.
pub(crate) fn say(url: &str, method: &str, path: &str, json: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the venue listens");
    let length = json.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         apca-api-key-id: anybody\r\napca-api-secret-key: anybody's\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    )
    .expect("the venue reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the venue answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
    body.to_owned()
}
