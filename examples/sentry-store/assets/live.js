// Puts new events at the top of the list as they arrive. Without this they are there when the page is loaded again.
"use strict";

const list = document.querySelector("#events[data-live]");
if (list) {
    const status = document.querySelector("#live");
    const tell = (state, text) => {
        status.dataset.state = state;
        status.textContent = text;
    };

    const older = document.querySelector("#older");
    const most = Number(list.dataset.most);
    const add = (html) => {
        document.querySelector("#empty")?.remove();
        // Written by the server with the same template as those in the page, and escaped there.
        list.insertAdjacentHTML("afterbegin", html);
        list.firstElementChild.classList.add("new");
        if (list.children.length > most) {
            while (list.children.length > most) list.lastElementChild.remove();
            older.href = `/?before=${list.lastElementChild.dataset.id}`;
            older.hidden = false;
        }
    };

    const events = new EventSource(list.dataset.live);
    events.addEventListener("open", () => tell("on", "Live"));
    events.addEventListener("message", (event) => add(event.data));
    // The browser connects again by itself, unless the server has refused.
    events.addEventListener("error", () => {
        if (events.readyState === EventSource.CLOSED) tell("off", "Not live: reload to see new events");
        else tell("lost", "Connecting again…");
    });
}
