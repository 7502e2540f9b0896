//! Reading `|`-separated files row by row, and rejecting rows.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, Reader, ReaderBuilder};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{
    Import, ImportError, Layout, Progress, REJECTIONS_QUOTED_MAX, ROWS_PER_PROGRESS, Summary,
};
use crate::store::StoreError;

/// Bytes read ahead of each file.
const READ_AHEAD_BYTES: usize = 1 << 18;

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// File name.
    pub file: String,
    /// Line in the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Why a row is not taken, or the import cannot go on.
pub(super) enum RowError {
    Rejected(String),
    Store(StoreError),
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Rejects a row for a reason.
pub(super) fn reject<T>(reason: impl Into<String>) -> Result<T, RowError> {
    Err(RowError::Rejected(reason.into()))
}

/// One row.
pub(super) struct Row<'a>(&'a ByteRecord);

impl<'a> Row<'a> {
    /// The text of a column.
    pub(super) fn text(&self, column: usize) -> Result<&'a str, RowError> {
        match self.0.get(column).map(std::str::from_utf8) {
            Some(Ok(text)) => Ok(text),
            Some(Err(_)) => reject(format!("column {} is not UTF-8", column + 1)),
            None => reject(format!("column {} is missing", column + 1)),
        }
    }

    /// A number that is not negative.
    pub(super) fn id(&self, column: usize) -> Result<i64, RowError> {
        let text = self.text(column)?;
        match text.parse::<i64>() {
            Ok(id) if id >= 0 => Ok(id),
            Ok(_) | Err(_) => reject(format!("column {} is not an id", column + 1)),
        }
    }

    /// A moment: milliseconds since 1970, or ISO 8601.
    pub(super) fn moment(&self, column: usize) -> Result<i64, RowError> {
        let text = self.text(column)?;
        // A bare year would be a number too, but the data has none.
        let moment = text
            .parse::<i64>()
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .or_else(|| text.parse::<Timestamp>().ok());
        match moment {
            Some(moment) => Ok(moment.as_millisecond()),
            None => reject(format!("column {} is not a time", column + 1)),
        }
    }

    /// A day: milliseconds since 1970, or `YYYY-MM-DD`.
    pub(super) fn day(&self, column: usize) -> Result<String, RowError> {
        let text = self.text(column)?;
        let day = match text.parse::<i64>() {
            Ok(ms) => Timestamp::from_millisecond(ms)
                .ok()
                .map(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC).date()),
            Err(_) => text.parse::<Date>().ok(),
        };
        match day {
            Some(day) => Ok(day.to_string()),
            None => reject(format!("column {} is not a day", column + 1)),
        }
    }

    /// Refuses rows with fewer or more columns than the file has.
    pub(super) fn columns(&self, count: usize) -> Result<(), RowError> {
        match self.0.len() {
            found if found == count => Ok(()),
            found => reject(format!("{found} columns instead of {count}")),
        }
    }
}

/// What is being read and how far it came.
pub(super) struct Reading<'a> {
    progress: &'a mut dyn FnMut(Progress<'_>),
    rows: u64,
    bytes_before: u64,
    bytes_total: u64,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        layout: &Layout,
        updates: &[PathBuf],
        progress: &'a mut dyn FnMut(Progress<'_>),
    ) -> Self {
        let files = std::fs::read_dir(&layout.dynamic).into_iter().flatten();
        let files = files.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let bytes_total = files.chain(updates.iter().cloned()).map(|path| length(&path)).sum();
        Self { progress, rows: 0, bytes_before: 0, bytes_total }
    }

    fn count(&mut self, file: &str, bytes_here: u64) {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_PER_PROGRESS) {
            let bytes = (self.bytes_before + bytes_here).min(self.bytes_total);
            let (rows, bytes_total) = (self.rows, self.bytes_total);
            (self.progress)(Progress { file, rows, bytes, bytes_total });
        }
    }
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |facts| facts.len())
}

/// Whether a file's first line names its columns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Header {
    Present,
    Absent,
}

/// A file read row by row.
pub(super) struct Rows {
    reader: Reader<File>,
    record: ByteRecord,
    pub(super) file: String,
    pub(super) line: u64,
    path: PathBuf,
}

impl Rows {
    pub(super) fn open(path: &Path, header: Header) -> Result<Self, ImportError> {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let reader = ReaderBuilder::new()
            .delimiter(b'|')
            .quoting(false)
            .flexible(true)
            .has_headers(matches!(header, Header::Present))
            .buffer_capacity(READ_AHEAD_BYTES)
            .from_path(path)
            .map_err(|error| unreadable(&file, &error))?;
        Ok(Self { reader, record: ByteRecord::new(), file, line: 0, path: path.to_owned() })
    }

    /// Goes to the next row; says `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool, ImportError> {
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|error| unreadable(&self.file, &error))?;
        self.line = self.record.position().map_or(0, csv::Position::line);
        Ok(more)
    }

    pub(super) const fn row(&self) -> Row<'_> {
        Row(&self.record)
    }
}

fn unreadable(file: &str, error: &csv::Error) -> ImportError {
    ImportError::Unreadable { file: file.to_owned(), reason: error.to_string() }
}

impl Import<'_> {
    /// Reads a file with a header, if it is there, and hands each row to `take`.
    pub(super) fn each(
        &mut self,
        path: &Path,
        mut take: impl FnMut(&mut Self, &Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), ImportError> {
        // Layouts differ in which files they have; what a row needs and misses rejects the row.
        if !path.is_file() {
            return Ok(());
        }
        let mut rows = Rows::open(path, Header::Present)?;
        while rows.advance()? {
            let taken = take(self, &rows.row());
            self.settle(&rows, taken)?;
        }
        self.close(&rows);
        Ok(())
    }

    /// Counts a row as read, and as rejected if it was.
    pub(super) fn settle(
        &mut self,
        rows: &Rows,
        taken: Result<(), RowError>,
    ) -> Result<(), ImportError> {
        let bytes = rows.record.position().map_or(0, csv::Position::byte);
        self.reading.count(&rows.file, bytes);
        match taken {
            Ok(()) => Ok(()),
            Err(RowError::Store(error)) => Err(error.into()),
            Err(RowError::Rejected(reason)) => {
                self.summary.reject(&rows.file, rows.line, reason);
                Ok(())
            }
        }
    }

    /// Notes that a file was read to its end.
    pub(super) fn close(&mut self, rows: &Rows) {
        if rows.path.parent().is_some_and(|dir| !dir.ends_with("static")) {
            self.reading.bytes_before += length(&rows.path);
        }
    }
}

impl Summary {
    fn reject(&mut self, file: &str, line: u64, reason: String) {
        self.rejected += 1;
        *self.rejected_by_file.entry(file.to_owned()).or_default() += 1;
        if self.rejections.len() < REJECTIONS_QUOTED_MAX {
            self.rejections.push(Rejection { file: file.to_owned(), line, reason });
        }
    }
}
