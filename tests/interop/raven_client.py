"""The real raven on Python 3, over loopback: it builds, compresses and sends events; our layer verifies them.

    python3 raven_client.py INTEROP_BINARY

What is signed must be accepted, and everything else refused: a side that accepts or refuses everything is found out.

raven stopped signing in 1.9, and the releases that sign run on Python 2 only: their headers are rows of `tests/sentry`. So
this adds the one parameter that they had to the credentials that raven writes; everything else is raven's own.
"""

import hashlib
import hmac
import logging
import re
import subprocess
import sys
import time
import urllib.error

from raven import Client
from raven.transport.http import HTTPTransport
from raven.utils import get_auth_header

KEY, SECRET, COUNT = "correct-key", "a secret that both sides share", 50


class Transport(HTTPTransport):
    """Keeps what was sent and what came back."""

    fault = staticmethod(lambda data: data)

    def send(self, url, data, headers):
        response = super().send(url, type(self).fault(data), headers)
        assert response.read() == data, "the server has read what raven sent"


class Signing(Client):
    """Signs as raven 1.0.4 did: HMAC-SHA-1 of the timestamp as it is written, a blank and the body."""

    key, clock = SECRET, staticmethod(time.time)

    def send_encoded(self, message, auth_header=None, **kwargs):
        timestamp = "%.2f" % self.clock()
        signature = hmac.new(self.key.encode(), timestamp.encode() + b" " + message, hashlib.sha1).hexdigest()
        header = get_auth_header(
            protocol="2.0", timestamp=timestamp, client="raven-python/1.0.4", api_key=self.remote.public_key)
        return super().send_encoded(message, auth_header=f"{header}, sentry_signature={signature}", **kwargs)


def told(address, kind, fault=lambda data: data, **changes):
    """What the server says to one event: 200, or the status with which it was refused."""
    transport = type("OneTransport", (Transport,), {"fault": staticmethod(fault)})
    client = type("OneClient", (kind,), changes)(
        f"http://{KEY}@{address}/1", transport=transport, raise_send_errors=True, install_sys_hook=False,
        enable_breadcrumbs=False)
    try:
        raise ValueError(f"an event é ☃ {told.number}")
    except ValueError:
        told.number += 1
        try:
            client.captureException(extra={"numbers": list(range(told.number))})
            return 200
        except urllib.error.HTTPError as refusal:
            return refusal.code


told.number = 0


def main(program):
    server = subprocess.Popen(
        [program, "--scheme", "sentry-legacy", "--key-id", KEY, "--secret", SECRET, "serve", "127.0.0.1:0"],
        stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"\S+$", server.stdout.readline().strip())[0]
        trips = (
            (200, "as signed", lambda: told(address, Signing)),
            (401, "another secret", lambda: told(address, Signing, key="another")),
            (401, "changed", lambda: told(address, Signing, fault=lambda data: data + b"x")),
            (401, "an hour ago", lambda: told(address, Signing, clock=staticmethod(lambda: time.time() - 3700))),
            (401, "not signed, as raven 6 is", lambda: told(address, Client)),
        )
        sent, wrong = 0, []
        for expected, what, trip in trips:
            for _ in range(COUNT):
                sent += 1
                status = trip()
                if status != expected:
                    wrong.append((what, status))
        print(f"raven signs: {sent} requests, {len(wrong)} wrong")
        for case in wrong[:5]:
            print("   ", *case)
        return 1 if wrong else 0
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.exit(main(sys.argv[1]))
