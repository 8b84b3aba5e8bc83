/**
 * Curves of training as an SVG, drawn by Vega-Lite from a plain specification. Vega is an optional
 * peer dependency, loaded when the first curve is drawn.
 */
import { checkOptions } from '../core/errors.ts'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { LoadError } from '../core/load-error.ts'

/** A point of a curve. */
export interface CurvePoint {
  /** Which curve it belongs to: 'scratch', 'head only' … */
  readonly series: string
  readonly step: number
  readonly value: number
}

export interface CurveOptions {
  readonly title?: string
  readonly xTitle?: string
  readonly yTitle?: string
  readonly width?: number
  readonly height?: number
  /** A logarithmic axis of values, for losses. */
  readonly logarithmic?: boolean
}

/** A Vega-Lite specification: plain data, which any of its tools can draw. */
export const curveSpecification = (
  points: readonly CurvePoint[],
  options: CurveOptions = {}
): Readonly<Record<string, unknown>> => {
  const known = ['title', 'xTitle', 'yTitle', 'width', 'height', 'logarithmic']
  checkOptions('curveSpecification', options, known)
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: options.title ?? 'Training',
    width: options.width ?? 640,
    height: options.height ?? 320,
    background: 'white',
    data: { values: points },
    mark: { type: 'line', clip: true, interpolate: 'linear' },
    encoding: {
      x: { field: 'step', type: 'quantitative', title: options.xTitle ?? 'step' },
      y: {
        field: 'value',
        type: 'quantitative',
        title: options.yTitle ?? 'loss',
        ...(options.logarithmic === true ? { scale: { type: 'log' } } : { scale: { zero: false } })
      },
      color: { field: 'series', type: 'nominal', title: null }
    }
  }
}

const missing = (reason: unknown): LoadError =>
  new LoadError('drawCurves', 'file', {
    problem: 'the curves cannot be drawn',
    got: reason instanceof Error ? reason.message.split('\n')[0] : String(reason),
    expected: 'the packages vega and vega-lite',
    hint: 'npm install --save-dev vega vega-lite'
  })

const draw = async (specification: Readonly<Record<string, unknown>>): Promise<string> => {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')])
  // curveSpecification makes what Vega-Lite calls a top-level unit specification.
  const { spec } = lite.compile(specification as unknown as Parameters<typeof lite.compile>[0])
  const view = new vega.View(vega.parse(spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/**
 * The text of an SVG file with one line for each series.
 *
 * Errors: file, when vega or vega-lite is not installed.
 *
 * @category reports
 * @since 0.1.0
 */
export const drawCurves = (
  points: readonly CurvePoint[],
  options: CurveOptions = {}
): TE.TaskEither<LoadError, string> =>
  TE.tryCatch(() => draw(curveSpecification(points, options)), missing)
