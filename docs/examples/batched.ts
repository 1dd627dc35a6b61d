import { defineService, defineWorkflow, newService, serviceFunction, Workflow } from "infinitic-serverless";

export interface Mailer {
  send(to: string, text: string): Promise<string>;
}
export const Mailer = defineService<Mailer>("Mailer");

export class SmtpMailer implements Mailer {
  async send(to: string, text: string): Promise<string> {
    return (await this.sendAll([{ to, text }]))[0] ?? "";
  }

  async sendAll(mails: readonly { to: string; text: string }[]): Promise<string[]> {
    return mails.map(({ to }, index) => `mail ${index + 1} of ${mails.length} to ${to}`);
  }
}

// #region function
const mailer = new SmtpMailer();

/** Called once for many tasks: gives each one's result, or the Error that it alone fails with, by its id. */
export async function sendBatch(tasks: ReadonlyMap<string, [to: string, text: string]>) {
  const sent = await mailer.sendAll([...tasks.values()].map(([to, text]) => ({ to, text })));
  return new Map(
    [...tasks.keys()].map((taskId, index) => [taskId, sent[index] ?? new Error("was not sent")]),
  );
}

export const handler = serviceFunction(Mailer, mailer, { batched: { send: sendBatch } });
// #endregion

export interface Newsletter {
  run(readers: readonly string[], tenant: string): Promise<readonly string[]>;
}
export const Newsletter = defineWorkflow<Newsletter>("Newsletter");

export class NewsletterV1 extends Workflow implements Newsletter {
  async run(readers: readonly string[], tenant: string) {
    // #region key
    const mailer = newService(Mailer, { meta: { batchKey: tenant } }); // one batch has mails of one tenant
    // #endregion
    return Promise.all(readers.map((reader) => mailer.send(reader, "news")));
  }
}
