//! The command `tqqq` on the table of a function: everything that looks, the switches, and the way
//! back from a table that was restored to an earlier moment.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use trading::record::Record;

use crate::world::{KEYS, World};

/// Where `tqqq`, built with tables on AWS, lies; `cargo xtask aws` builds it and tells.
const PROGRAM: &str = "TQQQ_WITH_TABLES";

/// The command beside the function.
struct Desk {
    program: String,
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Desk {
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "tests are told by their surroundings, and say why they do nothing"
    )]
    fn of(world: &World) -> Option<Self> {
        let Ok(program) = std::env::var(PROGRAM) else {
            eprintln!("skipped: no {PROGRAM}; `cargo xtask aws` builds it");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let keys: Value = serde_json::from_str(KEYS).unwrap();
        let keys = keys.as_object().unwrap().iter();
        let keys = keys.map(|(name, key)| (name.clone(), key.as_str().unwrap().to_owned()));
        let aws = world.variables("trader").into_iter();
        let aws = aws.filter(|(name, _)| name.starts_with("AWS_"));
        let aws = aws.map(|(name, value)| (name.to_owned(), value));
        let variables = keys.chain(aws).collect();
        let desk = Self {
            program,
            folder,
            variables,
        };
        desk.look_at(world);
        Some(desk)
    }

    /// The configuration names the world's table from now on.
    fn look_at(&self, world: &World) {
        let config = world.variables("trader")["TQQQ_CONFIG"].clone();
        let config = format!("{config}journal = \"dynamodb:{}\"\n", world.table());
        std::fs::write(self.folder.path().join("tqqq.toml"), config).unwrap();
    }

    /// Exit code and all that was said.
    #[expect(
        clippy::print_stdout,
        reason = "what a person would see is worth its lines in the test's log"
    )]
    async fn run(&self, line: &str) -> (i32, String) {
        let mut command = Command::new(&self.program);
        command
            .args(line.split(' '))
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        // The exchange answers on this runtime's other threads meanwhile.
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
        let done = done.unwrap();
        let said = [done.stdout, done.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        println!("$ tqqq {line}\n{said}");
        (done.status.code().unwrap(), said)
    }

    async fn ok(&self, line: &str) -> String {
        let (code, said) = self.run(line).await;
        assert_eq!(code, 0, "tqqq {line}: {said}");
        said
    }
}

/// A copy of the world's table as it now stands, as a restore to this moment makes it.
async fn restored(world: &World) -> String {
    let local = world.local();
    let name = aws::local::DynamoDbLocal::fresh_name();
    local.create(&name).await;
    let wish = json!({ "TableName": world.table(), "ConsistentRead": true });
    let scanned = local.ask("Scan", &wish).await;
    assert!(scanned.get("LastEvaluatedKey").is_none(), "one page");
    for item in scanned["Items"].as_array().unwrap() {
        let wish = json!({ "TableName": name, "Item": item });
        local.ask("PutItem", &wish).await;
    }
    name
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_looks_at_a_journal_and_every_switch_works_on_a_table() {
    let Some(world) = World::new(14).await else {
        return;
    };
    let Some(desk) = Desk::of(&world) else {
        return;
    };
    let mut trader = world.bootstrap("trader").await;
    for slot in &world.slots[..3] {
        trader.invoke(&world.event(*slot)).await.unwrap();
    }
    let status: Value = serde_json::from_str(&desk.ok("status --json").await).unwrap();
    assert_eq!(status["schema"], "tqqq.status/1", "{status}");
    let history = desk.ok("history --json").await;
    assert_eq!(history.lines().count(), 3, "{history}");
    let first: Value = serde_json::from_str(history.lines().next().unwrap()).unwrap();
    let slot = first["slot"].as_str().unwrap();
    let why = desk.ok(&format!("why {slot}")).await;
    assert!(why.contains("price"), "{why}");
    desk.ok("replay").await;
    desk.ok("journal verify").await;
    desk.ok("halt away").await;
    let halted = desk.ok("status").await;
    assert!(halted.contains("away"), "{halted}");
    // The function obeys.
    let answer = trader.invoke(&world.event(world.slots[3])).await.unwrap();
    assert_ne!(answer["outcome"], "traded", "{answer}");
    desk.ok("resume back").await;
    // What only files have says what a table has instead.
    let (code, said) = desk.run("journal backup copy.journal").await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("hint: "), "{said}");
    world.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_restored_behind_the_broker_freezes_is_repaired_and_goes_on() {
    let Some(mut world) = World::new(1).await else {
        return;
    };
    let Some(desk) = Desk::of(&world) else {
        return;
    };
    // The table as it stood before the slot that bought.
    let mut trader = world.bootstrap("trader").await;
    let mut copy = None;
    let mut slots = world.slots.clone().into_iter();
    for slot in slots.by_ref() {
        let before = restored(&world).await;
        let answer = trader.invoke(&world.event(slot)).await.unwrap();
        if answer["outcome"] == "traded" {
            copy = Some(before);
            break;
        }
    }
    world.move_to(copy.expect("some slot buys"));
    assert!(!world.entries().await.is_empty(), "a slot came before it");
    desk.look_at(&world);
    // Everything freezes at the first slot that would send anything, or at its end.
    let mut trader = world.bootstrap("trader").await;
    let frozen = trader.invoke(&world.event(slots.next().unwrap())).await;
    let frozen = frozen.unwrap();
    println!("{frozen}");
    assert_eq!(frozen["outcome"], "refused", "{frozen}");
    let detail = frozen["detail"].as_str().unwrap();
    assert!(detail.contains("JournalBehind"), "{frozen}");
    desk.ok("journal verify").await;
    let known = world.entries().await.len();
    let repaired = desk.ok("journal repair --yes").await;
    assert!(
        repaired.contains("nothing is sent") || repaired.contains("1 order"),
        "{repaired}"
    );
    let entries = world.entries().await;
    let is_repair = |record: &Record| matches!(record, Record::Repaired(_));
    assert!(
        entries[known..]
            .iter()
            .any(|entry| is_repair(&entry.record))
    );
    desk.ok("journal verify").await;
    desk.ok("resume restored").await;
    let next = trader.invoke(&world.event(slots.next().unwrap())).await;
    let next = next.unwrap();
    println!("{next}");
    let outcome = next["outcome"].as_str().unwrap();
    assert!(["traded", "held"].contains(&outcome), "{next}");
    desk.ok("replay").await;
    world.verify().await;
}
