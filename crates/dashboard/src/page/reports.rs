//! *Research*: reports on disk.

use askama::Template;
use chronicle::text;

use super::Frame;
use crate::desk::Desk;
use crate::guard::Visitor;
use crate::research;

/// The page.
#[derive(Template)]
#[template(path = "research.html")]
pub(crate) struct Reports {
    frame: Frame,
    folder: String,
    found: Vec<(String, String, String)>,
    trouble: Option<String>,
}

impl Reports {
    pub(crate) fn new(desk: &Desk, visitor: &Visitor) -> Self {
        let folder = &desk.opening.reports;
        let listed = research::reports(folder);
        let trouble = listed.as_ref().err().map(ToString::to_string);
        let one = |report: research::Report| (report.name, report.title, text::bytes(report.bytes));
        Self {
            frame: Frame::new("Research", "/research", desk, &desk.read(), visitor),
            folder: folder.display().to_string(),
            found: listed.unwrap_or_default().into_iter().map(one).collect(),
            trouble,
        }
    }
}
