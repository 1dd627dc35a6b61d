import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** Where a call has come in. */
export interface Address {
  /** What stands before the API's own paths, such as a stage or what a proxy leaves on: empty, or `/v1`. */
  readonly base: string;
  /** From `/workflows` on. */
  readonly path: string;
  /** Whether the caller's own path may be another: an API mapping's key is told to nobody. */
  readonly isMapped: boolean;
}

/** A segment that means nothing else to whoever resolves a reference with it. */
const PLAIN_SEGMENT = /^(?!\.{1,2}$)[\w.~!$&'()*+,;=:@%-]+$/;

/**
 * Tells the base path of a call from the API's own: the name of a stage, which API Gateway leaves in the path, and
 * whatever stands before the first segment that is the API's.
 *
 * @param firstSegments `workflows`, `services` …: what the API's own paths begin with
 */
export function addressOf(
  { requestContext }: Pick<APIGatewayProxyEventV2, "requestContext">,
  firstSegments: ReadonlySet<string>,
): Address {
  const { http, stage, apiId, domainName, domainPrefix } = requestContext;
  const isMapped = domainPrefix !== apiId && domainName.startsWith(`${domainPrefix}.`);
  const segments = http.path.split("/").slice(1);
  // A stage may be called like a segment of the API's.
  const afterStage = stage !== "$default" && segments[0] === stage ? 1 : 0;
  const start = segments.findIndex((segment, index) => index >= afterStage && firstSegments.has(segment));
  const base = segments.slice(0, Math.max(0, start));
  if (base.length === 0 || !base.every((segment) => PLAIN_SEGMENT.test(segment)))
    return { base: "", path: http.path, isMapped };
  return { base: `/${base.join("/")}`, path: `/${segments.slice(start).join("/")}`, isMapped };
}

/**
 * Gives the reference by which the caller finds one of the API's paths: absolute, but relative to the call's own path
 * where only the caller knows what stands before it.
 */
export function referenceTo({ base, path, isMapped }: Address, target: string): string {
  if (!isMapped) return `${base}${target}`;
  const depth = path.split("/").length - 2;
  return `${"../".repeat(depth) || "./"}${target.slice(1)}`;
}
