#!/usr/bin/env bash
# Does with the other examples what their first lines tell their reader to do, and checks the answers. The quickstart has a
# script of its own. Needs bash, curl and openssl. Runs from anywhere, in a folder of its own, on free ports.
set -euo pipefail

cd "$(dirname "$0")"
cargo build --quiet -p custom-secret-store -p hyper-hmac -p sentry-store -p tonic-bearer -p webhook-github
programs=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug
folder=$(mktemp -d)
server=

finish() {
    local code=$?
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; fi
    if [ "$code" -ne 0 ] && [ -s "$folder/log" ]; then tail -n 40 "$folder/log" >&2; fi
    rm -rf "$folder"
    exit "$code"
}
trap finish EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# start EXAMPLE [ARGUMENT…]: returns once it listens; what it prints is in $folder/out.
start() {
    echo "── $1"
    : >"$folder/out"
    "$programs/$1" "${@:2}" >"$folder/out" 2>>"$folder/log" &
    server=$!
    for _ in $(seq 150); do
        address=$(grep -oE '127\.0\.0\.1:[0-9]+' "$folder/out" "$folder/log" -h 2>/dev/null | tail -n 1) || true
        if [ -n "$address" ] && (: <"/dev/tcp/${address/://}") 2>/dev/null; then return; fi
        kill -0 "$server" 2>/dev/null || fail "it did not start"
        sleep 0.1
    done
    fail "it does not listen"
}

# stop: it must end in good order.
stop() {
    local code=0
    kill -TERM "$server"
    wait "$server" || code=$?
    server=
    [ "$code" -eq 0 ] || fail "stopped with exit code $code"
    : >"$folder/log"
}

# expect STATUS WHAT COMMAND
expect() {
    local status
    status=$(bash -c "$3" 2>/dev/null | awk 'NR == 1 { print $2 }') || true
    [ "$status" = "$1" ] || fail "$2: status '$status' instead of $1, of: $3"
    echo "ok: $2: $1"
}

start custom-secret-store 127.0.0.1:0
line=$(grep '^curl ' "$folder/out")
expect 200 "as printed" "$line"
expect 401 "another secret" "${line/-hmac /-hmac x}"
expect 401 "another path" "$line?x=1"
stop

export GITHUB_WEBHOOK_SECRET='a secret for one try'
start webhook-github 127.0.0.1:0
line=$(grep '^curl ' "$folder/out")
expect 202 "as printed" "$line"
expect 401 "the same again" "$line"
expect 401 "another secret" "GITHUB_WEBHOOK_SECRET=other; $line"
stop
unset GITHUB_WEBHOOK_SECRET
code=0
"$programs/webhook-github" 127.0.0.1:0 >/dev/null 2>"$folder/err" || code=$?
[ "$code" -ne 0 ] || fail "it starts without a secret"
grep -q GITHUB_WEBHOOK_SECRET "$folder/err" || fail "it does not say what is missing"
echo "ok: $(tail -n 1 "$folder/err")"

start sentry-store --listen 127.0.0.1:0 --database "$folder/messages.sqlite"
line=$(grep '^curl ' "$folder/out")
expect 200 "as printed" "$line"
expect 403 "another key" "${line/-hmac /-hmac x}"
expect 401 "no credentials" "curl -i -X POST http://$address/store/"
expect 405 "another method" "curl -i http://$address/store/"
stop

export SHARED_SECRET='a secret that two programs share'
start hyper-hmac server 127.0.0.1:0
"$programs/hyper-hmac" client "http://$address/things?page=2" >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
"$programs/hyper-hmac" client "http://$address/things" '{"name": "first"}' >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
echo "ok: the client is let through"
if SHARED_SECRET='another one' "$programs/hyper-hmac" client "http://$address/things" >"$folder/answer" 2>&1; then
    fail "a client with another secret is let through"
fi
grep -q 401 "$folder/answer" || fail "$(cat "$folder/answer")"
echo "ok: a client with another secret is not"
stop

start tonic-bearer server 127.0.0.1:0
mapfile -t lines < <(grep '^TOKEN=' "$folder/out")
[ "${#lines[@]}" -eq 2 ] || fail "${#lines[@]} commands instead of 2"
for line in "${lines[@]}"; do
    bash -c "${line/cargo run -p tonic-bearer --/$programs/tonic-bearer}" >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
    grep -q Unauthenticated "$folder/answer" || fail "it does not show a refusal: $(cat "$folder/answer")"
    grep '^Open' "$folder/answer"
done
stop
