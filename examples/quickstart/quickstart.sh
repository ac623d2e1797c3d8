#!/usr/bin/env bash
# Does what the quickstart tells its reader to do, and checks the answers: runs every printed command as it is printed, then
# tampers with each; starts again on the same file; stops it while a request is in progress; offers it bad files.
# Needs bash, curl and openssl. Runs from anywhere, in a folder of its own, on a free port.
set -euo pipefail

cd "$(dirname "$0")"
cargo build --quiet --package quickstart
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
program=$target/debug/quickstart
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

# start ADDRESS [OPTION…]: returns once it listens; what it prints is in $folder/out.
start() {
    : >"$folder/out"
    "$program" --database "$folder/demo.sqlite" --listen "$@" >"$folder/out" 2>>"$folder/log" &
    server=$!
    for _ in $(seq 150); do
        if grep -q '^listening on ' "$folder/out"; then
            address=$(sed -n 's/^listening on //p' "$folder/out")
            return
        fi
        kill -0 "$server" 2>/dev/null || fail "it did not start"
        sleep 0.1
    done
    fail "it does not listen"
}

# Waits for the end of a server that was told to stop.
stopped() {
    local code=0
    wait "$server" || code=$?
    server=
    [ "$code" -eq 0 ] || fail "stopped with exit code $code"
}

# expect STATUS WHAT COMMAND [SHELL]
expect() {
    local status
    status=$("${4:-bash}" -c "$3" 2>/dev/null | awk 'NR == 1 { print $2 }') || true
    [ "$status" = "$1" ] || fail "$2: status '$status' instead of $1, of: $3"
    echo "ok: $2: $1"
}

# tampered WHAT SED-SCRIPT COMMAND: the command must change, and be refused.
tampered() {
    local command
    command=$(sed "$2" <<<"$3")
    [ "$command" != "$3" ] || fail "$1: nothing was changed in: $3"
    expect 401 "$1" "$command"
}

# refused WHAT FILE: it must not start on this file, nor change it.
refused() {
    local before code=0
    before=$(cksum <"$2")
    timeout 30 "$program" --listen 127.0.0.1:0 --database "$2" >"$folder/out" 2>"$folder/err" || code=$?
    [ "$code" -eq 1 ] || fail "$1: exit code $code"
    grep -q "^error: the database $2 " "$folder/err" || fail "$1: it says: $(cat "$folder/err")"
    [ "$(cksum <"$2")" = "$before" ] || fail "$1: the file was changed"
    echo "ok: $1: $(cat "$folder/err")"
}

# ── the first start ──────────────────────────────────────────────────────────────────────────────────────────────────
start 127.0.0.1:0
mapfile -t first < <(grep '^curl ' "$folder/out")
[ "${#first[@]}" -eq 4 ] || fail "${#first[@]} commands instead of 4"
get=${first[0]} post=${first[1]} message=${first[2]} bearer=${first[3]}
secret=$(sed 's/.* -hmac \([0-9a-f]*\) .*/\1/' <<<"$get")
token=$(sed "s/.*Bearer \([^']*\)'.*/\1/" <<<"$bearer")
[ "${#secret}" -eq 64 ] || fail "the secret has ${#secret} characters"

for shell in bash sh; do
    expect 200 "signed, in $shell" "$get" "$shell"
    expect 200 "signed with a body, in $shell" "$post" "$shell"
    expect 200 "a message, in $shell" "$message" "$shell"
    expect 200 "with the token, in $shell" "$bearer" "$shell"
    sleep 1.1 # the next message is another one
done
same=$(sed 's/date +%s/printf '"$(date +%s)/" <<<"$message")
expect 200 "a message" "$same"
expect 403 "the same message again" "$same"
bash -c "$get" 2>/dev/null | grep -q '"authenticated":"demo","body":null,"covered":\["method","path","query","body"\]' ||
    fail "it does not say who signed"
bash -c "$bearer" 2>/dev/null | grep -q '"authenticated":"demo-user".*"scope":"demo:read"' || fail "it does not say whose token"

