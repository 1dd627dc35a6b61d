import type { Members } from "../core/protocol/invocation.ts";
import { Channel } from "./channel.ts";
import { Query } from "./query.ts";
import { Workflow } from "./workflow-class.ts";

/** Gives the names of what can be called on an instance, sent to it and asked. */
export function membersOf(instance: Workflow): Members {
  const members = namesOf(instance).map((name) => ({ name, member: memberOf(instance, name) }));
  const namesWhere = (isOne: (member: unknown) => boolean): readonly string[] =>
    members.filter(({ member }) => isOne(member)).map(({ name }) => name);
  return {
    methods: namesWhere((member) => typeof member === "function"),
    channels: namesWhere((member) => member instanceof Channel),
    queries: namesWhere((member) => member instanceof Query),
  };
}

/** Its own, and those of its class and the classes that this extends. */
function namesOf(instance: Workflow): readonly string[] {
  const names = new Set<string>();
  for (let at: object = instance; at !== Workflow.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== "constructor") names.add(name);
  }
  return [...names];
}

/** A getter may not work yet. */
function memberOf(instance: Workflow, name: string): unknown {
  try {
    return (instance as { readonly [name: string]: unknown })[name];
  } catch {
    return undefined;
  }
}
