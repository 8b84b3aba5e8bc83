import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { allDigests, differences, elementwiseDigests, type Digests } from './digest.ts'

/** Recorded on Node 20 by `cli.ts --update`; Node 22, 24 and Chromium give the same. */
const recorded = JSON.parse(
  readFileSync(new URL('digests.json', import.meta.url), 'utf8')
) as Digests

describe('deterministic results', () => {
  test('of elementwise programs are the bits of plain loops, kernels and jit alike', () => {
    const loops = elementwiseDigests('loops')
    expect(differences(elementwiseDigests('kernels'), loops)).toEqual([])
    expect(differences(elementwiseDigests('jit'), loops)).toEqual([])
  })

  test('are those that were recorded', () => {
    expect(differences(allDigests(), recorded)).toEqual([])
  })

  test('do not depend on the number of threads', () => {
    expect(differences(allDigests(2), recorded)).toEqual([])
  })
})
