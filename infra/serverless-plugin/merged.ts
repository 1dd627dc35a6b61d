/** Lays one description over another: what both have is merged, and what they differ in is as the upper one says. */
export function merged<T extends object>(lower: T, upper: object | undefined): T {
  if (upper === undefined) return lower;
  const entries = Object.entries(upper).map(([name, value]) => {
    const below = (lower as { readonly [name: string]: unknown })[name];
    return [name, isPlain(below) && isPlain(value) && !isReference(value) ? merged(below, value) : value];
  });
  return { ...lower, ...Object.fromEntries(entries) };
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A function of CloudFormation, which is a value. */
function isReference(value: object): boolean {
  return Object.keys(value).some((name) => name === "Ref" || name.startsWith("Fn::"));
}
