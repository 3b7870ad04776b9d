#!/bin/bash
# Point in time on PostgreSQL: a base backup and the log since then bring the database back as it was at any moment that the log covers.
#
#   postgres-archive.sh setup   ARCHIVE              once: from now on the log is kept in ARCHIVE (then restart PostgreSQL)
#   postgres-archive.sh base    ARCHIVE              each night: a whole copy, verified; prints where it stands
#   postgres-archive.sh restore ARCHIVE TIME FOLDER  puts the newest copy before TIME into FOLDER, an empty data folder; started there,
#                                                    PostgreSQL replays the log up to TIME and stands still for a look
#   postgres-archive.sh keep    ARCHIVE DAYS         removes copies older than DAYS but the newest, and the log that only they need
#
# It speaks to PostgreSQL by the usual variables (PGHOST, PGPORT, PGUSER, PGPASSWORD) as somebody with the right of replication. ARCHIVE is
# another disk, better another machine. The keys (--keys) are not in the database: casebook backup has them. A file ARCHIVE/hold is a legal
# hold: while it is there, keep removes nothing.
set -eu -o pipefail
what=${1:?setup, base, restore or keep} archive=$(realpath -m "${2:?the folder of the archive}")
quoted() { printf "'%s'" "${1//\'/\'\'}"; }
case $what in
setup)
	mkdir -p "$archive/log" "$archive/base"
	# A file counts as kept when it is on the disk under its own name; one that is there already is never written over.
	keep="test ! -f '$archive/log/%f' && cp '%p' '$archive/log/%f.part' && sync '$archive/log/%f.part' && mv '$archive/log/%f.part' '$archive/log/%f' && sync '$archive/log'"
	psql -v ON_ERROR_STOP=1 -d postgres -c "ALTER SYSTEM SET archive_mode = on" -c "ALTER SYSTEM SET archive_timeout = '60s'" -c "ALTER SYSTEM SET archive_command = $(quoted "$keep")"
	echo "restart PostgreSQL, then: $0 base $archive" ;;
base)
	to=$archive/base/$(date -u +%Y-%m-%dT%H%M%SZ)
	pg_basebackup --pgdata "$to.part" --wal-method=stream --checkpoint=fast
	pg_verifybackup --quiet "$to.part"
	date -u +%s >"$to.part/casebook-ended" # it stands for moments after this
	mv "$to.part" "$to"
	echo "$to" ;;
restore)
	time=$(date -u -d "${3:?the moment, as 2026-03-02T09:30:00Z}" +%s) to=${4:?an empty folder} from=
	for base in "$archive"/base/*Z; do [ -f "$base/casebook-ended" ] && [ "$(cat "$base/casebook-ended")" -le "$time" ] && from=$base; done
	[ -n "$from" ] || { echo "there is no copy from before $3" >&2; exit 1; }
	mkdir -p "$to" && [ -z "$(ls -A "$to")" ] || { echo "$to is not empty" >&2; exit 1; }
	cp -a "$from/." "$to/" && rm "$to/casebook-ended" && chmod 700 "$to"
	{
		echo "archive_mode = off"
		echo "restore_command = $(quoted "cp '$archive/log/%f' '%p'")"
		echo "recovery_target_time = '$(date -u -d "@$time" '+%Y-%m-%d %H:%M:%S+00')'"
		echo "recovery_target_action = pause"
	} >>"$to/postgresql.auto.conf"
	touch "$to/recovery.signal"
	echo "start PostgreSQL on $to, look (it only reads), verify, and then: SELECT pg_wal_replay_resume()" ;;
keep)
	days=${3:?how many days}
	[ ! -e "$archive/hold" ] || { echo "held: $archive/hold is there, nothing is removed"; exit 0; }
	mapfile -t bases < <(find "$archive/base" -mindepth 1 -maxdepth 1 -name '*Z' | sort)
	kept=("${bases[@]}")
	for base in "${bases[@]:0:$((${#bases[@]} > 0 ? ${#bases[@]} - 1 : 0))}"; do
		[ "$(cat "$base/casebook-ended")" -ge "$(date -u -d "$days days ago" +%s)" ] || { rm -rf "$base"; kept=("${kept[@]:1}"); }
	done
	[ ${#kept[@]} -eq 0 ] || pg_archivecleanup "$archive/log" "$(sed -n 's/.*file \([0-9A-F]*\)).*/\1/p' "${kept[0]}/backup_label" | head -1)" ;;
*) echo "setup, base, restore or keep" >&2; exit 2 ;;
esac
