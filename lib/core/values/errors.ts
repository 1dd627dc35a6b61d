/**
 * The error catalogue: every error that the system raises, by code. `docs/errors.md` has a row for each, and a
 * test keeps the two equal. `act` says who can do something about it.
 */
export const ERRORS = {
  INVALID_DEFINITION: { name: "InvalidDefinitionError", act: "developer" },
  INVALID_OPTION: { name: "InvalidOptionError", act: "developer" },
  INVALID_ARGUMENT: { name: "InvalidArgumentError", act: "developer" },
  SCHEMA_MISMATCH: { name: "SchemaMismatchError", act: "caller" },
  DEFERRED_NOT_SERIALIZABLE: { name: "DeferredNotSerializableError", act: "developer" },
  NOT_DETERMINISTIC: { name: "NotDeterministicError", act: "developer" },
  OUTSIDE_WORKFLOW: { name: "OutsideWorkflowError", act: "developer" },
  INVALID_INLINE: { name: "InvalidInlineError", act: "developer" },
  INVALID_QUERY: { name: "InvalidQueryError", act: "developer" },
  FOREIGN_AWAIT: { name: "ForeignAwaitError", act: "developer" },
  UNCAUGHT_ERROR: { name: "UncaughtError", act: "developer" },
  WORKFLOW_CHANGED: { name: "WorkflowChangedError", act: "developer" },
  UNKNOWN_WORKFLOW_VERSION: { name: "UnknownWorkflowVersionError", act: "developer" },
  UNKNOWN_RULES: { name: "UnknownRulesError", act: "operator" },
  UNKNOWN_METHOD: { name: "UnknownMethodError", act: "developer" },
  UNKNOWN_CHANNEL: { name: "UnknownChannelError", act: "developer" },
  UNKNOWN_QUERY: { name: "UnknownQueryError", act: "caller" },
  QUERY_FAILED: { name: "QueryFailedError", act: "developer" },
  TASK_FAILED: { name: "TaskFailedError", act: "developer" },
  TASK_TIMED_OUT: { name: "TaskTimedOutError", act: "developer" },
  ATTEMPT_TIMED_OUT: { name: "AttemptTimedOutError", act: "developer" },
  HEARTBEAT_MISSED: { name: "HeartbeatMissedError", act: "developer" },
  TASK_CANCELED: { name: "TaskCanceledError", act: "caller" },
  TASK_UNKNOWN: { name: "TaskUnknownError", act: "caller" },
  TASK_ENDED: { name: "TaskEndedError", act: "caller" },
  NON_RETRYABLE: { name: "NonRetryableError", act: "developer" },
  INVOCATION_DIED: { name: "InvocationDiedError", act: "developer" },
  RESULT_TOO_LARGE: { name: "ResultTooLargeError", act: "developer" },
  INVALID_RETRY_DELAY: { name: "InvalidRetryDelayError", act: "developer" },
  INVALID_BATCH_RESULT: { name: "InvalidBatchResultError", act: "developer" },
  WORKFLOW_FAILED: { name: "WorkflowFailedError", act: "developer" },
  WORKFLOW_CANCELED: { name: "WorkflowCanceledError", act: "caller" },
  WORKFLOW_TIMED_OUT: { name: "WorkflowTimedOutError", act: "caller" },
  WORKFLOW_ENDED: { name: "WorkflowEndedError", act: "caller" },
  WORKFLOW_UNKNOWN: { name: "WorkflowUnknownError", act: "caller" },
  STATE_TOO_LARGE: { name: "StateTooLargeError", act: "developer" },
  STATE_CORRUPT: { name: "StateCorruptError", act: "operator" },
  MESSAGE_UNDECODABLE: { name: "MessageUndecodableError", act: "operator" },
  MESSAGE_MISROUTED: { name: "MessageMisroutedError", act: "operator" },
  MESSAGE_FORMAT_TOO_NEW: { name: "MessageFormatTooNewError", act: "operator" },
  ATTEMPTS_EXHAUSTED: { name: "AttemptsExhaustedError", act: "developer" },
  MESSAGE_TOO_OLD: { name: "MessageTooOldError", act: "operator" },
  MESSAGE_TOO_LARGE: { name: "MessageTooLargeError", act: "caller" },
  ITEM_TOO_LARGE: { name: "ItemTooLargeError", act: "developer" },
  PAYLOAD_TOO_LARGE: { name: "PayloadTooLargeError", act: "developer" },
  PAYLOAD_MISSING: { name: "PayloadMissingError", act: "operator" },
  ENCRYPTION_KEY_UNAVAILABLE: { name: "EncryptionKeyUnavailableError", act: "operator" },
  DECRYPTION_FAILED: { name: "DecryptionFailedError", act: "operator" },
  STORE_THROTTLED: { name: "StoreThrottledError", act: "nobody" },
  STORE_UNAVAILABLE: { name: "StoreUnavailableError", act: "operator" },
  BROKER_UNAVAILABLE: { name: "BrokerUnavailableError", act: "operator" },
  BROKER_CLOSED: { name: "BrokerClosedError", act: "developer" },
  FUNCTION_UNAVAILABLE: { name: "FunctionUnavailableError", act: "operator" },
  API_UNAVAILABLE: { name: "ApiUnavailableError", act: "operator" },
  MISCONFIGURED: { name: "MisconfiguredError", act: "operator" },
  INVALID_REQUEST: { name: "InvalidRequestError", act: "caller" },
  IDEMPOTENCY_KEY_REUSED: { name: "IdempotencyKeyReusedError", act: "caller" },
  INVALID_JSON: { name: "InvalidJsonError", act: "caller" },
  BODY_TOO_LARGE: { name: "BodyTooLargeError", act: "caller" },
  UNKNOWN_ROUTE: { name: "UnknownRouteError", act: "caller" },
  UNKNOWN_WORKFLOW: { name: "UnknownWorkflowError", act: "caller" },
  UNKNOWN_SERVICE: { name: "UnknownServiceError", act: "caller" },
  INTERNAL: { name: "InternalError", act: "operator" },
} as const satisfies {
  [code: string]: { name: string; act: "developer" | "caller" | "operator" | "nobody" };
};

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERRORS;

