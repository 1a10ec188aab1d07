import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

describe('the metrics', () => {
  it('say of each what it is and what it counts, above its values, in the text format of Prometheus', () => {
    const metrics = createMetrics()
    metrics.gauge('remit_log_entries', () => 7)
    metrics.count('remit_requests_total', { route: 'readMe', outcome: 'answered' })
    metrics.count('remit_requests_total', { route: 'listPeople', outcome: 'answered' }, 2)
    const countOne = metrics.counter('remit_requests_total', { route: 'readMe', outcome: 'answered' })
    for (let times = 0; times < 3; times += 1) countOne()
    expect(metrics.write().split('\n')).toEqual([
      expect.stringMatching(/^# HELP remit_log_entries \w.*\.$/),
      '# TYPE remit_log_entries gauge',
      'remit_log_entries 7',
      expect.stringMatching(/^# HELP remit_requests_total \w.*\.$/),
      '# TYPE remit_requests_total counter',
      'remit_requests_total{route="listPeople",outcome="answered"} 2',
      'remit_requests_total{route="readMe",outcome="answered"} 4',
      '',
    ])
  })

  it('say of each histogram how many took how long, with the labels of each, in the order of the ends', () => {
    const metrics = createMetrics()
    metrics.gauge('remit_open_streams', () => 0)
    const permits = metrics.histogram('remit_decision_seconds', { kind: 'token', outcome: 'permit' })
    metrics.histogram('remit_decision_seconds', { kind: 'call', outcome: 'denial' })
    permits.add(3)
    metrics.histogram('remit_decision_seconds', { kind: 'token', outcome: 'permit' }).add(4) // it is the same one
    const lines = metrics.write().split('\n')
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^# HELP remit_decision_seconds \w.*\.$/),
      '# TYPE remit_decision_seconds histogram',
      'remit_decision_seconds_bucket{kind="call",outcome="denial",le="0.0005"} 0',
    ])
    expect(lines).toContain('remit_decision_seconds_bucket{kind="token",outcome="permit",le="0.0025"} 0')
    expect(lines).toContain('remit_decision_seconds_bucket{kind="token",outcome="permit",le="0.005"} 2')
    expect(lines.slice(lines.indexOf('# TYPE remit_open_streams gauge') - 4).slice(0, 3)).toEqual([
      'remit_decision_seconds_bucket{kind="token",outcome="permit",le="+Inf"} 2',
      'remit_decision_seconds_sum{kind="token",outcome="permit"} 0.007',
      'remit_decision_seconds_count{kind="token",outcome="permit"} 2',
    ])
  })
})
