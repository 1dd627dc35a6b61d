/** Something that waits for the world to change, and that a person may have to look at. */
export interface HealthIssue {
  /** What is affected: `function:<name>`, `topic:<name>`, `message:<topic>:<id>`, `consumer:<topic>`. */
  readonly subject: string;
  readonly message: string;
  /** Attempts so far. */
  readonly attempts: number;
}
