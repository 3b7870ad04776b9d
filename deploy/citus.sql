-- PostgreSQL distributed by study, with the extension Citus (a server of its own, under its own licence). Run once on the
-- coordinator, before the program is started for the first time or on an installation that has grown:
--   psql "$COORDINATOR" -v ON_ERROR_STOP=1 -v coordinator=db0 -v workers=db1,db2 -f deploy/citus.sql
-- Every server has shared_preload_libraries = 'citus' and the extension in the database of the same name, lets the others in
-- (pg_hba.conf, ~/.pgpass), and has fsync, full_page_writes and synchronous_commit on: the program looks, on the workers too.
--
-- The tables are handed out by the program itself, after each of its migrations, since each may bring new ones: by study_id,
-- beside each other; those that belong to no study are on every worker. Rows that are there are moved, under a lock, so start
-- one process alone the first time and let it finish.
CREATE EXTENSION IF NOT EXISTS citus;
SELECT citus_set_coordinator_host(:'coordinator', 5432);
SELECT citus_add_node(worker, 5432) FROM unnest(string_to_array(:'workers', ',')) worker;
-- A study lies on one worker, and its neighbours may be moved: SELECT citus_rebalance_start();
ALTER SYSTEM SET citus.shard_count = 64;
SELECT pg_reload_conf();
-- What must be said of every worker before the program starts: three times on.
SELECT nodename, result FROM run_command_on_workers($$SELECT string_agg(name || ' ' || setting, ', ' ORDER BY name) FROM pg_settings
	WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')$$);
