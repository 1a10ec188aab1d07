import { escapeUnseen, quoteText, quoteUnlessWord } from '../src/contract/approval/quote.ts'

/** How the contract writes what others wrote, for programs that know Remit through this client only. */
export const quote = {
  /** As a JSON string in visible characters. */
  text: quoteText,
  /** As it is where it is one plain word and no id, else as a JSON string. */
  unlessWord: quoteUnlessWord,
  /** A JSON text with what is not seen as escapes. */
  json: escapeUnseen,
} as const
