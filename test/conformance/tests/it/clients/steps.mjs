// What a script is told, and how it says how far it came: one line per step that went as it must.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Person } from "./person.mjs";

// Whatever hangs ends here.
setTimeout(() => assert.fail("not done in time"), 60_000).unref();

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
export const config = JSON.parse(Buffer.concat(chunks).toString());
export const issuer = new URL(config.issuer);
export const admin = new Person(config.issuer, config.admin);
export const member = new Person(config.issuer, config.member);

const installed = createRequire(`${process.env.BAILMENT_NODE}/package.json`);

// An unmodified package, where `./check setup` put it.
export const load = (name) => import(pathToFileURL(installed.resolve(name)).href);

export const done = (step) => console.log(step);
export const url = (path) => new URL(`${config.resource}${path}`);
export const words = (scope) => scope.split(" ").sort();

// The groups that a token's answer names.
export const groupsOf = (tokens) =>
  tokens.authorization_details.find((one) => one.type === "bailment_access").groups ?? [];

// Expects a refusal: an `error` that the standard names, or a library's own `code`.
export async function refused(expected, promise) {
  let found;
  try {
    found = await promise;
  } catch (refusal) {
    assert.ok([refusal.error, refusal.code].includes(expected), `${expected} was expected: ${refusal.stack}`);
    return refusal;
  }
  assert.fail(`${expected} was expected, and not ${JSON.stringify(found)}`);
}

// Expects the challenge with which the API answers a token that has ended.
export async function challenged(promise) {
  const { status, cause } = await refused("OAUTH_WWW_AUTHENTICATE_CHALLENGE", promise);
  assert.equal(status, 401);
  const [{ scheme, parameters }] = cause;
  assert.deepEqual([scheme, parameters.error], ["bearer", "invalid_token"]);
  assert.equal(parameters.resource_metadata, `${config.issuer}/.well-known/oauth-protected-resource/v1`);
}
