//! The trader: one slot an event.

use std::sync::Arc;

use aws::secret;
use connectors::assemble::{Keys, Time, assemble};
use cycle::port::{Alerts, Clock};
use cycle::{CycleError, Ended, Ports, Runner, TryLimits};
use market::time::seconds;
use market::{Duration, Instant, Money};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use trading::outcome::Outcome;
use trading::settings::Venue;

use crate::failure::Failure;
use crate::function::Ground;
use crate::metrics;
use crate::watchdog;

/// How much too early an event may come, since no two clocks agree, and still be waited for.
const EARLY_MAX: Duration = seconds(5);
/// Kept of Lambda's time for the answer, the log and the metrics.
const RESERVE: Duration = seconds(5);

/// Carries slots through.
pub(crate) struct Trader {
    ground: Ground,
    secret: Option<String>,
    ready: Option<Ready>,
    /// The last event failed, or its slot was refused: the keys may have been changed.
    is_doubtful: bool,
}

/// What is made of the keys.
struct Ready {
    /// The version of the secret they are of.
    version: String,
    clock: Arc<dyn Clock>,
    /// The clock is an exchange's, which its clients move.
    is_moved: bool,
    ports: Ports,
}

impl Trader {
    /// A trader on `ground` with the keys of `secret`.
    pub(crate) fn new(ground: Ground, secret: Option<String>) -> Self {
        Self {
            ground,
            secret,
            ready: None,
            is_doubtful: false,
        }
    }

    /// Where failures are told.
    pub(crate) fn alerts(&self) -> Arc<dyn Alerts> {
        Arc::clone(&self.ground.alerts)
    }

    /// Carries the slot of `moment` through.
    ///
    /// # Errors
    /// [`Failure`]: a retry of the event goes on where this one stopped.
    pub(crate) async fn slot(
        &mut self,
        moment: Instant,
        deadline_ms: u64,
    ) -> Result<Value, Failure> {
        let answer = self.carry_through(moment, deadline_ms).await;
        // A source whose key was changed shows as a slot that is refused.
        let went_well = |told: &Value| told["outcome"] != "refused";
        self.is_doubtful = !answer.as_ref().is_ok_and(went_well);
        answer
    }

    /// After an event that ended otherwise than by an answer.
    pub(crate) fn doubt(&mut self) {
        self.is_doubtful = true;
    }

