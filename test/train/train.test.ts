import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { scalar, type NdArray } from '../../src/core/array.ts'
import {
  curveSpecification,
  drawCurves,
  runEpoch,
  showFigures,
  silentProgress,
  type EpochReport,
  type Progress
} from '../../src/train/index.ts'

interface Batch {
  readonly size: number
  readonly loss: number
  readonly correct: number
}

const f32 = (x: number): NdArray => scalar(x, 'float32')

const step = (carry: number, { loss, correct }: Batch) =>
  [carry + 1, { loss: f32(loss), correct: f32(correct) }] as const

const sizeOf = ({ size }: Batch): number => size

describe('runEpoch', () => {
  const batches: readonly Batch[] = [
    { size: 3, loss: 4, correct: 1 },
    { size: 1, loss: 6, correct: 1 }
  ]

  test('weights figures by the size of batches and hands the carry on', async () => {
    const [carry, report] = await runEpoch(step, 0, batches, { epoch: 4, batchCount: 2, sizeOf })
    expect(carry).toBe(2)
    expect(report).toMatchObject({ epoch: 4, loss: 4.5, accuracy: 0.5, losses: [4, 6] })
  })

  test('reports to the progress, which it stops even when a step throws', async () => {
    const heard: string[] = []
    const progress: Progress = {
      start: (epoch, count) => {
        heard.push(`start ${epoch} ${count}`)
        return {
          update: (done) => heard.push(`update ${done}`),
          stop: () => heard.push('stop')
        }
      },
      finish: () => heard.push('finish')
    }
    await runEpoch(step, 0, batches, { epoch: 0, batchCount: 2, sizeOf, progress })
    expect(heard).toEqual(['start 0 2', 'update 1', 'update 2', 'stop', 'finish'])
    heard.length = 0
    const diverged = [{ size: 1, loss: NaN, correct: 0 }]
    const failed = runEpoch(step, 0, diverged, { epoch: 1, batchCount: 1, sizeOf, progress })
    await expect(failed).rejects.toMatchObject({
      _tag: 'ValueError',
      problem: 'the loss is not finite any more',
      got: 'NaN in step 0 of epoch 1'
    })
    expect(heard).toEqual(['start 1 1', 'stop'])
  })

  test('has no accuracy when the step does not count', async () => {
    const plain = (carry: number, { loss }: Batch) => [carry, { loss: f32(loss) }] as const
    const options = { epoch: 0, batchCount: 2, sizeOf, progress: silentProgress }
    const [, report] = await runEpoch(plain, 0, batches, options)
    expect(report.accuracy).toBeNull()
  })
})

test('figures are read at a glance', () => {
  const report: EpochReport = {
    epoch: 0,
    loss: 0.12345,
    accuracy: 0.98765,
    examplesPerSecond: 1234.5,
    seconds: 1,
    losses: []
  }
  expect(showFigures(report)).toBe('loss 0.1235  accuracy 98.77 %  1235 examples/s')
  expect(showFigures({ ...report, accuracy: null })).toBe('loss 0.1235  1235 examples/s')
})

describe('curves', () => {
  const points = [
    { series: 'a', step: 0, value: 2 },
    { series: 'a', step: 1, value: 1 }
  ]

  test('are a plain specification', () => {
    expect(curveSpecification(points, { logarithmic: true })).toMatchObject({
      data: { values: points },
      encoding: { y: { scale: { type: 'log' } } }
    })
  })

  test('are drawn as an SVG', async () => {
    const svg = await drawCurves(points)()
    expect(E.isRight(svg) && svg.right.startsWith('<svg')).toBe(true)
  })
})