# ── tampered with ────────────────────────────────────────────────────────────────────────────────────────────────────
tampered "another query" 's/$/?admin=1/' "$get"
tampered "another path" 's/$/s/' "$get"
tampered "another method" 's/$/ -X DELETE/' "$get"
tampered "another secret" 's/-hmac ./-hmac x/' "$get"
tampered "another key" 's/V2 demo/V2 demi/' "$get"
tampered "another body" "s/-d '{\"hello\"/-d '{\"hallo\"/" "$post"
tampered "no body" "s/-d '[^']*'/-X POST/" "$post"
tampered "the signature of another request" 's/whoami$/echo/' "$get"
tampered "no signature" 's/Authorization/X-Nothing/' "$get"
tampered "another token" 's/demo_......./demo_aaaaaaa/' "$bearer"
tampered "no token" 's/Authorization/X-Nothing/' "$bearer"
tampered "the token for a signature" 's#/api/#/hmac/#' "$bearer"
tampered "a signature for the token" 's#/hmac/whoami$#/api/whoami#' "$get"

status_of_forged=$(bash -c "${message/-hmac /-hmac x}" 2>/dev/null | awk 'NR == 1 { print $2 }')
[ "$status_of_forged" = 403 ] || fail "a forged message: status $status_of_forged"

grep -q 'bad signature' "$folder/log" || fail "the log does not say why"
grep -q 'unknown token' "$folder/log" || fail "the log does not say why"
if grep -qF -e "$secret" -e "$token" "$folder/log"; then fail "the log has a secret in it"; fi
if grep -qaF "$token" "$folder"/demo.sqlite*; then fail "the database has the token in it"; fi

# ── a second server on the same address ──────────────────────────────────────────────────────────────────────────────
code=0
timeout 30 "$program" --listen "$address" --database "$folder/other.sqlite" >/dev/null 2>"$folder/err" || code=$?
if [ "$code" -ne 1 ] || ! grep -q "^error: cannot listen on $address: " "$folder/err"; then fail "a taken port: exit code $code"; fi
[ ! -e "$folder/other.sqlite" ] || fail "a taken port: a database was made all the same"
echo "ok: $(cat "$folder/err")"

# ── stopped while a request is in progress, and started again ────────────────────────────────────────────────────────
slow=$(sed "s/-d '[^']*'/-X POST -T -/" <<<"$post")
(printf '{"hello"'; sleep 2; printf ':"world"}') | bash -c "$slow" >"$folder/slow" 2>/dev/null &
upload=$!
sleep 1
kill -TERM "$server"
wait "$upload" || fail "the request in progress was cut off"
grep -q '^HTTP/1.1 200' "$folder/slow" || fail "the request in progress: $(cat "$folder/slow")"
echo "ok: the request in progress was answered"
stopped

start "$address"
grep -q '^Using .* which was there' "$folder/out" || fail "it does not say that it uses the same file"
grep -q -e '--new-token' "$folder/out" || fail "it does not say how to issue another token"
if grep -qF "$token" "$folder/out"; then fail "it knows the token"; fi
[ "$(grep -c '^curl ' "$folder/out")" -eq 3 ] || fail "it does not print the three signed commands"
[ "$(grep '^curl ' "$folder/out")" = "$get"$'\n'"$post"$'\n'"$message" ] || fail "the signed commands are others than before"
expect 403 "the same message, after the restart" "$same"
expect 200 "signed, after the restart" "$get"
expect 200 "with the token, after the restart" "$bearer"
kill -TERM "$server"
stopped

start "$address" --new-token
another=$(grep '^curl .*Bearer' "$folder/out") || fail "there is no new token"
[ "$another" != "$bearer" ] || fail "the new token is the old one"
expect 200 "with the new token" "$another"
expect 200 "with the old token" "$bearer"
kill -INT "$server"
stopped

# ── bad files ────────────────────────────────────────────────────────────────────────────────────────────────────────
: >"$folder/empty.sqlite"
refused "an empty file" "$folder/empty.sqlite"
echo "Dear diary" >"$folder/diary.sqlite"
refused "something else" "$folder/diary.sqlite"
{ printf 'SQLite format 3\0'; head -c 4080 /dev/zero; } >"$folder/foreign.sqlite"
refused "another program's database" "$folder/foreign.sqlite"
head -c 20000 "$folder/demo.sqlite" >"$folder/half.sqlite"
refused "half a database" "$folder/half.sqlite"

echo "all is well"
