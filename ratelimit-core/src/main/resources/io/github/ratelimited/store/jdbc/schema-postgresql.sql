CREATE TABLE IF NOT EXISTS @@tableName@@ (
    id       varchar(128) COLLATE "C" NOT NULL PRIMARY KEY,
    numbers  varchar(64)  NOT NULL, -- the limit: algorithm, permits, period in ns, burst
    step     bigint       NOT NULL, -- the same as a vessel that drains: each so many ns
    drain    bigint       NOT NULL, -- by so much
    capacity bigint       NOT NULL, -- and holds so much
    birth    bigint       NOT NULL, -- ns since the epoch
    moment   bigint       NOT NULL, -- ns since the epoch, at which the level was
    state    bigint       NOT NULL, -- the level
    granted  integer      NOT NULL, -- requests, by the last statement
    log      bytea,                 -- the calls of a sliding window
    expires  bigint       NOT NULL  -- minutes since the epoch, after which the row means nothing
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS @@indexName@@ ON @@tableName@@ (expires);
