import { ASSUMPTIONS } from "./assumptions.ts";
import { Bill, containerHour } from "./bill.ts";
import { RATES, type Rate } from "./counts.ts";
import { DEPLOYMENT } from "./deployment.ts";
import type { Measurement } from "./measurement.ts";
import { OTHERS } from "./others.ts";
import { costOf, PRICES, REGION } from "./prices.ts";

const rates = Object.keys(RATES) as Rate[];

/** Lays out what a measurement costs, in Markdown. */
export function tablesOf(measured: Measurement): string {
  const bill = new Bill(measured);
  const sections = [
    ["A million workflows, without the bridge", ofWorkflows(bill, measured)],
    ["The bridge, for a million workflows", ofBridges(bill)],
    ["A million workflows, all together", ofAll(bill)],
    ["A month in which nothing happens", ofIdleMonth(bill)],
    ["Others, for a million workflows", ofOthers(bill)],
    [`Prices in ${REGION}`, ofPrices()],
  ];
  return sections.map(([title, body]) => `### ${title}\n\n${body}`).join("\n\n");
}

function ofWorkflows(bill: Bill, { counts: { workflow, start } }: Measurement): string {
  const [off, on] = [bill.workflows(false), bill.workflows(true)];
  const { engineInvocations, taskInvocations } = workflow.unlisted;
  const units = `${workflow.unlisted.writeUnits} write units each, ${workflow.listed.writeUnits} with the list index`;
  const row = (title: string, part: keyof typeof off): readonly string[] => [
    title,
    usd(off[part]),
    usd(on[part]),
  ];
  return table(
    ["what", "list index off", "on"],
    [
      row(`workflow function, ${engineInvocations} invocations each`, "engine"),
      row(`service functions, ${taskInvocations} invocations each, without the tasks' own time`, "tasks"),
      row(`table: ${units}`, "writes"),
      row(`table: ${workflow.unlisted.readUnits} read units each`, "reads"),
      row(`table: ended instances for ${ASSUMPTIONS.retentionDays} days`, "storage"),
      row(`logs: ${workflow.unlisted.logBytes} bytes each, as long as nothing fails`, "logs"),
      row("start: HTTP API, api function, a read of the bridge's lease", "start"),
      row("**together**", "total"),
      [
        `a start that waits for its result, ${start.waiting.seconds} s and ${start.waiting.readUnits} reads each, costs more`,
        usd(bill.waiting()),
        usd(bill.waiting()),
      ],
    ],
  );
}

function ofBridges(bill: Bill): string {
  const number = (count: number): string => (count === 1 ? "" : ` (${count} of them)`);
  return table(
    ["rate", "in a Lambda", "a month", "in a container", "a month"],
    rates.map((rate) => [
      rate,
      ...(["lambda", "container"] as const).flatMap((kind) => [
        `${usd(bill.bridge(kind, rate))}${number(bill.bridges(kind, rate))}`,
        usd(bill.bridgeHour(kind, rate) * ASSUMPTIONS.hoursAMonth),
      ]),
    ]),
  );
}

function ofAll(bill: Bill): string {
  const all = (kind: "lambda" | "container", rate: Rate, isListed: boolean): string =>
    usd(bill.workflows(isListed).total + bill.bridge(kind, rate));
  return table(
    ["rate", "Lambda, list index off", "Lambda, on", "container, off", "container, on"],
    rates.map((rate) => [
      rate,
      ...(["lambda", "container"] as const).flatMap((kind) => [
        all(kind, rate, false),
        all(kind, rate, true),
      ]),
    ]),
  );
}

function ofIdleMonth(bill: Bill): string {
  const { vcpus, gb } = DEPLOYMENT.container;
  return table(
    ["what", "US dollars"],
    [
      ["bridge in a Lambda, looking once a minute, with its sweeps of far wake-ups", usd(bill.idleMonth())],
      [`bridge in a container of ${vcpus} vCPU and ${gb} GB`, usd(containerHour() * ASSUMPTIONS.hoursAMonth)],
      ["each alarm", usd(costOf({ alarmMonth: 1 }))],
    ],
  );
}

function ofOthers(bill: Bill): string {
  const rate = "1 a second";
  const own = bill.workflows(true).total + bill.bridge("lambda", rate);
  return table(
    ["what", "counted", "not counted", "US dollars"],
    [
      ["this, 1 a second, bridge in a Lambda, listed", "everything above", "Pulsar", usd(own)],
      ...OTHERS.map(({ name, counted, notCounted, usd: price }) => [name, counted, notCounted, usd(price)]),
    ],
  );
}

function ofPrices(): string {
  return table(
    ["US dollars", "for", "source", "seen"],
    Object.values(PRICES).map(({ usd: price, per, unit, source, seen }) => [
      String(price),
      `${per.toLocaleString("en")} ${unit}`,
      `<${source}>`,
      seen,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
