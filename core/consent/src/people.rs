//! What state knows of people: a word each, more only of those who chose or authorized something.

use ledger::SettingScope;
use model::{AppNo, ClassMask, ContextNo, GrantNo, PersonNo, Position};

const KNOWN: u32 = 1;
const ERASED: u32 = 2;
/// Above the flags: index into `more`, plus one.
const INDEX_SHIFT: u32 = 2;

/// A standing choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// For what.
    pub scope: SettingScope,
    /// Classes that it blocks.
    pub blocked: ClassMask,
}

/// By which way a request comes to a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) app: AppNo,
    /// Where, and whether that is a group.
    pub(crate) context: Option<(ContextNo, bool)>,
    /// Somebody else acts, and not in a group.
    pub(crate) through_friend: bool,
    /// The operation's purpose goes beyond the feature.
    pub(crate) beyond: bool,
}

/// What is kept of a person who chose or authorized something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonState {
    pub(crate) settings: Vec<Setting>,
    pub(crate) grants: Vec<GrantNo>,
    pub(crate) cut_off: Option<Position>,
    pub(crate) cut_off_apps: Vec<(AppNo, Position)>,
}

impl PersonState {
    /// Standing choices.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Every grant that the person ever gave.
    #[must_use]
    pub fn grants(&self) -> &[GrantNo] {
        &self.grants
    }

    /// Classes blocked on this way to the person, each with the scope that blocks it.
    pub(crate) fn blocks(&self, way: Way) -> impl Iterator<Item = Setting> + '_ {
        let Way { app, context, through_friend, beyond } = way;
        self.settings.iter().copied().filter(move |setting| match setting.scope {
            SettingScope::AllApps => true,
            SettingScope::App(one) => one == app,
            SettingScope::Context(one) => context.is_some_and(|(context, _)| context == one),
            SettingScope::AllGroups => context.is_some_and(|(_, is_group)| is_group),
            SettingScope::Friends => through_friend,
            SettingScope::Beyond => beyond,
        })
    }

    /// Whether more than grants is kept.
    pub(crate) fn has_choices(&self) -> bool {
        !self.settings.is_empty() || self.cut_off.is_some() || !self.cut_off_apps.is_empty()
    }

    pub(crate) fn set(&mut self, scope: SettingScope, blocked: ClassMask) {
        self.settings.retain(|setting| setting.scope != scope);
        // Who lifted this one said so: a browser that says the opposite for everybody is not heard over them.
        if !blocked.is_empty() || scope == SettingScope::Beyond {
            self.settings.push(Setting { scope, blocked });
            self.settings.sort_by_key(|setting| setting.scope);
        }
    }
}

/// All people.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    words: Vec<u32>,
    more: Vec<PersonState>,
}

/// What one word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u32);

impl Word {
    /// Nobody that state knows.
    pub(crate) const UNKNOWN: Self = Self(0);

    pub(crate) const fn is_known(self) -> bool {
        self.0 & KNOWN != 0
    }

    pub(crate) const fn is_erased(self) -> bool {
        self.0 & ERASED != 0
    }

    /// Known, not erased, nothing more to look at: the case of nearly everybody.
    pub(crate) const fn is_plain(self) -> bool {
        self.0 == KNOWN
    }
}

impl People {
    #[inline]
    pub(crate) fn word(&self, person: PersonNo) -> Word {
        Word(self.words.get(person.index()).copied().unwrap_or(0))
    }

    #[inline]
    pub(crate) fn more(&self, word: Word) -> Option<&PersonState> {
        let index = (word.0 >> INDEX_SHIFT).checked_sub(1)?;
        self.more.get(index as usize)
    }

    pub(crate) fn state(&self, person: PersonNo) -> Option<&PersonState> {
        self.more(self.word(person))
    }

    fn slot(&mut self, person: PersonNo) -> Option<&mut u32> {
        let index = person.index();
        if index >= self.words.len() {
            // Numbers are given densely; growing to one is growing to all.
            self.words.resize(index + 1, 0);
        }
        self.words.get_mut(index)
    }

    pub(crate) fn know(&mut self, person: PersonNo) {
        if let Some(word) = self.slot(person) {
            *word |= KNOWN;
        }
    }

    pub(crate) fn erase(&mut self, person: PersonNo) {
        if let Some(word) = self.slot(person) {
            *word |= KNOWN | ERASED;
        }
    }

    /// The person's own state, made if there is none yet; `None` only beyond 2^30 such people.
    pub(crate) fn state_mut(&mut self, person: PersonNo) -> Option<&mut PersonState> {
        let next = u32::try_from(self.more.len()).ok()?.checked_add(1)?;
        let word = self.slot(person)?;
        let mut index = *word >> INDEX_SHIFT;
        if index == 0 {
            if next >= 1 << 30 {
                return None;
            }
            index = next;
            *word |= index << INDEX_SHIFT;
            self.more.push(PersonState::default());
        }
        self.more.get_mut(index as usize - 1)
    }

    /// Everyone that state has a word of.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (PersonNo, Word, Option<&PersonState>)> {
        self.words
            .iter()
            .zip(0u32..)
            .map(|(word, number)| (PersonNo(number), Word(*word), self.more(Word(*word))))
    }

    /// Makes room for exactly so many people, and so many with something of their own.
    pub(crate) fn with_len(people: usize, own: usize) -> Self {
        Self { words: vec![0; people], more: Vec::with_capacity(own) }
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }
}
