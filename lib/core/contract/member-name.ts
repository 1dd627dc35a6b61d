/** Names of methods, channels and queries are JavaScript's, so any of its alphabets will do. */
const MEMBER = /^(?!then$)[\p{ID_Start}_$][\p{ID_Continue}$]{0,127}$/u;

/** Tells whether a text may name a method, a channel or a query. `then` may not: whatever has it is a thenable. */
export function isMemberName(name: string): boolean {
  return MEMBER.test(name);
}
