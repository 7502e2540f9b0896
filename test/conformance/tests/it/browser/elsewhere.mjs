// An app that lives in a browser, at an origin of its own: what it may ask and read, and what it may not.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { close, config, done, visitor } from "./stage.mjs";

const home = createServer((_, answer) => {
  answer.setHeader("content-type", "text/html");
  answer.end("<!doctype html><html lang=en><title>The app</title><link rel=icon href=data:,><h1>The app</h1>");
});
await new Promise((listening) => home.listen(0, "127.0.0.1", listening));
const one = await visitor("app");
await one.page.goto(`http://127.0.0.1:${home.address().port}/`);

// Asks from within the page; what the browser keeps from it is told as `blocked`.
const ask = (path, init = {}) =>
  one.page.evaluate(
    async ([url, init]) => {
      try {
        const answer = await fetch(url, init);
        return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
      } catch {
        return "blocked";
      }
    },
    [new URL(path, config.origin).href, init],
  );
const form = (values) => ({ method: "POST", body: new URLSearchParams(values).toString() });
const typed = (init) => ({ ...init, headers: { "content-type": "application/x-www-form-urlencoded", ...init.headers } });

for (const path of ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource", "/v1/openapi.json"]) {
  const found = await ask(path);
  assert.equal(found.status, 200, path);
}
done("metadata and description are read");

const refused = await ask("/oauth/token", typed(form({ grant_type: "authorization_code", code: "no", client_id: config.app })));
assert.ok(refused.status === 400 || refused.status === 401, refused.status);
assert.match(JSON.parse(refused.body).error, /^invalid_/);
const revoked = await ask("/oauth/revoke", typed(form({ token: "no", client_id: config.app })));
assert.ok(revoked.status < 500, revoked.status);
done("token endpoint and revocation answer in words that can be read");

const bearer = { headers: { authorization: `Bearer ${config.token}` } };
const page = await ask(config.posts, bearer);
assert.equal(page.status, 200, page.body);
assert.ok(page.headers["bailment-withheld"], "what is withheld is told");
assert.ok(page.headers["bailment-position"]);
const anonymous = await ask(config.posts);
assert.equal(anonymous.status, 401);
assert.match(anonymous.headers["www-authenticate"], /^Bearer/);
const lost = await ask("/v1/posts/nothing", { headers: { ...bearer.headers, "bailment-version": "none" } });
assert.ok(lost.status >= 400 && lost.status < 500 && lost.headers["request-id"], JSON.stringify(lost));
const written = await ask(config.posts, {
  method: "POST",
  headers: { ...bearer.headers, "content-type": "application/json", "idempotency-key": "once" },
  body: "{}",
});
assert.ok(written.status >= 400 && written.status < 500, JSON.stringify(written));
done("the API is read with a token, and with nothing else");

for (const [path, init] of [
  ["/me/v1/session", {}],
  ["/staff/v1/apps", bearer],
  ["/partner/v1/apps", bearer],
  ["/oauth/introspect", typed({ ...form({ token: "no" }), headers: { authorization: "Basic bm86bm8=" } })],
  ["/oauth/installations", { headers: { authorization: "Basic bm86bm8=" } }],
  ["/", {}],
]) {
  assert.equal(await ask(path, init), "blocked", path);
}
done("pages, people's, staff's and servers' endpoints are kept from it");

home.close();
await close();
