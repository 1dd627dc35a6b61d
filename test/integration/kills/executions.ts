import { appendFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { taskContext } from "../../../lib/service/task-context.ts";

/** One execution of a task, as the service recorded it. */
export interface Execution {
  readonly taskId: string;
  readonly sequence: number;
  readonly attempt: number;
}

export const attemptName = ({ taskId, sequence, attempt }: Execution): string =>
  `${taskId} ${sequence}.${attempt}`;

/** Makes what records the execution of the current task in a file of this process. */
export function executionRecorder(directory: string): () => void {
  const file = join(directory, `${process.pid}-${Date.now()}.jsonl`);
  return () => {
    const { taskId, sequence, attempt } = taskContext();
    appendFileSync(file, `${JSON.stringify({ taskId, sequence, attempt } satisfies Execution)}\n`);
  };
}

/** Counts the executions that a directory's files record, by attempt. */
export async function countExecutions(directory: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const file of await readdir(directory)) {
    const lines = (await readFile(join(directory, file), "utf8")).split("\n");
    for (const line of lines.filter((text) => text !== "")) {
      const name = attemptName(JSON.parse(line) as Execution);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}
