import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/definition.ts";
import { workflowOf } from "../../lib/testing/test-system.ts";
import { type Channel, channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Workflow } from "../../lib/workflow/workflow.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";

type Change =
  | { readonly kind: "added"; readonly item: string }
  | { readonly kind: "removed"; readonly count: number };
type Added = Change & { readonly kind: "added" };

const isAdded = (change: Change): change is Added => change.kind === "added";

interface Channels {
  one(): Promise<string>;
  raceWithTimer(ms: number): Promise<string>;
  oneAfter(ms: number): Promise<string>;
  discardedAfter(ms: number): Promise<string>;
  object(): Promise<Change>;
  filtered(): Promise<readonly string[]>;
  filteredDiscarding(): Promise<readonly string[]>;
  guarded(): Promise<string>;
  guardedWithCondition(): Promise<string>;
  twoFiltered(): Promise<readonly string[]>;
  onOneDeferred(awaits: number, limit?: number): Promise<readonly string[]>;
  statuses(): Promise<readonly string[]>;
  twoRaces(): Promise<readonly string[]>;
  each(limit: number): Promise<readonly string[]>;
  loop(count: number, restMs: number): Promise<readonly string[]>;
  rounds(): Promise<string>;
  tell(workflowId: string, text: string): Promise<void>;
  readonly texts: Channel<string>;
  readonly others: Channel<string>;
  readonly fleeting: Channel<string>;
  readonly changes: Channel<Change>;
}
const Channels = defineWorkflow<Channels>("Channels");

class ChannelsV1 extends Workflow implements Channels {
  readonly texts = channel<string>();
  readonly others = channel<string>();
  readonly fleeting = channel<string>({ whenNotReceiving: "discard" });
  readonly changes = channel<Change>();

  async one(): Promise<string> {
    return this.texts.receive();
  }

  async raceWithTimer(ms: number): Promise<string> {
    const first = await Promise.race([this.texts.receive(), timer(ms)]);
    return first instanceof Date ? "timer" : first;
  }

  async oneAfter(ms: number): Promise<string> {
    await timer(ms);
    return this.texts.receive();
  }

  async discardedAfter(ms: number): Promise<string> {
    await timer(ms);
    return this.fleeting.receive();
  }

  async object(): Promise<Change> {
    return this.changes.receive();
  }

  async filtered(): Promise<readonly string[]> {
    const long = await this.texts.receive({ where: (text) => text.length > 3 });
    return [long, await this.texts.receive()];
  }

  async filteredDiscarding(): Promise<readonly string[]> {
    const long = await this.fleeting.receive({ where: (text) => text.length > 3 });
    const first = await Promise.race([this.fleeting.receive(), timer("10s")]);
    return [long, first instanceof Date ? "nothing" : first];
  }

  async guarded(): Promise<string> {
    const added = await this.changes.receive({ where: isAdded });
    return added.item;
  }

  async guardedWithCondition(): Promise<string> {
    const added = await this.changes.receive({
      where: (change): change is Added => isAdded(change) && change.item.startsWith("b"),
    });
    return added.item;
  }

  async twoFiltered(): Promise<readonly string[]> {
    const a = this.texts.receive({ where: (text) => text.startsWith("a") });
    const b = this.texts.receive({ where: (text) => text.startsWith("b") });
    return Promise.all([a, b]);
  }

  async onOneDeferred(awaits: number, limit?: number): Promise<readonly string[]> {
    const next = this.texts.receive(limit === undefined ? {} : { limit });
    const texts: string[] = [];
    for (let count = 0; count < awaits; count++) texts.push(await next);
    return texts;
  }

  async statuses(): Promise<readonly string[]> {
    const next = this.texts.receive();
    const before = next.status();
    await timer("1s");
    const arrived = next.status();
    await next;
    return [before, arrived, next.status()];
  }

