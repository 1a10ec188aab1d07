import { StoryError } from './story-error.ts'

/** Keeps what one step hands to a later one. */
export interface Shelf<Things extends object> {
  put<Name extends keyof Things>(name: Name, thing: Things[Name]): void
  /** Fails the story where no earlier step has put it there. */
  take<Name extends keyof Things & string>(name: Name): Things[Name]
}

/** Makes an empty shelf. */
export function createShelf<Things extends object>(): Shelf<Things> {
  const things: Partial<Things> = {}
  return {
    put: (name, thing) => {
      things[name] = thing
    },
    take: (name) => {
      const thing = things[name]
      if (thing === undefined) throw new StoryError(`No step has left ${name} behind.`)
      return thing as Things[typeof name] // undefined was ruled out above
    },
  }
}
