import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { freePorts } from "../../infra/local/free-ports.ts";
import { openServerDirectory } from "../../infra/local/server-directory.ts";
import { answers, startServerProcess } from "../../infra/local/server-process.ts";

const SERVE = 'require("node:http").createServer((_, r) => r.end()).listen(process.argv[1], "127.0.0.1")';
const LOCAL = join(import.meta.dirname, "../../infra/local");

async function startServer({ script = SERVE, port }: { script?: string; port?: number } = {}) {
  port ??= (await freePorts(1))[0];
  const url = `http://127.0.0.1:${port}`;
  const directory = await openServerDirectory("infinitic-test-", undefined);
  const server = await startServerProcess({
    name: "The server",
    command: [process.execPath, "-e", script, String(port)],
    directory,
    isReady: () => answers(url, 200),
    unavailable: "BROKER_UNAVAILABLE",
  });
  onTestFinished(server.stop);
  return { server, url, directory };
}

it("answers on the same port after a restart, as another process", async () => {
  const { server, url } = await startServer();
  const { pid } = server;
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await answers(url, 200)).toBe(true);
});

it("stays down after a kill until its restart", async () => {
  const { server, url } = await startServer();
  await server.kill();
  expect(await answers(url, 200)).toBe(false);
  await server.restart();
  expect(await answers(url, 200)).toBe(true);
});

it("removes its temporary directory when it stops", async () => {
  const { server, directory } = await startServer();
  expect(existsSync(directory.path)).toBe(true);
  await server.stop();
  expect(existsSync(directory.path)).toBe(false);
});

it("tells the end of the log of a server that ends before it is ready", async () => {
  const starting = startServer({ script: 'console.log("the disk is full"); process.exit(3)' });
  await expect(starting).rejects.toMatchObject({
    code: "BROKER_UNAVAILABLE",
    message: expect.stringMatching(/got: it ended with 3 .*the disk is full/s),
  });
});

it("does not take another server on its port for its own", async () => {
  const { url } = await startServer();
  const starting = startServer({ port: Number(new URL(url).port) });
  await expect(starting).rejects.toMatchObject({
    code: "BROKER_UNAVAILABLE",
    message: "expected the ports of The server to be free, got an answer there",
  });
});

it("dies with its parent, even when that is killed, and leaves no temporary directory", async () => {
  const parent = spawn(process.execPath, ["--input-type=module", "-e", PARENT], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(parent.stdout, "data");
  const { url, path } = JSON.parse(String(line)) as { url: string; path: string };
  expect(await answers(url, 200)).toBe(true);
  parent.kill("SIGKILL");
  await vi.waitUntil(async () => !(await answers(url, 200)) && !existsSync(path), { timeout: 30_000 });
});

const PARENT = `
  import { freePorts } from "${LOCAL}/free-ports.ts";
  import { openServerDirectory } from "${LOCAL}/server-directory.ts";
  import { answers, startServerProcess } from "${LOCAL}/server-process.ts";
  const [port] = await freePorts(1);
  const url = "http://127.0.0.1:" + port;
  const directory = await openServerDirectory("infinitic-test-", undefined);
  await startServerProcess({
    name: "The server",
    command: [process.execPath, "-e", ${JSON.stringify(SERVE)}, String(port)],
    directory,
    isReady: () => answers(url, 200),
    unavailable: "BROKER_UNAVAILABLE",
  });
  console.log(JSON.stringify({ url, path: directory.path }));
  setInterval(() => {}, 1_000);
`;
