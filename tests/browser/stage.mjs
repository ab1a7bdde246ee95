// What every test stands on: an exchange, a runner, a dashboard and a browser, each a process of
// its own, in a folder that is gone afterwards.

import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const TQQQ = process.env.TQQQ;
const CHROMIUM = process.env.CHROMIUM;
export const SHOTS = process.env.SHOTS;
export const TOKEN = "a-token-of-the-browser-tests";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const folder = mkdtempSync(join(tmpdir(), "tqqq-browser-"));
const running = [];

// Starts a process and waits for the address it prints.
async function serve(args) {
  const child = spawn(TQQQ, args, {
    cwd: folder,
    env: { ...process.env, TQQQ_DASHBOARD_TOKEN: TOKEN, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (bytes) => {
      said += bytes;
      const address = said.match(/on (http:\/\/[0-9.:]+)/);
      if (address) resolve(address[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`tqqq ${args[0]} ended with ${code}: ${said}`)));
  });
}

// Runs a command to its end.
export function tqqq(...args) {
  return new Promise((resolve) => {
    const child = spawn(TQQQ, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.stderr.on("data", (bytes) => (out += bytes));
    child.on("exit", (code) => resolve({ code, out }));
  });
}

export const venue = () => serve(["venue", "--seed", "1", "--listen", "127.0.0.1:0"]);
export const dashboard = (...args) => serve(["dashboard", "--listen", "127.0.0.1:0", ...args]);

export async function browser() {
  return chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
  });
}

export function journals() {
  return readdirSync(join(folder, "tqqq-runs")).filter((name) => name.endsWith(".journal"));
}

export function end() {
  for (const child of running) {
    child.removeAllListeners("exit");
    child.kill("SIGINT");
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

if (SHOTS) mkdirSync(SHOTS, { recursive: true });
