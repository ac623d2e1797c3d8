"""Round trips over loopback between a library and us: what it signs goes to our layer, what we sign to its verifier.

Each request goes three times: as it was signed, which must be accepted; changed after it was signed, and signed with another
secret, which must be refused. A side that accepts or refuses everything is found out.
"""

import base64
import http.client
import http.server
import json
import random
import socket
import subprocess
import threading
from collections import namedtuple
from urllib.parse import quote, urlsplit

KEY = "correct-key"

Request = namedtuple("Request", "method url headers body")


class Library:
    """What a library is, to be filled in. A request's headers are a dict with names in lower case."""

    name = scheme = ""
    secret, other = "a secret that both sides share", "a secret that nobody shares"
    arguments, serve_arguments = (), ()
    directions = ("signs", "verifies")
    # Webhooks are JSON, and their body alone is covered.
    is_webhook = False
    # How many requests there are, each of which goes three times.
    count = 100

    # Answers are signed too.
    proves_answers = False

    def sign(self, request, secret):
        """The header fields that sign the request."""
        raise NotImplementedError

    def accepts(self, request, secret):
        """Whether the library says that the secret has signed the request. Exceptions that are no refusal pass on."""
        raise NotImplementedError

    def trusts(self, fields, body):
        """Whether the library says that this answers what it signed last."""
        raise NotImplementedError

    def prove(self, body):
        """The header fields that sign an answer to what the library accepted last."""
        raise NotImplementedError


def run(program, *libraries):
    """Tries all of them and prints a line for each direction. How many answers were wrong, or should have been found so."""
    failed = 0
    for library in libraries:
        for direction in library.directions:
            sent, wrong = (they_sign if direction == "signs" else they_verify)(program, library)
            failed += len(wrong)
            print(f"{library.name} {direction}: {sent} requests, {len(wrong)} wrong")
            for case in wrong[:5]:
                print("   ", *case)
    return failed + planted(program, libraries[0])


def planted(program, library):
    """These must be found out: a verifier that accepts everything, one that refuses everything, and a wrong secret."""
    kind, signed = type(library), library.sign
    faults = (
        (they_verify, {"accepts": lambda *_: True}),
        (they_verify, {"accepts": lambda *_: False}),
        (they_sign, {"sign": lambda _, request, __: signed(request, "yet another one")}),
    )
    missed = sum(1 for trip, fault in faults if not trip(program, type("Faulty", (kind,), {"count": 3, **fault})())[1])
    if missed:
        print(f"{missed} planted faults are not found")
    return missed


def requests(library, origin, seed):
    """Requests of ordinary clients. No two are the same, which would be a replay."""
    pick = random.Random(seed)
    alphabet = "abcXYZ019 -_.~/?&=%;:@é☃😀[]\"'"
    word = lambda least, most: "".join(pick.choice(alphabet) for _ in range(pick.randint(least, most)))
    for number in range(library.count):
        if library.is_webhook:
            event = {"id": f"evt_{number}", "object": "event", "type": "a.b", "text": word(0, 30)}
            body = json.dumps(event, ensure_ascii=pick.random() < 0.5).encode()
            yield Request("POST", f"{origin}/hook", {"content-type": "application/json"}, body)
            continue
        method = pick.choice(["GET", "POST", "PUT"])
        path = "".join("/" + quote("p" + word(0, 6), safe="") for _ in range(pick.randint(0, 3))) or "/"
        names = sorted({"q" + word(0, 5) for _ in range(pick.randint(0, 3))})
        pairs = [("number", str(number)), *((name, word(0, 6)) for name in names)]
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        body = b"" if method == "GET" else bytes(pick.randrange(256) for _ in range(pick.randint(1, 300)))
        headers = {"content-type": "application/octet-stream"} if body else {}
        yield Request(method, f"{origin}{path}?{query}", headers, body)


