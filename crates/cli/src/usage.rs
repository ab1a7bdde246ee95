//! What was typed and cannot be taken: the parser's words, ended like every error here by a hint.

use crate::exit::Exit;
use crate::output::tell;

/// What the parser writes instead of a hint.
const FOR_MORE: &str = "For more information, try '--help'.";
/// What it puts before a guess.
const TIP: &str = "tip: ";
/// What is said where it has no guess.
const HELP: &str = "add --help to see what may be typed here";

/// Shows help where it was asked for, else what is wrong; returns how the program ends.
pub(crate) fn refuse(error: &clap::Error) -> Exit {
    if error.use_stderr()
        && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        tell(&refusal(&error.render().to_string()));
        return Exit::BadInput;
    }
    // The text was asked for; where it cannot be written nobody reads.
    let _ = error.print();
    if error.use_stderr() {
        Exit::BadInput
    } else {
        Exit::Done
    }
}

/// The parser's text with its tips as hints.
fn refusal(text: &str) -> String {
    let (tips, mut lines): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|line| *line != FOR_MORE)
        .partition(|line| line.trim_start().starts_with(TIP));
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let hints: Vec<String> = tips
        .iter()
        .filter_map(|tip| tip.trim_start().strip_prefix(TIP))
        .map(|tip| format!("hint: {tip}"))
        .collect();
    let hints = if hints.is_empty() {
        format!("hint: {HELP}")
    } else {
        hints.join("\n")
    };
    format!("{}\n{hints}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::Arguments;

    fn refused(typed: &[&str]) -> String {
        let all = [&["tqqq"], typed].concat();
        refusal(
            &Arguments::try_parse_from(all)
                .unwrap_err()
                .render()
                .to_string(),
        )
    }

    #[test]
    fn every_refusal_ends_in_a_hint() {
        insta::assert_snapshot!(refused(&["run", "--sed", "1"]), @"
        error: unexpected argument '--sed' found

        Usage: tqqq run --seed <N>
        hint: a similar argument exists: '--seed'
        ");
        insta::assert_snapshot!(refused(&["rnu"]), @"
        error: unrecognized subcommand 'rnu'

        Usage: tqqq [OPTIONS] <COMMAND>
        hint: add --help to see what may be typed here
        ");
        insta::assert_snapshot!(refused(&["run", "--from", "yesterday"]), @"
        error: invalid value 'yesterday' for '--from <DATE>': `yesterday` is not a date: write 2025-05-12
        hint: add --help to see what may be typed here
        ");
        insta::assert_snapshot!(refused(&["why"]), @"
        error: the following required arguments were not provided:
          <SLOT>

        Usage: tqqq why <SLOT>
        hint: add --help to see what may be typed here
        ");
    }
}
