//! `/metrics`: figures for Prometheus, from the folded chain alone.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::book::Kind;
use crate::desk::{Desk, Read};

/// The figures in the text format of version 0.0.4.
pub(crate) async fn metrics(State(desk): State<Arc<Desk>>) -> Response {
    let headers = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (headers, text(&desk.read())).into_response()
}

/// A gauge without labels: its name, what it is, its value where it has one.
type Gauge = (&'static str, &'static str, Option<f64>);

fn text(read: &Read) -> String {
    let mut text = String::new();
    for (name, help, value) in gauges(read) {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        if let Some(value) = value {
            let _ = writeln!(text, "{name} {value}");
        }
    }
    text.push_str("# HELP tqqq_slots Slots by outcome\n# TYPE tqqq_slots gauge\n");
    for kind in Kind::ALL {
        let count = read
            .book
            .marks()
            .iter()
            .filter(|mark| mark.kind == kind)
            .count();
        let _ = writeln!(text, "tqqq_slots{{outcome=\"{}\"}} {count}", kind.word());
    }
    text.push_str("# HELP tqqq_source_failing_slots Slots in a row at which a source was not usable\n# TYPE tqqq_source_failing_slots gauge\n");
    for (source, health) in &read.tail.state.sources {
        let failing = health.failing;
        let _ = writeln!(
            text,
            "tqqq_source_failing_slots{{source=\"{source}\"}} {failing}"
        );
    }
    text
}

fn gauges(read: &Read) -> [Gauge; 9] {
    let (state, newest) = (&read.tail.state, &read.tail.newest);
    let account = newest.iter().rev().find_map(|slot| slot.portfolio.as_ref());
    let account = account.map(|portfolio| &portfolio.account);
    let unit = state.unit.as_ref();
    let number = |value: market::Decimal| value.to_string().parse().ok();
    let flag = |is_so: bool| Some(f64::from(u8::from(is_so)));
    let seq = read.tail.head.map(|head| head.seq.to_string());
    let last = state.last_slot.as_ref();
    let stamp = last.and_then(|last| last.slot.at().as_second().to_string().parse().ok());
    [
        (
            "tqqq_head_seq",
            "Number of the newest record",
            seq.and_then(|seq| seq.parse().ok()),
        ),
        (
            "tqqq_last_slot_timestamp_seconds",
            "The newest slot with an outcome",
            stamp,
        ),
        (
            "tqqq_equity_dollars",
            "Equity when last seen",
            account.map(|it| it.equity.to_f64()),
        ),
        (
            "tqqq_cash_dollars",
            "Cash when last seen",
            account.map(|it| it.cash.to_f64()),
        ),
        (
            "tqqq_drawdown_ratio",
            "Loss from the high-water mark",
            unit.and_then(|it| number(it.drawdown())),
        ),
        (
            "tqqq_day_loss_ratio",
            "Loss since the day before",
            unit.and_then(|it| number(it.day_loss())),
        ),
        (
            "tqqq_halted",
            "Whether a halt is in force",
            flag(state.halt.is_some()),
        ),
        (
            "tqqq_open_exit",
            "Whether a sale is not reached yet",
            flag(state.open_out.is_some()),
        ),
        (
            "tqqq_blind_slots",
            "Slots in a row held without a decision",
            Some(f64::from(state.blind_slots)),
        ),
    ]
}
