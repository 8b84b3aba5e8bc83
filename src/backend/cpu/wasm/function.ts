/**
 * Emits the body of one WebAssembly function as a chain of stack instructions.
 *
 * `f.get(x).get(y).op('f32x4.add').set(z)` reads as the text format does, in reverse Polish order.
 * Labels and locals are values, so no caller counts block depths or local indices, and a call
 * names a function that may get its index later.
 */

import {
  LANE,
  LANE_MEMORY,
  MEMORY,
  MEMORY_COPY,
  MEMORY_FILL,
  PLAIN,
  SHUFFLE,
  V128_CONST,
  VALUE_TYPE,
  VOID
} from './opcodes.ts'
import type {
  LaneInstruction,
  LaneMemoryInstruction,
  MemoryInstruction,
  PlainInstruction,
  ValueType
} from './opcodes.ts'
import { createWriter } from './writer.ts'
import type { Writer } from './writer.ts'

/** Index of a parameter or local variable of the function that made it. */
export type Local = number & { readonly _tag: 'Local' }

/** A block to which a branch can go: a loop's label is its start, any other's its end. */
export type Label = number & { readonly _tag: 'Label' }

/** A function of the module or an import; its index is known when the module is built. */
export interface FunctionRef {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** A call site whose function index is written when the module is built. */
export interface Relocation {
  readonly position: number
  readonly target: FunctionRef
}

/** What a module needs to know of an emitted function. */
export interface FunctionBody {
  /** Types of the locals that follow the parameters. */
  readonly locals: readonly ValueType[]
  readonly code: Writer
  readonly relocations: readonly Relocation[]
}

/** Emits instructions; every method appends and returns the builder itself. */
export interface FunctionBuilder {
  /** Declares a local variable. It starts at zero. */
  readonly local: (type: ValueType) => Local
  /** Declares `count` locals. */
  readonly locals: (type: ValueType, count: number) => readonly Local[]
  /** The type of a parameter or local. */
  readonly typeOf: (local: Local) => ValueType

  readonly get: (local: Local) => FunctionBuilder
  readonly set: (local: Local) => FunctionBuilder
  readonly tee: (local: Local) => FunctionBuilder

  readonly i32: (value: number) => FunctionBuilder
  readonly i64: (value: bigint) => FunctionBuilder
  readonly f32: (value: number) => FunctionBuilder
  readonly f64: (value: number) => FunctionBuilder
  /** Sixteen bytes, lane 0 first. */
  readonly v128: (bytes: ArrayLike<number>) => FunctionBuilder
  readonly f32x4: (...lanes: readonly [number] | Lanes4) => FunctionBuilder
  readonly f64x2: (...lanes: readonly [number] | Lanes2) => FunctionBuilder
  readonly i32x4: (...lanes: readonly [number] | Lanes4) => FunctionBuilder
  readonly i64x2: (value: bigint) => FunctionBuilder

  /** An instruction without an immediate. */
  readonly op: (name: PlainInstruction) => FunctionBuilder
  /** A load or store at the address on the stack plus `offset` bytes; any alignment is correct. */
  readonly memory: (name: MemoryInstruction, offset?: number) => FunctionBuilder
  readonly laneMemory: (
    name: LaneMemoryInstruction,
    lane: number,
    offset?: number
  ) => FunctionBuilder
  readonly lane: (name: LaneInstruction, lane: number) => FunctionBuilder
  /** `i8x16.shuffle` by bytes (16 indices), or by lanes of equal width (2, 4 or 8 indices). */
  readonly shuffle: (lanes: readonly number[]) => FunctionBuilder
  /** `memory.copy` of [target, source, bytes] on the stack. */
  readonly memoryCopy: () => FunctionBuilder
  /** `memory.fill` of [target, byte, bytes] on the stack. */
  readonly memoryFill: () => FunctionBuilder

  readonly block: (body: (label: Label) => void, result?: ValueType) => FunctionBuilder
  readonly loop: (body: (label: Label) => void, result?: ValueType) => FunctionBuilder
  /** Takes the condition from the stack. */
  readonly if: (
    then: (label: Label) => void,
    otherwise?: (label: Label) => void,
    result?: ValueType
  ) => FunctionBuilder
  readonly br: (label: Label) => FunctionBuilder
  readonly brIf: (label: Label) => FunctionBuilder
  readonly brTable: (labels: readonly Label[], otherwise: Label) => FunctionBuilder
  readonly call: (target: FunctionRef) => FunctionBuilder

