#!/bin/sh
# Makes every secret of this installation: random passwords, the broker's password file, a private certificate
# authority and the broker's certificate. Nothing has a default, nothing is overwritten.
#
#   deploy/make-secrets.sh --host mqtt.plant.lan --host 192.168.10.5
#   deploy/make-secrets.sh --add-users          passwords for users that are new in the ACL
#   deploy/make-secrets.sh --renew --host ...   a new broker certificate from the same authority
#
# Options: --out FOLDER (deploy/secrets), --acl FILE (deploy/mosquitto/acl)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$here/secrets
acl=$here/mosquitto/acl
mode=all
hosts=

fail() { echo "make-secrets: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --host) [ $# -ge 2 ] || fail "--host needs a name or address"; hosts="$hosts $2"; shift 2 ;;
        --out) [ $# -ge 2 ] || fail "--out needs a folder"; out=$2; shift 2 ;;
        --acl) [ $# -ge 2 ] || fail "--acl needs a file"; acl=$2; shift 2 ;;
        --add-users) mode=users; shift ;;
        --renew) mode=renew; shift ;;
        *) fail "unknown option $1 (see the first lines of $0)" ;;
    esac
done

command -v openssl >/dev/null || fail "openssl is needed"
[ -r "$acl" ] || fail "there is no ACL $acl"

# The folder is closed to everybody else; the files in it are readable, because a mounted secret keeps its mode
# and the users inside the containers have other ids.
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# put FILE NAME: a finished file into its place
put() {
    chmod "${3:-0444}" "$1"
    mv -f "$1" "$to/$2"
}

# secret NAME: a random one
secret() {
    openssl rand -hex 24 >"$work/secret"
    put "$work/secret" "$1"
}

users() {
    awk '$1 == "user" { print $2 }' "$acl"
}

alternative_names() {
    printf 'DNS:mosquitto,DNS:localhost,IP:127.0.0.1'
    for host in $hosts; do
        case $host in
            *:*) printf ',IP:%s' "$host" ;;
            *[!0-9.]*) printf ',DNS:%s' "$host" ;;
            *) printf ',IP:%s' "$host" ;;
        esac
    done
}

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 \
        -subj "/CN=Wastenot plant authority" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null || fail "no certificate authority could be made"
    put "$work/ca.key" ca.key 0400
    put "$work/ca.crt" ca.crt
}

certificate() {
    {
        echo "basicConstraints=critical,CA:FALSE"
        echo "keyUsage=critical,digitalSignature"
        echo "extendedKeyUsage=serverAuth"
        echo "subjectAltName=$(alternative_names)"
    } >"$work/extensions"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=mosquitto" \
        -keyout "$work/key" -out "$work/request" 2>/dev/null || fail "no key could be made"
    openssl x509 -req -in "$work/request" -CA "$to/ca.crt" -CAkey "$to/ca.key" -days 1095 \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$work/extensions" -out "$work/certificate" \
        2>/dev/null || fail "no certificate could be made: is one of the hosts misspelt ($hosts )?"
    put "$work/key" mosquitto.key
    put "$work/certificate" mosquitto.crt
}

# hash FILE: turns user:password lines into mosquitto's own form, without showing a password to `ps`
hash() {
    passwd=$(PATH="$PATH:/usr/sbin" command -v mosquitto_passwd || true)
    if [ -n "$passwd" ]; then
        "$passwd" -U "$1"
    elif command -v docker >/dev/null; then
        docker run --rm --user "$(id -u):$(id -g)" --volume "$(dirname "$1"):/secrets" \
            "eclipse-mosquitto:${MOSQUITTO_VERSION:-2.0.22}" mosquitto_passwd -U "/secrets/$(basename "$1")"
    else
        fail "mosquitto_passwd is needed (package mosquitto), or docker"
    fi
}

# One password per user of the ACL, and the broker's file of all of them.
passwords() {
    mkdir -p "$to/mqtt"
    for user in $(users); do
        case $user in *[!A-Za-z0-9_.-]*) fail "the ACL's user $user: letters, digits, _ . - only" ;; esac
        [ -e "$to/mqtt/$user" ] || secret "mqtt/$user"
        echo "$user:$(cat "$to/mqtt/$user")" >>"$work/passwords"
    done
    hash "$work/passwords"
    put "$work/passwords" mosquitto.passwords
    printf -- '-u healthcheck\n-P %s\n' "$(cat "$to/mqtt/healthcheck")" >"$work/healthcheck"
    put "$work/healthcheck" mosquitto.healthcheck
}

made() { [ -e "$out/ca.crt" ] || [ -e "$out/mosquitto.passwords" ] || [ -e "$out/postgres_password" ]; }

to=$out
case $mode in
    all)
        ! made || fail "$out has secrets already: they are never overwritten (--add-users, --renew)"
        mkdir -p "$out"
        chmod 0700 "$out"
        to=$(mktemp -d "$out/making.XXXXXX") # all of them, or none
        trap 'rm -rf "$work" "$to"' EXIT
        authority
        certificate
        passwords
        for name in influx_admin_password influx_admin_token postgres_password; do secret "$name"; done
        mv "$to"/* "$out"
        echo "Made in $out. Give each gateway its password (mqtt/line-...) and ca.crt; keep ca.key off the plant."
        ;;
    users)
        made || fail "$out has no secrets yet: run it without --add-users first"
        passwords
        echo "The broker's password file is new: restart the broker."
        ;;
    renew)
        [ -r "$out/ca.key" ] || fail "the authority's key $out/ca.key is not here"
        certificate
        echo "The broker's certificate is new: restart the broker."
        ;;
esac
