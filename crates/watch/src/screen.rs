//! The terminal: taken, and given back on every way out, a panic included.

use std::io;
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::draw::{Shown, draw};

/// What was pressed, as far as it means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `q`, Escape or Ctrl-C.
    Leave,
    /// Anything else, or another size: draw again.
    Other,
}

/// The terminal while it shows nothing but this. It is plain again once this is dropped; a panic
/// gives it back before it is told.
#[derive(Debug)]
pub struct Screen {
    terminal: DefaultTerminal,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn take() -> io::Result<Self> {
        Ok(Self {
            terminal: ratatui::try_init()?,
        })
    }

    /// Shows it.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub fn show(&mut self, shown: &Shown) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame, shown)).map(drop)
    }

    /// Waits for a key at most so long; `None` when none came.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub fn wait(&mut self, limit: Duration) -> io::Result<Option<Key>> {
        if !event::poll(limit)? {
            return Ok(None);
        }
        Ok(match event::read()? {
            Event::Key(key) if key.kind == KeyEventKind::Press => Some(meant(key)),
            Event::Resize(..) => Some(Key::Other),
            _ => None,
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn meant(key: KeyEvent) -> Key {
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => Key::Leave,
        KeyCode::Char('c') if with_control => Key::Leave,
        _ => Key::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_escape_and_control_c_leave_and_nothing_else() {
        let table = [
            (KeyCode::Char('q'), KeyModifiers::NONE, Key::Leave),
            (KeyCode::Esc, KeyModifiers::NONE, Key::Leave),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, Key::Leave),
            (KeyCode::Char('c'), KeyModifiers::NONE, Key::Other),
            (KeyCode::Enter, KeyModifiers::NONE, Key::Other),
        ];
        for (code, modifiers, expected) in table {
            assert_eq!(meant(KeyEvent::new(code, modifiers)), expected, "{code:?}");
        }
    }
}
