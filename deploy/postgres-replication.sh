#!/bin/bash
# Lets the replica follow. It runs once, when the cluster is made.
set -eu
echo "host replication casebook samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "ALTER ROLE casebook REPLICATION"
