import {
  defineService,
  defineWorkflow,
  type InfiniticClient,
  newService,
  serviceFunction,
  taskContext,
  Workflow,
} from "infinitic-serverless";

export interface Reviews {
  review(text: string): Promise<boolean>;
}
export const Reviews = defineService<Reviews>("Reviews");

export class ReviewsByMail implements Reviews {
  readonly outbox: { taskId: string; text: string }[] = [];

  // #region service
  async review(text: string) {
    const { taskId } = taskContext();
    await this.send(taskId, text); // to whoever will complete it
    return false; // nobody sees this
  }
  // #endregion

  private async send(taskId: string, text: string) {
    this.outbox.push({ taskId, text });
  }
}

// #region function
export const handler = serviceFunction(Reviews, new ReviewsByMail(), {
  delegated: { review: { heartbeatTimeout: "1d" } }, // or `true`: waits as long as it takes
});
// #endregion

export interface Article {
  run(text: string): Promise<string>;
}
export const Article = defineWorkflow<Article>("Article");

export class ArticleV1 extends Workflow implements Article {
  async run(text: string) {
    const isGood = await newService(Reviews).review(text);
    return isGood ? "published" : "rejected";
  }
}

export async function accept(client: InfiniticClient, taskId: string) {
  // #region complete
  await client.heartbeat(taskId); // still being worked on
  await client.completeTask(taskId, true); // what the workflow gets
  // #endregion
}

export async function refuse(client: InfiniticClient, taskId: string) {
  // #region fail
  await client.failTask(taskId, new Error("nobody can read this"));
  // #endregion
}
