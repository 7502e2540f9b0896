-- The same community in PostgreSQL, as an experienced team would build it: rows hidden by row-level security, people masked by a view that
-- obeys it, the app named by a setting of the connection, every look-up along an index.
CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL, picture bigint);
CREATE TABLE forum (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (
  id bigint PRIMARY KEY, forum_id bigint NOT NULL REFERENCES forum, author_id bigint NOT NULL REFERENCES person,
  created_at bigint NOT NULL, state text NOT NULL, text text NOT NULL,
  comment_count int NOT NULL, reaction_count int NOT NULL);
CREATE TABLE installation (
  id int PRIMARY KEY, app_id int NOT NULL, forum_id bigint NOT NULL REFERENCES forum, classes int NOT NULL, ended_at timestamptz);
-- Classes: 1 id, 2 name, 4 picture.
CREATE TABLE opt_in (
  person_id bigint NOT NULL REFERENCES person, installation_id int NOT NULL REFERENCES installation, classes int NOT NULL,
  PRIMARY KEY (installation_id, person_id));
CREATE TABLE setting (person_id bigint PRIMARY KEY REFERENCES person, blocked int NOT NULL);
CREATE TABLE ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), app_id int NOT NULL,
  installation_id int NOT NULL, post_id bigint NOT NULL, author_id bigint NOT NULL, classes int NOT NULL);

\copy person FROM 'person.tsv'
\copy forum FROM 'forum.tsv'
\copy post FROM 'post.tsv'
\copy installation (id, app_id, forum_id, classes) FROM 'installation.tsv'
\copy opt_in FROM 'opt_in.tsv'
\copy setting FROM 'setting.tsv'

CREATE INDEX post_page ON post (forum_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX installation_of ON installation (forum_id, app_id) WHERE ended_at IS NULL;

CREATE ROLE partner LOGIN;
GRANT SELECT ON person, forum, post, installation, opt_in, setting TO partner;
GRANT INSERT ON ledger TO partner;

ALTER TABLE installation ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON installation FOR SELECT TO partner
  USING (app_id = current_setting('bench.app')::int AND ended_at IS NULL);
ALTER TABLE post ENABLE ROW LEVEL SECURITY;
CREATE POLICY installed ON post FOR SELECT TO partner
  USING (state = 'published' AND EXISTS (
    SELECT FROM installation i
    WHERE i.forum_id = post.forum_id AND i.app_id = current_setting('bench.app')::int AND i.ended_at IS NULL));

CREATE VIEW shown WITH (security_invoker = true) AS
  SELECT p.id, p.forum_id, p.created_at, p.text, p.comment_count, p.reaction_count, i.id AS installation_id, p.author_id AS author,
    c.classes, CASE WHEN c.classes & 1 <> 0 THEN a.id END AS author_id, CASE WHEN c.classes & 2 <> 0 THEN a.name END AS author_name,
    CASE WHEN c.classes & 4 <> 0 THEN a.picture END AS author_picture
  FROM post p
  JOIN installation i ON i.forum_id = p.forum_id AND i.app_id = current_setting('bench.app')::int AND i.ended_at IS NULL
  JOIN person a ON a.id = p.author_id
  LEFT JOIN opt_in o ON o.installation_id = i.id AND o.person_id = p.author_id
  LEFT JOIN setting s ON s.person_id = p.author_id
  CROSS JOIN LATERAL (SELECT COALESCE(o.classes, 0) & i.classes & ~COALESCE(s.blocked, 0)) AS c (classes);
GRANT SELECT ON shown TO partner;
VACUUM ANALYZE;
