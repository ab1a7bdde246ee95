//! The journal: there, whole, of this account, and what stands in it.

use std::fs::OpenOptions;
use std::path::Path;

use chronicle::standing;
use chronicle::switches::remedy;
use cycle::port::Journal;
use journal::{Report, verify};
use market::time::new_york_text;
use trading::record::{Binding, HaltLevel};
use trading::settings::Venue;
use trading::state::State;

use super::{Finding, Remedy, Subject, files};
use crate::fault::{Fault, Outcome};
use crate::holder::Holder;
use crate::ledger_file::ReadOnly;
use crate::output::text;
use crate::places;

/// The journal as it was found.
pub(super) struct Books {
    /// Opened and walked; `None` where there is none to open.
    found: Option<Outcome<(Report, State)>>,
    state: State,
}

/// Opens and walks the journal, if there is one.
pub(super) async fn open(subject: &Subject<'_>) -> Books {
    let existing = subject.journal.as_deref().filter(|path| path.exists());
    let found = match existing {
        None => None,
        Some(path) => Some(walk(path).await),
    };
    let state = match &found {
        Some(Ok((_, state))) => state.clone(),
        _ => State::default(),
    };
    Books { found, state }
}

async fn walk(path: &Path) -> Outcome<(Report, State)> {
    let file = ReadOnly::open(path.to_owned())?;
    let report = verify(file.chain.store(), None, |_| {})
        .await
        .map_err(Fault::failed)?;
    if !report.is_sound() {
        return Ok((report, State::default()));
    }
    let head = file.chain.head().await.map_err(Fault::failed)?;
    let state = standing::state(&file.chain, head).await?;
    Ok((report, state))
}

impl Books {
    /// The folded journal; the default where there is none.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Lines about the journal; `binding` is the account the broker showed.
    pub(super) async fn findings(
        &self,
        subject: &Subject<'_>,
        binding: Option<&Binding>,
    ) -> Vec<Finding> {
        let Some(path) = &subject.journal else {
            return vec![unnamed(subject)];
        };
        match &self.found {
            None => vec![absent(path)],
            Some(Err(fault)) => {
                let advice = "restore a backup, or name another file";
                vec![Finding::of_fault("journal", fault, advice)]
            }
            Some(Ok((report, state))) => {
                let mut findings = vec![chain(path, report, binding), lock(path)];
                findings.extend(switches(state, subject));
                findings
            }
        }
    }
}

fn unnamed(subject: &Subject<'_>) -> Finding {
    if subject.configuration.settings.venue == Venue::Local {
        return Finding::ok(
            "journal",
            "none is named: each local run begins one of its own",
        );
    }
    let advice =
        "write journal = \"sqlite:paper.journal\" in the configuration, or name one with --journal";
    Finding::bad("journal", "none is named", advice)
}

fn absent(path: &Path) -> Finding {
    let folder = places::folder_of(path);
    let shown = path.display();
    if folder.is_dir() {
        return Finding::ok(
            "journal",
            format!("none yet; the first cycle begins {shown}"),
        );
    }
    let found = format!("none yet, and the folder of {shown} is not there");
    let remedy = Remedy::MakeFolder(folder.to_owned());
    Finding::bad("journal", found, remedy.to_string()).with(remedy)
}

/// The chain itself.
fn chain(path: &Path, report: &Report, binding: Option<&Binding>) -> Finding {
    const NAME: &str = "journal";
    let shown = path.display();
    if let Some(defect) = &report.defect {
        let advice = "stop here: `tqqq journal verify` tells more; restore a backup of the file";
        return Finding::bad(NAME, format!("{shown}: {defect}"), advice);
    }
    if report.bodies.corrupt > 0 {
        let found = format!(
            "{shown}: {} bodies beside the chain are damaged",
            report.bodies.corrupt
        );
        return Finding::bad(
            NAME,
            found,
            "`tqqq journal verify` names the first; restore a backup",
        );
    }
    if let (Some(bound), Some(binding)) = (&report.binding, binding)
        && (&bound.account, &bound.host) != (&binding.account, &binding.host)
    {
        let found = format!(
            "{shown} belongs to account {} at {}, this is {} at {}",
            bound.account, bound.host, binding.account, binding.host
        );
        let advice = "name this account's own journal with --journal, or a new file";
        return Finding::bad(NAME, found, advice);
    }
    if let Err(error) = OpenOptions::new().append(true).open(path) {
        let advice = "file and folder must be writable for the user that runs it";
        return Finding::bad(NAME, format!("{shown}: {error}"), advice);
    }
    let newest = report
        .last_at
        .map_or_else(|| "never".to_owned(), new_york_text);
    let found = format!(
        "{shown}: sound, {}, {}, the newest record of {newest}",
        text::counted(report.entries, "record"),
        text::counted(report.slots, "slot")
    );
    match files::others_may_write(path) {
        None => Finding::ok(NAME, found),
        Some(remedy) => {
            let advice = format!("the chain shows it, and stops: {remedy}");
            Finding::warn(NAME, format!("{found}; others may write it"), advice).with(remedy)
        }
    }
}

/// A runner at work is no fault; that a second is refused is worth knowing.
fn lock(path: &Path) -> Finding {
    match Holder::at_work(path) {
        None => Finding::ok("lock", "free"),
        Some(process) => Finding::ok(
            "lock",
            format!("a runner is at work, process {process}; a second would be refused"),
        ),
    }
}

/// What the owner or the program has switched, and what is left over.
fn switches(state: &State, subject: &Subject<'_>) -> Vec<Finding> {
    const NAME: &str = "switches";
    let mut findings = Vec::new();
    if let Some(halt) = &state.halt {
        let effect = match halt.level {
            HaltLevel::Frozen => "no order at all",
            HaltLevel::ReduceOnly => "nothing is bought",
        };
        let found = format!("HALTED, {effect}: {}", halt.reason);
        let advice = remedy(&halt.reason).unwrap_or("`tqqq resume` lifts it");
        findings.push(match halt.reason.is_owners() {
            true => Finding::warn(NAME, found, advice),
            // The program stopped itself: something is to be looked at before it trades.
            false => Finding::bad(NAME, found, advice),
        });
    }
    if state.blind_slots > 0 {
        let slots = text::counted(u64::from(state.blind_slots), "slot");
        let found = format!("{slots} in a row held without a decision");
        findings.push(Finding::warn(NAME, found, "`tqqq history` says why"));
    }
    if let Some(open) = &state.open_out {
        let found = format!(
            "{} was to be sold since {} and is not yet",
            open.symbol, open.since
        );
        findings.push(Finding::warn(NAME, found, "the next slot goes on selling"));
    }
    let is_live = subject.configuration.settings.venue == Venue::AlpacaLive;
    let is_armed = state.armed_until.is_some_and(|until| until > subject.now());
    if is_live && !is_armed {
        let advice =
            "nothing is bought before `tqqq arm --for 5d`; what is held is sold all the same";
        findings.push(Finding::warn(NAME, "not armed", advice));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(NAME, "no halt, nothing left over"));
    }
    findings
}
