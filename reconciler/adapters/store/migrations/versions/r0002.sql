-- What revision 0002 adds: what a fleet of workers needs. It stays as it is, as 0001 does.

CREATE TABLE buckets (
    key TEXT COLLATE "C" NOT NULL,
    full_at BIGINT NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE offers (
    fleet TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    until TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (fleet, name)
);

-- Of a fleet that is due as a whole, the most urgent are found without looking at all of it.
CREATE INDEX turns_urgent ON turns (fleet, cause, due_at);

-- What was sent since midnight is asked for before each write; a journal of years holds little of that.
CREATE INDEX intents_sent ON intents (coalesce(written_at, changed_at)) WHERE sent_at IS NOT NULL;
