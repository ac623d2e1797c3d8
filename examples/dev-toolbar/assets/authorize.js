// Gets a token by a pop-up: the authorization code grant of OAuth 2.0 with PKCE (RFC 6749 §4.1, RFC 7636).
//
// The code comes back in the address of the callback page, of no use without the verifier, which never leaves this page.
// The token comes in the body of an answer to this page, and is in no address and no storage.

/** Why there is no token; `reason` is for people. */
export class Refused extends Error {
    constructor(reason) {
        super(reason);
        this.reason = reason;
    }
}

const WATCH = 400; // milliseconds

/**
 * Asks the user, in a window of its own, and resolves to the answer of the token endpoint.
 *
 * Call it while the browser handles a click: otherwise it opens no window. `signal` gives up and closes the window.
 */
export async function authorize({ api, clientId, callback, scope, signal }) {
    const popUp = window.open("about:blank", "", "popup,width=520,height=720");
    if (!popUp) throw new Refused("The browser has blocked the window. Allow pop-ups for this page, and try again.");
    try {
        const [state, verifier] = [random(16), random(32)];
        const address = new URL("/oauth/authorize/", api);
        address.search = new URLSearchParams({
            response_type: "code",
            client_id: clientId,
            redirect_uri: callback,
            scope,
            state,
            code_challenge: await challenge(verifier),
            code_challenge_method: "S256",
        });
        const answered = answer(popUp, signal);
        popUp.location.replace(address);
        const parameters = await answered;
        // Not from here, or from another server: whatever it is, it is no answer to this question (RFC 9700 §4.7, RFC 9207).
        if (parameters.get("state") !== state || parameters.get("iss") !== api) {
            throw new Refused("That was not the answer to this question. Try again.");
        }
        const error = parameters.get("error");
        if (error === "access_denied") {
            throw new Refused("Not allowed: it was declined, or you do not belong to this organization.");
        }
        if (error) throw new Refused(`Northlight has refused: ${error}.`);
        return await redeem({ api, clientId, callback, code: parameters.get("code"), verifier, signal });
    } finally {
        popUp.close();
    }
}

/** What the callback page passes on: from this origin, from this window, and nothing else. */
function answer(popUp, signal) {
    const over = new AbortController();
    return new Promise((resolve, reject) => {
        const closed = () => popUp.closed && reject(new Refused("The window was closed before you had answered."));
        const watch = setInterval(closed, WATCH);
        over.signal.addEventListener("abort", () => clearInterval(watch));
        signal.addEventListener("abort", () => reject(new Refused("Cancelled.")), { signal: over.signal });
        const listen = (event) => {
            if (event.origin !== location.origin || event.source !== popUp) return;
            if (event.data?.type === "dev-toolbar-answer") resolve(new URLSearchParams(String(event.data.query)));
        };
        window.addEventListener("message", listen, { signal: over.signal });
    }).finally(() => over.abort());
}

async function redeem({ api, clientId, callback, code, verifier, signal }) {
    const form = { grant_type: "authorization_code", client_id: clientId, redirect_uri: callback, code, code_verifier: verifier };
    const response = await send(new URL("/oauth/token/", api), { method: "POST", body: new URLSearchParams(form), signal });
    const body = await response.json();
    if (!response.ok) throw new Refused(`Northlight gives no token: ${body.error ?? response.status}.`);
    return body;
}

/** Gives a token back: it is good for nothing afterwards (RFC 7009). */
export async function revoke({ api, clientId, token }) {
    const form = { client_id: clientId, token, token_type_hint: "access_token" };
    const response = await send(new URL("/oauth/revoke/", api), { method: "POST", body: new URLSearchParams(form) });
    if (!response.ok) throw new Refused("Northlight could not revoke the token. Try again.");
}

/** Without cookies, and without an answer where the browser keeps it from this page. */
export async function send(address, options) {
    try {
        return await fetch(address, { credentials: "omit", cache: "no-store", redirect: "error", ...options });
    } catch (error) {
        if (options.signal?.aborted) throw new Refused("Cancelled.");
        throw new Refused("No answer: Northlight is away, or this page’s origin is not registered.");
    }
}

function random(bytes) {
    return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function challenge(verifier) {
    return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes) {
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
