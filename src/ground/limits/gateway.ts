/** Of the gateway, and of the servers behind it. */
export const GATEWAY = {
  upstreamTimeoutMs: 120_000,
  upstreamStartTimeoutMs: 30_000,
  resultBytesMax: 16 * 1024 * 1024,
  /** What an answer of a server may hold: so many values take it about as long as so many bytes. */
  resultValuesMax: 200_000,
  resultDepthMax: 200,
  toolsPerServerMax: 1_000,
  toolPagesMax: 50,
  toolListBytesMax: 8 * 1024 * 1024,
  toolNameCharsMax: 128,
  toolListTtlMs: 5_000,
  toolDefinitionsMaxAgeMs: 60_000,
  upstreamProbeTimeoutMs: 10_000,
  upstreamLookMs: 5_000,
  /** Answers to questions of one server that are on their way at once. */
  upstreamAnswersMax: 64,
  /** Messages of one server over HTTP in a row, without an answer, that are none. */
  upstreamUnreadMax: 1_000,
  /** What the answers of one server over HTTP may take up while they come, four of the largest; small ones wait for none. */
  upstreamAnswersBytesMax: 64 * 1024 * 1024,
  upstreamSmallBytes: 64 * 1024,
  /** So much of a stream of events is read in one turn, and the rest of the piece that it came in. */
  upstreamTurnBytes: 16 * 1024,
  /** How long a stream may stay open after the answer that it was for. */
  upstreamStreamEndMs: 1_000,
  upstreamReopenMinMs: 1_000,
  upstreamReopenMaxMs: 30_000,
  /** What streams of events have brought is waited for at this rate before one is opened again. */
  upstreamStreamBytesPerMs: 1024,
  upstreamBackoffMinMs: 250,
  upstreamBackoffMaxMs: 30_000,
  upstreamPatienceMs: 2_000,
  upstreamSteadyMs: 10_000,
  streamAfterMs: 10_000,
  streamFramesMax: 256,
  /** A stream on which nothing comes says that it lives, so often: proxies close what is silent for longer, many after a minute. */
  streamPulseMs: 15_000,
  streamsPerServerMax: 256,
  streamsPerIdentityMax: 64,
  /** What has been open for so long is judged again, as often: a call ends twice that after it would be refused, at the latest. */
  judgedAgainEveryMs: 1_000,
  judgedAgainAtOnceMax: 8,
  progressPerCallMax: 10_000,
  stderrLinesMax: 10,
  stderrLineCharsMax: 300,
  stopGraceMs: 10_000,
} as const
