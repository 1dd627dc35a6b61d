import { expect, test, vi } from "vitest";
import {
  Catalogue,
  Loading,
  LoadingV1,
  OnlineShop,
  outside,
  PagedCatalogue,
  Purchase,
  PurchaseV1,
  provider,
  Shop,
} from "../../docs/examples/tasks.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithManualClock } from "./systems.ts";

const catalogue = new PagedCatalogue();
const { client, until } = await systemWithManualClock({
  workflows: [workflowOf(Purchase, PurchaseV1), workflowOf(Loading, LoadingV1)],
  services: [serviceOf(Shop, new OnlineShop()), serviceOf(Catalogue, catalogue)],
}).then((system) => ({ client: system.client, until: system.until.bind(system) }));

test("tasks are called one after the other, side by side and in parallel", async () => {
  expect(await until(client.newWorkflow(Purchase).one("pen"))).toBe("pen, payment of 300");
  expect(await until(client.newWorkflow(Purchase).several(["pen", "ink"]))).toEqual(["pen", "ink"]);
});

test("the task id is an idempotency key: two attempts charge once", async () => {
  provider.charges.clear();
  await until(client.newWorkflow(Purchase).one("pen"));
  expect([...provider.charges.values()]).toEqual([300]);
});

test("tags and meta of the stub reach the task", async () => {
  expect(await until(client.newWorkflow(Purchase).labeled("pen"))).toBe("pen for priority for acme");
});

test("meta survives a failed attempt: the next one goes on where it ended", async () => {
  const print = vi.spyOn(console, "log").mockReturnValue();
  expect(await until(client.newWorkflow(Loading).run(4))).toBe(4);
  expect(catalogue.loaded).toEqual([0, 1, 2, 3]);
  expect(print.mock.calls).toEqual([["going on after: page 2 is missing"]]);
  print.mockRestore();
});

test("tasks are dispatched without a workflow", async () => {
  expect(await until(outside(client))).toEqual(["payment of 990", "payment of 1990"]);
});
