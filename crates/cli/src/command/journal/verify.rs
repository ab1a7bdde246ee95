//! `tqqq journal verify`: every number, link, hash, body and folded state.

use cycle::port::Journal;
use journal::StoreError;

use crate::command::Context;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::output::show;
use crate::output::verify::VerifyView;
use crate::progress::Progress;

pub(super) async fn run(json: bool, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    // A chain whose head cannot be read is walked all the same: the walk names the defect.
    let total = file
        .chain
        .head()
        .await
        .ok()
        .flatten()
        .map_or(0, |head| head.seq);
    let progress = Progress::new(context.terminal, total, "records");
    let report = journal::verify(file.chain.store(), None, |sound| progress.at(sound))
        .await
        .map_err(unreadable)?;
    drop(progress);
    let view = VerifyView::new(&file.path, &report);
    show(&view, json, context.terminal)?;
    Ok(if view.is_sound() {
        Exit::Done
    } else {
        Exit::SaidNo
    })
}

fn unreadable(error: StoreError) -> Fault {
    Fault::failed(error).hint("the file must stay readable while it is checked")
}
