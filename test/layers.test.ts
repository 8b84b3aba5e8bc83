import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesUnder, importsOf, read, resolve, type Import } from './tools/sources.ts'

/**
 * Which folders of src a folder may import, beside itself. `name:type` allows types alone,
 * `name@file` that one file. A change here needs a record in docs/decisions.
 */
const table: Readonly<Record<string, string>> = {
  core: '',
  kernel: 'core',
  trace: 'core kernel',
  primitives: 'core kernel trace',
  backend: 'core kernel',
  transforms: 'core trace primitives',
  compile: 'core kernel trace backend',
  control: 'core trace primitives transforms compile@jit.ts compile@device-put.ts',
  gpu: 'core backend compile',
  numpy: 'core trace primitives transforms control',
  lax: 'core trace primitives transforms control',
  random: 'core trace primitives transforms control',
  nn: 'core trace:type numpy lax random transforms control',
  metrics: 'core numpy lax',
  scipy: 'core numpy lax',
  optim: 'core numpy lax random transforms control',
  finetune: 'core numpy lax random transforms control nn optim',
  data: 'core numpy lax random transforms control',
  io: 'core trace',
  train: 'core numpy random transforms control optim metrics data io',
  tune: 'core numpy random transforms control optim metrics data io',
  models: 'core numpy lax random nn io',
  serve: 'core io models control'
}

/** The same for the folders of src/backend/cpu. What lies in none of them joins them. */
const rooms: Readonly<Record<string, string>> = {
  wasm: '',
  values: 'wasm engine:type',
  engine: 'wasm values product@engine-probe.ts',
  routines: 'wasm engine',
  memory: 'wasm engine:type routines',
  threads: 'wasm memory:type engine:type',
  nest: 'wasm values threads',
  product: 'wasm values nest threads memory engine',
  convolution: 'wasm values nest product threads engine:type'
}

const files = filesUnder('src', '.ts')
/** Composition roots: they join layers, so no row binds them. */
const roots = [
  'src/install.ts',
  'src/install-arc-functions.ts',
  'src/install-convolutions.ts',
  'src/install-error-functions.ts',
  'src/install-factorisations.ts',
  'src/install-fourier.ts',
  'src/install-loops.ts',
  'src/install-hyperbolic-functions.ts',
  'src/install-kept-weights.ts',
  'src/install-special-functions.ts',
  'src/index.ts',
  'src/extend.ts'
]
/** Roots that primitives load, for what they need of the CPU backend. */
const loadedBy: Readonly<Record<string, readonly string[]>> = {
  'src/install-convolutions.ts': ['src/primitives/convolution.ts'],
  'src/install-error-functions.ts': ['src/primitives/error-function.ts'],
  'src/install-factorisations.ts': ['src/primitives/linalg-host.ts'],
  'src/install-fourier.ts': ['src/primitives/fft.ts'],
  'src/install-loops.ts': ['src/control/scan.ts', 'src/control/while-loop.ts'],
  'src/install-arc-functions.ts': ['src/primitives/trigonometry.ts'],
  'src/install-hyperbolic-functions.ts': ['src/primitives/hyperbolic.ts'],
  'src/install-kept-weights.ts': ['src/control/jit.ts'],
  'src/install-special-functions.ts': ['src/primitives/special.ts']
}
const layered = files.filter((file) => !roots.includes(file))
const folderOf = (file: string): string => file.split('/')[1] ?? ''
const imports = files.flatMap((file) => importsOf(read(file)).map((of) => ({ file, ...of })))

const allowed = (
  rows: Readonly<Record<string, string>>,
  [from, to]: readonly [string, string],
  file: string,
  { typesOnly }: Import
): boolean => {
  const row = (rows[from] ?? '').split(' ')
  return (
    from === to ||
    row.includes(to) ||
    (typesOnly && row.includes(`${to}:type`)) ||
    row.includes(`${to}@${basename(file)}`)
  )
}

describe('the folders of src', () => {
  test('all have a row in the table', () => {
    expect(layered.filter((file) => table[folderOf(file)] === undefined)).toEqual([])
  })

  test('import only what their row allows', () => {
    const broken = imports.flatMap((of) => {
      const target = resolve(of.file, of.specifier)
      if (target === undefined || roots.includes(of.file)) return []
      // Any entry point may load install.ts: it gives arrays their methods, and exports nothing.
      const isInstall = target === 'src/install.ts' && basename(of.file) === 'index.ts'
      // Some primitives load their code for the CPU, from files that export nothing either.
      const isOwn = (loadedBy[target] ?? []).includes(of.file)
      const places = [folderOf(of.file), folderOf(target)] as const
      return isInstall || isOwn || allowed(table, places, of.file, of)
        ? []
        : [`${of.file} imports ${target}`]
    })
    expect(broken).toEqual([])
  })

  test('of the CPU backend import only what their row allows', () => {
    const within = (file: string): string | null =>
      /^src\/backend\/cpu\/([a-z]+)\//.exec(file)?.[1] ?? null
    const inRooms = imports.flatMap((of) => {
      const target = resolve(of.file, of.specifier) ?? ''
      const from = within(of.file)
      return from !== null && target.startsWith('src/backend/cpu/')
        ? [{ of, target, places: [from, within(target) ?? basename(target)] as const }]
        : []
    })
    expect(new Set(inRooms.map(({ places }) => places[0]))).toEqual(new Set(Object.keys(rooms)))
    const broken = inRooms.filter(({ of, places }) => !allowed(rooms, places, of.file, of))
    expect(broken.map(({ of, target }) => `${of.file} imports ${target}`)).toEqual([])
  })

  test('never import the index.ts of their own folder', () => {
    const own = ({ file, specifier }: (typeof imports)[number]): boolean => {
      const target = resolve(file, specifier)
      if (target === undefined || basename(target) !== 'index.ts' || target === file) return false
      return file.startsWith(`${dirname(target)}/`)
    }
    expect(imports.filter(own).map(({ file }) => file)).toEqual([])
  })

  test('name files after what they hold', () => {
    const vague = /^(?:utils?|helpers?|misc|common)\d*\.ts$/
    expect(files.filter((file) => vague.test(basename(file)))).toEqual([])
  })
})
