/** Windows' time: units of 100 ns since 1601-01-01 UTC. */
export function filetime(at: Date): bigint {
  return BigInt(at.getTime() + 11_644_473_600_000) * 10_000n;
}
