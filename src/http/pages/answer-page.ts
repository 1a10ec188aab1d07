import { Reply } from '../route.ts'
import { type Page, pageHeaders, writePage } from './html.ts'

/** Answers with a page. */
export function answerPage(status: number, page: Page): Reply {
  return new Reply(status, pageHeaders(page), writePage(page))
}
