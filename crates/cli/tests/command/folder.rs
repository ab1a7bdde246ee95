//! A folder of its own for each test, and the command run in it.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::{fs, io::BufRead, io::BufReader};

use tempfile::TempDir;

/// Two sessions of synthetic bars: enough to trade on, quick to run.
pub(crate) const SHORT: [&str; 2] = ["--to", "2024-02-21"];
/// Slots in them.
pub(crate) const SHORT_SLOTS: usize = 26;

/// An empty folder in which commands run.
pub(crate) struct Folder {
    folder: TempDir,
}

/// What a command left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder is writable");
    }

    /// The command in this folder, with nothing of the tester's environment that it reads.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tqqq"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for name in [
            "TQQQ_LOG",
            "TQQQ_LOG_FORMAT",
            "TQQQ_ALPACA_KEY_ID",
            "TQQQ_ALPACA_SECRET_KEY",
            "TQQQ_TWELVE_DATA_KEY",
            "TQQQ_FMP_KEY",
            "TQQQ_ALERT_URL",
            "TQQQ_PING_URL",
            "TQQQ_DASHBOARD_TOKEN",
            "CREDENTIALS_DIRECTORY",
            "NOTIFY_SOCKET",
            "WATCHDOG_USEC",
            "NO_COLOR",
            "COLUMNS",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.finish(
            &self
                .command(arguments)
                .output()
                .expect("the command was built"),
        )
    }

    /// Runs what must end well and returns its stdout.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs what must be refused: exit 2, nothing on stdout; returns stderr.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {}",
            ran.stderr
        );
        ran.stderr
    }

    pub(crate) fn finish(&self, output: &Output) -> Ran {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            text.replace(&self.folder.path().display().to_string(), "FOLDER")
                .trim_end()
                .to_owned()
        };
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// A short run in this folder.
    pub(crate) fn short_run(&self) {
        self.ok(&[&["run"][..], &SHORT[..]].concat());
    }
}

/// An exchange in a process of its own, ended with the test.
pub(crate) struct VenueProcess {
    child: Child,
    pub(crate) url: String,
}

impl VenueProcess {
    /// Starts it on a free port and reads its address from what it prints.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let all = [&["venue", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = folder
            .command(&all)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command was built");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the venue says where it is");
        let url = line
            .split_whitespace()
            .last()
            .expect("the line ends in an address")
            .to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{line}");
        Self { child, url }
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for VenueProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shown text without run ids, hashes and account ids, which are random or of no interest.
pub(crate) fn masked(text: &str) -> String {
    let is_long_hex =
        |word: &str| word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let mask = |word: &str| {
        if is_long_hex(word) {
            "(hex)".to_owned()
        } else {
            word.to_owned()
        }
    };
    text.split_inclusive([' ', '\n', ':'])
        .map(|part| {
            let end = part.find([' ', '\n', ':']).unwrap_or(part.len());
            mask(&part[..end]) + &part[end..]
        })
        .collect()
}
