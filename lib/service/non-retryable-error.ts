import { InfiniticError } from "../core/errors.ts";

/**
 * Fails a task for good: no retry policy is asked.
 *
 * @example
 * throw new NonRetryableError("card was stolen");
 */
export class NonRetryableError extends InfiniticError {
  constructor(message: string, options?: ErrorOptions) {
    super("NON_RETRYABLE", message, options);
  }
}
