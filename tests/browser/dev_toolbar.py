"""The pages of the example `dev-toolbar`: two origins, a pop-up, and what the toolbar is given and refused.

    python3 dev_toolbar.py PROGRAMS SHOTS

PROGRAMS is the folder with the built programs, SHOTS the one for pictures.
"""

import os
import re
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

import browser as room

PROGRAMS, SHOTS = Path(sys.argv[1]).resolve(), sys.argv[2]
# Whoever runs this may have some of their own.
for name in [name for name in os.environ if name.startswith("DEV_TOOLBAR_")]:
    del os.environ[name]

TOKEN = re.compile(r"nl_[A-Za-z0-9_-]{20,}")
# What a browser says of every answer that is no success, and of what it keeps from a page.
REFUSED = [r"status of 40[013]", "ERR_FAILED", "CORS policy"]


class Example(room.Program):
    def __init__(self, folder):
        free = ["--listen", "127.0.0.1:0", "--customer-listen", "127.0.0.1:0"]
        super().__init__(PROGRAMS / "dev-toolbar", *free, folder=folder)
        self.customer = re.search(r"toolbar: (http://localhost:\d+)/", self.output)[1]


@contextmanager
def example():
    with tempfile.TemporaryDirectory() as folder:
        started = Example(folder)
        try:
            yield started
            started.stop()
        finally:
            started.kill()


@contextmanager
def toolbar(browser, server, complaints=(), address=None, before=lambda page: None, **context):
    """The customer's page with the toolbar open, and every address that anything was asked for at."""
    with browser.page(complaints=complaints, **context) as page:
        page.asked = []
        page.context.on("request", lambda request: page.asked.append(request))
        before(page)
        page.goto(address or server.customer)
        page.get_by_role("button", name="Northlight").click()
        yield page
        in_addresses = [request.url for request in page.asked if TOKEN.search(request.url)]
        assert not in_addresses, f"a token in an address: {in_addresses}"


def open_window(page, button="Log in"):
    with page.expect_popup() as opened:
        page.get_by_role("button", name=button, exact=True).click()
    return opened.value


def log_in(page, user="Ada"):
    """As a user does it, unless they are signed in already."""
    window = open_window(page)
    with window.expect_event("close"):
        if user:
            window.get_by_role("button", name=user).click()
        window.get_by_role("button", name="Allow", exact=True).click()


def is_in(page):
    expect(page.locator(".projects li")).to_have_count(3)
    expect(page.locator("dev-toolbar")).to_contain_text("kiln-controller")


def is_out(page, why):
    expect(page.locator(".notice")).to_have_text(why)
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()


def to_projects(page):
    return [request for request in page.asked if request.url.endswith("/projects/")]


# What somebody sees who tries it out. The pictures are taken on the way.


def whole_way(browser, plant=lambda page: None):
    """log in by pop-up, see one's projects, be refused another's, log out: the token is refused from then on"""
    with example() as server, toolbar(browser, server, REFUSED, before=plant) as page:
        browser.shoot_all(page, "toolbar-out")
        window = open_window(page)
        expect(window.get_by_role("heading", name="Sign in to Northlight")).to_be_visible()
        browser.shoot_all(window, "login")
        window.get_by_role("button", name="Ada").click()
        expect(window.get_by_role("heading")).to_have_text("Allow Developer toolbar to act for you?")
        expect(window.locator("dl")).to_contain_text("Acme Pottery acme, and nowhere else")
        browser.shoot_all(window, "consent")
        with window.expect_event("close"):
            window.get_by_role("button", name="Allow", exact=True).click()
        is_in(page)
        expect(page.locator("footer")).to_contain_text("Ada, until")
        browser.shoot_all(page, "toolbar-in")
        page.get_by_role("button", name="umbrella").click()
        expect(page.locator(".problem")).to_contain_text("Not for this token")
        expect(page.locator(".problem")).to_contain_text("403 insufficient_scope")
        expect(page.get_by_role("status")).to_have_text("Not for this token")
        expect(page.locator("dev-toolbar")).not_to_contain_text("rain-forecast")
        browser.shoot_all(page, "toolbar-refused")
        page.get_by_role("button", name="acme").click()
        is_in(page)

        sent = to_projects(page)[-1].all_headers()["authorization"]
        assert sent.startswith("Bearer nl_"), "no token of ours"
        assert ask(page, server, sent) == 200
        page.get_by_role("button", name="Log out").click()
        is_out(page, "You are logged out, and the token is revoked.")
        assert ask(page, server, sent) == 401, "the token is good after logging out"


def ask(page, server, authorization):
    """The same request once more, with a token that was seen on its way."""
    return page.evaluate("""async ([address, authorization]) =>
        (await fetch(address, { headers: { authorization } })).status""",
        [f"{server.url}/api/0/organizations/acme/projects/", authorization])


