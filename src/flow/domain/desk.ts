import type { Domain, DomainTexts } from '../../decide/domain/domain.ts'
import type { DomainShelf } from '../../decide/domain/domain-shelf.ts'

/** The domains of a house: what decides now, and how others are made. */
export interface DomainDesk extends DomainShelf {
  /** Makes a domain out of its texts. Errors: `policies_invalid`. */
  readonly compile: (name: string, texts: DomainTexts) => Promise<Domain>
  /** Puts on the shelf what the store says is in force. Errors: `store_failed`; the shelf then stays as it is. */
  readonly refresh: () => Promise<void>
}
