//! The quick start, typed line by line as the manual has it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::folder::Folder;

const PAGE: &str = include_str!("../../../../docs/quickstart.md");

/// The lines of the page's `sh` blocks, without remarks; how the program is installed is left to
/// the first two commands of the README.
fn lines() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    lines
        .map(|line| line.split(" #").next().unwrap_or_default().trim())
        .filter(|line| line.starts_with("tqqq "))
        .collect()
}

/// A line for the shell, with the program under test on its path.
fn shell(folder: &Folder, line: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_tqqq"));
    let place = program.parent().unwrap().display().to_string();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("PATH=\"{place}:$PATH\"; exec {line}")])
        .current_dir(folder.path(""))
        .stdin(Stdio::null());
    shell
}

/// A command that stays, with the first line it says; ended with the test.
struct Staying {
    child: Child,
    said: String,
}

impl Staying {
    /// Started on a port of its own: the one it names may be another's here.
    fn start(folder: &Folder, line: &str) -> Self {
        let line = format!("{line} --listen 127.0.0.1:0");
        let mut child = shell(folder, &line).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        assert!(said.contains("http://127.0.0.1:"), "{line}: {said}");
        Self { child, said }
    }

    /// Where it listens.
    fn address(&self) -> &str {
        let words = self.said.split_whitespace();
        let mut addresses = words.filter(|word| word.starts_with("http://"));
        addresses.next().unwrap()
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_line_of_the_quick_start_does_what_it_says() {
    let mut folder = Folder::new();
    let mut exchange = None;
    let lines = lines();
    assert!(lines.len() >= 13, "{lines:?}");
    for line in lines {
        if line.starts_with("tqqq init") {
            folder = Folder::new();
        }
        match line {
            "tqqq dashboard" => drop(Staying::start(&folder, line)),
            "tqqq venue" => {
                let venue = Staying::start(&folder, line);
                let path = folder.path("tqqq.toml");
                let written = std::fs::read_to_string(&path).unwrap();
                let elsewhere = written.replace("http://127.0.0.1:8700", venue.address());
                assert_ne!(written, elsewhere, "init names the exchange's address");
                std::fs::write(path, elsewhere).unwrap();
                exchange = Some(venue);
            }
            line => {
                let done = shell(&folder, line).output().unwrap();
                let said = String::from_utf8_lossy(&done.stderr);
                assert!(done.status.success(), "{line}: {said}");
            }
        }
    }
    assert!(exchange.is_some(), "the six commands have an exchange");
}
