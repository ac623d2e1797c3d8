#!/usr/bin/env bash
# Does with the other examples what their first lines tell their reader to do, and checks the answers. The quickstart has a
# script of its own. Needs bash, curl and openssl. Runs from anywhere, in a folder of its own, on free ports.
set -euo pipefail

cd "$(dirname "$0")"
cargo build --quiet -p custom-scheme -p custom-secret-store -p hyper-hmac -p dev-toolbar -p sentry-store -p token-service -p tonic-bearer -p webhook-github \
    -p grpc-signed -p signed-api -p webhooks
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

# field NAME: of the JSON object on stdin.
field() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

# expect STATUS WHAT COMMAND
expect() {
    local status
    status=$(bash -c "$3" 2>/dev/null | awk 'NR == 1 { print $2 }') || true
    [ "$status" = "$1" ] || fail "$2: status '$status' instead of $1, of: $3"
    echo "ok: $2: $1"
}

start custom-scheme 127.0.0.1:0
line=$(grep '^TIME=' "$folder/out")
expect 200 "as printed" "$line"
expect 401 "another secret" "${line/-hmac /-hmac x}"
expect 401 "another body" "${line/-d \'a pot/-d \'two pots}"
expect 401 "an old time" "${line/'$(date +%s)'/1700000000}"
stop

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

