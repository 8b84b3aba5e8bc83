/** Progress of training: a bar with loss, accuracy and examples per second, and a line per epoch. */
import { checkOptions, checkRecord, showArgument, ValueError } from '../core/errors.ts'
import { terminal } from '#terminal'
import type { EpochReport } from './epoch.ts'

/** A listener to an epoch in progress. */
export interface RunningEpoch {
  /** Figures are computed only when they are shown. */
  readonly update: (done: number, figures: () => EpochReport) => void
  readonly stop: () => void
}

export interface Progress {
  readonly start: (epoch: number, batchCount: number) => RunningEpoch
  readonly finish: (report: EpochReport) => void
}

/** Reports nothing. */
export const silentProgress: Progress = {
  start: () => ({ update: () => undefined, stop: () => undefined }),
  finish: () => undefined
}

/** `loss 0.1234  accuracy 98.76 %  12345 examples/s`. */
export const showFigures = (report: EpochReport): string => {
  checkRecord('showFigures', report, 'a report of runEpoch')
  const { loss, accuracy, examplesPerSecond } = report
  if (typeof loss !== 'number')
    throw new ValueError('showFigures', {
      problem: 'the report has no loss',
      got: showArgument(loss),
      expected: 'a report of runEpoch',
      hint: 'runEpoch resolves to [carry, report]'
    })
  return [
    `loss ${loss.toFixed(4)}`,
    ...(accuracy === null ? [] : [`accuracy ${(100 * accuracy).toFixed(2)} %`]),
    `${Math.round(examplesPerSecond)} examples/s`
  ].join('  ')
}

/** Milliseconds between two drawings of the bar: it must not cost what it measures. */
const interval = 100

export interface ProgressOptions {
  /** How many epochs there will be, for the title. */
  readonly epochs: number
  /** Written before every line. */
  readonly title?: string
}

/**
 * A bar while an epoch runs (on a terminal), and one line when it is over.
 *
 * @category loops
 * @since 0.1.0
 */
export const progressBar = (options: ProgressOptions): Progress => {
  checkOptions('progressBar', options, ['epochs', 'title'])
  const { epochs, title = '' } = options
  const named = (epoch: number): string => `${title}epoch ${epoch + 1}/${epochs}`
  return {
    start: (epoch, batchCount) => {
      const bar = terminal.bar(named(epoch), batchCount)
      let next = 0
      return {
        update: (done, figures) => {
          const now = performance.now()
          if (now < next) return
          next = now + interval
          bar.update(done, showFigures(figures()))
        },
        stop: bar.stop
      }
    },
    finish: (report) => terminal.line(`${named(report.epoch)}  ${showFigures(report)}`)
  }
}
