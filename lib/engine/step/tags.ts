import type { InstanceMessage } from "../../core/protocol/messages.ts";
import { childId } from "../../core/values/ids.ts";
import type { Instance } from "../../instance/instance.ts";
import { entriesOf } from "../../instance/tag-entries.ts";
import type { TagIndex } from "../../ports/tag-index.ts";
import type { UsageMeter } from "../usage-meter.ts";

/** Enters the tags of the children that the commit to come starts: the index may hold too much, never too little. */
export async function tagChildren(
  index: TagIndex,
  { state, fresh }: Instance,
  meter: UsageMeter,
): Promise<void> {
  if (!state) return;
  const entries = fresh.flatMap((record) =>
    record.kind === "child" && record.tags
      ? entriesOf(record, record.tags, childId(state.key, record.id))
      : [],
  );
  if (entries.length > 0) meter.add(await index.add(entries));
}

/** Removes the tags of an instance that has ended, and those of starts that began nothing. */
export async function untag(
  index: TagIndex,
  { key, state }: Instance,
  messages: readonly InstanceMessage[],
  meter: UsageMeter,
): Promise<void> {
  if (!state) return;
  const ended = state.ended ? entriesOf(key, state.tags, state.key.run) : [];
  const idle = messages.flatMap((message) =>
    message.kind === "start" && message.id !== state.key.run && message.tags
      ? entriesOf(key, message.tags, message.id)
      : [],
  );
  const entries = [...ended, ...idle];
  if (entries.length > 0) meter.add(await index.remove(entries));
}
