import { type CodeEvent, type EngineEvent, type HistoryRecord, isCodeEvent } from "./history.ts";
import { follows } from "./rules.ts";

/** An event that workflow code is told of: also that a method was canceled, for those that wait for it. */
export type ToldEvent = CodeEvent | (EngineEvent & { readonly kind: "method-canceled" });

/** Whether the code of a run under these rules is told of an event. */
export function isTold(record: HistoryRecord, rules: number): record is ToldEvent {
  if (record.kind === "method-canceled") return follows(rules, "canceledMethodsReject");
  return isCodeEvent(record);
}
