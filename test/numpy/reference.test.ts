import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as np from '../../src/numpy/index.ts'
import { read } from '../tools/sources.ts'

const page = read('docs/reference/numpy.md')
const jax = JSON.parse(
  readFileSync(new URL('jax-names.json', import.meta.url), 'utf8')
) as Readonly<Record<string, readonly string[]>>

const namespaces: readonly (readonly [module: string, prefix: string, exports: object])[] = [
  ['jax.numpy', 'np', np],
  ['jax.numpy.linalg', 'np.linalg', np.linalg],
  ['jax.numpy.fft', 'np.fft', np.fft],
  ['jax.scipy.special', 'np.special', np.special]
]

/** The section of a module: its rows as [their name, what stands beside it]. */
const rowsOf = (module: string): readonly (readonly [string, string])[] => {
  const [section] = page.split(`## \`${module}\`\n`)[1].split('\n## ')
  return [...section.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)]
    .map(([, name, rest]) => [name, rest] as const)
    .filter(([name]) => name !== module)
}

describe.each(namespaces)('the table of %s', (module, prefix, exports) => {
  const rows = rowsOf(module)
  const claimed = rows.flatMap(([name, rest]) =>
    [name, rest.replaceAll('`', '')].filter((n) => n.startsWith(`${prefix}.`))
  )

  test('has every name of JAX', () => {
    const listed = new Set(rows.map(([name]) => name))
    expect(jax[module].filter((name) => !listed.has(name))).toEqual([])
  })

  test('claims only what is exported', () => {
    expect(claimed.filter((n) => !(n.slice(prefix.length + 1) in exports))).toEqual([])
  })

  test('mentions every export', () => {
    const known = new Set(claimed)
    expect(Object.keys(exports).filter((n) => !known.has(`${prefix}.${n}`))).toEqual([])
  })

  test('says why where there is none', () => {
    const silent = rows.filter(([, rest]) => !rest.startsWith('`') && rest.length < 10)
    expect(silent.filter(([name]) => !name.startsWith(`${prefix}.`))).toEqual([])
  })
})
