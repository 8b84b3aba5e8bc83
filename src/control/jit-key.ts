/** What calls of a jitted function are told apart by, and what to say when one is new. */

const identities = new WeakMap<object, number>()
let nextIdentity = 0

/** A key equal for equal numbers (−0 is not 0), strings and booleans, and for the same object. */
export const staticKey = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Object.is(value, -0)) return '-0'
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return `${typeof value}:${String(value)}`
  const known = identities.get(value)
  if (known !== undefined) return `#${known}`
  identities.set(value, nextIdentity)
  return `#${nextIdentity++}`
}

const partNames = ['structure', 'shapes or types', 'static arguments', 'named axes', 'settings']

/** Says which part of the key is new; the latest sixteen reasons are kept. */
export const noteRetrace = (
  retraces: string[],
  previous: string | undefined,
  parts: readonly string[]
): void => {
  if (previous === undefined) return
  const before = previous.split('|')
  const changed = partNames.flatMap((name, i) =>
    before[i] === parts[i] ? [] : [`${name}: ${before[i] || 'none'} became ${parts[i] || 'none'}`]
  )
  retraces.push(changed.join('; '))
  if (retraces.length > 16) retraces.shift()
}
