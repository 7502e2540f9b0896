//! Timelines as pictures with a table beside them: one partner class by class, or many partners a row each.

use super::agreements::purpose_title;
use super::certified;
use super::list::off_thread;
#[cfg(test)]
use super::view::Cell;
use super::view::Row;
use crate::classes;
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff};
use askama::Template;
use axum::extract::{Path, State};
use model::{ClassMask, PartnerNo, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::Failure;
use usage::{DAY_MS, Lane, Span};

/// Partners in one picture.
const PARTNERS_MAX: usize = 150;
/// Rows in one picture: more cannot be read.
const ROWS_MAX: usize = 400;
/// The picture in its own units: where time begins and how long it is, a row's height.
const LEFT: u64 = 300;
const WIDTH: u64 = 680;
const ROW: u64 = 22;
const TOP: u64 = 28;
/// The shortest time that a picture shows, so that one day does not fill it.
const SHORTEST: u64 = 28 * DAY_MS;

/// A stretch of time in the picture.
pub(crate) struct Bar {
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) width: u64,
    pub(crate) height: u64,
    /// `used` or `held`.
    pub(crate) kind: &'static str,
    pub(crate) title: String,
}

/// A row of the picture.
pub(crate) struct ChartRow {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) y: u64,
    pub(crate) bars: Vec<Bar>,
}

/// A date on the picture's scale.
pub(crate) struct Tick {
    pub(crate) x: u64,
    pub(crate) text: String,
}

/// A picture.
pub(crate) struct Chart {
    pub(crate) height: u64,
    pub(crate) rows: Vec<ChartRow>,
    pub(crate) ticks: Vec<Tick>,
    /// What it shows, in a sentence.
    pub(crate) words: String,
}

/// The same in a table.
pub(crate) struct SpanLine {
    pub(crate) title: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) used: String,
    pub(crate) is_used: bool,
    pub(crate) ended: String,
}

#[derive(Template)]
#[template(path = "staff_timeline.html")]
pub(crate) struct TimelinePage {
    pub(crate) shell: Shell,
    pub(crate) back: (String, String),
    pub(crate) intro: &'static str,
    pub(crate) chart: Chart,
    pub(crate) first_column: &'static str,
    /// Whether rows lead to a page of their own.
    pub(crate) has_links: bool,
    pub(crate) lines: Vec<SpanLine>,
    pub(crate) cut: String,
    /// What one partner's apps were certified for, and by whose word; none where several are compared.
    pub(crate) certified: Vec<Row>,
    pub(crate) certified_columns: Vec<&'static str>,
    pub(crate) previous: String,
    pub(crate) next: String,
}

async fn drawn(console: &Console, partners: BTreeSet<PartnerNo>) -> Result<Vec<Lane>, Halt> {
    let failed = |error: String| Halt::Store(Failure::Unavailable(error));
    let _slot = console.reports.acquire().await.map_err(|error| failed(error.to_string()))?;
    let store = console.store().clone();
    let drawn = tokio::task::spawn_blocking(move || store.timelines(&partners)).await;
    Ok(drawn.map_err(|error| failed(error.to_string()))??)
}

