import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { counts } from './tools/counts.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Tests import 'cotangent' as users do and get this source tree.
 * `unit` is `npm test`; the other projects need a browser or a packed tarball and have their own commands.
 */
export default defineConfig({
  root,
  // '#host' of package.json then names the sources, not the built package.
  ssr: {
    resolve: { conditions: ['cotangent-source', 'module', 'node', 'development|production'] }
  },
  resolve: {
    alias: [
      { find: /^cotangent$/, replacement: `${root}src/index.ts` },
      { find: /^cotangent\/extend$/, replacement: `${root}src/extend.ts` },
      { find: /^cotangent\/laws$/, replacement: `${root}laws/index.ts` },
      { find: /^cotangent\/([a-z]+)$/, replacement: `${root}src/$1/index.ts` }
    ]
  },
  test: {
    reporters: ['default', counts],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'laws/**/*.laws.ts'],
          exclude: ['**/node_modules/**', 'test/.generated/**'],
          setupFiles: ['test/tools/seed.ts', 'test/tools/threads.ts', 'test/equality.ts'],
          testTimeout: 60_000,
          // By default one processor would be left to the runner, which needs none.
          maxWorkers: '100%'
        }
      },
      {
        extends: true,
        test: { name: 'browser', include: ['test/browser/*.check.ts'], testTimeout: 120_000 }
      },
      {
        extends: true,
        test: { name: 'gpu', include: ['test/gpu/*.check.ts'], testTimeout: 300_000 }
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/*.check.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000
        }
      }
    ]
  }
})
