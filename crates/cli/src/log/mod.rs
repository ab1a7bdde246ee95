//! Log lines on stderr: sentences for people, or one JSON object a line for programs.
//!
//! Stdout is for data. In sentences a warning that comes again and again within seconds, differing
//! in nothing but its numbers, is shown once and then counted; JSON holds every line.

mod fold;
mod sentence;

use std::sync::{Arc, Mutex, PoisonError};

use connectors::clock::SystemClock;
use cycle::port::Clock;
use market::Instant;
use market::time::new_york_text;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::arguments::LogFormat;
use crate::environment::Environment;
use crate::fault::{Fault, Outcome};
use crate::output::{Paint, Terminal, tell};
use crate::system::Stopwatch;

use fold::Fold;
use sentence::Sentence;

/// What is logged when nobody says otherwise.
const LOG_DEFAULT: &str = "warn,tqqq=info";

/// The log of this process. Dropped, it says how many lines it did not show.
pub(crate) struct Log {
    format: LogFormat,
    fold: Arc<Mutex<Fold>>,
}

impl Log {
    /// Begins to log, as typed and as the environment says.
    ///
    /// # Errors
    /// A filter or form that does not exist.
    pub(crate) fn start(
        typed: Option<LogFormat>,
        environment: &Environment,
        terminal: Terminal,
    ) -> Outcome<Self> {
        let format = format(typed, environment)?;
        let text = environment.log.as_deref().unwrap_or(LOG_DEFAULT);
        let filter = EnvFilter::try_new(text).map_err(|error| {
            Fault::input(format!("TQQQ_LOG = {text}: {error}"))
                .hint("write a level like `debug`, or `cycle=trace,warn`")
        })?;
        let fold = Arc::new(Mutex::new(Fold::default()));
        let registry = tracing_subscriber::registry().with(filter);
        match format {
            LogFormat::Text => registry
                .with(Sentences {
                    fold: Arc::clone(&fold),
                    began: Stopwatch::start(),
                    terminal,
                })
                .init(),
            LogFormat::Json => registry
                .with(
                    tracing_subscriber::fmt::layer()
                        .json()
                        .flatten_event(true)
                        .with_writer(std::io::stderr),
                )
                .init(),
        }
        Ok(Self { format, fold })
    }

    /// Says what ended the program, in the log's own form.
    pub(crate) fn end(&self, fault: &Fault) {
        match self.format {
            LogFormat::Text => {
                self.flush();
                tell(&fault.to_string());
            }
            LogFormat::Json => tracing::error!(
                hint = fault.remedy(),
                exit = fault.exit().code(),
                "{}",
                fault.message()
            ),
        }
    }

    fn flush(&self) {
        let left = self
            .fold
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .end();
        left.iter().for_each(|line| tell(line));
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.flush();
    }
}

/// As typed, else as the environment says, else text.
fn format(typed: Option<LogFormat>, environment: &Environment) -> Outcome<LogFormat> {
    match (typed, environment.log_format.as_deref()) {
        (Some(format), _) => Ok(format),
        (None, None | Some("text")) => Ok(LogFormat::Text),
        (None, Some("json")) => Ok(LogFormat::Json),
        (None, Some(other)) => Err(Fault::input(format!(
            "TQQQ_LOG_FORMAT = {other}: there is no such form"
        ))
        .hint("write `text` or `json`")),
    }
}

/// Every event as a sentence.
struct Sentences {
    fold: Arc<Mutex<Fold>>,
    began: Stopwatch,
    terminal: Terminal,
}

impl<S: Subscriber> Layer<S> for Sentences {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        let text = Sentence::of(event).to_string();
        // What is told calmly is data, a line a slot: only complaints are counted.
        if level <= Level::WARN {
            let mut fold = self.fold.lock().unwrap_or_else(PoisonError::into_inner);
            let told = fold.take(&text, self.began.elapsed());
            drop(fold);
            told.before.iter().for_each(|line| tell(line));
            if !told.is_new {
                return;
            }
        }
        tell(&format!("{} {}{text}", moment(), self.word(level)));
    }
}

impl Sentences {
    /// The level in words; calm lines have none.
    fn word(&self, level: Level) -> String {
        let (paint, word) = match level {
            Level::ERROR => (Paint::Bad, "error: "),
            Level::WARN => (Paint::Warn, "warning: "),
            Level::INFO => return String::new(),
            Level::DEBUG => (Paint::Faint, "debug: "),
            Level::TRACE => (Paint::Faint, "trace: "),
        };
        self.terminal.paint_stderr(paint, word)
    }
}

/// Now, to the second, as New York reads it.
fn moment() -> String {
    let now = SystemClock::new().now();
    new_york_text(Instant::from_second(now.as_second()).unwrap_or(now))
}
