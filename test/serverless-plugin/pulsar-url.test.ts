import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../infra/bridge/config.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import { PulsarAdmin } from "../../infra/topics/pulsar-admin.ts";
import { consumerUrl, producerUrl } from "../../lib/adapters/pulsar-websocket/address.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";

const SUBSCRIPTION = { topic: "orders", subscription: "s", type: "shared" } as const;

/** A server that notes the paths that it is asked for. */
async function listening() {
  const paths: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    paths.push(url);
    response.end("[]");
  });
  server.on("upgrade", ({ url = "" }, socket) => {
    paths.push(url);
    socket.end("HTTP/1.1 401 Refused\r\nConnection: close\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { paths, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const plan = (pulsar: { readonly webUrl: string; readonly adminUrl?: string }) =>
  planOf({ service: "shop", provider: { stage: "dev" }, functions: {}, custom: { infinitic: { pulsar } } });

describe("EDG-84 Pulsar's address", () => {
  const PRODUCER = "/ws/v2/producer/persistent/public/default/orders";

  test.each([
    ["http://pulsar:8080", `ws://pulsar:8080${PRODUCER}`],
    ["http://pulsar:8080/", `ws://pulsar:8080${PRODUCER}`],
    ["https://gateway.example.com/pulsar", `wss://gateway.example.com/pulsar${PRODUCER}`],
    ["https://gateway.example.com/pulsar/", `wss://gateway.example.com/pulsar${PRODUCER}`],
    ["https://gateway.example.com/a/b%20c//", `wss://gateway.example.com/a/b%20c${PRODUCER}`],
    ["HTTPS://Gateway.example.com/Pulsar", `wss://gateway.example.com/Pulsar${PRODUCER}`],
    ["http://[::1]:8080/pulsar/", `ws://[::1]:8080/pulsar${PRODUCER}`],
    ["https://[2001:db8::1]/pulsar", `wss://[2001:db8::1]/pulsar${PRODUCER}`],
  ])("%s keeps its path", (webUrl, url) => {
    expect(producerUrl({ webUrl }, "orders")).toBe(url);
    const consumer = new URL(consumerUrl({ webUrl }, SUBSCRIPTION));
    expect(`${consumer.origin}${consumer.pathname}`).toBe(`${url.replace("producer", "consumer")}/s`);
    expect(consumer.searchParams.get("pullMode")).toBe("true");
    expect(plan({ webUrl, adminUrl: webUrl }).address).toEqual({ webUrl });
  });

  test.each(["", "/", "/pulsar", "/pulsar/"])("with the path %j is the one that is asked", async (path) => {
    const { paths, url } = await listening();
    const address = `${url}${path}`;
    const broker = new PulsarWebSocketBroker({ webUrl: address });
    onTestFinished(() => broker.close());
    await broker.publish({ topic: "orders", key: "k", payload: "p" }).catch(() => undefined);
    const admin = new PulsarAdmin({ adminUrl: address, tenant: "public", namespace: "default" });
    expect(await admin.subscriptions("orders")).toEqual([]);
    const base = path.replace(/\/$/, "");
    expect(new Set(paths)).toEqual(
      new Set([`${base}${PRODUCER}`, `${base}/admin/v2/persistent/public/default/orders/subscriptions`]),
    );
  });

  test.each([
    ["https://user:secret@pulsar.example.com", "no user or password"],
    ["https://secret@pulsar.example.com/x", "no user or password"],
    ["https://pulsar.example.com/?token=secret", "without ? and #"],
    ["https://pulsar.example.com/#x", "without ? and #"],
    ["https://", "expected http:// or https://, and a host"],
    ["http://pulsar:port", "expected http:// or https://, and a host"],
    ["pulsar://pulsar:6650", "expected http:// or https://, and a host"],
    ["pulsar.example.com:8443", "expected http:// or https://, and a host"],
  ])("%s is refused before anything is made, and not told", async (url, reason) => {
    for (const [setting, pulsar] of [
      ["webUrl", { webUrl: url }],
      ["adminUrl", { webUrl: "http://pulsar", adminUrl: url }],
    ] as const) {
      let told: unknown;
      try {
        plan(pulsar);
      } catch (error) {
        told = error;
      }
      expect(told).toMatchObject({ code: "INVALID_OPTION", message: expect.stringContaining(reason) });
      expect(String(told)).toContain(`custom.infinitic.pulsar.${setting}`);
      expect(String(told)).not.toContain("secret");
    }
    const config = JSON.stringify({ pulsar: { webUrl: url }, bridge: { routes: [] } });
    await expect(readConfig(config)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining(reason),
    });
  });
});

test("EDG-89 a bridge's configuration may begin with a byte order mark", async () => {
  const config = { pulsar: { webUrl: "http://pulsar/x" }, bridge: { routes: [] } };
  expect(await readConfig(`\uFEFF${JSON.stringify(config)}`)).toMatchObject(config);
});
