import { appendFileSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { taskContext } from "../../lib/service/task-context.ts";

/** A task that a function has handed over. */
export interface Handover {
  readonly taskId: string;
  /** What the task was called with. */
  readonly name: string;
  /** Whether it fails when nothing is heard of it for a while. */
  readonly isWatched: boolean;
}

/** Makes what hands the current task over to whoever reads a directory, in a file of this process. */
export function handoverWriter(directory: string): (handover: Omit<Handover, "taskId">) => void {
  const file = join(directory, `${process.pid}-${Date.now()}.jsonl`);
  return (handover) => {
    const { taskId } = taskContext();
    appendFileSync(file, `${JSON.stringify({ taskId, ...handover } satisfies Handover)}\n`);
  };
}

/** Reads what is handed over in a directory, whoever writes there. */
export class Handovers {
  readonly #directory: string;
  readonly #offsets = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What was added since the last time. A task that is executed again is handed over again. */
  async take(): Promise<readonly Handover[]> {
    const added: Handover[] = [];
    for (const file of await readdir(this.#directory)) added.push(...(await this.#rest(file)));
    return added;
  }

  async #rest(name: string): Promise<readonly Handover[]> {
    const file = await open(join(this.#directory, name));
    try {
      const position = this.#offsets.get(name) ?? 0;
      const { size } = await file.stat();
      if (size <= position) return [];
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - position), position });
      const text = buffer.subarray(0, bytesRead).toString();
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      this.#offsets.set(name, position + Buffer.byteLength(whole));
      return whole
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Handover);
    } finally {
      await file.close();
    }
  }
}
