//! What every story needs: the record in words, and the laws that hold at the end of each.

use cycle::Ended;
use cycle::fake::World;
use market::{Decimal, Shares, Slot, Symbol};
use trading::invariants::Invariant;
use trading::order::{ClientOrderId, OrderReport};
use trading::outcome::{Outcome, Reason};
use trading::plan::Plan;
use trading::record::{Answer, Entry, Intent, Record};

/// The record, one line an entry: time of day, kind, key fields.
pub(crate) fn tell(world: &World) -> String {
    world.entries().iter().map(line).collect()
}

/// The record from the first entry of this slot on.
pub(crate) fn tell_slot(world: &World, slot: &str) -> String {
    let slot: Slot = slot.parse().unwrap();
    let entries = world.entries();
    let from = entries
        .iter()
        .position(|entry| entry.slot == Some(slot))
        .unwrap_or(entries.len());
    entries[from..].iter().map(line).collect()
}

/// The kinds of the record, in order.
pub(crate) fn kinds(world: &World) -> Vec<&'static str> {
    let entries = world.entries();
    entries.iter().map(|entry| entry.record.kind()).collect()
}

fn line(entry: &Entry) -> String {
    let time = &market::time::new_york_text(entry.at)[11..19];
    let text = format!("{time} {} {}", entry.record.kind(), words(&entry.record));
    format!("{}\n", text.trim_end())
}

fn words(record: &Record) -> String {
    match record {
        Record::Bound(binding) => format!("{} at {}", binding.account, binding.host),
        Record::SlotOpened(opened) => {
            let over = opened.takes_over.map_or("", |_| ", takes over");
            format!("try {}{over}", opened.try_number)
        }
        Record::Observed(seen) => {
            let price = seen.price.as_ref().map(|point| point.price.to_string());
            let (held, cash) = (&seen.portfolio.positions, seen.portfolio.account.cash);
            let held: Vec<String> = held
                .iter()
                .map(|position| format!("{} {}", position.quantity, position.symbol))
                .collect();
            let price = price.unwrap_or_else(|| "none".to_owned());
            format!("price {price}, cash {cash}, holds [{}]", held.join(", "))
        }
        Record::Decided(decided) => {
            let refused = decided
                .refused
                .as_ref()
                .map_or_else(String::new, |refusal| {
                    format!(", refused {}", refusal.reason)
                });
            let (wanted, target) = (decided.wanted, decided.target);
            format!(
                "{wanted:?} -> {target:?}{refused}: {}",
                plan_words(&decided.plan)
            )
        }
        Record::Quoted(quoted) => match &quoted.refused {
            None => format!("{} looks, narrow enough", quoted.looks),
            Some(refusal) => format!("{} looks, refused {}", quoted.looks, refusal.reason),
        },
        Record::Replanned(replanned) => plan_words(&replanned.plan),
        Record::Intended(intended) => match &intended.intent {
            Intent::Order(order) => format!("{} {}", tail(&order.id), order.instruction),
            Intent::Cancel(cancel) => format!("{} of {}", tail(&cancel.id), cancel.order),
        },
        Record::Answered(answered) => {
            format!("{} {}", tail(&answered.id), answer_words(&answered.answer))
        }
        Record::Settled(settled) => {
            format!(
                "{} {:?} {}",
                tail(&settled.id),
                settled.state,
                settled.filled
            )
        }
        Record::TryFailed(failed) => failed.error.clone(),
        Record::SlotClosed(closed) => {
            let breaches: Vec<String> = closed.breaches.iter().map(ToString::to_string).collect();
            let breaches = breaches.join("; ");
            format!("{} {breaches}", closed.outcome)
        }
        Record::SlotsMissed(missed) => {
            format!("{} to {}: {}", missed.first, missed.last, missed.count)
        }
        Record::Reconstructed(made_up) => format!(
            "{} decided, {} undecidable, bearish {:?}",
            made_up.decided, made_up.undecidable, made_up.bearish
        ),
        Record::Revised(revised) => format!(
            "{} of {}: {:?} -> {:?}",
            revised.source, revised.slot, revised.recorded, revised.revised
        ),
        Record::Halted(halted) => {
            let flatten = if halted.flatten { ", sells all" } else { "" };
            format!("{:?}{flatten} {}", halted.level, halted.reason)
        }
        Record::Resumed(noted) => noted.note.clone(),
        Record::Armed(armed) => format!("until {}", armed.until),
        Record::Repaired(repaired) => {
            let found = repaired.orders.iter();
            let ids: Vec<String> = found.map(|found| tail(&found.order.id)).collect();
            format!("learned {}", ids.join(", "))
        }
        Record::SplitRuled(ruled) => format!("{} {} {}", ruled.symbol, ruled.split, ruled.accepted),
        Record::Adopted(noted) | Record::Disarmed(noted) | Record::Noted(noted) => {
            noted.text.clone()
        }
    }
}

