//! What people say in groups: posts, photos, comments, reactions.

use rand::RngExt;

use super::{
    Generator, PRESENT_MS,
    people::Circle,
    places::{COMMENTS, DAYS, POSTS, REACTIONS},
};
use crate::{
    CommentId, MediaId, PostId, media,
    store::{
        BulkComment, BulkMedia, BulkMention, BulkPost, BulkReaction, MediaKind, ObjectKind,
        PostState, StoreError,
    },
};

/// A text with the place of the person it mentions.
struct Text {
    text: String,
    mention: Option<(usize, usize, usize)>, // start, length, position of the person
}

impl Generator<'_> {
    /// Fills a group.
    pub(super) fn talk(&mut self, circle: &Circle) -> Result<(), StoreError> {
        let posts = circle.members.len() * self.size.posts_per_ten_members / 10;
        for order in 0..posts.clamp(2, self.size.posts_per_group_max.max(2)) {
            self.post(circle, order)?;
        }
        Ok(())
    }

    fn member(&mut self, circle: &Circle) -> usize {
        // The square favours those who came first: few people write most of what is written.
        let count = circle.members.len().max(1);
        let (one, two) = (self.rng.random_range(0..count), self.rng.random_range(0..count));
        circle.members.get(one.min(two)).copied().unwrap_or_default()
    }

    fn post(&mut self, circle: &Circle, order: usize) -> Result<(), StoreError> {
        let author = self.member(circle);
        let template = self.pick(&POSTS);
        let text = self.text(template, circle);
        let created_at = self.moment_after(circle.created_at);
        let state = match self.rng.random_range(0..100) {
            0..3 => PostState::Draft,
            3 => PostState::Unposted,
            _ => PostState::Published,
        };
        let id = PostId::new(self.next.post);
        self.next.post += 1;
        let ip = format!("203.0.113.{}", self.rng.random_range(1..255));
        self.bulk.post(&BulkPost {
            id,
            forum: circle.id,
            author: self.person_at(author),
            created_at,
            state,
            text: &text.text,
            location_ip: &ip,
            browser_used: "Firefox",
        })?;
        self.made.posts += 1;
        self.mention(ObjectKind::Post, id.number(), &text)?;
        // The second post of every group has a video, every seventh or so a photo.
        if order == 1 {
            self.media(circle, id, (author, created_at), MediaKind::Video)?;
        } else if self.chance(15) {
            self.media(circle, id, (author, created_at), MediaKind::Photo)?;
        }
        if state == PostState::Published {
            self.reactions(circle, (ObjectKind::Post, id.number()), created_at, 4)?;
            self.comments(circle, id, created_at)?;
        }
        Ok(())
    }

    fn media(
        &mut self,
        circle: &Circle,
        post: PostId,
        (author, created_at): (usize, i64),
        kind: MediaKind,
    ) -> Result<(), StoreError> {
        let id = MediaId::new(self.next.media);
        self.next.media += 1;
        let content_type = match kind {
            MediaKind::Video => media::VIDEO_TYPE,
            MediaKind::Photo | MediaKind::Picture => media::PICTURE_TYPE,
        };
        let owner = self.person_at(author);
        let row = BulkMedia { id, kind, owner, post: Some(post), created_at, content_type };
        self.bulk.media(&row)?;
        self.made.media += 1;
        for _ in 0..self.rng.random_range(0..4) {
            let seen = self.member(circle);
            let seen = self.person_at(seen);
            self.made.tags += u64::from(self.bulk.tag(id, seen)?);
        }
        Ok(())
    }

    fn comments(&mut self, circle: &Circle, post: PostId, since: i64) -> Result<(), StoreError> {
        let (mut at, mut last) = (since, None);
        for _ in 0..self.rng.random_range(0..4) {
            let author = self.member(circle);
            let template = self.pick(&COMMENTS);
            let text = self.text(template, circle);
            // Answers come within a day, and after what they answer.
            at = (at + self.rng.random_range(60_000..86_400_000)).min(PRESENT_MS);
            let id = CommentId::new(self.next.comment);
            self.next.comment += 1;
            let reply_to = last.filter(|_| self.chance(40));
            let ip = format!("198.51.100.{}", self.rng.random_range(1..255));
            self.bulk.comment(&BulkComment {
                id,
                post,
                reply_to,
                author: self.person_at(author),
                created_at: at,
                text: &text.text,
                location_ip: &ip,
                browser_used: "Chrome",
            })?;
            self.made.comments += 1;
            self.mention(ObjectKind::Comment, id.number(), &text)?;
            self.reactions(circle, (ObjectKind::Comment, id.number()), at, 1)?;
            last = Some(id);
        }
        Ok(())
    }

    fn reactions(
        &mut self,
        circle: &Circle,
        (on, object): (ObjectKind, i64),
        since: i64,
        most: usize,
    ) -> Result<(), StoreError> {
        for _ in 0..self.rng.random_range(0..=most) {
            let who = self.member(circle);
            let kind = self.pick(&REACTIONS);
            let created_at = self.moment_after(since);
            let person = self.person_at(who);
            let row = BulkReaction { on, object, person, kind, created_at };
            self.made.reactions += u64::from(self.bulk.reaction(&row)?);
        }
        Ok(())
    }

    /// Fills a template in; `{person}` becomes a mention of a member.
    fn text(&mut self, template: &str, circle: &Circle) -> Text {
        let day = self.pick(&DAYS);
        let filled = template.replace("{topic}", circle.topic).replace("{day}", day);
        let Some((before, after)) = filled.split_once("{person}") else {
            return Text { text: filled, mention: None };
        };
        let who = self.member(circle);
        let name = self.name_at(who);
        let mention = Some((before.chars().count(), name.chars().count(), who));
        Text { text: format!("{before}{name}{after}"), mention }
    }

    fn mention(&mut self, on: ObjectKind, object: i64, text: &Text) -> Result<(), StoreError> {
        let Some((start, length, who)) = text.mention else { return Ok(()) };
        let person = self.person_at(who);
        self.bulk.mention(&BulkMention { on, object, start, length, person })?;
        self.made.mentions += 1;
        Ok(())
    }
}
