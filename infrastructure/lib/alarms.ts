// What wakes the owner: at most ten alarms (the free ones), each on something to act on.
import * as cdk from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as sns from "aws-cdk-lib/aws-sns";
import type * as sqs from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import names from "../metrics.json" with { type: "json" };

/** Most alarms that cost nothing. */
export const ALARMS_MAX = 10;

/** A metric that the functions write, which must be one of the shared names. */
export function written(name: string, venue: string): cloudwatch.Metric {
  if (![...names.outcomes, ...names.others].includes(name)) {
    throw new Error(`${name} is no metric of metrics.json`);
  }
  return new cloudwatch.Metric({
    namespace: names.namespace,
    metricName: name,
    dimensionsMap: { [names.dimension]: venue },
    statistic: name === "Equity" ? "Average" : "Sum",
    period: cdk.Duration.minutes(5),
  });
}

/** The alarms, told to `topic`. */
export function alarms(
  scope: Construct,
  venue: string,
  trader: lambda.Function,
  deadLetters: sqs.Queue,
  topic: sns.Topic,
): cloudwatch.Alarm[] {
  const { TreatMissingData, ComparisonOperator } = cloudwatch;
  const five = cdk.Duration.minutes(5);
  const atLeast = (
    id: string,
    metric: cloudwatch.IMetric,
    threshold: number,
    alarmDescription: string,
    rest: Partial<cloudwatch.AlarmProps> = {},
  ) =>
    new cloudwatch.Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...rest,
    });
  const all = [
    atLeast("SlotFailed", written("Failed", venue), 1, "A slot was closed as failed: `why` it."),
    atLeast("SlotMissed", written("Missed", venue), 1, "An event came too late for its slot."),
    // By the watchdog, after the close: it also sees slots for which the trader was never called.
    atLeast(
      "SlotsMissed",
      written("SlotsMissed", venue),
      1,
      "Slots of the day were carried through by nobody: was the trader called?",
    ),
    atLeast("Unsound", written("Unsound", venue), 1, "The chain is broken, or an invariant is."),
    new cloudwatch.Alarm(scope, "WatchdogSilent", {
      metric: written("DaysChecked", venue).with({ period: cdk.Duration.days(1) }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // A weekend with a holiday is three days without a check.
      evaluationPeriods: 4,
      datapointsToAlarm: 4,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: "No day was checked for four days: the schedules or the function are dead.",
    }),
    atLeast(
      "TraderErrors",
      trader.metricErrors({ period: five }),
      2,
      "Tries fail: see the log of the trader for the typed errors.",
    ),
    atLeast(
      "TraderThrottled",
      trader.metricThrottles({ period: five }),
      1,
      "The account's concurrency is used up: the trader did not run.",
    ),
    atLeast(
      "TraderSlow",
      trader.metricDuration({ period: five, statistic: "Maximum" }),
      200_000,
      "A try came near Lambda's time-out.",
    ),
    atLeast(
      "EventGivenUp",
      deadLetters.metricApproximateNumberOfMessagesVisible({
        period: five,
        statistic: "Maximum",
      }),
      1,
      "An event was given up after its retries.",
    ),
  ];
  if (all.length > ALARMS_MAX) throw new Error(`${all.length} alarms, and ${ALARMS_MAX} are free`);
  all.forEach((alarm) => alarm.addAlarmAction(new SnsAction(topic)));
  return all;
}

/** One page: what became of slots, what the account is worth, how the function fares. */
export function dashboard(scope: Construct, venue: string, trader: lambda.Function): void {
  const { GraphWidget } = cloudwatch;
  const day = cdk.Duration.days(1);
  new cloudwatch.Dashboard(scope, "Dashboard", {
    dashboardName: "tqqq",
    widgets: [
      [
        new GraphWidget({
          title: "Slots by outcome",
          width: 12,
          stacked: true,
          left: names.outcomes.map((name) => written(name, venue).with({ period: day })),
        }),
        new GraphWidget({ title: "Equity", width: 12, left: [written("Equity", venue)] }),
      ],
      [
        new GraphWidget({
          title: "Failed tries and errors",
          width: 12,
          left: [written("TryFailed", venue), trader.metricErrors()],
        }),
        new GraphWidget({
          title: "Duration of a call",
          width: 12,
          left: [trader.metricDuration({ statistic: "Maximum" })],
        }),
      ],
    ],
  });
}
