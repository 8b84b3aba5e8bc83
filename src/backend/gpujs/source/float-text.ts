/** A literal that no compiler takes for an integer. */
export const floatText = (x: number): string => {
  const single = Math.fround(x)
  const text = `${Math.abs(single)}`
  const [digits, exponent] = text.split('e')
  const decimal = digits.includes('.') ? digits : `${digits}.0`
  const whole = exponent === undefined ? decimal : `${decimal}e${exponent}`
  return single < 0 || Object.is(single, -0) ? `(-${whole})` : whole
}
