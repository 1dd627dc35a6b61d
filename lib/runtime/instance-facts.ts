import { follows } from "../core/model/rules.ts";
import type { RunKey } from "../core/values/ids.ts";
import type { JsonObject } from "../core/values/json.ts";
import { frozenJson } from "./json-copy.ts";

/** What an instance was started as. */
export interface InstanceFacts {
  readonly key: RunKey;
  readonly version: number;
  /** The rules of the engine that the run follows. */
  readonly rules: number;
  readonly startedAt: number;
  readonly tags: readonly string[];
  readonly meta: JsonObject;
}

/** What code sees of the facts that it could change. */
export function seenFacts({ rules, tags, meta }: InstanceFacts): Pick<InstanceFacts, "tags" | "meta"> {
  return follows(rules, "historyIsNotShared") ? frozenJson({ tags, meta }) : { tags, meta };
}
