// Lists what the user has approved, and withdraws it.

import { call, tell } from "./session.js";

const list = document.querySelector("#approvals");

async function load() {
    const [status, approvals] = await call("/api-authorizations/");
    list.ariaBusy = "false";
    if (status !== 200) return tell("The list cannot be loaded. Try again in a moment.", true);
    list.replaceChildren(...approvals.map(row));
    if (!approvals.length) tell(withdrawn ? "Withdrawn. No application acts for you." : "No application acts for you.");
    else if (withdrawn) tell("Withdrawn.");
}

let withdrawn = false;

function row(approval) {
    const [item, text, where, what, button] = ["li", "span", "strong", "small", "button"].map((name) => document.createElement(name));
    where.textContent = `In ${approval.organization}`;
    what.textContent = `${approval.scopes.join(", ")} · client ${approval.application.id.slice(0, 12)}…`;
    button.textContent = "Withdraw";
    button.type = "button";
    button.ariaLabel = `Withdraw what was approved in ${approval.organization}`;
    button.addEventListener("click", async () => {
        button.disabled = true;
        const [status] = await call("/api-authorizations/", "DELETE", { authorization: approval.id });
        button.disabled = false;
        if (status !== 204 && status !== 404) return tell("That could not be withdrawn. Try again in a moment.", true);
        withdrawn = true;
        await load();
        document.querySelector("#approvals button")?.focus();
    });
    text.append(where, what);
    item.append(text, button);
    return item;
}

await load();
