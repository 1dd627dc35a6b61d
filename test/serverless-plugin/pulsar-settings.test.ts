import { describe, expect, test } from "vitest";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction, PulsarEvent, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { serviceOf } from "./service-of.ts";

const webUrl = "https://pulsar.example.com:8443";

function plan(
  pulsar: Partial<Settings["pulsar"]>,
  functions: { readonly [key: string]: DeployedFunction } = {},
) {
  return planOf(serviceOf({ pulsar: { webUrl, ...pulsar } }, functions));
}

const taking = (event: PulsarEvent) => () => {
  const isTrigger = event.start !== undefined || event.signal !== undefined;
  const workflow = isTrigger ? [{ pulsar: { workflow: "Booking" } }] : [];
  return plan({}, { own: { name: "shop-dev-own", events: [...workflow, { pulsar: event }] } });
};

describe("EDG-82 a name is refused before anything is made in Pulsar:", () => {
  test.each(["my org", "my/org", "my%org", "ü", "a+b", ".", "..", "a\u0000b"])("tenant %j", (tenant) => {
    const expected = `custom.infinitic.pulsar.tenant: expected the name of a tenant: letters, digits and "-_.:=", as Pulsar has it; got ${JSON.stringify(tenant)}`;
    expect(() => plan({ tenant })).toThrow(expected);
    expect(() => new PulsarWebSocketBroker({ webUrl, tenant })).toThrow("expected the name of a tenant");
  });

  test.each(["prod/eu", "prod eu", "public/default", "50%", ".."])("namespace %j", (namespace) => {
    expect(() => plan({ namespace })).toThrow("custom.infinitic.pulsar.namespace: expected the name of a");
    expect(() => new PulsarWebSocketBroker({ webUrl, namespace })).toThrow("expected the name of a name");
  });

  test.each(["orders/eu", "persistent://public/default/orders", ".", "..", "orders-partition-0", "a\nb"])(
    "topic %j, of a handler and of what starts or signals a workflow",
    (topic) => {
      const message = `function own: expected a topic's name alone: no slash, no control character, no -partition-<number> at its end; got ${JSON.stringify(topic)}`;
      expect(taking({ topic })).toThrow(message);
      expect(taking({ topic, start: "Booking", id: "id" })).toThrow(message);
      expect(taking({ topic, signal: "Booking", id: "id", channel: "paid" })).toThrow(message);
    },
  );

  test.each(["50%", "a+b", "..", "a\tb"])("subscription %j", (subscription) => {
    expect(taking({ topic: "orders", subscription })).toThrow(
      'function own: expected a subscription\'s name: no "%", no "+", no control character; got',
    );
    expect(taking({ topic: "orders", start: "Booking", id: "id", subscription })).toThrow("no control");
  });

  test("what Pulsar takes is taken", () => {
    const names = { tenant: "my=org", namespace: "prod:eu.1" };
    expect(plan(names).address).toMatchObject(names);
    expect(taking({ topic: "orders & parcels 50%?#", subscription: "a/b: c" })).not.toThrow();
  });
});

describe("EDG-83 what is read from files brings white space:", () => {
  test("it is no part of addresses, names, and places of secrets", () => {
    const { address, pulsar, credentials } = plan({
      webUrl: `${webUrl}\n`,
      adminUrl: `${webUrl}\r\n`,
      tenant: "shop\n",
      namespace: "\ufeffprod",
      oauth2: {
        issuerUrl: "https://login.example.com\n",
        audience: "urn:pulsar\r\n",
        credentials: "ssm:/shop/key\n",
      },
    });
    const oauth2 = {
      issuerUrl: "https://login.example.com",
      audience: "urn:pulsar",
      credentials: "ssm:/shop/key",
    };
    expect(address).toEqual({ webUrl, tenant: "shop", namespace: "prod", oauth2 });
    expect(pulsar.adminUrl).toBe(webUrl);
    expect(credentials).toBe("ssm:/shop/key");
    expect(plan({ token: "ssm:/shop/token\n" })).toMatchObject({ token: "ssm:/shop/token" });
  });
});
