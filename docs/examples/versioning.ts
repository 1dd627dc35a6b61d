import {
  type Channel,
  channel,
  defineService,
  defineWorkflow,
  newService,
  Workflow,
  workflowFunction,
} from "infinitic-serverless";

export interface Letters {
  write(to: string): Promise<string>;
  print(text: string): Promise<string>;
}
export const Letters = defineService<Letters>("Letters");

export interface Contract {
  run(customer: string): Promise<string>;
  signed: Channel<string>;
}
export const Contract = defineWorkflow<Contract>("Contract");

// #region versions
export class ContractV1 extends Workflow implements Contract {
  readonly signed = channel<string>();
  private readonly letters = newService(Letters);

  async run(customer: string) {
    const letter = await this.letters.write(customer);
    return `${letter} signed by ${await this.signed.receive()}`;
  }
}

export class ContractV2 extends Workflow implements Contract {
  static readonly version = 2;
  readonly signed = channel<string>();
  private readonly letters = newService(Letters);

  async run(customer: string) {
    const letter = await this.letters.print(await this.letters.write(customer)); // a new step
    return `${letter} signed by ${await this.signed.receive()}`;
  }
}

export const handler = workflowFunction(Contract, ContractV1, ContractV2);
// #endregion

// #region check-mode
export class StrictContract extends ContractV1 {
  static readonly checkMode = "strict";
}
// #endregion
