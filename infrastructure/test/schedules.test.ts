// The moments of the schedules against the slots of a session, each weekday of 2026 to 2035: over
// all twenty changes of New York's clocks.
import { expect, test } from "vitest";
import { SCHEDULES, ZONE } from "../lib/schedules.ts";

/** The minutes of the day that a field of numbers, ranges and steps allows. */
function allowed(field: string, most: number): number[] {
  const [range = "", step] = field.split("/");
  const [from = "", to] = range.split("-");
  const last = to !== undefined ? Number(to) : step !== undefined ? most : Number(from);
  const every = step === undefined ? 1 : Number(step);
  const found: number[] = [];
  for (let at = Number(from); at <= last; at += every) found.push(at);
  return found;
}

/** New York readings, in minutes of the day, at which a cron of ours fires on weekdays. */
function readings(cron: string): number[] {
  const parts = /^cron\((\S+) (\S+) \? \* MON-FRI \*\)$/.exec(cron);
  expect(parts, cron).not.toBeNull();
  const [, minutes = "", hours = ""] = parts ?? [];
  return allowed(hours, 23).flatMap((hour) =>
    allowed(minutes, 59).map((minute) => hour * 60 + minute),
  );
}

const clock = new Intl.DateTimeFormat("en-US", {
  timeZone: ZONE,
  hourCycle: "h23",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
});

/** What New York's clocks show at a moment. */
function shown(moment: number): string {
  const part = Object.fromEntries(clock.formatToParts(moment).map((it) => [it.type, it.value]));
  return `${part.year}-${part.month}-${part.day} ${Number(part.hour) * 60 + Number(part.minute)}`;
}

/** All moments of UTC at which New York's clocks show this reading: one, but where clocks change. */
function moments(date: Date, reading: number): number[] {
  const day = date.getTime();
  const wanted = `${date.getUTCFullYear()}-${date.getUTCMonth() + 1}-${date.getUTCDate()} ${reading}`;
  return [4, 5]
    .map((offset) => day + (reading + offset * 60) * 60_000)
    .filter((moment) => shown(moment) === wanted);
}

const slots = SCHEDULES.filter(({ event }) => event.includes("slot")).flatMap(({ cron }) =>
  readings(cron),
);

test("the slots are the thirteen half hours from 09:30 to 15:30, each once", () => {
  const session = Array.from({ length: 13 }, (_, slot) => 9 * 60 + 30 + slot * 30);
  expect([...slots].sort((a, b) => a - b)).toEqual(session);
});

test("the watchdog comes after the last slot is over, whatever the day", () => {
  const watchdogs = SCHEDULES.filter(({ event }) => event.includes("check"));
  expect(watchdogs.flatMap(({ cron }) => readings(cron))).toEqual([16 * 60 + 30]);
});

test("every weekday of ten years has each slot exactly once, half an hour apart", () => {
  let days = 0;
  const offsets = new Set<number>();
  for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2036, 0, 1); day += 86_400_000) {
    const date = new Date(day);
    if (date.getUTCDay() === 0 || date.getUTCDay() === 6) continue;
    days += 1;
    const found = [...slots].sort((a, b) => a - b).flatMap((slot) => moments(date, slot));
    expect(found.length, date.toISOString()).toBe(13);
    for (let slot = 1; slot < found.length; slot += 1) {
      expect((found[slot] ?? 0) - (found[slot - 1] ?? 0)).toBe(30 * 60_000);
    }
    offsets.add((found[0] ?? 0) - day);
  }
  expect(days).toBe(2608);
  expect([...offsets].sort()).toEqual([13.5 * 3_600_000, 14.5 * 3_600_000]);
});

test("every event is JSON, and a slot's carries the scheduled time", () => {
  for (const { event } of SCHEDULES) expect(() => JSON.parse(event)).not.toThrow();
  expect(SCHEDULES[0]?.event).toContain("<aws.scheduler.scheduled-time>");
});
