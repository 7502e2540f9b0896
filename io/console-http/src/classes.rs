//! Classes of data in plain words.

use crate::form::Fields;
use catalog::AboutKind;
use consent::State;
use model::ClassMask;

/// A class on a page.
#[derive(Debug, Clone)]
pub(crate) struct ClassLine {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) checked: bool,
    pub(crate) sensitive: bool,
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
        })
        .collect()
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
