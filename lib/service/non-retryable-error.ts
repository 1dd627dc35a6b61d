import { InfiniticError } from "../core/values/errors.ts";

/**
 * Fails a task for good: no retry policy is asked.
 *
 * @example
 * if (city === "") throw new NonRetryableError("expected a city");
 */
export class NonRetryableError extends InfiniticError {
  constructor(message: string, options?: ErrorOptions) {
    super("NON_RETRYABLE", message, options);
  }
}
