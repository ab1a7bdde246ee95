// Everything that runs tqqq on AWS, in one stack. What each resource is for stands in docs/aws.md.
import * as cdk from "aws-cdk-lib";
import * as budgets from "aws-cdk-lib/aws-budgets";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import * as logs from "aws-cdk-lib/aws-logs";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import * as sns from "aws-cdk-lib/aws-sns";
import * as sqs from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { alarms, dashboard } from "./alarms.ts";
import { JOURNAL_ACTIONS, SECRET_ACTIONS, TOPIC_ACTIONS, functionRole } from "./roles.ts";
import { SCHEDULES, ZONE } from "./schedules.ts";
import type { Settings } from "./settings.ts";

/** A try takes 150 s at most; the rest is for its beginning and end. */
const TIMEOUT = cdk.Duration.seconds(240);
/** Megabytes; the program needs a fifth of it, and CPU comes with memory. */
const MEMORY = 256;
/** The C library would give memory back after every answer and fetch it again for the next, which was
 * a sixth of a slot's CPU. Bytes. */
const ALLOCATOR = { MALLOC_TOP_PAD_: "2097152", MALLOC_TRIM_THRESHOLD_: "67108864" };
/** An event older than a slot may be is of no use. */
const EVENT_AGE = cdk.Duration.minutes(10);
/** Retries of a failed try: after one minute, and after two more. */
const RETRIES = 2;

export class TqqqStack extends cdk.Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, {
      description: `tqqq: an automated trader on ${settings.venue}`,
      terminationProtection: settings.isLive,
    });
    const table = this.journal(settings);
    const secret = this.keys();
    const topic = this.topic(settings.email);
    const deadLetters = new sqs.Queue(this, "DeadLetters", {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: cdk.Duration.days(14),
    });
    cdk.Validations.of(deadLetters).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "It is the dead letter queue: of the schedules, and of the trader's events.",
    });
    const journal = { actions: JOURNAL_ACTIONS, arn: table.tableArn };
    const trader = this.function(settings, "Trader", "trader", table, [
      journal,
      { actions: SECRET_ACTIONS, arn: secret.secretArn },
      { actions: TOPIC_ACTIONS, arn: topic.topicArn },
    ]);
    trader.addEnvironment("TQQQ_SECRET", secret.secretArn);
    trader.addEnvironment("TQQQ_TOPIC", topic.topicArn);
    trader.configureAsyncInvoke({
      maxEventAge: EVENT_AGE,
      retryAttempts: RETRIES,
      onFailure: new SqsDestination(deadLetters),
    });
    const operator = this.function(settings, "Operator", "operator", table, [journal]);
    this.schedules(trader, deadLetters);
    alarms(this, settings.venue, trader, deadLetters, topic);
    dashboard(this, settings.venue, trader);
    this.budget(settings);
    this.outputs({
      Table: table.tableName,
      Secret: secret.secretArn,
      Topic: topic.topicArn,
      TraderFunction: trader.functionName,
      OperatorFunction: operator.functionName,
      DeadLetterQueue: deadLetters.queueUrl,
    });
  }

  /** The journal: kept whatever becomes of the stack. */
  private journal(settings: Settings): dynamodb.ITable {
    if (settings.existingTable) {
      return dynamodb.Table.fromTableName(this, "Journal", settings.table);
    }
    return new dynamodb.Table(this, "Journal", {
      tableName: settings.table,
      partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "sk", type: dynamodb.AttributeType.NUMBER },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: cdk.RemovalPolicy.RETAIN,
    });
  }

  /** One secret with four fields. It is made without keys: the owner puts them in, and until then
   * every slot ends in the typed error KeyMissing. */
  private keys(): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, "Keys", {
      description: "tqqq: TQQQ_ALPACA_KEY_ID, TQQQ_ALPACA_SECRET_KEY, TQQQ_TWELVE_DATA_KEY, TQQQ_FMP_KEY",
      generateSecretString: { secretStringTemplate: "{}", generateStringKey: "unused" },
      removalPolicy: cdk.RemovalPolicy.RETAIN,
    });
    cdk.Validations.of(secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "The vendors have no interface to change a key; docs/aws.md says how the owner does.",
    });
    return secret;
  }

  private topic(email: string): sns.Topic {
    const topic = new sns.Topic(this, "Alerts", { displayName: "tqqq", enforceSSL: true });
    new sns.Subscription(this, "Owner", {
      topic,
      protocol: sns.SubscriptionProtocol.EMAIL,
      endpoint: email,
    });
    return topic;
  }

  private function(
    settings: Settings,
    id: string,
    which: string,
    table: dynamodb.ITable,
    rights: readonly { actions: string[]; arn: string }[],
  ): lambda.Function {
    const group = new logs.LogGroup(this, `${id}Log`, {
      retention: settings.logDays,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    const role = functionRole(this, `${id}Role`, [
      ...rights,
      { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], arn: group.logGroupArn },
    ]);
    const common = {
      role,
      logGroup: group,
      timeout: which === "trader" ? TIMEOUT : cdk.Duration.seconds(60),
      memorySize: MEMORY,
      architecture: lambda.Architecture.X86_64,
      environment: {
        TQQQ_FUNCTION: which,
        TQQQ_CONFIG: settings.config,
        TQQQ_TABLE: table.tableName,
        ...ALLOCATOR,
      },
      ...(which === "trader" && settings.reservedConcurrency !== undefined
        ? { reservedConcurrentExecutions: settings.reservedConcurrency }
        : {}),
    };
    if (settings.packaging === "image") {
      return new lambda.DockerImageFunction(this, id, {
        ...common,
        code: lambda.DockerImageCode.fromImageAsset(settings.package, { target: "functions" }),
      });
    }
    return new lambda.Function(this, id, {
      ...common,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      handler: "bootstrap",
      code: lambda.Code.fromAsset(settings.package),
    });
  }

  private schedules(trader: lambda.Function, deadLetters: sqs.Queue): void {
    const role = new iam.Role(this, "SchedulerRole", {
      assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": this.account } },
      }),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [trader.functionArn],
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetters.queueArn] }),
    );
    for (const { id, cron, event } of SCHEDULES) {
      const schedule = new scheduler.CfnSchedule(this, `${id}Schedule`, {
        scheduleExpression: cron,
        scheduleExpressionTimezone: ZONE,
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: trader.functionArn,
          roleArn: role.roleArn,
          input: event,
          retryPolicy: {
            maximumEventAgeInSeconds: EVENT_AGE.toSeconds(),
            maximumRetryAttempts: RETRIES,
          },
          deadLetterConfig: { arn: deadLetters.queueArn },
        },
      });
      // A schedule tries its role when it is made, and a role's rights are a resource of their own.
      schedule.node.addDependency(role.node.findChild("DefaultPolicy"));
    }
  }

  private budget(settings: Settings): void {
    const warning = (notificationType: string, threshold: number) => ({
      notification: { notificationType, comparisonOperator: "GREATER_THAN", threshold },
      subscribers: [{ subscriptionType: "EMAIL", address: settings.email }],
    });
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: settings.budgetUsd, unit: "USD" },
      },
      notificationsWithSubscribers: [warning("ACTUAL", 80), warning("FORECASTED", 100)],
    });
  }

  private outputs(values: Record<string, string>): void {
    for (const [name, value] of Object.entries(values)) {
      new cdk.CfnOutput(this, name, { value });
    }
  }
}
