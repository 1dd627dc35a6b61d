import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Passes connections on to ports of 127.0.0.1, in turn, and cuts them when it is told to. */
export class LinkProxy {
  readonly #targets: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #passed = 0;

  private constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#server = createServer((socket) => this.#pass(socket));
  }

  /** Listens at a free port. */
  static async start(targets: readonly number[]): Promise<LinkProxy> {
    const proxy = new LinkProxy(targets);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks all connections, whatever is on its way in them; tells how many there were. */
  cut(): number {
    const cut = Math.ceil(this.#sockets.size / 2);
    for (const socket of this.#sockets) socket.resetAndDestroy();
    return cut;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
  }

  /** A target that refuses is passed over for the next one. */
  #pass(socket: Socket, tries = 0): void {
    const port = this.#targets[this.#passed++ % this.#targets.length] ?? 0;
    const target = connect(port, "127.0.0.1");
    target.once("error", () => {
      if (tries + 1 < this.#targets.length && !socket.destroyed) this.#pass(socket, tries + 1);
      else socket.resetAndDestroy();
    });
    target.once("connect", () => {
      target.removeAllListeners("error");
      for (const [from, to] of [
        [socket, target],
        [target, socket],
      ] as const) {
        this.#sockets.add(from);
        from.setNoDelay(true);
        from.pipe(to);
        from.on("error", () => to.resetAndDestroy());
        from.once("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
    socket.on("error", () => undefined);
    socket.once("close", () => target.destroy());
  }
}
