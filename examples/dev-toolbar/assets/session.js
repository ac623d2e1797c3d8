// Calls the application's own API, as the user who is signed in.

/** The answer's status and its JSON; what is no answer is status 0. */
export async function call(path, method = "GET", body) {
    const headers = body ? { "content-type": "application/json" } : {};
    try {
        const response = await fetch(`/api/0${path}`, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
        const text = await response.text();
        return [response.status, text ? JSON.parse(text) : null];
    } catch {
        return [0, null];
    }
}

/** Says what came of it, to those who see it and to those who hear it. */
export function tell(text, isError = false) {
    const status = document.querySelector("#status");
    status.classList.toggle("error", isError);
    status.textContent = text;
}
