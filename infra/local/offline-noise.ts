/** What serverless-offline says of its routine: its start, each call, each invocation. */
const ROUTINE = [
  /^\s*$/,
  /^Starting Offline at stage/,
  /^Offline \[http for lambda\] listening/,
  /^Function names exposed for local invocation/,
  /^ {3}\* [\w-]+: [\w-]+$/,
  /^\s*[┌│└]/,
  /^Server ready: /,
  /^[A-Z]+ \/.* \(λ: [\w-]+\)$/,
  /^\(λ: [\w-]+\) RequestId: /,
  // Node's, about type stripping in the plugin.
  /ExperimentalWarning: Type Stripping/,
  /^\(Use `node --trace-warnings/,
];

/** Tells whether a line of serverless-offline is worth nobody's attention. */
export function isOfflineNoise(line: string): boolean {
  return ROUTINE.some((routine) => routine.test(line));
}