/// `GET /staff/partners/{partner}/timeline`
pub(crate) async fn timeline(
    State(console): State<Arc<Console>>,
    Path(partner): Path<String>,
    staff: Staff,
) -> Answer {
    let no: PartnerNo = partner.parse().map_err(|_| Halt::NotFound)?;
    let store = console.store();
    let own = store.state().partner(no).map(|found| found.apps.clone()).ok_or(Halt::NotFound)?;
    let mut lanes = drawn(&console, BTreeSet::from([no])).await?;
    let cut = lanes.len().saturating_sub(ROWS_MAX);
    lanes.truncate(ROWS_MAX);
    let now = store.now();
    let name = names::partner(store, no);
    let apps: BTreeSet<_> = lanes.iter().map(|lane| lane.app).collect();
    let purposes: BTreeSet<_> = lanes.iter().map(|lane| lane.feature).collect();
    let title = |lane: &Lane| {
        let mut title = classes::titles(&store.state(), ClassMask::of(lane.class));
        if purposes.len() > 1 {
            title = format!("{title} ({})", purpose_title(store, lane.feature.purpose));
        }
        if apps.len() > 1 { format!("{}: {title}", names::app(store, lane.app)) } else { title }
    };
    let rows: Vec<(String, String, Vec<Span>)> =
        lanes.iter().map(|lane| (title(lane), String::new(), lane.spans.clone())).collect();
    let lines = rows.iter().flat_map(|(title, _, spans)| spans.iter().map(|one| line(title, one)));
    let lines = lines.collect();
    let words = format!("Classes available to {name}");
    let known = store.clone();
    let certified = off_thread(move || certified::rows_of(&known, &own, now, ROWS_MAX)).await?;
    Ok(page(&TimelinePage {
        shell: staff.shell(&console, &format!("Timeline of {name}"), "/staff/partners"),
        back: (format!("/staff/partners/{no}"), name),
        intro: "When each class was available, whether or not an admin or person had enabled it, and when it was used.",
        chart: chart(rows, now, &words),
        first_column: "Class",
        has_links: false,
        lines,
        certified,
        certified_columns: certified::COLUMNS_OF_MANY.to_vec(),
        cut: if cut == 0 { String::new() } else { format!("{cut} more rows are in the JSON.") },
        previous: String::new(),
        next: String::new(),
    }))
}

/// `GET /staff/timelines`
pub(crate) async fn timelines(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let store = console.store();
    let all: Vec<PartnerNo> = store.state().partners().map(|(no, _)| no).collect();
    let last = all.len().saturating_sub(1) / PARTNERS_MAX + 1;
    let at = query.text("page").parse::<usize>().unwrap_or(1).clamp(1, last);
    let shown: Vec<PartnerNo> =
        all.iter().skip((at - 1) * PARTNERS_MAX).take(PARTNERS_MAX).copied().collect();
    let lanes = drawn(&console, shown.iter().copied().collect()).await?;
    let now = store.now();
    let mut spans: BTreeMap<PartnerNo, Vec<Span>> = BTreeMap::new();
    for lane in lanes {
        let partner = store.state().app(lane.app).map(|app| app.partner);
        if let Some(partner) = partner {
            spans.entry(partner).or_default().extend(lane.spans);
        }
    }
    let mut rows: Vec<(String, String, Vec<Span>)> = shown
        .iter()
        .map(|no| {
            let joined = join(spans.remove(no).unwrap_or_default());
            (names::partner(store, *no), format!("/staff/partners/{no}/timeline"), joined)
        })
        .collect();
    rows.sort_by_cached_key(|(name, ..)| name.to_lowercase());
    let lines = rows.iter().flat_map(|(title, _, spans)| spans.iter().map(|one| line(title, one)));
    let lines = lines.collect();
    let words = format!("Anything available to {} partners", rows.len());
    let link = |page: usize| format!("/staff/timelines?page={page}");
    Ok(page(&TimelinePage {
        shell: staff.shell(&console, "Timelines", "/staff/partners"),
        back: ("/staff/partners".to_owned(), "Partners".to_owned()),
        intro: "When anything was available to each partner, and when any of it was used.",
        chart: chart(rows, now, &words),
        first_column: "Partner",
        has_links: true,
        lines,
        certified: Vec::new(),
        certified_columns: Vec::new(),
        cut: String::new(),
        previous: if at > 1 { link(at - 1) } else { String::new() },
        next: if at < last { link(at + 1) } else { String::new() },
    }))
}

