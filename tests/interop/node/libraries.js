// Round trips with GitHub's own library for webhooks, and with Hawk's original.
//
//     node libraries.js INTEROP_BINARY

import hawk from "@hapi/hawk";
import * as octokit from "@octokit/webhooks-methods";

import { KEY, run } from "./loopback.js";

const gitHub = {
  name: "@octokit/webhooks-methods",
  scheme: "github",
  isWebhook: true,
  sign: async ({ body }, secret) => ({ "x-hub-signature-256": await octokit.sign(secret, body.toString()) }),
  accepts: ({ headers, body }, secret) => octokit.verify(secret, body.toString(), headers["x-hub-signature-256"]),
};

// Without a body there is no hash, as everywhere.
const content = ({ headers, body }) => (body.length ? { payload: body, contentType: headers["content-type"] } : {});

// What was signed and accepted last, for the answers.
let [signed, accepted] = [null, null];

const hawkOriginal = {
  name: "@hapi/hawk",
  scheme: "hawk",
  isWebhook: false,
  sign: (request, secret) => {
    const credentials = { id: KEY, key: secret, algorithm: "sha256" };
    const { header, artifacts } = hawk.client.header(request.url, request.method, { credentials, ...content(request) });
    signed = { credentials, artifacts };
    return { authorization: header };
  },
  accepts: async (request, secret) => {
    const { hostname: host, port, pathname, search } = new URL(request.url);
    const { authorization, "content-type": contentType } = request.headers;
    const asItCame = { method: request.method, url: pathname + search, host, port, authorization, contentType };
    try {
      accepted = await hawk.server.authenticate(asItCame, () => ({ key: secret, algorithm: "sha256" }), content(request));
      return true;
    } catch (refusal) {
      if (refusal.output?.statusCode === 401) return false;
      throw refusal;
    }
  },
  trusts: (headers, payload) => {
    try {
      hawk.client.authenticate({ headers }, signed.credentials, signed.artifacts, { payload, required: true });
      return true;
    } catch (refusal) {
      if (refusal.message.startsWith("Bad response")) return false;
      throw refusal;
    }
  },
  prove: (payload) => ({
    "server-authorization": hawk.server.header(accepted.credentials, accepted.artifacts, { payload }),
  }),
};

await run(process.argv[2], gitHub, hawkOriginal);