def nothing_is_kept(browser):
    """the token is in no address, no storage and no document, and requests carry it after a real preflight, without cookies"""
    preflights = []
    with example() as server, toolbar(browser, server) as page:
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", lambda event: preflights.append(event["request"]) if event["request"]["method"] == "OPTIONS" else None)
        log_in(page)
        is_in(page)
        assert any(request["url"].endswith("/projects/") for request in preflights), preflights
        headers = to_projects(page)[-1].all_headers()
        assert "cookie" not in headers and headers["origin"] == server.customer, headers
        token = headers["authorization"].removeprefix("Bearer ")
        seen = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href, history.state])")
        seen += page.content() + page.locator("dev-toolbar").evaluate("toolbar => toolbar.shadowRoot.innerHTML")
        assert token not in seen and not TOKEN.search(seen), "the token is to be found"
        kept = page.context.cookies()
        assert [(cookie["domain"], cookie["httpOnly"], cookie["sameSite"]) for cookie in kept] == [("127.0.0.1", True, "Lax")], kept
        page.reload()
        page.get_by_role("button", name="Northlight").click()
        expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()


def declined(browser):
    """who declines, closes the window, cancels, or belongs to another organization, gets nothing and is told why"""
    with example() as server, toolbar(browser, server) as page:
        window = open_window(page)
        with window.expect_event("close"):
            window.get_by_role("button", name="Bob").click()
            window.get_by_role("button", name="Do not allow").click()
        is_out(page, "Not allowed: it was declined, or you do not belong to this organization.")
        browser.shoot(page, "toolbar-declined")
        open_window(page).close()
        is_out(page, "The window was closed before you had answered.")
        window = open_window(page)
        with window.expect_event("close"):
            page.get_by_role("button", name="Cancel").click()
        is_out(page, "Cancelled.")
    with example() as server, toolbar(browser, server) as page:
        window = open_window(page)
        with window.expect_event("close"):
            window.get_by_role("button", name="Eve").click()
        is_out(page, "Not allowed: it was declined, or you do not belong to this organization.")
        assert not to_projects(page)


def other_origins(browser):
    """a page whose origin is not registered gets no code; one whose origin is taken back gets no answer"""
    with example() as server:
        # The same page by another name is another origin.
        elsewhere = server.customer.replace("localhost", "127.0.0.1")
        with toolbar(browser, server, REFUSED, address=elsewhere) as page:
            window = open_window(page)
            expect(window.get_by_role("heading")).to_have_text("Nothing was allowed")
            expect(window.locator("main")).to_contain_text("Missing or invalid redirect_uri")
            browser.shoot_all(window, "refusal")
            window.close()
            refused = page.evaluate("address => fetch(address, { headers: { authorization: 'Bearer x' } }).then(() => false, () => true)",
                                    f"{server.url}/api/0/organizations/acme/projects/")
            assert refused, "a page of another origin reads the API"
        with toolbar(browser, server, REFUSED) as page:
            log_in(page)
            is_in(page)
            settings = page.context.new_page()
            settings.goto(f"{server.url}/settings/acme")
            expect(settings.get_by_label("Allowed origins")).to_have_value(server.customer)
            settings.get_by_label("Allowed origins").fill("")
            settings.get_by_role("button", name="Save").click()
            expect(settings.get_by_role("status")).to_have_text("Saved.")
            settings.close()
            page.get_by_role("button", name="acme").click()
            expect(page.locator(".problem")).to_contain_text("this page’s origin is not registered")


def settings(browser):
    """an admin registers, changes and deletes the application, and is told what is wrong with it; nobody else sees it"""
    with example() as server, browser.page(complaints=["status of 40[04]"]) as page:
        page.goto(f"{server.url}/settings/acme")
        page.get_by_role("button", name="Ada").click()
        expect(page.locator("#state")).to_have_text("Registered")
        browser.shoot_all(page, "settings")
        page.get_by_label("Allowed origins").fill("https://shop.example\nnot one")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Allowed origins")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Allowed origins")).to_be_focused()
        expect(page.locator("#allowedOrigins-error")).to_contain_text("not an origin")
        browser.shoot(page, "settings-invalid")
        page.get_by_label("Allowed origins").fill("HTTPS://Shop.example:443")
        page.get_by_label("Name").fill("<b>Shop</b>")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
        expect(page.get_by_label("Allowed origins")).to_have_value("https://shop.example")
        page.get_by_role("button", name="Delete…").click()
        expect(page.get_by_role("button", name="Keep it")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#state")).to_have_text("Registered")
        page.get_by_role("button", name="Delete…").click()
        browser.shoot(page, "settings-delete", full_page=False)
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator("#state")).to_have_text("Not registered")
        page.get_by_label("Redirect URIs").fill("https://shop.example/callback")
        page.get_by_role("button", name="Register").click()
        expect(page.locator("#state")).to_have_text("Registered")
        assert page.goto(f"{server.url}/settings/umbrella").status == 404
        expect(page.get_by_role("heading")).to_have_text("Nothing here")


