import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cdk from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ALARMS_MAX } from "../lib/alarms.ts";
import { JOURNAL_ACTIONS, SECRET_ACTIONS, TOPIC_ACTIONS } from "../lib/roles.ts";
import { type Told, settingsOf } from "../lib/settings.ts";
import { TqqqStack } from "../lib/stack.ts";

const CONFIG = 'venue = "alpaca-paper"\njournal = "dynamodb:tqqq-journal"\n';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tqqq-"));
  writeFileSync(join(made, "bootstrap"), "");
  return made;
}

function settings(told: Partial<Told> = {}) {
  return settingsOf({ config: CONFIG, package: folder(), email: "owner@example.com", ...told });
}

function template(told: Partial<Told> = {}): Template {
  return Template.fromStack(new TqqqStack(new cdk.App(), "tqqq", settings(told)));
}

const paper = template();

describe("the journal", () => {
  test("has the keys of crates/aws, is billed by use, restorable and protected", () => {
    paper.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      Properties: {
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    });
  });

  test("is not made anew where it was restored", () => {
    template({ existingTable: "true" }).resourceCountIs("AWS::DynamoDB::Table", 0);
  });
});

describe("the functions", () => {
  test("are two, on the program itself, with time for a try", () => {
    paper.resourceCountIs("AWS::Lambda::Function", 2);
    paper.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "provided.al2023",
      Architectures: ["x86_64"],
      Timeout: 240,
      ReservedConcurrentExecutions: Match.absent(),
      Environment: { Variables: { TQQQ_FUNCTION: "trader", TQQQ_CONFIG: CONFIG.trim() } },
    });
  });

  test("may do what the program calls, and nothing else, on nothing else", () => {
    const source = readFileSync("../crates/aws/src/call.rs", "utf8");
    const called = new Set(source.match(/(?<=")(dynamodb|secretsmanager|sns):\w+(?=")/g));
    expect([...called].sort()).toEqual(
      [...JOURNAL_ACTIONS, ...SECRET_ACTIONS, ...TOPIC_ACTIONS].sort(),
    );
    const policies = Object.values(paper.findResources("AWS::IAM::Policy"));
    const statements = policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement);
    for (const { Action, Resource } of statements) {
      expect(JSON.stringify(Action)).not.toContain("*");
      expect(Resource).not.toBe("*");
    }
    const granted = statements.flatMap(({ Action }) => Action);
    const others = granted.filter((action: string) => !called.has(action));
    expect([...new Set(others)].sort()).toEqual([
      "lambda:InvokeFunction",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      // What the CDK grants a function on the queue of its dead letters.
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:SendMessage",
    ]);
  });

  test("give keys and orders to the trader alone", () => {
    const operator = Object.entries(paper.findResources("AWS::IAM::Policy")).find(([id]) =>
      id.startsWith("OperatorRole"),
    );
    expect(JSON.stringify(operator)).not.toMatch(/secretsmanager|sns:|lambda:Invoke/);
    const functions = Object.values(paper.findResources("AWS::Lambda::Function"));
    const names = functions.map((it) => it.Properties.Environment.Variables);
    const without = names.find((variables) => variables.TQQQ_FUNCTION === "operator");
    expect(without).not.toHaveProperty("TQQQ_SECRET");
  });

  test("retry a failed try while the slot is young, then leave it with the dead letters", () => {
    paper.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
      MaximumEventAgeInSeconds: 600,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: Match.anyValue() },
    });
  });

  test("come as a container image where that is asked for, from its own stage", () => {
    const image = mkdtempSync(join(tmpdir(), "tqqq-"));
    writeFileSync(join(image, "Dockerfile"), "FROM scratch AS functions\n");
    const packaged = template({ package: image, packaging: "image" });
    packaged.hasResourceProperties("AWS::Lambda::Function", {
      PackageType: "Image",
      Runtime: Match.absent(),
    });
    packaged.resourceCountIs("AWS::Lambda::Function", 2);
  });

  test("reserve concurrency only where that is asked for", () => {
    template({ reservedConcurrency: "1" }).hasResourceProperties("AWS::Lambda::Function", {
      ReservedConcurrentExecutions: 1,
    });
  });
});

describe("the owner", () => {
  test("hears of all alarms, which are free, and of the bill", () => {
    const alarms = Object.values(paper.findResources("AWS::CloudWatch::Alarm"));
    expect(alarms.length).toBeLessThanOrEqual(ALARMS_MAX);
    for (const { Properties } of alarms) expect(Properties.AlarmActions).toHaveLength(1);
    paper.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "owner@example.com",
    });
    paper.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: { BudgetLimit: { Amount: 5, Unit: "USD" }, TimeUnit: "MONTHLY" },
    });
  });

  test("hears of slots for which the trader was never called, by the watchdog's count", () => {
    paper.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace: "tqqq",
      MetricName: "SlotsMissed",
      Dimensions: [{ Name: "Venue", Value: "alpaca-paper" }],
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
    });
  });

  test("pays for no metric: the shared names are as many as are free", () => {
    const names = JSON.parse(readFileSync("metrics.json", "utf8"));
    expect(names.outcomes.length + names.others.length).toBeLessThanOrEqual(10);
  });

  test("sees every outcome on the dashboard", () => {
    const [board] = Object.values(paper.findResources("AWS::CloudWatch::Dashboard"));
    const names = JSON.parse(readFileSync("metrics.json", "utf8"));
    for (const name of names.outcomes) {
      expect(JSON.stringify(board)).toContain(name);
    }
  });
});

describe("what makes no sense is refused with a hint", () => {
  const cases: [string, Partial<Told>, RegExp][] = [
    ["real money by configuration alone", { config: CONFIG.replace("paper", "live") }, /real money/],
    ["real money by the command alone", { live: "true" }, /real money/],
    ["a venue of this machine", { config: 'venue = "local"' }, /cannot be reached/],
    ["a journal in a file", { config: 'venue = "alpaca-paper"\njournal = "sqlite:a"' }, /dynamodb:/],
    ["a key of a section for one of the top", { config: `[x]\n${CONFIG}` }, /venue = \(none\)/],
    ["nobody to tell", { email: undefined }, /who hears/],
    ["no address", { email: "owner" }, /who hears/],
    ["a packaging there is not", { packaging: "rpm" }, /zip or image/],
    ["days no log is kept for", { logDays: "10" }, /CloudWatch takes/],
    ["a configuration too large", { config: CONFIG + 'x = "y"\n'.repeat(500) }, /bytes/],
  ];
  test.each(cases)("%s", (_, told, hint) => {
    expect(() => settings(told)).toThrow(hint);
  });

  test("and real money said twice is taken, and protected", () => {
    const live = settings({ config: CONFIG.replace("paper", "live"), live: "true" });
    expect(new TqqqStack(new cdk.App(), "tqqq", live).terminationProtection).toBe(true);
  });
});
