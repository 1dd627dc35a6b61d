import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, type TestService } from "../../lib/testing/test-system.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Inn {
  stay(town: string): Promise<string>;
  /** Fails until the inn is open. */
  knock(): Promise<string>;
  open(): Promise<void>;
}
export const Inn = defineService<Inn>("Inn");

interface Journey {
  tasks(): Promise<string>;
  signals(): Promise<readonly string[]>;
  children(): Promise<string>;
  stuck(): Promise<string>;
  branches(): Promise<string>;
  inlines(): Promise<number>;
  days(count: number): Promise<number>;
  rest(duration: string): Promise<void>;
  lost(): Promise<void>;
  readonly letters: Channel<string>;
}
export const Journey = defineWorkflow<Journey>("Journey");

/** One method for each kind of record in history. Its code never changes: to change it is to record anew. */
export class JourneyV1 extends Workflow implements Journey {
  readonly letters = channel<string>();
  private readonly inn = newService(Inn, { timeout: "1h" });

  async tasks(): Promise<string> {
    const first = await this.inn.stay("Ulm");
    const both = await Promise.all([this.inn.stay("Bern"), this.inn.stay("Como")]);
    const late = await Promise.race([this.inn.stay("Genoa"), timer("1h")]);
    return [first, ...both, late instanceof Date ? "late" : late].join();
  }

  async signals(): Promise<readonly string[]> {
    const first = await this.letters.receive();
    const second = await Promise.race([this.letters.receive(), timer("20m")]);
    return [first, second instanceof Date ? "no letter" : second];
  }

  async children(): Promise<string> {
    const well = await newWorkflow(Journey).tasks();
    const ill = newWorkflow(Journey).lost();
    const outcome = await ill.then(
      () => "found",
      () => "lost",
    );
    getWorkflowByTag(Journey, "pen-friend").letters.send("from a child");
    return `${well} ${outcome}`;
  }

  async stuck(): Promise<string> {
    return this.inn.knock();
  }

  async branches(): Promise<string> {
    const self = getWorkflowById(Journey, workflowContext().workflowId);
    const rest = self.rest("1m");
    self.letters.send("to myself");
    const letter = await this.letters.receive();
    await rest;
    return letter;
  }

  async inlines(): Promise<number> {
    const one = await inline(() => 1);
    const two = await inline(async () => 2);
    await this.inn.stay("Nice");
    return one + two;
  }

  async days(count: number): Promise<number> {
    for (let day = 0; day < count; day++) await this.inn.stay(`town ${day}`);
    return count;
  }

  async rest(duration: string): Promise<void> {
    await timer(duration);
  }

  async lost(): Promise<void> {
    await this.inn.stay("nowhere");
    throw new RangeError("expected a road, got none");
  }
}

/** An inn that is closed until somebody opens it. */
export function inn(): TestService {
  let isOpen = false;
  const services = {
    stay: async (town: string) => `a night in ${town}`,
    knock: async () => {
      if (!isOpen) throw new RangeError("expected an open door, got a closed one");
      return "come in";
    },
    open: async () => {
      isOpen = true;
    },
  };
  return serviceOf(Inn, services, { retry: noRetry });
}
