// The app: what `cdk` runs. Everything it is told comes by context (`-c name=value`), which
// `cargo xtask deploy` fills in.
import { readFileSync } from "node:fs";
import * as cdk from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { settingsOf } from "../lib/settings.ts";
import { TqqqStack } from "../lib/stack.ts";

const app = new cdk.App();
const told = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined ? undefined : String(value);
};

const settings = settingsOf({
  config: readFileSync(told("config") ?? "../config/aws.toml", "utf8"),
  package: told("package") ?? "../target/lambda/package",
  email: told("email"),
  live: told("live"),
  packaging: told("packaging"),
  existingTable: told("existingTable"),
  reservedConcurrency: told("reservedConcurrency"),
  budgetUsd: told("budgetUsd"),
  logDays: told("logDays"),
});

if (settings.isLive) {
  console.error(
    "REAL MONEY: this deploys a trader for the live account. It buys nothing until the journal is " +
      "armed (`arm`), and then with all the cash of the account; it sells whatever other US stocks " +
      "the account holds on the next bullish signal after `adopt`.",
  );
}

new TqqqStack(app, "tqqq", settings);
cdk.Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