/// An id without the account, which no story changes.
fn tail(id: &ClientOrderId) -> String {
    id.as_str()
        .splitn(3, '-')
        .last()
        .unwrap_or_default()
        .to_owned()
}

fn answer_words(answer: &Answer) -> String {
    match answer {
        Answer::Accepted(report) => format!("accepted as {}", report.broker_id),
        Answer::CancelTaken => "cancel taken".to_owned(),
        Answer::Refused { why } => format!("refused: {why}"),
        Answer::Unknown { why } => format!("unknown: {why}"),
        Answer::NotSent { why } => format!("not sent: {why}"),
    }
}

fn plan_words(plan: &Plan) -> String {
    let mut steps: Vec<String> = Vec::new();
    steps.extend(
        plan.cancels
            .iter()
            .map(|cancel| format!("cancel {}", cancel.order)),
    );
    let orders = plan.sales.iter().chain(&plan.buy);
    steps.extend(
        orders.map(|order| format!("{} {} {}", order.leg, order.symbol, order.instruction)),
    );
    steps.extend(plan.idle.iter().map(|idle| format!("nothing, {idle}")));
    if steps.is_empty() {
        "nothing".to_owned()
    } else {
        steps.join("; ")
    }
}

pub(crate) fn symbol(text: &str) -> Symbol {
    Symbol::new(text).unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    text.parse().unwrap()
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The outcome of a slot that was closed.
#[track_caller]
pub(crate) fn outcome(ended: &Ended) -> Outcome {
    match ended {
        Ended::Closed { outcome, .. } => outcome.clone(),
        other => panic!("the slot was not closed: {other:?}"),
    }
}

/// The reason for which a slot was refused.
#[track_caller]
pub(crate) fn refusal(ended: &Ended) -> Reason {
    match outcome(ended) {
        Outcome::Refused(refusal) => refusal.reason,
        other => panic!("the slot was not refused: {other:?}"),
    }
}

/// The error of a try that failed.
#[track_caller]
pub(crate) fn failure(ended: &Ended) -> String {
    match ended {
        Ended::TryFailed { error, .. } => error.to_string(),
        other => panic!("the try did not fail: {other:?}"),
    }
}

/// Our orders at the broker, oldest first.
pub(crate) fn our_orders(world: &World) -> Vec<OrderReport> {
    let desk = world.broker.desk();
    let orders = desk.exchange.orders.iter().map(|order| &order.report);
    let ours = |report: &&OrderReport| report.client_order_id.starts_with("tqqq-");
    orders.filter(ours).cloned().collect()
}

/// Ids of our orders at the broker, without the account.
pub(crate) fn sent(world: &World) -> Vec<String> {
    let short = |report: OrderReport| {
        let id = report.client_order_id;
        id.splitn(3, '-').last().unwrap_or_default().to_owned()
    };
    our_orders(world).into_iter().map(short).collect()
}

/// What must hold at the end of every story, whatever went wrong in it.
#[track_caller]
pub(crate) fn check_laws(world: &World) {
    assert_eq!(world.breaches(), []);
}

/// Which invariants do not hold, where a story breaks one.
pub(crate) fn breached(world: &World) -> Vec<Invariant> {
    let breaches = world.breaches().into_iter();
    breaches.map(|breach| breach.invariant).collect()
}

/// The same where nothing has failed since `calm`, so that what was begun must be finished.
#[track_caller]
pub(crate) fn check_laws_since(world: &World, calm: market::Instant, name: &str) {
    assert_eq!(world.breaches_since(calm), [], "{name}");
}
