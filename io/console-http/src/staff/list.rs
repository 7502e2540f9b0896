//! Searching and paging through a registry that fits in memory.

use super::view::Row;
use crate::form::{Fields, query};
use crate::page::Halt;
use store::Failure;

/// Rows on a page.
const PAGE: usize = 50;

/// One page of rows.
pub(super) struct Paged {
    pub(super) q: String,
    pub(super) rows: Vec<Row>,
    pub(super) total: String,
    pub(super) previous: String,
    pub(super) next: String,
}

fn searched(fields: &Fields) -> String {
    fields.text("q").chars().take(100).collect()
}

/// The rows that contain the words of `q` in title or cells, and of them the page that was asked for.
pub(super) fn paged(path: &str, fields: &Fields, rows: Vec<Row>) -> Paged {
    let q = searched(fields);
    let words: Vec<String> = q.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let has = |row: &Row| {
        let cells = row.cells.iter().map(|cell| cell.text.as_str());
        let text: Vec<&str> = std::iter::once(row.title.as_str()).chain(cells).collect();
        let text = text.join(" ").to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let found: Vec<Row> = rows.into_iter().filter(has).collect();
    let cut = Cut::of(fields, found.len());
    let rows = found.into_iter().skip(cut.start()).take(PAGE).collect();
    cut.page(path, q, rows)
}

/// The same of things that are made rows of. Where nothing is searched for, only those of the page are: a row takes names,
/// and a large platform has tens of thousands of apps.
pub(super) fn paged_of<T>(
    path: &str,
    fields: &Fields,
    all: &[T],
    rows: impl FnOnce(&[T]) -> Vec<Row>,
) -> Paged {
    let q = searched(fields);
    if !q.is_empty() {
        return paged(path, fields, rows(all));
    }
    let cut = Cut::of(fields, all.len());
    let end = cut.start().saturating_add(PAGE).min(all.len());
    let here = all.get(cut.start()..end).unwrap_or_default();
    cut.page(path, q, rows(here))
}

/// Looks names up where waiting for the disk holds up nobody.
pub(super) async fn off_thread<R: Send + 'static>(
    run: impl FnOnce() -> R + Send + 'static,
) -> Result<R, Halt> {
    let stopped = |_| Halt::Store(Failure::Unavailable("looking up was stopped".to_owned()));
    tokio::task::spawn_blocking(run).await.map_err(stopped)
}

/// Which page of how many.
struct Cut {
    count: usize,
    page: usize,
    last: usize,
}

impl Cut {
    fn of(fields: &Fields, count: usize) -> Self {
        let last = count.saturating_sub(1) / PAGE + 1;
        let page = fields.text("page").parse::<usize>().unwrap_or(1).clamp(1, last);
        Self { count, page, last }
    }

    const fn start(&self) -> usize {
        (self.page - 1) * PAGE
    }

    fn page(self, path: &str, q: String, rows: Vec<Row>) -> Paged {
        let Self { count, page, last } = self;
        let link = |page: usize| {
            format!("{path}?{}", query([("q", q.as_str()), ("page", page.to_string().as_str())]))
        };
        Paged {
            rows,
            total: if last > 1 {
                format!("{count} in all, page {page} of {last}")
            } else {
                format!("{count} in all")
            },
            previous: if page > 1 { link(page - 1) } else { String::new() },
            next: if page < last { link(page + 1) } else { String::new() },
            q,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_part_of_what_the_words_find() {
        let row =
            |n: usize| Row { href: String::new(), title: format!("App {n}"), cells: Vec::new() };
        let rows: Vec<Row> = (0..120).map(row).collect();
        let first = paged("/x", &Fields::default(), rows.clone());
        assert_eq!(
            (first.rows.len(), first.previous.as_str(), first.next.as_str()),
            (50, "", "/x?q=&page=2")
        );
        let last = paged("/x", &Fields::of_query(Some("page=99")), rows.clone());
        assert_eq!((last.rows.len(), last.next.as_str()), (20, ""));
        let found = paged("/x", &Fields::of_query(Some("q=app+117")), rows);
        assert_eq!((found.rows.len(), found.total.as_str()), (1, "1 in all"));
    }

    #[test]
    fn only_the_rows_of_a_page_are_made() {
        let row =
            |n: &usize| Row { href: String::new(), title: format!("App {n}"), cells: Vec::new() };
        let all: Vec<usize> = (0..120).collect();
        let mut made = 0;
        let fields = Fields::of_query(Some("page=3"));
        let paged = paged_of("/x", &fields, &all, |some| {
            made = some.len();
            some.iter().map(row).collect()
        });
        assert_eq!((made, paged.rows.len(), paged.rows[0].title.as_str()), (20, 20, "App 100"));
        assert_eq!((paged.total.as_str(), paged.next.as_str()), ("120 in all, page 3 of 3", ""));
        let fields = Fields::of_query(Some("q=app+117"));
        let found = paged_of("/x", &fields, &all, |some| some.iter().map(row).collect());
        assert_eq!((found.rows.len(), found.total.as_str()), (1, "1 in all"));
    }
}
