//! The quick start, typed line by line as the manual has it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

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

#[test]
fn every_line_of_the_quick_start_does_what_it_says() {
    let folder = Folder::new();
    let lines = lines();
    assert!(lines.len() >= 8, "{lines:?}");
    for line in lines {
        if line == "tqqq dashboard" {
            // The port it names may be another's here.
            let line = format!("{line} --listen 127.0.0.1:0");
            let mut desk = shell(&folder, &line)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = String::new();
            let mut out = BufReader::new(desk.stdout.take().unwrap());
            out.read_line(&mut said).unwrap();
            desk.kill().unwrap();
            desk.wait().unwrap();
            assert!(said.contains("http://127.0.0.1:"), "{said}");
            continue;
        }
        let done = shell(&folder, line).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{line}: {said}");
    }
}
