-- The inbox as a whole is what is still to do: what is done has a shelf of its own, which only grows.
DROP INDEX request_moved;
CREATE INDEX request_live ON request (moved DESC, id) WHERE shelf <> 'done';
