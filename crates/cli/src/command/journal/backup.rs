//! `tqqq journal backup`: a copy of the journal as it is at one moment, walked before it counts.

use std::fs;
use std::path::Path;

use connectors::clock::SystemClock;
use cycle::port::Journal;
use journal::sqlite::Sqlite;
use journal::{Chain, Report, verify};
use trading::record::Head;

use crate::arguments::BackupArguments;
use crate::command::Context;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::DAMAGED;
use crate::ledger_file::{ReadOnly, refused};
use crate::new_file::NewFile;
use crate::output::backup::BackupView;
use crate::output::show;

pub(super) async fn run(arguments: &BackupArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let journal = context.read_journal(&configuration)?;
    let new = NewFile::never_over(&arguments.file)?;
    // What stood before must be in the copy, whatever a runner appends meanwhile.
    let before = journal.chain.head().await.map_err(|error| {
        let damaged = Fault::input(error).hint(DAMAGED);
        journal.locate(damaged)
    })?;
    let draft = new.begin()?;
    journal
        .chain
        .store()
        .file()?
        .copy_into(draft.path())
        .map_err(refused)?;
    let report = walk(draft.path(), before).await?;
    if let Some(why) = unsound(&report) {
        return Err(
            Fault::failed(format!("{}: {why}", journal.path.display())).hint(format!(
                "no backup was made, since the copy is not sound; {DAMAGED}"
            )),
        );
    }
    keep_mode(&journal, draft.path())?;
    draft.put()?;
    let bytes = fs::metadata(&arguments.file).map_or(0, |facts| facts.len());
    let view = BackupView::new(&journal.path, &arguments.file, &report, bytes);
    show(&view, arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

/// The whole copy, read from its file.
async fn walk(copy: &Path, before: Option<Head>) -> Outcome<Report> {
    let store = Sqlite::read_only(copy).map_err(refused)?;
    let chain = Chain::new(store, std::sync::Arc::new(SystemClock::new()));
    verify(chain.store(), before, |_| {})
        .await
        .map_err(Fault::failed)
}

fn unsound(report: &Report) -> Option<String> {
    let body = |(seq, hash)| format!("record {seq}: the body {hash} beside the chain is damaged");
    let defect = report.defect.as_ref().map(ToString::to_string);
    defect.or(report.first_corrupt_body.map(body))
}

/// Who may read the journal may read its copy, and nobody else.
fn keep_mode(journal: &ReadOnly, copy: &Path) -> Outcome<()> {
    fs::metadata(&journal.path)
        .and_then(|facts| fs::set_permissions(copy, facts.permissions()))
        .map_err(|error| {
            Fault::failed(format!("{}: {error}", copy.display()))
                .hint("name a file in a folder you may write to")
        })
}
