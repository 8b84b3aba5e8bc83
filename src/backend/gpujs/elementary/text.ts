/** How the text of elementary functions is written: functions, polynomials and literals. */
export interface ElementaryFunction {
  readonly parameters: readonly string[]
  readonly body: string
}

/** A function of parameters that are separated by spaces. */
export const f = (parameters: string, body: string): ElementaryFunction => ({
  parameters: parameters.split(' '),
  body
})

/** Σ coefficients·x^k by Horner, highest power first. */
export const polynomial = (x: string, ...coefficients: readonly number[]): string =>
  coefficients
    .slice(1)
    .reduce((sum, c) => `(${sum} * ${x} + ${literal(c)})`, literal(coefficients[0]))

const literal = (x: number): string => {
  const text = `${x}`
  const decimal = /[.e]/.test(text) ? text : `${text}.0`
  const plain =
    decimal.includes('e') && !decimal.includes('.') ? decimal.replace('e', '.0e') : decimal
  return x < 0 ? `(${plain})` : plain
}

/** Not a number; `inf - inf` is 0 to compilers that cancel terms whatever they are (Mesa's). */
export const nan = 'Math.sqrt(-inf)'

/** Functions by name. */
export type Functions = Readonly<Record<string, ElementaryFunction>>
