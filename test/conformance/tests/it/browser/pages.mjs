// Everybody opens every page that links lead to, and some that none leads to; each page is inspected.

import assert from "node:assert/strict";
import { close, config, done, visitor } from "./stage.mjs";

// What tells pages of one kind apart.
const TELLING = ["do", "to", "step", "done"];

const routes = config.routes.map((pattern) => ({
  pattern,
  matches: new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`),
}));
const routeOf = (pathname) =>
  routes.find(({ pattern }) => pattern === pathname) ?? routes.find(({ matches }) => matches.test(pathname));

function kindOf(path) {
  const url = new URL(path, config.origin);
  const route = routeOf(url.pathname);
  const told = [...url.searchParams].map(([name, value]) => (TELLING.includes(name) ? `${name}=${value}` : name));
  return [route?.pattern ?? "none", ...[...new Set(told)].sort()].join(" ");
}

const titled = (name, kind, count) =>
  `${name}-${kind.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "home"}${count > 1 ? `-${count}` : ""}`;

async function visit({ name, signIn, account, start, ofAKind }) {
  const one = await visitor(name);
  if (account) {
    await one.open(signIn);
    await one.signIn(account);
    assert.ok(!one.path().startsWith(signIn), `${name} is not signed in: ${one.path()}`);
  }
  const queue = [...start];
  const seen = new Map();
  const known = new Set();
  while (queue.length > 0) {
    const path = queue.shift();
    const kind = kindOf(path);
    const count = (seen.get(kind) ?? 0) + 1;
    if (known.has(path) || count > ofAKind) continue;
    known.add(path);
    const status = await one.open(path);
    // A page that says no is none of its kind.
    if (status < 400) seen.set(kind, count);
    assert.ok(status < 500, `${path}: ${status}`);
    await one.inspect(titled(name, status < 400 ? kind : `${kind} ${status}`, count));
    for (const file of await one.page.locator("a[download]").evaluateAll((all) => all.map(({ href }) => href))) {
      const answer = await one.page.request.get(file);
      assert.equal(answer.status(), 200, file);
    }
    const links = await one.page.locator("a[href]:not([download])").evaluateAll((all) => all.map(({ href }) => href));
    for (const link of links) {
      const url = new URL(link);
      if (url.origin === config.origin && !url.hash) queue.push(url.pathname + url.search);
    }
  }
  return { pages: known.size, asked: one.asked };
}

const visits = await Promise.all(config.visitors.map(visit));
const asked = new Set();
for (const visited of visits) for (const path of visited.asked) asked.add(routeOf(path)?.pattern);
await close();
for (const { pattern } of routes) if (asked.has(pattern)) done(pattern);
console.error(`${visits.map(({ pages }) => pages).join(" + ")} pages`);
