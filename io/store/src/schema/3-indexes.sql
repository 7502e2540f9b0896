-- The latest events of one kind, without walking over every control event. Disclosures are not in it: writing one costs nothing.
CREATE INDEX entry_kind ON entry (kind) WHERE kind >= 16;
-- The members of one context, without walking over everybody's.
CREATE INDEX member_of ON member (context, person);
