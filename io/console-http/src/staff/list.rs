//! Searching and paging through a registry that fits in memory.

use super::view::Row;
use crate::form::{Fields, query};

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

/// The rows that contain the words of `q` in title or cells, and of them the page that was asked for.
pub(super) fn paged(path: &str, fields: &Fields, rows: Vec<Row>) -> Paged {
    let q: String = fields.text("q").chars().take(100).collect();
    let words: Vec<String> = q.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let has = |row: &Row| {
        let cells = row.cells.iter().map(|cell| cell.text.as_str());
        let text: Vec<&str> = std::iter::once(row.title.as_str()).chain(cells).collect();
        let text = text.join(" ").to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let found: Vec<Row> = rows.into_iter().filter(has).collect();
    let count = found.len();
    let last = count.saturating_sub(1) / PAGE + 1;
    let page = fields.text("page").parse::<usize>().unwrap_or(1).clamp(1, last);
    let link = |page: usize| {
        format!("{path}?{}", query([("q", q.as_str()), ("page", page.to_string().as_str())]))
    };
    Paged {
        rows: found.into_iter().skip((page - 1) * PAGE).take(PAGE).collect(),
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
}
