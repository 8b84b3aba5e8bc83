/** The last line of a message names the user's line, wherever the operation ran. */
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { checkpoint } from '../../src/control/checkpoint.ts'
import { jit } from '../../src/control/jit.ts'
import { CotangentError } from '../../src/core/errors.ts'
import * as lax from '../../src/lax/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, number } from '../control/arrays.ts'

const x = array([1, 2, 3])
const other = array([1, 2])

/** Where this call is: the line that errors made on the same line must name. */
const here = (): string => {
  const frame = (new Error('here').stack ?? '').split('\n')[2] ?? ''
  return /call-site\.test\.ts:\d+/.exec(frame)?.[0] ?? 'no frame of this file'
}

const siteOf = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (e instanceof CotangentError) {
      expect(e.message).toContain(`\n  at:       ${e.site}`)
      return /call-site\.test\.ts:\d+/.exec(e.site ?? '')?.[0] ?? String(e.site)
    }
    return String(e)
  }
  return 'no error'
}

describe('the call site', () => {
  let line = ''
  // `line` is set on the line of the mistake each time the function is traced.
  const wrong = (v: NdArray): NdArray => ((line = here()), lax.add(v, other))

  const sites: readonly (readonly [string, () => unknown])[] = [
    ['eager code', () => wrong(x)],
    ['code inside jit', () => jit(wrong)(x)],
    ['jit inside jit', () => jit(jit(wrong))(x)],
    ['code inside grad', () => grad(wrong)(x)],
    ['code inside vmap', () => vmap(wrong)(array([1, 2, 3], [1, 3]))],
    ['code inside checkpoint', () => grad(checkpoint(wrong))(x)],
    [
      'a scan body',
      () => lax.scan((c: NdArray, v: NdArray) => [c, wrong(lax.broadcast(v, [3]))], number(0), x)
    ],
    [
      'a scan body inside jit of grad',
      () =>
        jit(
          grad((v: NdArray) => lax.scan((c: NdArray, y: NdArray) => [c, wrong(y)], number(0), v)[0])
        )(array([1, 2, 3], [1, 3]))
    ],
    ['a branch', () => lax.cond(true, wrong, (v: NdArray) => v, x)],
    ['a loop', () => lax.whileLoop(() => true, wrong, x)]
  ]

  test.each(sites)('of %s is the line of the operation', (_name, f) => {
    const site = siteOf(f)
    expect(site).toBe(line)
  })

  test('of a wrong use of a transformation is the line that calls it', () => {
    let at = ''
    expect(siteOf(() => ((at = here()), grad((v: NdArray) => v)(x)))).toBe(at)
    expect(siteOf(() => ((at = here()), jit((v: NdArray) => v, { staticArgnums: 4 })(x)))).toBe(at)
    expect(siteOf(() => ((at = here()), vmap(lax.add)(x, other)))).toBe(at)
  })

  test('of a compiled call that fails again is that of its tracing, each time', () => {
    const f = jit(wrong)
    expect([siteOf(() => f(x)), siteOf(() => f(x))]).toEqual([line, line])
  })
})
