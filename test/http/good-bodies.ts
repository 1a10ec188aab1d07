/** A right of a person that is well said. */
export const RIGHT = {
  scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }],
  classes: ['read'],
  ceiling: 'internal',
  days: 30,
  reason: 'It is time',
} as const

/** A limit that is well said. */
export const LIMIT = { name: 'few', of: 'pay/*', per: 'identity', callsMax: 1, windowSeconds: 60 } as const
