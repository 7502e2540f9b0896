//! The data set itself: people, forums, posts, comments, reactions, friendships.

use std::{collections::HashMap, path::Path};

use super::{
    Import, ImportError, KnownForum, Layout,
    details::{Details, Names, PersonRow, list},
    rows::{Row, RowError, reject},
};
use crate::{
    CommentId, GroupId, MediaId, PersonId, PostId,
    store::{
        BulkComment, BulkForum, BulkMedia, BulkPost, BulkReaction, ForumKind, MediaKind,
        ObjectKind, PostState, Role,
    },
};

/// Topics that a group's description names.
const TOPICS_NAMED_MAX: usize = 5;

/// What a comment answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parent {
    Post(i64),
    Comment(i64),
}

/// A post, from whichever file.
pub(super) struct PostRow<'a> {
    pub(super) id: i64,
    pub(super) image: &'a str,
    pub(super) created_at: i64,
    pub(super) location_ip: &'a str,
    pub(super) browser_used: &'a str,
    pub(super) text: &'a str,
    pub(super) author: i64,
    pub(super) forum: i64,
}

/// A comment, from whichever file.
pub(super) struct CommentRow<'a> {
    pub(super) id: i64,
    pub(super) created_at: i64,
    pub(super) location_ip: &'a str,
    pub(super) browser_used: &'a str,
    pub(super) text: &'a str,
    pub(super) author: i64,
    pub(super) post: i64,
    pub(super) reply_to: Option<i64>,
}

