import { mkdtemp, readFile, readdir, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  readBytes,
  readNpy,
  readNpz,
  readSafetensors,
  writeBytes,
  writeNpy,
  writeNpz,
  writeSafetensors
} from '../../src/io/file.ts'
import { make } from './arrays.ts'
import { problem, right } from './either.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The message with the folder of this run taken out. */
const stable = (text: string): string => text.replaceAll(folder, '<folder>')

describe('files', () => {
  const x = make('float32', [2], [1, 2])

  test('are read as they were written', async () => {
    right(await writeSafetensors(join(folder, 'a'), { w: [x] }, { by: 'us' })())
    expect(right(await readSafetensors(join(folder, 'a'))())).toEqual({ 'w/0': x })
    right(await writeNpy(join(folder, 'b'), x)())
    expect(right(await readNpy(join(folder, 'b'))())).toEqual(x)
    right(await writeNpz(join(folder, 'c'), { x })())
    expect(right(await readNpz(join(folder, 'c'))())).toEqual({ x })
  })

  test('are replaced, and nothing else stays in the folder', async () => {
    const path = join(folder, 'weights')
    right(await writeBytes(path, Uint8Array.of(1))())
    right(await writeBytes(path, Uint8Array.of(2, 3))())
    expect([...right(await readBytes(path)())]).toEqual([2, 3])
    expect(await readdir(folder)).toEqual(['weights'])
  })

  test('are left alone when they cannot be replaced', async () => {
    await mkdir(join(folder, 'taken'))
    await writeFile(join(folder, 'taken', 'inside'), 'kept')
    expect(problem(await writeBytes(join(folder, 'taken'), Uint8Array.of(1))())).toMatch(
      /^file writeBytes: the host refuses/
    )
    expect(await readdir(folder)).toEqual(['taken'])
    expect(await readFile(join(folder, 'taken', 'inside'), 'utf8')).toBe('kept')
  })

  test('are whole under the name even while many write it at once', async () => {
    const path = join(folder, 'raced')
    const bodies = [1, 2, 3, 4].map((byte) => new Uint8Array(200_000).fill(byte))
    await Promise.all(bodies.map((bytes) => writeBytes(path, bytes)()))
    const written = right(await readBytes(path)())
    expect(written.length).toBe(200_000)
    expect(new Set(written).size).toBe(1)
    expect(await readdir(folder)).toEqual(['raced'])
  })

  test('that do not exist, or hold something else, are told by name', async () => {
    const missing = await readSafetensors(join(folder, 'none'))()
    expect(stable(problem(missing))).toMatchInlineSnapshot(`
      "file readBytes: the host refuses '<folder>/none'
        got:      ENOENT: no such file or directory, open '<folder>/none'
        expected: a file that can be read
        hint:     check the path; a relative one starts at the working directory"
    `)
    const nowhere = await writeNpy(join(folder, 'no', 'folder'), x)()
    expect(stable(problem(nowhere)).replace(/\.folder\.[^']*/, '<temporary>'))
      .toMatchInlineSnapshot(`
      "file writeBytes: the host refuses '<folder>/no/folder'
        got:      ENOENT: no such file or directory, open '<folder>/no/<temporary>'
        expected: a folder that can be written to
        hint:     check the path; a relative one starts at the working directory"
    `)
    await writeFile(join(folder, 'text'), 'hello')
    expect(stable(problem(await readSafetensors(join(folder, 'text'))()))).toMatchInlineSnapshot(`
      "truncated safetensors.decode of '<folder>/text': the file ends too early
        got:      5 bytes
        expected: at least 8 bytes
        hint:     the file is incomplete: download or save it again"
    `)
    expect(stable(problem(await readNpz(join(folder, 'text'))()))).toMatchInlineSnapshot(`
      "truncated npz.decode of '<folder>/text': the archive has no directory
        got:      5 bytes
        expected: a zip archive, whole
        hint:     the archive is damaged or incomplete: download or save it again"
    `)
  })
})
