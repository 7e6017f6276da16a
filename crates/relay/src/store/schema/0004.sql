-- The highest time seen, so that a clock set back between two starts is noticed.
CREATE TABLE clock (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    high INTEGER NOT NULL                    -- UTC seconds
);

-- Quotas count what stays of a box until it is forgotten, and the headers of webhooks.
DROP TRIGGER delivery_added;
DROP TRIGGER delivery_gone;
CREATE TRIGGER delivery_added AFTER INSERT ON delivery BEGIN
    UPDATE used SET deliveries = deliveries + 1, bytes = bytes + max(length(NEW.body) + length(NEW.headers), 4096)
    WHERE desk = NEW.desk;
END;
CREATE TRIGGER delivery_gone AFTER DELETE ON delivery BEGIN
    UPDATE used SET deliveries = deliveries - 1, bytes = bytes - max(length(OLD.body) + length(OLD.headers), 4096)
    WHERE desk = OLD.desk;
END;
CREATE TRIGGER request_added AFTER INSERT ON sealed_request BEGIN
    UPDATE used SET bytes = bytes + length(NEW.bytes) WHERE desk = (SELECT desk FROM box WHERE n = NEW.box);
END;
CREATE TRIGGER request_gone AFTER DELETE ON sealed_request BEGIN
    UPDATE used SET bytes = bytes - length(OLD.bytes) WHERE desk = (SELECT desk FROM box WHERE n = OLD.box);
END;
CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
    UPDATE used SET bytes = bytes + length(NEW.bytes) WHERE desk = (SELECT desk FROM box WHERE n = NEW.box);
END;
CREATE TRIGGER note_gone AFTER DELETE ON note BEGIN
    UPDATE used SET bytes = bytes - length(OLD.bytes) WHERE desk = (SELECT desk FROM box WHERE n = OLD.box);
END;

-- These hold a helpdesk's secret in clear; of new ones only the hash is kept. The desk hears that they are lost.
UPDATE desk SET dropped = dropped +
    (SELECT count(*) FROM delivery WHERE desk = desk.n AND headers LIKE '%"x-cloakroom-secret"%');
DELETE FROM delivery WHERE headers LIKE '%"x-cloakroom-secret"%';

UPDATE used SET bytes =
    (SELECT coalesce(sum(held), 0) FROM box WHERE box.desk = used.desk)
    + (SELECT coalesce(sum(length(bytes)), 0) FROM sealed_request JOIN box ON n = box WHERE box.desk = used.desk)
    + (SELECT coalesce(sum(length(bytes)), 0) FROM note JOIN box ON n = box WHERE box.desk = used.desk)
    + (SELECT coalesce(sum(max(length(body) + length(headers), 4096)), 0) FROM delivery
       WHERE delivery.desk = used.desk);