impl Import<'_> {
    /// Reads the data set.
    pub(super) fn dynamic(&mut self, layout: &Layout, names: &Names) -> Result<(), ImportError> {
        let dir = layout.dynamic.as_path();
        self.people(dir, names)?;
        self.forums(dir, names)?;
        self.posts(dir)?;
        self.comments(dir)?;
        self.reactions(dir)?;
        self.each(&dir.join("person_knows_person_0_0.csv"), |import, row| {
            row.columns(3)?;
            import.add_friends(row.id(0)?, row.id(1)?, row.moment(2)?)
        })
    }

    fn people(&mut self, dir: &Path, names: &Names) -> Result<(), ImportError> {
        let mut details = self.details(dir, names)?;
        self.each(&dir.join("person_0_0.csv"), |import, row| {
            let person = PersonRow::read(row, 0)?;
            let mut details = details.remove(&person.id).unwrap_or_default();
            // One layout has languages and addresses here, the other in files of their own.
            if let (Ok(languages), Ok(emails)) = (row.text(8), row.text(9)) {
                details.languages.extend(list(languages));
                details.emails.extend(list(emails));
            }
            import.add_person(&person, &details)
        })?;
        // Profiles of people who are not there have no row of their own to be rejected with.
        let lost = details.len();
        if lost > 0 {
            tracing::debug!(people.count = lost, "profile rows of people who were not imported");
        }
        Ok(())
    }

    fn forums(&mut self, dir: &Path, names: &Names) -> Result<(), ImportError> {
        let mut topics: HashMap<i64, Vec<String>> = HashMap::new();
        self.each(&dir.join("forum_hasTag_tag_0_0.csv"), |_, row| {
            let topics = topics.entry(row.id(0)?).or_default();
            if topics.len() < TOPICS_NAMED_MAX {
                topics.push(names.tag(row.id(1)?)?);
            }
            Ok(())
        })?;
        self.each(&dir.join("forum_0_0.csv"), |import, row| {
            row.columns(3)?;
            let id = row.id(0)?;
            let topics = topics.remove(&id).unwrap_or_default();
            import.add_forum(id, row.text(1)?, row.moment(2)?, &topics)
        })?;
        self.each(&dir.join("forum_hasMember_person_0_0.csv"), |import, row| {
            row.columns(3)?;
            import.add_member(row.id(0)?, row.id(1)?, row.moment(2)?)
        })?;
        self.each(&dir.join("forum_hasModerator_person_0_0.csv"), |import, row| {
            row.columns(2)?;
            import.add_moderator(row.id(0)?, row.id(1)?)
        })
    }

    fn posts(&mut self, dir: &Path) -> Result<(), ImportError> {
        let mut forums = self.pairs(&dir.join("forum_containerOf_post_0_0.csv"), 1, 0)?;
        let mut authors = self.pairs(&dir.join("post_hasCreator_person_0_0.csv"), 0, 1)?;
        self.each(&dir.join("post_0_0.csv"), |import, row| {
            row.columns(8)?;
            let id = row.id(0)?;
            import.add_post(&PostRow {
                id,
                image: row.text(1)?,
                created_at: row.moment(2)?,
                location_ip: row.text(3)?,
                browser_used: row.text(4)?,
                text: row.text(6)?,
                author: needed(authors.remove(&id), "author")?,
                forum: needed(forums.remove(&id), "forum")?,
            })
        })
    }

    fn comments(&mut self, dir: &Path) -> Result<(), ImportError> {
        let mut authors = self.pairs(&dir.join("comment_hasCreator_person_0_0.csv"), 0, 1)?;
        let mut parents: HashMap<i64, Parent> = HashMap::new();
        self.each(&dir.join("comment_replyOf_post_0_0.csv"), |_, row| {
            parents.insert(row.id(0)?, Parent::Post(row.id(1)?));
            Ok(())
        })?;
        self.each(&dir.join("comment_replyOf_comment_0_0.csv"), |_, row| {
            parents.insert(row.id(0)?, Parent::Comment(row.id(1)?));
            Ok(())
        })?;
        self.each(&dir.join("comment_0_0.csv"), |import, row| {
            row.columns(6)?;
            let id = row.id(0)?;
            let reply_to = match parents.get(&id) {
                Some(Parent::Comment(parent)) => Some(*parent),
                Some(Parent::Post(_)) | None => None,
            };
            import.add_comment(&CommentRow {
                id,
                created_at: row.moment(1)?,
                location_ip: row.text(2)?,
                browser_used: row.text(3)?,
                text: row.text(4)?,
                author: needed(authors.remove(&id), "author")?,
                post: root(&parents, id)?,
                reply_to,
            })
        })
    }

    fn reactions(&mut self, dir: &Path) -> Result<(), ImportError> {
        self.each(&dir.join("person_likes_post_0_0.csv"), |import, row| {
            row.columns(3)?;
            import.add_reaction(ObjectKind::Post, row.id(0)?, row.id(1)?, row.moment(2)?)
        })?;
        self.each(&dir.join("person_likes_comment_0_0.csv"), |import, row| {
            row.columns(3)?;
            import.add_reaction(ObjectKind::Comment, row.id(0)?, row.id(1)?, row.moment(2)?)
        })
    }

    /// Reads a file of two ids into a map from one column to the other.
    fn pairs(
        &mut self,
        path: &Path,
        from: usize,
        to: usize,
    ) -> Result<HashMap<i64, i64>, ImportError> {
        let mut pairs = HashMap::new();
        self.each(path, |_, row: &Row<'_>| {
            row.columns(2)?;
            match pairs.insert(row.id(from)?, row.id(to)?) {
                None => Ok(()),
                Some(_) => reject(format!("a second row for `{}`", row.id(from)?)),
            }
        })?;
        Ok(pairs)
    }

    /// Adds a group, wall or album, told apart by its title.
    pub(super) fn add_forum(
        &mut self,
        id: i64,
        title: &str,
        created_at: i64,
        topics: &[String],
    ) -> Result<(), RowError> {
        let kind = if title.starts_with("Group for ") {
            ForumKind::Group
        } else if title.starts_with("Wall of ") {
            ForumKind::Wall
        } else if title.starts_with("Album ") {
            ForumKind::Album
        } else {
            return reject("the title is none of a group, a wall or an album");
        };
        if self.forums.contains_key(&id) {
            return reject(format!("forum `{id}` is there already"));
        }
        let description = match topics {
            [] => String::new(),
            topics => format!("About {}.", topics.join(", ")),
        };
        let forum = BulkForum {
            id: GroupId::new(id),
            kind,
            name: &title.replace('_', " "),
            description: &description,
            created_at,
        };
        self.bulk.forum(&forum)?;
        self.forums.insert(id, KnownForum { created_at });
        self.summary.forums += 1;
        self.summary.groups += u64::from(kind == ForumKind::Group);
        Ok(())
    }

    /// Adds a membership.
    pub(super) fn add_member(&mut self, forum: i64, who: i64, at: i64) -> Result<(), RowError> {
        self.forum(forum)?;
        let (forum, who) = (GroupId::new(forum), self.person(who)?);
        // A moderator who joins later has a row for it; their role stands.
        let added = self.bulk.member(forum, who, Role::Member, at)?;
        if !added && self.bulk.role(forum, who)? != Some(Role::Admin) {
            return reject("the membership is there already");
        }
        self.summary.memberships += 1;
        Ok(())
    }

    /// Makes a forum's moderator its admin, and a member since its beginning if they are none.
    pub(super) fn add_moderator(&mut self, forum: i64, who: i64) -> Result<(), RowError> {
        let since = self.forum(forum)?.created_at;
        let (forum, who) = (GroupId::new(forum), self.person(who)?);
        if !self.bulk.member(forum, who, Role::Admin, since)? {
            return reject("the moderator is there already");
        }
        self.summary.moderators += 1;
        Ok(())
    }

    /// Adds a friendship.
    pub(super) fn add_friends(&mut self, one: i64, two: i64, at: i64) -> Result<(), RowError> {
        if one == two {
            return reject("a person is no friend of their own");
        }
        let (one, two) = (self.person(one)?, self.person(two)?);
        if !self.bulk.friends(one, two, at)? {
            return reject("the friendship is there already");
        }
        self.summary.friendships += 1;
        Ok(())
    }

    /// Adds a post, with its photo if it is one.
    pub(super) fn add_post(&mut self, row: &PostRow<'_>) -> Result<(), RowError> {
        self.forum(row.forum)?;
        let author = self.person(row.author)?;
        if !self.posts.insert(row.id) {
            return reject(format!("post `{}` is there already", row.id));
        }
        self.bulk.post(&BulkPost {
            id: PostId::new(row.id),
            forum: GroupId::new(row.forum),
            author,
            created_at: row.created_at,
            state: PostState::Published,
            text: row.text,
            location_ip: row.location_ip,
            browser_used: row.browser_used,
        })?;
        self.summary.posts += 1;
        if !row.image.is_empty() {
            // A post of the data has at most one photo, so the photo takes the post's number.
            self.bulk.media(&BulkMedia {
                id: MediaId::new(row.id),
                kind: MediaKind::Photo,
                owner: author,
                post: Some(PostId::new(row.id)),
                created_at: row.created_at,
                content_type: crate::media::PICTURE_TYPE,
            })?;
            self.summary.photos += 1;
        }
        Ok(())
    }

    /// Adds a comment.
    pub(super) fn add_comment(&mut self, row: &CommentRow<'_>) -> Result<(), RowError> {
        let author = self.person(row.author)?;
        if !self.posts.contains(&row.post) {
            return reject(format!("unknown post `{}`", row.post));
        }
        if self.comments.contains_key(&row.id) {
            return reject(format!("comment `{}` is there already", row.id));
        }
        self.bulk.comment(&BulkComment {
            id: CommentId::new(row.id),
            post: PostId::new(row.post),
            reply_to: row.reply_to.map(CommentId::new),
            author,
            created_at: row.created_at,
            text: row.text,
            location_ip: row.location_ip,
            browser_used: row.browser_used,
        })?;
        self.comments.insert(row.id, row.post);
        self.summary.comments += 1;
        Ok(())
    }

    /// Adds a reaction.
    pub(super) fn add_reaction(
        &mut self,
        on: ObjectKind,
        who: i64,
        object: i64,
        created_at: i64,
    ) -> Result<(), RowError> {
        let person = self.person(who)?;
        let known = match on {
            ObjectKind::Post => self.posts.contains(&object),
            ObjectKind::Comment => self.comments.contains_key(&object),
        };
        if !known {
            return reject(format!("unknown {} `{object}`", on.text()));
        }
        if !self.bulk.reaction(&BulkReaction { on, object, person, kind: "like", created_at })? {
            return reject("the reaction is there already");
        }
        self.summary.reactions += 1;
        Ok(())
    }

    fn person(&self, id: i64) -> Result<PersonId, RowError> {
        match self.people.contains(&id) {
            true => Ok(PersonId::new(id)),
            false => reject(format!("unknown person `{id}`")),
        }
    }

    fn forum(&self, id: i64) -> Result<KnownForum, RowError> {
        match self.forums.get(&id) {
            Some(forum) => Ok(*forum),
            None => reject(format!("unknown forum `{id}`")),
        }
    }
}

