// A browser at the pages, and what every page that it shows must keep to.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Whatever hangs ends here.
setTimeout(() => assert.fail("not done in time"), 300_000).unref();

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
export const config = JSON.parse(Buffer.concat(chunks).toString());
export const done = (step) => console.log(step);

// Unmodified packages, where `./check setup` put them.
const installed = createRequire(`${process.env.BAILMENT_BROWSER}/package.json`);
const { chromium } = installed("playwright-core");
const axe = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");

export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };
// What one Tab after the other must come by.
const OPERABLE = "a[href], button, input:not([type=hidden]), select, textarea:not([tabindex='-1']), summary, [tabindex='0']";
const ALL_RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
const COLOURS = { runOnly: { type: "rule", values: ["color-contrast", "target-size", "link-in-text-block"] } };

const browser = await chromium.launch({
  executablePath: config.chromium,
  // Nobody else's pages are opened, and the tests may run as root, where the sandbox does not start.
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
export const close = () => browser.close();

// Somebody at a browser of their own. `faults` fills with whatever a page's console or content policy complains about.
export async function visitor(name, { scripts = true } = {}) {
  const context = await browser.newContext({ viewport: WIDE, javaScriptEnabled: scripts, reducedMotion: "reduce" });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const faults = [];
  const asked = new Set();
  // A page that says no has a status that the console tells as an error; what else is told there is a fault.
  const isStatus = (text) => /^Failed to load resource: the server responded with a status of 4\d\d/.test(text);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !isStatus(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // Whatever was still on its way when somebody went on to the next page.
    if (why !== "net::ERR_ABORTED") faults.push(`${request.url()}: ${why}`);
  });
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (url.origin === config.origin) asked.add(url.pathname);
    if (response.status() >= 500) faults.push(`${url}: ${response.status()}`);
  });
  return new Visitor(name, page, faults, asked);
}

export class Visitor {
  // Activations by Enter or Space, each of which is a click for whoever has a mouse.
  clicks = 0;

  constructor(name, page, faults, asked) {
    Object.assign(this, { name, page, faults, asked });
  }

  async open(path) {
    const answer = await this.page.goto(new URL(path, config.origin).href);
    return answer.status();
  }

  path() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  // Presses Tab until this is focused, as somebody without a mouse does.
  async to(locator) {
    const wanted = await locator.elementHandle();
    for (let pressed = 0; pressed < 300; pressed++) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    assert.fail(`${this.name} cannot tab to ${locator} at ${this.page.url()}`);
  }

  async type(label, text) {
    await this.to(this.page.getByLabel(label, { exact: true }));
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.type(text);
  }

  // Picks one of several: Tab leads to the first, arrows to the others.
  async pick(name) {
    await this.to(this.page.getByRole("radio").first());
    const wanted = this.page.getByRole("radio", { name }).first();
    await this.page.keyboard.press("Space");
    for (let pressed = 0; !(await wanted.isChecked()); pressed++) {
      assert.ok(pressed < 20, `${this.name} cannot pick ${name} at ${this.page.url()}`);
      await this.page.keyboard.press("ArrowDown");
    }
    this.clicks += 1;
  }

  // Ticks or unticks a box.
  async tick(name) {
    await this.to(this.page.getByRole("checkbox", { name }).first());
    await this.page.keyboard.press("Space");
    this.clicks += 1;
  }

  // Chooses of a list by typing the beginning of what it says.
  async choose(label, text) {
    const list = this.page.getByLabel(label, { exact: true });
    await this.to(list);
    await this.page.keyboard.type(text);
    const chosen = await list.evaluate((element) => element.selectedOptions[0].label);
    assert.ok(chosen.toLowerCase().startsWith(text.toLowerCase()), `${label}: ${chosen} and not ${text}`);
  }

