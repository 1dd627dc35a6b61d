import { decodeInstanceMessage } from "../core/decode.ts";
import { hasCode, InfiniticError } from "../core/errors.ts";
import type {
  Emit,
  InvocationRecord,
  InvocationReply,
  InvocationRequest,
  ItemFailure,
  KeyContext,
  KeyReply,
  Parked,
} from "../core/invocation.ts";
import type { InstanceMessage } from "../core/messages.ts";
import { emitsOfKey } from "./key-emits.ts";
import { type EngineParts, stepKey } from "./key-step.ts";
import { hintOf } from "./tip.ts";
import { UsageMeter } from "./usage-meter.ts";

/** Emits in one reply, in characters of payload: a reply never exceeds 4 MB encoded (I10). */
const MAX_REPLY_CHARACTERS = 1_500_000;
/** A larger state is not carried as a hint; nor are the hints of one reply more than this together. */
const MAX_HINT_CHARACTERS = 64 * 1024;
const MAX_HINTS_CHARACTERS = 1_500_000;

/** What one key adds to the reply. */
interface KeyPart {
  readonly key: string;
  readonly emits: readonly Emit[];
  readonly failures: readonly ItemFailure[];
  readonly parked: readonly Parked[];
  readonly reply?: KeyReply;
}

/** A record and its message; the message is missing when the record cannot be processed now. */
interface Decoded {
  readonly messages: readonly { readonly record: InvocationRecord; readonly message: InstanceMessage }[];
  readonly parked: readonly Parked[];
  readonly failures: readonly ItemFailure[];
}

/**
 * Handles a batch: the messages of each key in order, the keys side by side.
 *
 * A problem of one workflow is never a failure of its batch: it is told in the reply, key by key.
 */
export async function handleMessages(
  workflow: string,
  parts: EngineParts,
  request: InvocationRequest,
): Promise<InvocationReply> {
  const meter = new UsageMeter();
  const groups = groupByKey(request.records);
  const budget = {
    emits: MAX_REPLY_CHARACTERS / Math.max(1, groups.size),
    hint: Math.min(MAX_HINT_CHARACTERS, MAX_HINTS_CHARACTERS / Math.max(1, groups.size)),
  };
  const handle = ([key, records]: [string, readonly InvocationRecord[]]): Promise<KeyPart> =>
    handleKey(
      workflow,
      parts,
      key,
      records,
      { ...contextOf(request, key), run: request.run ?? true },
      budget,
      meter,
    );
  const keyParts = await Promise.all([...groups].map(handle));
  // Own properties whatever the key is called: a workflow id may be `__proto__` or `constructor`.
  const keys = Object.fromEntries(keyParts.flatMap(({ key, reply }) => (reply ? [[key, reply]] : [])));
  return {
    emits: keyParts.flatMap((part) => part.emits),
    batchItemFailures: keyParts.flatMap((part) => part.failures),
    parked: keyParts.flatMap((part) => part.parked),
    keys,
    usage: meter.usage,
  };
}

async function handleKey(
  workflow: string,
  parts: EngineParts,
  key: string,
  records: readonly InvocationRecord[],
  context: KeyContext & { readonly run: boolean },
  budget: { readonly emits: number; readonly hint: number },
  meter: UsageMeter,
): Promise<KeyPart> {
  const { messages, parked, failures } = decodeAll(workflow, key, records);
  const nothing = { key, emits: [], failures, parked };
  if (messages.length === 0) return nothing;
  const instanceKey = { workflow, workflowId: key };
  try {
    const inOrder = messages.map(({ message }) => message);
    const result = await stepKey(parts, instanceKey, inOrder, context, meter);
    if (result.kind === "contended") {
      return { ...nothing, failures: failAll(messages, "expected to commit, got another writer each time") };
    }
    const causes = messages.map(({ record, message }) => ({ record: record.id, message: message.id }));
    const { instance } = result;
    const cut = emitsOfKey(result, causes, { resume: context.resume, budget: budget.emits });
    const hint =
      result.kind === "done" && result.item && !instance.state?.ended ? hintOf(result.item) : undefined;
    const isSmall = hint !== undefined && hint.state.length <= budget.hint;
    const reply: KeyReply = {
      ...(isSmall && { hint }),
      ...(cut.entries && { entries: cut.entries }),
      ...(cut.more !== undefined && { more: cut.more }),
    };
    return { key, emits: cut.emits, failures, parked, reply };
  } catch (error) {
    const reason = error instanceof InfiniticError ? `${error.code}: ${error.message}` : String(error);
    return { ...nothing, failures: failAll(messages, reason) };
  }
}

function decodeAll(workflow: string, key: string, records: readonly InvocationRecord[]): Decoded {
  const messages: { record: InvocationRecord; message: InstanceMessage }[] = [];
  const parked: Parked[] = [];
  for (const record of records) {
    try {
      const message = decodeInstanceMessage(record.payload, workflow);
      if (message.workflowId !== key) {
        const got = `expected a message keyed by its workflow id ${message.workflowId}, got key ${key}`;
        throw new InfiniticError("MESSAGE_MISROUTED", got);
      }
      messages.push({ record, message });
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      if (hasCode(error, "MESSAGE_FORMAT_TOO_NEW")) {
        return { messages, parked, failures: [{ itemIdentifier: record.id, reason: error.message }] };
      }
      parked.push({ id: record.id, code: error.code, reason: error.message });
    }
  }
  return { messages, parked, failures: [] };
}

function failAll(messages: Decoded["messages"], reason: string): readonly ItemFailure[] {
  return messages.map(({ record }) => ({ itemIdentifier: record.id, reason }));
}

function contextOf({ keys }: InvocationRequest, key: string): KeyContext {
  return keys && Object.hasOwn(keys, key) ? (keys[key] as KeyContext) : {};
}

function groupByKey(records: readonly InvocationRecord[]): Map<string, InvocationRecord[]> {
  const groups = new Map<string, InvocationRecord[]>();
  for (const record of records) {
    const key = record.key ?? "";
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return groups;
}
