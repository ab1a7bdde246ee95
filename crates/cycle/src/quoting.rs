//! The spread before an entry: looked at, waited for, recorded. An exit never comes here.

use market::{Duration, Instant, Symbol, time};
use trading::approve::Sight;
use trading::outcome::Refusal;
use trading::record::Record;
use trading::spread::{Look, Quoted, too_wide};

use crate::deadline::SPREAD_WAIT_MAX;
use crate::error::CycleError;
use crate::observing::Observed;
use crate::port::{Body, QuoteSource, ReadError, clock};
use crate::slot_try::SlotTry;

/// Between two looks at a quote that is too wide.
const QUOTE_POLL: Duration = time::seconds(2);

/// What came of one look, and whether another may tell more.
struct Looked {
    look: Look,
    bodies: Vec<Body>,
    in_vain: bool,
}

impl SlotTry<'_> {
    /// Holds an entry back until its spread is within the limit, for as long as the try has time
    /// for that; the last look is recorded. The rule that stops it, if one still does.
    ///
    /// Without anybody who tells quotes no spread is limited.
    pub(crate) async fn await_spread(
        &mut self,
        symbol: &Symbol,
        observed: &Observed,
    ) -> Result<Option<Refusal>, CycleError> {
        let Some(source) = self.ports.quotes.clone() else {
            return Ok(None);
        };
        let until = self.spread_deadline();
        let open = observed.observation.narrower_session().open;
        let mut looks = 0;
        let (last, at, refused) = loop {
            let looked = self.look_at_quote(source.as_ref(), symbol).await;
            looks += 1;
            let now = self.clock().now();
            let refused = too_wide(&looked.look, symbol, now, open, &self.settings.limits);
            if refused.is_none() || looked.in_vain || now + QUOTE_POLL > until {
                break (looked, now, refused);
            }
            clock::sleep(self.clock(), QUOTE_POLL).await;
        };
        self.quote = Some(last.look.clone());
        let quoted = Record::Quoted(Box::new(Quoted {
            symbol: symbol.clone(),
            at,
            looks,
            look: last.look,
            refused: refused.clone(),
            bodies: last.bodies.iter().map(|b| b.reference.clone()).collect(),
        }));
        self.ledger
            .append(Some(self.slot), vec![quoted], last.bodies)
            .await?;
        Ok(refused)
    }

    /// One look without waiting, for a rehearsal.
    pub(crate) async fn glance(&mut self, symbol: &Symbol) {
        if let Some(source) = self.ports.quotes.clone() {
            self.quote = Some(self.look_at_quote(source.as_ref(), symbol).await.look);
        }
    }

    /// What is known of the quote while something is sent.
    pub(crate) fn quote_sight(&self) -> Sight<'_> {
        match (&self.ports.quotes, &self.quote) {
            (None, _) => Sight::Nowhere,
            (Some(_), None) => Sight::NotLooked,
            (Some(_), Some(look)) => Sight::Looked(look),
        }
    }

    /// When waiting for a narrower spread is over: a minute after the first look of this try, and
    /// early enough for the entry to have its whole leg.
    fn spread_deadline(&mut self) -> Instant {
        let now = self.clock().now();
        let patience = *self.spread_until.get_or_insert(now + SPREAD_WAIT_MAX);
        patience.min(self.deadlines.send_until - self.settings.orders.leg_timeout())
    }

    async fn look_at_quote(&self, source: &dyn QuoteSource, symbol: &Symbol) -> Looked {
        match self.read(source.quote(symbol)).await {
            Ok(reply) => Looked {
                look: reply.value.map_or(Look::NoQuote, Look::Quote),
                bodies: reply.bodies,
                in_vain: false,
            },
            Err(error) => Looked {
                in_vain: error.is_permanent(),
                look: unread(&error),
                bodies: Vec::new(),
            },
        }
    }
}

fn unread(error: &ReadError) -> Look {
    let why = error.to_string();
    Look::Unread { why }
}
