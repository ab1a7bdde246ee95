//! `tqqq data fetch`: a range of bars from a vendor, whole or not at all.

use std::path::PathBuf;
use std::sync::Arc;

use connectors::assemble::{Keys, Time, history};
use connectors::history::{Download, DownloadError, History, Wanted, Window};
use connectors::twelve_data::api_usage::Usage;
use cycle::port::Clock;
use market::calendar::Session;
use market::file::{self, Options, inspect};
use market::time::{new_york_date, new_york_text};
use market::{Bar, Calendar, Date, Instant, Symbol};
use trading::settings::{Settings, Venue};

use crate::arguments::{DataFetchArguments, FeedChoice};
use crate::bar_file;
use crate::command::Context;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::new_file::NewFile;
use crate::output::data_check::CheckView;
use crate::output::data_fetch::{FetchFacts, FetchView};
use crate::output::{show, tell, text};
use crate::partial::{Of, Partial};
use crate::progress::Progress;

pub(super) async fn run(arguments: &DataFetchArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let calendar = &configuration.calendar;
    let job = Job::new(arguments, &configuration.settings);
    let output = NewFile::at(&job.output, arguments.force)?;
    let clock = job.clock(&configuration.settings).await?;
    let vendor = job.vendor(calendar, &clock, context)?;
    if let Some(why) = vendor.lacks(arguments.interval) {
        return Err(
            Fault::input(format!("--interval {}: {why}", arguments.interval))
                .hint("fetch --interval 30m, then `tqqq data build`; or name another --source"),
        );
    }
    let wanted = job.wanted(new_york_date(clock.now()));
    let of = Of::new(
        vendor.name(),
        job.feed(&vendor),
        wanted.symbol.clone(),
        wanted.interval,
        wanted.from,
    );
    let (mut partial, kept) = Partial::open(output.path(), &of, arguments.restart)?;
    let resumed = !kept.is_empty();
    let (symbol, interval) = (wanted.symbol.clone(), wanted.interval);
    let work = Work {
        vendor: &vendor,
        clock: &clock,
        calendar,
        context,
    };
    let done = match work.carry_out(wanted, kept, &mut partial).await {
        Ok(done) => done,
        Err(fault) => {
            partial.remove_if_empty()?;
            return Err(fault);
        }
    };
    output.write(|out| file::write(out, &done.bars))?;
    partial.remove()?;
    let facts = FetchFacts {
        source: vendor.name().to_owned(),
        feed: job.feed(&vendor),
        symbol: symbol.to_string(),
        interval,
        first: done.sessions[0].date,
        last: done.sessions[done.sessions.len() - 1].date,
        missing: done.missing(),
        calls: vendor.calls(),
        resumed,
    };
    let check = work.check(&output)?;
    let view = FetchView::new(facts, &done.windows, check);
    show(&view, arguments.json, context.terminal)?;
    Ok(if view.is_clean() {
        Exit::Done
    } else {
        Exit::SaidNo
    })
}

/// What was typed, with the configuration's defaults.
struct Job<'a> {
    arguments: &'a DataFetchArguments,
    source: String,
    symbol: Symbol,
    output: PathBuf,
}

impl<'a> Job<'a> {
    fn new(arguments: &'a DataFetchArguments, settings: &Settings) -> Self {
        let first = settings.data.sources.first();
        let source = arguments.source.map(|source| source.name().to_owned());
        let symbol = arguments.symbol.clone();
        let symbol = symbol.unwrap_or_else(|| settings.strategy.symbol.clone());
        let output = arguments.output.clone().unwrap_or_else(|| {
            let name = symbol.to_string().to_lowercase();
            PathBuf::from(format!("{name}_{}.csv", arguments.interval))
        });
        Self {
            arguments,
            source: source.or_else(|| first.cloned()).unwrap_or_default(),
            symbol,
            output,
        }
    }

    /// That of the exchange named, else the machine's.
    async fn clock(&self, settings: &Settings) -> Outcome<Arc<dyn Clock>> {
        let there = Settings {
            venue: Venue::Local,
            venue_url: self.arguments.venue_url.clone(),
            ..settings.clone()
        };
        Ok(Time::of(&there).await?.clock())
    }

    /// The vendor itself, or an exchange of ours in its place, which is shown no real key.
    fn vendor(
        &self,
        calendar: &Calendar,
        clock: &Arc<dyn Clock>,
        context: &Context,
    ) -> Outcome<History> {
        let address = self.arguments.venue_url.as_deref();
        let keys = match address {
            Some(_) => Keys::placeholders(),
            None => context.environment.keys()?,
        };
        let feed = self.arguments.feed.into();
        history(&self.source, feed, address, &keys, calendar, clock).map_err(Fault::input)
    }

    /// Only Alpaca has feeds.
    fn feed(&self, vendor: &History) -> Option<String> {
        let is_alpaca = vendor.name() == connectors::alpaca::NAME;
        is_alpaca.then(|| self.arguments.feed.word().to_owned())
    }

    fn wanted(&self, today: Date) -> Wanted {
        Wanted {
            symbol: self.symbol.clone(),
            interval: self.arguments.interval,
            from: self.arguments.from,
            to: self.arguments.to.unwrap_or(today),
            window: self.arguments.window,
        }
    }
}

impl From<FeedChoice> for trading::settings::AlpacaFeed {
    fn from(feed: FeedChoice) -> Self {
        match feed {
            FeedChoice::Sip => Self::Sip,
            FeedChoice::Iex => Self::Iex,
        }
    }
}

