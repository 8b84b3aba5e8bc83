import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { load } from '../conformance/golden.ts'
import { checkLayers } from '../conformance/layers.ts'
import { failuresOf } from '../conformance/report.ts'

test("PyTorch 1.13's losses have the same values and gradients", () => {
  const path = fileURLToPath(new URL('torch-losses.json.gz', import.meta.url))
  const outcomes = checkLayers(load(path))
  expect(failuresOf(outcomes)).toEqual([])
  expect(outcomes).toHaveLength(704)
})
