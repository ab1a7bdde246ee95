//! `tqqq init`: a configuration by questions.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use clap::ValueEnum;
use connectors::secret::{AlpacaKeys, FmpKey, TwelveDataKey};
use trading::settings::Settings;

use super::Context;
use crate::arguments::{InitArguments, SourceChoice, VenueChoice};
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::{Paint, print, tell};

/// Readable and writable by its owner alone.
const OWNER_ALONE: u32 = 0o600;

pub(super) fn run(arguments: &InitArguments, context: &Context) -> Outcome<Exit> {
    let path = &arguments.output;
    if path.exists() {
        return Err(
            Fault::input(format!("{}: there is a file already", path.display()))
                .hint("it is never written over; name another with -o"),
        );
    }
    let answers = Answers::of(arguments)?;
    let text = answers.configuration();
    // What this command writes, every other must be able to read.
    Settings::parse(&text).map_err(Fault::input)?;
    write(path, &text)?;
    let title = context
        .terminal
        .paint(Paint::Strong, &path.display().to_string());
    print(&format!(
        "wrote {title}, readable by you alone\n\n{}",
        answers.next_steps(path)
    ))?;
    Ok(Exit::Done)
}

struct Answers {
    venue: VenueChoice,
    sources: Vec<SourceChoice>,
}

impl Answers {
    fn of(arguments: &InitArguments) -> Outcome<Self> {
        let asks = !arguments.yes;
        if asks && !io::stdin().is_terminal() {
            return Err(Fault::input("nobody is there to ask")
                .hint("say --yes, with --venue and --source where the defaults do not fit"));
        }
        let venue = match arguments.venue {
            Some(venue) => venue,
            None if asks => ask("Which account?", VenueChoice::AlpacaPaper)?,
            None => VenueChoice::AlpacaPaper,
        };
        let sources = match &arguments.sources[..] {
            [] if asks => vec![ask(
                "Whose bars give the signal?",
                SourceChoice::TwelveData,
            )?],
            [] => vec![SourceChoice::TwelveData],
            given => given.to_vec(),
        };
        Ok(Self { venue, sources })
    }

    fn configuration(&self) -> String {
        let (venue, journal) = match self.venue {
            VenueChoice::AlpacaPaper => ("alpaca-paper", "paper.journal"),
            VenueChoice::Local => ("local", "local.journal"),
        };
        let sources: Vec<String> = self
            .sources
            .iter()
            .map(|it| format!("\"{}\"", word(it)))
            .collect();
        format!(
            "# What is not written here is as `config/paper.toml` of the project shows it; an unknown key is\n\
             # an error that names the nearest known one. Keys of accounts never stand here.\n\
             \n\
             # Whose account: \"local\" is an exchange on this machine, \"alpaca-paper\" play money at the broker.\n\
             venue = \"{venue}\"\n\
             {address}\
             # Everything that is seen, decided and done, relative to this file. Keep it, and keep backups.\n\
             journal = \"sqlite:{journal}\"\n\
             \n\
             [strategy]\n\
             symbol = \"TQQQ\" # what is bought with all there is, and sold whole\n\
             fast = 10       # hours of the fast average\n\
             slow = 20       # hours of the slow average; the first signal needs 200 hours of history\n\
             \n\
             [data]\n\
             # The first that is usable leads; a purchase needs every usable one to agree.\n\
             sources = [{sources}]\n\
             \n\
             [limits]\n\
             daily_loss_max_pct = 20 # beyond these two nothing is bought; what is held is still sold\n\
             drawdown_max_pct = 50\n\
             \n\
             [alerts]\n\
             preset = \"json\"      # the form your webhook wants: \"json\", \"slack\" or \"ntfy\"\n\
             also = [\"traded\"]    # told besides what is failed, missed or needs you\n\
             daily_summary = true # after the close of a day\n",
            address = match self.venue {
                VenueChoice::Local =>
                    "venue_url = \"http://127.0.0.1:8700\" # where `tqqq venue` listens\n",
                VenueChoice::AlpacaPaper => "",
            },
            sources = sources.join(", "),
        )
    }

    /// What remains to be done, in order.
    fn next_steps(&self, path: &Path) -> String {
        let config = if path == Path::new("tqqq.toml") {
            String::new()
        } else {
            format!("--config {} ", path.display())
        };
        let mut text = "next:\n".to_owned();
        let waits = match self.venue {
            VenueChoice::Local => {
                let _ = writeln!(
                    text,
                    "  tqqq venue                     # in another terminal; it asks for no key of yours"
                );
                "every slot, to the end of the exchange's bars"
            }
            VenueChoice::AlpacaPaper => {
                for name in self.keys() {
                    let _ = writeln!(text, "  export {name}=…");
                }
                "waits for every slot"
            }
        };
        for (command, why) in [
            ("doctor", "everything a slot will need"),
            ("run", waits),
            ("dashboard", "the pages"),
        ] {
            let line = format!("tqqq {config}{command}");
            let _ = writeln!(text, "  {line:<30} # {why}");
        }
        text.trim_end().to_owned()
    }

    fn keys(&self) -> Vec<&'static str> {
        let mut names = vec![AlpacaKeys::ID_VARIABLE, AlpacaKeys::SECRET_VARIABLE];
        names.extend(self.sources.iter().filter_map(|source| match source {
            SourceChoice::TwelveData => Some(TwelveDataKey::VARIABLE),
            SourceChoice::Fmp => Some(FmpKey::VARIABLE),
            SourceChoice::Alpaca => None,
        }));
        names
    }
}

/// Its word, as configuration and command line have it.
fn word(choice: &impl ValueEnum) -> String {
    choice
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

/// Asks until an answer is one; an empty line takes `usual`.
fn ask<T: ValueEnum>(question: &str, usual: T) -> Outcome<T> {
    let known: Vec<String> = T::value_variants().iter().map(word).collect();
    loop {
        tell(&format!(
            "{question} {} [{}]",
            known.join(", "),
            word(&usual)
        ));
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let read = read.map_err(|error| Fault::failed(format!("stdin: {error}")))?;
        match line.trim() {
            "" if read == 0 => return Err(Fault::input("nobody answered").hint("say --yes")),
            "" => return Ok(usual),
            answer => match T::from_str(answer, true) {
                Ok(choice) => return Ok(choice),
                Err(_) => tell(&format!("{answer} is none of them")),
            },
        }
    }
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    let failed = |error: io::Error| {
        Fault::input(format!("{}: {error}", path.display()))
            .hint("name a file that you may write with -o")
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ALONE)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| {
            // Half a configuration is worse than none.
            let _ = fs::remove_file(path);
            failed(error)
        })
}