/// Who is asked, and by which clock and calendar.
struct Work<'a> {
    vendor: &'a History,
    clock: &'a Arc<dyn Clock>,
    calendar: &'a Calendar,
    context: &'a Context,
}

/// A download that is whole.
struct Done {
    /// Oldest first; at least one.
    bars: Vec<Bar>,
    /// What they came in.
    windows: Vec<Window>,
    /// The sessions asked for; at least one.
    sessions: Vec<Session>,
}

impl Done {
    /// Sessions asked for before the first bar that came, and after the last one.
    fn missing(&self) -> (usize, usize) {
        let dates = self.bars.first().zip(self.bars.last());
        let dates =
            dates.map(|(first, last)| (new_york_date(first.start), new_york_date(last.start)));
        let Some((first, last)) = dates else {
            return (0, 0);
        };
        let before = self.sessions.iter().filter(|session| session.date < first);
        let after = self.sessions.iter().filter(|session| session.date > last);
        (before.count(), after.count())
    }
}

impl Work<'_> {
    /// All windows behind those kept; each is on disk before the next is asked for.
    async fn carry_out(
        &self,
        wanted: Wanted,
        kept: Vec<Window>,
        partial: &mut Partial,
    ) -> Outcome<Done> {
        let of = format!("{} bars of {}", wanted.interval, wanted.symbol);
        let place = partial.path().display().to_string();
        let stop = |error| stopped(error, &place);
        let mut download = Download::new(
            self.vendor,
            self.clock.clone(),
            self.calendar,
            wanted,
            &kept,
        )
        .map_err(stop)?;
        let total = download.sessions().len() as u64;
        let progress = Progress::new(self.context.terminal, total, "sessions");
        let mut waits = |until: Instant, why: &str| {
            progress.say(format!("waiting until {}: {why}", new_york_text(until)));
            tracing::debug!(%until, why, "waiting");
        };
        let mut windows = kept;
        if download.calls_left() > 0 {
            let usage = download.usage(&mut waits).await.map_err(stop)?;
            greet(&of, self.vendor, &download, usage, !windows.is_empty());
        }
        loop {
            progress.at(download.done() as u64);
            progress.say(text::counted(self.vendor.calls(), "call"));
            match download.next(&mut waits).await.map_err(stop)? {
                Some(window) => {
                    partial.keep(&window)?;
                    windows.push(window);
                }
                None => break,
            }
        }
        drop(progress);
        whole(&of, self.vendor, download, windows)
    }

    /// The file as `tqqq data check` sees it.
    fn check(&self, output: &NewFile) -> Outcome<CheckView> {
        let path = output.path();
        let name = path.display().to_string();
        let file = bar_file::open(path)?;
        let inspection = inspect(file, &name, self.calendar, &Options::default());
        Ok(CheckView::new(
            path,
            &inspection,
            self.calendar,
            self.clock.now(),
        ))
    }
}

/// What came of a download, unless it is nothing.
fn whole(
    of: &str,
    vendor: &History,
    download: Download<'_>,
    windows: Vec<Window>,
) -> Outcome<Done> {
    let sessions = download.sessions().to_vec();
    let (first, last) = (sessions[0].date, sessions[sessions.len() - 1].date);
    let bars = download.into_bars();
    if bars.is_empty() {
        let name = vendor.name();
        return Err(
            Fault::input(format!("{name} has no {of} from {first} to {last}"))
                .hint("check the symbol; the vendor's history may begin later"),
        );
    }
    Ok(Done {
        bars,
        windows,
        sessions,
    })
}

/// What is about to be asked, and what the key has left for it.
fn greet(of: &str, vendor: &History, download: &Download<'_>, usage: Option<Usage>, resumed: bool) {
    let (done, all) = (download.done(), download.sessions().len());
    if resumed {
        tell(&format!(
            "going on with {of}: {done} of {all} sessions are there"
        ));
    }
    let credits = usage.map(|usage| {
        let day = usage.day.map_or_else(String::new, |day| {
            let left = day.limit.saturating_sub(day.used);
            format!(", {left} of {} left today", day.limit)
        });
        format!("; credits: {} a minute{day}", usage.minute.limit)
    });
    tell(&format!(
        "fetching {of} from {}: {} in {}{}",
        vendor.name(),
        text::counted((all - done) as u64, "session"),
        text::counted(download.calls_left() as u64, "call"),
        credits.unwrap_or_default()
    ));
}

/// Why a download ended early, and how to take it up again.
#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn stopped(error: DownloadError, kept: &str) -> Fault {
    let again = format!("give the same line again: it goes on from {kept}");
    match &error {
        DownloadError::Exhausted(exhausted) => Fault::failed(&error).hint(format!(
            "some credits are left for trading with this key; after {} {again}",
            new_york_text(exhausted.until)
        )),
        DownloadError::Failing { .. } => Fault::failed(&error).hint(format!("later, {again}")),
        DownloadError::Refused(why) => Fault::input(why),
        DownloadError::Changed(_) => Fault::input(&error).hint(format!(
            "bars of two share bases or of a revision make no file; begin anew with --restart, {kept} is then dropped"
        )),
        DownloadError::NoSessions { .. } => {
            Fault::input(&error).hint("name dates that are over, the first one first")
        }
        DownloadError::Calendar(_) => Fault::input(&error).hint("name dates that the calendar knows"),
    }
}
