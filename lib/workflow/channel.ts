import { Channel, type ChannelOptions } from "../runtime/channel.ts";

/**
 * Makes a channel: a field of the workflow's class, named by the field.
 *
 * @example
 * readonly approved = channel<boolean>();
 */
export function channel<T>(options: ChannelOptions = {}): Channel<T> {
  return new Channel<T>(options);
}