start webhooks --listen 127.0.0.1:0 --store "sqlite:$folder/webhooks.sqlite"
eval "$(grep '^export ' "$folder/out")"
mapfile -t lines < <(grep 'curl -i' "$folder/out")
[ "${#lines[@]}" -eq 4 ] || fail "${#lines[@]} commands instead of 4"
wrong='GITHUB_SECRET=x STRIPE_SECRET=x SLACK_SECRET=x STANDARD_SECRET=whsec_eHh4'
for line in "${lines[@]}"; do
    provider=${line##*/}
    expect 200 "$provider, as printed" "$line"
    expect 401 "$provider, another secret" "$wrong; $line"
    expect 401 "$provider, another body" "${line/ -d \'\{/ -d \'\{ }"
done
expect 401 "the same delivery again" "${lines[0]}"
expect 401 "another provider's route" "${lines[0]/%github/slack}"
stop
start webhooks --listen 127.0.0.1:0 --store "sqlite:$folder/webhooks.sqlite"
! grep -q '^export ' "$folder/out" || fail "a second start shows the secrets"
expect 401 "the same delivery after a restart" "$(grep -m 1 'curl -i' "$folder/out")"
stop
unset GITHUB_SECRET STRIPE_SECRET SLACK_SECRET STANDARD_SECRET

unset "${!SENTRY_@}"
cargo run --quiet -p sentry-store -- --help | grep -q -- --database || fail "cargo run is not the server"
start sentry-store --listen 127.0.0.1:0 --database "$folder/events.sqlite" --key-file "$folder/its key"
printed=$(grep '^cargo run' "$folder/out")
send=${printed/cargo run -p sentry-store --bin send-event --/$programs/send-event}
[ "$send" != "$printed" ] || fail "it prints another command: $printed"
page() { curl -fsS "http://$address$1"; }
[ "$(page / | sed -n "s/&#34;/\"/g; s/&#39;/'/g; s/.*<code>\(cargo .*\)<\/code>.*/\1/p")" = "$printed" ] || fail "the page shows another command"
# send_event MESSAGE [OPTION…]: as printed, with another message.
send_event() { bash -c "${send% *} \"\$@\"" - "${@:2}" -- "$1" >"$folder/answer" 2>&1; }

# A stream from the beginning on: it has everything that comes, whenever it is connected.
exec {stream}< <(curl -sSN --max-time 120 "http://$address/live?after=0")
# arrives TEXT: the next lines of the stream have it.
arrives() {
    local line
    while read -r -t 20 -u "$stream" line; do
        if [[ $line == *"$1"* ]]; then echo "ok: arrives at the page: $1"; return; fi
    done
    fail "it does not arrive: $1"
}
bash -c "$send" >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
arrives '>hello</span>'
send_event '<script>alert(1)</script>' --level warning --extra "a=1" || fail "$(cat "$folder/answer")"
arrives '&#60;script&#62;alert(1)&#60;/script&#62;'
page / >"$folder/answer"
grep -qF '&#60;script&#62;alert(1)&#60;/script&#62;' "$folder/answer" || fail "the page does not list it"
! grep -F '<script>alert' "$folder/answer" || fail "the page does not escape it"
echo "ok: the page lists it, escaped"
line=$(grep '^curl ' "$folder/out")
expect 200 "curl, as printed" "$line"
expect 403 "another key" "${line/-hmac /-hmac x}"
expect 401 "no credentials" "curl -i -X POST http://$address/store/"
expect 405 "another method" "curl -i http://$address/store/"
expect 404 "an event that is not there" "curl -i http://$address/events/999"
expect 421 "another name" "curl -i -H 'Host: attacker.test' http://$address/"

for number in $(seq 50); do send_event "number $number" || fail "$(cat "$folder/answer")"; done
arrives '>number 50<'
listed() { page "$1" | grep -c 'href="/events/'; }
older=$(page / | sed -n 's/.*id="older".* href="\([^"]*\)".*/\1/p')
[ "$(listed /)" -eq 50 ] && [ "$(listed "$older")" -eq 3 ] || fail "pages of $(listed /) and, at '$older', $(listed "$older")"
echo "ok: 53 events on two pages"

# refused CODE TEXT COMMAND…
refused() {
    local code=0
    "${@:3}" >"$folder/answer" 2>&1 || code=$?
    [ "$code" -eq "$1" ] || fail "exit code $code instead of $1: $(cat "$folder/answer")"
    grep -qF -- "$2" "$folder/answer" || fail "it does not say '$2': $(cat "$folder/answer")"
    echo "ok: exit code $1: $(head -n 1 "$folder/answer")"
}
refused 1 '403 Forbidden (Invalid signature)' env SENTRY_KEY=another "$programs/send-event" --url "http://$address/store/" x
refused 1 '405 Method Not Allowed' env SENTRY_KEY=another "$programs/send-event" --url "http://$address/" x
refused 1 'SENTRY_KEY is not set' "$programs/send-event" --key-file "$folder/nowhere" x
refused 2 '--level' "$programs/send-event" --level loud x
refused 0 'SENTRY_KEY in the environment' "$programs/send-event" --help
# It stops although a page is open.
stop
exec {stream}<&-
start sentry-store --listen 127.0.0.1:0 --database "$folder/events.sqlite" --key-file "$folder/its key"
grep -q 'holds 53 events' "$folder/out" || fail "after a restart: $(head -n 1 "$folder/out")"
expect 200 "after a restart, as printed" "$(grep '^curl ' "$folder/out")"
stop

start dev-toolbar --listen 127.0.0.1:0 --customer-listen 127.0.0.1:0 --database "$folder/toolbar.sqlite"
customer=$(sed -n 's/^the customer.* \(http.*\)\/$/\1/p' "$folder/out")
client=$(curl -fsS "$customer/" | sed -n 's/.*client-id="\([^"]*\)".*/\1/p')
[ -n "$client" ] || fail "the customer's page has no toolbar"
metadata=$(curl -fsS "http://$address/.well-known/oauth-authorization-server")
[ "$(field issuer <<<"$metadata")" = "http://$address" ] || fail "it goes by another name: $metadata"
[[ $metadata == *'"code_challenge_methods_supported":["S256"]'* ]] || fail "PKCE is not said to be wanted: $metadata"
echo "ok: the metadata"

projects=api/0/organizations/acme/projects/
# preflight ORIGIN: may a page of it send a token?
preflight() {
    curl -fsS -i -X OPTIONS -H "Origin: $1" -H 'Access-Control-Request-Method: GET' \
        -H 'Access-Control-Request-Headers: authorization' "http://$address/$projects" | grep -qi "^access-control-allow-origin: $1"
}
preflight "$customer" || fail "the customer's page may not ask"
! preflight http://attacker.test || fail "any page may ask"
echo "ok: preflights of registered origins, and of no others"
expect 401 "no token" "curl -i http://$address/$projects"
expect 401 "a token that is none" "curl -i -H 'Authorization: Bearer nl_x' http://$address/$projects"
expect 403 "signing in from another page" "curl -i -H 'Origin: $customer' -d user=ada -d next=/ http://$address/login"
expect 404 "signing in as nobody" "curl -i -H 'Origin: http://$address' -d user=mallory -d next=/ http://$address/login"
expect 303 "signing in" "curl -i -c $folder/jar -H 'Origin: http://$address' -d user=ada -d next=/ http://$address/login"

# The verifier and the challenge of RFC 7636, appendix B.
request="response_type=code&client_id=$client&scope=projects:read&state=xyz&code_challenge_method=S256"
request+="&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&redirect_uri=$customer/toolbar/callback"
authorize="http://$address/oauth/authorize/"
expect 303 "who is not signed in goes to the login page" "curl -i '$authorize?$request'"
expect 400 "a place to return to that is not registered" "curl -i -b $folder/jar '$authorize?$request/'"
form=$(curl -fsS -b "$folder/jar" "$authorize?$request" |
    sed -n 's/.*type="hidden" name="\([^"]*\)" value="\([^"]*\)".*/--data-urlencode \1=\2/p')
# shellcheck disable=SC2086
code=$(curl -fsS -i -b "$folder/jar" $form -d op=approve "$authorize" | sed -n 's/^location: .*[?&]code=\([^&]*\).*/\1/p')
redeem="curl -i -d grant_type=authorization_code -d client_id=$client -d code=$code -d redirect_uri=$customer/toolbar/callback"
redeem+=" -d code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk http://$address/oauth/token/"
token=$(bash -c "$redeem" 2>/dev/null | field access_token)
with="curl -i -H 'Authorization: Bearer $token'"
expect 200 "the organisation's projects" "$with http://$address/$projects"
expect 200 "from the customer's page" "$with -H 'Origin: $customer' http://$address/$projects"
expect 403 "from another page" "$with -H 'Origin: http://attacker.test' http://$address/$projects"
expect 403 "another organisation's projects" "$with http://$address/${projects/acme/umbrella}"
stop
start dev-toolbar --listen 127.0.0.1:0 --customer-listen 127.0.0.1:0 --database "$folder/toolbar.sqlite"
expect 200 "after a restart" "$with http://$address/$projects"
revoke="curl -i -d client_id=$client -d token=$token http://$address/oauth/revoke/"
expect 401 "revoking for another client" "${revoke/client_id=/client_id=x}"
expect 200 "revoking" "$revoke"
expect 401 "the very next request" "$with http://$address/$projects"
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

start signed-api server --listen 127.0.0.1:0 --database "$folder/signed.sqlite"
eval "$(grep '^export ' "$folder/out")"
mapfile -t lines < <(grep '^cargo run' "$folder/out")
[ "${#lines[@]}" -eq 4 ] || fail "${#lines[@]} commands instead of 4"
for line in "${lines[@]}"; do
    for client in reqwest hyper; do
        command=${line/ --client hyper/}
        command=${command/cargo run -p signed-api -- client/$programs/signed-api client --client $client}
        bash -c "$command" >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
        grep -q '^200 OK' "$folder/answer" || fail "$(cat "$folder/answer")"
        echo "ok: $client: $(tail -n 1 "$folder/answer")"
        ! SIGNED_API_SECRET=another SIGNED_API_TOKEN=another bash -c "$command" >"$folder/answer" 2>&1 || fail "others pass"
        grep -q '^401 ' "$folder/answer" || fail "$(cat "$folder/answer")"
    done
done
code=0
"$programs/signed-api" client "http://$address/busy" >"$folder/answer" 2>&1 || code=$?
[ "$code" -eq 1 ] && grep -q '^503 ' "$folder/answer" || fail "without retries: $(cat "$folder/answer")"
mapfile -t lines < <(grep 'curl -i' "$folder/out")
[ "${#lines[@]}" -eq 2 ] || fail "${#lines[@]} curl commands instead of 2"
for line in "${lines[@]}"; do
    expect 200 "as printed" "$line"
    expect 200 "the same, signed again" "$line"
    expect 401 "another path" "${line%\'}x'"
    # The assignments once, the request twice.
    expect 401 "a second attempt with the first one's signature" \
        "${line%%; curl*}; curl ${line#*; curl} >&2; curl ${line#*; curl}"
done
expect 401 "another body" "${lines[1]/-d \'\{/-d \'\{ }"
expect 400 "signature and token at once" "${lines[0]} -H \"Authorization: Bearer $SIGNED_API_TOKEN\""
expect 401 "a token where a signature is wanted" "curl -i -H \"Authorization: Bearer $SIGNED_API_TOKEN\" http://$address/orders"
expect 401 "nothing" "curl -i http://$address/reports"
stop
start signed-api server --listen 127.0.0.1:0 --database "$folder/signed.sqlite"
! grep -q '^export ' "$folder/out" || fail "a second start shows credentials"
expect 200 "after a restart" "$(grep -m 1 'curl -i' "$folder/out")"
stop
unset SIGNED_API_SECRET SIGNED_API_TOKEN

start tonic-bearer server 127.0.0.1:0
mapfile -t lines < <(grep '^TOKEN=' "$folder/out")
[ "${#lines[@]}" -eq 2 ] || fail "${#lines[@]} commands instead of 2"
for line in "${lines[@]}"; do
    bash -c "${line/cargo run -p tonic-bearer --/$programs/tonic-bearer}" >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
    grep -q Unauthenticated "$folder/answer" || fail "it does not show a refusal: $(cat "$folder/answer")"
    grep '^Open' "$folder/answer"
done
stop

export SHARED_SECRET='a secret that two programs share'
start grpc-signed server 127.0.0.1:0
"$programs/grpc-signed" client "http://$address" >"$folder/answer" 2>&1 || fail "$(cat "$folder/answer")"
diff <(sed -nE 's/^.{4}((Place|Upload)[ ,].*)/\1/p' grpc-signed/src/main.rs) "$folder/answer" || fail "its first lines promise another answer"
echo "ok: seven calls, five of them refused"
if SHARED_SECRET='another one' "$programs/grpc-signed" client "http://$address" >"$folder/answer" 2>&1; then
    fail "a client with another secret is let through"
fi
grep -q Unauthorized "$folder/answer" || fail "$(cat "$folder/answer")"
echo "ok: a client with another secret is not let through"
stop

# Commands and answers of one store; the token is revoked on the first of the addresses and refused on all.
try_tokens() {
    local addresses=("$@") here
    mapfile -t lines < <(grep '^curl ' "$folder/first")
    eval "export $(grep '^TOKEN=' "$folder/first")"
    expect 200 "who am I" "${lines[0]}"
    expect 200 "my tokens" "${lines[1]}"
    expect 201 "a new token" "${lines[2]}"
    expect 404 "a token that is not there" "${lines[3]}"
    expect 200 "the organisation's reports" "${lines[4]}"
    expect 403 "another organisation's" "${lines[5]}"
    expect 403 "without the scope" "${lines[4]/reports/members}"
    expect 401 "no token" "curl -i http://${addresses[0]}/me"
    expect 401 "not even the shape of one" "curl -i -H 'Authorization: Bearer ts_x' http://${addresses[0]}/me"
    expect 403 "more than the token has" "${lines[2]/reports:read/members:read}"

    local issued other id
    issued=$(bash -c "${lines[2]/-i/-s}")
    other=$(field value <<<"$issued")
    id=$(field id <<<"$issued")
    for here in "${addresses[@]}"; do
        expect 200 "the new token at $here" "curl -i -H 'Authorization: Bearer $other' http://$here/me"
    done
    expect 403 "it may not issue others" "TOKEN=$other; ${lines[2]}"
    expect 204 "it is taken back" "${lines[3]/\/ID//$id}"
    expect 401 "the very next request" "curl -i -H 'Authorization: Bearer $other' http://${addresses[0]}/me"
    for here in "${addresses[@]}"; do
        for _ in $(seq 100); do
            status=$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $other" "http://$here/me")
            [ "$status" = 200 ] || break
            sleep 0.05
        done
        [ "$status" = 401 ] || fail "revoked elsewhere, and $here answers $status"
        echo "ok: refused at $here"
    done
    unset TOKEN
}

start token-service --listen 127.0.0.1:0 --store "sqlite:$folder/tokens.sqlite"
cp "$folder/out" "$folder/first"
try_tokens "$address"
stop
start token-service --listen 127.0.0.1:0 --store "sqlite:$folder/tokens.sqlite"
! grep -q '^TOKEN=' "$folder/out" || fail "a second start issues a token unasked"
stop

# Several instances on one database, where there is one to try it with.
for store in "${COUNTERSIGN_TEST_POSTGRES:-}" "${COUNTERSIGN_TEST_REDIS:-}"; do
    [ -n "$store" ] || continue
    start webhooks --listen 127.0.0.1:0 --store "$store" --create
    eval "$(grep '^export ' "$folder/out")"
    servers=("$server") line=$(grep -m 1 'curl -i' "$folder/out")
    expect 200 "a delivery to the one" "$line"
    first=$address
    : >"$folder/log"
    start webhooks --listen 127.0.0.1:0 --store "$store"
    servers+=("$server")
    expect 401 "the same to the other" "${line/$first/$address}"
    line=${line//Keep it/Keep this}
    expect 200 "another to the other" "${line/$first/$address}"
    for server in "${servers[@]}"; do stop; done
    unset GITHUB_SECRET STRIPE_SECRET SLACK_SECRET STANDARD_SECRET

    export TOKEN_SERVICE_STORE=$store
    servers=() addresses=()
    for _ in 1 2 3; do
        start token-service --listen 127.0.0.1:0 --new-token
        cp "$folder/out" "$folder/first"
        servers+=("$server") addresses=("$address" "${addresses[@]}")
        : >"$folder/log"
    done
    try_tokens "${addresses[@]}"
    for server in "${servers[@]}"; do stop; done
    unset TOKEN_SERVICE_STORE
done
