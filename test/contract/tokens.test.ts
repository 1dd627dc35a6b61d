import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClientCredentials, requestToken } from "../../lib/adapters/oauth2/client-credentials.ts";
import { RenewedToken } from "../../lib/adapters/renewed-token.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { type Issuer, startIssuer } from "./issuer.ts";

const HOUR_MS = 3_600_000;
const client = { clientId: "booking", clientSecret: "the secret" };

describe("an access token by client credentials", () => {
  let issuer: Issuer;
  beforeEach(async () => {
    issuer = await startIssuer(client);
  });
  afterEach(() => issuer.stop());
  const request = (more: Partial<ClientCredentials> = {}) =>
    requestToken({ issuerUrl: issuer.issuerUrl, ...client, ...more }, 1_000);

  test("is what the issuer gives, for as long as it says", async () => {
    expect(await request()).toEqual({ value: "token 1", expiresAt: 1_000 + HOUR_MS });
    issuer.life = undefined;
    expect(await request()).toEqual({ value: "token 2" });
  });

  test("is asked for with audience and scope, where there are any", async () => {
    await request({ audience: "urn:sn:pulsar", scope: "produce consume" });
    await request();
    const asked = { grant_type: "client_credentials", client_id: "booking", client_secret: "the secret" };
    expect(issuer.asked).toEqual([{ ...asked, audience: "urn:sn:pulsar", scope: "produce consume" }, asked]);
  });

  test("is not given to whoever does not know the secret, which is not repeated", async () => {
    const refused = request({ clientSecret: "a wrong one" });
    await expect(refused).rejects.toMatchObject({ code: "MISCONFIGURED" });
    await expect(refused).rejects.toThrow("HTTP 401 of");
    await expect(refused).rejects.toThrow("invalid_client no such client");
    await expect(refused).rejects.not.toThrow("a wrong one");
  });

  test("waits for an issuer that fails, or is away", async () => {
    issuer.refusal = { status: 503 };
    await expect(request()).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
    await expect(request({ issuerUrl: "http://127.0.0.1:1" })).rejects.toMatchObject({
      code: "BROKER_UNAVAILABLE",
      message: expect.stringContaining("http://127.0.0.1:1/.well-known/openid-configuration"),
    });
  });

  test("is misconfigured where the address is no issuer's", async () => {
    await expect(request({ issuerUrl: `${issuer.issuerUrl}none` })).rejects.toMatchObject({
      code: "MISCONFIGURED",
    });
  });
});

describe("a token that is kept", () => {
  const setup = (lifeMs?: number) => {
    const clock = new ManualClock();
    const state = { got: 0, values: undefined as string | undefined, isAway: false };
    const source = new RenewedToken({
      clock,
      get: async () => {
        state.got += 1;
        if (state.isAway) throw new InfiniticError("BROKER_UNAVAILABLE", "away");
        const value = state.values ?? `token ${state.got}`;
        return lifeMs === undefined ? { value } : { value, expiresAt: clock.now() + lifeMs };
      },
    });
    return { clock, source, state };
  };

  test("is got once, by all who need it at once and later", async () => {
    const { source, state } = setup();
    const tokens = await Promise.all([1, 2, 3].map(() => source.token()));
    expect([...tokens, await source.token()]).toEqual(["token 1", "token 1", "token 1", "token 1"]);
    expect(state.got).toBe(1);
  });

  test.each([
    ["a minute", HOUR_MS, HOUR_MS - 60_000],
    ["a fifth of its life", 60_000, 48_000],
  ])("is got again %s before it ends", async (_, lifeMs, kept) => {
    const { source, clock } = setup(lifeMs);
    await source.token();
    await clock.advance(kept - 1);
    expect(await source.token()).toBe("token 1");
    await clock.advance(1);
    expect(await Promise.all([source.token(), source.token()])).toEqual(["token 2", "token 2"]);
  });

  test("is used to its end while no other is to be had", async () => {
    const { source, clock, state } = setup(HOUR_MS);
    await source.token();
    state.isAway = true;
    await clock.advance(HOUR_MS - 1);
    expect(await source.token()).toBe("token 1");
    await clock.advance(1);
    await expect(source.token()).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
    state.isAway = false;
    expect(await source.token()).toBe("token 4");
  });

  test("is replaced when it was refused, once for all connections", async () => {
    const { source, clock, state } = setup();
    await source.token();
    await clock.advance(60_000);
    const replaced = await Promise.all([source.replace("token 1"), source.replace("token 1")]);
    expect(replaced).toEqual(["token 2", "token 2"]);
    expect(await source.replace("token 1")).toBe("token 2");
    expect(state.got).toBe(2);
  });

  test("is not replaced by itself, nor asked for without pause", async () => {
    const { source, clock, state } = setup();
    state.values = "the same";
    await source.token();
    expect(await source.replace("the same")).toBeUndefined();
    expect(state.got).toBe(1);
    await clock.advance(60_000);
    expect(await source.replace("the same")).toBeUndefined();
    expect(await source.replace("the same")).toBeUndefined();
    expect(state.got).toBe(2);
  });
});
