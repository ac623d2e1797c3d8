"""The real Authlib, over loopback: a client that walks the whole of OAuth 2.0 through our authorization server.

    python3 authorization.py INTEROP_BINARY

INTEROP_BINARY is the `interop` program of this repository. Each walk goes from the server's metadata over a code with PKCE, a
guarded route, introspection and a refresh to the revocation, and then tries what must not work. Prints a line and exits with
1 when an answer is not what it has to be. Clients with faults of their own making must be found out.
"""

import html.parser
import os
import random
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # Loopback.

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

WALKS = 25
CLIENT, RESOURCE_SERVER = "toolbar", "rs_0A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t"
REGISTERED = ("https://app.test/cb", "https://app.test/with?a=1&b=%26", "http://127.0.0.1/native")
RETURNS = (*REGISTERED[:2], "http://127.0.0.1:49152/native")


class Client(OAuth2Session):
    """As Authlib is; faulty ones differ in a method."""

    def __init__(self, **options):
        super().__init__(CLIENT, code_challenge_method="S256", **options)

    def verifier(self, verifier):
        return verifier


class Form(html.parser.HTMLParser):
    """The fields of the page that asks the user."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        if tag == "input":
            self.fields.append((attributes["name"], attributes["value"]))


class Walk:
    """What one user and one client do, and what came out wrong."""

    def __init__(self, issuer, kind, number):
        pick = random.Random(number)
        self.issuer, self.kind, self.sent, self.wrong = issuer, kind, 0, []
        self.user = pick.choice(["ada", "bob"])
        self.scope = pick.choice(["things:read", "things:read things:write"])
        self.returns = RETURNS[number % len(RETURNS)]
        self.state = "".join(pick.choice("abcXYZ019 -_.~/?&=+%;:#'\"<>{}") for _ in range(pick.randint(8, 40)))

    def expect(self, what, found, expected):
        self.sent += 1
        if found != expected:
            self.wrong.append((what, found, "instead of", expected))

    def refused(self, what, error, attempt):
        try:
            self.expect(what, attempt() and "no error", error)
        except OAuthError as refusal:
            self.expect(what, refusal.error, error)

    def browse(self, url, user=None, op="approve"):
        """Where the browser is sent in the end: the page, and what the user clicks on it."""
        signed_in = {"x-user": user or self.user}
        answer = requests.get(url, headers=signed_in, allow_redirects=False, timeout=30)
        if answer.status_code == 200:
            form = Form(answer.text)
            answer = requests.post(self.issuer + form.action, data=[*form.fields, ("op", op)], headers=signed_in,
                                   allow_redirects=False, timeout=30)
        return answer

    def client(self):
        client = self.kind(scope=self.scope, redirect_uri=self.returns, state=self.state)
        verifier = generate_token(64)
        url, _ = client.create_authorization_url(self.authorize, state=self.state, code_verifier=verifier)
        return client, url, verifier

    def tokens(self, client, response, verifier):
        return client.fetch_token(self.token, authorization_response=response, code_verifier=client.verifier(verifier),
                                  redirect_uri=self.returns)

    def given(self):
        client, url, verifier = self.client()
        response = self.browse(url).headers["location"]
        self.tokens(client, response, verifier)
        return client, response, verifier

    def call(self, client, organisation="acme"):
        answer = client.get(f"{self.issuer}/orgs/{organisation}/things", timeout=30)
        return (200, answer.text) if answer.status_code == 200 else answer.status_code

    def introspect(self, client, token):
        # The resource server asks, with a token of its own.
        def authorized(request):
            request.headers["authorization"] = f"Bearer {RESOURCE_SERVER}"
            return request
        answer = client.introspect_token(f"{self.issuer}/oauth/introspect/", token=token, auth=authorized)
        return answer.json() if answer.status_code == 200 else answer.status_code

    def all(self):
        try:
            self.discover()
            self.the_whole_way()
            self.what_must_not_work()
        except Exception as error:  # The library does not get along with an answer.
            self.expect("goes on", repr(error), None)
        return self.sent, self.wrong

    def discover(self):
        metadata = requests.get(f"{self.issuer}/.well-known/oauth-authorization-server", timeout=30).json()
        AuthorizationServerMetadata(metadata).validate()
        self.expect("issuer", metadata["issuer"], self.issuer)
        self.authorize, self.token = metadata["authorization_endpoint"], metadata["token_endpoint"]
        self.revocation = metadata["revocation_endpoint"]

    def the_whole_way(self):
        client, response, _ = self.given()
        back, said = response[:len(self.returns)], parse_qs(urlsplit(response).query)
        self.expect("back", (back, said["state"], said["iss"]), (self.returns, [self.state], [self.issuer]))
        first = dict(client.token)
        self.expect("a token", (first["token_type"], first["scope"]), ("Bearer", self.scope))
        self.expect("12 hours", 43_190 <= first["expires_in"] <= 43_200, True)
        self.expect("its organisation", self.call(client), (200, f"{self.user} through {CLIENT}"))
        self.expect("another organisation", self.call(client, "globex"), 403)
        known = self.introspect(client, first["access_token"])
        self.expect("introspected", [known.get(name) for name in ("active", "sub", "client_id", "organization", "scope")],
                    [True, self.user, CLIENT, "acme", self.scope])
        second = dict(client.refresh_token(self.token))
        different = [first[name] != second[name] for name in ("access_token", "refresh_token")]
        self.expect("refreshed", different, [True, True])
        self.expect("the new token", self.call(client), (200, f"{self.user} through {CLIENT}"))
        revoked = client.revoke_token(self.revocation, token=second["access_token"], token_type_hint="access_token")
        self.expect("revoked", revoked.status_code, 200)
        self.expect("a revoked token", self.call(client), 401)
        self.expect("introspected again", self.introspect(client, second["access_token"]), {"active": False})

    def what_must_not_work(self):
        client, url, verifier = self.client()
        response = self.browse(url).headers["location"]
        other = generate_token(64)
        self.refused("another verifier", "invalid_grant", lambda: self.tokens(client, response, other))
        self.refused("then the right one", "invalid_grant", lambda: self.tokens(client, response, verifier))

        client, response, verifier = self.given()
        self.refused("a code twice", "invalid_grant", lambda: self.tokens(client, response, verifier))
        self.expect("what the code gave", self.call(client), 401)

        client, _, _ = self.given()
        used = client.token["refresh_token"]
        client.refresh_token(self.token)
        self.refused("a refresh token twice", "invalid_grant",
                     lambda: client.refresh_token(self.token, refresh_token=used))
        self.expect("what came of it", self.call(client), 401)

        client, url, verifier = self.client()
        bare, _ = client.create_authorization_url(self.authorize, state=self.state)
        # Answers that go to the user's own machine are always asked for.
        more, _ = self.kind(scope="things:write", redirect_uri=RETURNS[2], state=self.state).create_authorization_url(
            self.authorize, state=self.state, code_verifier=verifier)
        for what, error, answer in (
            ("who is no member", "access_denied", self.browse(url, user="eve")),
            ("who denies", "access_denied", self.browse(more, op="deny")),
            ("no challenge", "invalid_request", self.browse(bare)),
        ):
            said = parse_qs(urlsplit(answer.headers["location"]).query)
            found = [said.get(name) for name in ("error", "state", "iss", "code")]
            self.expect(what, found, [[error], [self.state], [self.issuer], None])
        elsewhere = self.kind(scope=self.scope, redirect_uri="https://app.test/cb/evil")
        url, _ = elsewhere.create_authorization_url(self.authorize, code_verifier=verifier)
        answer = self.browse(url)
        self.expect("elsewhere", (answer.status_code, answer.headers.get("location")), (400, None))


class OtherVerifier(Client):
    def verifier(self, verifier):
        return verifier[::-1]


class NoRevocation(Client):
    def revoke_token(self, *_, **__):
        return type("Answer", (), {"status_code": 200})()


class NoChallenge(Client):
    def create_authorization_url(self, url, **options):
        return super().create_authorization_url(url, **{**options, "code_verifier": None})


class OldRefreshToken(Client):
    def refresh_token(self, *_, **__):
        return self.token


def main(program):
    options = [f"--redirect-uri={uri}" for uri in REGISTERED]
    server = subprocess.Popen([program, "authorize", *options, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        issuer = "http://" + server.stdout.readline().split()[-1]
        walks = [Walk(issuer, Client, number).all() for number in range(WALKS)]
        sent, wrong = sum(count for count, _ in walks), [case for _, cases in walks for case in cases]
        print(f"Authlib authorizes: {WALKS} walks with {sent} answers, {len(wrong)} wrong")
        for case in wrong[:5]:
            print("   ", *case)
        faulty = (OtherVerifier, NoRevocation, NoChallenge, OldRefreshToken)
        missed = [kind.__name__ for kind in faulty if not Walk(issuer, kind, WALKS).all()[1]]
        if missed:
            print("planted faults are not found:", *missed)
        return 1 if wrong or missed else 0
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
