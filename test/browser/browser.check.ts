import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { build } from 'vite'
import { isolation, resultInChromium, strictPolicy } from '../tools/chromium.ts'
import { root } from '../tools/sources.ts'
import type { Outcome } from './suite.ts'

/**
 * Builds the page against dist, as an application is, and runs every suite in Chromium: once with
 * shared memory, once without.
 */
const outcomesInBrowser = async (): Promise<readonly Outcome[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-browser-'))
  try {
    await build({
      root: join(root, 'test/browser'),
      configFile: false,
      logLevel: 'error',
      resolve: {
        alias: [
          { find: /^cotangent$/, replacement: join(root, 'dist/src/index.js') },
          { find: /^cotangent\/(\w+)$/, replacement: join(root, 'dist/src/$1/index.js') }
        ]
      },
      build: { outDir: folder, target: 'es2022', minify: false }
    })
    const isolated = { ...isolation, ...strictPolicy }
    return [
      ...(await resultInChromium<readonly Outcome[]>(folder, 'outcomes', [], isolated)),
      ...(await resultInChromium<readonly Outcome[]>(folder, 'outcomes', [], strictPolicy))
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const outcomes = await outcomesInBrowser()

test.each(outcomes.map((of) => [`${of.suite}: ${of.name}`, of.error] as const))(
  '%s',
  (_name, error) => {
    expect(error).toBe(null)
  }
)
