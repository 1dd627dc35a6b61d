import type { RunKey } from "../../core/values/ids.ts";
import { payloadKey } from "../../core/values/payload.ts";
import type { PayloadPlace } from "../payload-content.ts";

/** What the keys of a run's objects begin with. */
export function runPrefix({ workflow, workflowId, run }: RunKey): string {
  return `payloads/${payloadKey({ workflow, workflowId: segment(workflowId), run: segment(run) }, "")}`;
}

/** The object that holds a payload. */
export function objectKey(place: PayloadPlace): string {
  return runPrefix(place) + place.name;
}

/** An id may be `.` or `..`, which a proxy would take for a way up; no id has a `%` in it. */
function segment(id: string): string {
  return /^\.{1,2}$/.test(id) ? id.replaceAll(".", "%2E") : id;
}
