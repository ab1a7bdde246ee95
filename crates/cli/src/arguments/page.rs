//! docs/commands.md, made from what may be typed: every command with its options and examples.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};

use super::Arguments;

#[path = "../../../../tests/manual/mod.rs"]
mod manual;

/// The command's own help, which is every command's and told nowhere.
const HELP: &str = "help";

/// A text as Markdown reads it.
fn plain(text: &str) -> String {
    text.replace('<', "&lt;")
}

/// A text as a table's cell has it.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|").replace('\n', " ")
}

/// A help text with the parts that are set by columns as blocks.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in text.lines() {
        let is_set = line.starts_with("  ");
        if is_set && !in_block {
            let is_apart = out.is_empty() || out.ends_with("\n\n");
            out.push_str(if is_apart { "```text\n" } else { "\n```text\n" });
        } else if !is_set && in_block {
            out.push_str("```\n");
        }
        let line = if is_set { line.to_owned() } else { plain(line) };
        writeln!(out, "{line}").unwrap();
        in_block = is_set;
    }
    if in_block {
        out.push_str("```\n");
    }
    out
}

/// How an argument is typed: `--seed <N>`, `-o, --output <FILE>`, `<REASON>`.
fn typed(arg: &Arg) -> String {
    let names = [
        arg.get_short().map(|short| format!("-{short}")),
        arg.get_long().map(|long| format!("--{long}")),
    ];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let takes = arg.get_action().takes_values();
    let values: Vec<String> = arg
        .get_value_names()
        .filter(|_| takes)
        .unwrap_or_default()
        .iter()
        .map(|name| format!("<{name}>"))
        .collect();
    [names.join(", "), values.join(" ")]
        .join(" ")
        .trim()
        .to_owned()
}

/// What an argument is, what it may be, and what it is when left out.
fn told(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if arg.get_action().takes_values() && !arg.is_hide_possible_values_set() {
        let values = arg.get_possible_values();
        let values: Vec<String> = values
            .iter()
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}` ({help})", value.get_name()),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        if !values.is_empty() {
            write!(text, ". One of {}", values.join(", ")).unwrap();
        }
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        write!(text, " [default: {}]", defaults.join(" ")).unwrap();
    }
    cell(&text)
}

fn options(args: &[&Arg]) -> String {
    let mut text = "| argument | what it is |\n|---|---|\n".to_owned();
    for arg in args {
        writeln!(text, "| `{}` | {} |", typed(arg), told(arg)).unwrap();
    }
    text
}

/// One command and those below it.
fn command(text: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    let about = command
        .get_long_about()
        .or(command.get_about())
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut usage = command.clone().bin_name(&name).render_usage().to_string();
    usage = usage.trim_start_matches("Usage: ").trim().to_owned();
    write!(
        text,
        "\n## `{name}`\n\n{}.\n\n```text\n{usage}\n```\n",
        plain(&about)
    )
    .unwrap();
    let own = |arg: &&Arg| !arg.is_global_set() && arg.get_id() != HELP && !arg.is_hide_set();
    let args: Vec<&Arg> = command.get_arguments().filter(own).collect();
    if !args.is_empty() {
        write!(text, "\n{}", options(&args)).unwrap();
    }
    if let Some(after) = command.get_after_help() {
        write!(text, "\n{}", prose(&after.to_string())).unwrap();
    }
    for below in command.get_subcommands() {
        self::command(text, below, &name);
    }
}

/// The whole part that is made.
fn made() -> String {
    let all = Arguments::command();
    let everywhere: Vec<&Arg> = all
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .collect();
    let mut text = "| command | what it does |\n|---|---|\n".to_owned();
    for command in all.get_subcommands() {
        let name = command.get_name();
        let about = command.get_about().map(ToString::to_string);
        let about = cell(&about.unwrap_or_default());
        writeln!(text, "| [`{name}`](#tqqq-{name}) | {about} |").unwrap();
    }
    write!(text, "\n## Everywhere\n\n{}", options(&everywhere)).unwrap();
    for each in all.get_subcommands() {
        command(&mut text, each, "tqqq");
    }
    text
}

#[test]
fn the_page_tells_every_command_as_it_may_be_typed() {
    manual::hold("commands.md", &made());
}
