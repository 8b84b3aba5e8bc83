/// <reference types="vite/types/importMeta.d.ts" />
import type { Outcome, Suite } from './suite.ts'

// Vite replaces these calls with the modules of every suite beside this file. Where the page may not
// share memory, only what says so of itself is run.
const suites = globalThis.crossOriginIsolated
  ? import.meta.glob<{ readonly suite: Suite }>('./*.suite.ts', { eager: true })
  : import.meta.glob<{ readonly suite: Suite }>('./*.plain.ts', { eager: true })

const run = async (name: string, check: Suite[string], suite: string): Promise<Outcome> => {
  try {
    await check()
    return { suite, name, error: null }
  } catch (error) {
    return {
      suite,
      name,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
  }
}

const outcomes: Outcome[] = []
for (const [path, { suite }] of Object.entries(suites)) {
  for (const [name, check] of Object.entries(suite)) {
    outcomes.push(await run(name, check, path.replace(/^\.\/|\.(?:suite|plain)\.ts$/g, '')))
  }
}

Object.assign(globalThis, { outcomes })
