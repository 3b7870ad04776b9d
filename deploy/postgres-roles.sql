-- Two accounts on PostgreSQL: one that owns the tables and brings each release's migrations, and casebook_service, under which
-- the servers run. The service adds to the ledger and reads it; it cannot change, remove or truncate what stands there, and
-- makes no tables.
--
--   casebook serve --db "postgres://owner@host/casebook?sslmode=verify-full"      once for each release, until it is ready
--   psql "postgres://owner@host/casebook?sslmode=verify-full" -f postgres-roles.sql  after it
--   casebook serve --db "postgres://casebook_service@host/casebook?sslmode=verify-full"
--
-- A server whose database lacks migrations does not start under the service's account. Give the account a password, or a
-- certificate of the database's authority (pg_hba.conf: cert; sslcert and sslkey in --db), as the host asks.
DO $$
DECLARE
	here text := current_schema();
	kept text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casebook_service') THEN
		CREATE ROLE casebook_service LOGIN;
	END IF;
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO casebook_service', here);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO casebook_service', here);
	EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO casebook_service', here);
	FOREACH kept IN ARRAY ARRAY['ledger_entry', 'ledger_index', 'ledger_node'] LOOP
		EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I.%I FROM casebook_service', here, kept);
	END LOOP;
	EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.goose_db_version FROM casebook_service', here);
END $$;
