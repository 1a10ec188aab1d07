/** Of the log and the store. */
export const RECORD = {
  // log
  // below the delay that the laws of the log allow between a decision and its entry
  clockBehindMsMax: 3_000,
  permitAgeMsMax: 3_000,
  flushFactsMax: 1_000,
  /** Where so many wait, their commit begins before the turn of the event loop ends: what comes later in it is decided meanwhile. */
  flushAheadFacts: 16,
  queueFactsMax: 20_000,
  flushBytesMax: 8 * 1024 * 1024,
  queueBytesMax: 64 * 1024 * 1024,
  /** So long after a thread that writes to SQLite has ended by itself another one is started. */
  writerPauseMs: 5_000,
  touchedMax: 1_000,
  doubtsMax: 256,
  headReadsMax: 5,
  headReadMs: 1_000,
  commitSlowMs: 5_000,
  headReadEveryMs: 200,
  auditEntriesAtStartMax: 20_000,
  auditTilesSampled: 64,
  auditTilesAtEnd: 16,
  auditRowsAtStartMax: 20_000,
  auditRowsPerSlice: 256,
  auditSliceEveryMs: 250,
  /** How long after a commit that was not kept a write of next to nothing says that the store can be written again. */
  probeAfterMs: 5_000,
  // finding entries by what they name
  cardsReadTogether: 32,
  cardsPerSweep: 8,
  /** Where more entries came since the last sweep, no cards are written. */
  cardsQuietEntries: 1_000,
  auditorPauseMs: 30_000,
  auditorAnswerMs: 30_000,
  auditChecksPerTurn: 16,
  /** Above so many entries all of a log is audited beside the thread that answers. */
  auditWholeHereMax: 1_000,
  /** So often it says in a whole audit that it goes on. */
  auditStepsPerWord: 32,
  auditFindingsMax: 100,
  witnessEveryMs: 10_000,
  /** What is held of each takes 48 bytes in a table that is up to two thirds full: together some 100 MB. */
  auditRowsComparedMax: 1_400_000,
  // store
  storeConnectMs: 10_000,
  storeStatementMs: 8_000,
  storeAnswerMs: 10_000,
  storeCloseMs: 5_000,
  storeReadersMax: 8,
  storeRetriesMax: 10,
  storeKeysMax: 512,
  storeRowsMax: 10_000,
  residentRowsMax: 100_000,
  residentListRowsMax: 1_000,
  residentNameCharsMax: 512,
  forgetEveryMs: 250,
  forgetRowsMax: 1_000,
  forgetAfterDays: 30,
  holdMs: 15_000,
  holdRenewMs: 4_000,
  holdLookMs: 250,
  standByMs: 1_000,
  takenLookMs: 500,
  migrationLockMs: 60_000,
  migrationWaitMs: 250,
  migrationWaitsMax: 240,
} as const
