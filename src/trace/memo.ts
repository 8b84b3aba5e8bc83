/** Remembers what was made of a program, for as long as the program lives. */
import type { Jaxpr } from './jaxpr.ts'

/** A table of results per jaxpr and key. Keys per program are few: patterns of flags. */
export const memoByJaxpr = <R>(): ((jaxpr: Jaxpr, key: string, make: () => R) => R) => {
  const tables = new WeakMap<Jaxpr, Map<string, R>>()
  return (jaxpr, key, make) => {
    const table = tables.get(jaxpr) ?? new Map<string, R>()
    const known = table.get(key)
    if (known !== undefined) return known
    const made = make()
    table.set(key, made)
    tables.set(jaxpr, table)
    return made
  }
}

/** 1 and 0 for each flag. */
export const flags = (values: readonly boolean[]): string => values.map(Number).join('')
