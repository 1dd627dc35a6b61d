/**
 * How large the code of each function may be, minified, in bytes: what a cold start downloads and reads. The
 * only place that says so; a function that is not named here has the default.
 */
export const BUNDLE_BUDGET = {
  default: 40_000,
  booking: 500_000,
  timers: 400_000,
  api: 1_200_000,
} as const satisfies { readonly default: number; readonly [functionKey: string]: number };
