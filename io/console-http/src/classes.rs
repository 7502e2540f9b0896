//! Classes of data in plain words.

use crate::form::Fields;
use catalog::AboutKind;
use consent::State;
use model::{AppNo, ClassMask};

/// A class on a page.
#[derive(Debug, Clone)]
pub(crate) struct ClassLine {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) checked: bool,
    pub(crate) sensitive: bool,
    /// Everyone it is about decides it for themselves, whatever an admin allows.
    pub(crate) by_opt_in: bool,
}

/// From this sensitivity on a page says so.
const SENSITIVE: u8 = 3;

/// The classes of a mask, in the catalog's order, some of them ticked.
pub(crate) fn lines(state: &State, mask: ClassMask, ticked: ClassMask) -> Vec<ClassLine> {
    let catalog = state.catalog();
    let classes = catalog.into_iter().flat_map(|catalog| &catalog.classes);
    classes
        .filter(|class| mask.has(class.number))
        .map(|class| ClassLine {
            name: class.name.clone(),
            title: class.title.clone(),
            text: class.text.clone(),
            checked: ticked.has(class.number),
            sensitive: class.sensitivity >= SENSITIVE,
            by_opt_in: false,
        })
        .collect()
}

/// The same for somebody who decides for a whole group, or about others in it: with a word at what others decide.
pub(crate) fn lines_of_app(
    state: &State,
    app: AppNo,
    mask: ClassMask,
    ticked: ClassMask,
) -> Vec<ClassLine> {
    let own = by_opt_in(state, app);
    let own = own.iter().filter_map(|class| name(state, class)).collect::<Vec<_>>();
    let mut lines = lines(state, mask, ticked);
    for line in &mut lines {
        line.by_opt_in = own.contains(&line.name);
    }
    lines
}

fn name(state: &State, class: model::ClassNo) -> Option<String> {
    let mut known = state.numbering().classes.iter();
    known.find(|(_, no)| **no == class).map(|(name, _)| name.clone())
}

/// Classes of the app's agreements that need the opt-in of everyone they are about, by the rules in force.
pub(crate) fn by_opt_in(state: &State, app: AppNo) -> ClassMask {
    let app = state.app(app).into_iter();
    let agreements = app.flat_map(|app| &app.agreements).filter_map(|no| state.agreement(*no));
    agreements.filter(|one| !one.ended).fold(ClassMask::NONE, |mask, one| {
        mask | (state.rules().program(one.program).opt_in & one.classes)
    })
}

/// The titles of a mask's classes, joined.
pub(crate) fn titles(state: &State, mask: ClassMask) -> String {
    let titles: Vec<String> =
        lines(state, mask, ClassMask::NONE).into_iter().map(|line| line.title).collect();
    if titles.is_empty() { "nothing".to_owned() } else { titles.join(", ") }
}

/// The classes that a form's `class` fields name; unknown names count for nothing.
pub(crate) fn chosen(state: &State, fields: &Fields) -> ClassMask {
    of_names(state, fields.all("class"))
}

/// The classes of these names.
pub(crate) fn of_names<'a>(state: &State, names: impl Iterator<Item = &'a str>) -> ClassMask {
    names.filter_map(|name| state.numbering().classes.get(name).copied()).collect()
}

/// Classes that describe people: what settings and opt-ins are about.
pub(crate) fn about_people(state: &State) -> ClassMask {
    let catalog = state.catalog();
    let classes = catalog.into_iter().flat_map(|catalog| &catalog.classes);
    classes.filter(|class| class.about == AboutKind::Person).map(|class| class.number).collect()
}
