import {
  type Channel,
  channel,
  defineService,
  defineWorkflow,
  type InfiniticClient,
  newService,
  timer,
  Workflow,
} from "infinitic-serverless";

export interface Mail {
  send(to: string, text: string): Promise<void>;
}
export const Mail = defineService<Mail>("Mail");

export interface Trial {
  run(user: string, endsAt: string): Promise<string>;
  remind(user: string, times: number): Promise<string>;
  paid: Channel<boolean>;
}
export const Trial = defineWorkflow<Trial>("Trial");

export class TrialV1 extends Workflow implements Trial {
  readonly paid = channel<boolean>();
  private readonly mail = newService(Mail);

  // #region both
  async run(user: string, endsAt: string) {
    await timer("1h"); // a duration from now
    await this.mail.send(user, "one hour is over");
    const endedAt = await timer(new Date(endsAt)); // an instant; the timer gives it back
    return `ended at ${endedAt.toISOString()}`;
  }
  // #endregion

  // #region loop
  async remind(user: string, times: number) {
    const paid = this.paid.receive();
    for (let count = 0; count < times; count++) {
      const first = await Promise.race([paid, timer("1h")]);
      if (first === true) return `paid after ${count} reminders`;
      await this.mail.send(user, "please pay");
    }
    return "never paid";
  }
  // #endregion
}

export async function impatient(client: InfiniticClient) {
  await client.newWorkflow(Trial, { id: "trial-1" }).dispatch.run("ada", "2026-01-01T00:00:00Z");
  // #region complete
  await client.getWorkflowById(Trial, "trial-1").completeTimers();
  // #endregion
}
