/** Training: loops over pure steps, progress that a person can read, and curves. */
import '../install.ts'

export {
  runEpoch,
  type EpochOptions,
  type EpochReport,
  type Step,
  type StepReport
} from './epoch.ts'
export {
  progressBar,
  showFigures,
  silentProgress,
  type Progress,
  type ProgressOptions,
  type RunningEpoch
} from './progress.ts'
export { curveSpecification, drawCurves, type CurveOptions, type CurvePoint } from './curves.ts'
