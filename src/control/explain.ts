/** What a function becomes, for people. */
import { jit, type ExplainOptions, type Jitted, type ProgramReport } from './jit.ts'

const isJitted = <A extends readonly unknown[], O>(
  f: (...args: A) => O
): f is Jitted<A, O> & typeof f => 'lower' in f && typeof f.lower === 'function'

/**
 * What `f` becomes for arguments like these: its jaxpr, its kernels with bytes and FLOPs, its
 * memory, what runs each kernel, and, for a jitted function, why it was traced again. With `runs`
 * the program is run so many times, after once to warm up, and every kernel has the milliseconds
 * that it took, by the median. No argument is given away. Clocks of browsers are coarse: there a
 * short kernel takes 0 or 0.1 ms.
 *
 * Errors: ValueError when `runs` is no whole number; DeviceError for runs on a GPU.
 *
 * @example
 * const report = explain((x: NdArray) => x.add(1), { runs: 3 })(np.array([1, 2]))
 * report.kernels.length // => 1
 * report.kernels[0].milliseconds !== null // => true
 */
export const explain =
  <A extends readonly unknown[], O>(f: (...args: A) => O, options: ExplainOptions = {}) =>
  (...args: A): ProgramReport => {
    const jitted = isJitted(f) ? f : jit(f)
    return jitted.lower(...args).report(options)
  }
