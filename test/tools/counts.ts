import type { Reporter, TestModule } from 'vitest/node'

/** A file that failed before or outside its tests: it did not load, or a hook of it threw. */
const brokeOutsideTests = (module: TestModule): boolean =>
  module.state() === 'failed' &&
  ![...module.children.allTests()].some((test) => test.result().state === 'failed')

/**
 * Ends a run with the line that every checking command of this repository ends with:
 * `N passed, N failed`, where a file that broke outside its tests is one failure.
 */
export const counts: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state)
    )
    const passed = states.filter((state) => state === 'passed').length
    const failed =
      states.filter((state) => state === 'failed').length +
      modules.filter(brokeOutsideTests).length +
      unhandledErrors.length
    // The default reporter prints its own summary in the same hook; this line comes after it.
    setImmediate(() => process.stdout.write(`${passed} passed, ${failed} failed\n`))
  }
}