/// Spans of several classes as if they were one: what of them was available, and when any was used.
fn join(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.from);
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.until.is_none_or(|until| span.from <= until) => {
                let later = match (last.until, span.until) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(mine), Some(other)) => other > mine,
                };
                if later {
                    (last.until, last.ended) = (span.until, span.ended);
                }
                last.used = match (last.used, span.used) {
                    (Some(mine), Some(other)) => Some(usage::SpanUse {
                        first_at: mine.first_at.min(other.first_at),
                        last_at: mine.last_at.max(other.last_at),
                        days: mine.days.max(other.days),
                        disclosures: mine.disclosures.max(other.disclosures),
                    }),
                    (mine, other) => mine.or(other),
                };
            }
            _ => joined.push(span),
        }
    }
    joined
}

fn line(title: &str, span: &Span) -> SpanLine {
    SpanLine {
        title: title.to_owned(),
        from: dates::day(span.from),
        until: span.until.map_or_else(|| "now".to_owned(), dates::day),
        used: span.used.map_or_else(
            || "never used".to_owned(),
            |used| format!("{} to {}", dates::day(used.first_at), dates::day(used.last_at)),
        ),
        is_used: span.used.is_some(),
        ended: span.ended.map_or_else(String::new, |ended| {
            let by = ended.by.map_or_else(|| "by time".to_owned(), |at| format!("entry {}", at.0));
            format!("{} ({by})", ended.link.plain())
        }),
    }
}

fn chart(rows: Vec<(String, String, Vec<Span>)>, now: Timestamp, words: &str) -> Chart {
    let first = rows.iter().flat_map(|(.., spans)| spans).map(|span| span.from.0).min();
    let first = first.unwrap_or(now.0).min(now.0.saturating_sub(SHORTEST));
    let length = (now.0 - first).max(1);
    let x = |at: Timestamp| {
        let since = at.0.clamp(first, now.0) - first;
        LEFT + u64::try_from(u128::from(since) * u128::from(WIDTH) / u128::from(length))
            .unwrap_or(0)
    };
    let mut used = 0;
    let rows: Vec<ChartRow> = rows
        .into_iter()
        .zip(0u64..)
        .map(|((label, href, spans), index)| {
            let top = TOP + index * ROW;
            used += u64::from(spans.iter().any(|span| span.used.is_some()));
            let bars = spans.iter().flat_map(|span| bars(span, top, now, &x)).collect();
            ChartRow { label: short(&label), href, y: top + 15, bars }
        })
        .collect();
    let ticks = (0..=4u64).map(|part| {
        let at = Timestamp(first + length / 4 * part);
        Tick { x: x(at), text: dates::iso(at) }
    });
    let ticks = ticks.collect();
    let words = format!(
        "{words}, from {} to {}: {} rows, {used} of them used. The table beneath says the same.",
        dates::day(Timestamp(first)),
        dates::day(now),
        rows.len(),
    );
    Chart { height: TOP + rows.len() as u64 * ROW + 8, rows, ticks, words }
}

/// A thin bar for the time that it was available, a thick one for the time between first and last use.
fn bars(span: &Span, top: u64, now: Timestamp, x: &impl Fn(Timestamp) -> u64) -> Vec<Bar> {
    let until = span.until.unwrap_or(now);
    let (left, right) = (x(span.from), x(until));
    let mut bars = vec![Bar {
        x: left,
        y: top + 8,
        width: (right - left).max(2),
        height: 6,
        kind: "held",
        title: format!(
            "available from {} to {}",
            dates::day(span.from),
            span.until.map_or_else(|| "now".to_owned(), dates::day)
        ),
    }];
    if let Some(used) = span.used {
        let (left, right) = (x(used.first_at), x(used.last_at));
        bars.push(Bar {
            x: left,
            y: top + 4,
            width: (right - left).max(2),
            height: 14,
            kind: "used",
            title: format!(
                "used from {} to {}",
                dates::day(used.first_at),
                dates::day(used.last_at)
            ),
        });
    }
    bars
}

/// As much of a label as stands beside the picture.
fn short(label: &str) -> String {
    const MOST: usize = 42;
    if label.chars().count() <= MOST {
        return label.to_owned();
    }
    let mut text: String = label.chars().take(MOST - 1).collect();
    text.push('…');
    text
}