def changed(library, request, number):
    """The same signature over something else: another body, or another path."""
    if request.body and (library.is_webhook or number % 2):
        return request._replace(body=request.body[:-1] + bytes([request.body[-1] ^ 1]))
    path, _, query = request.url.partition("?")
    return request._replace(url=f"{path}x?{query}")


def command(program, library, secret, *arguments):
    options = ["--scheme", library.scheme, "--key-id", KEY, "--secret", secret, *library.arguments]
    return [program, *options, *arguments]


# Their signatures, our layer.


def they_sign(program, library):
    server = subprocess.Popen(
        command(program, library, library.secret, "serve", *library.serve_arguments, "127.0.0.1:0"),
        stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[-1]
        sent, wrong = 0, []

        def expect(status, request, what):
            nonlocal sent
            sent += 1
            code, fields, echoed = exchange(address, request)
            if code != status or (status == 200 and echoed != request.body):
                wrong.append((what, request.method, request.url, code))
            if status == 200 and library.proves_answers:
                if not library.trusts(fields, echoed):
                    wrong.append(("the answer", request.method, request.url))
                if library.trusts(fields, echoed + b"x"):
                    wrong.append(("another answer", request.method, request.url))

        for number, request in enumerate(requests(library, f"http://{address}", seed=1)):
            forged, signed = (request._replace(headers={**request.headers, **library.sign(request, secret)})
                              for secret in (library.other, library.secret))
            # First what must not pass: it must not spend the other's nonce.
            expect(401, forged, "another secret")
            expect(401, changed(library, signed, number), "changed")
            expect(200, signed, "as signed")
        return sent, wrong
    finally:
        server.kill()
        server.wait()


def exchange(address, request):
    """Sends head and body at once: our layer refuses from the head, and may have closed before a body that comes later."""
    parts = urlsplit(request.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    fields = {"host": address, "content-length": str(len(request.body)), "connection": "close", **request.headers}
    head = f"{request.method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {fields[name]}\r\n" for name in fields) + "\r\n"
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode("latin-1") + request.body)
        answer = http.client.HTTPResponse(connection, method=request.method)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


# Our signatures, their verifier.


def they_verify(program, library):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            request = Request(self.command, f"{origin}{self.path}", headers, body)
            try:
                code = 200 if library.accepts(request, library.secret) else 401
                # 409: neither. An exception that is no refusal is a fault of this script.
                if library.accepts(changed(library, request, len(codes)), library.secret):
                    code = 409
            except Exception as error:
                code, errors[self.path] = 500, repr(error)
            codes.append(code)
            self.send_response(code)
            said = b"an answer" if code == 200 else b""
            for name, value in library.prove(said).items() if said and library.proves_answers else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.upper() if spoils else said)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    codes, errors, spoils = [], {}, False
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    origin = "http://127.0.0.1:%d" % server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ordinary = list(requests(library, origin, seed=2))
    wrong = []
    trips = [(library.secret, "200", "as signed"), (library.other, "401", "another secret")]
    if library.proves_answers:
        trips[1] = (library.other, "401 unproved", "another secret")
        trips.append((library.secret, "200 unproved", "another answer"))
    for secret, expected, what in trips:
        spoils = what == "another answer"
        lines = "".join(" ".join([request.method, request.url, base64.b64encode(request.body).decode(),
                                  *(f"{name}:{value}" for name, value in request.headers.items())]) + "\n"
                        for request in ordinary)
        send = command(program, library, secret, "send", *library.proves_answers * ["--proved-answers"])
        client = subprocess.run(send, input=lines, stdout=subprocess.PIPE, text=True)
        answers = client.stdout.splitlines()
        if len(answers) != len(ordinary):
            wrong.append((what, "answers", len(answers), client.returncode))
        wrong += [(what, request.method, request.url, answer, errors.get(request.url.removeprefix(origin), ""))
                  for request, answer in zip(ordinary, answers) if answer != expected]
    server.shutdown()
    # Each was judged twice: as it came, and changed.
    return 2 * len(codes), wrong
