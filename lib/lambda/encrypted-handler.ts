import type { Cipher, Encrypt } from "../adapters/encryption/cipher.ts";
import { decryptMessage, encryptMessage } from "../adapters/encryption/encrypted-message.ts";
import type {
  Hint,
  InvocationRecord,
  InvocationReply,
  InvocationRequest,
  ItemFailure,
  KeyContext,
  KeyReply,
  Parked,
} from "../core/protocol/invocation.ts";
import { hasCode, InfiniticError } from "../core/values/errors.ts";

/** Answers the bridge's batches, and perhaps other requests. */
type Handler<Request, Rest extends readonly unknown[], Answer> = (
  request: Request | InvocationRequest,
  ...rest: Rest
) => Promise<Answer | InvocationReply>;

/** A request that can be read, and what of it cannot. */
interface Opened {
  readonly request: InvocationRequest;
  readonly parked: readonly Parked[];
  readonly failures: readonly ItemFailure[];
}

/**
 * Lets a handler see messages and hints decrypted, and the bridge see what it answers encrypted. Other requests are
 * passed on as they are.
 *
 * The key for the answer is there before anything runs. Without it the batch waits, as messages do whose own key is not
 * to be had; those that cannot be decrypted are parked.
 */
export function encryptedHandler<Request, Rest extends readonly unknown[], Answer>(
  handler: Handler<Request, Rest, Answer>,
  cipher: Cipher,
): Handler<Request, Rest, Answer> {
  return async (request, ...rest) => {
    if (!isBatch(request)) return handler(request, ...rest);
    let encrypt: Encrypt;
    try {
      encrypt = await cipher.ready(2 * request.records.length);
    } catch (error) {
      return { emits: [], batchItemFailures: request.records.map(({ id }) => failureOf(id, error)) };
    }
    const { request: opened, parked, failures } = await decrypted(cipher, request);
    // The answer to a batch is a reply.
    const reply = (await handler(opened, ...rest)) as InvocationReply;
    return {
      ...encrypted(encrypt, reply),
      batchItemFailures: [...reply.batchItemFailures, ...failures],
      parked: [...(reply.parked ?? []), ...parked],
    };
  };
}

function isBatch(request: unknown): request is InvocationRequest {
  return typeof request === "object" && (request as { kind?: unknown } | null)?.kind === "messages";
}

async function decrypted(cipher: Cipher, request: InvocationRequest): Promise<Opened> {
  const records: InvocationRecord[] = [];
  const parked: Parked[] = [];
  const failures: ItemFailure[] = [];
  const waiting = new Set<string>();
  for (const record of request.records) {
    const { id, key } = record;
    if (key !== undefined && waiting.has(key)) continue; // nothing of a key before its head (I6)
    try {
      records.push({ ...record, payload: await decryptMessage(cipher, record.payload, key) });
    } catch (error) {
      if (hasCode(error, "DECRYPTION_FAILED")) parked.push({ id, code: error.code, reason: error.message });
      else {
        failures.push(failureOf(id, error));
        if (key !== undefined) waiting.add(key);
      }
    }
  }
  const contexts = Object.entries(request.keys ?? {}).map(
    async ([key, context]) => [key, await decryptedContext(cipher, key, context)] as const,
  );
  const keys = request.keys && { keys: Object.fromEntries(await Promise.all(contexts)) };
  return { request: { ...request, records, ...keys }, parked, failures };
}

/** A hint that cannot be decrypted is none. */
async function decryptedContext(
  cipher: Cipher,
  key: string,
  { hint, ...context }: KeyContext,
): Promise<KeyContext> {
  if (!hint) return context;
  try {
    const state = await cipher.decrypt(Buffer.from(hint.state, "base64"), hintPlace(key));
    return { ...context, hint: { v: hint.v, state: Buffer.from(state).toString("base64") } };
  } catch {
    return context;
  }
}

function encrypted(encrypt: Encrypt, reply: InvocationReply): InvocationReply {
  const keys = Object.entries(reply.keys ?? {}).map(([key, { hint, ...rest }]): [string, KeyReply] => [
    key,
    hint ? { ...rest, hint: encryptedHint(encrypt, key, hint) } : rest,
  ]);
  return {
    ...reply,
    emits: reply.emits.map((emit) => encryptMessage(encrypt, emit)),
    ...(reply.keys && { keys: Object.fromEntries(keys) }),
  };
}

function encryptedHint(encrypt: Encrypt, key: string, { v, state }: Hint): Hint {
  const envelope = encrypt(Buffer.from(state, "base64"), hintPlace(key));
  return { v, state: Buffer.from(envelope).toString("base64") };
}

function hintPlace(key: string): string {
  return `hint:${key}`;
}

function failureOf(id: string, error: unknown): ItemFailure {
  const reason = error instanceof InfiniticError ? `${error.code}: ${error.message}` : String(error);
  return { itemIdentifier: id, reason };
}
