import { cpus } from "node:os";
import {
  defineService,
  defineWorkflow,
  type InfiniticClient,
  inline,
  newService,
  newWorkflow,
  serviceFunction,
  TaskTimedOutError,
  taskContext,
  timer,
  Workflow,
  WorkflowTimedOutError,
} from "infinitic-serverless";

export interface Reports {
  build(rows: number): Promise<string>;
}
export const Reports = defineService<Reports>("Reports");

export class ReportBuilder implements Reports {
  readonly #buildRow: (row: number) => Promise<void>;

  constructor(buildRow: (row: number) => Promise<void> = async () => {}) {
    this.#buildRow = buildRow;
  }

  // #region signal
  async build(rows: number) {
    const { signal } = taskContext(); // fires shortly before the attempt's timeout
    for (let row = 0; row < rows; row++) {
      signal.throwIfAborted(); // hand it on to fetch and the like, too
      await this.#buildRow(row);
    }
    return `${rows} rows`;
  }
  // #endregion
}

// #region attempt
export const handler = serviceFunction(Reports, new ReportBuilder(), { timeout: "20s" });
// #endregion

export interface Nightly {
  run(rows: number): Promise<string>;
  child(ms: number): Promise<string>;
  rest(ms: number): Promise<string>;
  glance(): Promise<string>;
}
export const Nightly = defineWorkflow<Nightly>("Nightly");

export class NightlyV1 extends Workflow implements Nightly {
  // #region overall
  private readonly reports = newService(Reports, { timeout: "1h" });

  async run(rows: number) {
    try {
      return await this.reports.build(rows);
    } catch (error) {
      if (error instanceof TaskTimedOutError) return "no report tonight";
      throw error;
    }
  }
  // #endregion

  // #region child
  async child(ms: number) {
    try {
      return await newWorkflow(Nightly, { timeout: "1h" }).rest(ms);
    } catch (error) {
      if (error instanceof WorkflowTimedOutError) return "it goes on without us";
      throw error;
    }
  }
  // #endregion

  async rest(ms: number) {
    await timer(ms);
    return "rested";
  }

  async glance() {
    // #region inline
    const cores = await inline(() => cpus().length, { timeout: "2s" });
    // #endregion
    return typeof cores;
  }
}

export async function waiting(client: InfiniticClient) {
  // #region client
  const nightly = client.newWorkflow(Nightly, { id: "nightly-1", timeout: "10s" });
  const error = await nightly.rest(60_000).catch((error) => error); // WorkflowTimedOutError
  const later = await client.getWorkflowById(Nightly, "nightly-1").result({ timeout: "5m" });
  // #endregion
  return { error, later };
}
