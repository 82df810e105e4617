"""The tables that dead letters are kept in, and the statements on them."""

from __future__ import annotations

from lrcontrol.keeping.database import Kind

#: ``dropped`` of a stream is the last position whose letter was dropped for want of room: without
#: it a stream read again after a crash would bring dropped letters back in place of newer ones.
#: ``asked`` orders letters that are to be sent again; ``again`` says why that failed, until a
#: checkpoint has passed it.
TABLES = """
CREATE TABLE streams (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, origin TEXT NOT NULL, model TEXT NOT NULL,
    header BLOB NOT NULL, dropped INTEGER NOT NULL DEFAULT -1,
    UNIQUE (source, origin, model, header)) STRICT;
CREATE TABLE letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL, position INTEGER NOT NULL,
    reason TEXT NOT NULL, error TEXT NOT NULL, whole INTEGER NOT NULL, charge INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, asked INTEGER, again TEXT, error_again TEXT,
    message BLOB NOT NULL, UNIQUE (stream, position)) STRICT;
CREATE INDEX waiting ON letters (asked) WHERE asked IS NOT NULL;
CREATE TABLE counts (letters INTEGER, bytes INTEGER, dropped INTEGER, asked INTEGER) STRICT;
INSERT INTO counts VALUES (0, 0, 0, 0);
CREATE TRIGGER came AFTER INSERT ON letters BEGIN
    UPDATE counts SET letters = letters + 1, bytes = bytes + new.charge; END;
CREATE TRIGGER went AFTER DELETE ON letters BEGIN
    UPDATE counts SET letters = letters - 1, bytes = bytes - old.charge; END;
"""
KIND = Kind("dead letters", 0x4C524474, 1, TABLES)  # "LRDt"

FORGET = (
    "DELETE FROM streams WHERE id <= (SELECT max(id) FROM streams) - ? "
    "AND NOT EXISTS (SELECT 1 FROM letters WHERE stream = streams.id)"
)
INSERT = (
    "INSERT OR IGNORE INTO letters (stream, position, reason, error, whole, charge, message) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
COLUMNS = (
    "letters.id, source, origin, position, reason, error, message, model, whole, header, "
    "attempts "
    "FROM letters JOIN streams ON streams.id = stream"
)
