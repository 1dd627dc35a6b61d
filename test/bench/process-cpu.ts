import { readFileSync } from "node:fs";
import { cpuUsage } from "node:process";

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick. */
const MS_PER_TICK = 10;

/** Reads how long all threads of a process have run so far, in ms (in steps of 10), from Linux's `/proc`. */
export function processCpuMs(pid: number): number {
  return cpuMsOfStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** How long this process has run so far, in ms. */
export function ownCpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1_000;
}

/** Adds up user and system time of a line of `/proc/<pid>/stat`. */
export function cpuMsOfStat(stat: string): number {
  // The second field is the command in parentheses, which may hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}
