import * as z from "zod";
import { viewOf } from "../../core/model/view.ts";
import { acceptedView } from "../accepted-starts.ts";
import { readRun } from "../find-run.ts";
import { route } from "../route.ts";
import { runParameter } from "../schemas.ts";
import { instance } from "../views.ts";

/** Describes an instance: its status, its methods, and what it waits for. */
export const describe = route({
  method: "GET",
  path: "/workflows/{workflow}/{id}",
  operationId: "describeWorkflow",
  about: "Workflows",
  summary: "Describes an instance: its status, its methods, and what it waits for",
  query: z.strictObject({ run: runParameter }),
  answers: {
    200: {
      description: "The instance as it is committed; `accepted` while it has not begun",
      schema: instance,
      example: {
        workflow: "Booking",
        workflowId: "trip-2",
        run: "key-1",
        version: 1,
        status: "running",
        startedAt: 1_795_534_183_723,
        updatedAt: 1_795_534_183_738,
        tags: ["vip"],
        meta: { tenant: "acme" },
        methods: [{ methodId: "main", name: "book", status: "running", startedAt: 1_795_534_183_723 }],
        waitsFor: {
          tasks: [],
          children: [],
          timers: [{ id: "Booking:trip-2:key-1:0.3", dueAt: 1_795_537_783_738 }],
          receives: [{ channel: "approval" }],
          wakeUpAt: 1_795_537_783_738,
        },
      },
    },
  },
  problems: ["WORKFLOW_UNKNOWN", "WORKFLOW_ENDED"],
  handle: async ({ parts }, { path, query: { run } }) => {
    const key = { workflow: path.workflow, workflowId: path.id };
    const found = await readRun(parts, key, run);
    const view = found.kind === "here" ? viewOf(found.instance) : acceptedView(key, found.start);
    return { status: 200, body: view };
  },
});