/**
 * An error of the catalogue, told apart by its `code`.
 *
 * @example
 * if (error instanceof InfiniticError) return error.code;
 */
export class InfiniticError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = ERRORS[code].name;
  }
}

/** On the errors of every copy of this library in a process: each bundle has its own class. */
const MARK = Symbol.for("infinitic-serverless.error");
Object.defineProperty(InfiniticError.prototype, MARK, { value: true });

// As usual, but of whatever was thrown: what a proxy answers, or throws, is no reason to throw.
Object.defineProperty(InfiniticError, Symbol.hasInstance, {
  value(this: unknown, thrown: unknown): boolean {
    try {
      if (Function.prototype[Symbol.hasInstance].call(this, thrown)) return true;
      return this === InfiniticError && typeof thrown === "object" && thrown !== null && MARK in thrown;
    } catch {
      return false;
    }
  },
});

/**
 * Tells whether a thrown value is a catalogue error with this code.
 *
 * @example
 * if (hasCode(error, "WORKFLOW_UNKNOWN")) return "no such order";
 */
export function hasCode<C extends ErrorCode>(
  thrown: unknown,
  code: C,
): thrown is InfiniticError & { readonly code: C } {
  return thrown instanceof InfiniticError && thrown.code === code;
}

/** What a part that cannot be reached, or is not set up, raises: the same call will do once it is. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "STORE_THROTTLED",
  "STORE_UNAVAILABLE",
  "ENCRYPTION_KEY_UNAVAILABLE",
  "MISCONFIGURED",
]);

/** Tells whether a thrown value says nothing about what was asked, only that it cannot be done now. */
export function isTransient(thrown: unknown): thrown is InfiniticError {
  return thrown instanceof InfiniticError && PASSING.has(thrown.code);
}
