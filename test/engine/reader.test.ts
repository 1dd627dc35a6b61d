import { expect, test, vi } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { readItem, type StartedInstance } from "../../lib/instance/read-instance.ts";
import type { StateItem } from "../../lib/ports/state-store.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { EngineFunction } from "./engine-function.ts";

interface Diary {
  readonly days: Channel<string>;
  run(days: number): Promise<number>;
}
const Diary = defineWorkflow<Diary>("Diary");

class DiaryV1 extends Workflow implements Diary {
  readonly days = channel<string>();

  async run(days: number): Promise<number> {
    for (let day = 0; day < days; day++) await this.days.receive();
    return days;
  }
}

test("an instance that is read again and again has its chunks read only when there is a new one", async () => {
  const clock = new ManualClock();
  const diary = new EngineFunction({ workflow: workflowOf(Diary, DiaryV1), clock });
  const { stateStore } = diary.stores;
  const key = { workflow: "Diary", workflowId: "d" };
  const head = (id: string) => ({ format: MESSAGE_FORMAT, id, at: clock.now(), ...key });
  const start: InstanceMessage = { kind: "start", ...head("run"), method: "run", args: [100] };
  await diary.invoke([start]);
  const loadChunks = vi.spyOn(stateStore, "loadChunks");
  let known: StartedInstance | undefined;
  for (let day = 0; day < 20; day++) {
    const value = Array.from({ length: 100 }, (_, at) => (day * 7_919 + at * 104_729).toString(36)).join();
    await diary.invoke([{ kind: "signal", ...head(`day-${day}`), channel: "days", value }]);
    const { item } = await stateStore.load(key);
    const chunksBefore = known?.chunked?.chunks ?? 0;
    loadChunks.mockClear();
    known = await readItem(stateStore, key, item as StateItem, known);
    const isNew = (known?.chunked?.chunks ?? 0) > chunksBefore;
    expect(loadChunks).toHaveBeenCalledTimes(isNew ? 1 : 0);
    const whole = await readItem(stateStore, key, item as StateItem);
    expect(known?.history).toEqual(whole?.history);
  }
  expect(known?.chunked?.chunks).toBeGreaterThan(1);
});
