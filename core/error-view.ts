import { painter, showsColour } from "./colour.ts";
import { servicingError } from "./error.ts";
import { nearPaths } from "./near-path.ts";

interface Streams {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Shows why a command could not start or end: to people on stderr, and with --json to machines on stdout. */
export function showError(error: unknown, streams: Streams): void {
  const known = servicingError(error);
  const { code, message, remedy } = known;
  const paint = painter(showsColour(streams.stderr, streams.env));
  const text = `${paint("red", code)}: ${message}\n${paint("dim", "→")} ${remedy}\n`;
  streams.stderr.write(nearPaths(text, process.cwd()));
  if (streams.verbose) streams.stderr.write(`${stackOf(error)}\n`);
  else if (known !== error) streams.stderr.write("Run again with --verbose to see the stack.\n");
  if (streams.json) streams.stdout.write(`${JSON.stringify({ error: { code, message, remedy } })}\n`);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
