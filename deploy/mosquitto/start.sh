#!/bin/sh
# Starts the broker with private copies of its secrets: mosquitto warns about files that others can read, and
# later versions refuse them; but a mounted secret keeps the owner and mode it has on the host.
set -eu

home=${MOSQUITTO_HOME:-/mosquitto}
secrets=${MOSQUITTO_SECRETS:-/run/secrets}

umask 077
mkdir -p "$home/run"
cp "$home/config/acl" "$home/run/acl"
cp "$secrets/mosquitto_passwords" "$home/run/passwords"
cp "$secrets/mosquitto_certificate" "$home/run/server.crt"
cp "$secrets/mosquitto_key" "$home/run/server.key"
# options of the health check's mosquitto_sub, which looks for them in $XDG_CONFIG_HOME
cp "$secrets/mosquitto_healthcheck" "$home/run/mosquitto_sub"

exec "${MOSQUITTO:-mosquitto}" -c "$home/config/mosquitto.conf"
