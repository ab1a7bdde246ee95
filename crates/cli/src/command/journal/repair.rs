//! `tqqq journal repair`: a journal restored from an older copy learns the broker's orders.

use std::sync::Arc;

use chronicle::for_each_entry;
use connectors::assemble::{Keys, Time, alpaca};
use connectors::entropy::OsEntropy;
use cycle::port::{
    BrokerReader, Clock, Draft, Entropy, Journal, JournalError, OrderQuery, ReadError,
};
use market::{Calendar, Instant, Slot};
use trading::order::{AccountTag, OrderReport};
use trading::portfolio::Portfolio;
use trading::record::{Binding, Head, Record};
use trading::repair::{Known, Repaired};
use trading::settings::{Settings, Venue};

use crate::arguments::RepairArguments;
use crate::command::Context;
use crate::consent::is_given;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::holder::Holder;
use crate::ledger_file;
use crate::ledger_file::unreadable;
use crate::ledger_store::table_in;
use crate::output::repair::RepairView;
use crate::output::{show, tell};
use crate::places::Configuration;

pub(super) async fn run(arguments: &RepairArguments, context: &Context) -> Outcome<Exit> {
    let configuration = context
        .configuration()?
        .at_venue(arguments.venue_url.as_deref())?;
    let path = configuration.journal_to_read(context.journal().as_deref())?;
    let chain = ledger_file::for_switch(&path)?;
    // A runner at work would settle orders while they are being learned. A table has no lock of this
    // kind: there a runner's append takes the head from under ours, which is then not written.
    let _alone = match table_in(&path) {
        None => Some(Holder::of(&path)?),
        Some(_) => None,
    };
    let (known, head) = read(&chain)
        .await
        .map_err(|fault| fault.at(path.display()))?;
    let clock = Time::of(&configuration.settings).await?.clock();
    let seen = look(&configuration, &context.environment, &clock, &known).await?;
    let found = known
        .lost(&seen.orders, &seen.tag, slot_of(&configuration.calendar))
        .map_err(|error| Fault::input(error).hint("compare with the broker's list of orders"))?;
    let Some(repaired) = known.repair(found, seen.portfolio) else {
        show(
            &RepairView::nothing(&path, head),
            arguments.json,
            context.terminal,
        )?;
        return Ok(Exit::Done);
    };
    let view = RepairView::new(&path, &known, &repaired);
    tell(&view.intent());
    let question = "write this to the journal? Type yes:";
    let unasked = "say --yes when you have read what will be written";
    if !arguments.yes && !is_given(question, unasked)? {
        tell("nothing was changed");
        return Ok(Exit::SaidNo);
    }
    let head = write(&chain, head, clock.now(), repaired).await?;
    show(&view.done(head), arguments.json, context.terminal)?;
    Ok(Exit::Done)
}

/// All that the chain says, and its head.
async fn read(chain: &dyn Journal) -> Outcome<(Known, Head)> {
    let empty = || {
        Fault::input("the journal is empty")
            .hint("run `tqqq cycle` once: it binds the journal to the account and stops there")
    };
    let head = chain.head().await.map_err(unreadable)?.ok_or_else(empty)?;
    let mut known = Known::default();
    for_each_entry(chain, 1, |entry| known.take(entry)).await?;
    Ok((known, head))
}

/// What the broker shows.
struct Seen {
    tag: AccountTag,
    orders: Vec<OrderReport>,
    portfolio: Portfolio,
}

/// Asks the broker of this journal's account, and for nothing but answers.
async fn look(
    configuration: &Configuration,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    known: &Known,
) -> Outcome<Seen> {
    let broker = broker(&configuration.settings, environment, clock)?;
    let account = broker.account().await.map_err(unanswered)?.value;
    let binding = Binding {
        account: account.id.clone(),
        host: broker.host(),
        description: String::new(),
    };
    check_bound(known.state.binding.as_ref(), &binding)?;
    // From the account's first day: a copy may be older than anything, or a new file.
    let all = OrderQuery::Since(Instant::UNIX_EPOCH);
    let orders = broker.orders(all).await.map_err(unanswered)?.value;
    let positions = broker.positions().await.map_err(unanswered)?.value;
    let open_orders = broker.orders(OrderQuery::Open).await;
    let portfolio = Portfolio {
        at: clock.now(),
        account,
        positions,
        open_orders: open_orders.map_err(unanswered)?.value,
    };
    Ok(Seen {
        tag: AccountTag::of(&binding.account),
        orders,
        portfolio,
    })
}

/// The broker, to be asked only.
fn broker(
    settings: &Settings,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
) -> Outcome<Box<dyn BrokerReader>> {
    if settings.venue == Venue::Local && settings.venue_url.is_none() {
        return Err(
            Fault::input("a local exchange ends with its run: there is nobody to ask")
                .hint("name the exchange with --venue-url, or the configuration of the account"),
        );
    }
    let alpaca_keys = match settings.venue {
        Venue::Local => None,
        Venue::AlpacaPaper | Venue::AlpacaLive => environment.alpaca_keys()?,
    };
    let keys = Keys {
        alpaca: alpaca_keys,
        ..Keys::default()
    };
    let broker = alpaca(settings, None, &keys, clock).map_err(Fault::input)?;
    Ok(Box::new(broker))
}

fn check_bound(bound: Option<&Binding>, account: &Binding) -> Outcome<()> {
    let Some(bound) = bound else {
        return Err(Fault::input("the journal is bound to no account"));
    };
    if (&bound.account, &bound.host) == (&account.account, &account.host) {
        return Ok(());
    }
    Err(Fault::input(format!(
        "this journal belongs to account {} at {}, not to account {} at {}",
        bound.account, bound.host, account.account, account.host
    ))
    .hint("name the journal of this account; orders of another are none of its business"))
}

/// The slot in which an order without one in its id was received.
fn slot_of(calendar: &Calendar) -> impl Fn(Instant) -> Option<Slot> + '_ {
    |at| calendar.latest_slot(at).ok()
}

#[expect(clippy::needless_pass_by_value, reason = "handed over by map_err")]
fn unanswered(error: ReadError) -> Fault {
    if error.is_permanent() {
        Fault::input(format!("the broker: {error}"))
    } else {
        Fault::failed(format!("the broker: {error}")).hint("nothing was written; try again")
    }
}

/// Appends the one record, onto what was read and onto nothing else.
async fn write(chain: &dyn Journal, head: Head, at: Instant, repaired: Repaired) -> Outcome<Head> {
    let draft = Draft {
        expected: Some(head),
        slot: None,
        run: OsEntropy.run_id(),
        at,
        records: vec![Record::Repaired(Box::new(repaired))],
        bodies: Vec::new(),
    };
    let again = "nothing was written; look again with the same command";
    let written = chain.append(&draft).await.map_err(|error| match error {
        JournalError::Lost { .. } => Fault::failed(&error).hint(again),
        JournalError::Unknown { .. } => {
            Fault::failed(&error).hint("look with `tqqq journal verify` before you try again")
        }
        other => unreadable(other),
    })?;
    let newest = written.last().map(|entry| Head {
        seq: entry.seq,
        hash: entry.hash,
    });
    Ok(newest.unwrap_or(head))
}
