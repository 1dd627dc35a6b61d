import type { Sabotage } from "./sabotage.ts";

/** Bugs where users touch the system: in workflow code, over HTTP, in what they keep. */
export const EDGE_BUGS: { readonly [name: string]: () => Sabotage } = {
  "idempotency without the operation": () => ({ api: { keyedId: (key) => key } }),

  "a replayed random outside the guard": () => ({
    begin: () => {
      const guarded = Object.getOwnPropertyDescriptor(crypto, "randomUUID");
      let made = 0;
      const value = (): string => {
        made += 1;
        return `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`;
      };
      Object.defineProperty(crypto, "randomUUID", { configurable: true, writable: true, value });
      return () => Object.defineProperty(crypto, "randomUUID", guarded ?? {});
    },
  }),

  "a handle without its run": () => ({ keptAddress: (address) => address.replace(/\?.*/, "") }),
};
