#!/bin/sh
# Makes two tokens for the bucket: one that can only write, one that can only read. Can be run again: a token
# that is there and known to the server stays as it is. Delete a token file and run it again to get a new one.
#
# Needs: INFLUX_HOST, INFLUX_ORG, INFLUX_BUCKET, INFLUX_TOKEN_FILE (the operator's token),
#        WRITE_DIR and READ_DIR (where the files called `token` go).
set -eu

INFLUX_TOKEN=$(cat "$INFLUX_TOKEN_FILE")
export INFLUX_TOKEN
umask 022

say() { echo "make-tokens: $*" >&2; }

attempt=0
until influx ping >/dev/null 2>&1; do
    attempt=$((attempt + 1))
    if [ "$attempt" -ge "${ATTEMPTS:-60}" ]; then
        say "InfluxDB does not answer at $INFLUX_HOST"
        exit 1
    fi
    sleep 1
done

bucket=$(influx bucket list --name "$INFLUX_BUCKET" --hide-headers | awk 'NR == 1 { print $1 }')
if [ -z "$bucket" ]; then
    say "there is no bucket $INFLUX_BUCKET in $INFLUX_ORG"
    exit 1
fi

# make NAME PERMISSION FILE
make() {
    known=$(influx auth list --hide-headers | awk -v name="$1" '$2 == name { print $1 }')
    if [ -s "$3" ] && [ -n "$known" ]; then
        say "$1 is there"
        return
    fi
    for id in $known; do # its text cannot be had again
        influx auth delete --id "$id" >/dev/null
    done
    token=$(influx auth create --description "$1" "$2" "$bucket" --json |
        sed -n 's/.*"token"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p')
    if [ -z "$token" ]; then
        say "InfluxDB gave no token for $1"
        exit 1
    fi
    # the folder is mounted only where the token is needed; users inside containers have other ids
    printf '%s\n' "$token" >"$3.new"
    chmod 0444 "$3.new"
    mv "$3.new" "$3"
    say "$1 is made"
}

make wastenot-write --write-bucket "$WRITE_DIR/token"
make wastenot-read --read-bucket "$READ_DIR/token"
