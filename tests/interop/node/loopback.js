// Round trips over loopback between a library and us, as ../loopback.py makes them: each request goes as it was signed,
// which must be accepted, and changed and signed with another secret, which must be refused.

import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { createInterface } from "node:readline";

export const KEY = "correct-key";
const SECRETS = { secret: "a secret that both sides share", other: "a secret that nobody shares" };

// A library: { name, scheme, isWebhook, sign(request, secret) → fields, accepts(request, secret) → boolean }, both may be
// promises. A request: { method, url, headers, body }, the body a Buffer, the fields' names in lower case. Where answers are
// signed too: trusts(headers, body), of what was signed last, and prove(body) → fields, of what was accepted last.
export async function run(program, ...libraries) {
  let failed = 0;
  for (const library of libraries) {
    for (const [direction, trip] of [["signs", theySign], ["verifies", theyVerify]]) {
      const { sent, wrong } = await trip(program, library);
      failed += wrong.length;
      console.log(`${library.name} ${direction}: ${sent} requests, ${wrong.length} wrong`);
      wrong.slice(0, 5).forEach((one) => console.log("   ", ...one));
    }
  }
  failed += await planted(program, libraries[0]);
  process.exitCode = failed ? 1 : 0;
}

// These must be found out: a verifier that accepts everything, one that refuses everything, and a signer without the secret.
async function planted(program, library) {
  const faults = [
    [theyVerify, { ...library, accepts: () => true }],
    [theyVerify, { ...library, accepts: () => false }],
    [theySign, { ...library, sign: (request) => library.sign(request, "yet another one") }],
  ];
  let missed = 0;
  for (const [trip, faulty] of faults) {
    missed += (await trip(program, faulty, 3)).wrong.length ? 0 : 1;
  }
  if (missed) console.log(`${missed} planted faults are not found`);
  return missed;
}

// Requests of ordinary clients, no two of them alike. No apostrophes: of node's two parsers of URLs, one escapes them.
function requests(library, origin, count) {
  const texts = ["", "plain", "a=b&c", "é ☃ 😀", "100%", "~._-", "[]\"", " blank "];
  return Array.from({ length: count }, (_, number) => {
    const text = texts[number % texts.length];
    if (library.isWebhook) {
      const body = Buffer.from(JSON.stringify({ zen: text, hook_id: number }));
      return { method: "POST", url: `${origin}/hook`, headers: { "content-type": "application/json" }, body };
    }
    const method = ["GET", "POST", "PUT"][number % 3];
    const url = `${origin}/p${encodeURIComponent(text)}?number=${number}&text=${encodeURIComponent(text)}`;
    const body = method === "GET" ? Buffer.alloc(0) : Buffer.from(`${text} ${number}`);
    return { method, url, headers: body.length ? { "content-type": "text/plain; charset=utf-8" } : {}, body };
  });
}

// The same signature over another body, or another path.
function changed(library, request, number) {
  if (request.body.length && (library.isWebhook || number % 2)) {
    return { ...request, body: Buffer.concat([request.body, Buffer.from(" ")]) };
  }
  return { ...request, url: request.url.replace("?", "x?") };
}

function start(program, library, secret, ...rest) {
  const options = ["--scheme", library.scheme, "--key-id", KEY, "--secret", secret];
  return spawn(program, [...options, ...rest], { stdio: ["pipe", "pipe", "inherit"] });
}

async function theySign(program, library, count = 100) {
  const server = start(program, library, SECRETS.secret, "serve", "127.0.0.1:0");
  try {
    const [line] = await once(createInterface(server.stdout), "line");
    const origin = `http://${line.split(" ").pop()}`;
    const wrong = [];
    let sent = 0;
    const expect = async (status, request, what) => {
      sent += 1;
      const answer = await exchange(request);
      if (answer.status !== status || (status === 200 && !answer.body.equals(request.body))) {
        wrong.push([what, request.method, request.url, answer.status]);
      }
      if (status === 200 && library.trusts) {
        const others = Buffer.concat([answer.body, Buffer.from("x")]);
        if (!library.trusts(answer.headers, answer.body)) wrong.push(["the answer", request.method, request.url]);
        if (library.trusts(answer.headers, others)) wrong.push(["another answer", request.method, request.url]);
      }
    };
    for (const [number, request] of requests(library, origin, count).entries()) {
      const signed = async (secret) => {
        const fields = await library.sign(request, secret);
        return { ...request, headers: { ...request.headers, ...fields } };
      };
      // First what must not pass: it must not spend the other's nonce.
      await expect(401, await signed(SECRETS.other), "another secret");
      const good = await signed(SECRETS.secret);
      await expect(401, changed(library, good, number), "changed");
      await expect(200, good, "as signed");
    }
    return { sent, wrong };
  } finally {
    server.kill();
  }
}

async function exchange({ method, url, headers, body }) {
  const request = http.request(url, { method, agent: false, headers: { ...headers, "content-length": body.length } });
  request.end(body);
  const [response] = await once(request, "response");
  return { status: response.statusCode, headers: response.headers, body: await read(response) };
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function theyVerify(program, library, count = 100) {
  let [judged, spoils] = [0, false];
  const wrong = [];
  const server = http.createServer(async (incoming, response) => {
    const { method, headers, url } = incoming;
    const request = { method, url: `http://${headers.host}${url}`, headers, body: await read(incoming) };
    try {
      response.statusCode = (await library.accepts(request, SECRETS.secret)) ? 200 : 401;
      // 409: neither. An exception that is no refusal is a fault of this script.
      if (await library.accepts(changed(library, request, judged), SECRETS.secret)) response.statusCode = 409;
    } catch (error) {
      console.log(error);
      response.statusCode = 500;
    }
    judged += 2;
    const said = Buffer.from(response.statusCode === 200 ? "an answer" : "");
    Object.entries((said.length && library.prove?.(said)) || {}).forEach((field) => response.setHeader(...field));
    response.end(spoils ? said.toString().toUpperCase() : said);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const ordinary = requests(library, `http://127.0.0.1:${server.address().port}`, count);
  const lines = ordinary.map(({ method, url, headers, body }) => {
    const fields = Object.entries(headers).map(([name, value]) => ` ${name}:${value.replaceAll(" ", "")}`);
    return `${method} ${url} ${body.toString("base64")}${fields.join("")}\n`;
  });
  const trips = [[SECRETS.secret, "200", "as signed"], [SECRETS.other, "401", "another secret"]];
  if (library.prove) {
    trips[1][1] = "401 unproved";
    trips.push([SECRETS.secret, "200 unproved", "another answer"]);
  }
  for (const [secret, expected, what] of trips) {
    spoils = what === "another answer";
    const client = start(program, library, secret, "send", ...(library.prove ? ["--proved-answers"] : []));
    client.stdin.end(lines.join(""));
    const answers = (await read(client.stdout)).toString().trim().split("\n");
    if (answers.length !== ordinary.length) wrong.push([what, "answers", answers.length]);
    ordinary.forEach(({ method, url }, index) => {
      if (answers[index] !== expected) wrong.push([what, method, url, answers[index]]);
    });
  }
  server.closeAllConnections();
  server.close();
  return { sent: judged, wrong };
}
