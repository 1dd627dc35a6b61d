import type { CommandId, RunKey } from "../values/ids.ts";
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
}

/** What every message has. */
export function envelope({ traceparent }: Sender, id: string, at: number) {
  return { format: MESSAGE_FORMAT, id, at, ...(traceparent !== undefined && { traceparent }) };
}

/** To whom a called instance or task answers. */
export function callerOf({ key }: Sender, command: CommandId): Caller {
  return { ...key, command };
}

/** Addresses a message to its instance. */
export function toInstance(message: InstanceMessage): Outgoing {
  return { topic: workflowEngineTopic(message.workflow), key: message.workflowId, message };
}