#[cfg(test)]
impl TimelinePage {
    /// Made-up content, to look at.
    pub(crate) fn sample(shell: Shell) -> Self {
        let day = |n: u64| Timestamp(n * DAY_MS);
        let span = |from: u64, until: Option<u64>, used: Option<(u64, u64)>| Span {
            from: day(from),
            until: until.map(day),
            ended: until.map(|_| usage::Ended { link: model::Reason::Certification, by: None }),
            used: used.map(|(first, last)| usage::SpanUse {
                first_at: day(first),
                last_at: day(last),
                days: 9,
                disclosures: 40,
            }),
        };
        let rows = vec![
            ("Blue Harbour Ltd", vec![span(20_000, Some(20_300), None), span(20_400, None, None)]),
            ("Plotwise Ltd", vec![span(20_100, None, Some((20_150, 20_700)))]),
        ];
        let rows = rows.into_iter().zip(1..).map(|((name, spans), no)| {
            (name.to_owned(), format!("/staff/partners/ptn_{no}/timeline"), spans)
        });
        let rows: Vec<(String, String, Vec<Span>)> = rows.collect();
        let lines =
            rows.iter().flat_map(|(name, _, spans)| spans.iter().map(|one| line(name, one)));
        Self {
            shell,
            back: ("/staff/partners".to_owned(), "Partners".to_owned()),
            intro: "When anything was available to each partner, and when any of it was used.",
            lines: lines.collect(),
            chart: chart(rows, day(20_778), "Anything available to 2 partners"),
            first_column: "Partner",
            has_links: true,
            certified: vec![Row {
                href: "/staff/apps/app_1".to_owned(),
                title: "crt_1".to_owned(),
                cells: vec![
                    Cell::plain("App", "Meadow Planner"),
                    Cell::plain("Purpose", "Running the group"),
                    Cell::status("standing", "good"),
                    Cell::plain("Stated by", "Staff entered it, without the partner’s signature"),
                    Cell::plain("From", "2 October 2026"),
                    Cell::plain("Covers", "Names of people in a group"),
                ],
            }],
            certified_columns: certified::COLUMNS_OF_MANY.to_vec(),
            cut: String::new(),
            previous: String::new(),
            next: "/staff/timelines?page=2".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: u64, until: Option<u64>, used: Option<(u64, u64)>) -> Span {
        let used = used.map(|(first, last)| usage::SpanUse {
            first_at: Timestamp(first),
            last_at: Timestamp(last),
            days: 1,
            disclosures: 1,
        });
        let until = until.map(Timestamp);
        Span { from: Timestamp(from), until, ended: None, used }
    }

    #[test]
    fn spans_of_several_classes_are_joined_where_they_meet() {
        let joined = join(vec![
            span(50, Some(60), None),
            span(0, Some(10), Some((3, 4))),
            span(10, Some(20), Some((12, 19))),
            span(55, None, Some((56, 57))),
        ]);
        let told: Vec<_> = joined
            .iter()
            .map(|one| {
                let used = one.used.map(|used| (used.first_at.0, used.last_at.0));
                (one.from.0, one.until.map(|until| until.0), used)
            })
            .collect();
        assert_eq!(told, [(0, Some(20), Some((3, 19))), (50, None, Some((56, 57)))]);
    }

    #[test]
    fn a_bar_stands_where_its_time_is() {
        let now = Timestamp(100 * SHORTEST);
        let day = |part: u64| Timestamp(part * SHORTEST);
        let spans = vec![span(0, Some(day(50).0), Some((day(25).0, day(50).0)))];
        let chart = chart(vec![("x".to_owned(), String::new(), spans)], now, "x");
        let bars = &chart.rows[0].bars;
        assert_eq!((bars[0].x, bars[0].width), (LEFT, WIDTH / 2));
        assert_eq!((bars[1].x, bars[1].width), (LEFT + WIDTH / 4, WIDTH / 4));
        assert_eq!(chart.ticks.last().unwrap().x, LEFT + WIDTH);
    }
}
