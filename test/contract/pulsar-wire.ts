import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A wire to a Pulsar broker that can be cut. */
export class PulsarWire {
  readonly #server: Server;
  readonly #ends = new Set<Socket>();

  /** @param serviceUrl `pulsar://host:port`, with a port of five digits */
  static async to(serviceUrl: string): Promise<PulsarWire> {
    const wire = new PulsarWire(serviceUrl);
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    return wire;
  }

  private constructor(serviceUrl: string) {
    const { hostname, port } = new URL(serviceUrl);
    const itself = `${hostname}:${port}`;
    this.#server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const end of [near, far]) {
        this.#ends.add(end);
        end.on("error", () => undefined);
        end.on("close", () => {
          this.#ends.delete(end);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      // The broker tells its own address, to which the client would go past the wire: both are of one length.
      far.on("data", (chunk: Buffer) => {
        const text = chunk.toString("latin1");
        near.write(
          text.includes(itself) ? Buffer.from(text.replaceAll(itself, this.#address), "latin1") : chunk,
        );
      });
    });
  }

  get serviceUrl(): string {
    return `pulsar://${this.#address}`;
  }

  cut(): void {
    for (const end of this.#ends) end.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  get #address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}
