//! Update streams: live writes, several files merged in the order of time.

use std::path::PathBuf;

use super::{
    Import, ImportError,
    details::{Names, PersonRow, list},
    dynamic::{CommentRow, PostRow, update_details},
    rows::{Header, Row, RowError, Rows, reject},
};
use crate::store::ObjectKind;

/// A stream that stands at a row not played yet.
struct Stream {
    rows: Rows,
    /// Time of that row. One that cannot be read comes at once, to be rejected when played.
    at: i64,
}

impl Stream {
    fn at_row(rows: Rows) -> Self {
        let at = rows.row().moment(0).unwrap_or(i64::MIN);
        Self { rows, at }
    }
}

impl Import<'_> {
    /// Plays the streams as one, the earliest row first.
    pub(super) fn updates(&mut self, files: &[PathBuf], names: &Names) -> Result<(), ImportError> {
        let mut streams = Vec::new();
        for file in files {
            let rows = Rows::open(file, Header::Absent)?;
            self.continue_stream(rows, &mut streams)?;
        }
        while let Some(first) = earliest(&streams) {
            // People come before what they do in the same millisecond: their file is first.
            let stream = streams.remove(first);
            let played = self.play(&stream.rows.row(), names);
            self.summary.updates += u64::from(played.is_ok());
            self.settle(&stream.rows, played)?;
            self.continue_stream_at(first, stream.rows, &mut streams)?;
        }
        Ok(())
    }

    fn continue_stream(
        &mut self,
        rows: Rows,
        streams: &mut Vec<Stream>,
    ) -> Result<(), ImportError> {
        self.continue_stream_at(streams.len(), rows, streams)
    }

    /// Goes to the stream's next row and puts it back in its place, or closes it at its end.
    fn continue_stream_at(
        &mut self,
        place: usize,
        mut rows: Rows,
        streams: &mut Vec<Stream>,
    ) -> Result<(), ImportError> {
        if rows.advance()? {
            streams.insert(place, Stream::at_row(rows));
        } else {
            self.close(&rows);
        }
        Ok(())
    }

    /// Plays one row: time, time it depends on, type, then the type's own columns.
    fn play(&mut self, row: &Row<'_>, names: &Names) -> Result<(), RowError> {
        row.moment(0)?;
        match row.text(2)? {
            "1" => {
                row.columns(17)?;
                let person = PersonRow::read(row, 3)?;
                self.add_person(&person, &update_details(row, names)?)
            }
            "2" => {
                row.columns(6)?;
                self.add_reaction(ObjectKind::Post, row.id(3)?, row.id(4)?, row.moment(5)?)
            }
            "3" => {
                row.columns(6)?;
                self.add_reaction(ObjectKind::Comment, row.id(3)?, row.id(4)?, row.moment(5)?)
            }
            "4" => self.play_forum(row, names),
            "5" => {
                row.columns(6)?;
                // The streams name the forum first, whatever the benchmark's paper says.
                self.add_member(row.id(3)?, row.id(4)?, row.moment(5)?)
            }
            "6" => self.play_post(row),
            "7" => self.play_comment(row),
            "8" => {
                row.columns(6)?;
                self.add_friends(row.id(3)?, row.id(4)?, row.moment(5)?)
            }
            _ => reject("unknown type of update"),
        }
    }

    fn play_forum(&mut self, row: &Row<'_>, names: &Names) -> Result<(), RowError> {
        row.columns(8)?;
        let mut topics = Vec::new();
        for tag in list(row.text(7)?).iter().take(5) {
            let Ok(tag) = tag.parse() else { return reject("a tag is no number") };
            topics.push(names.tag(tag)?);
        }
        let (id, moderator) = (row.id(3)?, row.id(6)?);
        self.add_forum(id, row.text(4)?, row.moment(5)?, &topics)?;
        self.add_moderator(id, moderator)
    }

    fn play_post(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        row.columns(15)?;
        self.add_post(&PostRow {
            id: row.id(3)?,
            image: row.text(4)?,
            created_at: row.moment(5)?,
            location_ip: row.text(6)?,
            browser_used: row.text(7)?,
            text: row.text(9)?,
            author: row.id(11)?,
            forum: row.id(12)?,
        })
    }

    fn play_comment(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        row.columns(14)?;
        // A comment answers a post or a comment; the other column is -1.
        let (post, reply_to) = match (row.id(11), row.id(12)) {
            (Ok(post), Err(_)) => (post, None),
            (Err(_), Ok(parent)) => match self.comments.get(&parent) {
                Some(post) => (*post, Some(parent)),
                None => return reject(format!("unknown comment `{parent}`")),
            },
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => return reject("it answers none or two"),
        };
        self.add_comment(&CommentRow {
            id: row.id(3)?,
            created_at: row.moment(4)?,
            location_ip: row.text(5)?,
            browser_used: row.text(6)?,
            text: row.text(7)?,
            author: row.id(9)?,
            post,
            reply_to,
        })
    }
}

/// Index of the stream whose row comes first; the first of several.
fn earliest(streams: &[Stream]) -> Option<usize> {
    let mut first: Option<(usize, i64)> = None;
    for (index, stream) in streams.iter().enumerate() {
        if first.is_none_or(|(_, at)| stream.at < at) {
            first = Some((index, stream.at));
        }
    }
    first.map(|(index, _)| index)
}
