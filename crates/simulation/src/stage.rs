//! The stage: processes take turns on one thread while virtual time goes by.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use market::{Duration, Instant};

use crate::spent::Part;
use crate::world::{ProcessId, World};

/// A process: what it does, and what it leaves.
pub(crate) type Act<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What happened to a process.
pub(crate) enum Exit<T> {
    /// It came to its end.
    Done(T),
    /// It died on the way.
    Died,
}

/// Where processes run.
pub(crate) struct Stage<T> {
    pub(crate) world: World,
    acts: Vec<Option<Act<T>>>,
}

impl<T> Stage<T> {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world,
            acts: Vec::new(),
        }
    }

    /// Starts a process whose clock is off by `skew`.
    pub(crate) fn start(
        &mut self,
        skew: Duration,
        dies_at: Option<u64>,
        act: impl FnOnce(ProcessId) -> Act<T>,
    ) -> ProcessId {
        let process = self.world.state().start(skew, dies_at);
        debug_assert_eq!(process, self.acts.len());
        self.acts.push(Some(act(process)));
        process
    }

    /// A process that had come to its end does something more.
    pub(crate) fn resume(&mut self, process: ProcessId, act: Act<T>) {
        self.world.state().processes[process].ready = true;
        self.acts[process] = Some(act);
    }

    /// Lets time go by until a process ends or `until` is reached.
    pub(crate) fn drive(&mut self, until: Instant) -> Option<(ProcessId, Exit<T>)> {
        loop {
            if let Some(process) = self.ready() {
                if let Some(exit) = self.look(process) {
                    self.acts[process] = None;
                    self.give_up_turns(process);
                    return Some((process, exit));
                }
                continue;
            }
            let mut state = self.world.state();
            match state.next_event().filter(|moment| *moment <= until) {
                Some(_) => state.step(),
                None => {
                    state.move_to(until);
                    return None;
                }
            }
        }
    }

    /// A process that has something to look at and does not stand still.
    fn ready(&self) -> Option<ProcessId> {
        let state = self.world.state();
        let now = state.now;
        let acting = self.acts.iter().zip(&state.processes);
        acting
            .enumerate()
            .find(|(_, (act, process))| {
                let stands = process.paused_until.is_some_and(|until| now < until);
                act.is_some() && (process.ready || process.dead) && !stands
            })
            .map(|(process, _)| process)
    }

    /// Effects that a process will never have are nobody's turn.
    fn give_up_turns(&self, process: ProcessId) {
        let mut state = self.world.state();
        if let Some(turns) = &mut state.turns {
            turns.retain(|next| *next != process);
            for process in &mut state.processes {
                process.ready = true;
            }
        }
    }

    fn look(&mut self, process: ProcessId) -> Option<Exit<T>> {
        {
            let mut state = self.world.state();
            let seen = &mut state.processes[process];
            if seen.dead {
                return Some(Exit::Died);
            }
            seen.ready = false;
            seen.paused_until = None;
        }
        let (program, begun) = {
            let state = self.world.state();
            (state.program, state.meter.begin())
        };
        let act = self.acts[process].as_mut()?;
        let poll = || act.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let polled = program.at(poll);
        self.world.state().meter.end(Part::Program, begun);
        match polled {
            Poll::Ready(left) => Some(Exit::Done(left)),
            Poll::Pending => self.world.state().processes[process]
                .dead
                .then_some(Exit::Died),
        }
    }
}
