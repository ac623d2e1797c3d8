// Passes the answer on to the page that opened this window: to a page of this very origin, or to nobody.

const query = location.search;
// Not to remain in the history.
history.replaceState(null, "", location.pathname);
if (window.opener) {
    window.opener.postMessage({ type: "dev-toolbar-answer", query }, location.origin);
} else {
    document.querySelector("#message").textContent = "The page that asked is gone. You can close this window.";
}
