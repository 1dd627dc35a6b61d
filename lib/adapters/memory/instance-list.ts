import type { InstanceList, InstancePage, InstanceQuery, InstanceRow } from "../../ports/instance-list.ts";
import { listSortKey } from "../dynamodb/keys.ts";
import { boundsOf, decodeRow, isAfter, pageOf } from "../dynamodb/list-row.ts";
import type { MemoryStateStore } from "./state-store.ts";

/**
 * Lists the instances of a {@link MemoryStateStore}, as they are at that moment.
 *
 * @example
 * const list = new MemoryInstanceList({ stateStore });
 * const { rows, cursor } = await list.read({ workflow: "Booking", status: "running", limit: 20 });
 */
export class MemoryInstanceList implements InstanceList {
  readonly #stateStore: Pick<MemoryStateStore, "instances">;

  constructor({ stateStore }: { readonly stateStore: Pick<MemoryStateStore, "instances"> }) {
    this.#stateStore = stateStore;
  }

  async read(query: InstanceQuery): Promise<InstancePage> {
    const bounds = boundsOf(query);
    const rows: InstanceRow[] = [];
    for (const { workflow, workflowId, item } of this.#stateStore.instances()) {
      const { listed, status } = item;
      if (listed === undefined || workflow !== query.workflow || status !== query.status) continue;
      const sortKey = listSortKey(listed.startedAt, workflowId);
      if (bounds === undefined || sortKey < bounds.lowest || sortKey > bounds.highest) continue;
      const row = decodeRow(query, sortKey);
      if (isAfter(row, query.cursor)) rows.push(row);
    }
    return pageOf(rows, query.limit);
  }
}
