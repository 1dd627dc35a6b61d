import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";

/** What HTTP clients talk to: it collects so many words, and answers what it is asked meanwhile. */
export interface Tally {
  run(count: number): Promise<readonly string[]>;
  note(text: string): Promise<string>;
  readonly words: Channel<string>;
  readonly heard: Query<() => number>;
}
export const Tally = defineWorkflow<Tally>("Tally");

export class TallyV1 extends Workflow implements Tally {
  readonly words = channel<string>();
  readonly heard = query(() => this.#heard.length);
  readonly #heard: string[] = [];

  async run(count: number): Promise<readonly string[]> {
    while (this.#heard.length < count) this.#heard.push(await this.words.receive());
    return this.#heard;
  }

  async note(text: string): Promise<string> {
    return `noted ${text}`;
  }
}
