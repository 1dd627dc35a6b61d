import { itHappensExactlyOnce } from "./exactly-once.ts";
import { memoryGround } from "./grounds.ts";

itHappensExactlyOnce("the embedded broker and the memory store", memoryGround, { stride: 5 });
