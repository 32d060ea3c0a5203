-- Whose it is: the name of a key. What was kept before is nobody's: it is there where there are no keys.
ALTER TABLE conversations ADD COLUMN owner TEXT;

CREATE INDEX conversations_of_owner ON conversations (owner, number);