  async twoRaces(): Promise<readonly string[]> {
    const next = this.texts.receive();
    const seen: string[] = [];
    for (let round = 0; round < 2; round++) {
      const first = await Promise.race([next, timer(10)]);
      seen.push(first instanceof Date ? "timer" : first, next.status());
    }
    return seen;
  }

  async each(limit: number): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const text of this.texts.receive({ limit })) texts.push(text);
    return texts;
  }

  async loop(count: number, restMs: number): Promise<readonly string[]> {
    const texts: string[] = [];
    while (true) {
      texts.push(await this.texts.receive());
      if (texts.length === count) return texts;
      if (restMs > 0) await timer(restMs);
    }
  }

  async rounds(): Promise<string> {
    const next = this.texts.receive();
    for (let round = 1; ; round++) {
      const first = await Promise.race([next, timer("1m")]);
      if (!(first instanceof Date)) return `${first} in round ${round}`;
    }
  }

  async tell(workflowId: string, text: string): Promise<void> {
    getWorkflowById(Channels, workflowId).texts.send(text);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Channels, ChannelsV1)] });

scenario("CHA-01 † a signal sent after dispatch is received", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels).dispatch.one();
  await client.getWorkflowById(Channels, flow.workflowId).texts.send("hello");
  expect(await until(flow.result())).toBe("hello");
});

scenario("CHA-02 a signal is sent by workflow id, and to no other instance", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.raceWithTimer(1_000);
  const other = await client.newWorkflow(Channels, { id: "d" }).dispatch.raceWithTimer(1_000);
  await client.getWorkflowById(Channels, "c").texts.send("hello");
  expect(await until(flow.result())).toBe("hello");
  expect(await until(other.result())).toBe("timer");
});

scenario("CHA-04 a signal sent at once beats a 1 s timer", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.raceWithTimer(1_000);
  await client.getWorkflowById(Channels, "c").texts.send("hello");
  expect(await until(flow.result())).toBe("hello");
});

scenario("CHA-05 a signal on another channel does not", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.raceWithTimer(1_000);
  await client.getWorkflowById(Channels, "c").others.send("hello");
  expect(await until(flow.result())).toBe("timer");
});

scenario(
  "CHA-06 a discarding channel drops a signal sent before receive()",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.discardedAfter(1_000);
    await client.getWorkflowById(Channels, "c").fleeting.send("early");
    await until(clock.sleep(2_000));
    await client.getWorkflowById(Channels, "c").fleeting.send("late");
    expect(await until(flow.result())).toBe("late");
  },
);

scenario(
  "CHA-07 by default a signal sent before receive() is kept and received",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.oneAfter(1_000);
    await client.getWorkflowById(Channels, "c").texts.send("early");
    await until(clock.sleep(2_000));
    await client.getWorkflowById(Channels, "c").texts.send("late");
    expect(await until(flow.result())).toBe("early");
  },
);

scenario("CHA-08 a signal that is an object keeps its shape", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.object();
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "ball" });
  expect(await until(flow.result())).toEqual({ kind: "added", item: "ball" });
});

scenario("CHA-09 what a filter skips stays available to other receives", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.filtered();
  for (const text of ["abc", "abcd"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["abcd", "abc"]);
});

scenario("CHA-09 what a filter skips is dropped by a discarding channel", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.filteredDiscarding();
  for (const text of ["abc", "abcd"]) await client.getWorkflowById(Channels, "c").fleeting.send(text);
  expect(await until(flow.result())).toEqual(["abcd", "nothing"]);
});

scenario("CHA-10 a filter that is a type guard narrows the received type", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.guarded();
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "removed", count: 1 });
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "ball" });
  expect(await until(flow.result())).toBe("ball");
});

scenario("CHA-11 a filter that is a type guard and a condition", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.guardedWithCondition();
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "apple" });
  await client.getWorkflowById(Channels, "c").changes.send({ kind: "added", item: "ball" });
  expect(await until(flow.result())).toBe("ball");
});

scenario("CHA-12 two filtered receives fed in the opposite order both resolve", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.twoFiltered();
  for (const text of ["b1", "a1"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["a1", "b1"]);
});

