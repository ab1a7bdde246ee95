// What a deployment is told, checked before anything is made of it.

/** As typed, by name. */
export interface Told {
  /** The text of the configuration. */
  readonly config: string;
  /** The folder with the program `bootstrap` (zip), or with the Dockerfile's context (image). */
  readonly package: string;
  /** Who hears alerts. */
  readonly email?: string | undefined;
  /** `true` where real money is meant. */
  readonly live?: string | undefined;
  /** `zip` or `image`. */
  readonly packaging?: string | undefined;
  /** `true` where the table is there already, restored from a backup. */
  readonly existingTable?: string | undefined;
  /** How many processes of the trader there may be at once; not limited when absent. */
  readonly reservedConcurrency?: string | undefined;
  /** Dollars a month beyond which the budget warns. */
  readonly budgetUsd?: string | undefined;
  /** Days that logs are kept. */
  readonly logDays?: string | undefined;
}

/** A deployment that makes sense. */
export interface Settings {
  /** The configuration without comments: what the functions read. */
  readonly config: string;
  readonly venue: "alpaca-paper" | "alpaca-live";
  readonly isLive: boolean;
  readonly table: string;
  readonly existingTable: boolean;
  readonly package: string;
  readonly packaging: "zip" | "image";
  readonly email: string;
  readonly reservedConcurrency: number | undefined;
  readonly budgetUsd: number;
  readonly logDays: number;
}

/** Most bytes of a function's variables, all together, are 4096; the others take some hundreds. */
const CONFIG_BYTES_MAX = 3200;
/** The spans that CloudWatch keeps logs for. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827];

/** What was told makes no deployment. */
export class Refused extends Error {
  constructor(what: string, hint: string) {
    super(`${what}\nhint: ${hint}`);
  }
}

/** The value of a top-level key of the configuration. */
function valueOf(config: string, key: string): string | undefined {
  const [top = ""] = config.split(/^\s*\[/m);
  return new RegExp(`^\\s*${key}\\s*=\\s*"([^"]*)"`, "m").exec(top)?.[1];
}

function flag(name: string, value: string | undefined): boolean {
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw new Refused(`${name} = ${value}`, "write true or false");
}

function whole(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Refused(`${name} = ${value}`, `write a whole number from ${least} to ${most}`);
}

/** Checks what was told. */
export function settingsOf(told: Told): Settings {
  const config = told.config
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("\n");
  const bytes = Buffer.byteLength(config);
  if (bytes > CONFIG_BYTES_MAX) {
    throw new Refused(
      `the configuration has ${bytes} bytes, more than ${CONFIG_BYTES_MAX}`,
      "leave out what is the default",
    );
  }
  const venue = valueOf(config, "venue");
  if (venue !== "alpaca-paper" && venue !== "alpaca-live") {
    throw new Refused(
      `venue = ${venue ?? "(none)"}`,
      'write venue = "alpaca-paper"; a venue on your own machine cannot be reached from AWS',
    );
  }
  const isLive = venue === "alpaca-live";
  if (isLive !== flag("live", told.live)) {
    throw new Refused(
      `venue = "${venue}", and live is ${isLive ? "not " : ""}said`,
      "real money needs both: venue = \"alpaca-live\" in the configuration and --live on the command line",
    );
  }
  const table = /^dynamodb:([A-Za-z0-9_.-]{3,255})$/.exec(valueOf(config, "journal") ?? "")?.[1];
  if (table === undefined) {
    throw new Refused(
      `journal = ${valueOf(config, "journal") ?? "(none)"}`,
      'write journal = "dynamodb:tqqq-journal"',
    );
  }
  const packaging = told.packaging ?? "zip";
  if (packaging !== "zip" && packaging !== "image") {
    throw new Refused(`packaging = ${packaging}`, "write zip or image");
  }
  if (told.email === undefined || !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(told.email)) {
    throw new Refused(
      `email = ${told.email ?? "(none)"}`,
      "name who hears alerts: --email you@example.com",
    );
  }
  const logDays = whole("logDays", told.logDays ?? "90", 1, 1827);
  if (!LOG_DAYS.includes(logDays)) {
    throw new Refused(`logDays = ${logDays}`, `CloudWatch takes ${LOG_DAYS.join(", ")}`);
  }
  return {
    config,
    venue,
    isLive,
    table,
    existingTable: flag("existingTable", told.existingTable),
    package: told.package,
    packaging,
    email: told.email,
    reservedConcurrency:
      told.reservedConcurrency === undefined
        ? undefined
        : whole("reservedConcurrency", told.reservedConcurrency, 1, 100),
    budgetUsd: whole("budgetUsd", told.budgetUsd ?? "5", 1, 10000),
    logDays,
  };
}