  /** Runs `body` while `condition` leaves a non-zero i32; tests first. */
  readonly while: (condition: () => void, body: () => void) => FunctionBuilder
  /** Runs `body`, then again while `condition` leaves a non-zero i32. */
  readonly doWhile: (body: () => void, condition: () => void) => FunctionBuilder
  /** Adds a constant to an i32 local. */
  readonly increment: (local: Local, amount: number) => FunctionBuilder
  /** Adds an i32 local to an i32 local. */
  readonly advance: (local: Local, by: Local) => FunctionBuilder
}

type Lanes2 = readonly [number, number]
type Lanes4 = readonly [number, number, number, number]

const BYTES = new Uint8Array(16)
const BYTES_VIEW = new DataView(BYTES.buffer)

/** Widens a shuffle by lanes to a shuffle by bytes. */
const byteLanes = (lanes: readonly number[]): Uint8Array => {
  const width = 16 / lanes.length
  return Uint8Array.from(
    { length: 16 },
    (_, i) => lanes[Math.floor(i / width)] * width + (i % width)
  )
}

/** A builder together with what it has emitted so far. */
export const createFunctionBuilder = (
  params: readonly ValueType[]
): { readonly builder: FunctionBuilder; readonly body: FunctionBody } => {
  const code = createWriter()
  const types: ValueType[] = [...params]
  const locals: ValueType[] = []
  const relocations: Relocation[] = []
  let depth = 0

  const emit = (instruction: number): void => {
    if (instruction < 0x100) return code.byte(instruction)
    code.byteU32(instruction >>> 16, instruction & 0xffff)
  }
  const access = ([instruction, alignment]: readonly [number, number], offset: number): void => {
    emit(instruction)
    code.u32(alignment)
    code.u32(offset)
  }
  const open = (instruction: number, result: ValueType | undefined): Label => {
    code.byte(instruction)
    code.byte(result === undefined ? VOID : VALUE_TYPE[result])
    return ++depth as Label // the depth of the block just opened names it
  }
  const close = (): void => {
    code.byte(0x0b)
    depth--
  }
  const immediate16 = (): void => {
    emit(V128_CONST)
    code.bytes(BYTES)
  }

  const builder: FunctionBuilder = {
    local: (type) => {
      locals.push(type)
      return (types.push(type) - 1) as Local // the index of the entry just pushed
    },
    locals: (type, count) => {
      const made: Local[] = []
      while (made.length < count) made.push(builder.local(type))
      return made
    },
    typeOf: (local) => types[local],

    get: (local) => {
      code.byteU32(0x20, local)
      return builder
    },
    set: (local) => {
      code.byteU32(0x21, local)
      return builder
    },
    tee: (local) => {
      code.byteU32(0x22, local)
      return builder
    },

    i32: (value) => {
      code.byte(0x41)
      code.s32(value)
      return builder
    },
    i64: (value) => {
      code.byte(0x42)
      code.s64(value)
      return builder
    },
    f32: (value) => {
      code.byte(0x43)
      code.f32(value)
      return builder
    },
    f64: (value) => {
      code.byte(0x44)
      code.f64(value)
      return builder
    },
    v128: (bytes) => {
      emit(V128_CONST)
      code.bytes(bytes)
      return builder
    },
    f32x4: (...lanes) => {
      for (let i = 0; i < 4; i++) BYTES_VIEW.setFloat32(4 * i, lanes[i] ?? lanes[0], true)
      immediate16()
      return builder
    },
    f64x2: (...lanes) => {
      for (let i = 0; i < 2; i++) BYTES_VIEW.setFloat64(8 * i, lanes[i] ?? lanes[0], true)
      immediate16()
      return builder
    },
    i32x4: (...lanes) => {
      for (let i = 0; i < 4; i++) BYTES_VIEW.setInt32(4 * i, lanes[i] ?? lanes[0], true)
      immediate16()
      return builder
    },
    i64x2: (value) => {
      for (let i = 0; i < 2; i++) BYTES_VIEW.setBigInt64(8 * i, value, true)
      immediate16()
      return builder
    },

    op: (name) => {
      emit(PLAIN[name])
      return builder
    },
    memory: (name, offset = 0) => {
      access(MEMORY[name], offset)
      return builder
    },
    laneMemory: (name, lane, offset = 0) => {
      access(LANE_MEMORY[name], offset)
      code.byte(lane)
      return builder
    },
    lane: (name, lane) => {
      emit(LANE[name])
      code.byte(lane)
      return builder
    },
    shuffle: (lanes) => {
      emit(SHUFFLE)
      code.bytes(byteLanes(lanes))
      return builder
    },
    memoryCopy: () => {
      emit(MEMORY_COPY)
      code.byte(0)
      code.byte(0)
      return builder
    },
    memoryFill: () => {
      emit(MEMORY_FILL)
      code.byte(0)
      return builder
    },

    block: (body, result) => {
      body(open(0x02, result))
      close()
      return builder
    },
    loop: (body, result) => {
      body(open(0x03, result))
      close()
      return builder
    },
    if: (then, otherwise, result) => {
      const label = open(0x04, result)
      then(label)
      if (otherwise !== undefined) {
        code.byte(0x05)
        otherwise(label)
      }
      close()
      return builder
    },
    br: (label) => {
      code.byte(0x0c)
      code.u32(depth - label)
      return builder
    },
    brIf: (label) => {
      code.byte(0x0d)
      code.u32(depth - label)
      return builder
    },
    brTable: (labels, otherwise) => {
      code.byte(0x0e)
      code.u32(labels.length)
      for (const label of labels) code.u32(depth - label)
      code.u32(depth - otherwise)
      return builder
    },
    call: (target) => {
      code.byte(0x10)
      relocations.push({ position: code.size(), target })
      code.paddedU32(0)
      return builder
    },

    while: (condition, body) =>
      builder.block((end) =>
        builder.loop((again) => {
          condition()
          builder.op('i32.eqz').brIf(end)
          body()
          builder.br(again)
        })
      ),
    doWhile: (body, condition) =>
      builder.loop((again) => {
        body()
        condition()
        builder.brIf(again)
      }),
    increment: (local, amount) => builder.get(local).i32(amount).op('i32.add').set(local),
    advance: (local, by) => builder.get(local).get(by).op('i32.add').set(local)
  }
  return { builder, body: { locals, code, relocations } }
}