  async #activate(locator, key) {
    await this.to(locator);
    this.clicks += 1;
    await Promise.all([this.page.waitForEvent("domcontentloaded"), this.page.keyboard.press(key)]);
    await this.page.waitForLoadState("load");
  }

  follow(name) {
    return this.#activate(this.page.getByRole("link", { name, exact: typeof name === "string" }).first(), "Enter");
  }

  press(name) {
    return this.#activate(this.page.getByRole("button", { name, exact: typeof name === "string" }).first(), "Enter");
  }

  // The same for one of several buttons that say the same, each in a part of the page that has a name.
  pressIn(part, name) {
    const region = this.page.getByRole("region", { name: part });
    return this.#activate(region.getByRole("button", { name, exact: true }), "Enter");
  }

  // The whole page says this.
  async says(text) {
    const all = await this.page.locator("body").innerText();
    assert.ok(all.includes(text), `${this.name} misses “${text}” at ${this.page.url()}:\n${all}`);
  }

  async signIn({ login, password }) {
    await this.type("Login", login);
    await this.type("Password", password);
    await this.press("Sign in");
  }

  // Whether the page keeps to all that holds for pages; pictures of it go where they can be looked at.
  async inspect(title) {
    const { page } = this;
    const scripts = await page.evaluate(() => document.scripts.length);
    assert.equal(scripts, 0, `${title} has scripts`);
    for (const [size, scheme, rules] of [
      [PHONE, "dark", ALL_RULES],
      [PHONE, "light", COLOURS],
      [WIDE, "dark", COLOURS],
      [WIDE, "light", ALL_RULES],
    ]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: scheme });
      const how = `${title}-${size === PHONE ? "phone" : "wide"}-${scheme}`;
      if (config.shots) {
        mkdirSync(config.shots, { recursive: true });
        await page.screenshot({ path: `${config.shots}/${how}.png`, fullPage: true });
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wider <= 0, `${how} is ${wider} pixels wider than the window`);
      // The content policy binds pages and not whoever drives the browser.
      await page.evaluate(axe);
      const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), rules);
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((one) => `  ${one.html}\n  ${one.failureSummary}`).join("\n")}`);
      assert.deepEqual(found, [], `${how} at ${page.url()}`);
    }
    await this.#tabThrough(title);
    assert.deepEqual(this.faults, [], `${title} at ${page.url()}`);
  }

  // Every control is come by, in the order of the page, and shows that it is focused.
  async #tabThrough(title) {
    const { page } = this;
    // Tab goes on from where the focus was last; from the body it begins at the top.
    await page.evaluate(() => {
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
      window.scrollTo(0, 0);
    });
    const expected = await page.evaluate((operable) => {
      const shown = (element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
      const all = [...document.querySelectorAll(operable)].filter((one) => shown(one) && !one.disabled);
      // Of radio buttons with one name the arrows lead to the others.
      const reached = all.filter((one) => one.type !== "radio"
        || one === (one.form.querySelector(`[name="${one.name}"]:checked`) ?? one.form.querySelector(`[name="${one.name}"]`)));
      reached.forEach((one, place) => { one.dataset.place = place; });
      return reached.map((one) => one.outerHTML.slice(0, 120));
    }, OPERABLE);
    const order = [];
    // A date has a stop for each of its parts.
    for (let pressed = 0; pressed <= 10 + expected.length + 5 * expected.filter((one) => one.includes('type="date"')).length; pressed++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return null;
        const style = getComputedStyle(one);
        const box = one.getBoundingClientRect();
        const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 20) / 2);
        return {
          place: one.dataset.place === undefined ? null : Number(one.dataset.place),
          html: one.outerHTML.slice(0, 120),
          outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
          covered: !(at && (at === one || one.contains(at) || at.contains(one))),
          inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        };
      });
      if (!focused) break;
      assert.ok(focused.outlined, `${title}: focus cannot be seen on ${focused.html}`);
      assert.ok(focused.inside && !focused.covered, `${title}: hidden while focused: ${focused.html}`);
      // What scrolls is come by too, so that arrows can scroll it.
      if (focused.place !== null && order.at(-1) !== focused.place) order.push(focused.place);
    }
    const missed = expected.filter((_, place) => !order.includes(place));
    assert.deepEqual(missed, [], `${title}: cannot be tabbed to`);
    const right = [...expected.keys()];
    assert.deepEqual(order.slice(0, right.length), right, `${title}: Tab jumps about`);
  }
}
