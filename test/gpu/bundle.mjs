/**
 * `npm run gpu:bundle [-- folder]`: everything that the programs of cli.ts need on a Linux machine
 * with a GPU and its driver but without Node and without a network. Makes the folder and an archive
 * beside it. There: unpack, then `bash run.sh measure`, `leaks` or `fuzz`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = resolve(process.argv[2] ?? 'out/gpu-bundle')
const app = join(folder, 'app')
const platform = `${process.platform}-${process.arch}`

rmSync(folder, { recursive: true, force: true })
for (const name of ['bin', 'app', 'debs']) mkdirSync(join(folder, name), { recursive: true })

cpSync(process.execPath, join(folder, 'bin/node'))
spawnSync('strip', [join(folder, 'bin/node')]) // smaller where there is one

cpSync(join(root, 'package.json'), join(app, 'package.json'))
for (const part of ['src', 'node', 'test']) {
  cpSync(join(root, 'dist', part), join(app, 'dist', part), {
    recursive: true,
    filter: (path) => !/\.(?:d\.ts|map)$/.test(path)
  })
}
const packages = ['gpu.js', 'acorn', 'gpu-mock.js', 'fp-ts', 'webgpu']
for (const name of packages) {
  const from = join(root, 'node_modules', name)
  const isNeeded = (path) => {
    const inside = path.slice(from.length + 1)
    if (name === 'gpu.js') return !inside.startsWith('dist')
    if (name === 'fp-ts') return !/^es6|\.d\.ts$/.test(inside)
    // Dawn for this platform, the others are for others.
    if (name === 'webgpu' && inside.startsWith('dist/'))
      return inside.startsWith(`dist/${platform}`)
    return true
  }
  cpSync(from, join(app, 'node_modules', name), { recursive: true, filter: isNeeded })
}

// Loaders of Vulkan, where the machine's driver comes without them.
const loaders = ['libvulkan1', 'libegl1', 'libglvnd0']
const fetched = spawnSync('apt-get', ['download', ...loaders], { cwd: join(folder, 'debs') })
if (fetched.status !== 0) console.log(`without ${loaders.join(', ')}: apt-get could not fetch them`)

writeFileSync(
  join(folder, 'run.sh'),
  `#!/bin/bash
# bash run.sh measure | leaks | fuzz [options]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/root"
for deb in "$here"/debs/*.deb; do [ -f "$deb" ] && dpkg -x "$deb" "$here/root"; done
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:-}:/usr/local/nvidia/lib64:$here/root/usr/lib/x86_64-linux-gnu"
export XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/tmp}"
nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
[ -f "$nvidia" ] && export VK_DRIVER_FILES=$nvidia VK_ICD_FILENAMES=$nvidia
cd "$here/app" && exec "$here/bin/node" dist/test/gpu/cli.js "$@"
`
)

const archive = `${folder}.tar.xz`
execFileSync('tar', [
  'cJf',
  archive,
  '-C',
  dirname(folder),
  folder.slice(dirname(folder).length + 1)
])
console.log(`${archive}: ${(statSync(archive).size / 1e6).toFixed(0)} MB`)