fn needed(found: Option<i64>, what: &str) -> Result<i64, RowError> {
    match found {
        Some(id) => Ok(id),
        None => reject(format!("no {what} is named in its file")),
    }
}

/// Follows a comment's parents up to the post.
fn root(parents: &HashMap<i64, Parent>, comment: i64) -> Result<i64, RowError> {
    let mut at = comment;
    // Parents in a circle would never end; no chain is longer than there are comments.
    for _ in 0..=parents.len() {
        match parents.get(&at) {
            Some(Parent::Post(post)) => return Ok(*post),
            Some(Parent::Comment(parent)) => at = *parent,
            None => return reject("no parent is named in its file"),
        }
    }
    reject("its parents stand in a circle")
}

/// Details of an update's person, from the columns after those of the data set.
pub(super) fn update_details(row: &Row<'_>, names: &Names) -> Result<Details, RowError> {
    let mut details = Details::default();
    details.live_in(names, row.id(11)?)?;
    details.languages = list(row.text(12)?);
    details.emails = list(row.text(13)?);
    for tag in list(row.text(14)?) {
        details.interest(names, number(&tag)?)?;
    }
    for (at, year) in number_pairs(row.text(15)?)? {
        details.study(names, at, year)?;
    }
    for (at, from) in number_pairs(row.text(16)?)? {
        details.job(names, at, from)?;
    }
    Ok(details)
}

fn number(text: &str) -> Result<i64, RowError> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => reject("a list holds something that is no number"),
    }
}

/// Reads `a,b;c,d`.
fn number_pairs(text: &str) -> Result<Vec<(i64, i64)>, RowError> {
    list(text)
        .iter()
        .map(|pair| match pair.split_once(',') {
            Some((one, two)) => Ok((number(one)?, number(two)?)),
            None => reject("a list holds something that is no pair"),
        })
        .collect()
}
