//! `tqqq journal prune`: old raw answers are removed, the chain never.

use chronicle::for_each_entry;
use cycle::port::Journal;
use journal::prune::Pruning;
use journal::sqlite::{Durability, Sqlite};
use trading::record::{Noted, Record};

use crate::arguments::PruneArguments;
use crate::command::Context;
use crate::consent::is_given;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::holder::Holder;
use crate::ledger_file::unreadable;
use crate::ledger_file::{ReadOnly, refused};
use crate::output::prune::{Doomed, PruneView};
use crate::output::{show, tell};
use crate::switch::{PlayedVenue, throw};

pub(super) async fn run(arguments: &PruneArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let journal = context.read_journal(&configuration)?;
    // The file is written anew: a runner would wait for it, and might miss its slot.
    let _alone = Holder::of(&journal.path)?;
    let doomed = doomed(&journal, arguments)
        .await
        .map_err(|fault| journal.locate(fault))?;
    let view = PruneView::new(&journal.path, &doomed);
    if doomed.bodies.is_empty() {
        show(&view, arguments.json, context.terminal)?;
        return Ok(Exit::Done);
    }
    tell(&view.intent());
    let question = "remove them for good? Type yes:";
    let unasked = "say --yes when you have read what will be removed";
    if !arguments.yes && !is_given(question, unasked)? {
        tell("nothing was changed");
        return Ok(Exit::SaidNo);
    }
    let text = format!(
        "pruned: {} raw answers of before {}",
        doomed.bodies.len(),
        market::time::new_york_text(doomed.before)
    );
    let venue = PlayedVenue::of(&configuration.settings).await;
    let noted = |_: &_, _| Ok(Some(Record::Noted(Noted { text: text.clone() })));
    let noted = throw(journal.path.clone(), venue, noted).await?;
    Sqlite::open(&journal.path, Durability::Full)
        .and_then(|store| store.remove_bodies(&doomed.bodies))
        .map_err(refused)?;
    show(&view.done(noted.head), arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

/// What only records cite that are older than asked for, before the newest record.
async fn doomed(journal: &ReadOnly, arguments: &PruneArguments) -> Outcome<Doomed> {
    let chain = &journal.chain;
    let begun = || {
        Fault::input("the journal is empty").hint("there is nothing to remove before a first slot")
    };
    let head = chain.head().await.map_err(unreadable)?.ok_or_else(begun)?;
    let newest = chain.read(head.seq, 1).await.map_err(unreadable)?;
    let newest = newest.first().ok_or_else(begun)?.at;
    let before = newest - arguments.older_than;
    let mut pruning = Pruning::before(before);
    for_each_entry(chain, 1, |entry| pruning.take(entry)).await?;
    let kept = chain.store().file()?.kept_bodies().map_err(refused)?;
    let mut bodies = pruning.bodies();
    bodies.retain(|hash| kept.contains_key(hash));
    let bytes = bodies.iter().filter_map(|hash| kept.get(hash)).sum();
    Ok(Doomed {
        before,
        bytes,
        kept: kept.len() - bodies.len(),
        bodies,
    })
}
