"""The pages of the example `sentry-store`.

    python3 sentry_store.py PROGRAMS SHOTS

PROGRAMS is the folder with the built programs, SHOTS the one for pictures.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from playwright.sync_api import expect

import browser as room

PROGRAMS, SHOTS = Path(sys.argv[1]).resolve(), sys.argv[2]
PAGE = 50
# Whoever runs this may have some of their own.
for name in [name for name in os.environ if name.startswith("SENTRY_")]:
    del os.environ[name]

MARKUP = "<script>document.body.dataset.ran = 1</script><img src=x onerror=\"document.body.dataset.ran = 2\"> &amp; 'x'"


class Server(room.Program):
    def __init__(self, folder):
        self.folder = folder
        super().__init__(PROGRAMS / "sentry-store", "--listen", "127.0.0.1:0", "--keep", "200", folder=folder)

    def command(self, printed):
        """Runs what the page shows, in the folder of the server. cargo would run the program that was built."""
        words = shlex.split(printed)
        start = words.index("send-event") + 2
        assert words[:start] == "cargo run -p sentry-store --bin send-event --".split(), printed
        return subprocess.run([PROGRAMS / "send-event", *words[start:]], cwd=self.folder, capture_output=True, text=True)

    def send(self, *events):
        """As clients of the time did it, written here from the description of the format."""
        key = Path(self.folder, "sentry-store.key").read_text().strip().encode()
        connection = http.client.HTTPConnection(*self.address, timeout=room.PATIENCE)
        for event in events:
            event = {"event_id": "%032x" % next(NUMBERS), **(event if isinstance(event, dict) else {"message": event})}
            body = base64.b64encode(zlib.compress(json.dumps(event).encode()))
            timestamp = "%.2f" % time.time()
            signature = hmac.new(key, timestamp.encode() + b" " + body, hashlib.sha1).hexdigest()
            sender = f"Sentry sentry_timestamp={timestamp}, sentry_signature={signature}, sentry_client=raven/1.0.4"
            connection.request("POST", "/store/", body, {"X-Sentry-Auth": sender})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b""), answer.status


NUMBERS = count(1)


@contextmanager
def server(folder=None):
    with tempfile.TemporaryDirectory() as own:
        started = Server(folder or own)
        try:
            yield started
            started.stop()
        finally:
            started.kill()


def titles(page):
    return page.locator("#events .title")


def is_live(page):
    expect(page.locator("#live")).to_have_text("Live")


# What somebody sees who tries it out. The pictures are taken on the way.


def first_event(browser):
    """an empty page shows a command; what it sends appears without a reload"""
    with server() as example, browser.page() as page:
        page.goto(example.url)
        is_live(page)
        expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
        browser.shoot_all(page, "empty")
        page.evaluate("window.isStillTheSame = true")
        sent = example.command(page.locator(".command").inner_text())
        assert sent.returncode == 0, sent
        expect(titles(page)).to_have_text(["hello"])
        expect(page.locator("#empty")).to_have_count(0)
        example.send({"message": "the next", "level": 30})
        expect(titles(page)).to_have_text(["the next", "hello"])
        expect(page.locator("#events li").first).to_have_class("warning new")
        expect(page.locator("#events li").first).to_contain_text("warning")
        assert page.evaluate("window.isStillTheSame"), "the page was loaded again"
        page.reload()
        expect(titles(page)).to_have_text(["the next", "hello"])


def refusals(browser):
    """what is not signed with the key is refused, and does not appear"""
    with server() as example, browser.page() as page:
        page.goto(example.url)
        is_live(page)
        command = page.locator(".command").inner_text()
        Path(example.folder, "other.key").write_text("not the key\n")
        refused = example.command(command.replace(" -- ", " -- --key-file other.key ").replace("hello", "forged"))
        assert (refused.returncode, refused.stdout) == (1, ""), refused
        assert "403 Forbidden (Invalid signature)" in refused.stderr, refused
        example.send("honest")
        expect(titles(page)).to_have_text(["honest"])


def text_stays_text(browser, plant=lambda page: None):
    """markup in an event stays text: as it arrives, in the list and on its own page"""
    event = {
        "message": f"{MARKUP}\n{MARKUP}", "level": "fatal", "culprit": MARKUP, "logger": MARKUP, "server_name": MARKUP,
        "exception": [{"type": MARKUP, "value": MARKUP, "stacktrace": {"frames": [
            {"filename": MARKUP, "function": MARKUP, "context_line": MARKUP}]}}],
        "traceback": MARKUP, "url": MARKUP, "tags": [[MARKUP, MARKUP]], "extra": {MARKUP: MARKUP}, "modules": {MARKUP: "1"},
    }

    def judge(page, locator, expected):
        expect(locator).to_have_text(expected)
        assert page.locator("main :is(script, img)").count() == 0, "there is an element of the event's"
        assert page.evaluate("document.body.dataset.ran") is None, "a script of the event's has run"

    with server() as example, browser.page() as page:
        page.goto(example.url)
        is_live(page)
        example.send(event)
        judge(page, titles(page), [f"{MARKUP} {MARKUP}"[:199].rstrip() + "…"])
        plant(page)
        page.reload()
        judge(page, titles(page), [f"{MARKUP} {MARKUP}"[:199].rstrip() + "…"])
        titles(page).click()
        judge(page, page.locator("#message"), f"{MARKUP}\n{MARKUP}")
        page.get_by_text("The whole event").click()
        assert page.locator("#json").inner_text().count("<script>") == json.dumps(event).count("<script>")


def other_sites(browser):
    """a site whose name was made to resolve to this address gets no page"""
    with server() as example, browser.page(complaints=["421"]) as page:
        example.send("not for everybody")
        # Chromium resolves whatever ends so to the loopback address.
        answer = page.goto(example.url.replace("127.0.0.1", "attacker.localhost"))
        assert answer.status == 421 and "everybody" not in page.content(), answer.status
        assert page.goto(example.url.replace("127.0.0.1", "localhost")).status == 200
        expect(titles(page)).to_have_text(["not for everybody"])


def nothing_inline_runs(browser):
    """the policy of the page forbids what an event might smuggle in, and the page itself keeps to it"""
    with server() as example, browser.page(complaints=["Content Security Policy", "Failed to load", "blocked"]) as page:
        answer = page.goto(example.url)
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'", policy
        assert policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'", policy
        assert answer.headers["x-content-type-options"] == "nosniff", answer.headers
        assert answer.headers["cache-control"] == "no-store", answer.headers
        is_live(page)
        page.evaluate("""() => {
            const script = document.createElement("script");
            script.textContent = "document.body.dataset.ran = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", `<img src=x onerror="document.body.dataset.ran = 2">
                <p id=probe style="position: fixed">`);
            return new Promise((done) => document.querySelector("img[src=x]").addEventListener("error", done));
        }""")
        assert page.evaluate("document.body.dataset.ran") is None, "what is inline runs"
        assert page.evaluate("getComputedStyle(document.querySelector('#probe')).position") == "static"


def pages(browser):
    """the list is paged, and the first page stays one page long while events arrive"""
    with server() as example, browser.page() as page:
        example.send(*range_of(1, PAGE))
        page.goto(example.url)
        is_live(page)
        expect(titles(page)).to_have_text(range_of(PAGE, 1))
        expect(page.locator("#older")).to_be_hidden()
        example.send(*range_of(PAGE + 1, 2 * PAGE + 10))
        expect(titles(page)).to_have_text(range_of(2 * PAGE + 10, PAGE + 11))
        page.locator("#older").click()
        expect(titles(page)).to_have_text(range_of(PAGE + 10, 11))
        expect(page.locator("#live")).to_have_count(0)
        page.locator("#older").click()
        expect(titles(page)).to_have_text(range_of(10, 1))
        expect(page.locator("#older")).to_be_hidden()
        page.get_by_text("← Newer").click()
        expect(titles(page)).to_have_text(range_of(PAGE + 10, 11))
        page.get_by_text("← Newer").click()
        expect(titles(page)).to_have_text(range_of(2 * PAGE + 10, PAGE + 11))
        is_live(page)
        # Two hundred are kept.
        example.send(*range_of(2 * PAGE + 11, 201))
        page.goto(f"{example.url}/?before=52")
        expect(titles(page)).to_have_text(range_of(51, 2))
        expect(page.locator("#older")).to_be_hidden()
        page.goto(f"{example.url}/?before=2")
        expect(page.get_by_role("heading", name="No older events")).to_be_visible()


def range_of(first, last):
    step = 1 if first <= last else -1
    return [f"number {number}" for number in range(first, last + step, step)]


def one_event(browser):
    """an event has a page of its own, with neighbours"""
    with server() as example, browser.page() as page:
        example.send(*EVENTS)
        page.goto(example.url)
        expect(titles(page)).to_have_count(len(EVENTS))
        is_live(page)
        browser.shoot_all(page, "list")
        page.get_by_text("ZeroDivisionError").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("ZeroDivisionError: integer division or modulo by zero")
        expect(page.locator(".frames li")).to_have_count(3)
        expect(page.locator(".frames li").last).to_have_text(
            "shop/cart.py:88 in sharereturn self.total() / len(self.guests)")
        details = page.locator("dl").first
        expect(details).to_contain_text("POST http://shop.example.com/checkout?step=3")
        expect(details).to_contain_text("web-3.example.com")
        page.get_by_text("The whole event").click()
        expect(page.locator("#json")).to_contain_text('"level": 40')
        browser.shoot_all(page, "event")
        page.get_by_text("Older →").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("took 4.1 s")
        page.get_by_text("← Newer").click()
        page.get_by_text("JSON", exact=True).click()
        assert json.loads(page.locator("pre").inner_text())["logger"] == "shop.checkout"
    # A browser complains of every page that is not there.
    with server() as example, browser.page(complaints=["404"]) as page:
        for path in ("events/1", "events/x", "nowhere"):
            assert page.goto(f"{example.url}/{path}").status == 404
            expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here")
        browser.shoot(page, "missing")


def long_event(browser):
    """an event of everything too much is cut, and its page still fits"""
    word, many = "x" * 1000, 150
    event = {
        "message": f"{word}\n" * 50, "culprit": word, "server_name": word, "level": 1e300,
        "tags": {f"{number}{word}": word for number in range(many)},
        "exception": [{"type": word, "value": word, "stacktrace": {"frames": many * [{"filename": word}]}}] * 4,
    }
    assert 900_000 < len(json.dumps(event)) < 1 << 20, "the longest event that is taken"
    with server() as example, browser.page(viewport=room.NARROW) as page:
        page.goto(example.url)
        is_live(page)
        example.send(event)
        expect(titles(page)).to_have_text(["x" * 199 + "…"])
        room.fits(page)
        titles(page).click()
        expect(page.get_by_text("The message goes on:")).to_be_visible()
        expect(page.locator(".frames").first.locator("li")).to_have_count(50)
        expect(page.locator("dl").last.locator("dt")).to_have_count(100)
        assert len(page.content()) < 700_000, len(page.content())
        browser.shoot(page, "long-narrow", full_page=False)


def without_scripts(browser):
    """without JavaScript the list is there, and what is new after a reload"""
    with server() as example, browser.page(java_script_enabled=False) as page:
        example.send("first")
        page.goto(example.url)
        expect(titles(page)).to_have_text(["first"])
        expect(page.locator("#live")).to_be_empty()
        example.send("second")
        page.reload()
        expect(titles(page)).to_have_text(["second", "first"])
        titles(page).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("second")
        page.get_by_text("The whole event").click()
        expect(page.locator("#json")).to_be_visible()


def restart(browser):
    """a server stops although pages are open, and they go on where they were when it is back"""
    board, lost = room.Switchboard(), ["ERR_"]
    with tempfile.TemporaryDirectory() as folder, browser.page(complaints=lost) as page:
        with server(folder) as example:
            board.behind = example.address
            page.goto(board.url)
            is_live(page)
            example.send("before")
            expect(titles(page)).to_have_text(["before"])
        expect(page.locator("#live")).to_have_text("Connecting again…")
        with server(folder) as example:
            example.send("in between")
            board.behind = example.address
            expect(titles(page)).to_have_text(["in between", "before"])
            is_live(page)
            example.send("after")
            expect(titles(page)).to_have_text(["after", "in between", "before"])


EVENTS = [
    {"message": "cache warmed: 1204 keys in 0.8 s", "level": "debug", "logger": "shop.cache", "server_name": "web-1.example.com"},
    {"message": "deployed release 4f2c1d9", "level": "info", "logger": "deploy", "server_name": "build.example.com"},
    {"message": "the certificate of shop.example.com ends in 13 days", "level": "warning", "logger": "cron.certificates"},
    {"message": "مهلة قاعدة البيانات انتهت — ‮retry‬ 3", "level": "error", "logger": "shop.search", "server_name": "web-2.example.com"},
    {"message": "no space left on device", "level": "fatal", "logger": "postgres", "culprit": "pg_wal", "server_name": "db-1.example.com"},
    {"message": "SELECT * FROM orders WHERE customer = 1813 ORDER BY created_at DESC, a query that somebody has written on a Friday afternoon, took 4.1 s",
     "level": "warning", "logger": "django.db", "culprit": "shop.orders.history", "server_name": "web-3.example.com"},
    {"level": 40, "logger": "shop.checkout", "culprit": "shop.views.checkout in pay", "server_name": "web-3.example.com",
     "platform": "python", "release": "4f2c1d9", "timestamp": "2011-05-05T01:36:48.120000",
     "exception": {"values": [{"type": "ZeroDivisionError", "value": "integer division or modulo by zero", "stacktrace": {"frames": [
         {"filename": "django/core/handlers/base.py", "function": "get_response", "lineno": 111,
          "context_line": "response = callback(request, *callback_args, **callback_kwargs)"},
         {"filename": "shop/views.py", "function": "pay", "lineno": 42, "context_line": "share = cart.share()"},
         {"filename": "shop/cart.py", "function": "share", "lineno": 88, "context_line": "return self.total() / len(self.guests)"}]}}]},
     "request": {"method": "POST", "url": "http://shop.example.com/checkout?step=3"},
     "tags": {"browser": "Firefox 4.0", "customer": "1813"},
     "extra": {"cart": {"items": 3, "total": "59.97"}, "guests": []}},
    {"message": "<b>not</b> a script: <script>alert(1)</script>", "level": "info", "logger": "shop.comments", "server_name": "web-1.example.com"},
]


# What must not stay unnoticed.


def unescaped(browser):
    """a page that does not escape"""
    def plant(page):
        def raw(route):
            answer = route.fetch()
            fields = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
            route.fulfill(response=answer, headers=fields, body=answer.text().replace("&#60;", "<").replace("&#62;", ">"))
        page.route(lambda url: url.endswith("/"), raw)
    text_stays_text(browser, plant)


def not_live(browser):
    """a page without its script"""
    with server() as example, browser.page(complaints=["ERR_FAILED"]) as page:
        page.route("**/assets/live.js", lambda route: route.abort())
        page.goto(example.url)
        example.send("new")
        expect(titles(page)).to_have_text(["new"])


def too_wide(browser):
    """a page that is too wide"""
    with server() as example, browser.page(viewport=room.NARROW) as page:
        page.route("**/assets/style.css", lambda route: route.fulfill(content_type="text/css", body="main { width: 400px }"))
        page.goto(example.url)
        room.fits(page)


CHECKS = [first_event, refusals, text_stays_text, other_sites, nothing_inline_runs, pages, one_event, long_event, without_scripts, restart]
FAULTS = [unescaped, not_live, too_wide]

sys.exit(room.run("sentry-store", SHOTS, CHECKS, FAULTS))
