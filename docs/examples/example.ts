/** What an example is: some numbers to set, lines that it prints, figures that it ends with. */

export type Settings = Readonly<Record<string, number>>
export type Figures = Readonly<Record<string, number>>
export type Print = (line: string) => void

export interface Example<S extends Settings = Settings, F extends Figures = Figures> {
  /** One sentence: what it shows. */
  readonly summary: string
  readonly defaults: S
  /** What each setting means, for --help. */
  readonly help: { readonly [K in keyof S]: string }
  /** A method, so that examples with settings of their own fit into one table. */
  run(settings: S, print: Print): F | Promise<F>
}

/** An example with the type of its own settings and figures. */
export const example = <S extends Settings, F extends Figures>(of: Example<S, F>): Example<S, F> =>
  of

export const percent = (x: number): string => `${(100 * x).toFixed(2)} %`

/** Seconds since the call. */
export const stopwatch = (): (() => number) => {
  const began = performance.now()
  return () => (performance.now() - began) / 1000
}