scenario(
  "CHA-13 two filtered receives with a signal in between that fits neither",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.twoFiltered();
    for (const text of ["b1", "c1", "a1"]) await client.getWorkflowById(Channels, "c").texts.send(text);
    expect(await until(flow.result())).toEqual(["a1", "b1"]);
  },
);

scenario("CHA-14 three awaits on one receive give three signals in order", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.onOneDeferred(3);
  for (const text of ["1", "2", "3"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["1", "2", "3"]);
});

scenario(
  "CHA-15 the same with a limit of three and signals 300 ms apart",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.onOneDeferred(3, 3);
    for (const text of ["1", "2", "3"]) {
      await until(clock.sleep(300));
      await client.getWorkflowById(Channels, "c").texts.send(text);
    }
    expect(await until(flow.result())).toEqual(["1", "2", "3"]);
  },
);

scenario("CHA-16 twenty signals on one deferred are all received", async ({ client, until }) => {
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`);
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.onOneDeferred(20);
  for (const text of texts) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(texts);
});

scenario("CHA-17 three awaits on a limit of two: the last value repeats", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.onOneDeferred(3, 2);
  for (const text of ["1", "2", "3"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["1", "2", "2"]);
});

scenario("CHA-18 the same with late signals", async ({ client, until, clock }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.onOneDeferred(3, 2);
  for (const text of ["1", "2"]) {
    await until(clock.sleep(300));
    await client.getWorkflowById(Channels, "c").texts.send(text);
  }
  expect(await until(flow.result())).toEqual(["1", "2", "2"]);
});

scenario(
  "CHA-19 the status is pending, completed once a signal is there, then pending again",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.statuses();
    await client.getWorkflowById(Channels, "c").texts.send("hello");
    expect(await until(flow.result())).toEqual(["pending", "completed", "pending"]);
  },
);

scenario(
  "CHA-20 two races with a 10 ms timer and no signal never complete the receive",
  async ({ client, until }) => {
    const seen = await until(client.newWorkflow(Channels).twoRaces());
    expect(seen).toEqual(["timer", "pending", "timer", "pending"]);
  },
);

scenario("CHA-21 a workflow signals another workflow, by id", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.one();
  await until(client.newWorkflow(Channels).tell("c", "hello"));
  expect(await until(flow.result())).toBe("hello");
});

scenario("CHA-22 for await over a channel ends when its limit is reached", async ({ client, until }) => {
  const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.each(2);
  for (const text of ["1", "2", "3"]) await client.getWorkflowById(Channels, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["1", "2"]);
});

for (const restMs of [0, 1_000]) {
  scenario(
    `CHA-23 a loop of receives with ${restMs} ms between them sees every signal, once each, in order`,
    async ({ client, until, clock }) => {
      const texts = Array.from({ length: 12 }, (_, index) => `${index}`);
      const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.loop(texts.length, restMs);
      for (const [index, text] of texts.entries()) {
        if (index % 5 === 4) await until(clock.sleep(2_500));
        await client.getWorkflowById(Channels, "c").texts.send(text);
      }
      expect(await until(flow.result())).toEqual(texts);
    },
  );
}

scenario(
  "CHA-24 one receive raced with a timer in a loop: a signal of the third round is received in it",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Channels, { id: "c" }).dispatch.rounds();
    await until(clock.sleep(150_000));
    await client.getWorkflowById(Channels, "c").texts.send("hello");
    expect(await until(flow.result())).toBe("hello in round 3");
  },
);

scenario(
  "CHA-25 † a signal that comes before its workflow's start is received after it",
  async ({ client, until }) => {
    const id = crypto.randomUUID();
    await client.getWorkflowById(Channels, id).texts.send("early");
    const flow = await client.newWorkflow(Channels, { id }).dispatch.one();
    await client.getWorkflowById(Channels, id).texts.send("late");
    expect(await until(flow.result())).toBe("early");
  },
);
