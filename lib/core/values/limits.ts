/** The largest value that travels in messages and history itself, in bytes of its JSON; a larger one is a payload. */
export const MAX_INLINE_BYTES = 256 * 1024;

/** The largest meta of an instance or a task, in bytes of its JSON: it travels with every message. */
export const MAX_META_BYTES = 64 * 1024;

/** The largest headers of a message, in bytes of their JSON: they travel with every message, and in an HTTP header. */
export const MAX_HEADERS_BYTES = 4 * 1024;

/** The largest value of all, in bytes of its JSON: what a function can be sent and can answer, with room to spare. */
export const MAX_PAYLOAD_BYTES = 5 * 1024 * 1024;

/** Characters of a tag, which is part of an item's key, and tags of an instance or a task. */
export const MAX_TAG_CHARACTERS = 128;
export const MAX_TAGS = 100;

/** Characters of a custom id. */
export const MAX_CUSTOM_ID_CHARACTERS = 256;
