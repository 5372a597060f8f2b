import { type FileText, readClientFile, readClientStream } from "../clients/index.ts";

/** The text of a file, or of standard input (`-`), by the same rules. */
export function readClientInput(file: string): Promise<FileText> {
  return file === "-" ? readClientStream(file, process.stdin) : readClientFile(file);
}
