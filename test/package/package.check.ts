import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { build } from 'vite'
import { afterAll, describe, expect, test } from 'vitest'
import { isolation, resultInChromium } from '../tools/chromium.ts'
import { read, root } from '../tools/sources.ts'

/** What gzip may leave of the scripts that a page loads which imports grad and np alone. */
const maxBytes = 120_000

const folder = mkdtempSync(join(tmpdir(), 'cotangent-package-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program in the consumer's folder; what it printed, and an error that shows it. */
const run = (file: string, args: readonly string[], cwd = folder): string => {
  try {
    return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${file} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error })
  }
}

// What users install: the tarball, in an empty folder, with the peers that it names.
run('npm', ['pack', '--silent', '--pack-destination', folder], root)
const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
writeFileSync(
  join(folder, 'package.json'),
  '{ "name": "consumer", "private": true, "type": "module" }'
)
const peers = ['fp-ts@2', 'fast-check@4', 'typescript@5.9', '@types/node@20']
run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`, ...peers])
cpSync(join(root, 'test/package/consumer'), folder, { recursive: true })

const manifest = JSON.parse(read('package.json')) as {
  readonly exports: Readonly<Record<string, unknown>>
}
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => `cotangent${path.slice(1)}`)

describe.each(entries)('%s', (entry) => {
  test('can be imported', () => {
    const code = `import * as it from '${entry}'; console.log(Object.keys(it).length)`
    expect(Number(run('node', ['--input-type=module', '-e', code]))).toBeGreaterThan(0)
  })

  test('can be required', () => {
    const code = `console.log(Object.keys(require('${entry}')).length)`
    expect(Number(run('node', ['--input-type=commonjs', '-e', code]))).toBeGreaterThan(0)
  })
})

test('what Node loads is few files, whose entries have one state', () => {
  const code = `
    import { jit, np } from 'cotangent'
    import { counters } from 'cotangent/extend'
    jit((x) => x.mul(2).add(1))(np.array([1, 2]))
    console.log(counters().compiled)`
  expect(run('node', ['--input-type=module', '-e', code])).toBe('1\n')
  const loaded = join(folder, 'node_modules/cotangent/dist/node')
  const files = readdirSync(loaded, { recursive: true, encoding: 'utf8' })
  expect(files.filter((name) => name.endsWith('.js')).length).toBeLessThan(50)
})

describe('the types', () => {
  const compilers = [
    ['TypeScript 5.9', join(folder, 'node_modules/.bin/tsc')],
    ['TypeScript 7', join(root, 'node_modules/.bin/tsc')]
  ] as const
  const resolutions = [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler']
  ] as const
  const cases = compilers.flatMap(([compiler, tsc]) =>
    resolutions.map(([module, moduleResolution]) => ({ compiler, tsc, module, moduleResolution }))
  )

  test.each(cases)('are sound under $compiler, $moduleResolution', ({ tsc, ...options }) => {
    const { module, moduleResolution } = options
    const all = entries.map((entry, i) => `import * as entry${i} from '${entry}'\nvoid entry${i}\n`)
    writeFileSync(join(folder, 'entries.ts'), all.join(''))
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false
    }
    const files = ['consumer.ts', 'entries.ts']
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    expect(run(tsc, ['-p', 'tsconfig.json'])).toBe('')
  })
})

test('a page that imports grad and np runs in Chromium and is small', async () => {
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="./size.js"></script>')
  const outDir = join(folder, 'page')
  await build({ root: folder, configFile: false, logLevel: 'error', build: { outDir } })
  expect(await resultInChromium(outDir, 'result')).toBe(6)

  // The page names the scripts that it loads; what a GPU needs waits for an import() of its own.
  const page = readFileSync(join(outDir, 'index.html'), 'utf8')
  const scripts = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.js'))
  const size = (names: readonly string[]): number =>
    names.reduce((sum, n) => sum + gzipSync(readFileSync(join(outDir, 'assets', n))).length, 0)
  const loaded = scripts.filter((name) => page.includes(name))
  expect(loaded).not.toEqual([])
  process.stdout.write(
    `{ grad, np }: ${size(loaded)} bytes after gzip, at most ${maxBytes}; ` +
      `${size(scripts) - size(loaded)} more when a GPU is asked for\n`
  )
  expect(size(loaded)).toBeLessThanOrEqual(maxBytes)
})

test('a page with convolutions has the code for them', async () => {
  const outDir = join(folder, 'convolution-page')
  const page = join(folder, 'convolution')
  await build({ root: page, configFile: false, logLevel: 'error', build: { outDir } })
  const { value, beside } = await resultInChromium<{ value: number; beside: number }>(
    outDir,
    'result'
  )
  expect(value).toBe(288)
  expect(beside).toBeGreaterThan(2 ** 14) // packed blocks
})

describe('two threads', () => {
  interface Threads {
    readonly value: number
    readonly ready: number
    readonly worked: boolean
    readonly problem: string
  }
  const both: Threads = { value: 90_000, ready: 1, worked: true, problem: '' }
  const page = join(folder, 'threads')

  /** Versions of Node beside the one that runs this: NODES=/path/to/node:/path/to/another. */
  const nodes = [process.execPath, ...(process.env.NODES ?? '').split(':').filter((n) => n !== '')]
  const programs = nodes.flatMap((node) =>
    ['import.mjs', 'require.cjs'].map((file) => ({
      node,
      file,
      version: run(node, ['--version']).trim()
    }))
  )

  test.each(programs)('compute in a program that ends by itself: $version $file', (of) => {
    // The program prints while its worker sleeps, and nothing in it calls for an end.
    expect(JSON.parse(run(of.node, [of.file], page))).toEqual(both)
  })

  test('compute in a page that may share memory; one does, without an error, where it may not', async () => {
    const outDir = join(folder, 'threads-page')
    await build({ root: page, configFile: false, logLevel: 'error', build: { outDir } })
    expect(await resultInChromium<Threads>(outDir, 'result', [], isolation)).toEqual(both)
    const alone = await resultInChromium<Threads>(outDir, 'result', [], {})
    expect(alone).toMatchObject({ value: 90_000, ready: 0, worked: false })
    expect(alone.problem).toContain('cross-origin isolated')
  })
})

test('publint has nothing to say', async () => {
  const pkgDir = join(folder, 'node_modules/cotangent')
  const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
})

test('attw finds the types of every entry under ES module resolution', () => {
  const attw = join(root, 'node_modules/.bin/attw')
  const report = join(folder, 'attw.json')
  const out = openSync(report, 'w') // attw ends before a pipe is drained
  spawnSync(attw, [join(folder, tarball), '-f', 'json'], { stdio: ['ignore', out, 'ignore'] })
  closeSync(out)
  const { analysis } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly analysis: {
      readonly entrypoints: object
      readonly problems: readonly {
        readonly resolutionKind?: string
        readonly resolutionOption?: string
      }[]
    }
  }
  expect(Object.keys(analysis.entrypoints)).toContain('.')
  // The package is ES modules alone: neither node10 nor types for require() are claimed.
  const claimed = analysis.problems.filter(
    (p) => !['node10', 'node16-cjs'].includes(p.resolutionKind ?? p.resolutionOption ?? '')
  )
  expect(claimed).toEqual([])
})

test('the tarball holds the library and its sources, nothing else', () => {
  const list = run('tar', ['-tzf', tarball]).trim().split('\n')
  const expected =
    /^package\/(?:dist\/(?:src|laws|node)\/.*\.(?:js|d\.ts)(?:\.map)?|(?:src|laws)\/.*\.ts|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
  expect(list.filter((path) => !expected.test(path))).toEqual([])
})
