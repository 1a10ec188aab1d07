import { describe, expect, it } from 'vitest'
import { namesReadIn } from './plain-name.ts'

describe('a name that somebody gave themselves', () => {
  it.each([
    ['as it is written', 'desk-app'],
    ['in capitals and with signs', 'Desk  App!'],
    ['with what is not seen', 'De\u200bsk\u00ad App\u2060\u{e0041}'],
    ['with a letter that has no form', 'Desk\u3164\u115f App'],
    ['from right to left', '\u202eDesk App\u202c'],
    ['with accents', 'Dësk Åpp'],
    ['with marks of their own', 'De\u0301sk App'],
    ['in wide letters', 'Ｄｅｓｋ　Ａｐｐ'],
    ['in letters of mathematics', '𝐃𝐞𝐬𝐤 𝐀𝐩𝐩'],
    ['in letters of Cyrillic', 'Dеѕк Арр'],
    ['in letters of Greek', 'Dεsκ Αρρ'],
  ])('%s is read as that of the agent', (_, claimed) => {
    expect(namesReadIn(claimed)).toEqual(['desk-app', 'desk_app', 'desk.app', 'deskapp'])
  })

  it('is none where it has no letter and no digit', () => {
    for (const claimed of ['', '  ', '…', '\u200b', '漢字']) expect(namesReadIn(claimed)).toEqual([])
  })
})
