/** Of the one thread that answers, and of the doors. */
export const DOORS = {
  // the one thread that answers
  turnMs: 4,
  jsonSliceChars: 32 * 1024,
  // doors
  /** What is answered in one turn goes out together, up to so many. */
  answersTogetherMax: 32,
  bodyBytesMax: 256 * 1024,
  tokenBodyBytesMax: 64 * 1024,
  sessionBodyBytesMax: 1024,
  mcpBodyBytesMax: 2 * 1024 * 1024,
  mcpValuesMax: 20_000,
  jsonDepthMax: 32,
  requestSecondsDefault: 30,
  requestCheckEveryMs: 500,
  /** How long a connection that is refused stays open for its client to read why. */
  lastAnswerMs: 1_000,
  /** Signals to stop that come together are one. */
  stopTogetherMs: 1_000,
  headerBytesMax: 32 * 1024,
  requestIdCharsMax: 256,
  /** Of those that the system has made and the server has not taken yet; the system may hold fewer (`net.core.somaxconn`). */
  connectionsWaitingMax: 4_096,
  connectionsDefault: 10_000,
  /** Connections that are refused are told of so often. */
  connectionsToldMs: 60_000,
  /** Of one connection, behind one whose answer is not yet read: HTTP/1.1 lets a client send on. */
  requestsWaitingMax: 64,
  requestsPerSecondDefault: 2_000,
  requestBurstSeconds: 2,
  failedAuthPerMinuteMax: 120,
  failedAuthOfAllPerMinuteMax: 1_200,
  addressesMax: 10_000,
  proofsRememberedMax: 400_000,
  proofsSpentRememberedMax: 40_000,
  proofsPerKeyMax: 100_000,
  pageRowsMax: 200,
} as const
