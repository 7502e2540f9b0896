// What people, admins and staff come for, from signing in to signing out, by keyboard alone.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { close, config, done, visitor } from "./stage.mjs";

const { app, native, other, scripts } = config;
// Where the app gets its answers.
const client = createServer((_, answer) => {
  answer.setHeader("content-type", "text/html");
  answer.end("<!doctype html><html lang=en><title>The app</title><link rel=icon href=data:,><h1>The app</h1>");
});
await new Promise((listening) => client.listen(0, "127.0.0.1", listening));
const authorize = new URL(config.authorize, config.origin);
authorize.searchParams.set("redirect_uri", `http://127.0.0.1:${client.address().port}/callback`);

const START = { member: "/", admin: "/groups", staff: "/staff" };
const title = (step) => `${app.name}-${step}`;

// Comes to a page that asks who it is, types a wrong password first, and is led to where they wanted to go.
async function enter(name) {
  const one = await visitor(name, { scripts });
  await one.open(START[name] === "/" ? "/privacy" : START[name]);
  await one.signIn({ ...config.accounts[name], password: "not this one" });
  await one.says("Login or password is wrong.");
  if (scripts) await one.inspect(title(`${name}-wrong-password`));
  await one.signIn(config.accounts[name]);
  assert.equal(one.path(), START[name] === "/" ? "/privacy" : START[name]);
  return one;
}

async function leave(one) {
  await one.press("Sign out");
  await one.says("You are signed out.");
  assert.deepEqual(one.faults, [], one.name);
  await one.page.context().close();
}

// Clicks that something takes from a page on.
async function clicks(one, what) {
  const before = one.clicks;
  await what();
  return one.clicks - before;
}

async function consents(one) {
  const answered = () => new URL(one.page.url()).searchParams;
  const withdraws = () => one.press(`Withdraw access of ${native}`);
  await one.open(authorize);
  await one.says(`${native} asks for access`);
  const sizes = await one.page.locator(".equal button").evaluateAll((all) => all.map((each) => {
    const { width, height } = each.getBoundingClientRect();
    const { color, backgroundColor, fontWeight, fontSize } = getComputedStyle(each);
    return [width, height, color, backgroundColor, fontWeight, fontSize].join();
  }));
  assert.equal(sizes.length, 2);
  assert.equal(sizes[0], sizes[1], "refusing looks different from allowing");
  await one.press("Refuse");
  assert.equal(answered().get("error"), "access_denied");

  await one.open(authorize);
  const granting = await clicks(one, async () => {
    await one.tick(/^What people write in posts/);
    await one.tick(config.group);
    await one.choose("It ends by itself after", "30");
    await one.press("Allow");
  });
  assert.ok(answered().get("code"), one.page.url());
  assert.equal(answered().get("state"), "back");

  await one.open("/");
  const withdrawing = await clicks(one, withdraws);
  await one.says("Withdrawn. The app's access through you has ended.");
  assert.ok(withdrawing <= 2, `withdrawing takes ${withdrawing} clicks from home`);
  assert.ok(granting >= withdrawing, `granting takes ${granting} clicks and withdrawing ${withdrawing}`);
  done(`consent: ${granting} clicks to allow, ${withdrawing} to withdraw`);
}

async function chooses(one) {
  const says = (text) => one.says(text);
  await one.open("/");
  const blocking = await clicks(one, async () => {
    await one.follow(/See and decide/);
    await one.press(`Block ${app.name}`);
  });
  await says("From now on nothing about you is shown there.");
  assert.ok(blocking <= 2, `an app that an admin enabled takes ${blocking} clicks from home to end`);
  await one.press(`Unblock ${app.name}`);
  await says("Unblocked.");
  await one.press("Block all apps");
  await says("No app receives anything about you.");
  if (scripts) await one.inspect(title("member-all-blocked"));
  await one.press("Unblock all apps");
  await one.press(`Block all apps in ${config.group}`);
  await one.press(`Unblock apps in ${config.group}`);
  done(`settings: ${blocking} clicks from home end an app`);

  await one.follow(`Choose for ${app.name}`);
  await one.tick(/^What people write in posts/);
  await one.pressIn("What admins allowed", "Save");
  await says("Saved. It holds from now on.");
  const box = one.page.getByRole("checkbox", { name: /^What people write in posts/ });
  assert.equal(await box.isChecked(), false);
  await one.tick(/^What people write in posts/);
  await one.pressIn("What admins allowed", "Save");
  await one.pressIn(config.group, "Take everything back");
  await says("Saved. It holds from now on.");
  await one.tick(/^Names of people in a group/);
  await one.pressIn(config.group, "Save");
  assert.ok(await one.page.getByRole("checkbox", { name: /^Names of people in a group/ }).isChecked());
  done("choices for an app");

  await one.follow("Seen by");
  const days = one.page.locator("details").first();
  await one.to(days.locator("summary"));
  await one.page.keyboard.press("Enter");
  await days.locator("table").waitFor({ state: "visible" });
  await one.follow("History");
  await says("newest first");
  assert.ok((await one.page.locator("main li").count()) >= 8, "decisions are missing");
  done("seen by, history");
}

