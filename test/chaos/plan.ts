import { Chance } from "../simulation/chance.ts";

/** Of bridges there are as many as of function hosts. */
export const PROCESSES = 2;

export type Victims = "bridges" | "functions";
/** From bridges to the broker, from bridges to functions, from functions to the store. */
export type Link = "broker" | "functions" | "store";

/** Something that goes wrong, so many milliseconds after the load began. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: "kill"; readonly victims: Victims; readonly nth: number }
  | { readonly kind: "freeze"; readonly victims: Victims; readonly nth: number; readonly forMs: number }
  | { readonly kind: "cut"; readonly link: Link }
  /** A crash, or an end in order; in either case it comes back with its data. */
  | { readonly kind: "restart"; readonly server: "broker" | "store"; readonly isCrash: boolean }
);

/** Longer than an invocation may take, so that functions finish what was given up long ago. */
const LONGEST_FREEZE_MS = 15_000;

/** Makes up what goes wrong in so many minutes, in the order of its instants: the same for the same seed. */
export function planOf(seed: number, minutes: number): readonly Fault[] {
  const chance = new Chance(seed);
  const lengthMs = minutes * 60_000;
  const victim = (what: string): { readonly victims: Victims; readonly nth: number } => {
    return {
      victims: chance.pick(`victims of ${what}`, ["bridges", "functions"]),
      nth: chance.int(`victim of ${what}`, 0, PROCESSES - 1),
    };
  };
  /** Spread over the time, each somewhere in its own part of it. */
  const spread = (what: string, count: number, make: (atMs: number, name: string) => Fault): Fault[] =>
    Array.from({ length: count }, (_, nth) => {
      const name = `${what} ${nth}`;
      return make(Math.round((lengthMs * (nth + chance.draw(name))) / count), name);
    });
  const faults = [
    ...spread("kill", Math.max(5, Math.ceil(minutes * 6)), (atMs, name) => {
      return { atMs, kind: "kill", ...victim(name) };
    }),
    ...spread("freeze", Math.max(1, Math.floor(minutes * 2)), (atMs, name) => {
      const longest = Math.min(LONGEST_FREEZE_MS, lengthMs / 4);
      const forMs = Math.round(longest * (0.2 + 0.8 * chance.draw(`length of ${name}`)));
      return { atMs, kind: "freeze", ...victim(name), forMs };
    }),
    ...spread("cut", Math.max(2, Math.floor(minutes * 3)), (atMs, name) => {
      return { atMs, kind: "cut", link: chance.pick(`link of ${name}`, ["broker", "functions", "store"]) };
    }),
    ...(["broker", "store"] as const).flatMap((server) =>
      spread(`restart of ${server}`, Math.max(1, Math.floor(minutes / 4)), (atMs, name) => {
        return { atMs, kind: "restart", server, isCrash: chance.pick(`crash at ${name}`, [true, false]) };
      }),
    ),
  ];
  return faults.toSorted((one, other) => one.atMs - other.atMs);
}
