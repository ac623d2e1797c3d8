"""What the checks of pages share: a browser, the program whose pages are looked at, and the checks themselves.

The browser is the system's Chromium. Nothing here waits for time to pass: what is expected is awaited, and is a failure when
it has not come after ten seconds.
"""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

PATIENCE = 10  # seconds
NARROW = {"width": 360, "height": 740}


class Program:
    """A server, in a folder of its own. Says where it listens: `listening on http://…/`."""

    def __init__(self, *command, folder):
        # Its log goes where this script's goes: to be read when something fails.
        self.process = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=subprocess.PIPE)
        self.output = ""
        while not (found := re.search(r"listening on (http://([^/]+):(\d+))/", self.output)):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            said = os.read(self.process.stdout.fileno(), 1 << 16).decode() if ready else ""
            assert said, f"it does not listen; it said: {self.output}"
            self.output += said
        self.url, self.address = found[1], (found[2], int(found[3]))

    def stop(self):
        """In good order, whoever is still connected."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        assert code == 0, f"stopped with {code}"

    def kill(self):
        self.process.kill()
        self.process.wait()


class Switchboard:
    """An address that stays while the server behind it goes and comes: where there is none, connections are closed."""

    def __init__(self):
        self.behind = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            caller, _ = self.listener.accept()
            threading.Thread(target=self.connect, args=(caller,), daemon=True).start()

    def connect(self, caller):
        with caller, suppress(OSError), socket.create_connection(self.behind) as callee:
            back = threading.Thread(target=self.carry, args=(callee, caller), daemon=True)
            back.start()
            self.carry(caller, callee)
            back.join()

    @staticmethod
    def carry(source, sink):
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Browser:
    """Chromium, and a folder for what it shows."""

    def __init__(self, chromium, shots, name):
        self.chromium, self.shots, self.name = chromium, Path(shots), name
        self.shots.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def page(self, complaints=(), **context):
        """A page in a profile of its own. What the browser complains of is a failure, unless it is among these."""
        with self.chromium.new_context(**{"viewport": {"width": 1100, "height": 800}, **context}) as profile:
            page, said = profile.new_page(), []
            page.set_default_timeout(PATIENCE * 1000)
            page.on("console", lambda message: message.type in ("error", "warning") and said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            yield page
            said = [text for text in said if not any(re.search(known, text) for known in complaints)]
            assert not said, f"the browser complains: {said}"

    def shoot(self, page, what, full_page=True):
        """Keeps a picture, and sees that nothing sticks out sideways."""
        page.screenshot(path=self.shots / f"{self.name}-{what}.png", full_page=full_page, animations="disabled")
        fits(page)

    def shoot_all(self, page, what):
        """In light and in dark, wide and narrow."""
        wide = page.viewport_size
        for width, size in (("", wide), ("-narrow", NARROW)):
            page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                self.shoot(page, f"{what}-{scheme}{width}")
        page.set_viewport_size(wide)


def fits(page):
    """Nobody has to scroll sideways."""
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= shown, f"{page.url} is {wide} wide, and {shown} are shown"


@contextmanager
def impatient():
    """For what cannot come."""
    expect.set_options(timeout=1500)
    yield
    expect.set_options(timeout=PATIENCE * 1000)


def run(name, shots, checks, faults):
    """Runs the checks, in this order, and then those with a planted fault, each of which must fail. The exit code."""
    expect.set_options(timeout=PATIENCE * 1000)
    executable = shutil.which("chromium") or sys.exit("there is no chromium")
    passed, failed = 0, 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable)
        browser = Browser(chromium, shots, name)
        for check in checks:
            try:
                check(browser)
                passed += 1
                print(f"ok: {check.__doc__}", flush=True)
            except (AssertionError, Error):
                failed += 1
                traceback.print_exc()
                print(f"FAILED: {check.__doc__}", flush=True)
        for fault in faults:
            try:
                with impatient():
                    fault(browser)
            except (AssertionError, Error) as error:
                print(f"found: {fault.__doc__} ({str(error).splitlines()[0]})", flush=True)
            else:
                failed += 1
                print(f"FAILED: not found: {fault.__doc__}", flush=True)
        chromium.close()
    print(f"{name} in the browser: {passed} passed, {failed} failed; {len(faults)} planted faults")
    return 1 if failed else 0
