/**
 * How large the code of each function may be, minified, in bytes: what a cold start downloads and reads. The
 * only place that says so; a function that is not named here has the default.
 */
export const BUNDLE_BUDGET = {
  default: 795_000,
  booking: 900_000,
  timers: 660_000,
  api: 1_300_000,
  bridge: 1_300_000,
} as const satisfies { readonly default: number; readonly [functionKey: string]: number };
