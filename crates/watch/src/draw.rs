//! What stands where: pure, from the read model to cells.

use chronicle::now::{Day, Next, Notice, Now, SignalNow, Tone};
use chronicle::row::{signal_word, target_word};
use chronicle::status::PositionView;
use chronicle::{SlotView, text};
use market::Money;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Cell, Paragraph, Row, Table, Wrap};

/// Notices shown; how many more there are is said.
const NOTICES_MAX: usize = 4;
/// Width from which the cards stand in one row.
const WIDE: u16 = 100;

/// What is on the screen.
#[derive(Debug)]
pub struct Shown {
    /// The read model.
    pub now: Now,
    /// The moment it is of, in New York.
    pub clock: String,
    /// Why it could not be read anew; what stands is older then.
    pub trouble: Option<String>,
    /// Whether colours may be used.
    pub colour: bool,
}

impl Shown {
    fn style(&self, tone: Tone) -> Style {
        let (colour, plain) = match tone {
            Tone::Good => (Color::Green, Modifier::empty()),
            Tone::Warn => (Color::Yellow, Modifier::BOLD),
            Tone::Bad => (Color::Red, Modifier::BOLD),
        };
        if self.colour {
            Style::new().fg(colour).add_modifier(plain)
        } else {
            Style::new().add_modifier(plain)
        }
    }
}

/// Draws it over the whole of `frame`.
pub fn draw(frame: &mut Frame, shown: &Shown) {
    let notices = notices(shown);
    let rows = u16::try_from(notices.len()).unwrap_or(u16::MAX);
    let is_wide = frame.area().width >= WIDE;
    let areas = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(rows),
        Constraint::Length(if is_wide { 6 } else { 10 }),
        Constraint::Length(sources_height(shown)),
        Constraint::Min(3),
        Constraint::Length(1),
    ]);
    let [top, attention, cards, sources, newest, foot] = areas.areas(frame.area());
    frame.render_widget(heading(shown), top);
    frame.render_widget(Paragraph::new(notices), attention);
    draw_cards(frame, shown, cards, is_wide);
    frame.render_widget(sources_lines(shown), sources);
    frame.render_widget(newest_table(shown, newest.width), newest);
    frame.render_widget(footing(shown), foot);
}

fn heading(shown: &Shown) -> Line<'static> {
    let Notice { tone, text } = &shown.now.standing;
    let style = shown.style(*tone).add_modifier(Modifier::REVERSED);
    let money = shown.now.status.money.map_or("", |money| money.words());
    Line::from(vec![
        Span::styled(" tqqq ", Style::new().add_modifier(Modifier::BOLD)),
        Span::styled(format!(" {text} "), style),
        Span::raw(format!("  {} New York  {money}", shown.clock)),
    ])
}

fn notices(shown: &Shown) -> Vec<Line<'static>> {
    let trouble = shown.trouble.as_ref().map(|text| Notice {
        tone: Tone::Bad,
        text: format!("the journal cannot be read: {text}"),
    });
    let all: Vec<&Notice> = trouble.iter().chain(&shown.now.attention).collect();
    if all.is_empty() {
        let style = shown.style(Tone::Good);
        return vec![Line::styled(" Nothing asks for you.", style)];
    }
    let line = |notice: &&Notice| {
        let mark = match notice.tone {
            Tone::Good => ' ',
            Tone::Warn => '!',
            Tone::Bad => '‼',
        };
        Line::styled(format!(" {mark} {}", notice.text), shown.style(notice.tone))
    };
    let mut lines: Vec<Line> = all.iter().take(NOTICES_MAX).map(line).collect();
    if let Some(more) = all.len().checked_sub(NOTICES_MAX).filter(|more| *more > 0) {
        lines.push(Line::raw(format!("   and {more} more: tqqq status")));
    }
    lines
}

fn draw_cards(frame: &mut Frame, shown: &Shown, area: Rect, is_wide: bool) {
    let account = card("Account", account(shown));
    let signal = card("Signal", signal(shown));
    let switches = card("Next", next(shown));
    if is_wide {
        let thirds = Layout::horizontal([
            Constraint::Percentage(34),
            Constraint::Percentage(32),
            Constraint::Percentage(34),
        ]);
        let areas: [Rect; 3] = thirds.areas(area);
        for (card, area) in [account, signal, switches].into_iter().zip(areas) {
            frame.render_widget(card, area);
        }
        return;
    }
    let rows = Layout::vertical([Constraint::Length(6), Constraint::Length(4)]);
    let [above, below]: [Rect; 2] = rows.areas(area);
    let [left, right]: [Rect; 2] = Layout::horizontal([Constraint::Fill(1); 2]).areas(above);
    frame.render_widget(account, left);
    frame.render_widget(signal, right);
    frame.render_widget(switches, below);
}

fn card(title: &'static str, lines: Vec<Line<'static>>) -> Paragraph<'static> {
    let title = Line::styled(format!(" {title} "), Modifier::BOLD);
    let block = Block::new().borders(Borders::ALL).title(title);
    Paragraph::new(lines)
        .block(block)
        .wrap(Wrap { trim: false })
}

fn account(shown: &Shown) -> Vec<Line<'static>> {
    let status = &shown.now.status;
    let dollars = |money: Option<Money>| money.map_or("not seen yet".to_owned(), text::dollars);
    let held = match status.positions.as_deref() {
        None => "not seen yet".to_owned(),
        Some([]) => "nothing".to_owned(),
        Some(held) => held.iter().map(position).collect::<Vec<_>>().join(", "),
    };
    vec![
        Line::raw(format!("equity  {} USD", dollars(status.equity))),
        today(shown),
        Line::raw(format!("holds   {held}")),
        Line::raw(format!("cash    {}{}", dollars(status.cash), fallen(shown))),
    ]
}

