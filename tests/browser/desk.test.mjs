// The dashboard as a person meets it: every page over a journal that `tqqq run` made, news without
// reload, a halt that the next slot obeys, a door that stays shut to a wrong token.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

import { SHOTS, TOKEN, browser, dashboard, end, journals, tqqq, venue } from "./stage.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Largest page with everything it loads. The times are told and not held: the machine may be busy.
const PAGE_BYTES_MAX = 300_000;
// Beyond this a layout has moved under the reader's eyes.
const SHIFT_MAX = 0.01;

const WIDTHS = [360, 1440];
const PAGES = {
  now: "/", equity: "/equity", decisions: "/decisions?day=2024-03-28", orders: "/orders",
  health: "/health", research: "/research", login: "/login", slot: "/decisions/2024-03-28T10:30",
};

let exchange;
let desk;
let context;

async function run(to) {
  const { code, out } = await tqqq("run", "--venue-url", exchange, "--to", to);
  assert.equal(code, 0, out);
}

before(async () => {
  exchange = await venue();
  await run("2024-03-28");
  const study = await tqqq("venue", "--seed", "1", "--export", "bars.csv");
  assert.equal(study.code, 0, study.out);
  const report = await tqqq("backtest", "bars.csv", "--report", "backtest.html");
  assert.equal(report.code, 0, report.out);
  desk = await dashboard();
  context = await browser();
});

// A page left open by a test that failed holds one of the browser's few connections.
afterEach(async () => {
  for (const page of context.pages()) await page.close();
});

after(async () => {
  await context?.close();
  end();
});

async function open(path, width = 1440, scheme = "light") {
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (line) => line.type() === "error" && wrong.push(line.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 900 });
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const answer = await page.goto(desk + path);
  // The live link is up: what comes now comes by itself.
  if (path !== "/login") await page.waitForFunction(() => document.getElementById("link")?.textContent === "live");
  return { page, answer, wrong };
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await axe.run()).violations.map((it) =>
    `${it.id}: ${it.nodes.map((node) => node.target.join(" ")).join(", ")}`));
  return found;
}

for (const [name, path] of Object.entries(PAGES)) {
  for (const width of WIDTHS) {
    test(`${name} at ${width} px reads, fits, and stays where it is`, async () => {
      for (const scheme of ["light", "dark"]) {
        const { page, answer, wrong } = await open(path, width, scheme);
        assert.equal(answer.status(), 200);
        if (SHOTS) {
          await page.screenshot({ path: join(SHOTS, `${name}-${width}-${scheme}.png`), fullPage: true });
        }
        assert.deepEqual(await violations(page), []);
        const room = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(room <= 0, `${room} px wider than the window`);
        assert.ok((await page.evaluate(() => window.shift)) < SHIFT_MAX, "the layout moved");
        assert.deepEqual(wrong, []);
        await page.close();
      }
    });
  }
}

test("every page is small", async (t) => {
  for (const [name, path] of Object.entries(PAGES)) {
    const session = await context.newPage();
    let bytes = 0;
    session.on("response", async (answer) => {
      const length = Number(answer.headers()["content-length"] ?? 0);
      bytes += length;
    });
    const answer = await session.goto(desk + path, { waitUntil: "load" });
    const ms = Number(answer.headers()["server-timing"].match(/dur=([0-9.]+)/)[1]);
    t.diagnostic(`${name}: ${bytes} bytes with all it loads, ${ms} ms on the server`);
    assert.ok(bytes > 0 && bytes < PAGE_BYTES_MAX, `${name}: ${bytes} bytes`);
    await session.close();
  }
});

test("the keyboard reaches the content first, then the pages", async () => {
  const { page } = await open("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
});

test("a slot of the day opens its whole story", async () => {
  const { page } = await open("/decisions?day=2024-03-28");
  await page.getByRole("link", { name: "2024-03-28 10:30" }).click();
  await page.waitForURL("**/decisions/2024-03-28T10:30");
  const story = await page.locator(".story").innerText();
  for (const words of ["try 1 by run", "saw", "price to fast", "records"]) {
    const whole = story + (await page.locator("main").innerText());
    assert.ok(whole.includes(words), `${words} is told`);
  }
});

test("a report on disk is shown", async () => {
  const { page } = await open("/research");
  await page.locator(".reports a").first().click();
  await page.waitForURL("**/research/backtest.html");
  assert.ok((await page.locator("body").innerText()).length > 500);
});

test("a wrong token is refused and the right one opens the switches", async () => {
  const { page } = await open("/");
  assert.equal(await page.getByRole("button", { name: /Halt/ }).count(), 0);
  await page.getByRole("link", { name: "Log in to halt or resume" }).click();
  await page.getByLabel("Token").fill("not-the-token");
  await page.getByRole("button", { name: "Log in" }).click();
  assert.match(await page.getByRole("alert").innerText(), /not the token/);
  await page.getByLabel("Token").fill(TOKEN);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Halt: buy nothing" }).waitFor();
  if (SHOTS) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(SHOTS, `owner-${width}-light.png`), fullPage: true });
    }
  }
  assert.deepEqual(await violations(page), []);
  assert.ok(!(await page.content()).includes(TOKEN), "no page holds the token");
});

test("news comes to an open page without a reload", async () => {
  const { page } = await open("/");
  await page.evaluate(() => (window.stayed = true));
  const newest = () => page.locator("#newest tbody th").first().innerText();
  const before = await newest();
  await run("2024-04-03");
  await page.waitForFunction(
    (before) => document.querySelector("#newest tbody th").innerText !== before, before,
    { timeout: 30_000 });
  await page.waitForFunction(
    () => document.querySelector("#newest tbody th").innerText.startsWith("2024-04-03 15:30"), null,
    { timeout: 30_000 });
  assert.equal(await page.evaluate(() => window.stayed), true, "it is the same page");
});

test("a halt pressed on the page is obeyed by the next slot, and lifted again", async () => {
  const { page } = await open("/");
  await page.getByLabel("Reason, for the record").fill("a look first");
  await page.getByRole("button", { name: "Halt: buy nothing" }).click();
  await page.locator(".pill", { hasText: "halted" }).waitFor();
  assert.match(await page.locator("#attention").innerText(), /by the owner: a look first/);
  assert.deepEqual(await violations(page), []);
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "halted-1440-light.png"), fullPage: true });
  await run("2024-04-17");
  const history = await tqqq("history", "--from", "2024-04-04", "--to", "2024-04-17", "--json");
  const slots = history.out.trim().split("\n").map((line) => JSON.parse(line));
  const wanted = slots.filter((slot) => slot.state === "bullish" && slot.outcome !== "held");
  assert.ok(wanted.length > 0, "the weeks after had a bullish slot that was to buy");
  for (const slot of wanted) assert.equal(slot.reason, "Halted", `${slot.slot}: ${slot.outcome}`);
  await page.reload();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator(".pill:not(.bad)").waitFor();
  assert.equal(journals().length, 1, "one journal all along");
});
