import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { freePorts } from "../../infra/local/free-ports.ts";
import { LinkProxy } from "./link-proxy.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that says its name, then echoes. */
async function startServer(name: string): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.write(name);
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function open(proxy: LinkProxy): Promise<Socket> {
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  closing.push(() => socket.destroy());
  return socket;
}

const said = async (socket: Socket): Promise<string> => String((await once(socket, "data"))[0]);

test("connections go to the targets in turn, and carry what is sent both ways", async () => {
  const proxy = await LinkProxy.start([await startServer("one"), await startServer("other")]);
  closing.push(() => proxy.close());
  const sockets = [await open(proxy), await open(proxy)];
  const names = await Promise.all(sockets.map(said));
  expect(names.sort()).toEqual(["one", "other"]);
  sockets[0]?.write("echo");
  expect(await said(sockets[0] as Socket)).toBe("echo");
});

test("a target that refuses is passed over", async () => {
  const [nobody] = await freePorts(1);
  const proxy = await LinkProxy.start([nobody as number, await startServer("one")]);
  closing.push(() => proxy.close());
  expect(await said(await open(proxy))).toBe("one");
  expect(await said(await open(proxy))).toBe("one");
});

test("a cut breaks all connections, and new ones pass", async () => {
  const proxy = await LinkProxy.start([await startServer("one")]);
  closing.push(() => proxy.close());
  const socket = await open(proxy);
  await said(socket);
  const broken = once(socket, "error");
  expect(proxy.cut()).toBe(1);
  expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
  expect(await said(await open(proxy))).toBe("one");
});
