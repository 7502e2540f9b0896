// An app that uses oauth4webapi, which checks every answer against the standards.

import assert from "node:assert/strict";
import { admin, challenged, config, done, groupsOf, load, member, refused, url, words } from "./steps.mjs";

const oauth = await load("oauth4webapi");
const plain = { [oauth.allowInsecureRequests]: true };
const { confidential, public: open } = config.apps;

const api = new URL(config.resource);
const resource = await oauth.processResourceDiscoveryResponse(api, await oauth.resourceDiscoveryRequest(api, plain));
const issuer = new URL(resource.authorization_servers[0]);
done("processResourceDiscoveryResponse");

const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...plain });
const server = await oauth.processDiscoveryResponse(issuer, found);
assert.deepEqual(server.scopes_supported, resource.scopes_supported);
done("processDiscoveryResponse");

// Kinds of clients: how each proves who it is, and where it gets its answers.
const clients = {
  basic: {
    client: { client_id: confidential.client_id },
    auth: oauth.ClientSecretBasic(confidential.client_secret),
    redirect: confidential.redirect_uri,
  },
  post: {
    client: { client_id: confidential.client_id },
    auth: oauth.ClientSecretPost(confidential.client_secret),
    redirect: confidential.redirect_uri,
  },
  none: { client: { client_id: open.client_id }, auth: oauth.None(), redirect: "http://127.0.0.1:40321/callback" },
};

async function authorize({ client, redirect }, person, { asked = {}, ...decision } = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const to = new URL(server.authorization_endpoint);
  to.search = new URLSearchParams({
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirect,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    ...asked,
  });
  return { answer: await person.decide(to, decision), state, verifier };
}

async function redeem({ client, auth, redirect }, parameters, verifier) {
  const answer = await oauth.authorizationCodeGrantRequest(server, client, auth, parameters, redirect, verifier, plain);
  return oauth.processAuthorizationCodeResponse(server, client, answer);
}

async function tokensOf(using, person, how) {
  const { answer, state, verifier } = await authorize(using, person, how);
  return redeem(using, oauth.validateAuthResponse(server, using.client, answer, state), verifier);
}

async function refresh({ client, auth }, { refresh_token }) {
  const answer = await oauth.refreshTokenGrantRequest(server, client, auth, refresh_token, plain);
  return oauth.processRefreshTokenResponse(server, client, answer);
}

async function introspect({ client, auth }, token) {
  const answer = await oauth.introspectionRequest(server, client, auth, token, plain);
  return oauth.processIntrospectionResponse(server, client, answer);
}

async function revoke({ client, auth }, token) {
  const answer = await oauth.revocationRequest(server, client, auth, token, plain);
  return oauth.processRevocationResponse(answer);
}

async function credentials({ client, auth }, parameters) {
  const answer = await oauth.clientCredentialsGrantRequest(server, client, auth, parameters, plain);
  return oauth.processClientCredentialsResponse(server, client, answer);
}

const ask = (tokens, path) =>
  oauth.protectedResourceRequest(tokens.access_token, "GET", url(path), undefined, undefined, plain);

async function read(tokens, path) {
  const answer = await ask(tokens, path);
  assert.equal(answer.status, 200, path);
  return answer.json();
}

for (const name of ["basic", "post", "none"]) {
  const using = clients[name];
  const install = name === "basic" ? [config.group] : [];
  const tokens = await tokensOf(using, admin, { groups: [config.group], install });
  const [group] = groupsOf(tokens);
  const me = await read(tokens, "/me");
  assert.ok(me.id && me.name);
  assert.ok((await read(tokens, "/me/groups")).items.some((one) => one.group.id === group));
  if (name !== "none") {
    assert.ok((await read(tokens, `/groups/${group}/posts`)).items.length > 0);
    const told = await introspect(using, tokens.access_token);
    // Whose it is stands in no entry of the log here, so it is not told.
    assert.deepEqual([told.active, told.iss, "sub" in told], [true, config.issuer, false]);
    assert.deepEqual(words(told.scope), words(tokens.scope));
  }
  const fresh = await refresh(using, tokens);
  assert.equal(fresh.refresh_token === tokens.refresh_token, name !== "none", "public clients' tokens rotate");
  await read(fresh, "/me");
  await revoke(using, fresh.refresh_token);
  await challenged(ask(fresh, "/me"));
  await refused("invalid_grant", refresh(using, fresh));
  done(`code, reading, refresh and revocation: ${name}`);
}

const tokens = await tokensOf(clients.basic, admin, { groups: [config.group] });
const [group] = groupsOf(tokens);
const own = await credentials(clients.basic, { resource: url(`/groups/${group}`).href });
const [{ installation }] = own.authorization_details;
await read(await credentials(clients.post, { installation }), `/groups/${group}`);
const wrong = { ...clients.basic, auth: oauth.ClientSecretBasic(`${confidential.client_secret}x`) };
const { cause } = await refused("OAUTH_WWW_AUTHENTICATE_CHALLENGE", credentials(wrong, { installation }));
assert.equal(cause[0].scheme, "basic");
await refused("unauthorized_client", credentials(clients.none, { installation }));
done("client credentials");

const request = await authorize(clients.basic, member, { asked: { scope: "profile.id" } });
const validate = (answer, state = request.state) => oauth.validateAuthResponse(server, clients.basic.client, answer, state);
const foreign = new URL(request.answer);
foreign.searchParams.set("iss", "https://other.example");
assert.throws(() => validate(foreign), { code: "OAUTH_INVALID_RESPONSE" });
foreign.searchParams.delete("iss");
assert.throws(() => validate(foreign), { code: "OAUTH_INVALID_RESPONSE" });
assert.throws(() => validate(request.answer, "other"), { code: "OAUTH_INVALID_RESPONSE" });
const denied = await authorize(clients.basic, member, { allow: false });
assert.throws(() => validate(denied.answer, denied.state), { error: "access_denied" });
const silent = await authorize(clients.basic, member, { asked: { prompt: "none" } });
assert.throws(() => validate(silent.answer, silent.state), { error: "consent_required" });
done("validateAuthResponse");

const parameters = validate(request.answer);
const elsewhere = { ...clients.basic, redirect: "https://app.example/other" };
await refused("invalid_grant", redeem(elsewhere, parameters, request.verifier));
await refused("invalid_grant", redeem(clients.basic, parameters, oauth.generateRandomCodeVerifier()));
const once = await redeem(clients.basic, parameters, request.verifier);
assert.equal(once.scope, "profile.id");
await refused("invalid_grant", redeem(clients.basic, parameters, request.verifier));
await challenged(ask(once, "/me"));
done("codes are worth nothing elsewhere, for another verifier, and twice");

await read(tokens, "/me");
await admin.withdraw(confidential.client_id);
await challenged(ask(tokens, "/me"));
await refused("invalid_grant", refresh(clients.basic, tokens));
assert.deepEqual(await introspect(clients.basic, tokens.access_token), { active: false });
await read(own, `/groups/${group}`);
done("a withdrawal ends the person's tokens, and not the installation's");
