/** Parameters as strings that are equal exactly when they mean the same. */

const isPlain = (x: object): boolean => Object.getPrototypeOf(x) === Object.prototype

/** Null when a parameter is a program, a function or an array: those have no content key. */
export const parameterKey = (params: unknown): string | null => {
  if (params === null || params === undefined) return ''
  switch (typeof params) {
    case 'number':
      return Object.is(params, -0) ? '-0' : String(params)
    case 'string':
      return JSON.stringify(params)
    case 'boolean':
      return String(params)
    case 'object':
      break
    default:
      return null
  }
  if (Array.isArray(params)) {
    const parts = params.map(parameterKey)
    return parts.includes(null) ? null : `[${parts.join()}]`
  }
  if (!isPlain(params) || 'equations' in params) return null
  const parts: string[] = []
  for (const [key, value] of Object.entries(params)) {
    const part = parameterKey(value)
    if (part === null) return null
    parts.push(`${key}:${part}`)
  }
  return `{${parts.join()}}`
}
