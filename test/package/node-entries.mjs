/**
 * `node test/package/node-entries.mjs [--bundle]`: writes dist/node, which package.json names for Node.
 *
 * Node finds, opens, compiles and links each module by itself, which takes about a millisecond, and
 * there are hundreds. So a packed package brings the same code in few files as well: one bundle
 * with an entry for each sub-path, whose entries share what has state. Beside the sources an entry
 * only stands for its module, since programs there import files of src as well as `cotangent`, and
 * both have to be one copy.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'dist/node')

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What Node loads for each sub-path, and the module that it is made of, as paths of built files. */
const entries = Object.values(manifest.exports)
  .filter((target) => typeof target === 'object')
  .map((target) => ({ file: join(root, target.node), module: join(root, target.default) }))

const standFor = ({ file, module }) => {
  const path = relative(dirname(file), module).replaceAll('\\', '/')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `export * from '${path}'\n`)
}

/** The bundle is made of the sources, so that its source maps lead to them. */
const sourceOf = (module) =>
  module.replace(join(root, 'dist/'), join(root, '/')).replace(/\.js$/, '.ts')

const bundle = async () => {
  const { build } = await import('vite')
  const named = entries.map(({ file, module }) => [
    relative(folder, file).replace(/\.js$/, ''),
    sourceOf(module)
  ])
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    ssr: { resolve: { conditions: ['cotangent-source', 'node'] } },
    build: {
      ssr: true,
      outDir: folder,
      target: 'es2022',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(named),
        output: {
          entryFileNames: '[name].js',
          // Errors look for the user's line outside of the folder above the file that they are in.
          chunkFileNames: 'chunks/[name].js',
          keepNames: true, // jaxprs and messages tell the names of functions
          sourcemapExcludeSources: true
        }
      }
    }
  })
}

rmSync(folder, { recursive: true, force: true })
if (process.argv.includes('--bundle')) await bundle()
else entries.forEach(standFor)
