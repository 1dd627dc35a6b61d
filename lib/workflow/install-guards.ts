/** Imported first by the package's entry, for its effect: what is imported after it gets guarded clocks and chance. */
import { installGuards } from "../runtime/guards.ts";

installGuards();
