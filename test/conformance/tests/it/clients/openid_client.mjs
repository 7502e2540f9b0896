// An app that uses openid-client as its manual says, against an OAuth server that is no OpenID provider.

import assert from "node:assert/strict";
import { admin, challenged, config, done, groupsOf, issuer, load, member, refused, url, words } from "./steps.mjs";

const client = await load("openid-client");
const { confidential, public: open } = config.apps;

const discover = (app, auth) =>
  client.discovery(issuer, app.client_id, undefined, auth, {
    algorithm: "oauth2",
    execute: [client.allowInsecureRequests],
  });
const basic = await discover(confidential, client.ClientSecretBasic(confidential.client_secret));
const post = await discover(confidential, client.ClientSecretPost(confidential.client_secret));
const none = await discover(open, client.None());
assert.equal(basic.serverMetadata().issuer, config.issuer);
assert.ok(basic.serverMetadata().supportsPKCE());
done("discovery");

// A code flow up to the authorization response, and what the library checks it by.
async function authorize(using, person, { redirect_uri = confidential.redirect_uri, asked = {}, ...decision } = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const to = client.buildAuthorizationUrl(using, {
    redirect_uri,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    ...asked,
  });
  return { answer: await person.decide(to, decision), checks: { pkceCodeVerifier, expectedState } };
}

async function tokensOf(using, person, how) {
  const { answer, checks } = await authorize(using, person, how);
  return client.authorizationCodeGrant(using, answer, checks, how?.resource && { resource: how.resource });
}

async function read(using, tokens, path) {
  const answer = await client.fetchProtectedResource(using, tokens.access_token, url(path), "GET");
  assert.equal(answer.status, 200, path);
  return answer.json();
}

const dead = (using, tokens) =>
  challenged(client.fetchProtectedResource(using, tokens.access_token, url("/me"), "GET"));

const first = await tokensOf(basic, admin, { groups: [config.group], install: [config.group] });
assert.equal(first.token_type, "bearer");
assert.ok(first.expiresIn() > 3500 && first.expiresIn() <= 3600, `${first.expiresIn()}`);
const [group] = groupsOf(first);
done("authorizationCodeGrant with client_secret_basic");

const me = await read(basic, first, "/me");
assert.ok(me.id && me.name);
assert.ok((await read(basic, first, "/me/groups")).items.some((one) => one.group.id === group));
const { name } = await read(basic, first, `/groups/${group}`);
const posts = (await read(basic, first, `/groups/${group}/posts`)).items;
assert.ok(posts.length > 0 && posts.every((one) => one.text && !one.author));
await read(basic, first, `/posts/${posts[0].id}/comments`);
assert.deepEqual((await read(basic, first, `/groups/${group}/members`)).items, []);
const written = await client.fetchProtectedResource(
  basic,
  first.access_token,
  url(`/groups/${group}/posts`),
  "POST",
  JSON.stringify({ text: "Written by an ordinary client." }),
  new Headers({ "content-type": "application/json" }),
);
assert.equal(written.status, 201);
done("fetchProtectedResource");

const second = await client.refreshTokenGrant(basic, first.refresh_token);
assert.notEqual(second.access_token, first.access_token);
assert.equal((await read(basic, second, "/me")).id, me.id);
const narrow = await client.refreshTokenGrant(basic, first.refresh_token, { scope: "group.name" });
assert.ok(words(narrow.scope).includes("group.name"));
await refused("invalid_scope", client.refreshTokenGrant(basic, first.refresh_token, { scope: "no.such" }));
done("refreshTokenGrant");

const told = await client.tokenIntrospection(basic, second.access_token);
// Whose it is stands in no entry of the log here, so it is not told.
assert.deepEqual([told.active, told.client_id, "sub" in told], [true, confidential.client_id, false]);
assert.deepEqual(words(told.scope), words(second.scope));
assert.deepEqual(await client.tokenIntrospection(basic, "not a token"), { active: false });
done("tokenIntrospection");

for (const using of [basic, post]) {
  const tokens = await client.clientCredentialsGrant(using, { resource: url(`/groups/${group}`).href });
  const [{ installation }] = tokens.authorization_details;
  const again = await client.clientCredentialsGrant(using, { installation });
  for (const own of [tokens, again]) {
    assert.equal(own.refresh_token, undefined);
    assert.equal((await read(using, own, `/groups/${group}`)).name, name);
  }
}
await refused("invalid_request", client.clientCredentialsGrant(basic));
await refused("invalid_target", client.clientCredentialsGrant(basic, { resource: "https://other.example/v1" }));
done("clientCredentialsGrant with resource and with installation");

const scoped = await tokensOf(post, member, {
  asked: { scope: "group.name post.content profile.id", resource: config.resource },
  classes: ["group.name", "profile.id"],
  groups: [config.group],
  resource: config.resource,
});
assert.deepEqual(words(scoped.scope), ["group.name", "profile.id"]);
assert.deepEqual(groupsOf(scoped), [group]);
assert.deepEqual(Object.keys(await read(post, scoped, "/me")), ["id", "created_at"]);
done("authorizationCodeGrant with client_secret_post, scope and resource");

const { answer: refusal, checks: ofRefusal } = await authorize(basic, member, { allow: false });
await refused("access_denied", client.authorizationCodeGrant(basic, refusal, ofRefusal));
const { answer, checks } = await authorize(basic, member);
for (const [wrong, value] of [["iss", "https://other.example"], ["iss", undefined], ["state", "other"]]) {
  const changed = new URL(answer);
  if (value) changed.searchParams.set(wrong, value);
  else changed.searchParams.delete(wrong);
  await refused("OAUTH_INVALID_RESPONSE", client.authorizationCodeGrant(basic, changed, checks));
}
done("the library refuses an answer of another issuer, of none, and of another request");

const other = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
await refused("invalid_grant", client.authorizationCodeGrant(basic, answer, other));
const tokens = await client.authorizationCodeGrant(basic, answer, checks);
await read(basic, tokens, "/me");
await refused("invalid_grant", client.authorizationCodeGrant(basic, answer, checks));
await dead(basic, tokens);
await refused("invalid_grant", client.refreshTokenGrant(basic, tokens.refresh_token));
done("a wrong verifier gets nothing, and a code used twice ends what it gave");

const redirect_uri = "http://127.0.0.1:40123/callback";
const one = await tokensOf(none, member, { redirect_uri });
const two = await client.refreshTokenGrant(none, one.refresh_token);
const repeated = await client.refreshTokenGrant(none, one.refresh_token);
assert.equal(repeated.refresh_token, two.refresh_token, "an answer that was lost can be had again");
const three = await client.refreshTokenGrant(none, two.refresh_token);
assert.equal(new Set([one, two, three].map((each) => each.refresh_token)).size, 3);
await read(none, three, "/me");
await refused("invalid_grant", client.refreshTokenGrant(none, one.refresh_token));
await dead(none, three);
done("a public client's refresh tokens rotate, and one from before ends the family");

const four = await tokensOf(none, member, { redirect_uri });
await client.tokenRevocation(none, four.refresh_token);
await dead(none, four);
await client.tokenRevocation(none, four.refresh_token);
await client.tokenRevocation(basic, scoped.access_token, { token_type_hint: "access_token" });
await dead(basic, scoped);
done("tokenRevocation");

await read(basic, second, "/me");
await admin.withdraw(confidential.client_id);
await dead(basic, first);
await dead(basic, second);
await refused("invalid_grant", client.refreshTokenGrant(basic, second.refresh_token));
assert.deepEqual(await client.tokenIntrospection(basic, second.refresh_token), { active: false });
done("a withdrawal ends everything at once");
