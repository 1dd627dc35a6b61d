import {
  type Channel,
  channel,
  defineWorkflow,
  getWorkflowById,
  type InfiniticClient,
  timer,
  Workflow,
} from "infinitic-serverless";

// #region contract
export type Answer = { kind: "yes"; by: string } | { kind: "no"; reason: string };

export interface Approval {
  run(): Promise<string>;
  votes(count: number): Promise<readonly string[]>;
  first(): Promise<string>;
  answers: Channel<Answer>;
}
export const Approval = defineWorkflow<Approval>("Approval");
// #endregion

export class ApprovalV1 extends Workflow implements Approval {
  // #region receive
  readonly answers = channel<Answer>();

  async run() {
    const answer = await Promise.race([this.answers.receive(), timer("2h")]);
    if (answer instanceof Date) return "no answer within two hours";
    return answer.kind === "yes" ? `approved by ${answer.by}` : `refused: ${answer.reason}`;
  }
  // #endregion

  // #region many
  async votes(count: number) {
    const votes: string[] = [];
    for await (const answer of this.answers.receive({ limit: count })) votes.push(answer.kind);
    return votes;
  }
  // #endregion

  // #region where
  async first() {
    const yes = await this.answers.receive({
      where: (answer): answer is Answer & { kind: "yes" } => answer.kind === "yes",
    });
    return yes.by; // its type is narrowed; refusals stay in the channel
  }
  // #endregion
}

export async function answering(client: InfiniticClient) {
  // #region send
  const flow = await client.newWorkflow(Approval, { id: "approval-1" }).dispatch.run();
  await client.getWorkflowById(Approval, "approval-1").answers.send({ kind: "yes", by: "Ada" });
  // #endregion
  return flow.result();
}

export interface Desk {
  run(approvalId: string): Promise<void>;
}
export const Desk = defineWorkflow<Desk>("Desk");

export class DeskV1 extends Workflow implements Desk {
  // #region from-workflow
  async run(approvalId: string) {
    getWorkflowById(Approval, approvalId).answers.send({ kind: "no", reason: "too expensive" });
  }
  // #endregion
}

export interface Doorbell {
  run(): Promise<string>;
  rings: Channel<string>;
}
export const Doorbell = defineWorkflow<Doorbell>("Doorbell");

export class DoorbellV1 extends Workflow implements Doorbell {
  // #region discard
  readonly rings = channel<string>({ whenNotReceiving: "discard" });

  async run() {
    await timer("1h"); // nobody is at home: who rings now is not heard
    return this.rings.receive();
  }
  // #endregion
}
