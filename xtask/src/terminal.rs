//! A terminal's text as an SVG: no dependency, no screenshot, the same bytes for the same text.

use std::fmt::Write;

/// Width of one character cell, in user units.
const CELL: f64 = 8.4;
/// Height of one line, in user units.
const LINE: f64 = 19.0;
/// Space around the text, in user units.
const PADDING: f64 = 16.0;
/// Height of the title bar, in user units.
const BAR: f64 = 32.0;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Look {
    color: Option<Color>,
    bold: bool,
    dim: bool,
}

/// The terminal colours this program's output uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Color {
    Red,
    Green,
    Yellow,
    Blue,
    Cyan,
}

impl Color {
    const fn hex(self) -> &'static str {
        match self {
            Self::Red => "#f47067",
            Self::Green => "#6bc46d",
            Self::Yellow => "#daaa3f",
            Self::Blue => "#6cb6ff",
            Self::Cyan => "#56d4dd",
        }
    }
}

/// Draws `text`, which may hold ANSI colours, in a window titled `title`.
pub(crate) fn svg(title: &str, text: &str) -> String {
    let lines: Vec<Vec<(Look, String)>> = text.lines().map(pieces).collect();
    let columns = lines
        .iter()
        .map(|line| columns(line))
        .max()
        .unwrap_or(0)
        .max(60);
    let width = columns_wide(columns) + 2.0 * PADDING;
    let height = BAR + lines_high(lines.len()) + 2.0 * PADDING;
    let mut out = head(title, width, height);
    for (row, line) in lines.iter().enumerate() {
        draw(&mut out, line, BAR + PADDING + lines_high(row) + LINE * 0.7);
    }
    out.push_str("</svg>\n");
    out
}

fn head(title: &str, width: f64, height: f64) -> String {
    let title = escape(title);
    let middle = width / 2.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d5dce3;white-space:pre}}</style>\n\
         <rect width=\"{width:.1}\" height=\"{height:.1}\" rx=\"10\" fill=\"#1c2128\"/>\n\
         <circle cx=\"20\" cy=\"16\" r=\"5.5\" fill=\"#f47067\"/><circle cx=\"38\" cy=\"16\" r=\"5.5\" fill=\"#daaa3f\"/><circle cx=\"56\" cy=\"16\" r=\"5.5\" fill=\"#6bc46d\"/>\n\
         <text x=\"{middle:.1}\" y=\"21\" text-anchor=\"middle\" style=\"fill:#8b949e\">{title}</text>\n"
    )
}

/// One line; every piece is set at its own column and stretched to its cells, so that columns
/// stay straight whatever font is found.
fn draw(out: &mut String, line: &[(Look, String)], y: f64) {
    let mut column = 0;
    for (look, text) in line {
        let count = text.chars().count();
        if !text.trim().is_empty() {
            let x = PADDING + columns_wide(column);
            let long = columns_wide(count);
            let style = style(*look);
            let text = escape(text);
            writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{long:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\"{style}>{text}</text>"
            )
            .expect("writing to a string cannot fail");
        }
        column += count;
    }
}

fn style(look: Look) -> String {
    let mut style = String::new();
    if let Some(color) = look.color {
        style.push_str(&format!("fill:{};", color.hex()));
    }
    if look.bold {
        style.push_str("font-weight:bold;");
    }
    if look.dim {
        style.push_str("opacity:.65;");
    }
    if style.is_empty() {
        style
    } else {
        format!(" style=\"{style}\"")
    }
}

/// Splits a line at its ANSI sequences; sequences other than colours are dropped.
fn pieces(line: &str) -> Vec<(Look, String)> {
    let mut pieces = Vec::new();
    let mut look = Look::default();
    let mut rest = line;
    while let Some(at) = rest.find("\u{1b}[") {
        push(&mut pieces, look, &rest[..at]);
        let sequence = &rest[at + 2..];
        let Some(end) = sequence.find(|c: char| c.is_ascii_alphabetic()) else {
            return pieces;
        };
        if sequence.as_bytes()[end] == b'm' {
            look = sequence[..end].split([';', ':']).fold(look, apply);
        }
        rest = &sequence[end + 1..];
    }
    push(&mut pieces, look, rest);
    pieces
}

fn push(pieces: &mut Vec<(Look, String)>, look: Look, text: &str) {
    if !text.is_empty() {
        pieces.push((look, text.to_owned()));
    }
}

fn apply(look: Look, code: &str) -> Look {
    let colored = |color| Look {
        color: Some(color),
        ..look
    };
    match code {
        "" | "0" => Look::default(),
        "1" => Look { bold: true, ..look },
        "2" => Look { dim: true, ..look },
        "22" => Look {
            bold: false,
            dim: false,
            ..look
        },
        "31" | "91" => colored(Color::Red),
        "32" | "92" => colored(Color::Green),
        "33" | "93" => colored(Color::Yellow),
        "34" | "94" => colored(Color::Blue),
        "36" | "96" => colored(Color::Cyan),
        "39" => Look {
            color: None,
            ..look
        },
        _ => look,
    }
}

fn columns(line: &[(Look, String)]) -> usize {
    line.iter().map(|(_, text)| text.chars().count()).sum()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a terminal has fewer columns than 2^53"
)]
fn columns_wide(columns: usize) -> f64 {
    columns as f64 * CELL
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a terminal has fewer lines than 2^53"
)]
fn lines_high(lines: usize) -> f64 {
    lines as f64 * LINE
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_styles_and_other_sequences_vanish() {
        let found = pieces("a\u{1b}[1;32mgreen\u{1b}[0m\u{1b}[2K b");
        let green = Look {
            color: Some(Color::Green),
            bold: true,
            dim: false,
        };
        let plain = Look::default();
        assert_eq!(
            found,
            [
                (plain, "a".to_owned()),
                (green, "green".to_owned()),
                (plain, " b".to_owned())
            ]
        );
    }

    #[test]
    fn text_is_escaped() {
        let drawn = svg("t", "1 < 2 & 3 > 2");
        assert!(drawn.contains("1 &lt; 2 &amp; 3 &gt; 2"), "{drawn}");
    }
}
