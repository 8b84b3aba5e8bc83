/// <reference types="vite/types/importMeta.d.ts" />
import type { Outcome, Suite } from './suite.ts'

// Vite replaces this call with the modules of every suite beside this file.
const suites = import.meta.glob<{ readonly suite: Suite }>('./*.suite.ts', { eager: true })

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
    outcomes.push(await run(name, check, path.replace(/^\.\/|\.suite\.ts$/g, '')))
  }
}

Object.assign(globalThis, { outcomes })
