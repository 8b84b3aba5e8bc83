import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { executedIn } from './docs/check.ts'
import { atPages, folder, generate } from './docs/generate.ts'
import { exportedBy, type Name } from './docs/instrument.ts'
import { examplesOf, fencesOf } from './docs/snippets.ts'
import { filesUnder, read, root } from './tools/sources.ts'

const pages = ['README.md', ...filesUnder('docs', '.md')]
const sources = [...filesUnder('src', '.ts'), ...filesUnder('laws', '.ts')]
const snippets = [...pages.flatMap(fencesOf), ...sources.flatMap(examplesOf)]

const rootTypes = exportedBy(read('src/index.ts')).filter(({ isType }) => isType)
const rootValues = Object.keys((await import(join(root, 'src/index.ts'))) as object)
const rootNames: readonly Name[] = [
  ...rootTypes,
  ...rootValues.map((name) => ({ name, isType: false }))
]
const manifest = JSON.parse(read('package.json')) as { exports: Record<string, unknown> }
const subPaths = Object.keys(manifest.exports)
  .filter((path) => /^\.\/[a-z]+$/.test(path))
  .map((path) => path.slice(2))

const generated = generate(snippets, rootNames, subPaths)

test('what pages and doc comments show has no type errors', () => {
  const tsconfig = join(folder, 'tsconfig.json')
  const tsc = join(root, 'node_modules/.bin/tsc')
  const output = (() => {
    try {
      return execFileSync(tsc, ['-p', tsconfig], { encoding: 'utf8' })
    } catch (error) {
      return (error as { stdout: string }).stdout // tsc prints its errors there and exits with 2
    }
  })()
  expect(atPages(output)).toBe('')
})

describe('what a page claims is true', () => {
  const runnable = generated.filter(({ snippet }) => snippet.runs)
  test.each(runnable.map((of) => [`${of.snippet.file}:${of.snippet.line}`, of] as const))(
    '%s',
    async (place, { path, checks }) => {
      await import(/* @vite-ignore */ path)
      expect(executedIn(place)).toBe(checks)
    }
  )
})
