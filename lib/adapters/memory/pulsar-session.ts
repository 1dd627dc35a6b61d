import type { WebSocket } from "ws";
import type { OutgoingMessage } from "../../ports/broker.ts";
import type { Entry } from "./entry.ts";
import type { MemoryBroker } from "./memory-broker.ts";
import type { Attachment, Subscription } from "./subscription.ts";

/** Pulsar's numbers. */
const UNREADABLE = "send-error:3";
const NOT_PUBLISHED = "send-error:8";

/** The fields of a producer's frame that are served. */
interface SendFrame {
  /** Base64. */
  readonly payload: string;
  readonly key?: string;
  readonly properties?: { readonly [name: string]: string };
  /** Comes back with the receipt. */
  readonly context?: string;
  /** Epoch milliseconds. */
  readonly deliverAt?: number;
}

type ConsumerFrame =
  | { readonly type?: undefined; readonly messageId: string }
  | { readonly type: "permit"; readonly permitMessages: number };

/** Publishes what the socket brings, with a receipt for each. */
export function serveProducer(ws: WebSocket, broker: MemoryBroker, topic: string): void {
  ws.on("error", ignoreError);
  ws.on("message", (data) => {
    const frame = parse<SendFrame>(String(data));
    const context = frame?.context;
    const reply = (answer: object): void => ws.send(JSON.stringify({ ...answer, context }), ignoreError);
    if (typeof frame?.payload !== "string") {
      reply({ result: UNREADABLE, errorMsg: "expected a JSON object with a payload" });
      return;
    }
    broker.publish(messageOf(topic, frame)).then(
      (messageId) => reply({ result: "ok", messageId }),
      (error: unknown) => {
        reply({ result: NOT_PUBLISHED, errorMsg: error instanceof Error ? error.message : String(error) });
      },
    );
  });
}

/** Brings the socket what it gives permits for, until it closes: then everything unacknowledged is handed over. */
export function serveConsumer(ws: WebSocket, subscription: Subscription): void {
  const attachment: Attachment = subscription.attach((entry) => ws.send(frameOf(entry), ignoreError));
  ws.on("error", ignoreError);
  ws.on("close", () => subscription.detach(attachment));
  ws.on("message", (data) => {
    const frame = parse<ConsumerFrame>(String(data));
    if (frame === undefined) ws.close(1003, "expected a JSON object");
    else if (frame.type === "permit") subscription.permit(attachment, Number(frame.permitMessages));
    else if (frame.type === undefined) subscription.acknowledge(attachment, Number(frame.messageId));
  });
}

function messageOf(topic: string, { payload, key, properties, deliverAt }: SendFrame): OutgoingMessage {
  return {
    topic,
    payload: Buffer.from(payload, "base64").toString(),
    ...(key !== undefined && { key }),
    ...(properties !== undefined && { properties }),
    ...(deliverAt !== undefined && { deliverAt }),
  };
}

function frameOf({ position, message, publishedAt }: Entry): string {
  const { payload, key, properties = {} } = message;
  return JSON.stringify({
    messageId: String(position),
    payload: Buffer.from(payload).toString("base64"),
    properties,
    publishTime: new Date(publishedAt).toISOString(),
    redeliveryCount: 0,
    key,
  });
}

/** Trusts the fields: it is this project's adapter that talks. */
function parse<Frame>(text: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Frame) : undefined;
  } catch {
    return undefined;
  }
}

/** An error is followed by the socket's close. */
function ignoreError(): void {}
