//! `tqqq replay`: decisions and plans computed again from the record.

use chronicle::slots::PAGE;
use cycle::port::Journal;
use trading::record::{Entry, Hash};
use trading::replay::Replay;
use trading::settings::Settings;

use super::Context;
use crate::arguments::ReplayArguments;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::ReadOnly;
use crate::ledger_file::unreadable;
use crate::output::replay::ReplayView;
use crate::output::show;
use crate::progress::Progress;
use crate::rereading::Rereading;

pub(super) async fn run(arguments: &ReplayArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    let done = recompute(arguments, &file, context).await;
    done.map_err(|fault| file.locate(fault))
}

async fn recompute(
    arguments: &ReplayArguments,
    file: &ReadOnly,
    context: &Context,
) -> Outcome<Exit> {
    let head = file.chain.head().await.map_err(unreadable)?;
    let only = (!arguments.slots.is_empty()).then(|| arguments.slots.clone());
    let progress = Progress::new(context.terminal, head.map_or(0, |head| head.seq), "records");
    let mut replay = Replay::new(only);
    let mut reread = arguments.from_bodies.then(Rereading::default);
    let mut unseen = arguments.slots.clone();
    let mut from = 1;
    loop {
        let page = file.chain.read(from, PAGE).await.map_err(unreadable)?;
        for entry in &page {
            unseen.retain(|slot| entry.slot != Some(*slot));
            learn(&mut replay, reread.as_mut(), entry, &file.chain).await?;
            replay.take(entry);
            if let Some(reread) = &mut reread {
                let is_wanted = arguments.is_asked_for(entry.slot);
                reread.take(entry, is_wanted, &file.chain).await?;
            }
        }
        from += page.len() as u64;
        progress.at(from - 1);
        if page.len() < PAGE {
            break;
        }
    }
    drop(progress);
    if let Some(slot) = unseen.first() {
        return Err(
            Fault::input(format!("{}: no record of slot {slot}", file.path.display()))
                .hint("see `tqqq history` for the slots there are"),
        );
    }
    if let Some(found) = &reread {
        found.check_compared()?;
    }
    let view = ReplayView::new(&file.path, &replay.finish(), reread.as_ref());
    show(&view, arguments.json, context.terminal)?;
    Ok(if view.is_identical() {
        Exit::Done
    } else {
        Exit::SaidNo
    })
}

/// Gives the replay the configuration that `entry` names, from beside the chain.
async fn learn(
    replay: &mut Replay,
    reread: Option<&mut Rereading>,
    entry: &Entry,
    journal: &dyn Journal,
) -> Outcome<()> {
    let Some(hash) = replay.wants(entry) else {
        return Ok(());
    };
    let Some(bytes) = journal.body(hash).await.map_err(unreadable)? else {
        // The replay itself then names the missing configuration as the difference.
        return Ok(());
    };
    let settings = settings(hash, &bytes)?;
    if let Some(reread) = reread {
        reread.learn(hash, &settings)?;
    }
    replay.learn(hash, settings);
    Ok(())
}

fn settings(hash: Hash, bytes: &[u8]) -> Outcome<Settings> {
    serde_json::from_slice(bytes).map_err(|error| {
        Fault::input(format!(
            "the configuration {hash} beside the chain cannot be read: {error}"
        ))
        .hint("another version of tqqq wrote it; use that version, or `tqqq journal verify`")
    })
}
