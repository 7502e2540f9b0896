\set forum random(:first, :last)
SELECT id, created_at, text, comment_count, reaction_count, author_id, author_name, author_picture FROM shown WHERE forum_id = :forum ORDER BY created_at DESC, id DESC LIMIT 25;
