import type { CommandId, RunKey } from "../values/ids.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import { type Caller, type InstanceMessage, MESSAGE_FORMAT, type Message } from "./messages.ts";
import { workflowEngineTopic } from "./topics.ts";

/** A message and where it goes. */
export interface Outgoing {
  readonly topic: string;
  readonly key?: string;
  readonly message: Message;
  readonly deliverAt?: number;
}

/** The run that sends a message. */
export interface Sender {
  readonly key: RunKey;
  readonly traceparent?: string | undefined;
  /** The headers of the method that has issued a command. */
  headersOf(command: CommandId): MessageHeaders | undefined;
}

/** What every message has. */
export function envelope({ traceparent }: Pick<Sender, "traceparent">, id: string, at: number) {
  return { format: MESSAGE_FORMAT, id, at, ...(traceparent !== undefined && { traceparent }) };
}

/** What the message of a command has: its own headers, or else those of the method that has issued it. */
export function commandEnvelope(
  sender: Sender,
  { id, headers = sender.headersOf(id) }: { readonly id: CommandId; readonly headers?: MessageHeaders },
  messageId: string,
  at: number,
) {
  return { ...envelope(sender, messageId, at), ...(headers && { headers }) };
}

/** To whom a called instance or task answers. */
export function callerOf({ key }: Pick<Sender, "key">, command: CommandId): Caller {
  return { ...key, command };
}

/** Addresses a message to its instance. */
export function toInstance(message: InstanceMessage): Outgoing {
  return { topic: workflowEngineTopic(message.workflow), key: message.workflowId, message };
}
