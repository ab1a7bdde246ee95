//! `tqqq journal verify`: every number, link, hash, body and folded state.

use cycle::port::Journal;
use journal::StoreError;

use super::Context;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::verify::VerifyView;
use crate::output::{print, print_json};
use crate::progress::Progress;

pub(super) async fn run(json: bool, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    // A chain whose head cannot be read is walked all the same: the walk names the defect.
    let total = file.chain.head().await.ok().flatten().map_or(0, |head| head.seq);
    let progress = Progress::new(context.terminal, total, "records");
    let report = journal::verify(file.chain.store(), None, |sound| progress.at(sound)).await.map_err(unreadable)?;
    drop(progress);
    let view = VerifyView::new(&file.path, &report);
    if json { print_json(&view)? } else { print(&view.text(context.terminal))? }
    Ok(if view.is_sound() { Exit::Done } else { Exit::SaidNo })
}

#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn unreadable(error: StoreError) -> Fault {
    Fault::failed(error).hint("the file must stay readable while it is checked")
}
