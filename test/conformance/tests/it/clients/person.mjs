// A person at a browser without JavaScript: opens pages, fills in their forms, follows redirects of the site.

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"' };

function text(html) {
  const code = (name) => Number(name[1] === "x" ? `0${name.slice(1)}` : name.slice(1));
  return html.replace(/&(#?\w+);/g, (_, name) => ENTITIES[name] ?? String.fromCodePoint(code(name)));
}

// The forms of a page: what each would send if nobody touched it.
function forms(html) {
  const found = [];
  let form, select;
  for (const [, end, tag, rest] of html.matchAll(/<(\/?)([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/g)) {
    const at = Object.fromEntries(
      [...rest.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name, text(value ?? "")]),
    );
    if (tag === "form") {
      form = end ? undefined : { action: at.action, fixed: [], boxes: [], buttons: [] };
      if (form) found.push(form);
    }
    if (!form || end) continue;
    if (tag === "input" && at.type === "checkbox") {
      form.boxes.push({ name: at.name, value: at.value, checked: "checked" in at });
    } else if (tag === "input") {
      form.fixed.push([at.name, at.value ?? ""]);
    } else if (tag === "select") {
      select = at.name;
    } else if (tag === "option" && "selected" in at) {
      form.fixed.push([select, at.value]);
    } else if (tag === "button") {
      form.buttons.push([at.name, at.value]);
    }
  }
  return found;
}

const offered = (form, name) => form.boxes.filter((box) => box.name === name).map((box) => box.value);

export class Person {
  #cookies = new Map();

  constructor(origin, { login, password }) {
    Object.assign(this, { origin, login, password });
  }

  // Opens a page, signing in where the site asks for it; `elsewhere` is where the site sent the browser away to.
  async open(url) {
    const page = await this.#send(new URL(url, this.origin));
    const entry = page.forms?.find((form) => form.fixed.some(([name]) => name === "password"));
    if (!entry) return page;
    return this.submit(page, entry, { login: this.login, password: this.password });
  }

  // Sends a form: `typed` replaces texts, `ticked` says per name of boxes which of them are ticked.
  submit(page, form, typed = {}, ticked = {}, button) {
    const body = new URLSearchParams(form.fixed.map(([name, value]) => [name, typed[name] ?? value]));
    for (const name in ticked) {
      for (const value of ticked[name]) {
        if (!offered(form, name).includes(value)) throw new Error(`the page does not offer ${name} ${value}`);
      }
    }
    for (const { name, value, checked } of form.boxes) {
      if (ticked[name] ? ticked[name].includes(value) : checked) body.append(name, value);
    }
    if (button) {
      if (!form.buttons.some(([name, value]) => name === button[0] && value === button[1])) {
        throw new Error(`the page has no button ${button}`);
      }
      body.append(...button);
    }
    return this.#send(new URL(form.action, page.url), body);
  }

  async #send(url, body) {
    for (;;) {
      const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
      const headers = cookie ? { cookie } : {};
      const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
        this.#cookies.set(name, value);
      }
      const html = await answer.text();
      if (answer.status < 300 || answer.status >= 400) {
        return { url, status: answer.status, html, forms: forms(html) };
      }
      url = new URL(answer.headers.get("location"), url);
      if (url.origin !== this.origin) return { elsewhere: url };
      body = undefined;
    }
  }

  // Decides on what an app asks for; without `classes`, everything offered is ticked. Where the app gets its answer.
  async decide(url, { classes, groups = [], install = [], allow = true } = {}) {
    const page = await this.open(url);
    if (page.elsewhere) return page.elsewhere;
    const form = page.forms.find((one) => one.buttons.some(([name]) => name === "decision"));
    if (!form) throw new Error(`no consent page: ${page.status} ${page.html}`);
    const ticked = { class: classes ?? offered(form, "class"), group: groups, install };
    const after = await this.submit(page, form, {}, ticked, ["decision", allow ? "allow" : "refuse"]);
    if (!after.elsewhere) throw new Error(`no answer for the app: ${after.status} ${after.html}`);
    return after.elsewhere;
  }

  // Takes back what this app was allowed.
  async withdraw(app) {
    const page = await this.open(`/privacy/apps/${app}`);
    const form = page.forms.find((one) => one.action.endsWith("/withdraw"));
    const after = await this.submit(page, form);
    if (after.status !== 200) throw new Error(`not withdrawn: ${after.status} ${after.html}`);
  }
}
