import { describe, expect, test } from "vitest";
import { defineService } from "../../lib/core/contract/definition.ts";
import { failureOf } from "../../lib/core/values/failure.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { Driver } from "./driver.ts";

interface Desk {
  work(what?: unknown): { readonly list: number[] };
}
const Desk = defineService<Desk>("Desk");

/** What code may change although its type says otherwise. */
type Loose = { [name: string]: unknown };

const meta: { [key: string]: string | number } = { by: "me" };

class Trip extends Workflow {
  readonly word = channel<{ n: number; list: number[] }>();
  readonly desk = newService(Desk, { tags: ["t"], meta });

  async context(part: "meta" | "tags"): Promise<unknown> {
    const { [part]: shared } = workflowContext();
    if (part === "meta") (shared as Loose)["by"] = "you";
    else (shared as string[]).push("more");
    return workflowContext()[part];
  }

  async context2(): Promise<unknown> {
    const { meta } = workflowContext();
    ((meta as Loose)["deep"] as Loose)["x"] = 1;
    return meta;
  }

  async date(): Promise<unknown> {
    workflowContext().startedAt.setTime(0);
    return workflowContext().startedAt.getTime();
  }

  async filter(): Promise<unknown> {
    return await this.word.receive({ where: (signal) => (signal as Loose)["n"] === signal.list.push(9) });
  }

  async signal(): Promise<unknown> {
    const signal = await this.word.receive();
    signal.list.push(9);
    return signal;
  }

  async error(): Promise<unknown> {
    try {
      return await this.desk.work();
    } catch (error) {
      const { properties } = (error as Error).cause as { properties: { list: number[] } };
      properties.list.push(9);
      return properties;
    }
  }

  async options(): Promise<unknown> {
    const sent = { list: [1] };
    const first = this.desk.work(sent);
    sent.list.push(9);
    meta["by"] = "you";
    const { list } = await first;
    list.push(9);
    return [list, (await first).list];
  }
}

describe("EDG-34 what code changes is never the history", () => {
  test.each(["meta", "tags"])("EDG-34 %s of workflowContext() cannot be changed", async (part) => {
    const trip = new Driver(Trip);
    await trip.run("context", part);
    expect(trip.end()).toMatchObject({ error: "TypeError" });
    expect(trip.execution.facts).toMatchObject({ meta: { by: "me" }, tags: ["vip"] });
  });

  test("EDG-34 what lies deeper in meta cannot be changed either", async () => {
    const trip = new Driver(Trip, { meta: { deep: { x: 0 } } });
    await trip.run("context2");
    expect(trip.end()).toMatchObject({ error: "TypeError" });
    expect(trip.execution.facts.meta).toEqual({ deep: { x: 0 } });
  });

  test("EDG-34 a run of before the rule changes its facts as it did", async () => {
    const trip = new Driver(Trip, { rules: 0 });
    await trip.run("context", "meta");
    expect(trip.end()).toEqual({ value: { by: "you" } });
  });

  test("EDG-34 the start's instant is a Date of its own each time", async () => {
    const trip = new Driver(Trip);
    await trip.run("date");
    expect(trip.end()).toEqual({ value: trip.execution.facts.startedAt });
  });

  test.each([
    ["signal", [1, 9]],
    ["filter", [1]], // what it looks at is a copy of its own
  ])("EDG-34 a %s that is changed", async (method, list) => {
    const trip = new Driver(Trip);
    const value = { n: 2, list: [1] };
    await trip.run(method);
    await trip.signal("word", value);
    expect(trip.end()).toEqual({ value: { n: 2, list } });
    expect(value).toEqual({ n: 2, list: [1] });
  });

  test("EDG-34 the properties of an error that are changed", async () => {
    const failure = failureOf(Object.assign(new Error("no"), { list: [1] }));
    const trip = new Driver(Trip);
    await trip.run("error");
    await trip.fail("0.0", failure);
    expect(trip.end()).toEqual({ value: { list: [1, 9] } });
    expect(failure.properties).toEqual({ list: [1] });
  });

  test("EDG-34 arguments, options and results that are changed", async () => {
    const trip = new Driver(Trip);
    const result = { list: [1] };
    await trip.run("options");
    await trip.complete("0.0", result);
    expect(trip.end()).toEqual({ value: [[1, 9], [1]] });
    expect(result).toEqual({ list: [1] });
    expect(trip.log[0]).toMatchObject({ args: [{ list: [1] }], meta: { by: "me" } });
  });

  test("EDG-34 a failure that was caught and thrown again shares nothing with its error", () => {
    const error = Object.assign(new Error("no"), { list: [1] });
    const { properties } = failureOf(error);
    error.list.push(9);
    expect(properties).toEqual({ list: [1] });
  });
});
