const Bare = function Bare() {} as unknown as new () => object
Bare.prototype = Object.create(null) as object

/**
 * Makes an object for what is under names that somebody else chose: it inherits nothing, and no name means anything. It is made
 * and read faster than one without a prototype.
 */
export function makeBare<T>(): Record<string, T> {
  return new Bare() as Record<string, T> // empty as yet
}