    /// Looks the day over.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub(crate) async fn check_day(&self) -> Result<Value, Failure> {
        let clock = Time::of(&self.ground.settings).await?.clock();
        watchdog::check(&self.ground, clock.now()).await
    }

    async fn carry_through(&mut self, moment: Instant, deadline_ms: u64) -> Result<Value, Failure> {
        let mut runner = self.open(moment).await?;
        let ready = self.ready.as_ref().expect("open() makes it ready");
        let limits = TryLimits {
            deadline: self.deadline(ready.clock.as_ref(), deadline_ms),
            last_try: false,
        };
        let ended = runner.run_slot(moment, limits).await?;
        self.measure(&ended, runner.closing_equity());
        answer(&runner, ended)
    }

    /// A runner on the chain as it now stands.
    async fn open(&mut self, moment: Instant) -> Result<Runner, Failure> {
        let was_ready = self.ready.is_some();
        if self.is_doubtful || !was_ready {
            match self.make_ready().await {
                Err(failure) if was_ready => {
                    tracing::warn!(%failure, "going on with the keys known; the secret is unread");
                }
                made => made?,
            }
        }
        self.wait_for(moment).await;
        match self.begin().await {
            Err(refused @ (CycleError::Permanent { .. } | CycleError::Transient { .. }))
                if was_ready && !self.is_doubtful =>
            {
                self.begin_with_newest_keys(refused).await
            }
            begun => Ok(begun?),
        }
    }

    /// Keys that are refused may have been changed: they are read once more, and tried if they are
    /// others. A connector calls the refusal of keys that have worked a passing one.
    async fn begin_with_newest_keys(&mut self, refused: CycleError) -> Result<Runner, Failure> {
        tracing::warn!(error = %refused, "the account cannot be read; reading the secret again");
        let version = |ready: &Option<Ready>| ready.as_ref().map(|it| it.version.clone());
        let known = version(&self.ready);
        if let Err(failure) = self.make_ready().await {
            tracing::warn!(%failure, "the secret is unread");
            return Err(refused.into());
        }
        if version(&self.ready) == known {
            return Err(refused.into());
        }
        Ok(self.begin().await?)
    }

    /// Waits for a moment that is about to come; an exchange's clock is moved there.
    async fn wait_for(&self, moment: Instant) {
        let Some(ready) = &self.ready else { return };
        let early = moment.duration_since(ready.clock.now());
        if ready.is_moved || early <= EARLY_MAX {
            ready.clock.sleep_until(moment).await;
        }
    }

    async fn begin(&self) -> Result<Runner, CycleError> {
        let ready = self.ready.as_ref().expect("made ready before");
        let settings = &self.ground.settings;
        let description = settings.venue.to_string();
        Runner::open(ready.ports.clone(), settings.clone(), &description).await
    }

    /// Keys, and what is made of them; nothing anew when the secret is what it was.
    async fn make_ready(&mut self) -> Result<(), Failure> {
        let settings = &self.ground.settings;
        if self.ready.is_none() {
            // A wrong table is told as such, before a broker is asked.
            self.ground.table.newest().await?;
        }
        let (version, keys) = self.keys().await?;
        if self.ready.as_ref().is_some_and(|it| it.version == version) {
            return Ok(());
        }
        let time = Time::of(settings).await?;
        let is_moved = matches!(time, Time::Moved { .. });
        let clock = time.clock();
        let connected = assemble(settings, None, &keys, &clock)?;
        let alerts = Arc::clone(&self.ground.alerts);
        let journal = Arc::new(self.ground.chain());
        let ports = connected.ports(journal, Arc::clone(&clock), alerts);
        self.ready = Some(Ready {
            version,
            clock,
            is_moved,
            ports,
        });
        Ok(())
    }

    /// The keys and their version; the local exchange asks for none.
    async fn keys(&self) -> Result<(String, Keys), Failure> {
        if self.ground.settings.venue == Venue::Local {
            return Ok((String::new(), Keys::placeholders()));
        }
        let name = self.secret.as_deref().ok_or_else(|| {
            let why = "TQQQ_SECRET is not set\nhint: deploy the stack again";
            Failure::Configuration(why.to_owned())
        })?;
        let secret = secret::read(&self.ground.client, name).await?;
        let keys = Keys::named(|name| secret.texts.get(name).map(ExposeSecret::expose_secret))?;
        Ok((secret.version, keys))
    }

    /// Lambda's deadline by the clock that counts, which may be an exchange's.
    fn deadline(&self, clock: &dyn Clock, deadline_ms: u64) -> Option<Instant> {
        let end = i64::try_from(deadline_ms).ok()?;
        let end = Instant::from_millisecond(end).ok()?;
        let left = end.duration_since(self.ground.wall.now()) - RESERVE;
        Some(clock.now() + left)
    }

    fn measure(&self, ended: &Ended, equity: Option<Money>) {
        let mut values = Vec::new();
        match ended {
            Ended::Closed {
                outcome,
                fresh: true,
                ..
            } => values.push((metrics::of(outcome), 1.0)),
            Ended::TryFailed { .. } => values.push((metrics::TRY_FAILED, 1.0)),
            Ended::Closed { .. } | Ended::NotASlot { .. } | Ended::Superseded { .. } => return,
        }
        if let Some(equity) = equity.and_then(|equity| equity.to_string().parse().ok()) {
            values.push((metrics::EQUITY, equity));
        }
        let venue = self.ground.settings.venue.to_string();
        metrics::emit(&venue, self.ground.wall.now(), &values);
    }
}

/// What the event is answered with.
fn answer(runner: &Runner, ended: Ended) -> Result<Value, Failure> {
    let equity = runner.closing_equity();
    let head = runner.head().map(|head| head.to_string());
    let told = |slot: Option<String>, outcome: &str, detail: String, fresh: bool| {
        let equity = equity.map(|equity| equity.to_string());
        tracing::info!(slot, outcome, detail, fresh, equity, head, "slot");
        json!({
            "schema": "tqqq.lambda.slot/1",
            "slot": slot, "outcome": outcome, "detail": detail, "fresh": fresh,
            "equity": equity, "head": head,
        })
    };
    match ended {
        Ended::Closed {
            slot,
            outcome: Outcome::Failed(why),
            fresh: true,
        } => Err(Failure::SlotFailed {
            slot: slot.to_string(),
            why,
        }),
        Ended::Closed {
            slot,
            outcome,
            fresh,
        } => {
            let slot = Some(slot.to_string());
            Ok(told(slot, outcome.name(), outcome.to_string(), fresh))
        }
        Ended::NotASlot { why } => Ok(told(None, "no_slot", why, false)),
        Ended::Superseded { by } => {
            let detail = format!("run {by} carries the slot on");
            Ok(told(None, "superseded", detail, false))
        }
        Ended::TryFailed { slot, error } => Err(Failure::TryFailed {
            slot: slot.to_string(),
            why: error.to_string(),
        }),
    }
}
