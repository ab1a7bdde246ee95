//! One file a page: what it shows, made into text, and its template.

pub(crate) mod decisions;
pub(crate) mod equity;
pub(crate) mod health;
mod heatmap;
pub(crate) mod login;
pub(crate) mod now;
pub(crate) mod orders;
pub(crate) mod reports;
pub(crate) mod slot;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use chronicle::now::{Notice, Tone, standing_of};
use chronicle::text;
use market::Price;

use crate::desk::{Desk, Read};
use crate::guard::Visitor;

/// What surrounds every page.
pub(crate) struct Frame {
    pub(crate) title: &'static str,
    /// The path of the page's entry in the menu.
    pub(crate) here: &'static str,
    /// The seal of the owner's session, for every form.
    pub(crate) seal: Option<String>,
    pub(crate) journal: String,
    pub(crate) head: String,
    /// `good`, `warn`, `bad`, and the word beside it.
    pub(crate) tone: &'static str,
    pub(crate) standing: String,
    pub(crate) trouble: Option<String>,
    /// How far the chain has been read, until it is read to its end.
    pub(crate) reading: Option<String>,
}

/// The menu.
pub(crate) const MENU: [(&str, &str); 6] = [
    ("/", "Now"),
    ("/equity", "Equity"),
    ("/decisions", "Decisions"),
    ("/orders", "Orders"),
    ("/health", "Health"),
    ("/research", "Research"),
];

impl Frame {
    pub(crate) fn new(
        title: &'static str,
        here: &'static str,
        desk: &Desk,
        read: &Read,
        visitor: &Visitor,
    ) -> Self {
        let Notice { tone, text } = standing(read);
        let (tail, book) = (read.tail.head, read.book.head());
        let behind = tail.filter(|tail| book.is_none_or(|book| book.seq < tail.seq));
        Self {
            title,
            here,
            seal: visitor.seal().map(str::to_owned),
            journal: desk.opening.name.display().to_string(),
            head: tail.map_or("empty".to_owned(), |head| head.to_string()),
            tone: tone.word(),
            standing: text,
            trouble: read.trouble.clone(),
            reading: behind.map(|tail| {
                format!(
                    "reading the journal: {} of {} records; curves and lists grow until then",
                    text::count(book.map_or(0, |head| head.seq)),
                    text::count(tail.seq)
                )
            }),
        }
    }

    pub(crate) fn menu(&self) -> [(&'static str, &'static str); 6] {
        MENU
    }

    /// What the browser says of an entry of the menu: whether it is this page.
    pub(crate) fn current(&self, path: &str) -> bool {
        self.here == path
    }
}

/// One word for how things are, with its tone.
fn standing(read: &Read) -> Notice {
    if read.trouble.is_some() {
        return Notice {
            tone: Tone::Bad,
            text: "journal unreadable".to_owned(),
        };
    }
    standing_of(read.tail.head, &read.tail.state)
}

/// A page as an answer.
pub(crate) fn show(page: &impl Template) -> Response {
    show_as(StatusCode::OK, page)
}

/// A page as an answer with this status.
pub(crate) fn show_as(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            let text = "this page could not be made; the log says why\n";
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}

/// `+1.23 %`: a ratio with its sign.
pub(crate) fn signed(ratio: f64) -> String {
    if is_nothing(ratio) {
        return text::percent(0.0);
    }
    text::signed_percent(ratio)
}

/// Whether a ratio is shown as zero: it has no sign then, and is neither gain nor loss.
fn is_nothing(ratio: f64) -> bool {
    ratio.abs() < 5e-5
}

/// `44.20`: a price to the cent at least.
pub(crate) fn price(price: Price) -> String {
    let decimal = price.decimal().normalize();
    if decimal.scale() < 2 {
        format!("{decimal:.2}")
    } else {
        decimal.to_string()
    }
}

/// The class of a number that may be a gain or a loss.
pub(crate) fn gain(value: f64) -> &'static str {
    match value {
        _ if is_nothing(value) => "",
        _ if value < 0.0 => "bad",
        _ => "good",
    }
}
