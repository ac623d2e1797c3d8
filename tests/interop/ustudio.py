"""A round trip with the real ustudio-hmac-tornado: its client against our server, our client against its server.

    python3 ustudio.py INTEROP_BINARY

INTEROP_BINARY is the `interop` program of this repository. Prints a line for each direction and exits with 1 when an answer
is not what it has to be.
"""

import asyncio
import base64
import logging
import random
import subprocess
import sys
from urllib.parse import quote

from hmacauth.client import authenticated_request
from hmacauth.server import hmac_authorized
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

KEY, SECRET = "correct-key", "secret"


class Guarded(RequestHandler):
    """What the library's own documentation shows: a secret by key, and methods behind the decorator."""

    def get_hmac_secret(self, key):
        return {KEY: SECRET}.get(key)

    @hmac_authorized
    def get(self, *_):
        self.write("OK")

    post = put = get


def ordinary_requests(count, seed):
    """Requests of ordinary clients: paths and queries percent-encoded, repeated names in order, any bytes as a body."""
    pick = random.Random(seed)
    alphabet = "abcXYZ019 -_.~/?&=+%;:@é☃😀[]\"'"
    word = lambda most: "".join(pick.choice(alphabet) for _ in range(pick.randint(0, most)))
    for _ in range(count):
        method = pick.choice(["GET", "POST", "PUT"])
        path = "/" + "/".join(quote(word(6), safe="") for _ in range(pick.randint(0, 3)))
        # A name must have neither "&" nor "=" in it: that is what makes this format ambiguous.
        names = {word(5).replace("&", "").replace("=", "") for _ in range(pick.randint(0, 4))}
        pairs = [(name, value) for name in names for value in sorted(word(6) for _ in range(pick.randint(1, 2)))]
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        body = b"" if method == "GET" else bytes(pick.randrange(256) for _ in range(pick.randint(0, 300)))
        yield method, path + ("?" + query if query else ""), body


async def their_client_our_server(program):
    server = subprocess.Popen([program, "serve", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[-1]
        client, wrong = AsyncHTTPClient(), []
        for method, target, body in ordinary_requests(200, seed=1):
            request = authenticated_request(
                f"http://{address}{target}", method=method, body=body if method != "GET" else b"",
                hmac_key=KEY, hmac_secret=SECRET, allow_nonstandard_methods=True)
            answer = await client.fetch(request, raise_error=False)
            if answer.code != 200 or answer.body != body:
                wrong.append((method, target, answer.code))
        request = authenticated_request(f"http://{address}/p", hmac_key=KEY, hmac_secret="another", body=b"",
                                        allow_nonstandard_methods=True)
        forged = (await client.fetch(request, raise_error=False)).code
        return wrong + ([("forged", "/p", forged)] if forged != 401 else [])
    finally:
        server.kill()
        server.wait()


async def our_client_their_server(program):
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([(".*", Guarded)]))
    server.add_sockets(sockets)
    address = "127.0.0.1:%d" % sockets[0].getsockname()[1]
    requests = list(ordinary_requests(200, seed=2))
    lines = "".join(f"{method} http://{address}{target} {base64.b64encode(body).decode()}\n"
                    for method, target, body in requests)
    client = await asyncio.create_subprocess_exec(
        program, "send", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    output, _ = await client.communicate(lines.encode())
    answers = output.decode().splitlines()
    server.stop()
    if len(answers) != len(requests):
        return [("answers", str(len(answers)), client.returncode)]
    return [(method, target, answer) for (method, target, _), answer in zip(requests, answers) if answer != "200"]


async def main(program):
    logging.disable(logging.WARNING)
    failed = 0
    for direction in (their_client_our_server, our_client_their_server):
        wrong = await direction(program)
        failed += len(wrong)
        print(f"{direction.__name__}: 200 requests, {len(wrong)} wrong")
        for case in wrong[:5]:
            print("   ", *case)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