fn position(position: &PositionView) -> String {
    format!("{} {}", position.quantity, position.symbol)
}

/// How far below the highest, where it is.
fn fallen(shown: &Shown) -> String {
    let day = shown.now.day.filter(|day| day.drawdown < 0.0);
    day.map_or(String::new(), |day| {
        format!("; {} from the top", text::signed_percent(day.drawdown))
    })
}

fn today(shown: &Shown) -> Line<'static> {
    let Some(Day {
        change, dollars, ..
    }) = shown.now.day
    else {
        return Line::raw("today   no slot yet");
    };
    let tone = if change < 0.0 { Tone::Bad } else { Tone::Good };
    let change = format!(
        "{}, {} USD",
        text::signed_percent(change),
        text::dollars(dollars)
    );
    Line::from(vec![
        Span::raw("today   "),
        Span::styled(change, shown.style(tone).remove_modifier(Modifier::BOLD)),
    ])
}

fn signal(shown: &Shown) -> Vec<Line<'static>> {
    let Some(signal) = &shown.now.signal else {
        return vec![Line::raw("none among the newest slots")];
    };
    let SignalNow { margins, .. } = signal;
    let fragile = if signal.fragile { ", fragile" } else { "" };
    let word = signal_word(signal.signal);
    let target = target_word(signal.target);
    let (to_fast, to_slow) = (margins.price_to_fast, margins.fast_to_slow);
    vec![
        Line::from(vec![
            Span::styled(word, Modifier::BOLD),
            Span::raw(format!(", target {target}{fragile}")),
        ]),
        Line::raw(format!("price  {:>9}", signal.price.to_string())),
        Line::raw(format!(
            "fast   {:>9.4}  {:+.1} bps",
            signal.fast, to_fast.bps
        )),
        Line::raw(format!(
            "slow   {:>9.4}  {:+.1} bps",
            signal.slow, to_slow.bps
        )),
    ]
}

fn next(shown: &Shown) -> Vec<Line<'static>> {
    let when = match &shown.now.next {
        None => "slot   when the exchange is played on".to_owned(),
        Some(next) => format!("slot   {} {}", time_of(next), next.words()),
    };
    let switches = &shown.now.status.switches;
    let halt = match &switches.halt {
        None => Line::raw("halt   none"),
        Some(halt) => Line::styled(format!("halt   {}", halt.text()), shown.style(Tone::Bad)),
    };
    let armed = switches.armed_until.as_deref();
    let armed = armed.map(|until| format!("armed  until {until}"));
    [Line::raw(when), halt]
        .into_iter()
        .chain(armed.map(Line::raw))
        .collect()
}

fn time_of(next: &Next) -> String {
    text::slot(next.slot)
}

fn sources_height(shown: &Shown) -> u16 {
    u16::try_from(shown.now.status.sources.len())
        .unwrap_or(u16::MAX)
        .min(6)
}

fn sources_lines(shown: &Shown) -> Paragraph<'static> {
    let lines: Vec<Line> = shown
        .now
        .status
        .sources
        .iter()
        .map(|source| {
            let (tone, word) = match source.failing {
                0 => (Tone::Good, "usable"),
                _ => (Tone::Bad, "failing"),
            };
            let total = source.usable + source.unusable;
            let counts = format!("at {} of {}", source.usable, text::counted(total, "slot"));
            Line::from(vec![
                Span::raw(format!(" {:<12} ", source.source)),
                Span::styled(format!("{word:<8}"), shown.style(tone)),
                Span::raw(counts),
            ])
        })
        .collect();
    Paragraph::new(lines)
}

fn newest_table(shown: &Shown, width: u16) -> Table<'static> {
    let rows = shown
        .now
        .status
        .newest
        .iter()
        .rev()
        .map(|view| row(shown, view));
    let widths = [
        Constraint::Length(16),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(9),
        Constraint::Length(if width >= WIDE { 14 } else { 12 }),
        Constraint::Fill(1),
    ];
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let heading = ["slot", "outcome", "signal", "price", "equity", "why"];
    Table::new(rows, widths)
        .header(Row::new(heading).style(bold))
        .block(
            Block::new()
                .borders(Borders::TOP)
                .title(Line::styled(" Newest slots ", bold)),
        )
}

fn row(shown: &Shown, view: &SlotView) -> Row<'static> {
    let tone = match view.outcome {
        "failed" | "missed" => Some(Tone::Bad),
        "refused" | "open" => Some(Tone::Warn),
        "traded" => Some(Tone::Good),
        _ => None,
    };
    let style = tone.map(|tone| shown.style(tone)).unwrap_or_default();
    let cell = |text: Option<String>| Cell::from(text.unwrap_or_default());
    Row::new([
        Cell::from(view.slot[..16].replace('T', " ")),
        Cell::from(view.outcome).style(style),
        cell(view.state.map(|state| state.word().to_owned())),
        cell(view.price.map(|price| price.to_string())),
        cell(view.equity.map(text::dollars)),
        Cell::from(view.told()),
    ])
}

fn footing(shown: &Shown) -> Line<'static> {
    let status = &shown.now.status;
    let head = match (status.head_seq, &status.head_hash) {
        (Some(seq), Some(hash)) => format!("{seq}:{}", &hash[..12.min(hash.len())]),
        _ => "empty".to_owned(),
    };
    let dim = Style::new().add_modifier(Modifier::DIM);
    Line::styled(
        format!(" q leaves   head {head}   {}", status.journal.display()),
        dim,
    )
}
