//! Lists, details and forms that staff pages are made of, as ready text.

use crate::shell::Shell;
use askama::Template;

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// Colour of a status; empty for plain text.
    pub(crate) tone: &'static str,
}

impl Cell {
    pub(crate) fn plain(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: text.into(), tone: "" }
    }

    pub(crate) fn status(text: impl Into<String>, tone: &'static str) -> Self {
        Self { label: "Status", text: text.into(), tone }
    }
}

/// A row of a table; the first column is its title.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "staff_list.html")]
pub(crate) struct ListPage {
    pub(crate) shell: Shell,
    pub(crate) intro: &'static str,
    pub(crate) path: &'static str,
    /// Where to make one, and the button's text; empty if none can be made.
    pub(crate) make: (&'static str, &'static str),
    pub(crate) searches: bool,
    pub(crate) q: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
    pub(crate) total: String,
    pub(crate) previous: String,
    pub(crate) next: String,
}

/// A part of a detail page.
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
    /// Where to make one, and the button's text; empty if none can be made.
    pub(crate) make: (String, &'static str),
}

/// A link to something that changes.
pub(crate) struct ActLink {
    pub(crate) href: String,
    pub(crate) label: &'static str,
    pub(crate) text: &'static str,
}

#[derive(Template)]
#[template(path = "staff_detail.html")]
pub(crate) struct DetailPage {
    pub(crate) shell: Shell,
    pub(crate) back: (&'static str, &'static str),
    pub(crate) status: String,
    pub(crate) tone: &'static str,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) acts: Vec<ActLink>,
    pub(crate) sections: Vec<Section>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Text,
    /// May be left empty.
    MaybeText,
    /// A web address.
    Url,
    /// An e-mail address; may be left empty.
    MaybeEmail,
    /// Chosen before: the first choice, to be read; beneath it where another one is chosen.
    Fixed,
    /// Several lines of a list; may be left empty.
    Lines,
    /// Paragraphs for people.
    Prose,
    Date,
    /// May be left empty.
    MaybeDate,
    Select,
    Checks,
    /// Not shown.
    Hidden,
}

/// One of several answers.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// A field of a form.
pub(crate) struct FieldLine {
    pub(crate) name: &'static str,
    /// The name, unless the field stands in several rows.
    pub(crate) id: String,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) input: Input,
    pub(crate) value: String,
    pub(crate) choices: Vec<Choice>,
    /// What is wrong with what was typed; empty where nothing is.
    pub(crate) wrong: String,
    /// Where something else is chosen for it; empty where nothing can be.
    pub(crate) another: &'static str,
}

impl FieldLine {
    /// Ids of what is said beside the field, for those who do not see it there; empty if nothing is.
    pub(crate) fn described(&self) -> String {
        let wrong = (!self.wrong.is_empty()).then(|| format!("{}-wrong", self.id));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        wrong.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
    }
}

/// Things of one kind that a form lists, each with the same fields.
pub(crate) struct FieldRows {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) rows: Vec<FieldRow>,
}

/// One of them.
pub(crate) struct FieldRow {
    pub(crate) legend: String,
    pub(crate) fields: Vec<FieldLine>,
}

#[derive(Template)]
#[template(path = "staff_form.html")]
pub(crate) struct FormPage {
    pub(crate) shell: Shell,
    pub(crate) back: (String, &'static str),
    pub(crate) wrong: String,
    /// What comes of it; empty where the title says so.
    pub(crate) intro: String,
    pub(crate) action: String,
    pub(crate) fields: Vec<FieldLine>,
    pub(crate) rows: Option<FieldRows>,
    /// Reasons and severities to choose from; none where neither is asked for.
    pub(crate) reasons: Vec<Choice>,
    pub(crate) severities: Vec<Choice>,
    /// What stands in the usual note; none where the form has none, or one of its own.
    pub(crate) note: Option<String>,
    pub(crate) submit: &'static str,
    /// It takes something away, so it must be said why.
    pub(crate) is_ending: bool,
}

impl FormPage {
    /// Every field, those in rows too.
    pub(crate) fn all_fields(&self) -> impl Iterator<Item = &FieldLine> {
        let rows = self.rows.iter().flat_map(|rows| &rows.rows);
        self.fields.iter().chain(rows.flat_map(|row| &row.fields))
    }

    /// Fields that something is wrong with: their ids, what they are called, what is wrong.
    pub(crate) fn mistaken(&self) -> Vec<(&str, String, &str)> {
        let own = self.fields.iter().map(|field| (field, field.label.to_owned()));
        let rows = self.rows.iter().flat_map(|rows| &rows.rows).flat_map(|row| {
            row.fields.iter().map(|field| (field, format!("{}, {}", row.legend, field.label)))
        });
        let wrong = own.chain(rows).filter(|(field, _)| !field.wrong.is_empty());
        wrong.map(|(field, label)| (field.id.as_str(), label, field.wrong.as_str())).collect()
    }

    /// Says beside a field what is wrong with it. Where there is no such field it is said on top.
    pub(crate) fn blame(&mut self, id: &str, wrong: String) {
        let rows = self.rows.iter_mut().flat_map(|rows| &mut rows.rows);
        let mut fields = self.fields.iter_mut().chain(rows.flat_map(|row| &mut row.fields));
        match fields.find(|field| field.id == id) {
            None => self.wrong = wrong,
            Some(field) => {
                field.wrong = wrong;
                if self.wrong.is_empty() {
                    "Nothing was changed. It is said beside each field what is wrong with it:"
                        .clone_into(&mut self.wrong);
                }
            }
        }
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        let check = |number, text: &str| assert_eq!(grouped(number), text);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(912_004, "912,004");
        check(1_234_567, "1,234,567");
    }
}
