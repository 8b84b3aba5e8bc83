/**
 * Tables that know what was used least recently.
 *
 * A use moves an entry in a linked list. Taking it out of a Map and putting it back would leave a
 * hole in its hash chain every time, and lookups of what is used most would be the slowest.
 */

interface Entry<K, V> {
  readonly key: K
  value: V
  older: Entry<K, V> | null
  newer: Entry<K, V> | null
}

export interface Recent<K, V> {
  /** The value, which counts as used now. */
  readonly get: (key: K) => V | undefined
  /** Enters or replaces a value, used now; beyond the bound the least recently used one goes. */
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => boolean
  readonly clear: () => void
  readonly size: () => number
  /** The key used last. */
  readonly latest: () => K | undefined
  /** Keys, least recently used first; the one at hand may be deleted meanwhile. */
  readonly oldestFirst: () => Iterable<K>
}

/** An empty table of at most `bound()` entries. */
export const createRecent = <K, V>(bound: () => number = () => Infinity): Recent<K, V> => {
  const entries = new Map<K, Entry<K, V>>()
  let oldest: Entry<K, V> | null = null
  let newest: Entry<K, V> | null = null

  const unlink = (e: Entry<K, V>): void => {
    if (e.older === null) oldest = e.newer
    else e.older.newer = e.newer
    if (e.newer === null) newest = e.older
    else e.newer.older = e.older
  }

  const append = (e: Entry<K, V>): void => {
    e.older = newest
    e.newer = null
    if (newest === null) oldest = e
    else newest.newer = e
    newest = e
  }

  const touch = (e: Entry<K, V>): void => {
    if (e === newest) return
    unlink(e)
    append(e)
  }

  const remove = (e: Entry<K, V>): void => {
    unlink(e)
    entries.delete(e.key)
  }

  return {
    get: (key) => {
      const e = entries.get(key)
      if (e === undefined) return undefined
      touch(e)
      return e.value
    },
    set: (key, value) => {
      const known = entries.get(key)
      if (known !== undefined) {
        known.value = value
        touch(known)
        return
      }
      const e: Entry<K, V> = { key, value, older: null, newer: null }
      entries.set(key, e)
      append(e)
      while (entries.size > bound() && oldest !== null && oldest !== e) remove(oldest)
    },
    delete: (key) => {
      const e = entries.get(key)
      if (e === undefined) return false
      remove(e)
      return true
    },
    clear: () => {
      entries.clear()
      oldest = null
      newest = null
    },
    size: () => entries.size,
    latest: () => newest?.key,
    *oldestFirst() {
      for (let e = oldest; e !== null;) {
        const next: Entry<K, V> | null = e.newer
        yield e.key
        e = next
      }
    }
  }
}
