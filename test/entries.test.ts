import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { filesUnder, importsOf, loadedBy, read, root } from './tools/sources.ts'

interface Manifest {
  readonly exports: Readonly<
    Record<string, string | { readonly node: string; readonly default: string }>
  >
  readonly imports: Readonly<Record<string, Conditions>>
}

/** What each condition of a host-dependent import stands for; sources have a branch of their own. */
interface Conditions {
  readonly 'cotangent-source': { readonly node: string; readonly default: string }
  readonly node: string
  readonly default: string
}

const manifest = JSON.parse(read('package.json')) as Manifest

/** The source of a built file: dist/src/x.js comes from src/x.ts. */
const sourceOf = (built: string): string => built.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')

/** Sub-path and source of every entry point that package.json declares. */
const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === 'string' ? [] : [[name, sourceOf(target.default)] as const]
)

/** What a browser gets for a specifier such as #host. */
const inBrowser = (specifier: string): string | undefined => {
  const target = manifest.imports[specifier]?.default
  return target === undefined ? undefined : sourceOf(target)
}

/** The folders of src whose index.ts users import as cotangent/<folder>. */
const published = 'finetune data metrics scipy train tune io models serve gpu'.split(' ')

describe('package.json', () => {
  test('exports every entry point that the sources have, and no other', () => {
    const sources = [
      'src/index.ts',
      'src/extend.ts',
      'laws/index.ts',
      ...published.map((name) => `src/${name}/index.ts`)
    ].filter((path) => existsSync(join(root, path)))
    expect(entries.map(([, source]) => source).sort()).toEqual(sources.sort())
  })

  test('names a file for Node after each entry point', () => {
    const named = Object.entries(manifest.exports).flatMap(([path, target]) =>
      typeof target === 'string' ? [] : [[path, target.node]]
    )
    const expected = named.map(([path]) => [path, `./dist/node/${path.slice(2) || 'index'}.js`])
    expect(named).toEqual(expected)
  })

  test.each(Object.entries(manifest.imports))('has a file for each host of %s', (_name, of) => {
    const built = [of.node, of.default].map(sourceOf)
    const source = [of['cotangent-source'].node, of['cotangent-source'].default]
    expect(source).toEqual(built.map((path) => `./${path}`))
    expect(built.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

describe.each(entries)('%s', (_name, source) => {
  test('loads alone', async () => {
    vi.resetModules()
    const loaded = (await import(join(root, source))) as object
    expect(Object.keys(loaded).length).toBeGreaterThan(0)
  })

  test('brings only packages that a browser can load', () => {
    const { packages } = loadedBy(source, inBrowser)
    const fit = /^fp-ts\/lib\/\w+\.js$|^fast-check$|^gpu\.js$|^vega(?:-lite)?$/
    expect([...packages].filter(([specifier]) => !fit.test(specifier))).toEqual([])
  })
})

test('the root entry loads nothing but this package', () => {
  expect([...loadedBy('src/index.ts', inBrowser).packages]).toEqual([])
})

test('fast-check is loaded by laws alone', () => {
  const users = filesUnder('src', '.ts').filter((file) =>
    importsOf(read(file)).some(({ specifier }) => specifier === 'fast-check')
  )
  expect(users).toEqual([])
})
