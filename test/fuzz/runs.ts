/** How many cases a property is tried with: more when `npm run fuzz` asks for it. */
export const runs = (usual: number): number => usual * Number(process.env["FUZZ"] ?? 1);
