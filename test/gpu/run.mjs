/**
 * `npm run test:gpu [-- files]`: the checks of this folder in Node, on whatever adapter there is. On
 * a machine without a GPU, the software adapter of the Chromium package stands in. Exit code 0 with
 * `0 passed, 0 failed, 1 skipped` when there is none at all; `--required` makes that a failure.
 *
 * GL_PACKAGE=FOLDER, where the package `gl` is installed, adds the suite in headlessgl mode.
 *
 * `npm run gpu -- PROGRAM …`: a program of cli.ts (built) on the same adapter.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const chromium = ['/usr/lib/chromium', '/usr/lib64/chromium-browser'].find((folder) =>
  existsSync(`${folder}/vk_swiftshader_icd.json`)
)

const software =
  chromium === undefined
    ? {}
    : {
        LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':'),
        VK_ICD_FILENAMES: `${chromium}/vk_swiftshader_icd.json`
      }

const probe = `
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  globalThis.dawn = create([])
  process.exit((await globalThis.dawn.requestAdapter()) === null ? 3 : 0)`

/** Whether Dawn finds an adapter under these variables. */
const finds = (env) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', probe], {
    env: { ...process.env, ...env },
    stdio: 'ignore'
  }).status === 0

const env = [{}, software].find(finds)
const args = process.argv.slice(2)
const required = args.includes('--required')
const isProgram = args[0] === '--program'

/** headlessgl (headless.check.ts) wants an X display, which a server has not. */
const display =
  process.env.GL_PACKAGE !== undefined && process.env.DISPLAY === undefined
    ? ['xvfb-run', '-a', '-s', '-ac -screen 0 1280x1024x24']
    : []

/** Runs Node on the adapter that was found, and ends as it ended. */
const node = (...words) => {
  const options = { env: { ...process.env, ...env }, stdio: 'inherit' }
  const [command, ...args] = [...display, process.execPath, ...words]
  process.exitCode = spawnSync(command, args, options).status ?? 1
}

if (env === undefined) {
  console.log('no WebGPU adapter: install a GPU driver, or the chromium package for a software one')
  console.log('0 passed, 0 failed, 1 skipped')
  process.exitCode = required || isProgram ? 1 : 0
} else if (isProgram) {
  node('dist/test/gpu/cli.js', ...args.slice(1))
} else {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs'
  )
  const files = args.filter((a) => a !== '--required')
  node(vitest, 'run', '-c', 'test/vitest.config.ts', '--project', 'gpu', ...files)
}
