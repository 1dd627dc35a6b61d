import { decodeEngineMessage } from "../core/protocol/decode.ts";
import type {
  Emit,
  InvocationRecord,
  InvocationReply,
  InvocationRequest,
  ItemFailure,
  KeyContext,
  KeyReply,
  Parked,
} from "../core/protocol/invocation.ts";
import type { ByTagMessage, EngineMessage, InstanceMessage } from "../core/protocol/messages.ts";
import { hasCode, InfiniticError } from "../core/values/errors.ts";
import { hintOf } from "../instance/tip.ts";
import { sendByTag } from "./by-tag.ts";
import type { EngineParts } from "./engine-parts.ts";
import { emitsOfKey } from "./key-emits.ts";
import { stepKey } from "./step/step-key.ts";
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

/** A record and its message. */
interface Addressed<M> {
  readonly record: InvocationRecord;
  readonly message: M;
}

interface Decoded {
  readonly messages: readonly Addressed<EngineMessage>[];
  readonly parked: readonly Parked[];
  readonly failures: readonly ItemFailure[];
}

/**
 * Handles a batch: the messages of each key in order, the keys side by side.
 *
 * A problem of one workflow is never a failure of its batch: it is told in the reply, key by key.
 */
export async function handleMessages(
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
    handleKey(parts, key, records, { ...contextOf(request, key), run: request.run ?? true }, budget, meter);
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
  parts: EngineParts,
  key: string,
  records: readonly InvocationRecord[],
  context: KeyContext & { readonly run: boolean },
  budget: { readonly emits: number; readonly hint: number },
  meter: UsageMeter,
): Promise<KeyPart> {
  const { messages, ...rest } = decodeAll([...parts.workflows.keys()], key, records);
  const nothing = { key, emits: [], ...rest };
  try {
    const tagged = messages.filter(isByTag);
    if (tagged.length > 0) {
      const sent = await Promise.all(tagged.map(sendOn));
      const emits = sent.flatMap((one) => one.emits);
      return { ...nothing, emits, parked: [...rest.parked, ...sent.flatMap(({ parked }) => parked)] };
    }
    const part = await stepInstance(parts, messages.filter(isToInstance), context, budget, meter);
    return {
      key,
      ...part,
      failures: [...part.failures, ...rest.failures],
      parked: [...part.parked, ...rest.parked],
    };
  } catch (error) {
    const reason = error instanceof InfiniticError ? `${error.code}: ${error.message}` : String(error);
    return { ...nothing, failures: [...failAll(messages, reason), ...rest.failures] };
  }

  async function sendOn({
    record: { id },
    message,
  }: Addressed<ByTagMessage>): Promise<Pick<KeyPart, "emits" | "parked">> {
    try {
      const share = budget.emits / messages.length;
      return {
        emits: await sendByTag(parts.tagIndex, message, { cause: id, budget: share }),
        parked: [],
      };
    } catch (error) {
      // Its cursor is none that a page gave, and will be none however often it is read.
      if (!hasCode(error, "INVALID_REQUEST")) throw error;
      return { emits: [], parked: [{ id, code: "MESSAGE_UNDECODABLE", reason: error.message }] };
    }
  }
}

const NO_PART = { emits: [], failures: [], parked: [] };

async function stepInstance(
  parts: EngineParts,
  messages: readonly Addressed<InstanceMessage>[],
  context: KeyContext & { readonly run: boolean },
  budget: { readonly emits: number; readonly hint: number },
  meter: UsageMeter,
): Promise<Omit<KeyPart, "key">> {
  const first = messages[0]?.message;
  if (!first) return NO_PART;
  const { workflow, workflowId } = first;
  const inOrder = messages.map(({ message }) => message);
  const result = await stepKey({ parts, key: { workflow, workflowId }, messages: inOrder, context, meter });
  if (result.kind === "contended") {
    return { ...NO_PART, failures: failAll(messages, "expected to commit, got another writer each time") };
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
  if (result.kind === "flush") return { ...NO_PART, emits: cut.emits, reply };
  const left = messages.slice(result.answers.length);
  return {
    emits: cut.emits,
    failures: failAll(left, "expected what an ended run sent to be published first"),
    parked: result.parked.map(({ index, code, reason }) => ({
      id: (messages[index] as Addressed<InstanceMessage>).record.id,
      code,
      reason,
    })),
    reply,
  };
}

function decodeAll(workflows: readonly string[], key: string, records: readonly InvocationRecord[]): Decoded {
  const messages: Addressed<EngineMessage>[] = [];
  const parked: Parked[] = [];
  for (const record of records) {
    try {
      const message = decodeEngineMessage(record.payload, workflows);
      checkAddress(message, key, messages[0]?.message ?? message);
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

/** Of one key come only messages to one instance, or to those of one tag. */
function checkAddress(message: EngineMessage, key: string, first: EngineMessage): void {
  const address = message.kind === "by-tag" ? message.tag : message.workflowId;
  const isOfKey = message.workflow === first.workflow && isByTag({ message }) === isByTag({ message: first });
  if (address === key && isOfKey) return;
  throw new InfiniticError(
    "MESSAGE_MISROUTED",
    `expected a message keyed by its workflow id or tag, got ${address} of ${message.workflow} under key ${key}`,
  );
}

function isByTag<A extends { readonly message: EngineMessage }>(
  addressed: A,
): addressed is A & Addressed<ByTagMessage> {
  return addressed.message.kind === "by-tag";
}

function isToInstance(addressed: Addressed<EngineMessage>): addressed is Addressed<InstanceMessage> {
  return addressed.message.kind !== "by-tag";
}

function failAll(messages: readonly Addressed<EngineMessage>[], reason: string): readonly ItemFailure[] {
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
