//! `tqqq watch`: Now, in the terminal.

use std::io::{self, IsTerminal};

use chronicle::now::{Next, Now, Tail};
use connectors::clock::SystemClock;
use cycle::port::{Clock, Journal};
use market::time::new_york_text;
use watch::{Key, Screen, Shown};

use super::Context;
use super::dashboard::is_on_the_wall;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::ledger_file::{ReadOnly, unreadable};
use crate::output::status::money_at;
use crate::places::Configuration;

/// How often the journal is asked for news, and the clock drawn.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);
/// Of a moment: date, hour, minute.
const TO_THE_MINUTE: usize = 16;

pub(super) async fn run(context: &Context) -> Outcome<Exit> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(
            Fault::input("`watch` draws on a terminal, and here is none")
                .hint("`tqqq status` prints the same once, with --json for programs"),
        );
    }
    let configuration = context.configuration()?;
    let file = context.read_journal(&configuration)?;
    // What cannot be read at all is said plainly, before the terminal is taken.
    let first = Watch::begin(&configuration, &file, context).await;
    let mut watch = first.map_err(|fault| file.locate(fault))?;
    let mut screen = Screen::take().map_err(Fault::failed)?;
    loop {
        screen.show(&watch.look().await).map_err(Fault::failed)?;
        // Nothing else runs in this process that would have to wait for a key as well.
        let key = screen.wait(LOOK_EVERY).map_err(Fault::failed)?;
        if key == Some(Key::Leave) {
            return Ok(Exit::Done);
        }
    }
}

/// A journal that is watched.
struct Watch<'a> {
    configuration: &'a Configuration,
    file: &'a ReadOnly,
    clock: SystemClock,
    tail: Tail,
    /// Whether the account's time is the wall's.
    on_the_wall: bool,
    colour: bool,
}

impl<'a> Watch<'a> {
    async fn begin(
        configuration: &'a Configuration,
        file: &'a ReadOnly,
        context: &Context,
    ) -> Outcome<Self> {
        let head = file.chain.head().await.map_err(unreadable)?;
        Ok(Self {
            clock: SystemClock::new(),
            tail: Tail::of(&file.chain, head, &configuration.calendar).await?,
            on_the_wall: is_on_the_wall(file, &configuration.settings).await?,
            colour: context.terminal.has_colour(),
            configuration,
            file,
        })
    }

    /// What is there now; where the journal cannot be read, what was there last, and why.
    async fn look(&mut self) -> Shown {
        let trouble = self.catch_up().await.err().map(|fault| fault.to_string());
        let (now, calendar) = (self.clock.now(), &self.configuration.calendar);
        let next = self.on_the_wall.then(|| Next::after(now, calendar));
        Shown {
            now: Now::new(&self.file.path, &self.tail, money_at, next.flatten()),
            clock: new_york_text(now)[..TO_THE_MINUTE].replace('T', " "),
            trouble,
            colour: self.colour,
        }
    }

    async fn catch_up(&mut self) -> Outcome<()> {
        let head = self.file.chain.head().await.map_err(unreadable)?;
        if head != self.tail.head {
            let calendar = &self.configuration.calendar;
            self.tail = Tail::of(&self.file.chain, head, calendar).await?;
        }
        Ok(())
    }
}
