// The Khronos validator over files: one line of JSON each, as { file, errors, warnings, told }. Run where node finds it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, ...files] = process.argv.slice(2);
const validator = createRequire(path.join(modules, "x.js"))("gltf-validator");
for (const file of files) {
  const beside = (uri) => readFile(path.join(path.dirname(file), decodeURIComponent(uri))).then((data) => new Uint8Array(data));
  const report = await validator.validateBytes(new Uint8Array(await readFile(file)), {
    uri: path.basename(file),
    externalResourceFunction: beside,
    maxIssues: 200,
  });
  const told = report.issues.messages.filter((row) => row.severity < 2).map((row) => `${row.code} ${row.pointer}: ${row.message}`);
  console.log(JSON.stringify({ file, errors: report.issues.numErrors, warnings: report.issues.numWarnings, told }));
}
