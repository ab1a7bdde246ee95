// When the trader is called: New York readings, whatever the offset.

/** One schedule. */
export interface Schedule {
  readonly id: string;
  /** EventBridge's cron: minutes hours day-of-month month day-of-week year, in `ZONE`. */
  readonly cron: string;
  /** The event. `<aws.scheduler.scheduled-time>` becomes the moment it was scheduled for, in UTC. */
  readonly event: string;
}

export const ZONE = "America/New_York";

const SLOT = '{"slot":"<aws.scheduler.scheduled-time>"}';

/** Half-hourly from 09:30 to 15:30, Monday to Friday, and the watchdog after the close. Holidays and
 * the afternoons of half days are told by the function's own calendar, which then does nothing. */
export const SCHEDULES: readonly Schedule[] = [
  { id: "Open", cron: "cron(30 9 ? * MON-FRI *)", event: SLOT },
  { id: "HalfHours", cron: "cron(0/30 10-15 ? * MON-FRI *)", event: SLOT },
  { id: "Watchdog", cron: "cron(30 16 ? * MON-FRI *)", event: '{"check":"day"}' },
];
