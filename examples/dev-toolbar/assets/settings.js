// Shows and changes the application of one organization.

import { call, tell } from "./session.js";

const form = document.querySelector("#application");
const path = `/organizations/${encodeURIComponent(form.dataset.organization)}/api-application/`;
const lists = ["allowedOrigins", "redirectUris"];
const fields = ["name", ...lists];
let registered = false;

function show(application) {
    registered = application !== null;
    document.querySelector("#identity").hidden = !registered;
    document.querySelector("#id").textContent = application?.id ?? "";
    document.querySelector("#delete").hidden = !registered;
    document.querySelector("#save").textContent = registered ? "Save" : "Register";
    const state = document.querySelector("#state");
    state.textContent = registered ? "Registered" : "Not registered";
    state.classList.toggle("on", registered);
    form.elements.name.value = application?.name ?? "";
    for (const list of lists) form.elements[list].value = (application?.[list] ?? []).join("\n");
    form.hidden = false;
}

function complain(errors) {
    for (const name of fields) {
        const text = (errors[name] ?? []).join(" ");
        document.querySelector(`#${name}-error`).textContent = text;
        form.elements[name].ariaInvalid = text ? "true" : "false";
    }
    document.querySelector("[aria-invalid=true]")?.focus();
}

async function load() {
    const [status, application] = await call(path);
    if (status === 200) show(application);
    else if (status === 404) show(null);
    else document.querySelector("#state").textContent = "Not now: load this page again";
}

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell("");
    const lines = (name) => form.elements[name].value.split("\n").map((line) => line.trim()).filter(Boolean);
    const wish = { name: form.elements.name.value, ...Object.fromEntries(lists.map((list) => [list, lines(list)])) };
    const [status, answer] = await call(path, registered ? "PUT" : "POST", wish);
    complain(status === 400 ? answer : {});
    if (status === 201 || status === 202) {
        show(answer);
        tell(status === 201 ? "Registered." : "Saved.");
    } else if (status === 400) {
        tell(answer.detail ?? "Not saved: see above.", true);
    } else if (status === 404 || status === 409) {
        tell("Somebody has changed it meanwhile. Load this page again.", true);
    } else {
        tell("Not saved. Try again in a moment.", true);
    }
});

const confirm = document.querySelector("#confirm");
document.querySelector("#delete").addEventListener("click", () => {
    confirm.returnValue = "";
    confirm.showModal();
});
confirm.addEventListener("close", async () => {
    if (confirm.returnValue !== "delete") return;
    const [status] = await call(path, "DELETE");
    if (status !== 204 && status !== 404) return tell("Not deleted. Try again in a moment.", true);
    complain({});
    show(null);
    tell("Deleted: all access through it has ended.");
});

await load();
