// Fetches the page again when the journal has grown, and puts in what has changed. Everything
// shown is made on the server; without this script a reload does the same.
"use strict";

const link = document.getElementById("link");
const said = document.getElementById("said");
let fetching = false;
let again = false;

function left(until) {
  const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const text = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds === 0 ? "now" : hours > 0 ? `in ${hours}:${text}` : `in ${text}`;
}

function countDown() {
  for (const time of document.querySelectorAll("[data-until]")) {
    time.textContent = left(Date.parse(time.dataset.until));
  }
}

// An element that holds what the reader has his hands on stays as it is.
function isInUse(element) {
  return element.contains(document.activeElement) && document.activeElement !== document.body;
}

function put(fresh) {
  for (const element of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(element.id);
    if (!other || other.innerHTML === element.innerHTML || isInUse(element)) continue;
    element.className = other.className;
    element.innerHTML = other.innerHTML;
  }
  countDown();
}

async function renew() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  const standing = document.getElementById("standing").textContent;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.ok) {
      put(new DOMParser().parseFromString(await answer.text(), "text/html"));
      const now = document.getElementById("standing").textContent;
      if (now !== standing) said.textContent = `Now: ${now}`;
    }
  } catch {
    link.textContent = "the dashboard does not answer";
  }
  fetching = false;
  if (again) {
    again = false;
    setTimeout(renew, 500);
  }
}

// A browser opens six connections to one address and no more: a page that nobody sees gives its
// own back, or six open tabs would leave none for a seventh.
let events;

function listen() {
  if (document.hidden) {
    events?.close();
    events = undefined;
    link.textContent = "paused while hidden";
    return;
  }
  if (events) return;
  events = new EventSource("/live");
  events.addEventListener("open", () => {
    link.textContent = "live";
    renew();
  });
  events.addEventListener("error", () => {
    link.textContent = "the live link is lost; trying again";
  });
  events.addEventListener("news", renew);
}

if (link) {
  document.addEventListener("visibilitychange", listen);
  listen();
  setInterval(countDown, 1000);
  countDown();
}
