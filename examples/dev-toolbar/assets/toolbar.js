// A toolbar for people who work on a page: logs in by pop-up and shows the projects of their organization.
//
//     <dev-toolbar api="https://api.example" client-id="…" callback="/toolbar/callback" organizations="acme"></dev-toolbar>
//
// The token is in a private field of this element and nowhere else: it is gone when the page is.

import { authorize, Refused, revoke, send } from "./authorize.js";

const SCOPE = "projects:read";

/** An element with attributes, handlers and content. Text is text: nothing here is read as markup. */
function element(name, attributes = {}, ...content) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === "function") made.addEventListener(key, value);
        else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...content.filter((part) => part != null));
    return made;
}

class DevToolbar extends HTMLElement {
    #token = null;
    #expires = null;
    #shown = null; // the organization
    #asked = 0;
    #giveUp = null;
    #panel;
    #toggle;
    #said = element("p", { class: "said", role: "status" });

    connectedCallback() {
        if (this.shadowRoot) return;
        const root = this.attachShadow({ mode: "open" });
        const icon = new URL("icon.svg", import.meta.url);
        this.#toggle = element("button", { class: "toggle", type: "button", "aria-expanded": "false", "aria-controls": "panel", click: () => this.#open(this.#panel.hidden) },
            element("img", { src: icon, alt: "", width: 20, height: 20 }), "Northlight");
        this.#panel = element("section", { class: "panel", id: "panel", "aria-label": "Northlight toolbar", hidden: true });
        const style = element("link", { rel: "stylesheet", href: new URL("toolbar.css", import.meta.url), load: () => (this.hidden = false) });
        this.hidden = true;
        root.append(style, this.#said, this.#panel, this.#toggle);
        root.addEventListener("keydown", (event) => event.key === "Escape" && this.#open(false));
        this.#showLogin();
    }

    #open(open) {
        this.#panel.hidden = !open;
        this.#toggle.setAttribute("aria-expanded", String(open));
        (open ? this.#panel.querySelector("button") ?? this.#toggle : this.#toggle).focus();
    }

    /** Puts content into the panel, and says what is new there; whoever was in it is on its first button again. */
    #show(said, ...content) {
        this.#said.textContent = said;
        const inside = this.#panel.contains(this.shadowRoot.activeElement);
        this.#panel.replaceChildren(...content);
        if (inside && !this.#panel.hidden) (this.#panel.querySelector("[aria-pressed=true]") ?? this.#panel.querySelector("button"))?.focus();
    }

    #showLogin(notice) {
        this.#token = null;
        this.#show(
            notice ?? "",
            element("h2", {}, "Your projects"),
            element("p", {}, "Log in with Northlight to see what your organization is working on."),
            element("p", { class: "notice" }, notice ?? ""),
            element("button", { class: "primary", type: "button", click: () => this.#logIn() }, "Log in"),
        );
    }

    async #logIn() {
        this.#giveUp = new AbortController();
        const { signal } = this.#giveUp;
        const token = authorize({ api: this.#api, clientId: this.#clientId, callback: new URL(this.getAttribute("callback"), location.href).href, scope: SCOPE, signal });
        this.#show(
            "Go on in the window that has opened.",
            element("h2", {}, "Log in"),
            element("p", {}, "Go on in the window that has opened."),
            element("button", { type: "button", click: () => this.#giveUp.abort() }, "Cancel"),
        );
        try {
            const given = await token;
            this.#token = given.access_token;
            this.#expires = new Date(given.expires_at);
            await this.#showProjects(this.#organizations[0]);
        } catch (error) {
            this.#showLogin(reason(error));
        }
    }

    async #logOut() {
        try {
            await revoke({ api: this.#api, clientId: this.#clientId, token: this.#token });
            this.#showLogin("You are logged out, and the token is revoked.");
        } catch (error) {
            this.#showSignedIn(this.#shown, problem("Still logged in", reason(error)));
        }
    }

    async #showProjects(organization) {
        this.#showSignedIn(organization, element("p", {}, "One moment…"));
        const asked = ++this.#asked;
        const [content, viewer] = await this.#projects(organization);
        // Somebody may have gone on meanwhile.
        if (asked !== this.#asked || !this.#token) return;
        if (content) this.#showSignedIn(organization, content, viewer);
        else this.#showLogin("Your access has ended. Log in again.");
    }

    /** What there is to show of an organization; nothing when the token is good no longer. */
    async #projects(organization) {
        const address = new URL(`/api/0/organizations/${encodeURIComponent(organization)}/projects/`, this.#api);
        let response, body;
        try {
            response = await send(address, { headers: { authorization: `Bearer ${this.#token}`, accept: "application/json" } });
            if (response.ok) body = await response.json();
        } catch (error) {
            return [problem("Not reached", reason(error))];
        }
        if (response.status === 401) return [null];
        if (response.status === 403 && response.headers.get("www-authenticate")?.includes("insufficient_scope")) {
            return [problem("Not for this token", `It was given for ${this.#organizations[0]} alone, and does not reach ${organization}.`, "403 insufficient_scope")];
        }
        if (response.status === 403) return [problem("Not from this page", "The origin of this page is not registered for the application.", "403")];
        if (!response.ok) return [problem("Not now", "Northlight cannot answer. Try again in a moment.", String(response.status))];
        const list = body.projects.map((project) => element("li", {},
            element("span", {}, element("strong", {}, project.slug), element("small", {}, project.about)),
            element("span", { class: "count" }, `${project.open_issues} open`)));
        return [element("div", {}, element("h2", {}, body.organization.name), element("ul", { class: "projects" }, ...list)), body.viewer];
    }

    #showSignedIn(organization, content, viewer) {
        this.#shown = organization;
        this.#viewer = viewer ?? this.#viewer;
        const tabs = this.#organizations.map((name) => element("button",
            { type: "button", "aria-pressed": String(name === organization), click: () => this.#showProjects(name) }, name));
        const until = this.#expires.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
        this.#show(
            content.querySelector("h2")?.textContent ?? "",
            element("div", { class: "tabs", role: "group", "aria-label": "Organization" }, ...tabs),
            element("div", { class: "content" }, content),
            element("footer", {},
                element("span", {}, this.#viewer ? `${this.#viewer}, until ${until}` : `Until ${until}`),
                element("button", { class: "quiet", type: "button", click: () => this.#logOut() }, "Log out")),
        );
    }

    #viewer = null;

    get #api() {
        return new URL(this.getAttribute("api")).origin;
    }

    get #clientId() {
        return this.getAttribute("client-id");
    }

    get #organizations() {
        return this.getAttribute("organizations").split(" ");
    }
}

function problem(title, text, code) {
    return element("div", { class: "problem", role: "group", "aria-label": "Refused" }, element("h2", {}, title), element("p", {}, text), code ? element("code", {}, code) : null);
}

function reason(error) {
    if (error instanceof Refused) return error.reason;
    console.error(error);
    return "Something went wrong. Try again.";
}

customElements.define("dev-toolbar", DevToolbar);
