import type { CommandId } from "./ids.ts";

/** An outcome of a command that is kept from a method: from its nth await of the command on, counting from 1. */
export interface Hold {
  readonly command: CommandId;
  readonly outcome: number;
  readonly from: number;
}
