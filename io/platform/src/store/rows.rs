//! What rows mean: closed enums over the texts in the file.

use serde::{Deserialize, Serialize};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// The text in the file and in JSON.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.text().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<Self> {
                match value.as_str()? {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(rusqlite::types::FromSqlError::InvalidType),
                }
            }
        }
    };
}
pub(crate) use text_enum;

text_enum!(
    /// Publication state of a post.
    PostState {
        /// Visible to the group.
        Published = "published",
        /// Being written.
        Draft = "draft",
        /// Uploaded, never shared.
        Unposted = "unposted",
        /// Gone; the row keeps the id only.
        Deleted = "deleted",
    }
);

text_enum!(
    /// What kind of place posts stand in.
    ForumKind {
        /// A group with admins and members.
        Group = "group",
        /// A person's own timeline.
        Wall = "wall",
        /// A person's photo album.
        Album = "album",
    }
);

text_enum!(
    /// A person's role in a group.
    Role {
        /// Plain member.
        Member = "member",
        /// Admin, who is a member too.
        Admin = "admin",
    }
);

text_enum!(
    /// What a mention or reaction stands on.
    ObjectKind {
        /// A post.
        Post = "post",
        /// A comment.
        Comment = "comment",
    }
);

text_enum!(
    /// Kind of a media object.
    MediaKind {
        /// A photo in a post.
        Photo = "photo",
        /// A video in a post.
        Video = "video",
        /// A profile picture.
        Picture = "picture",
    }
);

/// One person's place in one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The role.
    pub role: Role,
    /// Joined, in milliseconds since 1970.
    pub joined_at: i64,
}
