/** Freezes a value with all that hangs on it, down to what is frozen already. Bytes cannot be frozen: a TypeError. */
export function freezeAll<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
    Object.values(Object.freeze(value)).forEach(freezeAll)
  return value
}
