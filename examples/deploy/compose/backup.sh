#!/bin/sh
# A back-up of the database, made while everything runs. docs/backup.md says how one is restored, and what it does not know.
set -eu
umask 077
cd /backup
PGPASSWORD=$(cat /run/secrets/owner-password)
export PGPASSWORD
# Before the back-up, so that it is in it. Keep this line where the back-up is not: `history --verify --expect` asks for it.
psql --no-psqlrc --no-align --tuples-only --command "SELECT 'Head: ' || split_part(value, ' ', 2) FROM about WHERE key = 'ledger'"
name=reconciler-$(date -u +%Y-%m-%dT%H%M%SZ).dump
# Under another name until it is whole and was read again; one that broke off is not kept.
rm -f -- *.draft
pg_dump --format=custom --file "$name.draft"
pg_restore --list "$name.draft" > /dev/null
mv "$name.draft" "$name"
echo "Made $name."
# Those of two weeks stay, if there is one a day.
ls -1r reconciler-*.dump | tail -n +15 | xargs -r rm -f --