async function administers(one) {
  await one.open("/");
  const enabling = await clicks(one, async () => {
    await one.follow(/Manage apps in my groups/);
    await one.follow("Enable an app");
    await one.follow(`Choose ${other.name}`);
    if (scripts) await one.inspect(title("admin-enable"));
    const group = one.page.getByRole("checkbox", { name: config.group });
    if (!(await group.isChecked())) await one.tick(config.group);
    await one.tick(/^Group names/);
    await one.tick(/^What people write in comments/);
    await one.press("Continue");
    if (scripts) await one.inspect(title("admin-preview"));
    await one.press("Enable");
  });
  await one.says("The app is enabled in the groups that you chose.");
  await one.follow(`Manage ${other.name} in ${config.group}`);
  await one.tick(/^What people write in comments/);
  await one.press("Save");
  await one.says("Saved. The app receives less from now on.");
  await one.open("/");
  const disabling = await clicks(one, async () => {
    await one.follow(/Manage apps in my groups/);
    await one.follow(`Manage ${other.name} in ${config.group}`);
    await one.follow("Disable…");
    await one.press("Disable");
  });
  await one.says("The app is disabled in this group. Its access has ended.");
  assert.ok(enabling >= disabling, `enabling takes ${enabling} clicks and disabling ${disabling}`);
  done(`groups: ${enabling} clicks to enable, ${disabling} to disable`);
}

// Fills in why, and does it.
async function because(one, reason, button) {
  await one.choose("Reason", reason);
  await one.choose("How grave", "Low");
  await one.type("Note", "As the keyboard says.");
  await one.press(button);
}

async function registers(one) {
  const partner = `Partner of ${app.name}`;
  const name = `App of ${app.name}`;
  await one.follow("Partners");
  await one.follow("Register a partner");
  await one.type("Legal name", partner);
  await one.press("Register a partner");
  await one.says("Registered.");
  await one.follow("Register an app");
  await one.type("Name", name);
  await one.type("Redirect URIs", "nowhere");
  await one.press("Register an app");
  if (scripts) await one.inspect(title("staff-mistake"));
  await one.type("Redirect URIs", "https://new.example/callback");
  await one.press("Register an app");
  await one.says("Registered.");
  await one.follow("Make a credential");
  await one.press("Make a credential");
  await one.says("cannot be shown again");
  if (scripts) await one.inspect(title("staff-secret"));
  await one.follow("Done");
  await one.follow("Change redirect URIs");
  await one.type("Redirect URIs", "https://new.example/other");
  await one.press("Change redirect URIs");
  await one.says("https://new.example/other");
  await one.follow("Change its details");
  await one.type("Purpose", "It plans what a group does.");
  await one.type("Category", "Planning!");
  await one.type("Privacy policy", "https://new.example/privacy");
  await one.press("Save");
  await one.says("Must be 1 to 40 small letters, digits and hyphens.");
  if (scripts) await one.inspect(title("staff-details-mistake"));
  await one.type("Category", "planning");
  await one.press("Save");
  await one.says("Done. It is in the log, recorded as yours.");
  await one.follow("Agreements");
  await one.follow("Make an agreement");
  await one.type("Search", name);
  await one.press("Search");
  if (scripts) await one.inspect(title("staff-agreement-app"));
  await one.follow(name);
  await one.tick(/^Group names/);
  await one.tick("Managing groups");
  await one.press("Make an agreement");
  await one.says("Registered.");
  await one.follow("Apps");
  await one.follow(name);
  await one.follow("Enter a certification");
  await one.tick(/^Group names/);
  await one.press("Enter a certification");
  await one.says("Registered.");
  done("partner, app, credential, agreement, certification");
}

async function acts(one) {
  await one.follow("Apps");
  await one.type("Search", `App of ${app.name}`);
  await one.press("Search");
  await one.follow(`App of ${app.name}`);
  await one.follow("Suspend…");
  await because(one, "Breach", "Suspend");
  await one.says("Done. It is in the log, recorded as yours.");
  await one.follow("Reinstate…");
  await because(one, "Breach", "Reinstate");
  await one.follow("Cut-offs");
  await one.type("Id", config.credential);
  await one.press("Continue");
  await because(one, "An incident", "Cut off");
  await one.follow("Programs");
  await one.follow("Login");
  await one.follow("Restrict…");
  await because(one, "Another", "Restrict");
  await one.follow("Open…");
  await because(one, "Another", "Open");
  done("suspend, reinstate, cut off, restrict");

  await one.follow("Close…");
  await one.press("Add more exceptions");
  if (scripts) await one.inspect(title("staff-close"));
  await one.follow("Cases");
  await one.follow("Open a case");
  await one.type("About which app", app.id);
  await one.choose("What it begins with", "staff");
  await because(one, "Breach", "Open the case");
  await one.follow("Add a note");
  await one.type("Note", "Seen by the keyboard.");
  await one.tick("The partner reads it, too");
  await one.press("Add the note");
  await one.follow("Decide…");
  await one.choose("How it is decided", "Unfounded");
  await one.type("Why", "Nothing was wrong.");
  await one.press("Decide the case");
  await one.says("Nothing was wrong.");
  if (scripts) await one.inspect(title("staff-case"));
  done("case opened, documented, decided");

  await one.follow("Policy");
  await one.type("Policy document (JSON)", "{}");
  await one.press("Look at the changes");
  await one.says("This document cannot be put in force.");
  if (scripts) await one.inspect(title("staff-policy-mistakes"));
  await one.type("Policy document (JSON)", config.policy);
  await one.press("Look at the changes");
  if (scripts) await one.inspect(title("staff-policy-preview"));
  await one.choose("Reason", "Another");
  await one.press("Put it in force");
  await one.says("The policy is in force.");
  await one.follow("Log");
  await one.says("Sam Staff");
  done("policy, log");
}

const member = await enter("member");
await consents(member);
await chooses(member);
await leave(member);
const admin = await enter("admin");
await administers(admin);
await leave(admin);
const staff = await enter("staff");
await registers(staff);
await acts(staff);
await leave(staff);
await close();
client.close();
