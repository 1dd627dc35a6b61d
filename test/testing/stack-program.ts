import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";

export interface Shop {
  pay(): Promise<never>;
  say(): Promise<never>;
  ask(): Promise<never>;
}
export const Shop = defineService<Shop>("Shop");

export interface Trip {
  own(): Promise<never>;
  task(): Promise<never>;
  child(): Promise<never>;
  any(): Promise<never>;
  said(): Promise<never>;
}
export const Trip = defineWorkflow<Trip>("Trip");

function declineCard(): never {
  throw new RangeError("declined", { cause: new TypeError("no cover") });
}

class TripV1 extends Workflow implements Trip {
  readonly #shop = newService(Shop);

  async own(): Promise<never> {
    return failInWorkflow();
  }
  async task(): Promise<never> {
    return this.#shop.pay();
  }
  async child(): Promise<never> {
    return newWorkflow(Trip).own();
  }
  async any(): Promise<never> {
    return Promise.any([this.#shop.pay(), this.#shop.pay()]);
  }
  async said(): Promise<never> {
    return this.#shop.say();
  }
}

function failInWorkflow(): never {
  throw new Error("of the workflow");
}

const shop: Shop = {
  async pay(): Promise<never> {
    return declineCard();
  },
  async say(): Promise<never> {
    throw "a text";
  },
  async ask(): Promise<never> {
    return undefined as never;
  },
};

/** A system whose workflows and tasks fail in every way in which a client may be told of it. */
export function startFailing(): Promise<TestSystem> {
  return new TestSystem({
    workflows: [workflowOf(Trip, TripV1)],
    services: [serviceOf(Shop, shop, { retry: noRetry, delegated: { ask: true } })],
  }).start();
}

/** What the client of such a system is told, as text. */
export async function toldStacks(): Promise<readonly (string | undefined)[]> {
  const system = await startFailing();
  const stacks: (string | undefined)[] = [];
  for (const method of ["own", "task"] as const) {
    const failing = system.until(system.client.newWorkflow(Trip)[method]());
    for (
      let error = await failing.catch((thrown: unknown) => thrown);
      error instanceof Error;
      error = error.cause
    )
      stacks.push(error.stack);
  }
  await system.close();
  return stacks;
}
