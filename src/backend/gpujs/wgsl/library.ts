/** WGSL functions that expressions call; a shader contains those that it needs. */
import { twoOverPi } from '../elementary/trigonometric.ts'
import { elementaryFunctions, withCallees } from '../elementary.ts'

const own: Readonly<Record<string, string>> = {
  // From memory that a thread owns, so that no compiler sees the literal.
  infinity: `var<private> infinityBits: u32 = 0x7f800000u;
fn infinity() -> f32 { return bitcast<f32>(infinityBits); }`,
  notANumber: `var<private> notANumberBits: u32 = 0x7fc00000u;
fn notANumber() -> f32 { return bitcast<f32>(notANumberBits); }`,
  isNan: `fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  // A NaN is returned as it is: compilers take (a - b) + b for a.
  maximum: `fn maximum(x: f32, y: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  if (x == y) { return bitcast<f32>(bitcast<u32>(x) & bitcast<u32>(y)); }
  return max(x, y);
}`,
  minimum: `fn minimum(x: f32, y: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  if (x == y) { return bitcast<f32>(bitcast<u32>(x) | bitcast<u32>(y)); }
  return min(x, y);
}`,
  // Compilers take x * 0 for 0, which of an infinity or NaN it is not.
  timesZero: `fn timesZero(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u) { return notANumber(); }
  return bitcast<f32>(bitcast<u32>(x) & 0x80000000u);
}`,
  signOf: `fn signOf(x: f32) -> f32 {
  if (x > 0.0) { return 1.0; }
  if (x < 0.0) { return -1.0; }
  return x;
}`,
  roundAway: `fn roundAway(x: f32) -> f32 {
  let whole = trunc(x);
  if (abs(x - whole) >= 0.5) { return whole + sign(x); }
  return whole;
}`,
  pow2: `fn pow2(k: f32) -> f32 { return bitcast<f32>(u32(i32(k) + 127) << 23u); }`,
  exponent: `fn exponent(x: f32) -> f32 { return f32(i32(bitcast<u32>(x) >> 23u) - 127); }`,
  twoOverPi: `const twoOverPiDigits = array<f32, ${twoOverPi.length}>(${twoOverPi.join(', ')});
fn twoOverPi(j: f32) -> f32 {
  var digits = twoOverPiDigits;
  let i = i32(j) - 1;
  if (i < 0) { return 0.0; }
  return digits[i];
}`,
  nextAfter: `fn nextAfter(x: f32, y: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  if (x == y) { return y; }
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) == 0u) { return bitcast<f32>(select(0x80000001u, 1u, y > 0.0)); }
  return bitcast<f32>(select(bits - 1u, bits + 1u, (y > x) == (x > 0.0)));
}`,
  quotientI: `fn quotientI(x: i32, y: i32) -> i32 { if (y == 0) { return -1; } if (y == -1) { return -x; } return x / y; }`,
  quotientU: `fn quotientU(x: u32, y: u32) -> u32 { if (y == 0u) { return 0xffffffffu; } return x / y; }`,
  remainderI: `fn remainderI(x: i32, y: i32) -> i32 { if (y == 0) { return x; } if (y == -1) { return 0; } return x % y; }`,
  remainderU: `fn remainderU(x: u32, y: u32) -> u32 { if (y == 0u) { return x; } return x % y; }`,
  shiftLeftI: `fn shiftLeftI(x: i32, n: u32, bits: u32) -> i32 { if (n >= bits) { return 0; } return x << n; }`,
  shiftLeftU: `fn shiftLeftU(x: u32, n: u32, bits: u32) -> u32 { if (n >= bits) { return 0u; } return x << n; }`,
  shiftRightU: `fn shiftRightU(x: u32, n: u32, bits: u32) -> u32 { if (n >= bits) { return 0u; } return x >> n; }`,
  toSigned: `fn toSigned(x: f32, lowest: i32, highest: i32) -> i32 {
  if (isNan(x)) { return 0; }
  if (x >= f32(highest)) { return highest; }
  if (x <= f32(lowest)) { return lowest; }
  return i32(x);
}`,
  toUnsigned: `fn toUnsigned(x: f32, highest: u32) -> u32 {
  if (!(x > 0.0)) { return 0u; }
  if (x >= f32(highest)) { return highest; }
  return u32(x);
}`,
  toBfloat16: `fn toBfloat16(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let bits = bitcast<u32>(x);
  return bitcast<f32>((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u);
}`,
  toFloat16: `fn toFloat16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (size >= 0x7f800000u) { return x; }
  if (size < 0x38800000u) { return bitcast<f32>(bitcast<u32>(round(abs(x) * 16777216.0) * 5.9604644775390625e-8) | (bits & 0x80000000u)); }
  let near = (size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u;
  return bitcast<f32>(select(near, 0x7f800000u, near > 0x477fe000u) | (bits & 0x80000000u));
}`
}

/** What each of them calls. */
const calls: Readonly<Record<string, readonly string[]>> = {
  maximum: ['isNan'],
  minimum: ['isNan'],
  nextAfter: ['isNan'],
  timesZero: ['notANumber'],
  toSigned: ['isNan'],
  toBfloat16: ['isNan']
}

/** The common text as WGSL: every parameter and result is an f32. */
const translated = (name: string): string => {
  const { parameters, body } = elementaryFunctions[name]
  const text = body
    .replaceAll(/\bconst /g, 'let! ')
    .replaceAll(/\blet (?!!)/g, 'var ')
    .replaceAll('let! ', 'let ')
    .replaceAll('Math.', '')
  return `fn ${name}(${parameters.map((p) => `${p}: f32`).join(', ')}) -> f32 {${text}\n}`
}

export interface Library {
  /** Notes that the shader calls the function. */
  readonly use: (name: string) => void
  /** The functions noted, and what they call. */
  readonly text: () => string
}

export const createLibrary = (): Library => {
  const used = new Set<string>()
  return {
    use: (name) => used.add(name),
    text: () => {
      const shared = withCallees([...used].filter((n) => Object.hasOwn(elementaryFunctions, n)))
      // What WGSL does better by itself replaces the common text.
      const body = shared
        .filter((n) => !Object.hasOwn(own, n))
        .map(translated)
        .join('\n')
      const named = new Set([...used].filter((n) => Object.hasOwn(own, n)))
      for (const name of ['pow2', 'exponent', 'twoOverPi'])
        if (body.includes(`${name}(`)) named.add(name)
      for (const c of [...named].flatMap((name) => calls[name] ?? [])) named.add(c)
      const plain = Object.keys(own).filter((n) => named.has(n))
      return [...plain.map((n) => own[n]), body].filter((t) => t !== '').join('\n')
    }
  }
}
