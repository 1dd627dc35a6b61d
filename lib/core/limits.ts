/**
 * The largest value (a task's arguments together, a result, a signal), in characters of its JSON: what fits a
 * message on every broker, and a chunk of history.
 */
export const MAX_VALUE_CHARACTERS = 256 * 1024;