def ends(browser):
    """who withdraws an approval, or signs out of the application, takes the toolbar's access with it"""
    with example() as server, toolbar(browser, server, REFUSED) as page:
        log_in(page)
        is_in(page)
        home = page.context.new_page()
        home.goto(server.url)
        expect(home.locator("#approvals li")).to_have_count(1)
        browser.shoot_all(home, "home")
        home.get_by_role("button", name="Withdraw").click()
        expect(home.get_by_role("status")).to_have_text("Withdrawn. No application acts for you.")
        page.get_by_role("button", name="acme").click()
        is_out(page, "Your access has ended. Log in again.")
        log_in(page, user=None)
        is_in(page)
        home.get_by_role("button", name="Sign out").click()
        expect(home.get_by_role("heading", name="Sign in")).to_be_visible()
        home.close()
        page.get_by_role("button", name="acme").click()
        is_out(page, "Your access has ended. Log in again.")


def by_keyboard(browser):
    """everything is reached and done by keyboard, and the focus is never lost"""
    with example() as server, browser.page(complaints=REFUSED) as page:
        page.goto(server.customer)
        expect(page.get_by_role("button", name="Northlight")).to_be_visible()
        browser.shoot_all(page, "customer")
        page.get_by_role("button", name="Northlight").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Log in", exact=True)).to_be_focused()
        with page.expect_popup() as opened:
            page.keyboard.press("Enter")
        window = opened.value
        expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
        for _ in range(2):
            window.keyboard.press("Tab")
        expect(window.get_by_role("button", name="Ada")).to_be_focused()
        window.keyboard.press("Enter")
        expect(window.get_by_role("heading", name="Allow")).to_be_visible()
        for _ in range(2):
            window.keyboard.press("Tab")
        expect(window.get_by_role("button", name="Allow", exact=True)).to_be_focused()
        with window.expect_event("close"):
            window.keyboard.press("Enter")
        is_in(page)
        expect(page.get_by_role("button", name="acme")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".problem")).to_be_visible()
        expect(page.get_by_role("button", name="umbrella")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Log out")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Northlight")).to_be_focused()
        expect(page.get_by_role("button", name="Log out")).to_be_hidden()


def forged_answers(browser):
    """an answer that was not asked for, or that comes from elsewhere, is no answer"""
    with example() as server, toolbar(browser, server) as page:
        window = open_window(page)
        expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
        page.evaluate("window.postMessage({ type: 'dev-toolbar-answer', query: '?code=x&state=y' }, location.origin)")
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        with window.expect_event("close"):
            window.evaluate("address => { location = address }", f"{server.customer}/toolbar/callback?code=stolen&state=another&iss={server.url}")
        is_out(page, "That was not the answer to this question. Try again.")
        assert not [request for request in page.asked if request.url.endswith("/oauth/token/")]


def policies(browser):
    """every page forbids what is inline, and to be framed"""
    with example() as server, browser.page(complaints=["Content Security Policy", "TrustedScript"]) as page:
        for address in (server.customer, f"{server.customer}/toolbar/callback", f"{server.url}/login", f"{server.url}/oauth/authorize/",
                        server.url, f"{server.url}/nowhere"):
            answer = page.request.get(address)
            policy = dict((part.split(" ", 1) + [""])[:2] for part in answer.headers["content-security-policy"].split("; "))
            assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'", (address, policy)
            assert policy.get("script-src", "'self'") == "'self'" and policy["style-src"] == "'self'", (address, policy)
            assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-frame-options"] == "DENY", address
        page.goto(server.customer)
        page.evaluate("""() => {
            const script = document.createElement("script");
            try { script.textContent = "document.body.dataset.ran = 1"; } catch { }
            document.body.append(script);
        }""")
        assert page.evaluate("document.body.dataset.ran") is None, "what is inline runs"


# What must not stay unnoticed.


def not_revoked(browser):
    """a toolbar that says it has revoked and has not"""
    def plant(page):
        page.route("**/oauth/revoke/", lambda route: route.fulfill(status=200, headers={"access-control-allow-origin": "*"}))
    whole_way(browser, plant)


def in_address(browser):
    """a toolbar that sends its token in an address"""
    with example() as server, toolbar(browser, server) as page:
        page.goto(f"{server.customer}/?access_token=nl_{'a' * 40}")


CHECKS = [whole_way, nothing_is_kept, declined, other_origins, settings, ends, by_keyboard, forged_answers, policies]
FAULTS = [not_revoked, in_address]

sys.exit(room.run("dev-toolbar", SHOTS, CHECKS, FAULTS))
